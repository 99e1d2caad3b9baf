import { compileRules } from '../src/core/language/compile.ts'
import { casesOf, readTestFile } from '../src/replay/cases.ts'
import { runCase } from '../src/replay/verdict.ts'
import { services } from '../src/services/index.ts'
import type { Figure } from './figure.ts'
import { rounds, worked } from './rounds.ts'

const zone = 'Europe/Berlin'

const rule = `rules:
  - id: away
    when: [lock.wearerLastSeenAgoSeconds > 6h, lock.frozen is false]
    then: [add_time: 10m, log: { title: Away, description: "{{ did }}" }]
`
const story = `  - name: a day
    start: "2026-02-28 08:00"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 2d, lock.wearerLastSeenAgoSeconds: 0s }
    expect: [{ at: "14:05", rule: away, do: [add_time: 10m, log] }]
`

/** So many tests of a rule, run from their file, against reading that file alone. */
export async function storyFigures(size: { stories: number; rounds: number }): Promise<Figure[]> {
  const { rules } = compileRules([{ file: 'rules.yaml', text: rule }], { services, zone })
  if (!rules) throw new Error('the rule of the bench has a fault')
  const text = `tests:\n${story.repeat(size.stories)}`
  const read = () => {
    const { document, faults } = readTestFile('a.test.yaml', text)
    if (!document) throw new Error(`the tests of the bench have ${faults.length} faults`)
    return casesOf(document, { rules, services, zone }).cases
  }
  const ours = () =>
    worked(async () => {
      for (const one of read()) {
        const { differences } = await runCase(one)
        if (differences.length > 0) throw new Error('a test of the bench does not pass')
      }
    })
  const base = () => worked(async () => read())
  const figures = await rounds(size.rounds, ours, base, 1)
  return [
    {
      what: `${size.stories} tests of a rule, a day each`,
      unit: 'ms of processor',
      ...figures,
      baseline: 'reading their file',
      compared: figures.ours.map((one, i) => one / (figures.base[i] ?? Number.NaN)),
      comparedUnit: 'times as long',
    },
  ]
}
