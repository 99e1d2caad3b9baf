import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { showWhy, whyLines } from '../../src/views/why.ts'
import { validatorOf } from '../check/support.ts'
import { Bench, moment } from '../core/bench.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'

const file = (more = '') => `rules:
  - { id: warn, when: lock.taskPoints rises, then: [notify: Soon] }
  - { id: late, after: { rule: warn, wait: 10m }, ${more}then: [remove_time: 5m] }
`
const warned = (at: string) => `{ at: "${at}", rule: warn, do: [notify] }`
const late = (at: string) => `{ at: "${at}", rule: late, within: 1m, do: [remove_time: 5m] }`
const story = (expected: string[], then: string[] = []) =>
  `facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }
every: 1m
then: [{ at: "09:00", facts: { lock.taskPoints: 1 } }${then.map((one) => `, ${one}`).join('')}]
expect: [${expected.join(', ')}]
until: "10:30"`

describe('after', () => {
  test('it occurs so long after the other rule', async () => {
    expect(await differences(story([warned('09:00'), late('09:10')]), rulesOf(file()))).toEqual([])
    const early = await differences(story([warned('09:00'), late('09:07')]), rulesOf(file()))
    expect(early.map((line) => line.split(':')[0])).toEqual(['missing late remove_time 5m', 'surplus late remove_time'])
  })

  test.each([
    ['only_if', 'only_if: lock.frozen is false, '],
    ['when', 'when: lock.frozen is false, '],
  ])('%s is asked then: what is over by then costs it', async (_, key) => {
    const frozen = '{ at: "09:05", facts: { lock.frozen: true } }'
    const thawed = '{ at: "09:20", facts: { lock.frozen: false } }'
    expect(await differences(story([warned('09:00')], [frozen, thawed]), rulesOf(file(key)))).toEqual([])
    expect(await differences(story([warned('09:00'), late('09:10')], [thawed]), rulesOf(file(key)))).toEqual([])
  })

  test('once for each firing of the other, also when they come close together', async () => {
    const more = ['{ at: "09:03", facts: { lock.taskPoints: 2 } }', '{ at: "09:04", facts: { lock.taskPoints: 3 } }']
    const expected = ['09:00', '09:03', '09:04'].map(warned).concat(['09:10', '09:13', '09:14'].map(late))
    expect(await differences(story(expected, more), rulesOf(file()))).toEqual([])
  })

  test('not a second time after a restart, and not where what it asks is unknown', async () => {
    const restart = '{ at: "09:12", restart: true }'
    expect(await differences(story([warned('09:00'), late('09:10')], [restart]), rulesOf(file()))).toEqual([])
    const unknown = '{ at: "09:05", facts: { lock.frozen: unknown } }'
    const rules = rulesOf(file('only_if: lock.frozen is false, '))
    expect(await differences(story([warned('09:00')], [unknown]), rules)).toEqual([])
  })

  test('a way of three', async () => {
    const rules = rulesOf(
      `${file()}  - { id: last, after: { rule: late, wait: 20m }, when: lock.frozen is false, then: [log: Over] }\n`,
    )
    const last = '{ at: "09:30", rule: last, within: 1m, do: [log] }'
    expect(await differences(story([warned('09:00'), late('09:10'), last]), rules)).toEqual([])
  })
})

describe('what is said of it', () => {
  const rules = rulesOf(file('when: lock.frozen is false, '))

  test('why tells how long it still takes', async () => {
    const b = new Bench(rules)
    await b.until('10:01')
    b.world.set({ taskPoints: 6 })
    await b.until('10:08')
    const fired = b.kept.rows[0]?.due ?? 0
    const rule = rules.byId.get('late')
    if (!rule) throw new Error('no rule')
    const now = fired + 6 * 60_000
    const why = showWhy({
      lock: 'main',
      mode: 'live',
      rule,
      kept: b.kept,
      passing: b.passing,
      standstill: null,
      now,
      zone,
    })
    expect(fired).toBeGreaterThan(moment('10:01'))
    expect(whyLines(why)).toContain('It waits 4 min more after warn.')
  })

  test('in a sentence', () => {
    const rule = rules.byId.get('late')
    expect(rule && sayRule(rule, { ...rules, zone })).toBe(
      '10 min after the rule warn fired, if the lock is not frozen: take 5 min off.',
    )
  })

  test('the worst case is that of the other rule', () => {
    const limits = limitsOf(
      [limitsSchema.parse({ allow: ['add_time'], add_time: 'unlimited', actions: 'unlimited' })],
      zone,
    )
    const worst = (warn: string, late = 'after: { rule: warn, wait: 10m }') =>
      bounds(
        rulesOf(`rules:
  - { id: warn, ${warn}, then: [log: Soon] }
  - { id: late, ${late}, then: [add_time: 10m] }
`),
        limits,
        [],
      ).underTheseRules
    expect(worst('at: "09:00", limit: 3 per lock').lock.add_time).toEqual({ times: 3, seconds: 1800 })
    expect(worst('at: "09:00"').day.add_time?.times).toBe(2)
    expect(worst('when: lock.taskPoints rises').day.add_time?.times).toBeNull()
    expect(
      worst('when: lock.taskPoints rises', 'after: { rule: warn, wait: 10m }, limit: 2 per lock').lock.add_time?.times,
    ).toBe(2)
    expect(worst('enabled: false, at: "09:00"').lock).toEqual({})
  })

  test('editors know it', () => {
    const takes = validatorOf('rules')
    const given = (after: unknown) => takes({ rules: [{ id: 'late', after, then: ['unfreeze'] }] })
    expect(given({ rule: 'warn', wait: '10m' })).toBe(true)
    expect(given({ rule: 'warn' })).toBe(false)
    expect(given('warn')).toBe(false)
  })
})

describe('what is wrong is named', () => {
  const told = (keys: string) =>
    compileRules(
      [
        {
          file: 'a.yaml',
          text: `rules:\n  - { id: warn, at: "09:00", then: [unfreeze] }\n  - { id: late, ${keys}, then: [unfreeze] }`,
        },
      ],
      { services, zone },
    ).faults.map(({ message, hint }) => (hint ? `${message}; ${hint}` : message))

  test.each([
    ['after: { rule: wran, wait: 10m }', ['unknown rule "wran"; did you mean warn?']],
    ['after: { rule: late, wait: 10m }', ['a rule does not come after itself; see "repeat"']],
    ['after: { rule: warn, wait: 10m }, at: "09:00"', ['"after" does not go with "at"; write two rules']],
    [
      'after: { rule: warn, wait: 10m }, when: lock.frozen becomes true',
      ['"after" does not go with "lock.frozen becomes true", which is true for a moment only'],
    ],
    [
      'after: { rule: warn, wait: 10m }, when: lock.frozen is true, repeat: 1h',
      ['"repeat" has no meaning beside "after": each moment comes by itself; take one of them out'],
    ],
    ['after: { rule: warn, wait: 10m }, when: lock.frozen is true, for: 5m, grace: 1h', []],
  ])('%s', (keys, messages) => {
    expect(told(keys)).toEqual(messages)
  })
})
