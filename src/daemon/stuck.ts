/** The deadline of a request. */
const requestMs = 30_000
/** A loop that is late by so much counts as standing still. */
const graceMs = 60_000

/**
 * How long a loop has stood still, in milliseconds: since its next step was due, or a request should have ended. 0
 * while it runs, and while it is late by less than a minute. All times are ticks.
 */
export function stuckMs(due: number, inAir: Iterable<{ since: number }>, ticks: number): number {
  const promised = Math.min(due, ...[...inAir].map(({ since }) => since + requestMs))
  return ticks - promised < graceMs ? 0 : ticks - promised
}
