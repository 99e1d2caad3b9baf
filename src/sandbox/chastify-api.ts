import type { Account, Module } from '../services/chastify/simulated/account.ts'
import type { LockData, Party } from '../services/chastify/simulated/lock.ts'
import { answer, callsOf, extensionPath, type Route, routeOf } from '../services/chastify/simulated/routes.ts'
import { invalid, Refusal } from '../services/refusal.ts'
import { type Applied, type Asked, type Reply, type Service, settled } from './exchange.ts'
import type { Keys } from './keys.ts'
import { type Budget, createRates } from './rates.ts'

/** What a key may do. The service's own names for its scopes are not documented; these are the sandbox's. */
export type Scope = 'session:read' | 'lock:write' | 'logs:write' | 'notifications:write' | 'device:write'

export interface ChastifyOptions {
  token?: string
  role?: Party
  /** Whether a 2xx body stands alone or inside `{ ok: true, data }`. Default: data. */
  envelope?: 'bare' | 'data'
  /** Whether `/session` tells the lock's `_id`. Default: true. */
  lockId?: boolean
  /** null: no active lock. */
  lock?: Partial<LockData> | null
  /** What the key may do. Default: all. */
  scopes?: readonly Scope[]
  /** What is enabled on the lock. Default: all. */
  modules?: readonly Module[]
  /** Errors as `{ error: code, message }` instead of `{ error: { code, message } }`. */
  flatErrors?: boolean
  /** Requests a minute. Default: read 300, write 120, action 30. */
  limits?: Partial<Record<Budget, number>>
}

const scopeOf: Readonly<Record<Route['call'], Scope>> = {
  session: 'session:read',
  action: 'lock:write',
  'apply-time': 'lock:write',
  freeze: 'lock:write',
  unfreeze: 'lock:write',
  log: 'logs:write',
  notify: 'notifications:write',
  device: 'device:write',
}
/** All that a key may be good for. */
export const allScopes: readonly Scope[] = [...new Set(Object.values(scopeOf))]

/** Chastify over HTTP: keys, scopes, allowances and the forms of its answers. */
export function createChastify(
  options: ChastifyOptions,
  account: Account,
  keys: Keys,
  record: (applied: Applied) => void,
): Service {
  const rates = createRates({ read: 300, write: 120, action: 30, ...options.limits })

  function handle(asked: Asked): Reply {
    const route = routeOf(asked)
    const key = authenticate(asked, keys)
    const wait = rates.take(key, route.method === 'GET' ? ['read'] : ['write', 'action'], asked.at)
    if (wait !== null) {
      throw new Refusal(429, 'rate_limited', `Too many requests; wait ${wait} s`, { 'Retry-After': String(wait) })
    }
    const scope = scopeOf[route.call]
    if (!account.scopes.includes(scope)) throw new Refusal(403, 'insufficient_scope', `The key lacks ${scope}`)
    if (asked.badBody !== null) throw invalid(asked.badBody)
    const lockId = asked.headers['x-chastify-lock-id'] ?? null
    const { body, did } = answer(account, { ...asked, lockId })
    if (did !== null) {
      const as = key === 'app' ? 'app' : 'owner'
      record({ at: asked.at, service: 'chastify', call: did, body: asked.body, lockId, as })
    }
    const { lock, ...withoutId } = body
    const data = options.lockId === false ? withoutId : body
    return { status: 200, body: options.envelope === 'bare' ? data : { ok: true, data } }
  }

  const fail = (_asked: Asked, { status, code, message, headers }: Refusal): Reply => ({
    status,
    body: options.flatErrors ? { error: code, message } : { error: { code, message } },
    headers,
  })
  return {
    owns: (path) => /^\/api\/(?:apps|extensions)\//.test(path),
    calls: callsOf,
    handle: (asked) =>
      settled(
        () => handle(asked),
        (refusal) => fail(asked, refusal),
      ),
    fail,
  }
}

/** The extension's route wants an app's key and the wearer's main token; a DEV token opens only the others. */
function authenticate(asked: Asked, keys: Keys): 'chastify' | 'app' {
  if (!extensionPath.test(asked.path)) return keys.check(asked.bearer, ['chastify'])
  keys.check(asked.bearer, ['app'])
  keys.check(asked.headers['x-chastify-main-token'] ?? null, ['main'])
  return 'app'
}
