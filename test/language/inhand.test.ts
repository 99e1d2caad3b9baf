import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { differences, rule, rulesOf, zone } from '../replay/support.ts'

const late = rulesOf(`version: 2
inputs: { late: { type: button } }
rules:
  - id: late
    when: input.late rises
    then:
      - add_time: { steps: [5m, 10m, 20m], by: rule.late.firedTimesToday }
      - log: "{{ rule.late.firedTimesToday }} today, {{ rule.late.firedTimesThisLock }} in all; {{ did }}"
`)

const facts = 'facts: { lock.frozen: false, lock.timeRemainingSeconds: 2d }'
const press = (...moments: string[]) => `then: [${moments.map((at) => `{ at: "${at}", press: late }`).join(', ')}]`
const came = (at: string, length: string, text: string) =>
  `{ at: "${at}", rule: late, do: [add_time: ${length}, log: "${text}"] }`

describe('the firing at hand counts', () => {
  test('in sizes and texts: the first firing takes the first step', async () => {
    const expected = [
      came('09:00', '5m', '1 today, 1 in all; added 5 min'),
      came('10:00', '10m', '2 today, 2 in all; added 10 min'),
      came('11:00', '20m', '3 today, 3 in all; added 20 min'),
      came('12:00', '20m', '4 today, 4 in all; added 20 min'),
    ]
    const story = `${facts}\n${press('09:00', '10:00', '11:00', '12:00')}\nexpect: [${expected.join(', ')}]`
    expect(await differences(story, late)).toEqual([])
  })

  test('from one on a new day, and from where it stood on the lock', async () => {
    const [first, second] = ['2026-02-28 23:30', '2026-03-01 00:30']
    const expected = [
      came(first, '5m', '1 today, 1 in all; added 5 min'),
      came(second, '5m', '1 today, 2 in all; added 5 min'),
    ]
    const story = `${facts}\n${press(first, second)}\nexpect: [${expected.join(', ')}]`
    expect(await differences(story, late)).toEqual([])
  })

  test('each for itself where two come at once', async () => {
    const points = rule(`when: lock.taskPoints rises by 5
then: [remove_time: { steps: [5m, 10m, 20m], by: rule.r.firedTimesThisLock }]`)
    const story = `facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }
then: [{ at: "09:00", facts: { lock.taskPoints: 15 } }]
expect:
  - { at: "09:00", rule: r, do: [remove_time: 5m] }
  - { at: "09:00", rule: r, do: [remove_time: 10m] }
  - { at: "09:00", rule: r, do: [remove_time: 20m] }`
    expect(await differences(story, points)).toEqual([])
  })

  test('not in its condition, which asks what was before', async () => {
    const once = rulesOf(`inputs: { late: { type: button } }
rules: [{ id: late, when: [input.late rises, rule.late.firedTimesToday < 1], then: [remove_time: 5m] }]`)
    const story = `${facts}\n${press('09:00', '10:00')}\nexpect: [{ at: "09:00", rule: late, do: [remove_time] }]`
    expect(await differences(story, once)).toEqual([])
  })
})

describe('a file that may be older is told of it', () => {
  const told = (text: string) =>
    compileRules([{ file: 'a.yaml', text }], { services, zone }).faults.map(
      ({ place, message, severity }) => `${place.line}: ${severity}: ${message}`,
    )
  const counting = (then: string) => `rules:
  - id: r
    when: lock.frozen is true
    then:
      - ${then}
`
  const said = (name: string) =>
    `5: lint: ${name} counts the firing at hand, too: it is 1 at the first one, where it was 0 in version 1`

  test.each([
    ['a size', 'add_time: { steps: [5m, 10m], by: rule.r.firedTimesToday }', [said('rule.r.firedTimesToday')]],
    ['a text', 'log: "No. {{ rule.r.firedTimesThisLock }}"', [said('rule.r.firedTimesThisLock')]],
    ['within a draw', 'draw: [{ then: [] }, { then: [log: "{{ rule.r.firedTimesToday }}"] }]', undefined],
    ['nothing of itself', 'log: "{{ lock.lockTitle }}"', []],
  ])('%s', (_, then, lines) => {
    expect(told(counting(then))).toEqual(lines ?? [expect.stringContaining('counts the firing at hand')])
    expect(told(`version: 2\n${counting(then)}`)).toEqual([])
  })

  test('a version that there is not', () => {
    expect(told(`version: 3\n${counting('unfreeze')}`)).toEqual(['1: fault: the version of the language is 1 or 2'])
  })
})
