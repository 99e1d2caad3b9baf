import { at, type Fact, sameValue } from '../model/fact.ts'
import type { Anchor, Line, Loose, Moved } from '../model/rulememory.ts'
import { closed, looseAfter, type OwnWrite, partOf, valueIsOwn } from './ownwrite.ts'

/** What firings used up of a rise and of a fall. */
export interface Used {
  up: number
  down: number
}

export const unused: Used = { up: 0, down: 0 }

/** A count of seconds is read at whole seconds on either side, and takes a moment to travel. */
export const toleranceSeconds = 3
/** The line is drawn anew before the drift of two clocks looks like a change. */
const driftSeconds = 2

/** How a known fact has moved away from an anchor; null where either is unknown. */
export function movedFrom(anchor: Anchor | undefined, fact: Fact, writes: readonly OwnWrite[]): Moved | null {
  if (!anchor || !fact.known) return null
  return anchor.none ? first : comparison(anchor, fact, writes).moved
}

/** What the first value of all comes to. */
const first: Moved = { changed: true, rose: 1, up: 0, down: 0 }

function noneYet({ since, asked }: Fact): Anchor {
  return { last: { value: 0, since, pace: 0 }, asked, none: true }
}

/** The anchor after a step; the same object where nothing worth storing happened. */
export function moveAnchor(
  anchor: Anchor | undefined,
  fact: Fact,
  writes: readonly OwnWrite[],
  used: Used = unused,
): Anchor | undefined {
  if (!fact.known) return !anchor && fact.why === 'none' ? noneYet(fact) : anchor
  const last: Line = { value: fact.value, since: fact.since, pace: fact.pace }
  const { asked } = fact
  if (!anchor) return { last, asked }
  if (anchor.none) return { last, asked }
  if (used === unused && writes.length === 0 && !anchor.loose && runsAlong(anchor.last, fact)) return anchor
  const { moved, loose } = comparison(anchor, fact, writes)
  return { last, ...countsOf(moved.up - used.up, moved.down - used.down), asked, ...(loose ? { loose } : {}) }
}

/**
 * The anchor of a rule that fired for a part of what moved and has not come to the rest: the same change is seen again
 * by the next reading, less that part.
 */
export function heldAnchor(anchor: Anchor, used: Used): Anchor {
  const { up = 0, down = 0, ...rest } = anchor
  return { ...rest, ...countsOf(up - used.up, down - used.down) }
}

function countsOf(up: number, down: number): Pick<Anchor, 'up' | 'down'> {
  return { ...(up === 0 ? {} : { up }), ...(down === 0 ? {} : { down }) }
}

function comparison(
  anchor: Anchor,
  fact: Fact & { known: true },
  writes: readonly OwnWrite[],
): { moved: Moved; loose: Loose | null } {
  const { last, up = 0, down = 0 } = anchor
  const before = looseAfter(anchor.loose, writes, anchor.asked)
  if (typeof fact.value !== 'number' || typeof last.value !== 'number') {
    const { own, loose } = valueIsOwn(last.value, fact.value, before, writes, fact.asked)
    const changed = !own && !sameValue(last.value, fact.value)
    return { moved: { changed, rose: 0, up: 0, down: 0 }, loose: closed(loose, writes, fact.asked) }
  }
  const step = stepFrom(last, fact)
  const { own, loose } = partOf(step, before, writes, fact.asked)
  const runs = last.pace !== 0 || fact.pace !== 0
  const rest = step - own
  const rose = own !== 0 && runs && Math.abs(rest) <= toleranceSeconds ? 0 : rest
  const counts = rose > 0 ? { up: Math.max(0, up) + rose, down: 0 } : { up: 0, down: Math.max(0, down) - rose }
  return {
    moved: { changed: rose !== 0, rose, ...(rose === 0 ? { up, down } : counted(counts, up, down, rose)) },
    loose: closed(loose, writes, fact.asked),
  }
}

/** A count that firings have used ahead of what was seen is less than none until the rest is seen. */
function counted(counts: Used, up: number, down: number, rose: number): Used {
  if (rose > 0 && up < 0) return { up: up + rose, down: 0 }
  return rose < 0 && down < 0 ? { up: 0, down: down - rose } : counts
}

/**
 * By how much a count is higher than its line explains. Where its pace was different at both ends, it may have
 * turned at any moment in between, and all of that is explained.
 */
function stepFrom(line: Line, fact: Fact & { known: true }): number {
  if (typeof line.value !== 'number' || typeof fact.value !== 'number') return 0
  if (line.pace === 0 && fact.pace === 0) return fact.value - line.value
  const { value } = line
  const passed = Math.max(0, (fact.since - line.since) / 1000)
  const ends = [value + line.pace * passed, value + fact.pace * passed].map((end) => Math.max(0, end))
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
