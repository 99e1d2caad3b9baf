import { at, type Fact, sameValue } from '../model/fact.ts'
import type { Anchor, Line, Loose, Moved } from '../model/rulememory.ts'
import { closed, looseAfter, type OwnWrite, partOf, valueIsOwn } from './ownwrite.ts'

/** How much of a rise and of a fall firings have used up. */
export interface Used {
  up: number
  down: number
}

export const unused: Used = { up: 0, down: 0 }

/**
 * The least tolerance of a count of seconds: both readings are in whole seconds, and take a moment to travel. If an
 * answer takes longer, the tolerance is as much.
 */
export const toleranceSeconds = 3
/** Re-anchor before the drift of two clocks looks like a change. */
const driftSeconds = 2

/** How a known fact has moved from an anchor; null if either is unknown. */
export function movedFrom(anchor: Anchor | undefined, fact: Fact, writes: readonly OwnWrite[]): Moved | null {
  if (!anchor || !fact.known) return null
  return anchor.none ? first : comparison(anchor, fact, writes).moved
}

/** The move of the very first value. */
const first: Moved = { changed: true, rose: 1, up: 0, down: 0 }

function noneYet({ since, asked }: Fact): Anchor {
  return { last: { value: 0, since, pace: 0 }, asked, none: true }
}

/** The anchor after a step; the same object if there is nothing to store. */
export function moveAnchor(
  anchor: Anchor | undefined,
  fact: Fact,
  writes: readonly OwnWrite[],
  used: Used = unused,
): Anchor | undefined {
  if (!fact.known) return !anchor && fact.why === 'none' ? noneYet(fact) : anchor
  const last = lineOf(fact)
  const { asked } = fact
  if (!anchor) return { last, asked }
  if (anchor.none) return { last, asked }
  if (used === unused && writes.length === 0 && !anchor.loose && runsAlong(anchor.last, fact)) return anchor
  const { moved, loose } = comparison(anchor, fact, writes)
  return { last, ...countsOf(moved.up - used.up, moved.down - used.down), asked, ...(loose ? { loose } : {}) }
}

/**
 * The anchor of a rule that has fired for a part of a change so far. The next reading sees the same change again, less
 * that part.
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
  const rose = own !== 0 && runs && Math.abs(rest) <= toleranceOf(last, fact) ? 0 : rest
  const counts = rose > 0 ? { up: Math.max(0, up) + rose, down: 0 } : { up: 0, down: Math.max(0, down) - rose }
  return {
    moved: { changed: rose !== 0, rose, ...(rose === 0 ? { up, down } : counted(counts, up, down, rose)) },
    loose: closed(loose, writes, fact.asked),
  }
}

/** If firings have used more of a count than was seen, the balance is negative until the rest is seen. */
function counted(counts: Used, up: number, down: number, rose: number): Used {
  if (rose > 0 && up < 0) return { up: up + rose, down: 0 }
  return rose < 0 && down < 0 ? { up: 0, down: down - rose } : counts
}

/**
 * By how much a count is higher than its line explains. If its pace differs at both ends, it may have changed at any
 * moment in between, and everything that this can cause counts as explained.
 */
function stepFrom(line: Line, fact: Fact & { known: true }): number {
  if (typeof line.value !== 'number' || typeof fact.value !== 'number') return 0
  if (line.pace === 0 && fact.pace === 0) return fact.value - line.value
  const { value } = line
  const passed = Math.max(0, (fact.since - line.since) / 1000)
  const ends = [value + line.pace * passed, value + fact.pace * passed].map((end) => Math.max(0, end))
  const [lowest, highest] = [Math.min(...ends), Math.max(...ends)]
  // The service counts whole seconds: an exact addition must not come out a fraction too small.
  const tolerance = toleranceOf(line, fact)
  if (fact.value > highest + tolerance) return Math.ceil(fact.value - highest)
  return fact.value < lowest - tolerance ? Math.floor(fact.value - lowest) : 0
}

/** A known fact as a line to measure against. */
function lineOf({ value, since, pace, leadMs = 0 }: Fact & { known: true }): Line {
  return { value, since, pace, ...(leadMs > toleranceSeconds * 1000 ? { leadMs } : {}) }
}

/** By how many seconds two readings of one count may differ. */
function toleranceOf(line: Line, fact: Fact): number {
  return Math.max(toleranceSeconds, (line.leadMs ?? 0) / 1000, (fact.leadMs ?? 0) / 1000)
}

function runsAlong(line: Line, fact: Fact & { known: true }): boolean {
  if (line.pace !== fact.pace) return false
  if (line.pace === 0) return sameValue(line.value, fact.value)
  if (line.leadMs !== undefined && (fact.leadMs ?? 0) <= line.leadMs / 2) return false
  const there = at({ known: true, ...line, asked: line.since }, fact.since)
  if (!there.known || typeof there.value !== 'number' || typeof fact.value !== 'number') return false
  return Math.abs(there.value - fact.value) < driftSeconds
}
