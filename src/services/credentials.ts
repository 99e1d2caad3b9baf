import type { Lack } from '../core/model/lack.ts'
import type { Integration } from './integration.ts'
import { Secret } from './secret.ts'

/** What the client of each service needs for one lock entry, by the service's name; absent where the config has no section. */
export type Credentials = Readonly<Record<string, unknown>>

/** Every secret in what the services were given, wherever it stands: none has to be named to be hidden. */
export function secretsIn(value: unknown): Secret[] {
  if (value instanceof Secret) return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : []
}

/** Of each service, whether a lock entry has a token to read it with. */
export function configuredServices(
  services: readonly Integration[],
  credentials: Credentials,
): Record<string, boolean> {
  return Object.fromEntries(
    services.map((service) => {
      const held = credentials[service.name] ?? null
      return [service.name, held !== null && service.holds(held, 'owner')]
    }),
  )
}

/** The tokens that a lock entry lacks. */
export function lacking(services: readonly Integration[], credentials: Credentials): Lack[] {
  return services.flatMap((service) => {
    const held = credentials[service.name] ?? null
    const missing = service.section.tokens.filter(({ as }) => held === null || !service.holds(held, as))
    return missing.map(({ key, as }) => ({ service: service.name, as, token: `${service.name}.${key}` }))
  })
}
