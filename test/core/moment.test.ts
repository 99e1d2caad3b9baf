import { describe, expect, test } from 'vitest'
import { earliestMoment, latestMoment, type Moments, nextMoment, parseMoments } from '../../src/core/calendar/moment.ts'
import { momentsBefore, momentsIn } from '../../src/core/calendar/momentcount.ts'
import { instantOf, localTime, sayInstant } from '../../src/core/calendar/time.ts'
import { draw } from '../../src/core/model/draw.ts'

const berlin = 'Europe/Berlin'
const hour = 3_600_000
const moment = (text: string) => instantOf(text, berlin) ?? Number.NaN
const seeds = Array.from({ length: 40 }, (_, i) => `seed ${i}`)
const drawOf = (seed: string) => (name: string) => draw(seed, 'at', name)

function read(text: string): Moments {
  const moments = parseMoments(text)
  if (typeof moments === 'string') throw new Error(moments)
  return moments
}

/** The moments from one to another, as the wall clock of Berlin shows them. */
function between(text: string, from: string, to: string, seed = 'a', zone = berlin): string[] {
  return instantsBetween(text, moment(from), moment(to), seed, zone).map((one) => sayInstant(one, zone).slice(0, 16))
}

function instantsBetween(text: string, from: number, to: number, seed = 'a', zone = berlin): number[] {
  const all: number[] = []
  let next = earliestMoment([read(text)], from - 1, zone, drawOf(seed))
  while (next !== null && next < to) {
    all.push(next)
    next = earliestMoment([read(text)], next, zone, drawOf(seed))
  }
  return all
}

describe('moments by the calendar', () => {
  test.each([
    ['first mon 09:00', '2026-01-01', '2026-04-01', ['2026-01-05 09:00', '2026-02-02 09:00', '2026-03-02 09:00']],
    ['First Monday 09:00', '2026-01-01', '2026-02-01', ['2026-01-05 09:00']],
    ['second tue 09:00', '2026-01-01', '2026-03-01', ['2026-01-13 09:00', '2026-02-10 09:00']],
    ['last fri 18:00', '2026-01-01', '2026-03-01', ['2026-01-30 18:00', '2026-02-27 18:00']],
    ['24 dec 18:00', '2026-01-01', '2028-01-01', ['2026-12-24 18:00', '2027-12-24 18:00']],
    ['29 February 12:00', '2026-01-01', '2029-01-01', ['2028-02-29 12:00']],
    ['sunday 18:00', '2026-02-23', '2026-03-09', ['2026-03-01 18:00', '2026-03-08 18:00']],
    ['Saturday, sun 10:00', '2026-02-23', '2026-03-02', ['2026-02-28 10:00', '2026-03-01 10:00']],
    ['fri - sun 10:00', '2026-02-23', '2026-03-01', ['2026-02-27 10:00', '2026-02-28 10:00']],
  ])('%s from %s to %s', (text, from, to, expected) => {
    expect(between(text, from, to)).toEqual(expected)
  })
})

describe('every so long in a part of the day', () => {
  test.each([
    ['every 90m 09:00-13:30', ['09:00', '10:30', '12:00', '13:30']],
    ['every 90m 09:00-13:29', ['09:00', '10:30', '12:00']],
    [
      'every 2h30m 00:00-24:00',
      ['00:00', '02:30', '05:00', '07:30', '10:00', '12:30', '15:00', '17:30', '20:00', '22:30'],
    ],
    ['mon every 4h 08:00-12:00', ['08:00', '12:00']],
    ['tue every 4h 08:00-12:00', []],
  ])('%s on a Monday', (text, clocks) => {
    expect(between(text, '2026-03-02', '2026-03-03').map((one) => one.slice(11))).toEqual(clocks)
  })

  test('over midnight it belongs to the day on which it began', () => {
    expect(between('sat every 1h 22:30-01:00', '2026-02-27', '2026-03-06')).toEqual([
      '2026-02-28 22:30',
      '2026-02-28 23:30',
      '2026-03-01 00:30',
    ])
  })

  test('where the clock is set forward or back, each moment comes once', () => {
    expect(between('every 30m 01:30-03:30', '2026-03-29', '2026-03-30')).toEqual([
      '2026-03-29 01:30',
      '2026-03-29 03:00',
      '2026-03-29 03:30',
    ])
    const back = instantsBetween('every 30m 01:30-03:30', moment('2026-10-25'), moment('2026-10-26'))
    expect(back.map((one) => new Date(one).toISOString().slice(11, 16))).toEqual([
      '23:30',
      '00:00',
      '00:30',
      '02:00',
      '02:30',
    ])
  })
})

describe('drawn moments', () => {
  test('over midnight, one for each day, in its range', () => {
    for (const seed of seeds) {
      const found = instantsBetween('random 22:00-02:00', moment('2026-06-01 12:00'), moment('2026-07-01 12:00'), seed)
      expect(found).toHaveLength(30)
      found.forEach((one, i) => {
        const evening = moment('2026-06-01 22:00') + i * 24 * hour
        expect(one).toBeGreaterThanOrEqual(evening)
        expect(one).toBeLessThan(evening + 4 * hour)
      })
    }
  })

  test('three a day are three, apart from each other, and lie anywhere in the range', () => {
    const clocks: number[] = []
    for (const seed of seeds) {
      for (let day = 1; day <= 28; day++) {
        const date = `2026-06-${String(day).padStart(2, '0')}`
        const found = instantsBetween('random 3x 09:00-22:00', moment(date), moment(`${date} 23:59`), seed)
        expect(found).toHaveLength(3)
        const times = found.map((one) => localTime(one, berlin).clock)
        expect(Math.min(...times)).toBeGreaterThanOrEqual(9 * 3600)
        expect(Math.max(...times)).toBeLessThan(22 * 3600)
        found.slice(1).forEach((one, i) => {
          expect(one - (found[i] ?? 0)).toBeGreaterThanOrEqual(900_000)
        })
        clocks.push(...times)
      }
    }
    const early = clocks.filter((clock) => clock < 15.5 * 3600).length / clocks.length
    expect(Math.abs(early - 0.5)).toBeLessThan(0.05)
  })

  test('two days of each week, of those named, and not the same two each week', () => {
    const pairs = new Set<string>()
    for (const seed of seeds) {
      for (let week = 0; week < 8; week++) {
        const monday = moment('2026-06-01') + week * 7 * 24 * hour
        const found = instantsBetween(
          'mon-fri random 2 days per week 14:00-20:00',
          monday,
          monday + 7 * 24 * hour,
          seed,
        )
        const days = found.map((one) => localTime(one, berlin).weekday)
        expect(new Set(days).size).toBe(2)
        expect(Math.max(...days)).toBeLessThanOrEqual(5)
        for (const one of found) expect(Math.floor(localTime(one, berlin).clock / 3600)).toBeGreaterThanOrEqual(14)
        pairs.add(days.join())
      }
    }
    expect(pairs.size).toBe(10)
  })

  test('each is 6 to 18 hours after the one before, whenever it is asked for', () => {
    const hours = new Set<number>()
    const lengths: number[] = []
    for (const seed of seeds) {
      const found = instantsBetween('random every 6h-18h', moment('2026-01-01'), moment('2026-06-01'), seed)
      found.slice(1).forEach((one, i) => {
        const apart = (one - (found[i] ?? 0)) / hour
        expect(apart).toBeGreaterThanOrEqual(6 - 1e-6)
        expect(apart).toBeLessThanOrEqual(18 + 1e-6)
        lengths.push(apart)
        hours.add(localTime(one, berlin).clock / 3600 - ((localTime(one, berlin).clock / 3600) % 1))
      })
      const later = found[200] ?? 0
      expect(nextMoment(read('random every 6h-18h'), later - 1, berlin, drawOf(seed))).toBe(later)
    }
    // They keep to no time of day, and are as often short as long.
    expect(hours.size).toBe(24)
    expect(Math.abs(lengths.filter((one) => one < 9).length / lengths.length - 0.25)).toBeLessThan(0.04)
  })

  test('a restart draws the same, another installation others', () => {
    for (const text of [
      'random 22:00-02:00',
      'random 3x 09:00-22:00',
      'random 2 days per week 14:00-20:00',
      'random every 6h-18h',
    ]) {
      const of = (seed: string) => between(text, '2026-06-01', '2026-06-15', seed)
      expect(of('one')).toEqual(of('one'))
      expect(of('one')).not.toEqual(of('two'))
    }
  })

  test('days before the draw', () => {
    for (const seed of seeds) {
      const found = instantsBetween('sat,sun random 14:00-18:00', moment('2026-06-01'), moment('2026-06-15'), seed)
      expect(found.map((one) => localTime(one, berlin).weekday)).toEqual([6, 7, 6, 7])
    }
  })
})

test('the latest of several moments that have come', () => {
  const all = [read('every 1h 09:00-12:00'), read('last fri 18:00')]
  expect(latestMoment(all, moment('2026-02-27 11:30'), moment('2026-02-27 17:00'), berlin, () => 0)).toBe(
    moment('2026-02-27 12:00'),
  )
  expect(latestMoment(all, moment('2026-02-27 11:30'), moment('2026-02-27 18:30'), berlin, () => 0)).toBe(
    moment('2026-02-27 18:00'),
  )
})

describe('the most that a day and a week can hold is never less than what they hold', () => {
  const texts = [
    '09:00',
    'first mon 09:00',
    '24 dec 18:00',
    'every 90m 09:00-21:00',
    'sun every 1h 22:00-02:00',
    'random 22:00-02:00',
    'random 3x 22:00-02:00',
    'sun random 2x 23:00-01:00',
    'random 2 days per week 14:00-20:00',
    'random 2x 2 days per week 20:00-04:00',
    'random every 6h-18h',
    'random every 1h-2h',
  ]
  test.each(texts)('%s', (text) => {
    const at = [read(text)]
    for (const seed of seeds.slice(0, 6)) {
      const found = instantsBetween(text, moment('2026-10-05'), moment('2026-11-02'), seed)
      const per = (name: (one: number) => string) => {
        const counts = new Map<string, number>()
        for (const one of found) counts.set(name(one), (counts.get(name(one)) ?? 0) + 1)
        return Math.max(0, ...counts.values())
      }
      expect(per((one) => localTime(one, berlin).date)).toBeLessThanOrEqual(momentsIn(at, 'day'))
      const week = (one: number) => String(Math.floor((one - moment('2026-10-05') + hour) / (7 * 24 * hour)))
      expect(per(week)).toBeLessThanOrEqual(momentsIn(at, 'week'))
      const late = found.filter((one) => localTime(one, berlin).clock >= 86_400 - 3600)
      const nightly = new Set(late.map((one) => localTime(one, berlin).date)).size
      expect(late.length).toBeLessThanOrEqual(nightly * momentsBefore(at, hour))
    }
  })
})

describe('what is no moment is told with what was meant', () => {
  test.each([
    ['9pm', '21:00'],
    ['9:30 pm', '21:30'],
    ['12am', '00:00'],
    ['9h30', '09:30'],
    ['21.30', '21:30'],
    ['noon', '12:00'],
    ['mon-fri 9', 'mon-fri 09:00'],
    ['09:00 mon-fri', 'mon-fri 09:00'],
    ['every day at 9', '09:00'],
    ['every monday 09:00', 'mon 09:00'],
    ['Mondays at 9am', 'mon 09:00'],
    ['weekdays 09:00', 'mon-fri 09:00'],
    ['weekend 10:00', 'sat,sun 10:00'],
    ['mon–fri 09:00', 'mon-fri 09:00'],
    ['mon and wed 09:00', 'mon,wed 09:00'],
    ['so 18:00', 'sun 18:00'],
    ['Sonntag 18:00', 'sun 18:00'],
    ['24.12. 18:00', '24 dec 18:00'],
    ['24.12.2026 18:00', '24 dec 18:00'],
    ['Dec 24th 18:00', '24 dec 18:00'],
    ['the first monday at 9', 'first mon 09:00'],
    ['random between 09:00 and 22:00', 'random 09:00-22:00'],
    ['random 3 times 09:00-22:00', 'random 3x 09:00-22:00'],
  ])('%s', (text, meant) => {
    expect(parseMoments(text)).toBe(`"${text}" is no moment; write "${meant}"`)
    expect(typeof parseMoments(meant)).toBe('object')
  })

  test.each([
    ['soon', 'is no moment; write "09:00"'],
    ['xyz 18:00', '"xyz" is no day'],
    ['first 09:00', '"first" is no day'],
    ['25:00', '"25:00" is no time of day'],
    ['31 apr 09:00', 'this day never comes'],
    ['random 09:00-09:00', 'the range 09:00-09:00 is empty'],
    ['random 0x 09:00-22:00', 'nothing is drawn'],
    ['random 13x 09:00-11:00', '13 moments are too many'],
    ['random 7 days per week 09:00-22:00', '7 of 7 days leaves nothing to draw'],
    ['sat,sun random 2 days per week 09:00-22:00', '2 of 2 days'],
    ['first mon random 1 day per week 09:00-22:00', 'days per week are drawn of days of the week'],
    ['random every 18h-6h', 'the second length is greater'],
    ['random every 6h', 'write how far apart'],
    ['random every 1m-2m', 'at least 10 minutes apart'],
    ['every 5s 09:00-10:00', 'at least a minute apart'],
    ['every 2h 09:00-10:00', 'the range is shorter'],
    ['every 2x 09:00-10:00', 'is no length such as 90m'],
  ])('%s', (text, message) => {
    expect(parseMoments(text)).toContain(message)
  })

  test('a long text is read in no time', () => {
    const start = performance.now()
    parseMoments(`${'mon,'.repeat(5000)} 9`)
    parseMoments(`${'a '.repeat(5000)}`)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
