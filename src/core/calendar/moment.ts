import { type Cron, comingIn, nextAfter, parseCron } from './cron.ts'
import { cronFields, type Dates, everyDay, parseDates } from './dates.ts'
import {
  type DayDraw,
  type DayRange,
  leastShare,
  nextInRange,
  nextSpaced,
  type RangeMoments,
  type SpacedMoments,
} from './drawnmoment.ts'
import { parseDuration } from './duration.ts'
import { meantMoment } from './meantmoment.ts'
import { type Instant, parseClock } from './time.ts'

/** When an `at` rule looks; `on` and `clock` are there where it was not written as a cron expression. */
export type Moments = { text: string } & (
  | { kind: 'cron'; cron: Cron; on?: Dates; clock?: number }
  | RangeMoments
  | SpacedMoments
)

const forms =
  '"09:00", "mon-fri 09:00", "first mon 09:00", "24 dec 18:00", "every 90m 09:00-21:00", "random 09:00-22:00" or a cron expression'

/**
 * Reads `09:00`, `mon-fri 09:00`, `first mon 09:00`, `24 dec 18:00`, `every 90m 09:00-21:00`, `random 3x 09:00-22:00`,
 * `random 2 days per week 14:00-20:00`, `random every 6h-18h` or a cron expression. A text that is none comes back as
 * what is wrong with it.
 */
export function parseMoments(text: string): Moments | string {
  const words = text.trim().replace(/\s+/g, ' ')
  const moments = readMoments(words.toLowerCase().replace(/ ?([,-]) ?/g, '$1'), words)
  if (moments !== null && typeof moments !== 'string') return moments
  const meant = meantMoment(words, (tried) => typeof (readMoments(tried, tried) ?? '') !== 'string')
  if (meant !== null) return `"${words}" is no moment; write "${meant}"`
  if (moments !== null) return moments
  if (words.split(' ').length < 5 && !words.startsWith('@')) return `"${words}" is no moment; write ${forms}`
  return readCron(words)
}

function readCron(words: string): Moments | string {
  if (comingIn(words) === 'never') return `"${words}": this day never comes`
  try {
    return { kind: 'cron', cron: parseCron(words), text: words }
  } catch (error) {
    return `"${words}" is no cron expression: ${error instanceof Error ? error.message : error}`
  }
}

/** Moments in a form of ours, or what is wrong with them; null where they are in none. */
function readMoments(words: string, text: string): Moments | string | null {
  if (words.startsWith('random every ')) return spaced(words.slice('random every '.length), text)
  const [, dates, how, times] =
    /^(?:([a-z][a-z,-]*|(?:[a-z]+|\d{1,2}) [a-z]+) )??(random(?: \d+x)?(?: \d days? per week)? |every \d[\d.a-z]* |)(\d+:[\d:-]*)$/.exec(
      words,
    ) ?? []
  if (how === undefined || times === undefined) return null
  const on = dates === undefined ? everyDay : parseDates(dates)
  if (typeof on === 'string') return on
  if (how === '') return atClock(times, on, text)
  const range = rangeOf(times)
  if (typeof range === 'string') return range
  return how.startsWith('random') ? drawn(how, { on, ...range }, text) : evenly(how, { on, ...range }, text)
}

function atClock(written: string, on: Dates, text: string): Moments | string {
  const clock = parseClock(written)
  if (clock === null || clock >= 86_400) {
    return `"${written}" is no time of day such as 09:00`
  }
  const expression = `${(clock % 3600) / 60} ${Math.floor(clock / 3600)} ${cronFields(on)}`
  if (comingIn(expression) === 'never') return `"${text}": this day never comes`
  return { kind: 'cron', cron: parseCron(expression), on, clock, text }
}

/** A part of the day; one that ends before it begins ends on the next day. */
function rangeOf(written: string): { from: number; to: number } | string {
  const [from, to, more] = written.split('-').map(parseClock)
  if (from == null || to == null || more !== undefined || from >= 86_400) {
    return `"${written}" is no range such as 09:00-22:00`
  }
  if (from === to) return `the range ${written} is empty; the whole day is 00:00-24:00`
  return { from, to: to < from ? to + 86_400 : to }
}

function drawn(how: string, range: DayRange, text: string): Moments | string {
  const times = Number(/ (\d+)x/.exec(how)?.[1] ?? 1)
  const perWeek = /(\d) days? per week/.exec(how)?.[1]
  const kept = perWeek === undefined ? null : Number(perWeek)
  if (times === 0) return `"${text}": nothing is drawn`
  if (times > 1 && (range.to - range.from) / times < leastShare) {
    return `"${text}": ${times} moments are too many for this range; each needs ${leastShare / 60} minutes of it`
  }
  if (kept !== null) {
    if (!('days' in range.on)) return `"${text}": days per week are drawn of days of the week, such as mon-fri`
    const { length } = range.on.days
    if (kept < 1 || kept >= length) return `"${text}": ${kept} of ${length} days leaves nothing to draw`
  }
  return { kind: 'random', ...range, times, perWeek: kept, text }
}

function evenly(how: string, range: DayRange, text: string): Moments | string {
  const seconds = parseDuration(how.slice('every '.length).trim())
  if (seconds === null) return `"${text}": "${how.slice('every '.length).trim()}" is no length such as 90m`
  if (seconds < 60) return `"${text}": moments are at least a minute apart`
  if (seconds > range.to - range.from) return `"${text}": the range is shorter than what lies between two moments`
  return { kind: 'every', ...range, seconds, text }
}

/** The longest that two moments may lie apart: a year. */
const longestApart = 366 * 86_400

function spaced(written: string, text: string): Moments | string {
  const [least, most, more] = written.split('-').map(parseDuration)
  if (least == null || most == null || more !== undefined) {
    return `"${text}": write how far apart the moments are, as "random every 6h-18h"`
  }
  if (least < leastShare) return `"${text}": moments are at least ${leastShare / 60} minutes apart`
  if (most <= least || most > longestApart) {
    return `"${text}": the second length is greater than the first, and at most a year`
  }
  return { kind: 'random every', least, most, text }
}

/** The first moment after `after`, in epoch milliseconds; null if there is none for years. */
export function nextMoment(moments: Moments, after: Instant, zone: string, draw: DayDraw): Instant | null {
  if (moments.kind === 'cron') return nextAfter(moments.cron, after, zone)
  return moments.kind === 'random every' ? nextSpaced(moments, after, draw) : nextInRange(moments, after, zone, draw)
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
