import { calendarPage, dateAfter, endOf, type Instant, localTime, momentAt } from '../calendar/time.ts'
import type { Gap } from '../model/lock.ts'
import { usedUpUntil } from '../model/quota.ts'
import type { Streak } from '../model/rule.ts'

/** What a streak is reckoned from. */
export interface Streaking {
  /** The dates of the zone on which it was done, on this lock. */
  dates: Iterable<string>
  /** When the lock began. */
  since: Instant
  /** When the lock was out of sight. */
  gaps: readonly Gap[]
  now: Instant
  zone: string
}

/** A day or week of which so much at a time was out of sight is not held against anybody. */
const excusingMs = 3_600_000

/**
 * How many days (or weeks) on end it was done. One that is still running, that in which the lock began, one of which an
 * hour was out of sight, and one that a spare stands for break nothing and do not count.
 */
export function streakOf({ each, spare }: Streak, { dates, since, gaps, now, zone }: Streaking): number {
  const begin = (date: string) => (each === 'week' ? dateAfter(date, 1 - calendarPage(date).weekday) : date)
  const done = new Set([...dates].map(begin))
  const [first, last] = [since, now].map((moment) => begin(localTime(moment, zone).date))
  const spared: Instant[] = []
  let streak = 0
  for (let date = first ?? ''; date <= (last ?? ''); date = dateAfter(date, each === 'week' ? 7 : 1)) {
    if (done.has(date)) streak++
    if (done.has(date) || date === first || date === last || streak === 0) continue
    const begins = momentAt(date, 0, zone)
    if (wasOutOfSight(gaps, begins, momentAt(dateAfter(date, each === 'week' ? 7 : 1), 0, zone))) continue
    if (spare !== null && usedUpUntil(spare, { times: spared.length, recent: spared }, begins, zone) === false)
      spared.push(begins)
    else streak = 0
  }
  return streak
}

/** When a streak may come to another number by the clock alone. */
export function streakTurnsAt({ each }: Streak, { now, zone }: Pick<Streaking, 'now' | 'zone'>): Instant {
  return endOf(each, now, zone)
}

function wasOutOfSight(gaps: readonly Gap[], begins: Instant, ends: Instant): boolean {
  return gaps.some(({ from, to }) => Math.min(to, ends) - Math.max(from, begins) >= excusingMs)
}
