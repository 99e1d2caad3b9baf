import { sayDuration } from '../core/calendar/duration.ts'
import type { Moments } from '../core/calendar/moment.ts'
import { sayClock, weekdays } from '../core/calendar/time.ts'
import { operatorNamed } from '../core/language/operators.ts'
import { isDrawn } from '../core/language/size.ts'
import { isTemplate } from '../core/language/text.ts'
import type { FactType, Scalar } from '../core/model/fact.ts'
import type { Condition, Intent, Leaf, Quota, Rule } from '../core/model/rule.ts'
import type { Json } from '../core/model/service.ts'
import { sayValue } from './say.ts'

/** A rule as one plain sentence: when it acts, how often, and what it then does. Times are those of `zone`. */
export function sayRule(rule: Rule, zone: string): string {
  const { when, at, onlyIf, forMs, repeatMs, cooldownMs, chance } = rule
  const condition = when === null ? null : sayCondition(when, zone)
  const begins =
    at.length > 0
      ? [joined(at.map(sayMoments), 'and'), ...(condition === null ? [] : [`if ${condition}`])]
      : [`when ${condition ?? 'never'}`]
  const parts = [
    ...begins,
    ...(forMs > 0 ? [`for ${sayDuration(forMs / 1000)} on end`] : []),
    ...(repeatMs > 0 ? [`and again every ${sayDuration(repeatMs / 1000)}`] : []),
    ...(cooldownMs > 0 ? [`at least ${sayDuration(cooldownMs / 1000)} apart`] : []),
    ...rule.limits.map(sayQuota),
    ...(chance === null ? [] : [`with a chance of ${Math.round(chance * 1000) / 10} %`]),
    ...(onlyIf === null ? [] : [`but only if ${sayCondition(onlyIf, zone)}`]),
  ]
  const whole = `${parts.join(', ').replaceAll(', and again', ' and again')}: ${sayList(rule.then)}.`
  return rule.enabled ? capital(whole) : `(Switched off) ${capital(whole)}`
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

function joined(parts: readonly string[], word: 'and' | 'or'): string {
  const last = parts.at(-1) ?? ''
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} ${word} ${last}` : last
}

const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const shortDays: readonly string[] = weekdays

function sayMoments(moments: Moments): string {
  const words = moments.text.toLowerCase()
  const [, days = '', random, from, to] =
    /^(?:([a-z][a-z,-]*?) )?(random )?(\d{1,2}:\d{2})(?:-(\d{1,2}:\d{2}))?$/.exec(words) ?? []
  if (from === undefined) return `at the moments of “${moments.text}”`
  const isRandom = random !== undefined || days === 'random'
  const on = days === '' || days === 'random' ? '' : ` on ${sayDays(days)}`
  if (isRandom) return `at a random moment between ${from} and ${to ?? from}${on === '' ? ' each day' : on}`
  return on === '' ? `every day at ${from}` : `${on.trim()} at ${from}`
}

function sayDays(written: string): string {
  const name = (day: string) => dayNames[shortDays.indexOf(day)] ?? day
  return joined(
    written.split(',').map((part) => part.split('-').map(name).join(' to ')),
    'and',
  )
}

function sayQuota({ times, per }: Quota): string {
  const often = times === 1 ? 'once' : times === 2 ? 'at most twice' : `at most ${times} times`
  return typeof per === 'string' ? `${often} per ${per}` : `${often} within ${sayDuration(per.rollingMs / 1000)}`
}

/** A condition in words, the parts of a group within another in brackets. */
export function sayCondition(condition: Condition, zone: string): string {
  if ('not' in condition) {
    const { not } = condition
    const turned = 'fact' in not ? sayTruth(not, false) : null
    return turned ?? `it is not so that ${sayMember(not, zone)}`
  }
  if ('fact' in condition) return sayLeaf(condition, zone)
  const [members, word] = 'all' in condition ? [condition.all, 'and' as const] : [condition.any, 'or' as const]
  const only = members.length === 1 ? members[0] : undefined
  if (only) return sayCondition(only, zone)
  return joined(
    members.map((one) => sayMember(one, zone)),
    word,
  )
}

function sayMember(condition: Condition, zone: string): string {
  const said = sayCondition(condition, zone)
  const members = 'all' in condition ? condition.all : 'any' in condition ? condition.any : []
  return members.length > 1 ? `(${said})` : said
}

/** How facts are said that hold or do not: that they do, that they do not, and that they come to. */
const truths: Readonly<Record<string, readonly [is: string, isNot: string, begins?: string, ends?: string]>> = {
  'lock.active': ['there is a lock', 'there is no lock', 'a lock begins', 'the lock ends'],
  'lock.frozen': ['the lock is frozen', 'the lock is not frozen', 'the lock freezes', 'the lock thaws'],
  'lock.unlockable': [
    'the lock can be opened',
    'the lock cannot be opened',
    'the lock comes to be free to open',
    'the lock can no longer be opened',
  ],
  'lock.taskAssigned': ['a task is open', 'no task is open', 'a task is assigned', 'a task closes'],
  'lock.trusted': ['the keyholder is trusted', 'the keyholder is not trusted'],
  'tracker.locked': [
    'a session runs on the Tracker',
    'no session runs on the Tracker',
    'a session begins on the Tracker',
    'the session on the Tracker ends',
  ],
}

/** How lengths and counts are said: `much` is something like "less than 1 h". */
const quantities: Readonly<Record<string, (much: string) => string>> = {
  'lock.timeRemainingSeconds': (much) => `${much} is left`,
  'lock.timeLockedSeconds': (much) => `the lock has lasted ${much}`,
  'lock.roomSeconds': (much) => `${much} may still be added`,
  'lock.wearerLastSeenAgoSeconds': (much) => `the wearer was last seen ${much} ago`,
  'lock.keyholderLastSeenAgoSeconds': (much) => `the keyholder was last seen ${much} ago`,
  'lock.taskPoints': (much) => `${much} points are earned`,
  'lock.taskPointsRequired': (much) => `${much} points are needed`,
  'task.openSeconds': (much) => `the task has been open for ${much}`,
  'tracker.lockedSeconds': (much) => `the session on the Tracker has lasted ${much}`,
  'tracker.lastGameSeconds': (much) => `the last game added ${much}`,
  'tracker.lastFullAgoSeconds': (much) => `the last full orgasm was ${much} ago`,
  'tracker.lastRuinedAgoSeconds': (much) => `the last ruined orgasm was ${much} ago`,
  'tracker.lastMilkingAgoSeconds': (much) => `the last milking was ${much} ago`,
}

const nouns: Readonly<Record<string, string>> = {
  'lock.timeRemainingSeconds': 'the remaining time',
  'lock.maxTimeRemainingSeconds': 'the longest remaining time',
  'lock.timeLockedSeconds': 'the time locked',
  'lock.wearerLastSeenAgoSeconds': 'when the wearer was last seen',
  'lock.keyholderLastSeenAgoSeconds': 'when the keyholder was last seen',
  'lock.taskPoints': 'the number of points',
  'lock.taskPointsRequired': 'the number of points needed',
  'lock.lockTitle': 'the title of the lock',
  'lock.wearerUsername': 'the name of the wearer',
  'lock.keyholderUsername': 'the name of the keyholder',
  'lock.frozen': 'whether the lock is frozen',
  'lock.frozenBy': 'what froze the lock',
  'task.lastResult': 'the result of the last task',
  'task.openedBy': 'what assigned the task',
  'tracker.lastPenaltyAt': 'the moment of the last penalty',
  'time.clock': 'the time of day',
  'time.weekday': 'the day',
  'time.week': 'the time of the week',
  'time.date': 'the date',
}

function nounOf(fact: string): string {
  const known = nouns[fact]
  if (known !== undefined) return known
  const [group = '', ...rest] = fact.split('.')
  const last = rest.at(-1) ?? ''
  if (group === 'tally') return `the tally ${last}`
  if (group === 'input') return `“${rest[0]}”`
  if (group === 'rule') return `“${fact}”`
  const words = last.replace(/Seconds$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return `the ${group}’s ${words}`
}

function quantityOf(fact: string): ((much: string) => string) | undefined {
  const known = quantities[fact]
  if (known) return known
  const [, rule, what] = /^rule\.(.+)\.(\w+)$/.exec(fact) ?? []
  if (what === 'lastFiredAgoSeconds') return (much) => `the rule ${rule} last fired ${much} ago`
  const [, period] = /^firedTimes(Today|ThisWeek|ThisLock)$/.exec(what ?? '') ?? []
  if (period !== undefined) {
    const when = { Today: 'today', ThisWeek: 'this week', ThisLock: 'on this lock' }[period]
    return (much) => `the rule ${rule} fired ${much === '1' ? 'once' : `${much} times`} ${when}`
  }
  const [, input] = /^input\.([^.]+)\.agoSeconds$/.exec(fact) ?? []
  if (input !== undefined) return (much) => `“${input}” was last used ${much} ago`
  const [, tally] = /^tally\.(.+)$/.exec(fact) ?? []
  return tally === undefined ? undefined : (much) => `the tally ${tally} is ${much}`
}

function truthOf(fact: string): readonly [string, string, string?, string?] | undefined {
  const known = truths[fact]
  if (known) return known
  const [, service] = /^service\.(\w+)\.healthy$/.exec(fact) ?? []
  if (service !== undefined) return [`${service} answers`, `${service} does not answer`]
  const [, input] = /^input\.([^.]+)$/.exec(fact) ?? []
  if (input === undefined) return undefined
  return [`“${input}” is on`, `“${input}” is off`, `“${input}” is switched on`, `“${input}” is switched off`]
}

/** A comparison with true or false; null for any other. */
function sayTruth(leaf: Leaf, holds: boolean): string | null {
  if (leaf.type !== 'boolean' || !('value' in leaf.than) || typeof leaf.than.value !== 'boolean') return null
  if (leaf.operator !== 'equal' && leaf.operator !== 'notEqual') return null
  const is = (leaf.than.value === (leaf.operator === 'equal')) === holds
  const words = truthOf(leaf.fact)
  return words ? words[is ? 0 : 1] : `${nounOf(leaf.fact)} is ${is}`
}

const comparisons: Readonly<Record<string, string>> = {
  lessThan: 'less than',
  lessThanInclusive: 'at most',
  greaterThan: 'more than',
  greaterThanInclusive: 'at least',
  equal: 'exactly',
  notEqual: 'anything but',
}

function sayLeaf(leaf: Leaf, zone: string): string {
  const { fact, operator, than, type } = leaf
  const truth = sayTruth(leaf, true)
  if (truth !== null) return truth
  if (operatorNamed(operator)?.onChange) return sayChange(leaf, zone)
  if (operator === 'isKnown' || operator === 'isUnknown') {
    return `${nounOf(fact)} is ${operator === 'isKnown' ? 'known' : 'not known'}`
  }
  if (type === 'clock' || type === 'weekday' || type === 'week' || type === 'date') {
    if (fact.startsWith('time.')) return sayTime(leaf, zone)
  }
  const value = (one: Scalar) => sayOne(one, type, zone)
  const compared = comparisons[operator]
  if ('factName' in than) {
    const words = operator === 'equal' ? 'the same as' : operator === 'notEqual' ? 'other than' : (compared ?? operator)
    return `${nounOf(fact)} is ${words} ${nounOf(than.factName)}`
  }
  const several = Array.isArray(than.value) ? than.value.map(value) : []
  const one = Array.isArray(than.value) || than.value === null ? '' : value(than.value as Scalar)
  if (operator === 'contains') return `${nounOf(fact)} contains ${one}`
  if (operator === 'doesNotContain') return `${nounOf(fact)} does not contain ${one}`
  if (operator === 'in' || operator === 'notIn') {
    return `${nounOf(fact)} is ${operator === 'in' ? '' : 'neither '}${joinedBy(several, operator === 'in' ? 'or' : 'nor')}`
  }
  const much = operator === 'between' ? `between ${joined(several, 'and')}` : `${compared ?? operator} ${one}`
  const quantity = quantityOf(fact)
  if (quantity && (type === 'seconds' || type === 'number')) {
    return quantity(operator === 'equal' ? one : operator === 'notEqual' ? `other than ${one}` : much)
  }
  if (operator === 'equal') return `${nounOf(fact)} is ${one}`
  if (operator === 'notEqual') return `${nounOf(fact)} is not ${one}`
  return `${nounOf(fact)} is ${much}`
}

function joinedBy(parts: readonly string[], word: 'or' | 'nor'): string {
  const last = parts.at(-1) ?? ''
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} ${word} ${last}` : last
}

function sayTime({ operator, than, type }: Leaf, zone: string): string {
  const value = (one: Scalar) => sayOne(one, type, zone)
  if ('factName' in than || than.value === null) return `the time is right`
  const all = (Array.isArray(than.value) ? than.value : [than.value]).map((one) => value(one as Scalar))
  if (operator === 'between') return `it is between ${joined(all, 'and')}`
  const [word, list] = [operator === 'notIn' || operator === 'notEqual' ? 'it is not ' : 'it is ', joinedBy(all, 'or')]
  if (operator === 'greaterThan' || operator === 'greaterThanInclusive') return `it is ${list} or later`
  if (operator === 'lessThan' || operator === 'lessThanInclusive') return `it is before ${list}`
  return `${word}${list}`
}

function sayChange({ fact, operator, than, type }: Leaf, zone: string): string {
  const [, button] = /^input\.([^.]+)$/.exec(fact) ?? []
  const value = 'value' in than && than.value !== null && !Array.isArray(than.value) ? (than.value as Scalar) : null
  if (operator === 'becomes' && typeof value === 'boolean') {
    const words = truthOf(fact)
    return words?.[value ? 2 : 3] ?? `${nounOf(fact)} becomes ${value}`
  }
  if (operator === 'becomes') {
    const right = 'factName' in than ? nounOf(than.factName) : value === null ? '' : sayOne(value, type, zone)
    return `${nounOf(fact)} becomes ${right}`
  }
  if (operator === 'changes') return `${nounOf(fact)} changes`
  if (button !== undefined && operator === 'rises' && value === null) return `“${button}” is pressed`
  if (fact === 'tracker.lastPenaltyAt' && operator === 'rises') return 'the link game brings a new penalty'
  const verb = operator === 'rises' ? 'rises' : 'falls'
  if (typeof value !== 'number') return `${nounOf(fact)} ${verb}`
  // How far a moment moves is kept in milliseconds.
  const size = type === 'instant' ? sayDuration(value / 1000) : sayOne(value, type, zone)
  return `${nounOf(fact)} ${verb} by ${size} or more`
}

function sayOne(value: Scalar, type: FactType, zone: string): string {
  if (type === 'text' || type === 'texts') return `“${value}”`
  if (type === 'weekday') return dayNames[Number(value) - 1] ?? String(value)
  return sayValue(value, type, zone)
}

function sayList(then: readonly Intent[]): string {
  return then.map(sayIntent).join(', then ') || 'do nothing'
}

function sayIntent(intent: Intent): string {
  if ('draw' in intent) {
    const whole = intent.draw.reduce((sum, { weight }) => sum + weight, 0)
    const choices = intent.draw.map(({ weight, then }) => `${sayList(then)} (${weight} of ${whole})`)
    return `draw one of: ${choices.join('; ')}`
  }
  const { action, params } = intent
  return (actionWords[action]?.(params) ?? `do ${action}`).trim()
}

type Map = Readonly<Record<string, Json>>

function mapOf(params: Json): Map {
  return typeof params === 'object' && params !== null && !Array.isArray(params) ? (params as Map) : {}
}

/** A length, whatever it is made from; `until` stands for itself. */
function size(params: Json): string {
  if (typeof params === 'number') return sayDuration(Math.abs(params))
  if (!isDrawn(params)) return 'some time'
  const { drawn } = params
  if ('between' in drawn) return drawn.between.map((one) => sayDuration(one)).join(' to ')
  if ('until' in drawn) return `the time until ${sayClock(drawn.until).slice(0, 5)}`
  return `${joinedBy(
    drawn.steps.map((one) => sayDuration(one)),
    'or',
  )} (by ${nounOf(drawn.by)})`
}

/** For a length, or up to a time of day. */
function lasting(params: Json): string {
  if (isDrawn(params) && 'until' in params.drawn) return `until ${sayClock(params.drawn.until).slice(0, 5)}`
  return `for ${size(params)}`
}

/** A text in quotes; what is filled in only later is left open. */
function quoted(text: Json | undefined): string {
  const said = isTemplate(text)
    ? text.template.map((part) => (typeof part === 'string' ? part : '…')).join('')
    : typeof text === 'string'
      ? text
      : '…'
  return `“${said}”`
}

const actionWords: Readonly<Record<string, (params: Json) => string>> = {
  add_time: (params) => `add ${size(params)}`,
  remove_time: (params) => `take ${size(params)} off`,
  apply_time: (params) =>
    typeof params === 'number' && params < 0 ? `take ${size(params)} off` : `add ${size(params)}`,
  freeze: (params) => `freeze the lock ${lasting(params)}`,
  unfreeze: () => 'unfreeze the lock',
  toggle_freeze: (params) => `unfreeze the lock if it is frozen, and else freeze it ${lasting(params)}`,
  pillory: (params) => `put the wearer on the pillory for ${size(params)}`,
  'pillory.end': () => 'end the pillory',
  'hygienic_unlock.start': (params) => `start a hygienic opening of ${size(params)}`,
  'task.assign': (params) => {
    const { text, points, duration, verification, replace } = mapOf(params)
    const more = [
      ...(typeof points === 'number' && points > 0 ? [`${points} ${points === 1 ? 'point' : 'points'}`] : []),
      ...(typeof duration === 'number' ? [sayDuration(duration)] : []),
      ...(verification === true ? ['to be verified'] : []),
      ...(replace === true ? ['in place of an open one'] : []),
    ]
    return `assign a task ${quoted(text)}${more.length > 0 ? ` (${more.join(', ')})` : ''}`
  },
  'task.start_timer': () => 'start the timer of the task',
  'task.complete': (params) => (params === false ? 'close the task as failed' : 'close the task as done'),
  'settings.patch': () => 'change settings of the lock',
  log: (params) => `write ${quoted(mapOf(params).title)} to the log`,
  notify: (params) => {
    const { target, message, title } = mapOf(params)
    // What is wholly filled in later says nothing yet; its title does.
    const text = quoted(message) === '“…”' ? quoted(title) : quoted(message)
    return `tell ${target === 'both' ? 'wearer and keyholder' : `the ${target}`} ${text}`
  },
  device: (params) => `tell the device ${mapOf(params).command ?? 'something'}`,
  'tracker.game': (params) => {
    const { game, as } = mapOf(params)
    const by = as === 'dom' ? ' as the keyholder' : as === 'public' ? ' as a visitor' : ''
    if (game === 'dice') return `roll the dice on the Tracker${by}`
    return game === 'luck' ? `try luck on the Tracker${by}` : `play the link game on the Tracker${by}`
  },
  'tracker.session.start': () => 'start a session on the Tracker',
  tell: (params) => {
    const { text, to } = mapOf(params)
    const names = Array.isArray(to) && to.length > 0 ? ` (${to.join(', ')})` : ''
    return `send people the message ${quoted(text)}${names}`
  },
  'tally.add': (params) => {
    const { name, points } = mapOf(params)
    return typeof points === 'number' && points < 0
      ? `take ${-points} off the tally ${name}`
      : `add ${points} to the tally ${name}`
  },
  'tally.reset': (params) => `set the tally ${mapOf(params).name} to 0`,
  nothing: () => 'do nothing',
}
