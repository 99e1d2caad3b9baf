import type { Fault } from '../../document/fault.ts'
import { type Leaf, leavesOf, type Rule, type RuleSet } from '../model/rule.ts'

const hour = 3600

/**
 * Lines that ask for an age where a count of the day is meant, and those that ask how long ago something was that may
 * never have been.
 */
export function ageLints(rule: Rule, { inputs }: Pick<RuleSet, 'inputs'>): Fault[] {
  const leaves = [rule.when, rule.onlyIf].flatMap((condition) => (condition ? leavesOf(condition) : []))
  return leaves.flatMap((leaf) => {
    const [, input] = /^input\.(.+)\.agoSeconds$/.exec(leaf.fact) ?? []
    const [, id] = /^rule\.(.+)\.lastFiredAgoSeconds$/.exec(leaf.fact) ?? []
    if (input !== undefined && inputs.get(input)?.type === 'button') return pressLint(leaf, input, rule)
    return id === undefined || leavesOf(rule.when ?? { all: [] }).indexOf(leaf) === -1
      ? []
      : firedLint(leaf, id, leaves)
  })
}

/** A day by its length is not the day by the calendar, which may have 25 hours. */
function pressLint(leaf: Leaf, input: string, { at }: Rule): Fault[] {
  const length = lengthIn(leaf)
  if (length === null || length < 20 * hour || length > 24 * hour) return []
  if (isBelow(leaf)) return told(leaf, 'reaches back into yesterday', `write "input.${input}.pressedToday is true"`)
  if (!isAbove(leaf) || at.length === 0) return []
  return told(leaf, 'is not "not yet today" where a day has 25 hours', `write "input.${input}.pressedToday is false"`)
}

/** While a rule never fired, nothing is known of how long ago that was. */
function firedLint(leaf: Leaf, id: string, leaves: readonly Leaf[]): Fault[] {
  const isAsked = ({ fact, operator }: Leaf) =>
    fact.startsWith(`rule.${id}.firedTimes`) || (fact === leaf.fact && /^is(Unk|K)nown$/.test(operator))
  if (!isAbove(leaf) || leaves.some(isAsked)) return []
  const hint = `say "rule.${id}.firedTimesThisLock >= 1" where that is meant, else any: [ ${leaf.text}, rule.${id}.firedTimesThisLock is 0 ]`
  return told(leaf, `is not true while ${id} has never fired on this lock`, hint)
}

function told(leaf: Leaf, what: string, hint: string): Fault[] {
  return leaf.place ? [{ place: leaf.place, message: `"${leaf.text}" ${what}`, severity: 'lint', hint }] : []
}

function lengthIn({ than }: Leaf): number | null {
  return 'value' in than && typeof than.value === 'number' ? than.value : null
}

function isBelow({ operator }: Leaf): boolean {
  return operator === 'lessThan' || operator === 'lessThanInclusive'
}

function isAbove({ operator }: Leaf): boolean {
  return operator === 'greaterThan' || operator === 'greaterThanInclusive'
}
