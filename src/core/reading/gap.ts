import type { Instant } from '../calendar/time.ts'
import { staleAfterMs } from '../model/fact.ts'
import type { Kept } from '../model/kept.ts'
import type { Gap } from '../model/lock.ts'

/** Shorter than this, and than a stale reading, no silence is called an outage. */
const leastOutageMs = 600_000

/** How long nothing may be seen, by readings so far apart, before it is called an outage. */
export function outageAfterMs(intervalMs: number): number {
  return Math.max(leastOutageMs, staleAfterMs(intervalMs))
}

/** So many of the latest are remembered, and of those that excuse a day of a streak so many more. */
const mostGaps = 100
const mostLongGaps = 400
const longGapMs = 3_600_000

/** Remembers the time since the last look, where it was longer than any outage may be. */
export function withGap(kept: Kept, from: Instant | null, to: Instant, longestMs: number): Kept {
  if (from === null || to - from <= longestMs) return kept
  const gaps = [...kept.gaps, { from, to }]
  const older = gaps.slice(0, -mostGaps).filter((gap) => gap.to - gap.from >= longGapMs)
  return { ...kept, gaps: [...older.slice(-mostLongGaps), ...gaps.slice(-mostGaps)] }
}

/** The milliseconds since a moment in which the lock was in sight: nobody is late for what nobody could see. */
export function seenMsSince(moment: Instant, now: Instant, gaps: readonly Gap[]): number {
  const unseen = gaps.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, now) - Math.max(from, moment)), 0)
  return Math.max(0, now - moment - unseen)
}
