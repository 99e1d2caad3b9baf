import type { Fault, Place } from '../../document/fault.ts'
import type { Path } from '../../document/yaml.ts'
import type { Moments } from '../calendar/moment.ts'
import type { Span } from '../calendar/span.ts'
import type { Window } from '../calendar/window.ts'
import type { Budget } from './budget.ts'
import type { Chance } from './chance.ts'
import type { FactType, Scalar } from './fact.ts'
import { onceFor } from './once.ts'
import type { Quota } from './quota.ts'
import type { ActionKind, FactEntry, Json } from './service.ts'

/** Every fact there is, by name: what `facts`, checks, schemas and editors know of them. */
export type Catalogue = ReadonlyMap<string, FactEntry>

/** One comparison: a fact, an operator, and a value or another fact of the same type. */
export interface Leaf {
  fact: string
  type: FactType
  /** The engine's name of the operator. */
  operator: string
  than: { value: Scalar | readonly Scalar[] | null } | { factName: string }
  /** As a person wrote or would write it. */
  text: string
  /** Where it stands, if it was read from a file. */
  place?: Place
}

export type Condition = Leaf | { all: readonly Condition[] } | { any: readonly Condition[] } | { not: Condition }

/** Every comparison of a condition, in the order in which it is written. */
export const leavesOf = onceFor((condition: Condition): readonly Leaf[] => {
  if ('all' in condition) return condition.all.flatMap(leavesOf)
  if ('any' in condition) return condition.any.flatMap(leavesOf)
  return 'not' in condition ? leavesOf(condition.not) : [condition]
})

/**
 * One action of a rule, its parameters checked and its texts read; or several lists of which one is done: by a draw, or
 * by whether a condition is true.
 */
export type Intent =
  | { action: string; params: Json }
  | { draw: readonly { weight: number; then: readonly Intent[] }[] }
  | Branch

/** Two lists of which a condition decides at the firing; an unknown one does neither. */
export interface Branch {
  if: Condition
  then: readonly Intent[]
  else: readonly Intent[]
}

/** Every action that a rule's lists may come to, those of each choice of a draw included, with the way to it. */
export function actionsOf({ then, otherwise }: Pick<Rule, 'then' | 'otherwise'>): ReturnType<typeof actionsIn> {
  return [...actionsIn(then, ['then']), ...actionsIn(otherwise, ['otherwise'])]
}

/** Every action that a list may come to, each with the way to it from where the list stands. */
export function actionsIn(then: readonly Intent[], path: Path): { action: string; params: Json; path: Path }[] {
  return then.flatMap((intent, i) =>
    'action' in intent
      ? [{ ...intent, path: [...path, i] }]
      : listsIn(intent).flatMap((list) => actionsIn(list.then, [...path, i, ...list.path])),
  )
}

/** The lists of an item of which one is done, with the way to each. */
export function listsIn(intent: Exclude<Intent, { action: string }>): { then: readonly Intent[]; path: Path }[] {
  if ('draw' in intent) return intent.draw.map(({ then }, k) => ({ then, path: ['draw', k, 'then'] }))
  return [
    { then: intent.then, path: ['then'] },
    { then: intent.else, path: ['else'] },
  ]
}

/** The conditions within a list. */
export function conditionsIn(then: readonly Intent[]): Condition[] {
  return then.flatMap((intent) => {
    if ('action' in intent) return []
    const inner = listsIn(intent).flatMap((list) => conditionsIn(list.then))
    return 'if' in intent ? [intent.if, ...inner] : inner
  })
}

/** Something people press: a fact for rules. */
export interface Input {
  type: 'switch' | 'button'
  by: readonly ('keyholder' | 'wearer')[]
}

/** Something rules count. */
export interface Tally {
  /** How long each point counts. */
  lasts: Span
}

/** Something that is to be done each day or week, and how often on end it was. */
export interface Streak {
  /** `input.NAME` of a button, or `rule.ID`. */
  of: string
  each: 'day' | 'week'
  /** How many may be left out. */
  spare: Quota | null
}

/** A rule, ready to be judged. */
export interface Rule {
  id: string
  /** The id it had before, whose memory it goes on with. */
  was: string | null
  file: string
  line: number
  description: string
  /** Always true where a rule has only moments. */
  when: Condition | null
  /** Changes when `when` is edited in more than its layout. */
  digest: string
  /** Its change leaves, by their place among all its leaves. */
  changes: ReadonlyMap<string, Leaf>
  /** Facts that its conditions, sizes and texts ask for. */
  uses: ReadonlySet<string>
  /** Services whose readings its conditions rest on. */
  reads: readonly string[]
  /** Whether it can be decided without a reading: it asks for nothing that is read, and does nothing to a service. */
  needsNoReading: boolean
  enabled: boolean
  forMs: number
  repeatMs: number
  /** Time that `for` and `repeat` do not count. */
  pause: readonly Window[]
  at: readonly Moments[]
  /** It occurs so long after each firing of another rule. */
  after: { rule: string; waitMs: number } | null
  graceMs: number
  cooldownMs: number
  limits: readonly Quota[]
  /** The budget that it shares with other rules. */
  budget: string | null
  onlyIf: Condition | null
  chance: Chance | null
  onFailure: 'stop' | 'continue'
  resend: boolean
  then: readonly Intent[]
  /** What is done for an occurrence that a key of it costs. */
  otherwise: readonly Intent[]
  /** Of both lists. */
  thenDigest: string
  /** How many actions its longer list can come to, of those that count as one. */
  longest: number
  /** What is odd at one of its parts, by the way to it from the rule. */
  lint(path: Path, message: string, more?: { hint?: string; key?: boolean }): Fault
}

/** Whether it is decided at moments, rather than by how its condition turns. */
export function hasMoments({ at, after }: Pick<Rule, 'at' | 'after'>): boolean {
  return at.length > 0 || after !== null
}

/** All rules of a lock, in the order in which they act: by file path, then position. */
export interface RuleSet {
  rules: readonly Rule[]
  byId: ReadonlyMap<string, Rule>
  inputs: ReadonlyMap<string, Input>
  tallies: ReadonlyMap<string, Tally>
  streaks: ReadonlyMap<string, Streak>
  budgets: ReadonlyMap<string, Budget>
  catalogue: Catalogue
  actions: ReadonlyMap<string, ActionKind>
  /** Facts that some condition, size or text asks for. */
  uses: ReadonlySet<string>
  digest: string
}

/** A rule set without any rule: for looking only. */
export const noRules: RuleSet = {
  rules: [],
  byId: new Map(),
  inputs: new Map(),
  tallies: new Map(),
  streaks: new Map(),
  budgets: new Map(),
  catalogue: new Map(),
  actions: new Map(),
  uses: new Set(),
  digest: '',
}

/** Whether a rule asks for a service, be it for a fact of it, a reading, or an action at it. */
export function asksFor(service: string, rule: Rule, { catalogue, actions }: RuleSet): boolean {
  return (
    [...rule.uses].some((name) => catalogue.get(name)?.source.startsWith(`${service}.`) === true) ||
    rule.reads.includes(service) ||
    actionsOf(rule).some(({ action }) => actions.get(action)?.service === service)
  )
}
