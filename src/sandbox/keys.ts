import { Refusal } from '../services/refusal.ts'

/** Everything secret in a sandbox. `link` is no bearer: it is the public part of a link game's address. */
export interface Tokens {
  chastify: string
  tracker: string
  dom: string
  app: string
  main: string
  link: string
}

export interface Keys {
  /** Whose token this is, among those accepted here; 401 otherwise. */
  check<K extends keyof Tokens>(token: string | null, accepted: readonly K[]): K
  revoke(which: keyof Tokens): void
}

export function createKeys(tokens: Tokens): Keys {
  const revoked = new Set<keyof Tokens>()
  return {
    check(token, accepted) {
      if (token === null) throw new Refusal(401, 'missing_token', 'Send Authorization: Bearer YOUR_TOKEN')
      const which = accepted.find((name) => tokens[name] === token)
      if (which === undefined) throw new Refusal(401, 'invalid_token', 'The token is wrong or was copied incorrectly')
      if (revoked.has(which)) throw new Refusal(401, 'revoked_token', 'The token was revoked')
      return which
    },
    revoke(which) {
      revoked.add(which)
    },
  }
}
