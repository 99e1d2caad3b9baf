// What sizes come to: each told as a story that passes, and that fails with another number in it.
import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'
import { Bench, moment, second } from './bench.ts'

const ruleFile = (keys: string) => `tallies: { strikes: {}, points: {} }\nrules:\n  - { id: r, ${keys} }\n`
const asked = (keys: string) => rulesOf(ruleFile(keys))
const unlimited = 'limits: { add_time: unlimited, remove_time: unlimited, freeze: unlimited, remaining: unlimited }'

/** In what a story differs from what is expected: at nine the lock freezes, with nine hours left. */
function at9(action: string, points: number, expected: string): Promise<string[]> {
  const facts = `lock.taskPoints: ${points}, lock.frozen: false, lock.timeRemainingSeconds: 10h, lock.wearerLastSeenAgoSeconds: 5m`
  return differences(
    `${unlimited}
facts: { ${facts}, lock.taskAssigned: false }
then:
  - { at: "09:00", facts: { lock.taskAssigned: true } }
expect:
  - { at: "09:00", rule: r, do: [${expected}] }`,
    asked(`when: lock.taskAssigned is true, then: [{ ${action} }]`),
  )
}

describe('a size comes to', () => {
  test.each<[string, number, string, string]>([
    ['{ from: 15m, times: 2, by: lock.taskPoints, most: 4h }', 0, '15m', '30m'],
    ['{ from: 15m, times: 2, by: lock.taskPoints, most: 4h }', 1, '15m', '30m'],
    ['{ from: 15m, times: 2, by: lock.taskPoints, most: 4h }', 3, '1h', '30m'],
    ['{ from: 15m, times: 2, by: lock.taskPoints, most: 4h }', 5000, '4h', '5h'],
    ['{ from: 1h, times: 0.5, by: lock.taskPoints, least: 10m }', 3, '15m', '30m'],
    ['{ from: 1h, times: 0.5, by: lock.taskPoints, least: 10m }', 9, '10m', '15m'],
    ['{ from: 10m, plus: 5m, by: lock.taskPoints, most: 4h }', 1, '10m', '15m'],
    ['{ from: 10m, plus: 5m, by: lock.taskPoints, most: 4h }', 4, '25m', '30m'],
    ['{ each: 5m, of: lock.taskPoints, most: 4h }', 3, '15m', '20m'],
    ['{ each: 5m, per: 2, of: lock.taskPoints, most: 4h }', 5, '10m', '15m'],
    ['{ each: 5m, of: lock.taskPoints, least: 5m, most: 1h }', 0, '5m', '10m'],
    ['{ each: 1m, per: 10m, of: lock.wearerLastSeenAgoSeconds, most: 4h }', 0, '6m', '7m'],
    ['{ percent: 10, of: lock.timeRemainingSeconds, most: 4h }', 0, '54m', '1h'],
    ['{ of: lock.wearerLastSeenAgoSeconds, most: 30m }', 0, '30m', '1h'],
    ['{ steps: [10m, 20m, 40m], by: lock.taskPoints, most: 30m }', 3, '30m', '40m'],
    ['{ up_to: 12h }', 0, '3h', '2h'],
    ['{ up_to: 12h, most: 1h }', 0, '1h', '3h'],
    ['{ until: "sat 20:00" }', 0, '2h', '3h'],
  ])('%s with %i points', async (size, points, right, wrong) => {
    expect(await at9(`add_time: ${size}`, points, `add_time: ${right}`)).toEqual([])
    expect(await at9(`add_time: ${size}`, points, `add_time: ${wrong}`)).not.toEqual([])
  })

  test.each([
    ['{ freeze: { until: "sat 18:00" } }', 'freeze: 9h', 'freeze: 8h'],
    ['{ freeze: { from: 10h, times: 2, by: lock.taskPoints } }', 'freeze: 24h', 'freeze: 10h'],
    ['{ remove_time: { each: 10m, of: lock.taskPoints } }', 'remove_time: 50m', 'remove_time: 10m'],
    [
      '{ apply_time: { from: -10m, plus: -5m, by: lock.taskPoints, most: 20m } }',
      'apply_time: -20m',
      'apply_time: -30m',
    ],
  ])('%s at five points', async (action, right, wrong) => {
    const bare = action.slice(2, -2)
    expect(await at9(bare, 5, right)).toEqual([])
    expect(await at9(bare, 5, wrong)).not.toEqual([])
  })

  test.each<[string, number, string]>([
    ['add_time: { each: 5m, of: lock.taskPoints, most: 1h }', 0, 'its size comes to nothing'],
    ['remove_time: { each: 5m, of: lock.taskPoints }', 0, 'its size comes to nothing'],
    ['add_time: { up_to: 5h }', 1, 'nothing is missing to 5 h'],
    ['add_time: { until: "mon 11:00" }', 1, 'nothing is missing until mon 11:00'],
    ['freeze: { until: "wed 18:00" }', 1, 'up to that moment it is 2 d 8 h, and a freeze lasts at most 1 d'],
  ])('nothing that can be sent: %s', async (action, taskPoints, note) => {
    const b = new Bench(asked(`when: lock.taskAssigned is true, then: [{ ${action} }]`))
    b.world.set({ taskPoints, taskAssigned: true })
    await b.until({ later: 10 * second })
    expect(b.sent).toEqual([])
    expect(b.row(0)).toMatchObject({ state: 'refused', note: expect.stringContaining(note) })
  })

  test('what is missing is not made up for twice while the service shows it late', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskAssigned is true, then: [{ add_time: { up_to: 30h } }] }
  - { id: b, when: lock.taskAssigned is true, then: [{ add_time: { up_to: 30h } }] }
`)
    const b = new Bench(rules, { limits: { add_time: { each: null, per_day: null } } })
    b.world.showsAfterMs = 15 * second
    b.world.set({ taskAssigned: true })
    await b.until({ later: 120 * second })
    expect(b.sent.filter((one) => one.startsWith('add_time'))).toHaveLength(1)
  })
})

test('a fact that is read again after a write is waited for', async () => {
  const list = '[{ add_time: 10h }, { add_time: { percent: 10, of: lock.timeRemainingSeconds, most: 12h } }]'
  const b = new Bench(asked(`when: lock.taskAssigned is true, then: ${list}`), {
    limits: { add_time: { each: null, per_day: null } },
  })
  b.world.set({ taskAssigned: true, timeRemainingSeconds: 36_000 })
  await b.until({ later: 120 * second })
  expect(b.states).toEqual(['applied', 'applied'])
  expect(Math.abs(Number((b.sent[1] ?? '').split(' ')[1]) - 7200)).toBeLessThan(10)
})

describe('the change a rule fired on', () => {
  const change = (when: string, action: string) => asked(`when: ${when}, then: [{ ${action} }]`)

  test.each([
    [
      'lock.timeRemainingSeconds rises',
      'add_time: { of: change, most: 5h }',
      { timeRemainingSeconds: 93_600 },
      'add_time 7200',
    ],
    [
      'lock.timeRemainingSeconds falls',
      'add_time: { of: change, most: 5h }',
      { timeRemainingSeconds: 79_200 },
      'add_time 7200',
    ],
    [
      'lock.timeRemainingSeconds rises',
      'add_time: { percent: 50, of: change, most: 5h }',
      { timeRemainingSeconds: 93_600 },
      'add_time 3600',
    ],
    ['lock.taskPoints rises', 'remove_time: { each: 10m, of: change }', { taskPoints: 7 }, 'remove_time 4200'],
    ['lock.taskPoints rises by 5', 'remove_time: { each: 1m, of: change }', { taskPoints: 7 }, 'remove_time 300'],
  ])('%s: %s', async (when, action, data, sent) => {
    const b = new Bench(change(when, action), {
      limits: { add_time: { each: 36_000 }, remove_time: { each: 36_000 } },
    })
    await b.until({ later: 10 * second })
    b.world.set(data)
    await b.until({ later: 60 * second })
    const [name, size = '0'] = (b.sent[0] ?? '').split(' ')
    const [wanted, length = '0'] = sent.split(' ')
    expect(name).toBe(wanted)
    expect(Math.abs(Number(size) - Number(length))).toBeLessThanOrEqual(name === 'add_time' ? 3 : 0)
  })

  test('is settled with the firing, whatever comes after it', async () => {
    const b = new Bench(change('lock.taskPoints rises', 'tally.add: { name: points, points: { of: change } }'))
    await b.until({ later: 10 * second })
    b.world.set({ taskPoints: 7 })
    await b.until({ later: 60 * second })
    expect(b.row(0)).toMatchObject({ state: 'applied', params: { name: 'points', points: 7 } })
  })
})

describe('check', () => {
  const said = (keys: string) =>
    compileRules([{ file: 'r.yaml', text: ruleFile(keys) }], { services, zone })
      .faults.map(faultLine)
      .join('\n')
  const then = (action: string, when = 'lock.taskPoints > 0') => said(`when: ${when}, then: [{ ${action} }]`)

  test.each([
    [
      'add_time: { from: 15m, times: 2, by: tally.strikes }',
      'lint: nothing but the limits keeps this size small; write "most: …"',
    ],
    ['add_time: { percent: 10, of: lock.timeRemainingSeconds }', 'lint: nothing but the limits'],
    [
      'add_time: { of: lock.taskPoints }',
      'lock.taskPoints is no length of time; write { each: 10m, of: lock.taskPoints }',
    ],
    [
      'tally.add: { name: points, points: { of: lock.timeLockedSeconds } }',
      'lock.timeLockedSeconds is a length of time',
    ],
    ['add_time: { of: change, most: 1h }', 'this rule fires on no change that has a size'],
    ['add_time: { each: 1m, per: 10m, of: tally.strikes, most: 1h }', '"per" a length of time; write per: 1'],
    ['add_time: { each: 1m, per: 10, of: lock.timeLockedSeconds, most: 1h }', 'write for example per: 10m'],
    [
      'add_time: { each: 1m, of: tally.strike, most: 1h }',
      'unknown fact "tally.strike" to go by; did you mean tally.strikes?',
    ],
    ['add_time: { from: 1m, times: 2, by: tally.strikes, least: 2h, most: 1h }', '"least" is more than "most"'],
    ['add_time: { from: 1m, times: 2, most: 1h }', '"by" is missing'],
    ['add_time: { until: random 09:00-10:00 }', 'is not a moment such as "07:00"'],
    ['freeze: { longer: 1h }', 'Chastify does not say what a second freeze does to the first'],
    ['apply_time: { from: -1m, plus: 1m, by: tally.strikes }', 'both lengths add, or both take off'],
  ])('%s', (action, words) => expect(then(action)).toContain(words))

  test.each([
    'remove_time: { each: 5m, of: tally.strikes }',
    'freeze: { from: 1h, times: 2, by: tally.strikes }',
    'add_time: { from: 1h, times: 0.5, by: tally.strikes }',
    'tally.add: { name: points, points: { from: 1, plus: 1, by: tally.strikes } }',
  ])('has nothing against %s', (action) => expect(then(action)).toBe(''))

  test('two changes leave it open which is meant', () => {
    expect(
      then('add_time: { of: change, most: 1h }', '[lock.taskPoints rises, lock.timeRemainingSeconds rises]'),
    ).toContain('fires on no change that has a size')
  })
})

describe('the worst case', () => {
  const worst = (size: string) => {
    const limits = limitsOf(
      [limitsSchema.parse({ add_time: 'unlimited', freeze: 'unlimited', actions: 'unlimited' })],
      zone,
    )
    const rules = asked(`at: "09:00", when: lock.taskPoints > 0, then: [${size}]`)
    const { day } = bounds(rules, limits, [{ everyMs: 30_000 }]).underTheseRules
    return (day.add_time ?? day.freeze ?? day.remove_time)?.seconds
  }

  test.each([
    ['add_time: { from: 15m, times: 2, by: lock.taskPoints }', null],
    ['add_time: { from: 15m, times: 2, by: lock.taskPoints, most: 4h }', 4 * 3600],
    ['add_time: { from: 1h, times: 0.5, by: lock.taskPoints }', 3600],
    ['add_time: { each: 5m, of: lock.taskPoints }', null],
    ['add_time: { percent: 10, of: lock.timeRemainingSeconds }', null],
    ['add_time: { steps: [10m, 40m], by: lock.taskPoints, most: 30m }', 1800],
    ['add_time: { up_to: 12h }', 12 * 3600],
    ['add_time: { until: "sun 18:00" }', 7 * 86_400 + 3600],
    ['freeze: { from: 1h, times: 2, by: lock.taskPoints }', 86_400],
    ['freeze: { until: "sun 18:00" }', 86_400],
    ['apply_time: { each: 5m, of: lock.taskPoints }', null],
  ])('of %s', (size, seconds) => expect(worst(`{ ${size} }`)).toBe(seconds))
})

describe('its sentence', () => {
  test.each([
    [
      'add_time: { from: 15m, times: 2, by: tally.strikes, most: 4h }',
      'add 15 min, 2 times as much for each further one (by the tally strikes), at most 4 h.',
    ],
    [
      'add_time: { from: 15m, plus: 10m, by: tally.strikes, most: 4h }',
      'add 15 min, 10 min more for each further one (by the tally strikes), at most 4 h.',
    ],
    [
      'add_time: { each: 1m, per: 10m, of: lock.timeLockedSeconds, least: 5m, most: 4h }',
      'add 1 min for each 10 min of the time locked, at least 5 min and at most 4 h.',
    ],
    ['remove_time: { percent: 10, of: lock.timeRemainingSeconds }', 'take 10 % of the remaining time off.'],
    ['add_time: { up_to: 12h }', 'add what is missing to 12 h.'],
    ['add_time: { until: "sun 18:00" }', 'add what is missing until sun 18:00.'],
    ['freeze: { until: "sun 18:00" }', 'freeze the lock until sun 18:00.'],
    [
      'tally.add: { name: points, points: { each: 2, of: tally.strikes } }',
      'add 2 for each one of the tally strikes, at most 1000 to the tally points.',
    ],
  ])('of %s', (action, words) => {
    const rules = asked(`when: lock.taskPoints > 0, then: [{ ${action} }]`)
    const [rule] = rules.rules
    expect(rule && sayRule(rule, { ...rules, zone })).toContain(words)
  })
})

test('a moment in the past is the next one', async () => {
  const b = new Bench(asked('when: lock.taskAssigned is true, then: [{ add_time: { until: "tue 10:00" } }]'), {
    limits: { add_time: { each: 36_000 } },
  })
  b.world.set({ taskAssigned: true, timeRemainingSeconds: 80_000 })
  await b.until({ later: 10 * second })
  const left = (moment('2026-03-03 10:00') - moment('10:00')) / 1000 - 80_000
  expect(Math.abs(Number((b.sent[0] ?? '').split(' ')[1]) - left)).toBeLessThan(5)
})
