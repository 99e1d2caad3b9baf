// The daemon's clock differs from this device's, and runs faster in a demo. So this module remembers what it said, and
// when.

/** A moment by this device's clock, and by the daemon's. */
interface Heard {
  local: number
  there: number
}

let first: Heard | null = null
let last: Heard | null = null

/** A pace this close to ours counts as ours, since answers take a moment to travel. */
const nearlyOurs = 0.2
const leastApartMs = 1500

/** Notes the daemon's present time, in epoch milliseconds. */
export function setClock(there: number): void {
  const local = performance.now()
  // A daemon that was started again may have another clock.
  if (last && there < last.there - 60_000) first = null
  first ??= { local, there }
  last = { local, there }
}

/** How much faster than ours the daemon's clock runs. */
export function pace(): number {
  if (!first || !last || last.local - first.local < leastApartMs) return 1
  const measured = (last.there - first.there) / (last.local - first.local)
  return Math.abs(measured - 1) < nearlyOurs ? 1 : measured
}

/** The daemon's clock, in epoch milliseconds. */
export function now(): number {
  return last ? last.there + (performance.now() - last.local) * pace() : Date.now()
}
