import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { showHistory } from '../../src/views/history.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { validatorOf } from '../check/support.ts'
import { Bench } from '../core/bench.ts'
import { differences, rule, rulesOf, zone } from '../replay/support.ts'

const facts = 'facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }'
const story = (expected: string, more = '') =>
  `${facts}\nthen: [${more}{ at: "09:00", facts: { lock.taskPoints: 1 } }]\nexpect: [${expected}]`
/** A rule that fires at nine, with this list. */
const list = (then: string) => rule(`when: lock.taskPoints rises\nthen: ${then}`)

describe('if, then, else', () => {
  const either =
    '[{ if: lock.frozen is true, then: [unfreeze], else: [remove_time: 5m, log: "{{ did }}"] }, notify: Done]'
  test.each([
    ['does the one list if it is true', '{ at: "08:30", facts: { lock.frozen: true } }, ', '[unfreeze, notify]'],
    ['the other if it is false', '', '[remove_time: 5m, log: removed 5 min, notify]'],
    [
      'neither, and says so, if it is unknown; the list goes on',
      '{ at: "08:30", facts: { lock.frozen: unknown } }, ',
      '[nothing, notify]',
    ],
  ])('%s', async (_, more, done) => {
    expect(await differences(story(`{ at: "09:00", rule: r, do: ${done} }`, more), list(either))).toEqual([])
  })

  test('twice as much on weekends', async () => {
    const doubled = list('[{ if: "time.weekday in sat, sun", then: [remove_time: 20m], else: [remove_time: 10m] }]')
    // 28 February 2026 is a Saturday.
    expect(await differences(story('{ at: "09:00", rule: r, do: [remove_time: 20m] }'), doubled)).toEqual([])
    const monday = `facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 9d }
then: [{ at: "2026-03-02 09:00", facts: { lock.taskPoints: 1 } }]
expect: [{ at: "2026-03-02 09:00", rule: r, do: [remove_time: 10m] }]`
    expect(await differences(monday, doubled)).toEqual([])
  })

  test('sees what the list has counted before it, and its own firing', async () => {
    const strikes = rulesOf(`version: 2
tallies: { strikes: {} }
rules:
  - id: r
    when: lock.taskPoints rises
    then:
      - tally.add: strikes
      - if: tally.strikes >= 2
        then: [remove_time: 5m, tally.reset: strikes]
      - if: tally.strikes is 0
        then: [notify: "Reset"]
      - if: rule.r.firedTimesThisLock is 3
        then: [remove_time: 7m]
`)
    const told = `${facts}
then:
  - { at: "09:00", facts: { lock.taskPoints: 1 } }
  - { at: "10:00", facts: { lock.taskPoints: 2 } }
  - { at: "11:00", facts: { lock.taskPoints: 3 } }
expect:
  - { at: "10:00", rule: r, do: [remove_time: 5m, notify: Reset] }
  - { at: "11:00", rule: r, do: [remove_time: 7m] }`
    expect(await differences(told, strikes)).toEqual([])
  })

  test('one within the other, and in a draw', async () => {
    const nested = list(
      '[{ if: lock.frozen is false, then: [{ if: lock.timeRemainingSeconds > 1d, then: [{ draw: [{ then: [{ remove_time: 5m }] }, { then: [{ if: lock.frozen is false, then: [{ remove_time: 5m }] }] }] }] }] }]',
    )
    expect(await differences(story('{ at: "09:00", rule: r, do: [remove_time: 5m] }'), nested)).toEqual([])
  })

  test('counts as a firing even if nothing is done', async () => {
    const once = rule(
      'when: lock.taskPoints rises\nlimit: 1 per day\nthen: [{ if: lock.frozen is true, then: [unfreeze] }]',
    )
    const told = `${facts}
then:
  - { at: "09:00", facts: { lock.taskPoints: 1 } }
  - { at: "10:00", facts: { lock.frozen: true } }
  - { at: "11:00", facts: { lock.taskPoints: 2 } }
expect: [{ at: "09:00", rule: r, do: [nothing] }]`
    expect(await differences(told, once)).toEqual([])
  })
})

describe('what is said of it', () => {
  const rules = list('[{ if: lock.frozen is true, then: [unfreeze], else: [{ add_time: 10m }, { log: Hello }] }]')

  test('in a sentence', () => {
    const [one] = rules.rules
    expect(one && sayRule(one, { ...rules, zone })).toBe(
      'When the number of points rises: (if the lock is frozen: unfreeze the lock; otherwise: add 10 min, then write “Hello” to the log).',
    )
  })

  test('in the history, also where it did nothing', async () => {
    const b = new Bench(
      list('[{ if: lock.frozen is true, then: [unfreeze] }, { if: tracker.locked is true, then: [unfreeze] }]'),
    )
    b.world.broken = { tracker: 'unreachable' }
    await b.until('10:05')
    b.world.set({ taskPoints: 5 })
    await b.until('10:10')
    expect(
      showHistory(b.kept.rows, zone, { most: 5 })
        .map(({ said }) => said)
        .sort(),
    ).toEqual([
      'nothing: applied: its "if" is false',
      'nothing: applied: neither then nor else: tracker.locked is unknown',
    ])
  })

  test('the worst case is that of the worse list', () => {
    const limits = limitsOf(
      [limitsSchema.parse({ allow: ['add_time'], add_time: 'unlimited', actions: 'unlimited' })],
      zone,
    )
    const often = (then: string) =>
      bounds(rule(`when: lock.taskPoints rises\nlimit: 1 per lock\nthen: ${then}`), limits, []).underTheseRules.lock
    const lists = '{ if: lock.frozen is true, then: [{ add_time: 10m }], else: [{ add_time: 4m }, { add_time: 5m }] }'
    expect(often(`[${lists}]`)).toEqual({ add_time: { times: 2, seconds: 600 } })
    expect(often(`[${lists}, ${lists}]`)).toEqual({ add_time: { times: 4, seconds: 1200 } })
  })

  test('editors know it', () => {
    const takes = validatorOf('rules')
    const given = (item: object) => takes({ rules: [{ id: 'r', at: '09:00', then: [item] }] })
    expect(given({ if: 'lock.frozen is true', then: ['unfreeze'], else: [] })).toBe(true)
    expect(given({ if: 'lock.frozen is true' })).toBe(false)
    expect(given({ if: 'lock.frozen is true', then: ['unfreeze'], limit: '1 per day' })).toBe(false)
  })

  test('the layout of its condition is no edit of the list', () => {
    const [other] = list(
      '[{ if:   lock.frozen is true , then: [unfreeze], else: [{ add_time: 10m }, { log: Hello }] }]',
    ).rules
    const [edited] = list(
      '[{ if: lock.frozen is false, then: [unfreeze], else: [{ add_time: 10m }, { log: Hello }] }]',
    ).rules
    expect(other?.thenDigest).toBe(rules.rules[0]?.thenDigest)
    expect(edited?.thenDigest).not.toBe(rules.rules[0]?.thenDigest)
  })
})

describe('what is wrong is named', () => {
  const told = (then: string) =>
    compileRules([{ file: 'a.yaml', text: `rules: [{ id: r, at: "09:00", then: [${then}] }]` }], {
      services,
      zone,
    }).faults.map(({ message }) => message)

  test.each([
    [
      '{ if: lock.frozen becomes true, then: [unfreeze] }',
      ['"lock.frozen becomes true" in if is never seen to change'],
    ],
    ['{ if: lock.frozen is true, else: [unfreeze] }', ['"then" is missing']],
    ['{ if: lock.frozen is true, then: unfreeze }', ['"unfreeze" is no list of actions']],
    ['{ if: lock.forzen is true, then: [unfreeze] }', ['unknown fact "lock.forzen"']],
    ['{ if: lock.frozen is true, then: [unfreez] }', ['unknown action "unfreez"']],
    ['{ if: lock.frozen is true, then: [unfreeze], chance: 5% }', ['"chance" stands beside "if"']],
    [
      '{ if: lock.taskPoints is unknown, then: [{ add_time: 1h }] }',
      ['add_time restricts, but "lock.taskPoints is unknown" can be true only because something is not known'],
    ],
    [
      '{ if: lock.taskPoints is known, then: [], else: [{ add_time: 1h }] }',
      ['add_time restricts, but "lock.taskPoints is known" can be true only because something is not known'],
    ],
    ['{ if: lock.taskPoints is unknown, then: [{ remove_time: 1h }], else: [{ add_time: 1h }] }', []],
  ])('%s', (then, messages) => {
    expect(told(then)).toEqual(messages)
  })
})
