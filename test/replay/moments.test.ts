import { expect, test } from 'vitest'
import { differences, rule, run } from './support.ts'

const still = 'facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d }'

/** How many differences there are from the expected firings of a rule with these moments. */
async function story(at: string, start: string, expected: readonly string[], until: string): Promise<number> {
  const expectation = expected.map((moment) => `{ at: "${moment}", rule: r, within: 2m, do: [log] }`)
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "${start}"
    ${still}
    expect: [${expectation.join(', ')}]
    until: "${until}"
`,
    rule(`at: ${at}\nthen: [log: A]`),
  )
  return verdict?.differences.length ?? Number.NaN
}

test.each([
  ['first mon 09:00', '2026-03-31 08:00', ['2026-04-06 09:00'], '2026-04-20 12:00'],
  ['last fri 18:00', '2026-03-25 08:00', ['2026-03-27 18:00'], '2026-04-10 12:00'],
  ['24 dec 18:00', '2026-12-23 08:00', ['2026-12-24 18:00'], '2026-12-26 12:00'],
  [
    'every 90m 09:00-12:00',
    '2026-02-28 08:00',
    ['2026-02-28 09:00', '2026-02-28 10:30', '2026-02-28 12:00'],
    '2026-02-28 23:00',
  ],
  [
    'sat every 1h 23:00-01:00',
    '2026-02-28 12:00',
    ['2026-02-28 23:00', '2026-03-01 00:00', '2026-03-01 01:00'],
    '2026-03-02 12:00',
  ],
  // Half past two does not come on this night: it is looked at when the clock was set.
  ['"02:30"', '2026-03-28 12:00', ['2026-03-29 03:00'], '2026-03-29 23:00'],
  ['"02:30"', '2026-10-24 12:00', ['2026-10-25 02:30'], '2026-10-25 23:00'],
])('%s from %s', async (at, start, expected, until) => {
  expect(await story(at, start, expected, until)).toBe(0)
})

test.each([
  ['second mon 09:00', '2026-03-31 08:00', ['2026-04-06 09:00'], '2026-04-12 12:00'],
  ['24 dec 18:10', '2026-12-23 08:00', ['2026-12-24 18:00'], '2026-12-26 12:00'],
  [
    'every 2h 09:00-12:00',
    '2026-02-28 08:00',
    ['2026-02-28 09:00', '2026-02-28 10:30', '2026-02-28 12:00'],
    '2026-02-28 23:00',
  ],
])('with %s in its place, the story would end otherwise', async (at, start, expected, until) => {
  expect(await story(at, start, expected, until)).toBeGreaterThan(0)
})

test('three drawn moments fire three times, a day of them', async () => {
  const expected = Array.from({ length: 3 }, () => '  - { at: "2026-02-28 15:30", rule: r, within: 7h, do: [log] }')
  const lines = (n: number) => `${still}\nexpect:\n${expected.slice(0, n).join('\n')}\nuntil: "23:30"`
  const three = rule('at: random 3x 09:00-22:00\nthen: [log: A]')
  expect(await differences(lines(3), three)).toEqual([])
  expect(await differences(lines(2), three)).toHaveLength(1)
})
