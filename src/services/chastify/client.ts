import type { Answer, Request, Trouble } from '../../core/model/service.ts'
import type { Budgets } from '../budget.ts'
import { exchange, type HttpDeps, notSent, type Pass, type Reach } from '../http.ts'
import type { Secret } from '../secret.ts'
import { type DeviceRoute, devicePath, routedPath } from './device.ts'

export interface ChastifyCredentials {
  baseUrl: string
  token: Secret
  device?: DeviceRoute & ({ route: 'app' } | { route: 'extension'; appKey: Secret; mainToken: Secret })
}

/** The error codes of Chastify's external API page. */
const troubles = new Map<string, Trouble>([
  ['missing_token', 'missing-token'],
  ['invalid_token', 'invalid-token'],
  ['revoked_token', 'revoked-token'],
  ['insufficient_scope', 'forbidden'],
  ['no_active_lock_session', 'no-lock'],
  ['lock_ended', 'lock-ended'],
])

/** Requests a minute for each key: half of the published ones for reads and writes, two thirds for actions. */
export const chastifyPerMinute = { read: 150, write: 60, action: 20 }

/** Sends to Chastify with one lock's credentials. */
export function chastifyClient(credentials: ChastifyCredentials, secrets: readonly Secret[], budgets: Budgets) {
  const reach: Reach = { baseUrl: credentials.baseUrl, budgets, troubles, secrets }
  return async (request: Request, deps: HttpDeps): Promise<Answer> => {
    const pass = passFor(request, credentials)
    if ('missing' in pass) return notSent(deps.now(), 'missing-token', pass.missing)
    return exchange({ ...request, path: pathFor(request, credentials) }, pass, reach, deps)
  }
}

/** Which way a device command goes is the config's to say, so that a request can be planned without it. */
function pathFor({ as, path }: Request, { device }: ChastifyCredentials): string {
  return as === 'device' && path === devicePath && device ? routedPath(device) : path
}

function passFor(request: Request, { token, device }: ChastifyCredentials): Pass | { missing: string } {
  // Pinned to the lock it was planned for, a write never lands on the one that came after it.
  const headers = request.method === 'POST' && request.lockId !== null ? { 'x-chastify-lock-id': request.lockId } : {}
  if (request.as === 'owner') return { holder: 'owner', bearer: token, headers }
  if (request.as !== 'device') return { missing: `Chastify knows no credentials of a ${request.as}` }
  if (!device) return { missing: 'chastify.device is not set in the config' }
  if (device.route === 'app') return { holder: 'owner', bearer: token, headers }
  return {
    holder: 'device',
    bearer: device.appKey,
    headers: { ...headers, 'x-chastify-main-token': device.mainToken },
  }
}
