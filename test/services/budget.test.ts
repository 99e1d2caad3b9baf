import { describe, expect, test } from 'vitest'
import { Allowance, Budgets } from '../../src/services/budget.ts'

describe('an allowance', () => {
  test('slides: never more in any minute', () => {
    const allowance = new Allowance(2)
    expect([0, 1000, 1000, 59_999, 60_000, 60_000, 61_000].map((now) => allowance.take(now))).toEqual([
      0, 0, 59_000, 1, 0, 1000, 0,
    ])
  })
  test('a clock set back locks nobody out', () => {
    const allowance = new Allowance(1)
    expect([allowance.take(10_000_000), allowance.take(1000)]).toEqual([0, 0])
  })
})

test('each credential and class has its own', () => {
  const budgets = new Budgets({ read: 1, write: 1, action: 1 })
  expect(budgets.take('owner', 'read', 0)).toBe(0)
  expect(budgets.take('owner', 'write', 0)).toBe(0)
  expect(budgets.take('dom', 'read', 0)).toBe(0)
  expect(budgets.take('owner', 'read', 0)).toBe(60_000)
})

describe('what was spent', () => {
  const minute = 60_000
  const hour = 60 * minute
  test('in the last minute, and in about a day', () => {
    const allowance = new Allowance(2)
    for (const now of [0, 1, 2, hour, 23 * hour, 23 * hour + 10]) allowance.take(now)
    // What found no room did not leave.
    expect(allowance.spent(23 * hour + 20)).toEqual({ lastMinute: 2, perMinute: 2, lastDay: 5 })
    expect(allowance.spent(24 * hour)).toEqual({ lastMinute: 0, perMinute: 2, lastDay: 3 })
    expect(allowance.spent(60 * hour)).toEqual({ lastMinute: 0, perMinute: 2, lastDay: 0 })
  })
  test('by credential and class, those that were used', () => {
    const budgets = new Budgets({ read: 3, write: 1, action: 1 })
    budgets.take('owner', 'read', 0)
    budgets.take('dom', 'action', 0)
    expect(budgets.spent(10)).toEqual([
      { holder: 'owner', kind: 'read', lastMinute: 1, perMinute: 3, lastDay: 1 },
      { holder: 'dom', kind: 'action', lastMinute: 1, perMinute: 1, lastDay: 1 },
    ])
  })
})
