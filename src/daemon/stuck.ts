/** The longest that a request may take: its own deadline, which ends it. */
const requestMs = 30_000
/** So much later than it was to be, a loop stands still. */
const graceMs = 60_000

/**
 * How long a loop stands still, in milliseconds: since its next step was due, or a request should have ended. 0 while
 * it goes round, and while it is late by less than a minute. All of it in ticks.
 */
export function stuckMs(due: number, inAir: Iterable<{ since: number }>, ticks: number): number {
  const promised = Math.min(due, ...[...inAir].map(({ since }) => since + requestMs))
  return ticks - promised < graceMs ? 0 : ticks - promised
}
