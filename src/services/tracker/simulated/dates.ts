import { type Instant, sayInstant } from '../../../core/calendar/time.ts'
import { trackerMoment } from '../dates.ts'

const MINUTE_MS = 60_000
const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['months', 30 * 1440 * MINUTE_MS],
  ['days', 1440 * MINUTE_MS],
  ['hours', 60 * MINUTE_MS],
  ['minutes', MINUTE_MS],
]

/** `2026-01-15 09:00:00`, in UTC, as the tracker writes moments. */
export function dateTime(at: Instant): string {
  return sayInstant(at, 'UTC')
}

/** `2026-02-03 10:02:11.456`, in UTC. */
export function dateTimeMs(at: Instant): string {
  return `${dateTime(at)}.${String(at % 1000).padStart(3, '0')}`
}

/** `2026-01-15`, in UTC. */
export function date(at: Instant): string {
  return dateTime(at).slice(0, 10)
}

/** `17 days 3 hours 12 minutes`: the unit is never singular, and a month is 30 days. */
export function words(ms: number): string {
  let left = ms
  const parts: string[] = []
  for (const [name, size] of UNITS) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return parts.join(' ') || '0 minutes'
}

/** The moment of a date in any of the tracker's forms, in UTC; null if it is none, as 31 February. */
export function parseDate(text: string): Instant | null {
  return trackerMoment(text, 'UTC')
}
