import type { Send } from '../core/model/ports.ts'
import { Budgets, type Spent } from './budget.ts'
import { type Credentials, secretsIn } from './credentials.ts'
import { type HttpDeps, notSent } from './http.ts'
import type { Client, Integration } from './integration.ts'

/** The way out for one lock entry, and what went out of what may. */
export type Connection = Send & { spent(): Spent[] }

/** The way out for one lock entry; budgets are counted in what it returns, so it is to be made once. */
export function connect(
  services: readonly Integration[],
  credentials: Credentials,
  deps: Omit<HttpDeps, 'signal'>,
): Connection {
  // Every secret there is, so that none comes back from another service either.
  const secrets = secretsIn(credentials)
  const budgets = new Map(services.map(({ name, perMinute }) => [name, new Budgets(perMinute)]))
  const clients = new Map<string, Client>()
  for (const service of services) {
    const held = credentials[service.name] ?? null
    const budget = budgets.get(service.name)
    if (held !== null && budget) clients.set(service.name, service.client(held, secrets, budget))
  }
  const send: Send = async (request, signal) => {
    const { service } = request
    const client = clients.get(service)
    if (client) return client(request, { ...deps, ...(signal ? { signal } : {}) })
    if (budgets.has(service)) return notSent(deps.now(), 'missing-token', `${service} is not set in the config`)
    return notSent(deps.now(), 'invalid', `there is no service ${service}`)
  }
  const spent = () =>
    [...budgets].flatMap(([service, one]) => one.spent(deps.now()).map((held) => ({ service, ...held })))
  return Object.assign(send, { spent })
}
