import { type Cron, comingIn, nextAfter, parseCron } from './cron.ts'
import { dateAfter, type Instant, localTime, momentAt, parseClock, weekdayNamed, weekdays } from './time.ts'

/** The moments of an `at` rule: those of a cron expression, or one drawn moment each day. */
export type Moments =
  | { kind: 'cron'; cron: Cron; text: string }
  | { kind: 'random'; days: readonly number[]; from: number; to: number; text: string }

/** A number in [0, 1) that belongs to a date. */
export type DayDraw = (date: string) => number

const everyDay = [1, 2, 3, 4, 5, 6, 7]

/**
 * Reads `09:00`, `mon-fri 09:00`, `sat,sun 10:00`, `random 09:00-22:00` (with days before it, too) or a cron
 * expression. For other texts it returns what is wrong.
 */
export function parseMoments(text: string): Moments | string {
  const words = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[a-z]{6,}/gi, (day) => weekdays[(weekdayNamed(day) ?? 0) - 1] ?? day)
  const [, days, random, rest] = /^(?:([a-z][a-z,-]*[a-z]) )?(random )?(\d[\d:-]*)$/i.exec(words) ?? []
  const named = days === undefined || days.toLowerCase() === 'random' ? null : days
  if (rest !== undefined && (rest.includes(':') || random)) {
    const on = named === null ? everyDay : daysOf(named)
    if (typeof on === 'string') return on
    if (random !== undefined || days?.toLowerCase() === 'random') return randomIn(rest, on, words)
    const clock = parseClock(rest)
    if (clock === null || clock >= 86_400) return `"${rest}" is no time of day such as 09:00`
    const cron = `${(clock % 3600) / 60} ${Math.floor(clock / 3600)} * * ${on.map((day) => day % 7).join(',')}`
    return { kind: 'cron', cron: parseCron(cron), text: words }
  }
  if (words.split(' ').length < 5 && !words.startsWith('@')) {
    return `"${words}" is no moment; write "09:00", "mon-fri 09:00", "random 09:00-22:00" or a cron expression`
  }
  if (comingIn(words) === 'never') return `"${words}": this day never comes`
  try {
    return { kind: 'cron', cron: parseCron(words), text: words }
  } catch (error) {
    return `"${words}" is no cron expression: ${error instanceof Error ? error.message : error}`
  }
}

function randomIn(range: string, days: readonly number[], text: string): Moments | string {
  const [from, to] = range.split('-').map(parseClock)
  if (from == null || to == null || range.split('-').length !== 2) return `"${range}" is no range such as 09:00-22:00`
  return from < to ? { kind: 'random', days, from, to, text } : `the range ${range} ends before it begins`
}

function daysOf(text: string): readonly number[] | string {
  const number = (name: string) => (weekdays as readonly string[]).indexOf(name.toLowerCase()) + 1
  const days: number[] = []
  for (const part of text.split(',')) {
    const [first = '', last = first] = part.split('-')
    const [from, to] = [number(first), number(last)]
    if (from === 0 || to === 0) return `"${part}" is no day; days are ${weekdays.join(', ')}`
    for (let day = from; ; day = (day % 7) + 1) {
      days.push(day)
      if (day === to) break
    }
  }
  return days
}

/** The first moment after `after`, in epoch milliseconds; null if there is none for years. */
export function nextMoment(moments: Moments, after: Instant, zone: string, draw: DayDraw): Instant | null {
  if (moments.kind === 'cron') return nextAfter(moments.cron, after, zone)
  const first = localTime(after, zone).date
  for (let days = 0; days <= 8; days++) {
    const date = dateAfter(first, days)
    const noon = localTime(momentAt(date, 43_200, zone), zone)
    if (!moments.days.includes(noon.weekday)) continue
    const second = moments.from + Math.floor(draw(date) * (moments.to - moments.from))
    const moment = momentAt(date, second, zone)
    if (moment > after) return moment
  }
  return null
}

/** The latest moment in (`after`, `now`], or null. */
export function latestMoment(
  all: readonly Moments[],
  after: Instant,
  now: Instant,
  zone: string,
  draw: DayDraw,
): Instant | null {
  let latest: Instant | null = null
  for (const moments of all) {
    let next = nextMoment(moments, after, zone, draw)
    while (next !== null && next <= now) {
      latest = Math.max(latest ?? next, next)
      next = nextMoment(moments, next, zone, draw)
    }
  }
  return latest
}

/** The next moment of several, or null. */
export function earliestMoment(all: readonly Moments[], after: Instant, zone: string, draw: DayDraw): Instant | null {
  const next = all.flatMap((moments) => nextMoment(moments, after, zone, draw) ?? [])
  return next.length === 0 ? null : Math.min(...next)
}
