/** The forms in which the tracker writes dates and durations. */

const MINUTE_MS = 60_000
const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['months', 30 * 1440 * MINUTE_MS],
  ['days', 1440 * MINUTE_MS],
  ['hours', 60 * MINUTE_MS],
  ['minutes', MINUTE_MS],
]

/** `2026-01-15 09:00:00`, in UTC. */
export function dateTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** `2026-02-03 10:02:11.456`, in UTC. */
export function dateTimeMs(at: number): string {
  return new Date(at).toISOString().slice(0, 23).replace('T', ' ')
}

/** `2026-01-15`, in UTC. */
export function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
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

/** The moment of a date in any of the tracker's forms; null if it is none, as 31 February. */
export function parseDate(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?)?(?: UTC|Z)?$/.exec(text)
  if (match === null) return null
  const [, day = '', minutes = '00:00', seconds = ':00'] = match
  const at = Date.parse(`${day}T${minutes}${seconds}Z`)
  return Number.isNaN(at) || date(at) !== day ? null : at
}
