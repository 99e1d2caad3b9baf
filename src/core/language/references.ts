// What a rule names by its keys must be there: a fact, a budget, another rule.

import { suggestion } from '../../document/fault.ts'
import type { Path } from '../../document/yaml.ts'
import type { Chance } from '../model/chance.ts'
import { actionsIn, type Intent } from '../model/rule.ts'
import type { Reading } from './condition.ts'

/** The fact that a chance goes by; one that is no number is told. */
export function chanceFact(
  { catalogue, uses, faults, document }: Reading,
  chance: Chance | undefined,
  path: Path,
): string[] {
  if (chance === undefined || typeof chance === 'number') return []
  const { by } = chance
  const entry = catalogue.get(by)
  uses.add(by)
  if (entry?.type === 'number' || entry?.type === 'seconds') return [by]
  const message = entry ? `${by} is no number to go by` : `unknown fact "${by}" to go by`
  const numbers = [...catalogue.values()].filter(({ type }) => type === 'number').map(({ name }) => name)
  faults.push(document.fault([...path, 'chance', 'by'], message, { hint: suggestion(by, numbers) }))
  return []
}

/** A budget must be declared, and bound something of what the rule does. */
export function checkBudget(
  { document, faults, budgets, actions }: Reading,
  { budget: name }: Readonly<Record<string, unknown>>,
  then: readonly Intent[],
  path: Path,
): void {
  if (typeof name !== 'string') return
  const budget = budgets.get(name)
  const at = [...path, 'budget']
  if (!budget) {
    const declare = `write "budgets: { ${name}: { add_time: 2h per day } }" at the top`
    const hint = budgets.size > 0 ? suggestion(name, budgets.keys()) : declare
    faults.push(document.fault(at, `unknown budget "${name}"`, { hint }))
    return
  }
  const counted = actionsIn(then, []).flatMap(({ action }) => Object.values(actions.get(action)?.leave ?? {}))
  if (then.length === 0 || counted.some((leave) => leave in budget)) return
  faults.push(document.fault(at, `the budget ${name} bounds nothing that this rule does`, { lint: true }))
}

/** That there is the rule after which another one comes, and that it is another one. */
export function checkAfter(
  { document, faults, catalogue }: Reading,
  { id, after }: { id: string; after?: { rule: string } | undefined },
  path: Path,
): void {
  if (after === undefined) return
  const at = [...path, 'after', 'rule']
  if (after.rule === id) faults.push(document.fault(at, 'a rule does not come after itself', { hint: 'see "repeat"' }))
  if (catalogue.has(`rule.${after.rule}.lastFiredAgoSeconds`)) return
  const ids = [...catalogue.keys()].flatMap((name) => /^rule\.(.+)\.lastFiredAgoSeconds$/.exec(name)?.[1] ?? [])
  faults.push(document.fault(at, `unknown rule "${after.rule}"`, { hint: suggestion(after.rule, ids) }))
}
