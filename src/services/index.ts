import type { Send } from '../core/model/ports.ts'
import type { Service } from '../core/model/service.ts'
import { Budgets, type Spent } from './budget.ts'
import { type ChastifyCredentials, chastifyClient, chastifyPerMinute } from './chastify/client.ts'
import { chastify } from './chastify/service.ts'
import { type HttpDeps, notSent } from './http.ts'
import { Secret } from './secret.ts'
import { type TrackerCredentials, trackerClient, trackerPerMinute } from './tracker/client.ts'
import { tracker } from './tracker/service.ts'

/** The tokens of one lock entry, and where they are good. */
export interface Credentials {
  chastify: ChastifyCredentials
  tracker: TrackerCredentials | null
}

/** What the program knows of each service without talking to it. */
export const services: readonly Service[] = [chastify, tracker]

/** Of each service, whether a lock entry has a token to read it with. */
export function configuredServices({ tracker: tokens }: Credentials): Record<string, boolean> {
  return { [chastify.name]: true, [tracker.name]: tokens?.token != null }
}

/** The way out for one lock entry, and what went out of what may. */
export type Connection = Send & { spent(): Spent[] }

/** The way out for one lock entry; budgets are counted in what it returns, so it is to be made once. */
export function connect(credentials: Credentials, deps: Omit<HttpDeps, 'signal'>): Connection {
  const secrets = secretsOf(credentials)
  const budgets = { chastify: new Budgets(chastifyPerMinute), tracker: new Budgets(trackerPerMinute) }
  const clients = new Map([
    [chastify.name, chastifyClient(credentials.chastify, secrets, budgets.chastify)],
    [tracker.name, trackerClient(credentials.tracker, secrets, budgets.tracker)],
  ])
  const send: Send = async (request, signal) => {
    const client = clients.get(request.service)
    if (!client) return notSent(deps.now(), 'invalid', `there is no service ${request.service}`)
    return client(request, { ...deps, ...(signal ? { signal } : {}) })
  }
  const spent = () =>
    Object.entries(budgets).flatMap(([service, one]) => one.spent(deps.now()).map((held) => ({ service, ...held })))
  return Object.assign(send, { spent })
}

/** Every secret there is, so that none comes back from the other service either. */
function secretsOf({ chastify: { token, device }, tracker: tokens }: Credentials): Secret[] {
  const all = [token, ...Object.values(device ?? {}), tokens?.token, tokens?.domToken]
  return all.filter((value) => value instanceof Secret)
}
