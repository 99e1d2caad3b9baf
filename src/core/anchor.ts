import { at, type Fact, type Instant, sameValue, type Value } from './fact.ts'

/** A value and how it ran, as it was last seen: what a change is measured against. */
interface Line {
  value: Value
  since: Instant
  pace: -1 | 0 | 1
}

/** What a rule remembers of a fact whose changes it asks for. */
export interface Anchor {
  /** The last known value. */
  last: Line
  /** What it rose by since the rule's last firing. */
  risen: number
  /** When the reading of the last known value was begun; own writes after it are not counted as changes. */
  asked: Instant
}

/** How a fact differs from what was remembered of it, once the clock is taken out. */
export interface Moved {
  changed: boolean
  /** Since the last reading. */
  rose: number
  /** Since the rule's last firing. */
  roseSinceFiring: number
}

/**
 * What our own writes did to a fact since it was last looked at: nothing, a rise of so many seconds, or something
 * that cannot be told, which takes every change of that time with it.
 */
export type OwnDoing = number | 'untold'

/** A count of seconds is read at whole seconds on either side, and takes a moment to travel. */
const toleranceSeconds = 3
/** Before clocks that run apart add up to a change, the line is drawn anew. */
const driftSeconds = 2

/** How a known fact has moved away from an anchor; null where either is unknown. Own doing is no change. */
export function movedFrom(anchor: Anchor | undefined, fact: Fact, own: OwnDoing): Moved | null {
  if (!anchor || !fact.known) return null
  if (own === 'untold') return { changed: false, rose: 0, roseSinceFiring: 0 }
  if (typeof fact.value !== 'number') {
    return { changed: !sameValue(anchor.last.value, fact.value), rose: 0, roseSinceFiring: 0 }
  }
  const rose = unexplained(shifted(anchor.last, own), fact)
  return { changed: rose !== 0, rose, roseSinceFiring: anchor.risen + rose }
}

/** The anchor after a step; the same object where nothing worth storing happened. */
export function moveAnchor(anchor: Anchor | undefined, fact: Fact, fired: boolean, own: OwnDoing): Anchor | undefined {
  if (!fact.known) return anchor
  const line: Line = { value: fact.value, since: fact.since, pace: fact.pace }
  const { asked } = fact
  if (!anchor || fired) return { last: line, risen: 0, asked }
  if (own === 0 && runsAlong(anchor.last, fact)) return anchor
  const rose = own === 'untold' ? 0 : unexplained(shifted(anchor.last, own), fact)
  return { last: line, risen: anchor.risen + rose, asked }
}

function shifted(line: Line, own: number): Line {
  return typeof line.value === 'number' ? { ...line, value: line.value + own } : line
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
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)]
  // The service counts whole seconds: what was added exactly must not come out a fraction short.
  if (fact.value > highest + toleranceSeconds) return Math.ceil(fact.value - highest)
  return fact.value < lowest - toleranceSeconds ? Math.floor(fact.value - lowest) : 0
}

function runsAlong(line: Line, fact: Fact & { known: true }): boolean {
  if (line.pace !== fact.pace) return false
  if (line.pace === 0) return sameValue(line.value, fact.value)
  const there = at({ known: true, ...line, asked: line.since }, fact.since)
  if (!there.known || typeof there.value !== 'number' || typeof fact.value !== 'number') return false
  return Math.abs(there.value - fact.value) < driftSeconds
}
