// What several rules may do together: clamped and held as by a limit, and never more in the worst case.
import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema, type WrittenLimits } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'
import { Bench, hour, minute, second } from './bench.ts'

const two = (budget: string, rest = '') =>
  rulesOf(`budgets: { misc: ${budget} }
rules:
  - { id: a, when: lock.taskPoints > 0, repeat: 1h, budget: misc, then: [{ add_time: 50m }] }
  - { id: b, when: lock.taskAssigned is true, repeat: 1h, budget: misc, then: [{ add_time: 50m }] }
${rest}`)
const free: WrittenLimits = { add_time: null, remaining: null, actions: null }

/** Both true from ten o'clock on, and what was added by then. */
async function added(rules: ReturnType<typeof two>, ms: number, limits = free): Promise<Bench> {
  const b = new Bench(rules, { limits })
  b.world.set({ taskPoints: 1, taskAssigned: true })
  await b.until({ later: ms })
  return b
}

describe('a budget', () => {
  test('is shared, cuts down what is over it, and then holds its rules until it has something again', async () => {
    const b = await added(two('{ add_time: 2h per day }'), 2 * hour + 10 * minute)
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toEqual([
      'add_time 3000',
      'add_time 3000',
      'add_time 1200',
    ])
    expect(b.kept.rows.find(({ effect }) => effect.seconds === 1200)?.note).toBe(
      'clamped from 50 min: budget misc (2h per day)',
    )
    const held = b.passing.decisions.find(({ rule }) => rule === 'a')
    expect(held).toMatchObject({ fires: false, why: 'budget', detail: 'misc is used up (add_time 2h per day)' })
    await b.until('2026-03-03 00:03')
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toHaveLength(5)
  })

  test('says why a second one of the same moment is refused', async () => {
    const b = await added(two('{ add_time: 50m per day }'), minute)
    expect(b.states).toEqual(['applied', 'refused'])
    expect(b.row(1).note).toBe('budget misc (50m per day) is used up until 2026-03-03 00:00:00')
  })

  test.each<[string, number]>([
    ['{ add_time: 3 per day }', 3],
    ['{ add_time: [3 per day, 100m per lock] }', 2],
    ['{ add_time: 100m per 2h }', 6],
    ['{ add_time: 1h per week }', 2],
    ['{ freeze: 1h per day }', 12],
  ])('%s', async (budget, times) => {
    const b = await added(two(budget), 5 * hour + 10 * minute)
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toHaveLength(times)
  })

  test('is not that of other rules, nor of the lock before', async () => {
    const rest = '  - { id: c, when: lock.taskPoints > 0, then: [{ add_time: 40m }] }\n'
    const b = await added(two('{ add_time: 50m per lock }', rest), 10 * minute)
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toEqual(['add_time 3000', 'add_time 2400'])
  })

  test('goes on for a rule that was renamed', async () => {
    const b = await added(two('{ add_time: 2h per lock }'), minute)
    const renamed = rulesOf(`budgets: { misc: { add_time: 1h per lock } }
rules: [{ id: z, was: a, when: lock.frozen is false, repeat: 10m, budget: misc, then: [{ add_time: 50m }] }]`)
    const next = new Bench(renamed, { limits: free, kept: b.kept, start: '10:30' })
    await next.until({ later: 15 * minute })
    expect(next.sent).toEqual(['add_time 600'])
  })

  test('the limits hold over it', async () => {
    const b = await added(two('{ add_time: 2h per day }'), minute, { add_time: { each: 600 } })
    expect(b.sent).toEqual(['add_time 600', 'add_time 600'])
    expect(b.row(0).note).toContain('limits.add_time.each')
  })

  test('what may be drawn is judged when it was', async () => {
    const rules = rulesOf(`budgets: { misc: { add_time: 1 per lock } }
rules: [{ id: r, when: lock.taskPoints > 0, repeat: 10m, budget: misc, then: [{ draw: [{ then: [{ add_time: 1m }] }, { then: [{ remove_time: 1m }] }] }] }]`)
    const b = await added(rules, 5 * hour, { ...free, remove_time: null })
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toHaveLength(1)
    expect(b.sent.filter((one) => one.startsWith('remove_time')).length).toBeGreaterThan(5)
  })
})

test.each([
  ['20m per day', []],
  ['30m per day', ['surplus r add_time: fired']],
])('a story under a budget of %s', async (cap, wrong) => {
  const rules = rulesOf(
    `budgets: { misc: { add_time: ${cap} } }\nrules: [{ id: r, when: lock.taskPoints rises, budget: misc, then: [{ add_time: 10m }] }]`,
  )
  const story = `facts: { lock.taskPoints: 0, lock.timeRemainingSeconds: 1d }
then:
  - { at: "09:00", facts: { lock.taskPoints: 1 } }
  - { at: "10:00", facts: { lock.taskPoints: 2 } }
  - { at: "11:00", facts: { lock.taskPoints: 3 } }
expect:
  - { at: "09:00", rule: r, do: [add_time: 10m] }
  - { at: "10:00", rule: r, do: [add_time: 10m] }`
  expect(await differences(story, rules)).toEqual(wrong)
})

describe('check', () => {
  const said = (text: string) =>
    compileRules([{ file: 'r.yaml', text }], { services, zone })
      .faults.map(faultLine)
      .join('\n')
  const rule = (budget: string) =>
    `rules: [{ id: r, when: lock.frozen is true, budget: ${budget}, then: [{ add_time: 1h }] }]`

  test.each([
    [rule('misc'), 'unknown budget "misc"; write "budgets: { misc: { add_time: 2h per day } }" at the top'],
    [`budgets: { misc: { add_time: 2h per day } }\n${rule('mics')}`, 'unknown budget "mics"; did you mean misc?'],
    [
      `budgets: { misc: { freeze: 2h per day } }\n${rule('misc')}`,
      'lint: the budget misc bounds nothing that this rule does',
    ],
    [
      `budgets: { misc: { add_time: 2h a day } }\n${rule('misc')}`,
      '"2h a day" is no amount; write for example "2h per day" or "3 per day"',
    ],
    [`budgets: { misc: { task: 2h per day } }\n${rule('misc')}`, 'write for example "3 per day"'],
    [`budgets: { misc: { tasks: 2 per day } }\n${rule('misc')}`, 'unknown key "tasks"; did you mean task?'],
  ])('%s', (text, words) => expect(said(text)).toContain(words))
})

test('its clause in the sentence', () => {
  const rules = two('{ add_time: 2h per day }')
  const [first] = rules.rules
  expect(first && sayRule(first, { ...rules, zone })).toContain('within the budget misc')
})

describe('the worst case', () => {
  const worst = (budget: string) => {
    const limits = limitsOf([limitsSchema.parse({ add_time: 'unlimited', actions: 'unlimited' })], zone)
    const { day, week, lock } = bounds(two(budget), limits, [{ everyMs: 30 * second }]).underTheseRules
    return [day, week, lock].map(({ add_time: one }) => one?.seconds)
  }

  test.each<[string, (number | null)[]]>([
    ['{ add_time: 2h per day }', [7200, 7 * 7200, null]],
    ['{ add_time: 2h per week }', [7200, 7200, null]],
    ['{ add_time: 2h per lock }', [7200, 7200, 7200]],
    ['{ add_time: 2h per 12h }', [3 * 7200, 15 * 7200, null]],
    ['{ add_time: 3 per day }', [9000, 7 * 9000, null]],
    ['{ freeze: 2h per day }', [null, null, null]],
  ])('of %s', (budget, seconds) => expect(worst(budget)).toEqual(seconds))
})
