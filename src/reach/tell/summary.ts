import type { SummaryTime, TellConfig } from '../../config/reach.ts'
import { calendarPage, dateAfter, type Instant, localTime, momentAt } from '../../core/calendar/time.ts'

/** The actions on a lock since the last summary. */
export interface Done {
  lock: string
  firings: number
  applied: number
  /** Actions that were refused, failed, or may or may not have happened. */
  other: number
}

/** The latest moment of a summary that is not after `now`. */
export function latestMoment({ day, at }: SummaryTime, now: Instant, zone: string): Instant {
  const today = localTime(now, zone).date
  for (let back = 0; back <= 7; back++) {
    const date = dateAfter(today, -back)
    if (day !== null && weekdayOf(date) !== day) continue
    const moment = momentAt(date, at, zone)
    if (moment <= now) return moment
  }
  // The zone skipped the whole day.
  return now - 8 * 86_400_000
}

/** The text of a summary. A discreet one says only whether somebody has to look. */
export function sayHowThingsStand(
  done: readonly Done[],
  troubles: readonly { lock: string | null; words: string }[],
  { wording, summary }: Pick<TellConfig, 'wording' | 'summary'>,
): string {
  if (wording === 'discreet') return troubles.length === 0 ? 'all is well' : 'it goes on, and something needs you'
  const span = summary?.day === null ? 'day' : 'week'
  const lines = done.map(({ lock, firings, applied, other }) => {
    const count = (n: number, one: string, more = `${one}s`) => `${n} ${n === 1 ? one : more}`
    const rest = other > 0 ? `, ${other} not done or not known` : ''
    return `${lock}: ${count(firings, 'firing')}, ${count(applied, 'action')} done${rest}`
  })
  const wrong = troubles.map(({ lock, words }) => `${lock === null ? '' : `${lock}: `}${words}`)
  return [
    `The last ${span}:`,
    ...lines,
    ...(wrong.length === 0 ? ['Nothing is wrong.'] : ['Still wrong:', ...wrong]),
  ].join('\n')
}

function weekdayOf(date: string): number {
  return calendarPage(date).weekday
}
