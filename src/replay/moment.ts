import { parseDuration } from '../core/calendar/duration.ts'
import { dateAfter, type Instant, instantOf, localTime, momentAt, parseClock } from '../core/calendar/time.ts'

const words = 'write "10:00", "2026-02-28 10:00" or "+3h"'

/**
 * The moment a test names: a time of day is the next one from `after` on, `+3h` counts from `start`. A text that is
 * none, or one that lies before `after` (which is `named` so), comes back as what is wrong with it.
 */
export function momentOf(
  text: string,
  start: Instant,
  after: Instant,
  zone: string,
  named = 'the line above it',
): Instant | { wrong: string } {
  const written = text.trim()
  const clock = parseClock(written)
  if (clock !== null) return nextClock(clock, after, zone)
  const found = written.startsWith('+') ? lengthAfter(written, start) : instantOf(written, zone)
  if (found === null) return { wrong: `"${text}" is no moment; ${words}` }
  if (found < start) return { wrong: `"${text}" lies before the start` }
  return found < after ? { wrong: `"${text}" lies before ${named}` } : found
}

function lengthAfter(written: string, start: Instant): Instant | null {
  const seconds = parseDuration(written.slice(1).trim())
  return seconds === null ? null : start + seconds * 1000
}

function nextClock(clock: number, after: Instant, zone: string): Instant {
  const { date } = localTime(after, zone)
  const today = momentAt(date, clock, zone)
  return today >= after ? today : momentAt(dateAfter(date, 1), clock, zone)
}
