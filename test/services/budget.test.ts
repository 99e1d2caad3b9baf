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
