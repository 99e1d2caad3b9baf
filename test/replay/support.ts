import { compileRules } from '../../src/core/language/compile.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { type Fault, faultLine } from '../../src/document/fault.ts'
import { casesOf, readTestFile } from '../../src/replay/cases.ts'
import { runCase, type Verdict } from '../../src/replay/verdict.ts'
import { services } from '../../src/services/index.ts'

export const zone = 'Europe/Berlin'

export function rulesOf(text: string): RuleSet {
  const { rules, faults } = compileRules([{ file: 'rules.yaml', text }], { services, zone })
  if (!rules) throw new Error(faults.map(faultLine).join('\n'))
  return rules
}

/** One rule `r` with these keys. */
export function rule(keys: string): RuleSet {
  return rulesOf(`rules:\n  - id: r\n${keys.replace(/^/gm, '    ')}\n`)
}

export const away = rule(
  `when: [lock.wearerLastSeenAgoSeconds > 6h, lock.frozen is false]
then: [add_time: 10m, log: { title: Away, description: "{{ did }}" }]`,
)

/** What is wrong with a file of tests, one line a fault. */
export function faultsOf(text: string, rules: RuleSet = away): string[] {
  const read = readTestFile('a.test.yaml', text)
  const faults: Fault[] = [...read.faults]
  if (read.document) faults.push(...casesOf(read.document, { rules, services, zone }).faults)
  return faults.map(faultLine)
}

/** Runs every test of a file. */
export async function run(text: string, rules: RuleSet = away): Promise<Verdict[]> {
  const read = readTestFile('a.test.yaml', text)
  if (!read.document) throw new Error(read.faults.map(faultLine).join('\n'))
  const { cases, faults } = casesOf(read.document, { rules, services, zone: read.zone ?? zone })
  if (faults.length + read.faults.length > 0) throw new Error([...read.faults, ...faults].map(faultLine).join('\n'))
  const verdicts: Verdict[] = []
  for (const one of cases) verdicts.push(await runCase(one))
  return verdicts
}

/** One test with these keys, its differences in short; an empty list is a test that passes. */
export async function differences(keys: string, rules: RuleSet = away): Promise<string[]> {
  const text = `tests:\n  - name: a test\n    start: "2026-02-28 08:00"\n${keys.trim().replace(/^/gm, '    ')}\n`
  const [verdict] = await run(text, rules)
  return (verdict?.differences ?? []).map(({ kind, compared, moment }) => {
    const what = kind === 'missing' ? compared.expected?.said : compared.actual?.action
    const came = moment ? (moment.decision.fires ? 'fired' : moment.decision.why) : 'nothing decided'
    return `${kind} ${compared.rule} ${what}: ${came}`
  })
}
