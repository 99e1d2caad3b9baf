import { describe, expect, test } from 'vitest'
import { rule, run } from './support.ts'

/** The moments at which a rule fires in a story, in the expected order; the differences from them. */
async function story(keys: string, start: string, expected: readonly string[], until: string): Promise<number> {
  const lines = expected.map((moment) => `{ at: "${moment}", rule: r, within: 6m, do: [log] }`)
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "${start}"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d }
    expect: [${lines.join(', ')}]
    until: "${until}"
`,
    rule(`${keys}\nthen: [log: A]`),
  )
  return verdict?.differences.length ?? Number.NaN
}

describe('the night belongs to the day on which it began', () => {
  const nights = 'when: time.clock between 22:00 and 06:00 on sun-thu\nrepeat: 4h'

  test('Friday at one is of the night of Thursday, Saturday at one of none', async () => {
    // Thursday to Sunday.
    const expected = ['2026-02-26 22:00', '2026-02-27 02:00', '2026-03-01 22:00', '2026-03-02 02:00']
    expect(await story(nights, '2026-02-26 12:00', expected, '2026-03-02 12:00')).toBe(0)
    expect(await story(nights.replace('thu', 'fri'), '2026-02-26 12:00', expected, '2026-03-02 12:00')).toBe(2)
  })

  test('what it took two lines for misses Friday at one, and has Sunday at one', async () => {
    const two = 'when: [time.clock between 22:00 and 06:00, time.weekday between sun and thu]\nrepeat: 4h'
    const expected = [
      '2026-02-26 22:00',
      '2026-03-01 00:00',
      '2026-03-01 04:00',
      '2026-03-01 22:00',
      '2026-03-02 02:00',
    ]
    expect(await story(two, '2026-02-26 12:00', expected, '2026-03-02 12:00')).toBe(0)
  })

  test('in the long form', async () => {
    const long = 'when: { fact: time.clock, operator: between, value: ["22:00", "06:00"], on: sun-thu }\nrepeat: 4h'
    expect(await story(long, '2026-02-26 12:00', ['2026-02-26 22:00', '2026-02-27 02:00'], '2026-02-28 12:00')).toBe(0)
  })

  test('never in working hours', async () => {
    const keys = 'at: every 2h 08:00-18:00\nonly_if: { not: time.clock between 09:00 and 17:00 on mon-fri }'
    const friday = ['2026-02-27 08:00', '2026-02-27 18:00']
    const saturday = ['08', '10', '12', '14', '16', '18'].map((hour) => `2026-02-28 ${hour}:00`)
    expect(await story(keys, '2026-02-27 07:00', [...friday, ...saturday], '2026-02-28 20:00')).toBe(0)
  })
})

describe('the date', () => {
  test.each([
    ['time.day is 1', ['2026-03-01 00:00'], '2026-03-02 12:00'],
    ['[time.month is 3, time.day between 2 and 3]', ['2026-03-02 00:00'], '2026-03-05 12:00'],
    ['time.month is 3', ['2026-03-01 00:00'], '2026-04-01 12:00'],
    ['time.month in 4, 5', ['2026-04-01 00:00'], '2026-04-03 12:00'],
    ['time.day > 28', ['2026-03-29 00:00'], '2026-03-31 12:00'],
  ])('%s', async (when, expected, until) => {
    expect(await story(`when: ${when}`, '2026-02-27 12:00', expected, until)).toBe(0)
  })

  test('a month that there is not is a fault', () => {
    expect(() => rule('when: time.month is 13\nthen: [log: A]')).toThrow('time.month is never 13')
    expect(() => rule('when: time.day between 0 and 3\nthen: [log: A]')).toThrow('time.day is never 0')
  })
})

describe('time that does not count', () => {
  const away = (pause: string) => rule(`when: lock.wearerLastSeenAgoSeconds > 5m\nfor: 6h\n${pause}\nthen: [log: A]`)
  const differ = async (pause: string, start: string, expected: string | null, until: string, happens = '') => {
    const [verdict] = await run(
      `tests:
  - name: a test
    start: "${start}"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d, lock.wearerLastSeenAgoSeconds: 5m }
    ${happens}
    expect: [${expected === null ? '' : `{ at: "${expected}", rule: r, within: 6m, do: [log] }`}]
    until: "${until}"
`,
      away(pause),
    )
    return verdict?.differences.length ?? Number.NaN
  }
  const work = 'pause: mon-fri 09:00-17:00'

  test.each([
    // On a Friday an hour before work counts, then five after it; on a Saturday all six.
    [work, '2026-02-27 08:00', '2026-02-27 22:00'],
    [work, '2026-02-27 12:00', '2026-02-27 23:00'],
    [work, '2026-02-28 08:00', '2026-02-28 14:00'],
    ['pause: ["mon-fri 09:00-17:00", "22:00-08:00"]', '2026-02-27 12:00', '2026-02-28 09:00'],
    ['', '2026-02-27 08:00', '2026-02-27 14:00'],
    ['pause: mon-fri 09:00-16:00', '2026-02-27 08:00', '2026-02-27 21:00'],
  ])('%s, away from %s: at %s', async (pause, start, expected) => {
    expect(await differ(pause, start, expected, '2026-02-28 20:00')).toBe(0)
  })

  test('an hour of it less would end otherwise', async () => {
    expect(await differ('pause: mon-fri 09:00-16:00', '2026-02-27 08:00', '2026-02-27 22:00', '2026-02-28 20:00')).toBe(
      2,
    )
  })

  test('an outage is left out once, not a second time where it does not count anyway', async () => {
    // Out of sight from 16:00 to 19:00, of which two hours would have counted.
    const happens = 'then: [{ at: "2026-02-27 16:00", gap: 3h }]'
    expect(await differ(work, '2026-02-27 08:00', '2026-02-28 00:00', '2026-02-28 20:00', happens)).toBe(0)
    expect(await differ('', '2026-02-27 12:00', '2026-02-27 21:00', '2026-02-28 20:00', happens)).toBe(0)
  })

  test('a restart while it does not count forgets nothing', async () => {
    const happens = 'then: [{ at: "2026-02-27 12:00", restart: true }]'
    expect(await differ(work, '2026-02-27 08:00', '2026-02-27 22:00', '2026-02-28 20:00', happens)).toBe(0)
  })

  test('repeat counts as little', async () => {
    const keys = `when: time.weekday is fri\nrepeat: 4h\n${work}`
    const expected = ['2026-02-27 08:00', '2026-02-27 20:00']
    expect(await story(keys, '2026-02-27 08:00', expected, '2026-02-27 23:30')).toBe(0)
  })
})
