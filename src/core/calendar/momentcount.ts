import type { Cron } from './cron.ts'
import type { Dates } from './dates.ts'
import { spacedClocks } from './drawnmoment.ts'
import type { Moments } from './moment.ts'

const daySeconds = 86_400
const hourSeconds = 3600
/** The shortest a day can be, by daylight saving. */
const shortestDaySeconds = 23 * hourSeconds

/** The most moments that a calendar day, or a week from Monday, can hold. */
export function momentsIn(at: readonly Moments[], period: 'day' | 'week'): number {
  return at.reduce((sum, moments) => sum + mostIn(moments, period), 0)
}

function mostIn(moments: Moments, period: 'day' | 'week'): number {
  const week = period === 'week'
  switch (moments.kind) {
    case 'cron':
      return (week ? cronDays(moments.cron) : 1) * cronPerDay(moments.cron) + cronMore(moments.cron)
    case 'random every':
      return Math.floor(((week ? 7 : 1) * daySeconds + hourSeconds) / moments.least) + 1
    case 'every':
      return spacedClocks(moments).length * (week ? daysIn(moments.on) : 1)
    case 'random': {
      const days = week ? Math.min(daysIn(moments.on), moments.perWeek ?? 7) : 1
      // What the range of the day before holds may come after midnight.
      return moments.times * (days + (moments.to > daySeconds ? 1 : 0))
    }
  }
}

/** The most moments within so many milliseconds before a midnight. */
export function momentsBefore(at: readonly Moments[], ms: number): number {
  // A moment that daylight saving skips is moved by up to an hour, even over midnight.
  const from = daySeconds - ms / 1000 - hourSeconds
  const days = Math.ceil(ms / 1000 / shortestDaySeconds)
  return at.reduce((sum, moments) => {
    if (moments.kind === 'random every') return sum + Math.floor((daySeconds - from) / moments.least) + 1
    if (from <= 0) return sum + (days + 1) * mostIn(moments, 'day')
    if (moments.kind === 'cron') return sum + cronAfter(moments.cron, from)
    if (moments.kind === 'every') {
      return sum + spacedClocks(moments).filter((clock) => clock % daySeconds >= from).length
    }
    const reaching = [moments.to, moments.to - daySeconds].filter((end) => end > from).length
    return sum + moments.times * reaching
  }, 0)
}

function daysIn(dates: Dates): number {
  return 'days' in dates ? new Set(dates.days).size : 1
}

/** A date and a weekday each come at most once in a week. */
function cronDays(cron: Cron): number {
  return Math.min(7, new Set(cron.dayOfMonth).size, daysOfWeek(cron.dayOfWeek))
}

/** How many days of the week an expression names. */
export function daysOfWeek(days: Cron['dayOfWeek']): number {
  return new Set(days.map((day: number | string) => (typeof day === 'number' ? day % 7 : day))).size
}

function cronPerDay(cron: Cron): number {
  return new Set(cron.hour).size * inAnHour(cron)
}

function inAnHour({ minute, second }: Cron): number {
  return new Set(minute).size * new Set(second).size
}

/** What a day of 25 hours adds where an expression runs every hour. */
function cronMore(cron: Cron): number {
  return new Set(cron.hour).size === 24 ? inAnHour(cron) : 0
}

/** The most moments of a day after so many seconds of it. */
function cronAfter(cron: Cron, from: number): number {
  const { hour, minute, second } = cron
  const late = [...new Set(hour)].flatMap((h) => [...new Set(minute)].filter((m) => h * 3600 + m * 60 + 59 >= from))
  return late.length * new Set(second).size + cronMore(cron)
}
