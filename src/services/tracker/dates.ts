import type { Instant } from '../../core/fact.ts'
import { instantOf } from '../../core/time.ts'

/**
 * A moment in one of the tracker's three forms: `2026-01-15 09:00:00 UTC`, the same without the word (UTC all the
 * same), and `2026-01-15`, which is the start of that day where the wearer lives. Null where it is none of them.
 */
export function trackerMoment(text: string, zone: string): Instant | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return instantOf(text, zone)
  const matched = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?: UTC)?$/.exec(text)
  return matched?.[1] === undefined ? null : instantOf(matched[1], 'UTC')
}

const unitSeconds: Readonly<Record<string, number>> = {
  year: 365 * 86_400,
  month: 30 * 86_400,
  week: 7 * 86_400,
  day: 86_400,
  hour: 3600,
  minute: 60,
  second: 1,
}
const part = /(\d{1,6}) (year|month|week|day|hour|minute|second)s?/g
const parts = new RegExp(`^${part.source}(?:,? (?:and )?${part.source})*$`)

/** A length in words, `17 days 3 hours 12 minutes`; months (of 30 days) and years make it inexact. Null for no length. */
export function lengthInWords(text: string): { seconds: number; exact: boolean } | null {
  const words = text.trim().toLowerCase()
  if (!parts.test(words)) return null
  let seconds = 0
  for (const [, amount, unit] of words.matchAll(part)) seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0)
  return { seconds, exact: !/month|year/.test(words) }
}
