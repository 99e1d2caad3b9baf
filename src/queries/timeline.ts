import * as z from 'zod'
import type { Course } from '../views/timeline.ts'
import { ahead, aheadMoment } from './ahead.ts'
import type { DaemonView } from './daemon.ts'
import { history, historyLine, wantedRows } from './history.ts'
import { query } from './query.ts'
import { instant, seconds, span } from './shapes.ts'

/** The longest course that is shown. */
const longestCourseMs = 90 * 86_400_000
const usualCourseMs = 7 * 86_400_000

/** What a timeline is made from. */
export interface TimelineView {
  daemon: DaemonView
  /** How a lock stood between two moments, as it was recorded; null where nothing is. */
  course(lock: string, since: number): Promise<Course | null>
}

const courseOf = z.object({
  remaining: z.array(z.array(z.tuple([instant, seconds]).readonly())).describe('Unbroken lines of the remaining time'),
  frozen: z.array(span),
  gaps: z.array(span).describe('When the lock was not to be read'),
})

/** How each lock stood, what was done, and what is ahead. */
export const timeline = query({
  in: wantedRows,
  out: z.array(
    z.object({
      lock: z.string(),
      since: instant,
      now: instant,
      course: courseOf.nullable().describe('Null where nothing is recorded'),
      past: z.array(historyLine),
      ahead: z.array(aheadMoment),
    }),
  ),
  answer: async (asked, { daemon, course }: TimelineView) => {
    const { clock, config } = daemon
    const past = await history.answer(asked, daemon)
    const coming = await ahead.answer({ lock: asked.lock }, daemon)
    const now = clock.now()
    const wanted = asked.since?.(now, config.zone) ?? now - usualCourseMs
    const since = Math.max(now - longestCourseMs, wanted)
    const timelines = coming.map(async ({ lock, moments }) => ({
      lock,
      since,
      now,
      course: await course(lock, since),
      past: past.filter((row) => row.lock === lock),
      ahead: moments,
    }))
    return Promise.all(timelines)
  },
})
