import { distinctFaults, type Fault, suggestion } from '../../document/fault.ts'
import { comingOf } from '../calendar/cron.ts'
import { sayDuration } from '../calendar/duration.ts'
import { type Instant, sayInstant } from '../calendar/time.ts'
import type { Bounds, Limits } from '../model/agreement.ts'
import type { Lack } from '../model/lack.ts'
import {
  actionsIn,
  actionsOf,
  type Catalogue,
  type Condition,
  conditionsIn,
  hasMoments,
  type Leaf,
  leavesOf,
  type Rule,
  type RuleSet,
} from '../model/rule.ts'
import type { ActionKind, Effect, Json } from '../model/service.ts'
import { ageLints } from './agelint.ts'
import { withoutText } from './condition.ts'
import { loopsIn } from './loops.ts'
import { momentLints } from './momentlint.ts'
import { operatorNamed } from './operators.ts'
import { possible } from './possible.ts'
import { purposeLints } from './purpose.ts'
import { atMost, sizesIn } from './size.ts'
import { textLints } from './textlints.ts'
import { toldWithin } from './told.ts'

/** What rules are looked at beside: null where it is not known, as for rule files without a config. */
export interface Surroundings {
  limits: Limits | null
  /** The tokens that the config lacks. */
  lacks: readonly Lack[] | null
  /** By which people can be told; left out where it is not known. */
  channels?: readonly string[]
  /** Ids that some test names; null where there are no tests at all. */
  tested: ReadonlySet<string> | null
  now: Instant
  /** IANA zone, for dates. */
  zone: string
}

/** What a rule set may say but surely does not mean. Only what is certain is told: no lint is a matter of taste. */
export function lint(rules: RuleSet, around: Surroundings): Fault[] {
  const faults = [
    ...rules.rules.flatMap((rule) => conditionLints(rule, rules.catalogue)),
    ...unread(around).flatMap((service) => serviceLint(rules, service)),
    ...rules.rules.flatMap((rule) => ageLints(rule, rules)),
    ...rules.rules.flatMap((rule) => tokenLints(rule, rules, around)),
    ...allOffLint(rules),
    ...rules.rules.flatMap((rule) => textLints(rule, rules.catalogue)),
    ...rules.rules.flatMap(rareDayLints),
    ...rules.rules.flatMap((rule) => momentLints(rule, around.now, around.zone)),
    ...rules.rules.flatMap((rule) => channelLints(rule, around.channels)),
    ...rules.rules.flatMap((rule) => (around.limits ? actionLints(rule, rules.actions, around.limits) : [])),
    ...endsLint(rules, around),
    ...purposeLints(rules, ({ then }) => actionsIn(then, ['then'])),
    ...sameCauseLints(rules),
    ...loopLints(rules),
    ...untestedLint(rules, around.tested),
  ]
  return distinctFaults(faults)
}

/** Rules that may set themselves off, alone or by way of others, with the way. */
function loopLints(rules: RuleSet): Fault[] {
  return loopsIn(rules).flatMap((loop) => {
    const [first] = loop
    const last = loop.at(-1)
    if (!first || !last) return []
    const way = loop
      .map(({ action, to, leaf }) => `${action} may bring about "${leaf.text}" of ${to.id}`)
      .join(', then ')
    const subject = loop.length === 1 ? 'this rule may set itself off' : 'this rule may set itself off by way of others'
    const hint = 'ask for something that its own actions do not change'
    return lintAt(last.leaf, `${subject}: ${way}`, hint)
  })
}

const lintAt = (leaf: Leaf, message: string, hint?: string): Fault[] =>
  leaf.place ? [{ place: leaf.place, message, severity: 'lint', ...(hint ? { hint } : {}) }] : []

function conditionLints(rule: Rule, catalogue: Catalogue): Fault[] {
  const { when, onlyIf } = rule
  const faults = [when, onlyIf, ...conditionsIn([...rule.then, ...rule.otherwise])].flatMap((condition) =>
    condition ? oddIn(condition) : [],
  )
  if (faults.length === 0 && when) {
    const can = possible(when)
    if (can && !can.true) faults.push(rule.lint(['when'], 'this can never be true as a whole: the rule never fires'))
    if (can && !can.other && !hasMoments(rule)) {
      faults.push(rule.lint(['when'], 'this is always true as a whole', { hint: 'the rule fires once, at its start' }))
    }
  }
  return onlyIf ? [...faults, ...unknownInOnlyIf(onlyIf, catalogue)] : faults
}

/** Moments that come once in four years. */
function rareDayLints(rule: Rule): Fault[] {
  return rule.at.flatMap((moments) =>
    moments.kind === 'cron' && comingOf(moments.cron) === 'leap years'
      ? [rule.lint(['at'], `"${moments.text}": this comes only on 29 February, in leap years`)]
      : [],
  )
}

/** The services that the config gives no token to read with. */
function unread({ lacks }: Surroundings): string[] {
  return (lacks ?? []).flatMap(({ service, as }) => (as === 'owner' ? service : []))
}

/** Where a rule asks for a service in such a way that it never fires without; null where it does not. */
function leafAt(service: string, { enabled, when, onlyIf }: Rule, catalogue: Catalogue): Leaf | null {
  if (!enabled) return null
  const isOf = (fact: string) => catalogue.get(fact)?.source.startsWith(`${service}.`) === true
  const asks = [when, onlyIf].find((one) => one && possible(one)?.true && possible(one, isOf)?.true === false)
  const isAsked = ({ fact, than }: Leaf) => isOf('factName' in than ? than.factName : fact) || isOf(fact)
  return (asks && leavesOf(asks).find(isAsked)) ?? null
}

/** The rules that rest on a service and lack it, told once, where the first of them asks for it. */
function serviceLint({ rules, catalogue }: RuleSet, service: string): Fault[] {
  const lame = rules.flatMap((rule) => {
    const leaf = leafAt(service, rule, catalogue)
    return leaf ? { id: rule.id, leaf } : []
  })
  const [first] = lame
  if (!first) return []
  const subject = lame.length === 1 ? '1 rule' : `${lame.length} rules`
  const message = `${subject} can never fire, since the config names no ${service}: ${named(lame.map(({ id }) => id))}`
  return lintAt(first.leaf, message)
}

/** Actions that go out with a token which the config lacks. */
function tokenLints(rule: Rule, { actions, catalogue }: RuleSet, { lacks }: Surroundings): Fault[] {
  const [lame] = (rule.enabled ? actionsOf(rule) : []).flatMap(({ action, params, path }) => {
    const of = (lacks ?? []).filter(({ service }) => service === actions.get(action)?.service)
    const reading = of.find(({ as }) => as === 'owner')
    // That the rule never fires is told of already.
    if (reading && leafAt(reading.service, rule, catalogue)) return []
    const lack = reading ?? of.find(({ as }) => as === 'dom' && isAsDom(params))
    return lack ? [{ action, path, token: lack.token }] : []
  })
  if (!lame) return []
  const hint = `set ${lame.token} (or ${lame.token}_file), or switch the rule off`
  return [rule.lint(lame.path, `${lame.action} is never sent, since the config lacks ${lame.token}`, { hint })]
}

/** Whether an action is the keyholder's, by the keyholder's token. */
export function isAsDom(params: Json): boolean {
  return (
    typeof params === 'object' && params !== null && !Array.isArray(params) && 'as' in params && params.as === 'dom'
  )
}

/** Rules of which none does anything. */
function allOffLint({ rules }: RuleSet): Fault[] {
  const [first] = rules
  if (!first || rules.some(({ enabled }) => enabled)) return []
  const hint = 'take "enabled: false" out of one'
  return [first.lint(['enabled'], 'no rule is switched on, so nothing will be done', { hint })]
}

/** The first few of several ids. */
function named(ids: readonly string[]): string {
  return `${ids.slice(0, 8).join(', ')}${ids.length > 8 ? ', …' : ''}`
}

/** Each is held against each before it; no list that people write is as long. */
const mostPaired = 100

/** Leaves, and pairs of them, that can never be true or always are; and what is written twice. */
function oddIn(condition: Condition): Fault[] {
  if ('not' in condition) return oddIn(condition.not)
  if (!('all' in condition) && !('any' in condition)) {
    const can = possible(condition)
    if (can && !can.true) return lintAt(condition, `"${condition.text}" can never be true`)
    return can && !can.other ? lintAt(condition, `"${condition.text}" is always true`) : []
  }
  const all = 'all' in condition
  const members = flat(condition, all)
  const inner = members.flatMap(oddIn)
  if (inner.length > 0) return inner
  const leaves = members.filter((one): one is Leaf => 'fact' in one).slice(0, mostPaired)
  const faults: Fault[] = []
  leaves.forEach((leaf, i) => {
    for (const before of leaves.slice(0, i)) {
      if (before.fact !== leaf.fact) continue
      if (JSON.stringify(withoutText(before)) === JSON.stringify(withoutText(leaf))) {
        faults.push(...lintAt(leaf, `"${leaf.text}" stands here twice`, 'keep one of them'))
        return
      }
      const can = possible(all ? { all: [before, leaf] } : { any: [before, leaf] })
      if (all && can && !can.true) {
        faults.push(...lintAt(leaf, `"${leaf.text}" is never true together with "${before.text}"`))
        return
      }
      if (!all && can && !can.other) {
        faults.push(...lintAt(leaf, `one of "${before.text}" and "${leaf.text}" is always true`))
        return
      }
    }
  })
  return faults
}

/** The members of a group, those of groups of its own kind within it included. */
function flat(condition: Condition, all: boolean): readonly Condition[] {
  const members = all && 'all' in condition ? condition.all : !all && 'any' in condition ? condition.any : null
  return members ? members.flatMap((member) => flat(member, all)) : [condition]
}

/**
 * A fact that may have no value, asked for in `only_if`: then the firing is dropped, which may not be meant where an
 * order is asked for (what is hidden is not "long ago"). An equality that is unknown is as good as false.
 */
function unknownInOnlyIf(onlyIf: Condition, catalogue: Catalogue): Fault[] {
  const leaves = leavesOf(onlyIf)
  const asked = new Set(leaves.filter(({ operator }) => /^is(Unk|K)nown$/.test(operator)).map(({ fact }) => fact))
  const careless = leaves.filter(({ fact, operator }) => {
    const takes = operatorNamed(operator)?.takes
    return (
      !asked.has(fact) && takes !== 'nothing' && operator !== 'equal' && operator !== 'in' && operator !== 'contains'
    )
  })
  return careless.flatMap((leaf) => {
    // The catalogue's help says of each fact that may lack a value when it does.
    const [why] = /\bunknown (?:if|without|while)[^;]*$/i.exec(catalogue.get(leaf.fact)?.help ?? '') ?? []
    if (why === undefined) return []
    const hint = `say "${leaf.fact} is known" where that is meant, else any: [ ${leaf.text}, ${leaf.fact} is unknown ]`
    return lintAt(leaf, `${leaf.fact} is ${why}, and then every firing is dropped`, hint)
  })
}

/** Actions that the limits refuse every time, or make smaller. */
function actionLints(rule: Rule, kinds: ReadonlyMap<string, ActionKind>, limits: Limits): Fault[] {
  return (rule.enabled ? actionsOf(rule) : []).flatMap(({ action, params, path }) => {
    const effect = kinds.get(action)?.worst(atMost(params))
    if (!effect || effect.allow === '') return []
    if (!limits.allow.includes(effect.allow)) {
      const hint = `the wearer allows it by ${effect.allow} in limits.allow`
      return [rule.lint(path, `${action} is always refused: ${effect.allow} is not among limits.allow`, { hint })]
    }
    const told = toldWithin(effect.told ?? null, effect.command === undefined ? null : limits.device.params)
    if ('refused' in told) return [rule.lint(path, `${action} is always refused: ${told.refused}`)]
    if (told.note !== '') return [rule.lint(path, `${action} is told less: ${told.note}`)]
    const over = effect.counts === null ? null : tightest(limits[effect.counts], effect.seconds)
    if (over === null) return []
    const name = `limits.${effect.counts}.${over.key}`
    if (over.key.startsWith('times') || over.bound < effect.least) {
      return [rule.lint(path, `${action} is always refused: ${name} is ${over.said}`)]
    }
    return rarelyMost(params)
      ? []
      : [
          rule.lint(path, `${action} is clamped to ${over.said}: ${name}`, {
            hint: `it asks for ${sayDuration(effect.seconds)}`,
          }),
        ]
  })
}

/** What a rule says to nobody. */
function channelLints(rule: Rule, channels: readonly string[] | undefined): Fault[] {
  if (channels === undefined) return []
  return (rule.enabled ? actionsOf(rule) : []).flatMap(({ action, params, path }) => {
    if (action !== 'tell') return []
    if (channels.length === 0) {
      return [rule.lint(path, 'tell reaches nobody', { hint: 'the config names no channels under tell' })]
    }
    const odd = (params as { to: string[] }).to.find((name) => !channels.includes(name))
    if (odd === undefined) return []
    return [rule.lint(path, `there is no channel "${odd}"`, { hint: suggestion(odd, channels) })]
  })
}

/** What goes by facts or a moment is rarely as large as it can be. */
function rarelyMost(params: Json): boolean {
  return sizesIn(params).some((drawn) => !('between' in drawn) && !('steps' in drawn))
}

/** The limit that leaves least of a size; null where all of it is left. */
function tightest(bounds: Bounds, seconds: number): { key: string; bound: number; said: string } | null {
  const sizes = (['each', 'per_hour', 'per_day', 'per_week', 'per_lock'] as const).flatMap((key) => {
    const bound = bounds[key]
    return bound !== null && bound < seconds ? [{ key, bound, said: sayDuration(bound) }] : []
  })
  const counts = ['times_per_hour', 'times_per_day', 'times_per_week', 'times_per_lock'] as const
  const none = counts.find((key) => bounds[key] === 0)
  if (none) return { key: none, bound: 0, said: '0' }
  return sizes.sort((one, other) => one.bound - other.bound)[0] ?? null
}

/** Restriction after the agreed end, told once. */
function endsLint({ rules, actions }: RuleSet, { limits, now, zone }: Surroundings): Fault[] {
  if (!limits || limits.ends === null || now < limits.ends) return []
  const late = rules.flatMap((rule) =>
    (rule.enabled ? actionsOf(rule) : [])
      .filter(({ action, params }) => restricts(actions.get(action)?.worst(atMost(params))))
      .map(({ path }) => ({ rule, path })),
  )
  const [first] = late
  if (!first) return []
  const more = late.length > 1 ? `this and ${late.length - 1} more are refused` : 'this is refused'
  return [first.rule.lint(first.path, `limits.ends was ${sayInstant(limits.ends, zone)}: ${more}`)]
}

function restricts(effect: Effect | undefined): boolean {
  return effect?.toward === 'restricts'
}

/** Two rules that answer the same cause by the same restriction do it twice over. */
function sameCauseLints({ rules, actions }: RuleSet): Fault[] {
  const seen = new Map<string, Rule>()
  return rules.flatMap((rule) => {
    if (!rule.enabled || rule.chance !== null) return []
    const names = actionsIn(rule.then, ['then'])
      .filter(({ action, params }) => restricts(actions.get(action)?.worst(atMost(params))))
      .map(({ action }) => action)
    const cause = JSON.stringify([
      sorted(rule.when),
      sorted(rule.onlyIf),
      rule.at.map(({ text }) => text).sort(),
      rule.after,
      rule.forMs,
    ])
    return [...new Set(names)].flatMap((action) => {
      const key = `${action} ${cause}`
      const first = seen.get(key)
      if (!first) {
        seen.set(key, rule)
        return []
      }
      const message = `${rule.id} does ${action} for the very cause for which ${first.id} does it`
      return [rule.lint(['id'], message, { hint: `${first.id} stands at ${first.file}:${first.line}` })]
    })
  })
}

/** A condition as data in which the order of a group's members is of no account. */
function sorted(condition: Condition | null): unknown {
  if (condition === null) return null
  if ('not' in condition) return { not: sorted(condition.not) }
  if (!('all' in condition) && !('any' in condition)) return withoutText(condition)
  const members = ('all' in condition ? condition.all : condition.any).map((member) => JSON.stringify(sorted(member)))
  const one = members.length === 1 ? members[0] : undefined
  if (one !== undefined) return JSON.parse(one)
  return { ['all' in condition ? 'all' : 'any']: members.sort() }
}

/** Where there are tests at all, the rules that none of them names. */
function untestedLint({ rules }: RuleSet, tested: Surroundings['tested']): Fault[] {
  const untested = tested === null ? [] : rules.filter(({ id }) => !tested.has(id))
  const [first] = untested
  if (!first) return []
  const message = untested.length === 1 ? '1 rule has no test' : `${untested.length} rules have no test`
  return [first.lint(['id'], `${message}: ${named(untested.map(({ id }) => id))}`)]
}
