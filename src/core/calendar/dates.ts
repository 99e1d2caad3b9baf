import { calendarPage } from './time.ts'
import { dayNames, sayWeekdays, weekdayNamed, weekdaysIn } from './weekday.ts'

/** On which dates: days of the week, the nth such day of a month (-1 is its last), or one date of each year. */
export type Dates =
  | { days: readonly number[] }
  | { nth: number; day: number }
  | { date: { day: number; month: number } }

export const everyDay: Dates = { days: [1, 2, 3, 4, 5, 6, 7] }

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]
const ordinals = ['first', 'second', 'third', 'fourth']

/** The number of a month by its short name or its full one; null where it is none. */
export function monthNamed(text: string): number | null {
  const word = text.toLowerCase()
  const place = months.findIndex((name) => name.toLowerCase() === word || name.slice(0, 3).toLowerCase() === word)
  return place === -1 ? null : place + 1
}

/** Reads `mon-fri`, `first mon`, `last fri` or `24 dec`; a text that is none comes back as what is wrong with it. */
export function parseDates(text: string): Dates | string {
  const [one = '', other] = text.split(' ')
  if (other === undefined) {
    const days = weekdaysIn(one)
    return typeof days === 'string' ? days : { days }
  }
  const nth = one === 'last' ? -1 : ordinals.indexOf(one) + 1
  if (nth !== 0) {
    const day = weekdayNamed(other)
    return day === null ? `"${other}" is no day, such as mon` : { nth, day }
  }
  const [day, month] = [Number(one), monthNamed(other)]
  if (Number.isInteger(day) && day >= 1 && day <= 31 && month !== null) return { date: { day, month } }
  return `"${text}" names no days; write "mon-fri", "first mon", "last fri" or "24 dec"`
}

/** The last three fields of a cron expression for these dates. */
export function cronFields(dates: Dates): string {
  if ('days' in dates) return `* * ${dates.days.map((day) => day % 7).join(',')}`
  if ('date' in dates) return `${dates.date.day} ${dates.date.month} *`
  const day = dates.day % 7
  return dates.nth < 0 ? `* * ${day}L` : `* * ${day}#${dates.nth}`
}

/** Whether a date is among them. */
export function isAmong(dates: Dates, date: string): boolean {
  const { month, day, weekday, lastDay } = calendarPage(date)
  if ('days' in dates) return dates.days.includes(weekday)
  if ('date' in dates) return dates.date.day === day && dates.date.month === month
  if (dates.day !== weekday) return false
  return dates.nth < 0 ? day + 7 > lastDay : Math.floor((day - 1) / 7) + 1 === dates.nth
}

/** On which dates, for a sentence: `on Monday to Friday`; null for every day. */
export function sayDates(dates: Dates): string | null {
  if ('date' in dates) return `on ${dates.date.day} ${months[dates.date.month - 1]} of each year`
  if ('nth' in dates) return `on the ${ordinals[dates.nth - 1] ?? 'last'} ${dayNames[dates.day - 1]} of each month`
  const days = sayWeekdays(dates.days)
  return days === null ? null : `on ${days}`
}
