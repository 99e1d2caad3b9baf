import { describe, expect, test } from 'vitest'
import { lint } from '../../src/core/language/lint.ts'
import { differences, rule, zone } from '../replay/support.ts'

const facts = 'facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d }'
const pressed = 'then: [{ at: "09:00", facts: { lock.taskPoints: 1 } }]'

describe('{{ did }} after an action that did nothing', () => {
  test.each([
    ['over a limit', 'add_time: 10m', 'limits: { add_time: { times_per_day: 0 } }', 'nothing (limit reached)'],
    ['at a service that rejects it', 'add_time: 10m', '', 'nothing (the service rejected it)'],
    [
      'not allowed',
      'add_time: 10m',
      'limits: { allow: [remove_time, log] }',
      'nothing (add_time is not among limits.allow)',
    ],
  ])('%s', async (_, action, limits, did) => {
    const fails = did.includes('rejected') ? ', fails: add_time' : ''
    const rules = rule(
      `when: lock.taskPoints rises\non_failure: continue\nthen: [remove_time: 1m, ${action}, log: "{{ did }}, {{ did.action }}"]`,
    )
    const refused = did.includes('rejected') ? '' : ', refused: " "'
    const name = action.split(':')[0]
    const expected = `{ at: "09:00", rule: r, do: [remove_time, ${refused === '' ? `${name}, ` : ''}log: "${did}, ${name}"]${refused} }`
    const story = `${facts}\n${limits}\n${pressed.replace(' }]', `${fails} }]`)}\nexpect: [${expected}]`
    expect(await differences(story, rules)).toEqual([])
  })
})

describe('odd texts are named', () => {
  const said = (then: string, more = '') =>
    lint(rule(`when: lock.taskPoints rises\n${more}then: ${then}`), {
      limits: null,
      lacks: [],
      tested: null,
      now: 0,
      zone,
    }).map(({ message }) => message)
  const nothingBefore = 'no action stands before this one, so that {{ did }} reads "unknown"'
  const bare = '{{ lock.timeRemainingSeconds }} reads as a bare number of seconds'

  test.each([
    ['[log: "{{ did }}"]', [nothingBefore]],
    ['[unfreeze, log: "{{ did }}"]', []],
    ['[draw: [{ then: [log: "{{ did }}"] }, { then: [unfreeze, log: "{{ did }}"] }]]', [nothingBefore]],
    ['[unfreeze, { if: lock.frozen is true, then: [log: "{{ did }}"] }]', []],
    ['[{ if: lock.frozen is true, then: [unfreeze] }, log: "{{ did }}"]', []],
    ['[log: "{{ lock.timeRemainingSeconds }}"]', [bare]],
    ['[log: "{{ lock.timeRemainingSeconds | duration }}"]', []],
    ['[log: "{{ lock.timeRemainingSeconds | clock }}"]', ['lock.timeRemainingSeconds is a length, no time of day']],
    ['[log: "{{ time.clock | clock }}, {{ lock.taskPoints }}"]', []],
    ['[unfreeze, log: "{{ did.seconds }}"]', ['{{ did.seconds }} reads as a bare number of seconds']],
  ])('%s', (then, lines) => {
    expect(said(then)).toEqual(lines)
  })

  test('in otherwise, too', () => {
    expect(said('[unfreeze]', 'limit: 1 per day\notherwise: [log: "{{ did }}"]\n')).toEqual([nothingBefore])
  })
})
