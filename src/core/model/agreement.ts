import type { Instant } from '../calendar/time.ts'

/**
 * The agreed parameters of device commands by name: the greatest number, or the allowed texts. Null allows everything.
 */
export type AgreedParams = Readonly<Record<string, number | readonly string[]>> | null

/** How much of one effect is agreed; null is unlimited. Sizes in seconds, periods by the local calendar. */
export interface Bounds {
  each: number | null
  per_hour: number | null
  per_day: number | null
  per_week: number | null
  per_lock: number | null
  times_per_hour: number | null
  times_per_day: number | null
  times_per_week: number | null
  times_per_lock: number | null
}

export const limitSections = ['add_time', 'remove_time', 'freeze', 'task', 'game'] as const

export type Counted = (typeof limitSections)[number] | 'device'

/** The wearer's limits; they hold for all rules together. */
export interface Limits extends Record<Exclude<Counted, 'device'>, Bounds> {
  /** From then on nothing restrictive is sent. */
  ends: Instant | null
  allow: readonly string[]
  /** No action may lead beyond so many seconds of remaining time. */
  remaining: number | null
  actions: { per_step: number | null; per_hour: number | null }
  /** The longest that restriction is held back after an outage, in seconds; it lasts as long as the outage did. */
  after_outage: number | null
  /**
   * What devices may do. `each` is how long a device may run before it is stopped; `quiet` are the hours in which none
   * may start, in seconds since local midnight by the wall clock.
   */
  device: Bounds & {
    quiet: { from: number; to: number } | null
    commands: readonly string[]
    params: AgreedParams
  }
}
