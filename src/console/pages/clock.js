// The daemon's clock is not this device's, and in a demo it runs faster: what it said, and when, is remembered.

/** @type {{ local: number, there: number } | null} */
let first = null
/** @type {{ local: number, there: number } | null} */
let last = null

/** Paces this near to ours are ours, as far as answers take a moment to travel. */
const nearlyOurs = 0.2
const leastApartMs = 1500

/** @param {number} there What the daemon's clock said just now, in epoch milliseconds. */
export function setClock(there) {
  const local = performance.now()
  // A daemon that was started again may have another clock.
  if (last && there < last.there - 60_000) first = null
  first ??= { local, there }
  last = { local, there }
}

/** How many times as fast as ours the daemon's clock runs. */
export function pace() {
  if (!first || !last || last.local - first.local < leastApartMs) return 1
  const measured = (last.there - first.there) / (last.local - first.local)
  return Math.abs(measured - 1) < nearlyOurs ? 1 : measured
}

/** The daemon's clock, in epoch milliseconds. */
export function now() {
  return last ? last.there + (performance.now() - last.local) * pace() : Date.now()
}
