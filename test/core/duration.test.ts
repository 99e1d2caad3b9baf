import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDuration, sayDuration } from '../../src/core/calendar/duration.ts'

describe('a written length', () => {
  test.each([
    ['45s', 45],
    ['45m', 2700],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1h 30m', 5400],
    [' 2d ', 172_800],
    ['1w', 604_800],
    ['1w2d3h4m5s', 788_645],
    ['30m1h', 5400],
    ['1.5h', 5400],
    ['0.5m', 30],
    ['0s', 0],
    ['0.4s', 0],
    ['1.6s', 2],
    ['007s', 7],
  ])('%j is %d s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test.each([
    '',
    ' ',
    'h',
    '1',
    '90',
    '-1h',
    '+1h',
    '1h-30m',
    '1H',
    '1y',
    '1 hour',
    '1,5h',
    '.5h',
    '1.h',
    '1e3s',
    '1h30',
    'an hour',
    '1h\u00a030',
    '٣h',
    `${'9'.repeat(400)}s`,
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull()
  })

  test('a long text is refused', () => {
    expect(parseDuration(`${'1'.repeat(50_000)}x`)).toBeNull()
    expect(parseDuration(`${'1s'.repeat(25_000)}x`)).toBeNull()
  })

  test('any text is a whole length or none', () => {
    const near = fc
      .array(fc.constantFrom('1', '30', '.', 's', 'm', 'h', 'd', 'w', ' ', '-', 'x'))
      .map((p) => p.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const seconds = parseDuration(text)
        expect(seconds === null || (Number.isInteger(seconds) && seconds >= 0)).toBe(true)
      }),
    )
  })

  test('parts add up', () => {
    const amount = fc.integer({ min: 0, max: 999 })
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, (w, d, h, m, s) => {
        const sum = w * 604_800 + d * 86_400 + h * 3600 + m * 60 + s
        expect(parseDuration(`${w}w${d}d${h}h${m}m${s}s`)).toBe(sum)
        expect(parseDuration(`${s}s ${m}m ${h}h ${d}d ${w}w`)).toBe(sum)
      }),
    )
  })
})

describe('a said length', () => {
  test.each([
    [0, '0 s'],
    [0.4, '0 s'],
    [-0.4, '0 s'],
    [-0, '0 s'],
    [1, '1 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [2700, '45 min'],
    [3600, '1 h'],
    [3605, '1 h'],
    [3660, '1 h 1 min'],
    [86_399, '23 h 59 min'],
    [86_400, '1 d'],
    [86_400 + 1800, '1 d'],
    [183_600, '2 d 3 h'],
    [864_000_000, '10000 d'],
    [-90, '-1 min 30 s'],
  ])('%d s is %s', (seconds, said) => {
    expect(sayDuration(seconds)).toBe(said)
  })

  test('whatever the number, it is said', () => {
    fc.assert(
      fc.property(fc.double(), (seconds) => {
        expect(sayDuration(seconds)).not.toBe('')
      }),
    )
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]) {
      expect(() => sayDuration(odd)).not.toThrow()
    }
  })

  test('what is said is right to its second part, and never more than it was', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(100_000), fc.nat(100_000_000)), (seconds) => {
        const said = sayDuration(seconds)
        expect(said).toMatch(/^\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))?$/)
        const again = parseDuration(said.replace('min', 'm'))
        const finest = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1
        expect(again).toBe(seconds - (seconds % finest))
        expect(sayDuration(-seconds)).toBe(seconds === 0 ? said : `-${said}`)
      }),
    )
  })
})
