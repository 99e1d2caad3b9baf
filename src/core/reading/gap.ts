import type { Instant } from '../calendar/time.ts'
import { staleAfterMs } from '../model/fact.ts'
import type { Kept } from '../model/kept.ts'
import type { Gap } from '../model/lock.ts'

/** A silence shorter than this, or than the age of a stale reading, is not an outage. */
const leastOutageMs = 600_000

/** How long a silence may last before it is an outage, with readings so far apart. */
export function outageAfterMs(intervalMs: number): number {
  return Math.max(leastOutageMs, staleAfterMs(intervalMs))
}

/** How many gaps are remembered; of those that excuse a day of a streak so many more. */
const mostGaps = 100
const mostLongGaps = 400
const longGapMs = 3_600_000

/** Adds the time since the last look as a gap, if it was long enough for one. */
export function withGap(kept: Kept, from: Instant | null, to: Instant, longestMs: number): Kept {
  if (from === null || to - from <= longestMs) return kept
  const gaps = [...kept.gaps, { from, to }]
  const older = gaps.slice(0, -mostGaps).filter((gap) => gap.to - gap.from >= longGapMs)
  return { ...kept, gaps: [...older.slice(-mostLongGaps), ...gaps.slice(-mostGaps)] }
}

/** The milliseconds since a moment in which the lock was seen. Nobody is late for a time that nobody could see. */
export function seenMsSince(moment: Instant, now: Instant, gaps: readonly Gap[]): number {
  const unseen = gaps.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, now) - Math.max(from, moment)), 0)
  return Math.max(0, now - moment - unseen)
}
