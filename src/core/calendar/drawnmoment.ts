import { type Dates, isAmong } from './dates.ts'
import { calendarPage, dateAfter, type Instant, localTime, momentAt } from './time.ts'

/** Part of each day from `from` to `to`, in seconds of the clock's face; over midnight `to` is more than a day. */
export interface DayRange {
  on: Dates
  from: number
  to: number
}

/** Moments that stand in a range of each of their days. */
export type RangeMoments =
  /** Every so many seconds, from the first moment of the range on; its last counts. */
  | (DayRange & { kind: 'every'; seconds: number })
  /** So many, drawn; with `perWeek` on so many of the days of each week alone, drawn as well. */
  | (DayRange & { kind: 'random'; times: number; perWeek: number | null })

/** Moments of which each is drawn so many seconds after the one before. */
export interface SpacedMoments {
  kind: 'random every'
  least: number
  most: number
}

/** A number in [0, 1) that belongs to a name, such as a date. */
export type DayDraw = (name: string) => number

/** A date such as 29 February is looked for no further. */
const furthestDays = 8 * 366

/** Of several moments drawn in a range, two are never nearer than half of their share of it, or this. */
const mostApart = 900

/** The shortest share of a range that a drawn moment can have. */
export const leastShare = 600

/** The first moment after `after`; null where there is none for years. */
export function nextInRange(moments: RangeMoments, after: Instant, zone: string, draw: DayDraw): Instant | null {
  const { date: today } = localTime(after, zone)
  // The range of a day may reach into the next.
  for (let days = -1; days <= furthestDays; days++) {
    const date = dateAfter(today, days)
    if (!isAmong(moments.on, date) || !isDrawnDay(moments, date, draw)) continue
    for (const clock of clocksOf(moments, date, draw)) {
      const moment = momentAt(date, clock, zone)
      if (moment > after) return moment
    }
  }
  return null
}

/** The clock times of an evenly spaced range. */
export function spacedClocks({ from, to, seconds }: { from: number; to: number; seconds: number }): number[] {
  const clocks: number[] = []
  for (let clock = from; clock <= to; clock += seconds) clocks.push(clock)
  return clocks
}

function clocksOf(moments: RangeMoments, date: string, draw: DayDraw): number[] {
  if (moments.kind === 'every') return spacedClocks(moments)
  const { from, to, times } = moments
  if (times === 1) return [from + Math.floor(draw(date) * (to - from))]
  const apart = Math.min(mostApart, Math.floor((to - from) / times / 2))
  const free = to - from - (times - 1) * apart
  const places = Array.from({ length: times }, (_, i) => Math.floor(draw(`${date} ${i + 1}`) * free))
  return places.sort((one, other) => one - other).map((place, i) => from + place + i * apart)
}

/** Whether a date is among those drawn of its week; its days are ranked by draws of their own. */
function isDrawnDay(moments: RangeMoments, date: string, draw: DayDraw): boolean {
  if (moments.kind === 'every' || moments.perWeek === null) return true
  const monday = dateAfter(date, 1 - calendarPage(date).weekday)
  const ranked = [0, 1, 2, 3, 4, 5, 6]
    .map((days) => dateAfter(monday, days))
    .filter((one) => isAmong(moments.on, one))
    .map((one) => ({ date: one, rank: draw(`day ${one}`) }))
    .sort((one, other) => one.rank - other.rank)
  return ranked.slice(0, moments.perWeek).some((one) => one.date === date)
}

/** So many moments make a block, which lasts as long as the middle of their lengths makes it. */
const inBlock = 64

/** The first moment after `after`. Blocks begin at fixed instants, so that each moment is known without the one before. */
export function nextSpaced({ least, most }: SpacedMoments, after: Instant, draw: DayDraw): Instant {
  const blockMs = (inBlock / 2) * (least + most) * 1000
  const block = Math.floor(after / blockMs)
  let moment = block * blockMs
  const gaps = gapsOf(least * 1000, most * 1000, (i) => draw(`every ${block} ${i}`))
  // The last of them ends with the block.
  for (const gapMs of gaps.slice(0, -1)) {
    moment += gapMs
    if (Math.floor(moment) > after) return Math.floor(moment)
  }
  return (block + 1) * blockMs
}

/** Lengths between two that fill a block: those drawn, drawn together or apart until they fit. */
function gapsOf(least: number, most: number, draw: (i: number) => number): number[] {
  const drawn = Array.from({ length: inBlock }, (_, i) => least + draw(i) * (most - least))
  const whole = (inBlock / 2) * (least + most)
  const sum = drawn.reduce((all, one) => all + one, 0)
  if (sum > whole) {
    const share = (whole - inBlock * least) / (sum - inBlock * least)
    return drawn.map((one) => least + (one - least) * share)
  }
  const share = (inBlock * most - whole) / (inBlock * most - sum)
  return drawn.map((one) => most - (most - one) * share)
}
