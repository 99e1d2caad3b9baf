// A chance that goes by a fact.
import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { chanceNow } from '../../src/core/model/chance.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'
import { Bench, minute } from './bench.ts'

const rule = (chance: string) =>
  rulesOf(`rules: [{ id: r, when: lock.frozen is true, repeat: 1m, chance: ${chance}, then: [{ log: hello }] }]`)

/** How many of 200 turns fired with so many points. */
async function fired(chance: string, taskPoints: number | null): Promise<Bench> {
  const b = new Bench(rule(chance), { kept: emptyKept('seed'), limits: { actions: null } })
  b.world.set({ taskPoints, frozen: true })
  await b.until({ later: 200 * minute })
  return b
}

describe('a chance by steps', () => {
  test.each([
    [0, 10, 35],
    [1, 10, 35],
    [2, 75, 125],
    [3, 199, 201],
    [9, 199, 201],
  ])('with %i points it is that of its step', async (points, least, most) => {
    const { sent } = await fired('{ steps: [10%, 50%, 100%], by: lock.taskPoints }', points)
    expect(sent.length).toBeGreaterThanOrEqual(least)
    expect(sent.length).toBeLessThanOrEqual(most)
  })

  test('the same draws decide as of a chance that stands alone', async () => {
    const [one, other] = [await fired('{ steps: [10%, 30%], by: lock.taskPoints }', 2), await fired('30%', 2)]
    expect(one.kept.rows.map(({ occurrence }) => occurrence)).toEqual(
      other.kept.rows.map(({ occurrence }) => occurrence),
    )
  })

  test('what is not known drops the turn, and says so', async () => {
    const b = await fired('{ steps: [100%], by: lock.taskPoints }', null)
    expect(b.sent).toEqual([])
    expect(Object.values(b.kept.memory)[0]?.lost).toMatchObject({ why: 'chance unknown' })
  })

  test.each([
    [0, 0.1],
    [2.9, 0.25],
    [3, 1],
    [null, null],
  ])('%s comes to %s', (count, share) => {
    expect(chanceNow({ steps: [0.1, 0.25, 1], by: 'x' }, () => count)).toBe(share)
  })
})

test.each([
  ['100%, 0.1%', []],
  ['0.1%, 100%', ['missing r log: chance']],
])('a story with a chance of %s', async (steps, wrong) => {
  const story = `facts: { lock.frozen: false, lock.taskPoints: 1 }
then: [{ at: "09:00", facts: { lock.frozen: true } }]
expect: [{ at: "09:00", rule: r, do: [log] }]`
  const rules = rulesOf(
    `rules: [{ id: r, when: lock.frozen is true, chance: { steps: [${steps}], by: lock.taskPoints }, then: [{ log: hello }] }]`,
  )
  expect(await differences(story, rules)).toEqual(wrong)
})

test('its sentence', () => {
  const rules = rule('{ steps: [10%, 25%], by: lock.taskPoints }')
  const [first] = rules.rules
  expect(first && sayRule(first, { ...rules, zone })).toMatch(/with a chance of 10 % or 25 % \(by [^)]*points\)/)
})

describe('check', () => {
  const said = (keys: string, top = '') =>
    compileRules([{ file: 'r.yaml', text: `${top}rules:\n  - { id: r, when: lock.frozen is true, ${keys} }\n` }], {
      services,
      zone,
    })
      .faults.map(faultLine)
      .join('\n')
  const chance = (written: string) => said(`chance: ${written}, then: [unfreeze]`)

  test.each([
    ['{ steps: [10%], by: tally.nothing }', 'unknown fact "tally.nothing" to go by'],
    ['{ steps: [10%], by: lock.frozen }', 'lock.frozen is no number to go by'],
    ['{ steps: [], by: lock.taskPoints }', 'an empty list says nothing'],
    ['{ steps: [120%], by: lock.taskPoints }', 'a chance is more than 0% and at most 100%'],
    ['{ steps: [10%] }', '"by" is missing'],
    ['100%', 'a chance is more than 0% and less than 100%'],
    ['often', '"often" is not a chance such as 25%'],
  ])('chance: %s', (written, words) => expect(chance(written)).toContain(words))

  const then = (list: string, more = '') => said(`${more}then: [${list}]`)
  test.each([
    [then('{ add_time: 10 }'), '10 is 10 seconds; write 10s, 10m or 10h'],
    [then('{ add_time: { between: [30, 5m] } }'), '30 is 30 seconds'],
    [then('{ add_time: { steps: [1m, 20], by: lock.taskPoints } }'), '20 is 20 seconds'],
    [then('{ freeze: 600 }'), '600 is 600 seconds'],
    [then('unfreeze', 'for: 30, '), '30 is 30 seconds'],
    [then('unfreeze', 'cooldown: 6, '), '6 is 6 seconds'],
    [then('unfreeze', 'only_if: lock.timeRemainingSeconds < 24, '), '24 is 24 seconds; write 24s, 24m or 24h'],
    [then('unfreeze', 'only_if: "lock.timeRemainingSeconds between 1h and 24", '), '24 is 24 seconds'],
    [
      then('unfreeze', 'only_if: { fact: lock.timeRemainingSeconds, operator: lessThan, value: 24 }, '),
      '24 is 24 seconds',
    ],
    [said('for: values.long, then: [unfreeze]', 'values: { long: 30 }\n'), '30 is 30 seconds'],
    [said('then: [{ tally.add: n }]', 'tallies: { n: { lasts: 7 } }\n'), '7 is 7 seconds'],
  ])('%s', (words, part) => expect(words).toMatch(new RegExp(`^r\\.yaml:\\d+:\\d+: lint: .*${part}`)))

  test.each([
    then('{ add_time: 3600 }'),
    then('{ add_time: 10s }'),
    then('unfreeze', 'for: 7200, only_if: lock.timeRemainingSeconds < 86400, '),
    then('unfreeze', 'only_if: lock.taskPoints < 24, '),
    then('unfreeze', 'only_if: lock.timeRemainingSeconds > 0, '),
    then('{ draw: [{ weight: 3, then: [unfreeze] }, { then: [] }] }'),
    then('{ task.assign: { text: Write, points: 5 } }'),
    said('then: [{ tally.add: { name: n, points: 5 } }]', 'tallies: { n: { lasts: 7d } }\n'),
  ])('has nothing to say of other numbers %#', (words) => expect(words).toBe(''))
})
