import type { Instant } from '../core/calendar/time.ts'
import type { Value } from '../core/model/fact.ts'
import type { Json, Request, Topic } from '../core/model/service.ts'

/** A service, simulated, as the pure halves know services: by requests, topics and facts. */
export interface Simulation {
  /**
   * Answers a request, and does what it asks for; `settles` names the facts that are known from then on, whatever was
   * known before. Throws a `Refusal`; then nothing was done.
   */
  answer(request: Request, at: Instant): { body: Json; settles: readonly string[] }
  /** What a topic tells. Throws a `Refusal`. */
  tell(topic: Topic, at: Instant): Json
  /** The facts that are told with this one, itself among them. */
  twins(fact: string): readonly string[]
  /** Brings about what a fact is to tell; false where nothing here comes to that. */
  bring(fact: string, value: Value, at: Instant): boolean
}
