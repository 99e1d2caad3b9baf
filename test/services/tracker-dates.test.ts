import { expect, test } from 'vitest'
import { lengthInWords, trackerMoment } from '../../src/services/tracker/dates.ts'

test.each<[string, string | null]>([
  ['2026-01-15 09:00:00 UTC', '2026-01-15T09:00:00Z'],
  ['2026-01-01 00:00:00', '2026-01-01T00:00:00Z'],
  ['2026-02-03 10:02:11.456', '2026-02-03T10:02:11.456Z'],
  ['2026-01-15 09:00', '2026-01-15T09:00:00Z'],
  ['2026-01-15', '2026-01-14T23:00:00Z'],
  ['2026-07-15', '2026-07-14T22:00:00Z'],
  ['2024-02-29', '2024-02-28T23:00:00Z'],
  ['2026-02-29', null],
  ['2026-02-30 10:00:00 UTC', null],
  ['2026-01-15 24:30:00', null],
  ['0000-00-00 00:00:00', null],
  ['2026-01-15 09:00:00 CET', null],
  ['2026-01-15T09:00:00Z', null],
  [' 2026-01-15', null],
  ['15.01.2026', null],
  ['yesterday', null],
  ['', null],
])('%j is %s', (text, expected) => {
  expect(trackerMoment(text, 'Europe/Berlin')).toBe(expected === null ? null : Date.parse(expected))
})

const day = 86_400

test.each<[string, number | null, number?]>([
  ['17 days 3 hours 12 minutes', 17 * day + 3 * 3600 + 12 * 60],
  ['1 months 2 days 4 hours', 30 * day + 4 * 3600, 33 * day + 4 * 3600],
  ['2 months', 59 * day, 62 * day],
  ['6 months', 181 * day, 184 * day],
  ['1 year', 365 * day, 366 * day],
  ['1 year 1 month', 393 * day, 397 * day],
  ['4 years', 1461 * day],
  ['1 day', day],
  ['2 weeks, 1 day and 5 seconds', 15 * day + 5],
  ['0 months', 0],
  ['0 minutes', 0],
  ['17 days 3', null],
  ['days', null],
  ['3 moons', null],
  ['-3 days', null],
  ['3 days ago', null],
  ['', null],
])('%j is at least %s seconds and at most %s', (text, least, most) => {
  expect(lengthInWords(text)).toEqual(least === null ? null : { least, most: most ?? least })
})
