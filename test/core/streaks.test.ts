import { describe, expect, test } from 'vitest'
import { streakOf } from '../../src/core/memory/streaks.ts'
import { quotaSchema } from '../../src/core/model/quota.ts'
import type { Streak } from '../../src/core/model/rule.ts'
import { hour, moment } from './bench.ts'

const zone = 'Europe/Berlin'
const daily: Streak = { of: 'input.checkin', each: 'day', spare: null }
const spared = (text: string): Streak => ({ ...daily, spare: quotaSchema.parse(text) })

/** Days of March 2026, of which the 2nd is a Monday, on a lock that began on the 1st; at noon of `day`. */
function streak(kind: Streak, days: readonly number[], day: number, gaps: readonly [string, number][] = []): number {
  return streakOf(kind, {
    dates: days.map((one) => `2026-03-${String(one).padStart(2, '0')}`),
    since: moment('2026-03-01 18:00'),
    gaps: gaps.map(([from, hours]) => ({ from: moment(from), to: moment(from) + hours * hour })),
    now: moment(`2026-03-${String(day).padStart(2, '0')} 12:00`),
    zone,
  })
}

describe('days on end', () => {
  test.each([
    ['none', [], 5, 0],
    ['today alone', [5], 5, 1],
    ['today is not over yet', [2, 3, 4], 5, 3],
    ['with today', [2, 3, 4, 5], 5, 4],
    ['a day left out', [2, 3, 4], 6, 0],
    ['begun anew', [2, 3, 5, 6], 6, 2],
    ['the day on which the lock began is not held against anybody', [1, 2, 3], 3, 3],
    ['nor missed', [2, 3], 3, 2],
  ])('%s', (_, days, day, expected) => {
    expect(streak(daily, days, day)).toBe(expected)
  })

  test('over the night in which the clock is changed', () => {
    expect(streak(daily, [27, 28, 29, 30], 30)).toBe(4)
    expect(streak(daily, [27, 28, 30], 30)).toBe(1)
  })
})

describe('a spare', () => {
  test.each([
    ['stands for a day, which does not count', '1 per week', [2, 3, 5, 6], 6, 4],
    ['and not for two', '1 per week', [2, 3, 6], 6, 1],
    ['but for one of each week', '1 per week', [2, 3, 5, 6, 7, 8, 9, 11], 11, 7 + 1],
    ['two stand for two', '2 per week', [2, 3, 6], 6, 3],
    ['one for the whole lock', '1 per lock', [2, 3, 5, 6, 7, 8, 9, 11], 11, 1],
    ['of a length of time', '1 per 3d', [2, 4, 5, 7], 7, 4],
    ['is not used up before there is a streak', '1 per week', [4, 6], 6, 2],
  ])('%s', (_, spare, days, day, expected) => {
    expect(streak(spared(spare), days, day)).toBe(expected)
  })
})

describe('nobody pays for an outage', () => {
  test.each([
    ['a day of which an hour was out of sight', [['2026-03-04 20:00', 1]], 4],
    ['one over midnight', [['2026-03-04 22:30', 3]], 4],
    ['two days away', [['2026-03-03 12:00', 60]], 4],
    ['a shorter one', [['2026-03-04 20:00', 0.9]], 2],
    ['one on another day', [['2026-03-02 20:00', 5]], 2],
  ] as const)('%s', (_, gaps, expected) => {
    expect(
      streak(
        daily,
        [2, 3, 5, 6],
        6,
        gaps.map(([from, hours]) => [from, hours] as [string, number]),
      ),
    ).toBe(expected)
  })

  test('nor with a spare', () => {
    expect(streak(spared('1 per week'), [2, 5, 7], 7, [['2026-03-03 10:00', 30]])).toBe(3)
  })
})

test('weeks on end', () => {
  const weekly: Streak = { ...daily, each: 'week' }
  expect(streak(weekly, [4, 10, 20], 22)).toBe(3)
  expect(streak(weekly, [4, 10, 20], 25)).toBe(3)
  expect(streak(weekly, [4, 20], 25)).toBe(1)
  expect(streak({ ...weekly, spare: quotaSchema.parse('1 per lock') }, [4, 20], 25)).toBe(2)
})
