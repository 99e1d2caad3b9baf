import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { services } from '../../src/services/index.ts'
import { showHistory } from '../../src/views/history.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { showWhy, whyLines } from '../../src/views/why.ts'
import { Bench } from '../core/bench.ts'
import { differences, rule, zone } from '../replay/support.ts'

const facts = 'facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }'
const points = (...at: string[]) =>
  `then: [${at.map((moment, i) => `{ at: "${moment}", facts: { lock.taskPoints: ${i + 1} } }`).join(', ')}]`
const thanks = 'then: [remove_time: 5m]\notherwise: [notify: Enough]'
const fired = (at: string) => `{ at: "${at}", rule: r, do: [remove_time: 5m] }`
const told = (at: string) => `{ at: "${at}", rule: r, do: [notify: Enough] }`

describe('otherwise is done for an occurrence that', () => {
  test.each([
    ['the limit costs', 'limit: 1 per day', [fired('09:00'), told('10:00'), told('11:00')]],
    ['the cooldown costs', 'cooldown: 90m', [fired('09:00'), told('10:00'), fired('11:00')]],
    ['only_if costs', 'only_if: time.clock < 09:30', [fired('09:00'), told('10:00'), told('11:00')]],
    ['nothing costs: it fires', 'limit: 9 per day', [fired('09:00'), fired('10:00'), fired('11:00')]],
    ['an unknown only_if costs: nothing', 'only_if: tracker.locked is true', []],
  ])('%s', async (_, key, expected) => {
    const rules = rule(`when: lock.taskPoints rises\n${key}\n${thanks}`)
    const story = `${facts}\n${points('09:00', '10:00', '11:00')}\nexpect: [${expected.join(', ')}]`
    expect(await differences(story, rules)).toEqual([])
  })

  test('the draw costs: each occurrence is the one or the other', async () => {
    const b = new Bench(
      rule('when: lock.taskPoints rises\nchance: 50%\nthen: [remove_time: 5m]\notherwise: [log: Lost]'),
    )
    await b.until('10:01')
    for (let i = 1; i <= 8; i++) {
      b.world.set({ taskPoints: 5 + i })
      await b.until(`10:0${i + 1}`)
    }
    const actions = b.kept.rows.map(({ action }) => action)
    expect(actions).toHaveLength(8)
    expect([...new Set(actions)].sort()).toEqual(['log', 'remove_time'])
  })

  test('a moment loses to its limit, told at once', async () => {
    const rules = rule(`at: ["09:00", "10:00"]\nlimit: 1 per day\n${thanks}`)
    expect(await differences(`${facts}\nexpect: [${fired('09:00')}, ${told('10:00')}]\nuntil: "11:00"`, rules)).toEqual(
      [],
    )
  })

  test('several at once: as many as are left fire, the rest is told of', async () => {
    const rules = rule(`when: lock.taskPoints rises by 1\nlimit: 2 per day\n${thanks}`)
    const story = `${facts}
then: [{ at: "09:00", facts: { lock.taskPoints: 3 } }]
expect: [${fired('09:00')}, ${fired('09:00')}, ${told('09:00')}]`
    expect(await differences(story, rules)).toEqual([])
  })

  test('it is no firing: a limit does not count it', async () => {
    const rules = rule(`when: lock.taskPoints rises\ncooldown: 50m\nlimit: 2 per day\n${thanks}`)
    const story = `${facts}\n${points('09:00', '09:20', '09:40', '10:00', '11:00')}
expect: [${fired('09:00')}, ${told('09:20')}, ${told('09:40')}, ${fired('10:00')}, ${told('11:00')}]`
    expect(await differences(story, rules)).toEqual([])
  })
})

describe('what is said of it', () => {
  const rules = rule(`when: lock.taskPoints rises\nlimit: 1 per day\n${thanks}`)
  const [one] = rules.rules

  test('in a sentence', () => {
    expect(one && sayRule(one, { ...rules, zone })).toMatch(
      /once per day: take 5 min off\. Otherwise \(over its limit\): .*Enough/,
    )
  })

  test('by why and history', async () => {
    const b = new Bench(rules)
    await b.until('10:01')
    for (const taskPoints of [6, 7]) {
      b.world.set({ taskPoints })
      await b.until(`10:0${taskPoints - 3}`)
    }
    if (!one) throw new Error('no rule')
    const why = showWhy({
      lock: 'main',
      mode: 'live',
      rule: one,
      kept: b.kept,
      passing: nothingSeen,
      standstill: null,
      now: 0,
      zone,
    })
    expect(why.fired).toMatchObject({ times: 1, did: ['remove_time 5 min: applied'] })
    expect(whyLines(why).slice(-2)).toEqual(['Done otherwise:', '  notify: applied'])
    expect(showHistory(b.kept.rows, zone, { most: 1 })[0]?.said).toBe('otherwise notify: applied')
  })

  test('in the worst case, beyond its own limit', () => {
    const limits = limitsOf(
      [limitsSchema.parse({ allow: ['add_time', 'remove_time'], add_time: 'unlimited', actions: 'unlimited' })],
      zone,
    )
    const worst = (keys: string) =>
      bounds(rule(`${keys}\nlimit: 1 per lock\nthen: [remove_time: 5m]\notherwise: [add_time: 10m]`), limits, [])
        .underTheseRules
    expect(worst('when: lock.taskPoints rises').lock.add_time).toEqual({ times: null, seconds: null })
    expect(worst('at: ["09:00", "10:00"]').day.add_time).toEqual({ times: 2, seconds: 1200 })
  })
})

describe('an otherwise that is never done is named', () => {
  const said = (keys: string) =>
    compileRules(
      [{ file: 'a.yaml', text: `rules: [{ id: r, ${keys}, then: [unfreeze], otherwise: [{ log: No }] }]` }],
      {
        services,
        zone,
      },
    ).faults.map(({ severity, message }) => `${severity}: ${message}`)

  test.each([
    ['when: lock.frozen becomes true', ['lint: this is never done: nothing costs the rule a firing']],
    [
      'when: lock.frozen is true, limit: 1 per day',
      ['lint: this is never done: under cooldown and limit a lasting condition waits, and fires later'],
    ],
    ['when: lock.frozen is true, limit: 1 per day, chance: 50%', []],
    ['when: lock.frozen becomes true, limit: 1 per day', []],
    ['at: "09:00", cooldown: 3d', []],
  ])('%s', (keys, lines) => {
    expect(said(keys)).toEqual(lines)
  })

  test('it is checked as the other list is', () => {
    const text =
      'rules: [{ id: r, at: "09:00", chance: 5%, then: [unfreeze], otherwise: [unfreez, { log: "{{ x }}" }] }]'
    const { faults } = compileRules([{ file: 'a.yaml', text }], { services, zone })
    expect(faults.map(({ message }) => message)).toEqual(['unknown action "unfreez"', 'unknown fact "x" in a text'])
  })
})
