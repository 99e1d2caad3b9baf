import type { Answer, Request } from '../../core/model/service.ts'
import type { Budgets } from '../budget.ts'
import { exchange, type HttpDeps, notSent, type Pass, type Reach } from '../http.ts'
import type { Secret } from '../secret.ts'

export interface TrackerCredentials {
  baseUrl: string
  token: Secret | null
  domToken: Secret | null
}

/** Requests a minute for each token; the tracker publishes no limits, so these are merely gentle. */
export const trackerPerMinute = { read: 120, write: 10, action: 10 }

/** Sends to the tracker with one lock's credentials. */
export function trackerClient(credentials: TrackerCredentials, secrets: readonly Secret[], budgets: Budgets) {
  return async (request: Request, deps: HttpDeps): Promise<Answer> => {
    const pass = passFor(request, credentials)
    if ('missing' in pass) return notSent(deps.now(), 'missing-token', pass.missing)
    // The tracker's documents name no error codes; its statuses speak for themselves.
    const reach: Reach = { baseUrl: credentials.baseUrl, budgets, troubles: new Map(), secrets }
    return exchange(request, pass, reach, deps)
  }
}

function passFor({ as }: Request, { token, domToken }: TrackerCredentials): Pass | { missing: string } {
  switch (as) {
    case 'owner':
      return token
        ? { holder: as, bearer: token }
        : { missing: 'tracker.token_file (or tracker.token) is not set in the config' }
    case 'dom':
      return domToken
        ? { holder: as, bearer: domToken }
        : { missing: 'tracker.dom_token_file (or tracker.dom_token) is not set in the config' }
    case 'public':
      return { holder: as, bearer: null }
    case 'device':
      return { missing: 'the tracker knows no credentials of a device' }
  }
}
