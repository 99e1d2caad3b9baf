import { parse, validateDetailed } from 'node-cron'
import { calendarPage, dateAfter, type Instant, localTime, momentAt } from './time.ts'

/** A cron expression as node-cron reads it: five fields, or six with seconds in front. */
export type Cron = ReturnType<typeof parse>

/** How far ahead to search; rarer dates, such as a 29 February on a Monday, are not found. */
const furthestDays = 4 * 366 + 1

/** More than any expression needs; node-cron expands ranges before it checks their size. */
const longestExpression = 300
const longestNumber = 3

/** Why a text must not even be given to node-cron, or null. */
export function whyNoCron(expression: string): string | null {
  if (expression.length > longestExpression) return `it is longer than ${longestExpression} characters`
  const large = expression.match(/\d+/g)?.find((number) => number.length > longestNumber)
  return large === undefined ? null : `${large} is no second, minute, hour, day or month`
}

/** Reads an expression. Throws an `Error` that says what is wrong. */
export function parseCron(expression: string): Cron {
  const wrong = whyNoCron(expression)
  if (wrong !== null) throw new Error(wrong)
  if (comingIn(expression) === 'never') throw new Error('this day never comes')
  try {
    return parse(expression)
  } catch {
    throw new Error(whatIsWrong(expression))
  }
}

type Dates = Pick<Cron, 'dayOfMonth' | 'month' | 'dayOfWeek'>

/** When the dates of an expression come: in most years, in leap years alone, or never, as the 31st of April. */
export type Coming = 'usual' | 'leap years' | 'never'

/** The same for a text; null if it is not an expression for another reason. */
export function comingIn(expression: string): Coming | null {
  if (whyNoCron(expression) !== null) return null
  const dates = datesIn(expression)
  return dates && comingOf(dates)
}

/** Every date falls on every weekday in some year, so the months and their lengths decide. */
export function comingOf(dates: Dates): Coming {
  if (monthLengths.some(([month, lastDay]) => fitsMonth(dates, month, lastDay))) return 'usual'
  return fitsMonth(dates, 2, 29) ? 'leap years' : 'never'
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map((days, i) => [i + 1, days] as const)

function fitsMonth(dates: Dates, month: number, lastDay: number): boolean {
  if (!dates.month.includes(month)) return false
  for (let day = 1; day <= lastDay; day++) {
    for (let weekday = 1; weekday <= 7; weekday++) if (fitsDay(dates, { day, weekday, lastDay })) return true
  }
  return false
}

/** node-cron refuses some dates that never come as a syntax error, and accepts the others. */
function datesIn(expression: string): Dates | null {
  const read = (text: string) => validateDetailed(text).fields ?? null
  const whole = read(expression)
  if (whole) return whole
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== 5 && fields.length !== 6) return null
  const [anyDay, anyMonth] = [-3, -2].map((place) => read(fields.with(place, '*').join(' ')))
  return anyDay && anyMonth ? { ...anyDay, dayOfMonth: anyMonth.dayOfMonth } : null
}

/** The fields of an expression, with their ranges. */
const fieldWords: Readonly<Record<string, string>> = {
  second: 'second; it is 0 to 59',
  minute: 'minute; it is 0 to 59',
  hour: 'hour; it is 0 to 23',
  dayOfMonth: 'day of the month; it is 1 to 31',
  month: 'month; it is 1 to 12',
  dayOfWeek: 'day of the week; it is 0 to 7, or mon to sun',
}

function whatIsWrong(expression: string): string {
  const { field, value } = validateDetailed(expression).errors[0] ?? {}
  const words = fieldWords[field ?? '']
  return words === undefined
    ? 'it has 5 fields, or 6 with the seconds in front, as "0 9 * * mon"'
    : `${value} is no ${words}`
}

/**
 * The first moment after `after` that the expression names in a zone, or null if there is none within four years. An
 * expression with fixed hours comes once for each of them on a local date: in a skipped hour at the end of the gap, in
 * a doubled one the first time. One that runs every hour goes by instants. Day of month and day of week must both fit,
 * as in node-cron.
 */
export function nextAfter(cron: Cron, after: Instant, zone: string): Instant | null {
  const first = localTime(after, zone).date
  const everyHour = new Set(cron.hour).size === 24
  for (let days = 0; days <= furthestDays; days++) {
    const date = dateAfter(first, days)
    if (!fitsDate(cron, date)) continue
    const found = everyHour ? nextByInstant(cron, date, after, zone) : nextByClock(cron, date, after, zone)
    if (found !== null) return found
  }
  return null
}

function nextByClock(cron: Cron, date: string, after: Instant, zone: string): Instant | null {
  for (const hour of ascending(cron.hour)) {
    if (momentAt(date, hour * 3600 + 3599, zone) <= after) continue
    for (const minute of ascending(cron.minute)) {
      for (const second of ascending(cron.second)) {
        const moment = momentAt(date, hour * 3600 + minute * 60 + second, zone)
        if (moment > after) return moment
      }
    }
  }
  return null
}

function nextByInstant(cron: Cron, date: string, after: Instant, zone: string): Instant | null {
  const dayEnd = momentAt(dateAfter(date, 1), 0, zone)
  const dayStart = momentAt(date, 0, zone)
  const minutes = new Set(cron.minute)
  const seconds = ascending(cron.second)
  const start = Math.max(dayStart, Math.floor(after / 60_000) * 60_000)
  for (let minute = start; minute < dayEnd; minute += 60_000) {
    if (!minutes.has(Math.floor((localTime(minute, zone).clock % 3600) / 60))) continue
    for (const second of seconds) {
      const moment = minute + second * 1000
      if (moment > after) return moment
    }
  }
  return null
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function fitsDate(cron: Cron, date: string): boolean {
  const page = calendarPage(date)
  return cron.month.includes(page.month) && fitsDay(cron, page)
}

function fitsDay(
  { dayOfMonth, dayOfWeek }: Dates,
  { day, weekday, lastDay }: { day: number; weekday: number; lastDay: number },
): boolean {
  return (
    dayOfMonth.some((wanted) => isDayOfMonth(wanted, day, lastDay, weekday)) &&
    dayOfWeek.some((wanted) => isDayOfWeek(wanted, day, lastDay, weekday))
  )
}

/** A day of the month: a number, `L` (the last), `L-3`, or `15W` (the working day nearest to the 15th). */
function isDayOfMonth(wanted: number | string, day: number, lastDay: number, weekday: number): boolean {
  if (typeof wanted === 'number') return wanted === day
  const [, number, back] = /^(\d+|L)W$/i.exec(wanted) ?? /^L(-)(\d+)$/i.exec(wanted) ?? []
  if (back !== undefined) return lastDay - Number(back) === day
  if (number === undefined) return wanted.toUpperCase() === 'L' && day === lastDay
  const target = number.toUpperCase() === 'L' ? lastDay : Number(number)
  if (target > lastDay) return false
  const targetsWeekday = (((weekday + target - day) % 7) + 7) % 7
  if (targetsWeekday === 6) return day === (target === 1 ? 3 : target - 1)
  if (targetsWeekday === 0) return day === (target === lastDay ? target - 2 : target + 1)
  return day === target
}

/** A day of the week: a number (0 and 7 are Sunday), `5L` (the month's last Friday), `5#2` (its second). */
function isDayOfWeek(wanted: number | string, day: number, lastDay: number, weekday: number): boolean {
  if (typeof wanted === 'number') return wanted % 7 === weekday % 7
  const [, number, kind = '', nth] = /^([0-7])(L|#)([1-5])?$/i.exec(wanted) ?? []
  if (number === undefined || Number(number) % 7 !== weekday % 7) return false
  return kind === '#' ? Math.floor((day - 1) / 7) + 1 === Number(nth) : day + 7 > lastDay
}
