// The tests beside the examples are so sharp that no number in an example can be larger or smaller without one failing.
import { describe, expect, test } from 'vitest'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { runCase } from '../../src/replay/verdict.ts'
import { casesIn, compiled, type Example, ruleFiles, testFiles, testsOf } from './examples.ts'
import { changesOf } from './numbers.ts'

/** The tests in these files that fail with these rules, one after the other; only those in which `rule` takes part. */
async function* failing(rules: RuleSet, testsIn: readonly Example[], rule: string | null): AsyncGenerator<string> {
  for (const file of testsIn) {
    const read = casesIn(file, rules)
    if (read.faults.length > 0) throw new Error(read.faults.join('\n'))
    for (const one of read.cases) {
      if (rule !== null && !one.rules.byId.has(rule)) continue
      const { passed } = await runCase(one)
      if (!passed) yield `${file.file}: ${one.name}`
    }
  }
}

/** What fails although nothing was changed; it says nothing about a change. */
const failingAnyway: string[] = []
const asTheyStand = compiled(ruleFiles)
if (!asTheyStand.rules) throw new Error(asTheyStand.faults.join('\n'))
for await (const name of failing(asTheyStand.rules, testFiles, null)) failingAnyway.push(name)

test('as they stand, the examples pass their tests', () => {
  expect(failingAnyway).toEqual([])
})

describe.each(ruleFiles)('$file', ({ file, text }) => {
  const changes = changesOf(text)
  const beside = testFiles.filter((one) => one.file === testsOf(file))

  test('has tests beside it', () => {
    expect(beside).toHaveLength(1)
  })

  test.each(changes)('$said', async ({ rule, others }) => {
    const possible = others.flatMap((other) => {
      const files = ruleFiles.map((one) => (one.file === file ? { file, text: other } : one))
      return compiled(files).rules ?? []
    })
    expect(possible.length, 'no other number can stand here').toBeGreaterThan(0)
    for (const rules of possible) {
      let seen: string | null = null
      for await (const name of failing(rules, beside, rule)) {
        if (failingAnyway.includes(name)) continue
        seen = name
        break
      }
      expect(seen, 'no test saw the change').not.toBeNull()
    }
  })
})

test('numbers are found in all their forms', () => {
  const found = (text: string) => changesOf(`rules:\n  - id: r2\n    ${text}\n`).map(({ said }) => said)
  expect(found('when: rule.b-2.firedTimesToday between 3 and 5')).toEqual([
    'line 3: 3 to 5 or 1',
    'line 3: 5 to 8 or 2',
  ])
  expect(found('at: [mon-fri 09:30, random 22:00-23:00]')).toEqual([
    'line 3: 09:30 to 10:30 or 08:30',
    'line 3: 22:00 to 23:00 or 21:00',
    'line 3: 23:00 to 22:00',
  ])
  expect(found('limit: [2 per day, 1 per 1h30m]')).toEqual([
    'line 3: 2 to 3 or 1',
    'line 3: 1 to 2 or 0',
    'line 3: 1h30m to 8100s or 2700s',
  ])
  expect(found('chance: 25%')).toEqual(['line 3: 25% to 37.5% or 12.5%'])
  expect(found('then: [{ log: 1 of 2 }, { add_time: 90 }, { log: { title: "3" } }]')).toEqual([
    'line 3: 90 to 135 or 45',
  ])
})
