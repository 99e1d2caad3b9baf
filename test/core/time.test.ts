import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  calendarPage,
  dateAfter,
  endOf,
  instantOf,
  isZone,
  localTime,
  momentAt,
  parseClock,
  sayClock,
  sayInstant,
  startOf,
} from '../../src/core/calendar/time.ts'

/** A minute as a wall clock in a zone shows it, told by `Intl` and not by the code under test. */
interface Minute {
  at: number
  date: string
  month: number
  day: number
  /** 0 is Sunday. */
  weekday: number
  hour: number
  minute: number
  /** The face of the clock and the calendar as if it were UTC: differences tell gaps and doubled hours. */
  face: number
}

/** Every minute from `from` on for so many days. */
function minutesOf(zone: string, from: string, days: number): Minute[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const first = Date.parse(from)
  return Array.from({ length: days * 1440 }, (_, i) => {
    const at = first + i * 60_000
    const [, day = '', month = '', year = '', hour = '', minute = ''] =
      /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(format.format(at)) ?? []
    const face = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
    return {
      at,
      date: `${year}-${month}-${day}`,
      month: Number(month),
      day: Number(day),
      weekday: new Date(face).getUTCDay(),
      hour: Number(hour),
      minute: Number(minute),
      face,
    }
  })
}

/** Days around every kind of night on which clocks are put forward or back, and a zone where they never are. */
const windows = [
  { zone: 'Europe/Berlin', from: '2026-03-26T00:00:00Z' },
  { zone: 'Europe/Berlin', from: '2026-10-22T00:00:00Z' },
  { zone: 'America/New_York', from: '2026-03-05T00:00:00Z' },
  { zone: 'America/New_York', from: '2026-10-29T00:00:00Z' },
  { zone: 'Australia/Lord_Howe', from: '2026-04-02T00:00:00Z' },
  { zone: 'Australia/Lord_Howe', from: '2026-10-01T00:00:00Z' },
  { zone: 'Asia/Kolkata', from: '2026-05-30T00:00:00Z' },
  { zone: 'Africa/Cairo', from: '2026-04-21T00:00:00Z' },
  { zone: 'Pacific/Apia', from: '2011-12-27T00:00:00Z' },
].map((window) => ({ ...window, minutes: minutesOf(window.zone, window.from, 6) }))

const iso = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString())
const utc = (text: string): number => Date.parse(text.endsWith('Z') ? text : `${text}Z`)

const berlin = 'Europe/Berlin'
const newYork = 'America/New_York'
const kolkata = 'Asia/Kolkata'
const lordHowe = 'Australia/Lord_Howe'
const apia = 'Pacific/Apia'

const clockOf = (text: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
  return hours * 3600 + minutes * 60 + seconds
}

describe('a moment on the wall', () => {
  test.each([
    [berlin, '2026-02-28T21:30:15', '2026-02-28', '22:30:15', 6],
    [berlin, '2026-02-28T23:00:00', '2026-03-01', '00:00', 7],
    [berlin, '2026-03-29T00:59:59', '2026-03-29', '01:59:59', 7],
    [berlin, '2026-03-29T01:00:00', '2026-03-29', '03:00', 7],
    [berlin, '2026-10-25T00:59:59', '2026-10-25', '02:59:59', 7],
    [berlin, '2026-10-25T01:00:00', '2026-10-25', '02:00', 7],
    [newYork, '2026-03-08T06:59:59', '2026-03-08', '01:59:59', 7],
    [newYork, '2026-03-08T07:00:00', '2026-03-08', '03:00', 7],
    [newYork, '2026-11-01T06:00:00', '2026-11-01', '01:00', 7],
    [kolkata, '2026-05-31T18:29:59', '2026-05-31', '23:59:59', 7],
    [kolkata, '2026-05-31T18:30:00', '2026-06-01', '00:00', 1],
    [lordHowe, '2026-04-04T14:59:59', '2026-04-05', '01:59:59', 7],
    [lordHowe, '2026-04-04T15:00:00', '2026-04-05', '01:30', 7],
    [lordHowe, '2026-10-03T15:30:00', '2026-10-04', '02:30', 7],
    [apia, '2011-12-30T09:59:59', '2011-12-29', '23:59:59', 4],
    [apia, '2011-12-30T10:00:00', '2011-12-31', '00:00', 6],
    ['UTC', '1969-12-31T23:59:59', '1969-12-31', '23:59:59', 3],
    ['UTC', '1970-01-01T00:00:00', '1970-01-01', '00:00', 4],
  ])('%s at %s', (zone, at, date, clock, weekday) => {
    const seconds = clockOf(clock)
    const week = (weekday - 1) * 86_400 + seconds
    expect(localTime(utc(at), zone)).toEqual({ date, clock: seconds, weekday, week })
  })

  test('milliseconds are cut off, not rounded', () => {
    expect(localTime(utc('2026-02-28T22:59:59.999'), berlin).clock).toBe(86_399)
    expect(localTime(-1, 'UTC')).toEqual({ date: '1969-12-31', clock: 86_399, weekday: 3, week: 259_199 })
  })

  test('agrees with Intl on every minute around clock changes, however often asked', () => {
    for (const { zone, minutes } of windows) {
      for (const { at, date, hour, minute, weekday } of minutes) {
        const local = localTime(at + 59_999, zone)
        const wall = `${zone} ${iso(at)} ${local.date} ${local.clock} ${local.weekday} ${local.week}`
        const clock = hour * 3600 + minute * 60 + 59
        const day = weekday === 0 ? 7 : weekday
        expect(wall).toBe(`${zone} ${iso(at)} ${date} ${clock} ${day} ${(day - 1) * 86_400 + clock}`)
      }
    }
  })
})

describe('where hours, days and weeks begin and end', () => {
  test.each([
    // A day of 23 hours, and one of 25.
    [berlin, 'day', '2026-03-29T12:00', '2026-03-28T23:00', '2026-03-29T22:00'],
    [berlin, 'day', '2026-10-25T12:00', '2026-10-24T22:00', '2026-10-25T23:00'],
    [berlin, 'day', '2026-03-28T22:59:59.999', '2026-03-27T23:00', '2026-03-28T23:00'],
    [berlin, 'day', '2026-03-28T23:00', '2026-03-28T23:00', '2026-03-29T22:00'],
    [newYork, 'day', '2026-03-08T05:00', '2026-03-08T05:00', '2026-03-09T04:00'],
    [newYork, 'day', '2026-11-01T12:00', '2026-11-01T04:00', '2026-11-02T05:00'],
    [kolkata, 'day', '2026-05-31T18:29', '2026-05-30T18:30', '2026-05-31T18:30'],
    [lordHowe, 'day', '2026-04-05T00:00', '2026-04-04T13:00', '2026-04-05T13:30'],
    [lordHowe, 'day', '2026-10-04T00:00', '2026-10-03T13:30', '2026-10-04T13:00'],
    // The 30th was left out.
    [apia, 'day', '2011-12-30T09:00', '2011-12-29T10:00', '2011-12-30T10:00'],
    [apia, 'day', '2011-12-30T10:00', '2011-12-30T10:00', '2011-12-31T10:00'],
    // Weeks from Monday, of 167 and 169 hours; the one without a Friday.
    [berlin, 'week', '2026-03-29T12:00', '2026-03-22T23:00', '2026-03-29T22:00'],
    [berlin, 'week', '2026-03-29T22:00', '2026-03-29T22:00', '2026-04-05T22:00'],
    [berlin, 'week', '2026-10-25T23:30', '2026-10-25T23:00', '2026-11-01T23:00'],
    [berlin, 'week', '2026-10-20T00:00', '2026-10-18T22:00', '2026-10-25T23:00'],
    [newYork, 'week', '2026-11-01T12:00', '2026-10-26T04:00', '2026-11-02T05:00'],
    [kolkata, 'week', '2026-05-31T18:29', '2026-05-24T18:30', '2026-05-31T18:30'],
    [lordHowe, 'week', '2026-04-05T13:29', '2026-03-29T13:00', '2026-04-05T13:30'],
    [apia, 'week', '2011-12-31T08:00', '2011-12-26T10:00', '2012-01-01T10:00'],
    ['UTC', 'hour', '2026-05-31T18:29', '2026-05-31T18:00', '2026-05-31T19:00'],
    [kolkata, 'hour', '2026-05-31T18:29', '2026-05-31T17:30', '2026-05-31T18:30'],
    [kolkata, 'hour', '2026-05-31T18:30', '2026-05-31T18:30', '2026-05-31T19:30'],
    [berlin, 'hour', '2026-03-29T00:59', '2026-03-29T00:00', '2026-03-29T01:00'],
    [berlin, 'hour', '2026-03-29T01:00', '2026-03-29T01:00', '2026-03-29T02:00'],
    // Both of the doubled hours are hours.
    [berlin, 'hour', '2026-10-25T00:30', '2026-10-25T00:00', '2026-10-25T01:00'],
    [berlin, 'hour', '2026-10-25T01:30', '2026-10-25T01:00', '2026-10-25T02:00'],
    [newYork, 'hour', '2026-11-01T06:30', '2026-11-01T06:00', '2026-11-01T07:00'],
  ] as const)('%s: the %s of %s', (zone, unit, now, start, end) => {
    expect(iso(startOf(unit, utc(now), zone))).toBe(iso(utc(start)))
    expect(iso(endOf(unit, utc(now), zone))).toBe(iso(utc(end)))
  })

  /** Anywhere in a window but near its edges. */
  const somewhere = (list: typeof windows) =>
    fc
      .constantFrom(...list)
      .chain((window) =>
        fc.record({ window: fc.constant(window), ms: fc.integer({ min: 0, max: 4 * 86_400_000 - 1 }) }),
      )
      .map(({ window, ms }) => ({ ...window, now: Date.parse(window.from) + 86_400_000 + ms }))
  const minuteOf = (minutes: readonly Minute[], now: number): Minute => {
    const found = minutes[Math.floor((now - (minutes[0]?.at ?? 0)) / 60_000)]
    if (!found) throw new Error('outside the window')
    return found
  }

  test('a day goes from the first to the last minute that shows its date', () => {
    fc.assert(
      fc.property(somewhere(windows), ({ zone, minutes, now }) => {
        const { date } = minuteOf(minutes, now)
        const first = minutes.find((minute) => minute.date === date)
        const after = minutes.find((minute) => minute.at > now && minute.date !== date)
        expect(iso(startOf('day', now, zone))).toBe(iso(first?.at ?? null))
        expect(iso(endOf('day', now, zone))).toBe(iso(after?.at ?? null))
      }),
    )
  })

  const joinsUp = (unit: 'hour' | 'day' | 'week', now: number, zone: string) => {
    const [start, end] = [startOf(unit, now, zone), endOf(unit, now, zone)]
    const said = `${unit} of ${iso(now)} in ${zone}: ${iso(start)} to ${iso(end)}`
    expect(start <= now && now < end, said).toBe(true)
    expect(iso(startOf(unit, start, zone)), said).toBe(iso(start))
    expect(iso(startOf(unit, end - 1, zone)), said).toBe(iso(start))
    expect(iso(startOf(unit, end, zone)), said).toBe(iso(end))
  }
  const halfHours = windows.filter(({ zone }) => zone === lordHowe)
  const fullHours = windows.filter(({ zone }) => zone !== lordHowe)

  test('hours, days and weeks hold their moment, and join without gap or overlap', () => {
    fc.assert(
      fc.property(somewhere(fullHours), fc.constantFrom('hour', 'day', 'week'), ({ zone, now }, unit) => {
        joinsUp(unit, now, zone)
      }),
    )
    fc.assert(
      fc.property(somewhere(halfHours), fc.constantFrom('day', 'week'), ({ zone, now }, unit) => {
        joinsUp(unit, now, zone)
      }),
    )
  })

  test('hours join where clocks are changed by half an hour', () => {
    for (const { zone, minutes } of halfHours)
      for (const { at } of minutes.slice(1440, -1440)) joinsUp('hour', at, zone)
  })
})

describe('the moment of a time on a date', () => {
  test.each([
    [berlin, '2026-07-01', '00:00', '2026-06-30T22:00'],
    [berlin, '2026-07-01', '24:00', '2026-07-01T22:00'],
    [berlin, '2026-12-31', '23:59:59', '2026-12-31T22:59:59'],
    [kolkata, '2026-07-01', '09:15', '2026-07-01T03:45'],
    // Doubled: the first.
    [berlin, '2026-10-25', '02:00', '2026-10-25T00:00'],
    [berlin, '2026-10-25', '02:59:59', '2026-10-25T00:59:59'],
    [berlin, '2026-10-25', '03:00', '2026-10-25T02:00'],
    [newYork, '2026-11-01', '01:30', '2026-11-01T05:30'],
    [lordHowe, '2026-04-05', '01:30', '2026-04-04T14:30'],
    [lordHowe, '2026-04-05', '01:59', '2026-04-04T14:59'],
    [lordHowe, '2026-04-05', '02:00', '2026-04-04T15:30'],
    // Skipped: the end of the gap.
    [berlin, '2026-03-29', '01:59:59', '2026-03-29T00:59:59'],
    [berlin, '2026-03-29', '02:00', '2026-03-29T01:00'],
    [berlin, '2026-03-29', '02:00:01', '2026-03-29T01:00'],
    [berlin, '2026-03-29', '02:59:59', '2026-03-29T01:00'],
    [berlin, '2026-03-29', '03:00', '2026-03-29T01:00'],
    [newYork, '2026-03-08', '02:00', '2026-03-08T07:00'],
    [newYork, '2026-03-08', '02:30', '2026-03-08T07:00'],
    [lordHowe, '2026-10-04', '02:00', '2026-10-03T15:30'],
    [lordHowe, '2026-10-04', '02:29', '2026-10-03T15:30'],
    [lordHowe, '2026-10-04', '02:30', '2026-10-03T15:30'],
    ['Africa/Cairo', '2026-04-24', '00:00', '2026-04-23T22:00'],
    [apia, '2011-12-30', '00:00', '2011-12-30T10:00'],
    [apia, '2011-12-30', '12:00', '2011-12-30T10:00'],
    [apia, '2011-12-29', '24:00', '2011-12-30T10:00'],
    [apia, '2011-12-31', '00:00', '2011-12-30T10:00'],
  ])('%s: %s %s', (zone, date, clock, moment) => {
    expect(iso(momentAt(date, clockOf(clock), zone))).toBe(iso(utc(moment)))
  })

  test('what a clock shows comes back as the first moment it shows it', () => {
    for (const { zone, minutes } of windows) {
      const first = new Map<string, number>()
      for (const { at, date, hour, minute } of minutes) {
        const face = `${date} ${hour * 3600 + minute * 60}`
        if (!first.has(face)) first.set(face, at)
      }
      for (const [face, at] of [...first].filter((_, i) => i % 5 === 0)) {
        const [date = '', clock] = face.split(' ')
        expect(`${zone} ${face} ${iso(momentAt(date, Number(clock), zone))}`).toBe(`${zone} ${face} ${iso(at)}`)
      }
    }
  })

  test.each([
    ['2026-01-15', '2026-01-14T23:00'],
    ['2026-01-15 09:00', '2026-01-15T08:00'],
    [' 2026-01-15T09:00:30 ', '2026-01-15T08:00:30'],
    ['2026-10-25 02:30', '2026-10-25T00:30'],
    ['2024-02-29', '2024-02-28T23:00'],
  ])('%s in Berlin', (text, moment) => {
    expect(iso(instantOf(text, berlin))).toBe(iso(utc(moment)))
  })

  test('a skipped date and time is moved to the end of the gap', () => {
    expect(iso(instantOf('2026-03-29 02:00', berlin))).toBe('2026-03-29T01:00:00.000Z')
    expect(iso(instantOf('2026-03-29 02:30', berlin))).toBe('2026-03-29T01:00:00.000Z')
  })

  test.each(['', 'soon', '2026-1-5', '2026-02-30', '2026-02-29', '2026-01-15 9:00', '2026-01-15 25:00', '15.01.2026'])(
    '%j is no moment',
    (text) => {
      expect(instantOf(text, berlin)).toBeNull()
    },
  )
})

describe('small things', () => {
  test('dates are counted over months, years and leap days', () => {
    expect(dateAfter('2026-02-28', 1)).toBe('2026-03-01')
    expect(dateAfter('2028-02-28', 1)).toBe('2028-02-29')
    expect(dateAfter('2026-12-31', 1)).toBe('2027-01-01')
    expect(dateAfter('2026-01-01', -1)).toBe('2025-12-31')
    expect(dateAfter('2026-01-01', 0)).toBe('2026-01-01')
    expect(dateAfter('2011-12-29', 1)).toBe('2011-12-30')
  })

  test('a calendar page', () => {
    expect(calendarPage('2028-02-29')).toEqual({ month: 2, day: 29, weekday: 2, lastDay: 29 })
    expect(calendarPage('2026-11-01')).toEqual({ month: 11, day: 1, weekday: 7, lastDay: 30 })
  })

  test.each([
    [0, '00:00'],
    [81_000, '22:30'],
    [81_015, '22:30:15'],
    [86_399, '23:59:59'],
    [86_400, '24:00'],
  ])('%d s past midnight is %s', (seconds, said) => {
    expect(sayClock(seconds)).toBe(said)
  })

  test.each([
    ['0:00', 0],
    ['00:00', 0],
    ['7:05', 25_500],
    ['22:30', 81_000],
    ['24:00', 86_400],
    ['24:01', null],
    ['25:00', null],
    ['22:60', null],
    ['22', null],
    ['22:3', null],
    ['-1:00', null],
    [' 22:30', null],
    ['22:30:00', null],
    ['', null],
  ])('the clock %j is %j', (text, seconds) => {
    expect(parseClock(text)).toBe(seconds)
  })

  test('a moment is said in its zone', () => {
    expect(sayInstant(utc('2026-02-28T21:30:05.900'), berlin)).toBe('2026-02-28 22:30:05')
    expect(sayInstant(utc('2026-02-28T23:00:00'), berlin)).toBe('2026-03-01 00:00:00')
  })

  test('zones are known by name', () => {
    for (const zone of [berlin, apia, 'UTC', 'Europe/Kyiv']) expect(isZone(zone)).toBe(true)
    for (const zone of ['Europe/Bonn', '', 'CEST2', 'x y']) expect(isZone(zone)).toBe(false)
  })
})
