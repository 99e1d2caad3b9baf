import type { Send } from '../core/ports.ts'
import type { Service } from '../core/service.ts'
import { type ChastifyCredentials, chastifyClient } from './chastify/client.ts'
import { chastify } from './chastify/service.ts'
import { notSent } from './http.ts'
import { Secret } from './secret.ts'
import { type TrackerCredentials, trackerClient } from './tracker/client.ts'
import { tracker } from './tracker/service.ts'

/** The tokens of one lock entry, and where they are good. */
export interface Credentials {
  chastify: ChastifyCredentials
  tracker: TrackerCredentials | null
}

/** What the program knows of each service without talking to it. */
export const services: readonly Service[] = [chastify, tracker]

/** The way out for one lock entry; budgets are counted in what it returns, so it is to be made once. */
export function connect(credentials: Credentials, deps: { now(): number }): Send {
  const secrets = secretsOf(credentials)
  const clients = new Map([
    [chastify.name, chastifyClient(credentials.chastify, secrets)],
    [tracker.name, trackerClient(credentials.tracker, secrets)],
  ])
  return async (request, signal) => {
    const send = clients.get(request.service)
    if (!send) return notSent(deps.now(), 'invalid', `there is no service ${request.service}`)
    return send(request, { now: deps.now, ...(signal ? { signal } : {}) })
  }
}

/** Every secret there is, so that none comes back from the other service either. */
function secretsOf({ chastify: { token, device }, tracker: tokens }: Credentials): Secret[] {
  const all = [token, ...Object.values(device ?? {}), tokens?.token, tokens?.domToken]
  return all.filter((value) => value instanceof Secret)
}
