import { describe, expect, test } from 'vitest'
import { rulesOf, run } from './support.ts'

const declared = (spare: string) =>
  `inputs: { checkin: { type: button, by: wearer }, vacation: { type: switch } }\nstreaks: { checkin: { of: input.checkin, each: day${spare} } }\n`
const rules = (spare = '') =>
  rulesOf(`${declared(spare)}rules:
  - { id: r, at: "23:00", when: streak.checkin >= 3, then: [remove_time: 1h, log: "{{ streak.checkin }} days"] }
  - { id: broken, when: streak.checkin falls, then: [tell: Broken] }`)

/** What was done by `r` in a story that begins on Monday 2 March, with presses at noon of these days. */
async function story(
  days: readonly number[],
  expected: readonly [number, string][],
  more: { spare?: string; then?: string } = {},
): Promise<number> {
  const day = (one: number, clock: string) => `2026-03-${String(one).padStart(2, '0')} ${clock}`
  const presses = days.map((one) => ({ at: day(one, '12:00'), text: `{ at: "${day(one, '12:00')}", press: checkin }` }))
  const other = /at: "([^"]+)"/.exec(more.then ?? '')?.[1]
  const happens = [...presses, ...(other === undefined ? [] : [{ at: other, text: more.then ?? '' }])]
  happens.sort((one, two) => (one.at < two.at ? -1 : 1))
  const lines = expected.map(
    ([one, said]) => `{ at: "${day(one, '23:00')}", rule: r, do: [remove_time: 1h, log: ${said}] }`,
  )
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "2026-03-02 08:00"
    rules: [r]
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d }
    then: [${happens.map(({ text }) => text).join(', ')}]
    expect: [${lines.join(', ')}]
    until: "2026-03-08 23:30"
`,
    rules(more.spare),
  )
  return verdict?.differences.length ?? Number.NaN
}

test('each day from the third on, until one that was left out is over', async () => {
  const all: [number, string][] = [
    [4, '3 days'],
    [5, '4 days'],
    [6, '4 days'],
  ]
  expect(await story([2, 3, 4, 5, 7, 8], all)).toBe(0)
  expect(await story([2, 3, 4, 5, 6, 7, 8], all)).toBeGreaterThan(0)
  expect(await story([2, 3, 5, 6, 8], [])).toBe(0)
})

test('with a spare, a day left out in the week breaks nothing', async () => {
  const spare = ', spare: 1 per week'
  const all: [number, string][] = [
    [4, '3 days'],
    [5, '4 days'],
    [6, '4 days'],
    [7, '5 days'],
    [8, '6 days'],
  ]
  expect(await story([2, 3, 4, 5, 7, 8], all, { spare })).toBe(0)
  expect(await story([2, 3, 4, 5, 8], all, { spare })).toBeGreaterThan(0)
})

test('a day on which nobody could be seen breaks nothing either', async () => {
  const then = '{ at: "2026-03-06 10:00", gap: 8h }'
  const expected: [number, string][] = [
    [4, '3 days'],
    [5, '4 days'],
    [6, '4 days'],
    [7, '5 days'],
  ]
  expect(await story([2, 3, 4, 5, 7], [...expected, [8, '5 days']], { then })).toBe(0)
  expect(await story([2, 3, 4, 5, 7], expected.slice(0, 3), { then: '{ at: "2026-03-06 10:00", gap: 30m }' })).toBe(0)
})

test('a restart forgets no day', async () => {
  const then = '{ at: "2026-03-04 11:00", restart: true }'
  expect(
    await story(
      [2, 3, 4],
      [
        [4, '3 days'],
        [5, '3 days'],
      ],
      { then },
    ),
  ).toBe(0)
})

test('it breaks at midnight, without a reading', async () => {
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "2026-03-02 08:00"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d }
    then: [{ at: "2026-03-02 12:00", press: checkin }]
    expect: [{ at: "2026-03-04 00:00", rule: broken, within: 1m, do: [tell] }]
    until: "2026-03-04 12:00"
`,
    rules(),
  )
  expect(verdict?.differences).toEqual([])
})

test('of a rule: the days on which it fired', async () => {
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "2026-03-02 08:00"
    facts: { lock.taskPoints: 0 }
    then: [{ at: "2026-03-02 12:00", facts: { lock.taskPoints: 1 } }, { at: "2026-03-03 12:00", facts: { lock.taskPoints: 2 } }]
    expect: [{ at: "2026-03-02 12:00", rule: good, do: [log] }, { at: "2026-03-03 12:00", rule: good, do: [log] }, { at: "2026-03-03 12:05", rule: two, do: [log] }]
    until: "2026-03-03 20:00"
`,
    rulesOf(`streaks: { good: { of: rule.good } }
rules:
  - { id: good, when: lock.taskPoints rises, then: [log: Good] }
  - { id: two, when: streak.good is 2, then: [log: Two] }`),
  )
  expect(verdict?.differences).toEqual([])
})

describe('what is no streak', () => {
  const one = 'rules: [{ id: a, when: lock.frozen is true, then: [log: A] }]'
  test.each([
    ['{ of: input.gone }', 'a streak of nothing that there is: input.gone'],
    ['{ of: input.vacation }', 'input.vacation is no button'],
    ['{ of: rule.b }', 'a streak of nothing that there is: rule.b'],
    ['{ of: lock.frozen }', 'a button or a rule'],
    ['{ of: input.checkin, spare: 1 per day }', '"1 per day" spares every day; write for example "1 per week"'],
    ['{ of: input.checkin, each: week, spare: 1 per week }', 'spares every week'],
    ['{ of: input.checkin, each: month }', 'is not one of day, week'],
  ])('%s', (written, message) => {
    const text = `inputs: { checkin: { type: button }, vacation: { type: switch } }\nstreaks: { x: ${written} }\n${one}`
    expect(() => rulesOf(text)).toThrow(message)
  })

  test('a streak that nobody declared', () => {
    expect(() => rulesOf(one.replace('lock.frozen is true', 'streak.x > 3'))).toThrow('declare it: "streaks: { x:')
  })
})
