import { expect, test } from 'vitest'
import { pressedOnce, pressesIn, pressesPutRight } from '../../src/core/memory/presses.ts'
import { moment } from './bench.ts'

const zone = 'Europe/Berlin'
const on = (text: string, session = 'a') => ({ now: moment(text), zone, session })
const after = (...moments: readonly (readonly [string, string])[]) =>
  moments.reduce<ReturnType<typeof pressedOnce> | undefined>(
    (state, [text, session]) => pressedOnce(state, on(text, session)),
    undefined,
  )

test('a press of today counts on a new lock of the same day, but not as one of the lock', () => {
  const state = after(['2026-02-27 09:00', 'a'], ['2026-02-27 10:00', 'b'])
  expect(state?.value).toBe(2)
  expect(pressesIn(state, 'today', on('2026-02-27 11:00', 'b'))).toBe(2)
  expect(pressesIn(state, 'this lock', on('2026-02-27 11:00', 'b'))).toBe(1)
})

test('of other locks only the last days are kept', () => {
  const state = after(['2026-01-01 09:00', 'a'], ['2026-02-20 09:00', 'a'], ['2026-02-27 10:00', 'b'])
  expect(state?.days?.map(({ date }) => date)).toEqual(['2026-02-20', '2026-02-27'])
  expect(state?.value).toBe(3)
})

test('what an older build stored is known where it cannot have been in the span', () => {
  const old = { value: 7, at: moment('2026-02-27 09:00') }
  expect(pressesIn(old, 'today', on('2026-02-27 12:00'))).toBeNull()
  expect(pressesIn(old, 'today', on('2026-02-28 12:00'))).toBe(0)
  expect(pressesIn(old, 'this lock', on('2026-02-28 12:00'))).toBeNull()
  expect(pressesIn(old, 'this lock', { ...on('2026-02-28 12:00'), since: moment('2026-02-28 10:00') })).toBe(0)
  expect(pressesIn(pressedOnce(old, on('2026-02-28 12:00')), 'today', on('2026-02-28 12:00'))).toBe(1)
})

test('what a wrong clock has counted ahead is of the day on which that is seen', () => {
  const ahead = after(['2026-02-26 09:00', 'a'], ['2027-02-27 09:00', 'a'], ['2027-02-28 09:00', 'a'])
  const state = pressesPutRight(ahead ?? { value: 0, at: 0 }, moment('2026-02-27 12:00'), zone)
  expect(state.days).toEqual([
    { date: '2026-02-26', session: 'a', times: 1 },
    { date: '2026-02-27', session: 'a', times: 2 },
  ])
  expect(pressesPutRight(state, moment('2026-02-27 12:00'), zone)).toBe(state)
})
