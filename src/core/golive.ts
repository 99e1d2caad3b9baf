import type { Instant } from './calendar/time.ts'
import type { Kept } from './model/kept.ts'
import { noLock } from './model/lock.ts'
import type { Order } from './model/order.ts'
import type { Passing } from './model/passing.ts'
import type { RuleSet } from './model/rule.ts'
import type { Standstill } from './standstill.ts'
import { step } from './step.ts'

/** What would come of going live at this moment. */
export interface GoingLive {
  /** Rules that would fire at once, in the order in which they act. */
  fires: readonly string[]
  /** Why nothing at all would be decided, where that is so. */
  standstill: Standstill | null
}

/**
 * Which rules would fire if the mode were live from now on, as the step itself decides on what was last read; the
 * wearer's yes is taken as given. Nothing of it is kept or sent.
 */
export async function goingLive(
  now: Instant,
  rules: RuleSet,
  kept: Kept,
  passing: Passing,
  order: Omit<Order, 'underway' | 'closing'>,
): Promise<GoingLive> {
  const yes = { accepted: kept.session ?? noLock }
  // Closing, the step still decides, and has nothing leave.
  const live: Order = { ...order, mode: 'live', closing: true, underway: new Set() }
  const made = await step(now, rules, kept, passing, [yes], live)
  const fires = made.decisions.filter((one) => one.fires || one.why === 'step full').map(({ rule }) => rule)
  return { fires, standstill: made.standstill }
}
