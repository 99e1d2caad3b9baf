import { expect, test } from 'vitest'
import { type Fault, Faulty, faultLine, inReadingOrder, nearest, suggestion } from '../../src/document/fault.ts'

const fault = (file: string, line: number, column: number, more: Partial<Fault> = {}): Fault => ({
  place: { file, line, column },
  message: 'wrong',
  severity: 'fault',
  ...more,
})

test('a fault is one line', () => {
  expect(faultLine(fault('a.yaml', 2, 7))).toBe('a.yaml:2:7: wrong')
  expect(faultLine(fault('a.yaml', 2, 7, { hint: 'do this' }))).toBe('a.yaml:2:7: wrong; do this')
  expect(faultLine(fault('a.yaml', 2, 7, { severity: 'lint' }))).toBe('a.yaml:2:7: lint: wrong')
})

test('faults are told in reading order', () => {
  const faults = [fault('b', 1, 1), fault('a', 10, 1), fault('a', 2, 9), fault('a', 2, 3)]
  expect(inReadingOrder(faults).map(faultLine)).toEqual([
    'a:2:3: wrong',
    'a:2:9: wrong',
    'a:10:1: wrong',
    'b:1:1: wrong',
  ])
  expect(new Faulty(inReadingOrder(faults)).message.split('\n')).toHaveLength(4)
})

test.each([
  ['timzone', 'timezone'],
  ['timezoen', 'timezone'],
  ['MODE', 'mode'],
  ['moed', 'mode'],
  ['dta', 'data'],
  ['x', null],
  ['lokcs', 'locks'],
  ['console', null],
  ['', null],
])('near %s is %s', (written, name) => {
  expect(nearest(written, ['mode', 'timezone', 'data', 'locks'])).toBe(name)
})

test('a suggestion names the nearest, else all, else twelve', () => {
  expect(suggestion('moed', ['mode', 'data'])).toBe('did you mean mode?')
  expect(suggestion('console', ['mode', 'data'])).toBe('known are mode, data')
  const many = Array.from({ length: 13 }, (_, i) => `name${i}`)
  expect(suggestion('console', many)).toMatch(/^known are name0, .*name11, …$/)
})
