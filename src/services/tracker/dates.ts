import { type Instant, instantOf } from '../../core/calendar/time.ts'

/**
 * A moment in one of the tracker's three forms: `2026-01-15 09:00:00 UTC`, the same without the word (UTC all the
 * same), and `2026-01-15`, which is the start of that day where the wearer lives. Null where it is none of them.
 */
export function trackerMoment(text: string, zone: string): Instant | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return instantOf(text, zone)
  const matched = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?: UTC)?$/.exec(text)
  return matched?.[1] === undefined ? null : instantOf(matched[1], 'UTC')
}

const day = 86_400
const unitSeconds: Readonly<Record<string, number>> = { week: 7 * day, day, hour: 3600, minute: 60, second: 1 }
const part = /(\d{1,6}) (year|month|week|day|hour|minute|second)s?/g
const parts = new RegExp(`^${part.source}(?:,? (?:and )?${part.source})*$`)

/**
 * A length in words, `17 days 3 hours 12 minutes`, in seconds. How long months and years were is not told, so that with
 * them it lies between two lengths. Null for no length.
 */
export function lengthInWords(text: string): { least: number; most: number } | null {
  const words = text.trim().toLowerCase()
  if (!parts.test(words)) return null
  let seconds = 0
  let months = 0
  for (const [, amount, unit] of words.matchAll(part)) {
    if (unit === 'year' || unit === 'month') months += Number(amount) * (unit === 'year' ? 12 : 1)
    else seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0)
  }
  const [least, most] = daysOf(months)
  return { least: seconds + least * day, most: seconds + most * day }
}

const year = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** The months of four years, after which they come again. */
const fourYears = [31, 29, ...year.slice(2), ...year, ...year, ...year]

/** The fewest and the most days that so many months in a row can have. */
function daysOf(months: number): readonly [number, number] {
  const rest = months % fourYears.length
  const whole = Math.floor(months / fourYears.length) * sum(fourYears)
  const spans = fourYears.map((_, first) => sum([...fourYears, ...fourYears].slice(first, first + rest)))
  return [whole + Math.min(...spans), whole + Math.max(...spans)]
}

function sum(days: readonly number[]): number {
  return days.reduce((total, one) => total + one, 0)
}
