import type { Instant } from '../calendar/time.ts'

/** How often a rule fired on a lock session; a firing is the commit of its rows. */
export interface Fired {
  times: number
  /** When, oldest first: the last time, and all others that cooldowns and limits may still ask for. */
  recent: readonly Instant[]
}

export const neverFired: Fired = { times: 0, recent: [] }

export function withFiring({ times, recent }: Fired, due: Instant): Fired {
  return { times: times + 1, recent: [...recent, due] }
}
