import { expect, test } from 'vitest'
import { operatorNamed } from '../../src/core/language/operators.ts'
import { at, fixed, numberAt, running } from '../../src/core/model/fact.ts'
import { explains, factOf, lineOf } from '../../src/core/reading/recorded.ts'

/** Between ten and twenty seconds. */
const saw = { known: true, value: 10, most: 20 } as const

test.each<[string, unknown, boolean | null]>([
  ['lessThan', 21, true],
  ['lessThan', 20, null],
  ['lessThan', 15, null],
  ['lessThan', 10, false],
  ['lessThanInclusive', 20, true],
  ['lessThanInclusive', 9, false],
  ['greaterThan', 9, true],
  ['greaterThan', 10, null],
  ['greaterThan', 20, false],
  ['greaterThanInclusive', 10, true],
  ['greaterThanInclusive', 11, null],
  ['equal', 9, false],
  ['equal', 15, null],
  ['equal', 21, false],
  ['notEqual', 9, true],
  ['notEqual', 15, null],
  ['in', [1, 2], false],
  ['in', [1, 15], null],
  ['notIn', [1, 2], true],
  ['between', [5, 25], true],
  ['between', [15, 25], null],
  ['between', [1, 9], false],
  ['between', [21, 30], false],
  ['isKnown', undefined, true],
])('what lies between 10 and 20, %s %j: %s', (name, than, truth) => {
  const other = { known: true, value: than } as never
  expect(operatorNamed(name)?.test(saw, other, 'seconds', null)).toBe(truth)
})

test('a length that runs is at least and at most so much longer, and no number for sums', () => {
  const fact = { ...running(10, 1, 0), known: true, value: 10, most: 20 } as const
  expect(at(fact, 5000)).toEqual({ known: true, value: 15, most: 25 })
  expect(numberAt(new Map([['x', fact]]), 'x', 5000)).toBeNull()
  expect(numberAt(new Map([['x', fixed(10, 0)]]), 'x', 5000)).toBe(10)
})

test('the record tells both ends again', () => {
  const fact = { ...running(10, 1, 0), known: true, value: 10, most: 20 } as const
  const line = lineOf(fact, undefined, true)
  expect(at(factOf(line, 3000, 3000), 3000)).toEqual({ known: true, value: 13, most: 23 })
  expect(explains(line, { ...fact, since: 4000, value: 14, most: 24 })).toBe(true)
  expect(explains(line, running(14, 1, 4000))).toBe(false)
})
