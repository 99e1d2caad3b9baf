import * as z from 'zod'
import { lengthOfTime, sayDuration } from './duration.ts'
import { endOf, type Instant, startOf } from './time.ts'

/** Over what something is counted: the calendar day or week of the zone, the lock, or so long back. */
export type Span = 'today' | 'this week' | 'this lock' | { rollingMs: number }

const named = ['today', 'this week', 'this lock'] as const

/** The spans that facts count over, as their names end. */
export const countedSpans = [
  ['Today', 'today'],
  ['ThisWeek', 'this week'],
  ['ThisLock', 'this lock'],
] as const

/** A span as people write it: `today`, `this week`, `this lock`, or a length. */
export const spanSchema = z
  .union([z.enum(named), lengthOfTime()], { error: 'today, this week, this lock, or a length of time such as 7d' })
  .transform((written): Span => (typeof written === 'number' ? { rollingMs: written * 1000 } : written))

/** Whether what happened at a moment counts at `now`, as a test for many moments. */
export function countsIn(span: Span, now: Instant, zone: string): (moment: Instant) => boolean {
  if (span === 'this lock') return () => true
  if (typeof span === 'object') return (moment) => moment > now - span.rollingMs
  const from = startOf(span === 'today' ? 'day' : 'week', now, zone)
  return (moment) => moment >= from
}

/** When what happened at a moment, and counts at `now`, no longer counts; null where it does for as long as the lock. */
export function countsUntil(span: Span, moment: Instant, now: Instant, zone: string): Instant | null {
  if (span === 'this lock') return null
  if (typeof span === 'object') return moment + span.rollingMs
  return endOf(span === 'today' ? 'day' : 'week', now, zone)
}

/** A span in words, behind what is counted in it. */
export function saySpan(span: Span): string {
  if (typeof span === 'object') return `within ${sayDuration(span.rollingMs / 1000)}`
  return span === 'this lock' ? 'on this lock' : span
}
