import { sayDuration } from '../core/calendar/duration.ts'
import { sayMoments } from '../core/calendar/saidmoment.ts'
import { dayNames } from '../core/calendar/weekday.ts'
import { sayWindow, windowFrom } from '../core/calendar/window.ts'
import { operatorNamed, windowOperator } from '../core/language/operators.ts'
import { joined } from '../core/language/words.ts'
import type { FactType, Scalar } from '../core/model/fact.ts'
import type { Condition, Intent, Leaf, Rule, RuleSet } from '../core/model/rule.ts'
import type { Saying } from '../core/model/rulekey.ts'
import { ruleKeys, sayCosting } from '../core/model/rulekeys.ts'
import { sayValue } from './say.ts'

/** What a sentence takes its words from; times are those of `zone`. */
export interface Wording extends Pick<RuleSet, 'catalogue' | 'actions'> {
  zone: string
}

/** The keys in the order in which their clauses stand. */
const asSaid = [...ruleKeys.filter(({ saidLast }) => !saidLast), ...ruleKeys.filter(({ saidLast }) => saidLast)]

/** A rule as one plain sentence: when it acts, how often, and what it then does. */
export function sayRule(rule: Rule, around: Wording): string {
  const say: Saying = {
    condition: (condition) => sayCondition(condition, around),
    moments: (at) => joined(at.map(sayMoments), 'and'),
    noun: (fact) => nounOf(fact, around),
    list: (several) => joined(several, 'or'),
  }
  const parts = asSaid.flatMap(({ says }) => says?.(rule, say) ?? [])
  const first = `${parts.join(', ').replaceAll(', and again', ' and again')}: ${sayList(rule.then, around)}.`
  const costing = joined(sayCosting(rule), 'or') || 'it never comes to that'
  const whole =
    rule.otherwise.length > 0 ? `${first} Otherwise (${costing}): ${sayList(rule.otherwise, around)}.` : first
  return rule.enabled ? capital(whole) : `(Switched off) ${capital(whole)}`
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** A condition in words, the parts of a group within another in brackets. */
export function sayCondition(condition: Condition, around: Wording): string {
  if ('not' in condition) {
    const { not } = condition
    const turned = 'fact' in not ? sayTruth(not, false, around) : null
    return turned ?? `it is not so that ${sayMember(not, around)}`
  }
  if ('fact' in condition) return sayLeaf(condition, around)
  const [members, word] = 'all' in condition ? [condition.all, 'and' as const] : [condition.any, 'or' as const]
  const only = members.length === 1 ? members[0] : undefined
  if (only) return sayCondition(only, around)
  return joined(
    members.map((one) => sayMember(one, around)),
    word,
  )
}

function sayMember(condition: Condition, around: Wording): string {
  const said = sayCondition(condition, around)
  const members = 'all' in condition ? condition.all : 'any' in condition ? condition.any : []
  return members.length > 1 ? `(${said})` : said
}

/** A fact as a thing: `the remaining time`. */
function nounOf(fact: string, { catalogue }: Wording): string {
  const known = catalogue.get(fact)?.words?.noun
  if (known !== undefined) return known
  const [group = '', ...rest] = fact.split('.')
  const words = (rest.at(-1) ?? '').replace(/Seconds$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return `the ${group}’s ${words}`
}

/** A comparison with true or false; null for any other. */
function sayTruth(leaf: Leaf, holds: boolean, around: Wording): string | null {
  if (leaf.type !== 'boolean' || !('value' in leaf.than) || typeof leaf.than.value !== 'boolean') return null
  if (leaf.operator !== 'equal' && leaf.operator !== 'notEqual') return null
  const is = (leaf.than.value === (leaf.operator === 'equal')) === holds
  const words = around.catalogue.get(leaf.fact)?.words
  return words?.[is ? 'is' : 'isNot'] ?? `${nounOf(leaf.fact, around)} is ${is}`
}

const comparisons: Readonly<Record<string, string>> = {
  lessThan: 'less than',
  lessThanInclusive: 'at most',
  greaterThan: 'more than',
  greaterThanInclusive: 'at least',
  equal: 'exactly',
  notEqual: 'anything but',
}

function sayLeaf(leaf: Leaf, around: Wording): string {
  const { fact, operator, than, type } = leaf
  const truth = sayTruth(leaf, true, around)
  if (truth !== null) return truth
  if (operatorNamed(operator)?.onChange) return sayChange(leaf, around)
  if (operator === 'isKnown' || operator === 'isUnknown') {
    return `${nounOf(fact, around)} is ${operator === 'isKnown' ? 'known' : 'not known'}`
  }
  if (type === 'clock' || type === 'weekday' || type === 'week' || type === 'date') {
    if (fact.startsWith('time.')) return sayTime(leaf, around)
  }
  const value = (one: Scalar) => sayOne(one, type, around)
  const compared = comparisons[operator]
  if ('factName' in than) {
    const as = operator === 'equal' ? 'the same as' : operator === 'notEqual' ? 'other than' : (compared ?? operator)
    return `${nounOf(fact, around)} is ${as} ${nounOf(than.factName, around)}`
  }
  const several = Array.isArray(than.value) ? than.value.map(value) : []
  const one = Array.isArray(than.value) || than.value === null ? '' : value(than.value as Scalar)
  if (operator === 'contains') return `${nounOf(fact, around)} contains ${one}`
  if (operator === 'doesNotContain') return `${nounOf(fact, around)} does not contain ${one}`
  if (operator === 'in' || operator === 'notIn') {
    return `${nounOf(fact, around)} is ${operator === 'in' ? '' : 'neither '}${joined(several, operator === 'in' ? 'or' : 'nor')}`
  }
  const much = operator === 'between' ? `between ${joined(several, 'and')}` : `${compared ?? operator} ${one}`
  const words = around.catalogue.get(fact)?.words
  const quantity = operator === 'equal' && one === '1' ? (words?.once ?? words?.much) : words?.much
  if (quantity !== undefined && (type === 'seconds' || type === 'number')) {
    return quantity.replace('…', operator === 'equal' ? one : operator === 'notEqual' ? `other than ${one}` : much)
  }
  if (operator === 'equal') return `${nounOf(fact, around)} is ${one}`
  if (operator === 'notEqual') return `${nounOf(fact, around)} is not ${one}`
  return `${nounOf(fact, around)} is ${much}`
}

function sayTime({ operator, than, type }: Leaf, around: Wording): string {
  if (operator === windowOperator.name && 'value' in than && Array.isArray(than.value)) {
    return `it is ${sayWindow(windowFrom(than.value.map(Number)))}`
  }
  const value = (one: Scalar) => sayOne(one, type, around)
  if ('factName' in than || than.value === null) return `the time is right`
  const all = (Array.isArray(than.value) ? than.value : [than.value]).map((one) => value(one as Scalar))
  if (operator === 'between') return `it is between ${joined(all, 'and')}`
  const [word, list] = [operator === 'notIn' || operator === 'notEqual' ? 'it is not ' : 'it is ', joined(all, 'or')]
  if (operator === 'greaterThan' || operator === 'greaterThanInclusive') return `it is ${list} or later`
  if (operator === 'lessThan' || operator === 'lessThanInclusive') return `it is before ${list}`
  return `${word}${list}`
}

function sayChange({ fact, operator, than, type }: Leaf, around: Wording): string {
  const { words } = around.catalogue.get(fact) ?? {}
  const value = 'value' in than && than.value !== null && !Array.isArray(than.value) ? (than.value as Scalar) : null
  if (operator === 'becomes' && typeof value === 'boolean') {
    return words?.[value ? 'begins' : 'ends'] ?? `${nounOf(fact, around)} becomes ${value}`
  }
  if (operator === 'becomes') {
    const right = 'factName' in than ? nounOf(than.factName, around) : value === null ? '' : sayOne(value, type, around)
    return `${nounOf(fact, around)} becomes ${right}`
  }
  if (operator === 'changes') return `${nounOf(fact, around)} changes`
  if (words?.rises !== undefined && operator === 'rises' && value === null) return words.rises
  const verb = operator === 'rises' ? 'rises' : 'falls'
  if (typeof value !== 'number') return `${nounOf(fact, around)} ${verb}`
  // How far a moment moves is kept in milliseconds.
  const size = type === 'instant' ? sayDuration(value / 1000) : sayOne(value, type, around)
  return `${nounOf(fact, around)} ${verb} by ${size} or more`
}

function sayOne(value: Scalar, type: FactType, { zone }: Wording): string {
  if (type === 'text' || type === 'texts') return `“${value}”`
  if (type === 'weekday') return dayNames[Number(value) - 1] ?? String(value)
  return sayValue(value, type, zone)
}

function sayList(then: readonly Intent[], around: Wording): string {
  return then.map((intent) => sayIntent(intent, around)).join(', then ') || 'do nothing'
}

function sayIntent(intent: Intent, around: Wording): string {
  if ('draw' in intent) {
    const whole = intent.draw.reduce((sum, { weight }) => sum + weight, 0)
    const choices = intent.draw.map(({ weight, then }) => `${sayList(then, around)} (${weight} of ${whole})`)
    return `draw one of: ${choices.join('; ')}`
  }
  if ('if' in intent) {
    const otherwise = intent.else.length > 0 ? `; otherwise: ${sayList(intent.else, around)}` : ''
    return `(if ${sayCondition(intent.if, around)}: ${sayList(intent.then, around)}${otherwise})`
  }
  const { action, params } = intent
  return (
    around.actions
      .get(action)
      ?.says(params, (fact) => nounOf(fact, around))
      .trim() ?? `do ${action}`
  )
}
