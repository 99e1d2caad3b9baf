import { at, type Fact, type Instant, type Value } from './fact.ts'

/** A value and how it ran, as it was last seen: what a change is measured against. */
interface Line {
  value: Value
  since: Instant
  pace: -1 | 0 | 1
}

/** What a change leaf remembers of its fact: the last known value, and what it rose by since its rule's last firing. */
export interface Anchor {
  last: Line
  risen: number
}

/** How a fact differs from what was remembered of it, once the clock is taken out. */
export interface Moved {
  changed: boolean
  /** Since the last reading. */
  rose: number
  /** Since the rule's last firing. */
  roseSinceFiring: number
}

/** A count of seconds is read at whole seconds on either side, and takes a moment to travel. */
const toleranceSeconds = 3

/** How a known fact has moved away from an anchor; null where either is unknown. Own writes are no change. */
export function movedFrom(anchor: Anchor | undefined, fact: Fact, ownWrite: boolean): Moved | null {
  if (!anchor || !fact.known) return null
  if (ownWrite) return { changed: false, rose: 0, roseSinceFiring: 0 }
  if (typeof fact.value !== 'number') {
    return { changed: !sameValue(anchor.last.value, fact.value), rose: 0, roseSinceFiring: 0 }
  }
  const rose = unexplained(anchor.last, fact)
  return { changed: rose !== 0, rose, roseSinceFiring: anchor.risen + rose }
}

/** The anchor after a step; the same object where nothing worth storing happened. */
export function moveAnchor(
  anchor: Anchor | undefined,
  fact: Fact,
  fired: boolean,
  ownWrite: boolean,
): Anchor | undefined {
  if (!fact.known) return anchor
  const line: Line = { value: fact.value, since: fact.since, pace: fact.pace }
  if (!anchor || fired) return { last: line, risen: 0 }
  if (runsAlong(anchor.last, fact)) return anchor
  return { last: line, risen: ownWrite ? anchor.risen : anchor.risen + unexplained(anchor.last, fact) }
}

/**
 * By how much a count is higher than its line explains. Where its pace was different at both ends, it may have
 * turned at any moment in between, and all of that is explained.
 */
function unexplained(line: Line, fact: Fact & { known: true }): number {
  if (typeof line.value !== 'number' || typeof fact.value !== 'number') return 0
  if (line.pace === 0 && fact.pace === 0) return fact.value - line.value
  const passed = Math.max(0, (fact.since - line.since) / 1000)
  const ends = [line.value + line.pace * passed, line.value + fact.pace * passed].map((end) => Math.max(0, end))
  const [lowest, highest] = [Math.min(...ends) - toleranceSeconds, Math.max(...ends) + toleranceSeconds]
  if (fact.value > highest) return fact.value - highest + toleranceSeconds
  return fact.value < lowest ? fact.value - lowest - toleranceSeconds : 0
}

function runsAlong(line: Line, fact: Fact & { known: true }): boolean {
  if (line.pace !== fact.pace) return false
  if (line.pace === 0) return sameValue(line.value, fact.value)
  const there = at({ known: true, ...line, asked: line.since }, fact.since)
  if (!there.known || typeof there.value !== 'number' || typeof fact.value !== 'number') return false
  return Math.abs(there.value - fact.value) <= toleranceSeconds
}

function sameValue(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  return a.length === b.length && a.every((one, i) => one === b[i])
}
