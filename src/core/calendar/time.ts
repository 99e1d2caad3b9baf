import { Temporal } from 'temporal-polyfill'

/** A moment in epoch milliseconds, UTC. */
export type Instant = number

/** A moment as a wall clock and a wall calendar show it. */
export interface LocalTime {
  /** `2026-02-28` */
  date: string
  /** Seconds since local midnight by the wall clock. */
  clock: number
  /** 1 is Monday, 7 Sunday. */
  weekday: number
  /** Seconds since Monday 00:00 by the wall clock. */
  week: number
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const fullWeekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

/** The number of a day by its name, short or in full, from 1 for Monday; null if it is no day. */
export function weekdayNamed(text: string): number | null {
  const word = text.toLowerCase()
  const index = fullWeekdays.findIndex((name) => name === word || name.slice(0, 3) === word)
  return index === -1 ? null : index + 1
}

/** Offsets change only on quarters of an hour, and so do clock hours. */
const quarterMs = 900_000
const offsets = new Map<string, Map<number, number>>()

/** The zone's offset from UTC in milliseconds; it changes only on quarter hours, so it is looked up once for each. */
function offsetAt(now: Instant, zone: string): number {
  let known = offsets.get(zone)
  if (!known) {
    known = new Map()
    offsets.set(zone, known)
  }
  const slot = Math.floor(now / quarterMs)
  let offset = known.get(slot)
  if (offset === undefined) {
    offset =
      Temporal.Instant.fromEpochMilliseconds(slot * quarterMs).toZonedDateTimeISO(zone).offsetNanoseconds / 1_000_000
    if (known.size > 2000) known.clear()
    known.set(slot, offset)
  }
  return offset
}

/** No calendar reaches beyond this, 273,790 years from now. */
const lastInstant = 8.64e15

export function isInstant(value: number): boolean {
  return Math.abs(value) < lastInstant - 1e9
}

/** The wall clock of `zone` (an IANA name) at a moment. */
export function localTime(now: Instant, zone: string): LocalTime {
  const shifted = now + offsetAt(now, zone)
  const days = Math.floor(shifted / 86_400_000)
  const clock = Math.floor((shifted - days * 86_400_000) / 1000)
  const weekday = (((days + 3) % 7) + 7) % 7
  return { date: dayName(days), clock, weekday: weekday + 1, week: weekday * 86_400 + clock }
}

const dayNames = new Map<number, string>()

function dayName(days: number): string {
  let name = dayNames.get(days)
  if (name === undefined) {
    name = Temporal.PlainDate.from('1970-01-01').add({ days }).toString()
    if (dayNames.size > 2000) dayNames.clear()
    dayNames.set(days, name)
  }
  return name
}

/** The calendar data of a date; Monday is weekday 1. */
export function calendarPage(date: string): Page {
  return remembered(pages, date, () => {
    const { month, day, dayOfWeek, daysInMonth } = Temporal.PlainDate.from(date)
    return { month, day, weekday: dayOfWeek, lastDay: daysInMonth }
  })
}

interface Page {
  month: number
  day: number
  weekday: number
  lastDay: number
}

export type CalendarUnit = 'hour' | 'day' | 'week'

/** The present hour of the clock. An hour that daylight saving cuts or doubles counts as two. */
function hourName(now: Instant, zone: string): string {
  const { date, clock } = localTime(now, zone)
  return `${date} ${Math.floor(clock / 3600)} ${offsetAt(now, zone)}`
}

/** The moment at which the local hour, day or week (from Monday) that holds `now` began. */
export function startOf(unit: CalendarUnit, now: Instant, zone: string): Instant {
  if (unit === 'hour') {
    let start = Math.floor(now / quarterMs) * quarterMs
    while (hourName(start - quarterMs, zone) === hourName(now, zone)) start -= quarterMs
    return start
  }
  const day = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).startOfDay()
  if (unit === 'day') return day.epochMilliseconds
  return day.subtract({ days: day.dayOfWeek - 1 }).startOfDay().epochMilliseconds
}

/** The moment at which the next local hour, day or week begins. */
export function endOf(unit: CalendarUnit, now: Instant, zone: string): Instant {
  if (unit === 'hour') {
    let end = Math.floor(now / quarterMs) * quarterMs + quarterMs
    while (hourName(end, zone) === hourName(now, zone)) end += quarterMs
    return end
  }
  return Temporal.Instant.fromEpochMilliseconds(startOf(unit, now, zone))
    .toZonedDateTimeISO(zone)
    .add(unit === 'day' ? { days: 1 } : { weeks: 1 })
    .startOfDay().epochMilliseconds
}

/**
 * The moment of a wall-clock time (`2026-01-15`, `2026-01-15 09:00`) in a zone. A skipped time is moved to the end of
 * the gap; of a doubled time the first is taken. Null if the text is not such a time.
 */
export function instantOf(text: string, zone: string): Instant | null {
  const matched = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?))?$/.exec(text.trim())
  if (!matched) return null
  try {
    return inZone(Temporal.PlainDateTime.from(`${matched[1]}T${matched[2] ?? '00:00'}`), zone)
  } catch {
    return null
  }
}

/**
 * The moment at which a wall clock shows `clock` seconds past midnight on a date. In a skipped hour it is the end of
 * the gap, in a doubled hour the first.
 */
export function momentAt(date: string, clock: number, zone: string): Instant {
  return remembered(moments, `${zone} ${date} ${clock}`, () =>
    inZone(Temporal.PlainDate.from(date).toPlainDateTime().add({ seconds: clock }), zone),
  )
}

/** Calendar calculations are slow, and the same few dates are needed again and again. */
const pages = new Map<string, Page>()
const moments = new Map<string, Instant>()
const datesAfter = new Map<string, string>()
const mostRemembered = 2000

function remembered<T>(known: Map<string, T>, key: string, look: () => T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  const value = look()
  if (known.size >= mostRemembered) known.clear()
  known.set(key, value)
  return value
}

function inZone(plain: Temporal.PlainDateTime, zone: string): Instant {
  const zoned = plain.toZonedDateTime(zone)
  if (zoned.toPlainDateTime().equals(plain)) return zoned.epochMilliseconds
  // The transition that skipped it may be the very moment it was moved to.
  const gap = zoned.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')
  return gap?.epochMilliseconds ?? zoned.epochMilliseconds
}

/** The date so many days after another. */
export function dateAfter(date: string, days: number): string {
  return remembered(datesAfter, `${date} ${days}`, () => Temporal.PlainDate.from(date).add({ days }).toString())
}

/** Whether the program knows a zone of this name. */
export function isZone(zone: string): boolean {
  try {
    offsetAt(0, zone)
    return true
  } catch {
    return false
  }
}

/** Seconds since midnight of a time such as `22:30` (`24:00` is the end of the day); null if it is not a time. */
export function parseClock(text: string): number | null {
  const matched = /^(\d{1,2}):(\d{2})$/.exec(text)
  if (!matched) return null
  const seconds = Number(matched[1]) * 3600 + Number(matched[2]) * 60
  return Number(matched[2]) < 60 && seconds <= 86_400 ? seconds : null
}

/** Seconds since midnight as a clock shows them: `22:30`, or `22:30:15` where it matters. */
export function sayClock(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  const short = `${two(seconds / 3600)}:${two((seconds % 3600) / 60)}`
  return seconds % 60 === 0 ? short : `${short}:${two(seconds % 60)}`
}

/** A moment as a person reads it in a zone: `2026-02-28 22:30:00`. */
export function sayInstant(now: Instant, zone: string): string {
  const local = localTime(now, zone)
  const seconds = local.clock % 60
  const clock = sayClock(local.clock - seconds)
  return `${local.date} ${clock}:${String(seconds).padStart(2, '0')}`
}

/** A zone's offset from UTC at a moment, in milliseconds, and its next change. */
export interface ZoneOffsets {
  offsetMs: number
  /** Null if the zone data know no future change. */
  next: { at: Instant; offsetMs: number } | null
}

export function offsetsOf(now: Instant, zone: string): ZoneOffsets {
  const zoned = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone)
  const next = zoned.getTimeZoneTransition('next')
  return {
    offsetMs: zoned.offsetNanoseconds / 1_000_000,
    next: next && { at: next.epochMilliseconds, offsetMs: next.offsetNanoseconds / 1_000_000 },
  }
}

/** An offset from UTC as `+01:00`. */
export function sayOffset(offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / 60_000))
  return `${offsetMs < 0 ? '-' : '+'}${sayClock(minutes * 60).slice(0, 5)}`
}
