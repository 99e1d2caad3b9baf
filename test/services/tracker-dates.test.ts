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

test.each<[string, number | null, boolean?]>([
  ['17 days 3 hours 12 minutes', 17 * 86_400 + 3 * 3600 + 12 * 60, true],
  ['1 months 2 days 4 hours', 32 * 86_400 + 4 * 3600, false],
  ['1 year', 365 * 86_400, false],
  ['1 day', 86_400, true],
  ['2 weeks, 1 day and 5 seconds', 15 * 86_400 + 5, true],
  ['0 minutes', 0, true],
  ['17 days 3', null],
  ['days', null],
  ['3 moons', null],
  ['-3 days', null],
  ['3 days ago', null],
  ['', null],
])('%j is %s seconds', (text, seconds, exact) => {
  expect(lengthInWords(text)).toEqual(seconds === null ? null : { seconds, exact })
})
