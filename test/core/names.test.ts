import { expect, test } from 'vitest'
import { emptyKept, inputIn } from '../../src/core/model/kept.ts'
import { Bench, rulesOf } from './bench.ts'

test('what is called as something all objects have is pressed, counted and told as any other', async () => {
  const rules = rulesOf(`inputs: { constructor: { type: button }, valueof: { type: switch } }
tallies: { constructor: {} }
rules:
  - { id: constructor, when: input.constructor rises, then: [{ tally.add: constructor }, { log: "{{ tally.constructor }}" }] }
  - { id: on, when: [input.valueof is true, tally.constructor >= 2, rule.constructor.firedTimesToday >= 2], then: [{ log: on }] }
`)
  const b = new Bench(rules)
  await b.until('10:01')
  expect(b.passing.facts.get('input.constructor')).toMatchObject({ value: 0 })
  for (const at of ['10:02', '10:03']) {
    b.tell = [{ input: 'constructor', set: 'press' }]
    await b.until(at)
  }
  expect(b.kept.inputs).toMatchObject({ constructor: { value: 2 } })
  b.restart()
  b.tell = [{ input: 'valueof', set: true }]
  await b.until('10:05')
  expect(b.sent).toEqual(['log 1', 'log 2', 'log on'])
})

test('what was never pressed was not, whatever it is called', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    expect(inputIn(emptyKept('seed').inputs, name)).toBeUndefined()
  }
})
