// The daemon's clock is not this device's, and in a demo it runs faster: what it said, and when, is remembered.

/** A moment by this device's clock, and by the daemon's. */
interface Heard {
  local: number
  there: number
}

let first: Heard | null = null
let last: Heard | null = null

/** Paces this near to ours are ours, as far as answers take a moment to travel. */
const nearlyOurs = 0.2
const leastApartMs = 1500

/** Takes in what the daemon's clock said just now, in epoch milliseconds. */
export function setClock(there: number): void {
  const local = performance.now()
  // A daemon that was started again may have another clock.
  if (last && there < last.there - 60_000) first = null
  first ??= { local, there }
  last = { local, there }
}

/** How many times as fast as ours the daemon's clock runs. */
export function pace(): number {
  if (!first || !last || last.local - first.local < leastApartMs) return 1
  const measured = (last.there - first.there) / (last.local - first.local)
  return Math.abs(measured - 1) < nearlyOurs ? 1 : measured
}

/** The daemon's clock, in epoch milliseconds. */
export function now(): number {
  return last ? last.there + (performance.now() - last.local) * pace() : Date.now()
}
