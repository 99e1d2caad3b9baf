import { dateAfter, type Instant, localTime, momentAt, parseClock, sayClock } from './time.ts'
import { sayWeekdays, weekdaysIn } from './weekday.ts'

/**
 * A part of some days of the week, in seconds of the clock's face from `from` up to, not with, `to`. Over midnight `to`
 * is more than a day: the night belongs to the day on which it began.
 */
export interface Window {
  days: readonly number[]
  from: number
  to: number
}

const daySeconds = 86_400
const weekSeconds = 7 * daySeconds
const allDays = [1, 2, 3, 4, 5, 6, 7]

/** A window between two times of day on days such as `mon-fri` (all of them without), or what is wrong with it. */
export function windowOf(begins: string, ends: string, on: string | null): Window | string {
  const [from, to] = [parseClock(begins), parseClock(ends)]
  if (from === null || from >= daySeconds) return `"${begins}" is no time of day such as 22:30`
  if (to === null) return `"${ends}" is no time of day such as 22:30`
  if (from === to) return `from ${begins} to ${ends} is no time at all`
  const days = on === null ? allDays : weekdaysIn(on.toLowerCase().replace(/\s*([,-])\s*/g, '$1'))
  return typeof days === 'string' ? days : { days, from, to: to < from ? to + daySeconds : to }
}

/** Reads `mon-fri 09:00-17:00` or `22:00-06:00`; a text that is none comes back as what is wrong with it. */
export function parseWindow(text: string): Window | string {
  const [, on, from = '', to = ''] =
    /^(?:([a-z][a-z, -]*?) )?(\d{1,2}:\d{2}) ?- ?(\d{1,2}:\d{2})$/i.exec(text.trim()) ?? []
  if (from === '') return `"${text}" is no part of a week; write "mon-fri 09:00-17:00"`
  return windowOf(from, to, on ?? null)
}

/** The same as seconds of the week, a beginning and an end each; one over the end of the week comes in two parts. */
export function weekSecondsOf({ days, from, to }: Window): number[] {
  return days.flatMap((day) => {
    const midnight = (day - 1) * daySeconds
    const [begins, ends] = [midnight + from, midnight + to]
    return ends <= weekSeconds ? [begins, ends] : [begins, weekSeconds, 0, ends - weekSeconds]
  })
}

/** The window that gave these seconds of the week. */
export function windowFrom(seconds: readonly number[]): Window {
  const windows: { day: number; from: number; to: number }[] = []
  for (let i = 0; i + 1 < seconds.length; i += 2) {
    const [begins = 0, ends = 0] = seconds.slice(i, i + 2)
    const last = windows.at(-1)
    if (begins === 0 && last && last.day === 7 && last.to === daySeconds && i > 0) last.to += ends
    else {
      const day = Math.floor(begins / daySeconds)
      windows.push({ day: day + 1, from: begins - day * daySeconds, to: ends - day * daySeconds })
    }
  }
  const [first = { from: 0, to: 0 }] = windows
  return { days: windows.map(({ day }) => day), from: first.from, to: first.to }
}

/** A window in words: `between 22:00 and 06:00 of a night that begins on Sunday to Thursday`. */
export function sayWindow({ days, from, to }: Window): string {
  const range = `between ${sayClock(from)} and ${sayClock(to > daySeconds ? to - daySeconds : to)}`
  const on = sayWeekdays(days)
  if (on === null) return range
  return to > daySeconds ? `${range} of a night that begins on ${on}` : `${range} on ${on}`
}

/**
 * The stretches of time that windows cover after a moment, earliest first and without overlap. After those of each day
 * comes its end, with no end of its own: nothing else begins before it.
 */
function* stretches(windows: readonly Window[], after: Instant, zone: string): Generator<readonly [Instant, Instant]> {
  const { date: today } = localTime(after, zone)
  let until = Number.NEGATIVE_INFINITY
  for (let ahead = -1; ; ahead++) {
    const date = dateAfter(today, ahead)
    const { weekday } = localTime(momentAt(date, daySeconds / 2, zone), zone)
    const found = windows
      .filter(({ days }) => days.includes(weekday))
      .map(({ from, to }) => [momentAt(date, from, zone), momentAt(date, to, zone)] as const)
      .sort(([one], [other]) => one - other)
    for (const [begins, ends] of found) {
      const from = Math.max(begins, until, after)
      if (ends <= from) continue
      until = ends
      yield [from, ends]
    }
    yield [momentAt(dateAfter(date, 1), 0, zone), Number.NaN]
  }
}

/** How many milliseconds between two moments lie within windows. */
export function msWithin(windows: readonly Window[], from: Instant, to: Instant, zone: string): number {
  if (windows.length === 0 || to <= from) return 0
  let sum = 0
  for (const [begins, ends] of stretches(windows, from, zone)) {
    if (begins >= to) break
    if (!Number.isNaN(ends)) sum += Math.min(ends, to) - begins
  }
  return sum
}

/** The moment at which so many milliseconds outside of windows have passed since another. */
export function afterOutside(windows: readonly Window[], from: Instant, ms: number, zone: string): Instant {
  if (windows.length === 0) return from + ms
  let [at, left] = [from, ms]
  for (const [begins, ends] of stretches(windows, from, zone)) {
    if (begins - at >= left) return at + left
    if (Number.isNaN(ends)) continue
    left -= Math.max(0, begins - at)
    at = ends
  }
  return at + left
}
