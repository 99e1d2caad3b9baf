import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localTime } from '../../src/core/calendar/time.ts'
import {
  afterOutside,
  msWithin,
  parseWindow,
  type Window,
  weekSecondsOf,
  windowFrom,
} from '../../src/core/calendar/window.ts'
import { hour, minute, moment } from './bench.ts'

const zone = 'Europe/Berlin'

function read(text: string): Window {
  const window = parseWindow(text)
  if (typeof window === 'string') throw new Error(window)
  return window
}

test.each([
  ['soon', 'is no part of a week'],
  ['mon-fri 09:00', 'is no part of a week'],
  ['xyz 09:00-17:00', '"xyz" is no day'],
  ['mon 25:00-26:00', 'is no time of day'],
  ['mon 09:00-09:00', 'is no time at all'],
])('%s: %s', (text, message) => expect(parseWindow(text)).toContain(message))

test.each(['mon-fri 09:00-17:00', 'sun-thu 22:00-06:00', '22:00-06:00', 'sun 22:00-06:00', 'sat, Sunday 00:00-24:00'])(
  '%s comes back from its seconds',
  (text) => expect(windowFrom(weekSecondsOf(read(text)))).toEqual(read(text)),
)

describe('time within and outside', () => {
  const work = [read('mon-fri 09:00-17:00')]

  test.each([
    // A Friday to a Monday.
    ['2026-02-27 08:00', '2026-02-27 10:00', 1],
    ['2026-02-27 10:00', '2026-02-27 18:00', 7],
    ['2026-02-27 16:00', '2026-03-02 10:00', 2],
    ['2026-02-28 00:00', '2026-03-01 23:00', 0],
  ])('%s to %s: %d h', (from, to, hours) => {
    expect(msWithin(work, moment(from), moment(to), zone)).toBe(hours * hour)
  })

  test.each([
    ['2026-02-27 08:00', 1, '2026-02-27 09:00'],
    ['2026-02-27 08:00', 2, '2026-02-27 18:00'],
    ['2026-02-27 12:00', 6, '2026-02-27 23:00'],
    ['2026-02-27 20:00', 62, '2026-03-02 18:00'],
    ['2026-02-28 12:00', 6, '2026-02-28 18:00'],
  ])('%s and %d h', (from, hours, to) => {
    expect(afterOutside(work, moment(from), hours * hour, zone)).toBe(moment(to))
  })

  test('over midnight it belongs to the day on which it began, and to the clock on the night it is changed', () => {
    const night = [read('sat 22:00-06:00')]
    expect(msWithin(night, moment('2026-03-28 12:00'), moment('2026-03-29 12:00'), zone)).toBe(7 * hour)
    expect(msWithin(night, moment('2026-10-24 12:00'), moment('2026-10-25 12:00'), zone)).toBe(9 * hour)
    expect(msWithin(night, moment('2026-03-01 22:00'), moment('2026-03-02 12:00'), zone)).toBe(0)
    expect(msWithin(night, moment('2026-03-01 05:00'), moment('2026-03-01 12:00'), zone)).toBe(hour)
  })

  test('minute by minute it comes to the same', () => {
    const windows = fc.constantFrom('mon-fri 09:00-17:00', 'sun-thu 22:00-06:00', '22:00-06:00', 'sun 20:00-12:00')
    const start = moment('2026-03-23 00:00')
    fc.assert(
      fc.property(
        fc.array(windows, { maxLength: 2 }),
        fc.integer({ min: 0, max: 9000 }),
        fc.integer({ min: 0, max: 6000 }),
        (texts, from, length) => {
          const all = texts.map(read)
          const ranges = all.map(weekSecondsOf)
          const within = (at: number) => {
            const { week } = localTime(at, zone)
            return ranges.some((ends) =>
              ends.some((begin, i) => i % 2 === 0 && begin <= week && week < (ends[i + 1] ?? 0)),
            )
          }
          const [begins, ends] = [start + from * minute, start + (from + length) * minute]
          let counted = 0
          for (let at = begins; at < ends; at += minute) if (within(at)) counted += minute
          expect(msWithin(all, begins, ends, zone)).toBe(counted)
          const outside = ends - begins - counted
          const after = afterOutside(all, begins, outside, zone)
          expect(after - begins - msWithin(all, begins, after, zone)).toBe(outside)
          expect(after).toBeLessThanOrEqual(ends)
        },
      ),
      { numRuns: 60 },
    )
  })
})
