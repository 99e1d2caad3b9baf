import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { validatorOf } from '../check/support.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'

const file = `inputs: { vacation: { type: switch } }
only_if: input.vacation is false
rules:
  - { id: away, when: lock.taskPoints >= 1, then: [add_time: 10m] }
  - { id: points, when: lock.taskPoints >= 1, only_if: none, then: [remove_time: 5m] }
`

describe('only_if: none', () => {
  test('does without that of the file, of which the others are asked', async () => {
    const story = `facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }
then: [{ at: "08:30", set: { vacation: true } }, { at: "09:00", facts: { lock.taskPoints: 1 } }]
expect: [{ at: "09:00", rule: points, do: [remove_time: 5m] }]`
    expect(await differences(story, rulesOf(file))).toEqual([])
  })

  test('is not in the sentence', () => {
    const rules = rulesOf(file)
    const said = rules.rules.map((rule) => sayRule(rule, { ...rules, zone }))
    expect(said[0]).toContain('but only if')
    expect(said[1]).not.toContain('only if')
  })

  test('is a lint where the file has none, and a condition of that name is a fault', () => {
    const told = (text: string) =>
      compileRules([{ file: 'a.yaml', text }], { services, zone }).faults.map(
        ({ severity, message }) => `${severity}: ${message}`,
      )
    const alone = 'rules: [{ id: r, when: lock.frozen is true, only_if: none, then: [unfreeze] }]'
    expect(told(alone)).toEqual(['lint: its file has no only_if to do without'])
    expect(told(`only_if: none\n${alone}`)).toContainEqual(expect.stringMatching(/^fault: /))
  })

  test('is known to editors', () => {
    const rule = { id: 'r', when: 'lock.frozen is true', then: ['unfreeze'] }
    const takes = validatorOf('rules')
    expect(takes({ rules: [{ ...rule, only_if: 'none' }] })).toBe(true)
    expect(takes({ only_if: 'none', rules: [rule] })).toBe(false)
  })
})
