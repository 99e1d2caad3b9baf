import type { Fault } from '../../document/fault.ts'
import type { Path } from '../../document/yaml.ts'
import { actionsOf, type Condition, type Leaf, leavesOf, type Rule, type RuleSet } from '../model/rule.ts'
import type { Json } from '../model/service.ts'
import { atMost } from './size.ts'

/** An action of a rule, with its place. */
interface Doing {
  action: string
  params: Json
  path: Path
}

/**
 * What a rule asks for that misses its purpose, whatever the limits: nobody is there to be told, the wearer can avoid a
 * penalty by staying away, or it waits for what never comes. `listed` gives the actions of a rule.
 */
export function purposeLints(rules: RuleSet, listed: (rule: Rule) => readonly Doing[]): Fault[] {
  return rules.rules.flatMap((rule) => {
    const asked = rule.when === null ? [] : required(rule.when)
    return [
      ...afterTheLock(rule, asked, rules, listed(rule)),
      ...absence(rule, asked, rules, listed(rule)),
      ...neverCounted(rule, rules),
    ]
  })
}

/** The leaves that must be true for a condition to be true. */
function required(condition: Condition): readonly Leaf[] {
  if ('fact' in condition) return [condition]
  return 'all' in condition ? condition.all.flatMap(required) : []
}

/** Actions on a lock where there is none. */
function afterTheLock(
  rule: Rule,
  asked: readonly Leaf[],
  { actions, catalogue }: RuleSet,
  doings: readonly Doing[],
): Fault[] {
  const over = asked.find(({ fact, operator, than }) => {
    const isWithout = 'value' in than && than.value === false && (operator === 'equal' || operator === 'becomes')
    return fact === 'lock.active' && isWithout
  })
  // The service that tells of the lock is the one that acts on it.
  const [service] = catalogue.get(over?.fact ?? '')?.source.split('.') ?? []
  const vain = over && doings.find(({ action }) => actions.get(action)?.service === service)
  if (!over || !vain) return []
  const message = `${vain.action} needs a lock, and where "${over.text}" there is none`
  const isWord = actions.get(vain.action)?.worst(atMost(vain.params)).toward === 'neutral'
  return [rule.lint(vain.path, message, isWord ? { hint: 'tell reaches people without one' } : {})]
}

const seen = 'lock.wearerLastSeenAgoSeconds'

/** A penalty that only who comes online gets, and a reward for who does not. */
function absence(rule: Rule, asked: readonly Leaf[], { actions }: RuleSet, doings: readonly Doing[]): Fault[] {
  const [online, away] = ['lessThan', 'greaterThan'].map((operator) =>
    asked.find((leaf) => leaf.fact === seen && leaf.operator.startsWith(operator)),
  )
  const first = (toward: 'restricts' | 'relief') =>
    doings.find(({ action, params }) => actions.get(action)?.worst(atMost(params)).toward === toward)
  const [penalty, reward] = [online && first('restricts'), away && first('relief')]
  return [
    ...(penalty && online
      ? [rule.lint(penalty.path, `the wearer escapes ${penalty.action} by staying offline: it needs "${online.text}"`)]
      : []),
    ...(reward && away
      ? [rule.lint(reward.path, `${reward.action} rewards the wearer for staying offline: it needs "${away.text}"`)]
      : []),
  ]
}

/** Counts of what never happens: no rule adds to the tally, or the counted rule is off. */
function neverCounted(rule: Rule, { rules, byId }: RuleSet): Fault[] {
  if (!rule.enabled) return []
  const leaves = [rule.when, rule.onlyIf].flatMap((one) => (one ? leavesOf(one) : []))
  return leaves.flatMap((leaf): Fault[] => {
    if (!isAboveNone(leaf)) return []
    const [group, name = '', what = ''] = leaf.fact.split('.')
    if (group === 'tally' && !rules.some((one) => one.enabled && addsTo(one, name))) {
      return at(leaf, `"${leaf.text}" is never true: no rule that is on adds to ${name}`)
    }
    const counted = group === 'rule' && what.startsWith('firedTimes') ? byId.get(name) : undefined
    // What fired before it was switched off still counts for a while.
    if (!counted || counted.enabled) return []
    return at(leaf, `"${leaf.text}" waits for ${name}, which is switched off`)
  })
}

function at({ place }: Leaf, message: string): Fault[] {
  return place ? [{ place, message, severity: 'lint' }] : []
}

/** Whether a count must be more than 0 for a leaf to be true. */
function isAboveNone({ operator, than }: Leaf): boolean {
  const value = 'value' in than ? than.value : null
  if (typeof value !== 'number') return false
  return operator === 'greaterThan' ? value >= 0 : /^(?:greaterThanInclusive|equal)$/.test(operator) && value > 0
}

function addsTo(rule: Rule, tally: string): boolean {
  return actionsOf(rule).some(
    ({ action, params }) => action === 'tally.add' && (params as { name?: unknown }).name === tally,
  )
}
