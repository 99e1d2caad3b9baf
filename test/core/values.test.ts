// What has a name in a rule file means the same as if it were written out.
import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { validatorOf } from '../check/support.ts'
import { differences, rulesOf, zone } from '../replay/support.ts'

const values = `values:
  penalty: 10m
  far: 6h
  word: "Week, end"
  bedtime: "22:30"
  share: 25%
  most: 3
  drawn: { between: [5m, 5m] }
`
const compiled = (rules: string, top = values) =>
  compileRules([{ file: 'r.yaml', text: `${top}tallies: { strikes: {} }\n${rules}` }], { services, zone })
const said = (rules: string, top = values) => compiled(rules, top).faults.map(faultLine)

/** The rule without where it came from. */
function meaning(rules: string) {
  const made = compiled(rules)
  expect(made.faults.map(faultLine)).toEqual([])
  const [rule] = made.rules?.rules ?? []
  if (!rule || !made.rules) throw new Error('no rule')
  const { when, then, forMs, cooldownMs, at, chance } = rule
  const bare = JSON.parse(JSON.stringify({ when, then, forMs, cooldownMs, at, chance }), (key, value: unknown) =>
    key === 'place' ? undefined : value,
  ) as unknown
  return { bare, sentence: sayRule(rule, { ...made.rules, zone }) }
}

describe('a value', () => {
  test.each([
    [
      'when: lock.taskPoints > 0, then: [{ add_time: values.penalty }]',
      'when: lock.taskPoints > 0, then: [{ add_time: 10m }]',
    ],
    [
      'when: lock.wearerLastSeenAgoSeconds > values.far, then: [unfreeze]',
      'when: lock.wearerLastSeenAgoSeconds > 6h, then: [unfreeze]',
    ],
    [
      'when: lock.timeRemainingSeconds<values.far, then: [unfreeze]',
      'when: lock.timeRemainingSeconds<6h, then: [unfreeze]',
    ],
    [
      'when: [{ not: "lock.taskPoints in 1, values.most" }], then: [unfreeze]',
      'when: [{ not: "lock.taskPoints in 1, 3" }], then: [unfreeze]',
    ],
    [
      'when: lock.lockTitle is values.word, then: [unfreeze]',
      `when: 'lock.lockTitle is "Week, end"', then: [unfreeze]`,
    ],
    [
      'when: { fact: lock.taskPoints, operator: equal, value: values.most }, then: [unfreeze]',
      'when: { fact: lock.taskPoints, operator: equal, value: 3 }, then: [unfreeze]',
    ],
    [
      'when: lock.taskPoints > 0, for: values.far, cooldown: values.penalty, chance: values.share, then: [unfreeze]',
      'when: lock.taskPoints > 0, for: 6h, cooldown: 10m, chance: 25%, then: [unfreeze]',
    ],
    [
      'at: values.bedtime, then: [{ freeze: { until: values.bedtime } }]',
      'at: "22:30", then: [{ freeze: { until: "22:30" } }]',
    ],
    ['at: "09:00", then: [{ add_time: values.drawn }]', 'at: "09:00", then: [{ add_time: { between: [5m, 5m] } }]'],
    [
      'at: "09:00", then: [{ add_time: { steps: [5m, values.penalty], by: lock.taskPoints, most: values.far } }]',
      'at: "09:00", then: [{ add_time: { steps: [5m, 10m], by: lock.taskPoints, most: 6h } }]',
    ],
    [
      'at: "09:00", then: [{ tally.add: { name: strikes, points: values.most } }]',
      'at: "09:00", then: [{ tally.add: { name: strikes, points: 3 } }]',
    ],
    [
      'at: "09:00", then: [{ log: "It costs {{ values.penalty }} or {{values.most | round}}" }]',
      'at: "09:00", then: [{ log: "It costs 10 min or 3" }]',
    ],
  ])('%s', (named, written) => {
    expect(meaning(`rules: [{ id: r, ${named} }]`)).toEqual(meaning(`rules: [{ id: r, ${written} }]`))
  })

  test('within quotes, in a text and on the left it is what it says', () => {
    const rules = 'rules: [{ id: r, when: \'lock.lockTitle is "values.word"\', then: [{ log: Say values.word }] }]'
    expect(JSON.stringify(meaning(rules).bare)).toContain('"values.word"')
    expect(JSON.stringify(meaning(rules).bare)).toContain('Say values.word')
    expect(said('rules: [{ id: r, when: values.most > 1, then: [unfreeze] }]')[0]).toContain(
      'unknown fact "values.most"',
    )
  })

  test.each([
    ['for: values.fra', 'unknown value "values.fra"; did you mean values.far?'],
    ['for: values.word', 'is not a length of time such as 45m, 1h30m or 2d (it is "Week, end")'],
    ['cooldown: values.drawn', '(it is a map)'],
    ['only_if: lock.frozen is values.word', 'does not fit lock.frozen'],
  ])('%s is a fault where it stands', (key, words) => {
    const [fault = ''] = said(`rules:\n  - id: r\n    when: lock.frozen is true\n    ${key}\n    then: [unfreeze]\n`)
    expect(fault).toContain(words)
    expect(fault).toMatch(/^r\.yaml:13:/)
  })

  test('it is known in every file, and declared in one', () => {
    const files = [
      { file: 'a.yaml', text: 'rules: [{ id: r, when: lock.frozen is true, for: values.far, then: [unfreeze] }]' },
      { file: 'b.yaml', text: 'values: { far: 6h }\nrules: []' },
    ]
    expect(compileRules(files, { services, zone }).faults).toEqual([])
    const twice = [...files, { file: 'c.yaml', text: 'values: { far: 7h }\nrules: []' }]
    expect(compileRules(twice, { services, zone }).faults.map(faultLine)).toEqual([
      'c.yaml:1:11: "far" is declared in another file, too; it is known in every file',
    ])
    expect(said('rules: [{ id: r, when: lock.frozen is true, for: values.far, then: [unfreeze] }]', '')[0]).toContain(
      'write "values: { far: … }" at the top',
    )
  })

  test('the JSON Schema takes it where check does, and nowhere else', () => {
    const takes = validatorOf('rules')
    const rule = (more: object) => ({
      values: { far: '6h', drawn: { between: ['1m', '2m'] } },
      rules: [{ id: 'a', when: 'lock.frozen is true', then: [{ add_time: 'values.far' }], ...more }],
    })
    expect(takes(rule({ for: 'values.far', chance: 'values.far' }))).toBe(true)
    expect(takes(rule({ then: [{ 'tally.add': { name: 'n', points: 'values.far' } }] }))).toBe(true)
    expect(takes(rule({ id: 'values.far' }))).toBe(false)
    expect(takes(rule({ for: 'value.far' }))).toBe(false)
  })
})

test.each([
  ['10m', []],
  ['20m', ['missing r add_time 10m: fired', 'surplus r add_time: fired']],
])('one story of two rules with a penalty of %s', async (penalty, wrong) => {
  const rules = rulesOf(
    `values: { penalty: ${penalty} }\nrules: [{ id: r, when: lock.frozen is true, then: [{ add_time: values.penalty }] }]`,
  )
  const story = `facts: { lock.frozen: false, lock.timeRemainingSeconds: 1d }
then: [{ at: "09:00", facts: { lock.frozen: true } }]
expect: [{ at: "09:00", rule: r, do: [add_time: 10m] }]`
  expect(await differences(story, rules)).toEqual(wrong)
})
