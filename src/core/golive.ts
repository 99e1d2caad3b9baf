import type { Instant } from './calendar/time.ts'
import type { Kept } from './model/kept.ts'
import { noLock } from './model/lock.ts'
import type { Order } from './model/order.ts'
import type { Passing } from './model/passing.ts'
import type { RuleSet } from './model/rule.ts'
import type { Standstill } from './standstill.ts'
import { step } from './step.ts'

/** What going live now would do. */
export interface GoingLive {
  /** Rules that would fire at once, in the order in which they act. */
  fires: readonly string[]
  /** Why nothing at all would be decided, or null. */
  standstill: Standstill | null
}

/**
 * Which rules would fire if the mode were live from now on. The step itself decides, on the last readings, as if the
 * wearer had accepted the lock. Nothing is stored or sent.
 */
export async function goingLive(
  now: Instant,
  rules: RuleSet,
  kept: Kept,
  passing: Passing,
  order: Omit<Order, 'underway' | 'closing'>,
): Promise<GoingLive> {
  const yes = { accepted: kept.session ?? noLock }
  // With `closing` the step still decides, but lets nothing leave.
  const live: Order = { ...order, mode: 'live', closing: true, underway: new Set() }
  const made = await step(now, rules, kept, passing, [yes], live)
  const fires = made.decisions.filter((one) => one.fires || one.why === 'step full').map(({ rule }) => rule)
  return { fires, standstill: made.standstill }
}
