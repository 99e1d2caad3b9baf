import type { Checkup } from '../core/model/finding.ts'
import type { Answer, Bearer, Request, Service } from '../core/model/service.ts'
import type { Budgets } from './budget.ts'
import type { HttpDeps } from './http.ts'
import type { Secret } from './secret.ts'
import type { Section } from './section.ts'

/** Sends one request to a service, once. Never rejects. */
export type Client = (request: Request, deps: HttpDeps) => Promise<Answer>

/**
 * All that the program needs of a service: its pure half, and how it is configured, reached and examined. `C` is what
 * its client needs to send for one lock entry.
 */
export interface Integration<C = unknown> extends Service {
  section: Section<C>
  /** How often it is read, as the config would say it. */
  poll: string
  /** Requests a minute for each credential. */
  perMinute: Readonly<Record<Request['budget'], number>>
  checkup: Checkup
  /** Whether requests of this bearer can be sent. */
  holds(credentials: C, as: Bearer): boolean
  client(credentials: C, secrets: readonly Secret[], budgets: Budgets): Client
}
