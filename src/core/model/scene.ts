import type { Instant } from '../calendar/time.ts'
import type { Facts } from './fact.ts'
import type { Kept } from './kept.ts'
import { noLock } from './lock.ts'
import type { Order } from './order.ts'
import type { Passing } from './passing.ts'
import type { RuleSet } from './rule.ts'

/** What a step is about, made once and handed on whole: what is remembered, what is known, and what is asked for. */
export interface Scene {
  readonly now: Instant
  readonly order: Order
  readonly rules: RuleSet
  readonly kept: Kept
  readonly passing: Passing
  /** The key of the lock session; `none` while no lock is active. */
  readonly session: string
  /** Everything that a rule may ask, as of now. */
  readonly facts: Facts
}

/** Whose rows count on this lock at present. */
export type Whose = Pick<Scene, 'session' | 'now'> & { readonly mode: Scene['order']['mode'] }

/** The id that the active lock was last read with; null where it has none. */
export function lockIdOf({ session, passing }: Pick<Scene, 'session' | 'passing'>): string | null {
  return session === noLock ? null : (passing.latestLock?.id ?? null)
}
