import type { Instant } from '../calendar/time.ts'

/** How often a rule fired on a lock session; a firing is the commit of its rows. */
export interface Fired {
  times: number
  /** When, oldest first: the last time, and all others that cooldowns and limits may still ask for. */
  recent: readonly Instant[]
}

export const neverFired: Fired = { times: 0, recent: [] }
