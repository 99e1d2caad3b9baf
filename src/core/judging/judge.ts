import {
  Almanac,
  Engine,
  Rule as EngineRule,
  type EngineResult as EngineRun,
  type TopLevelCondition,
} from 'json-rules-engine'
import type { Instant } from '../calendar/time.ts'
import { allOperators } from '../language/operators.ts'
import { type Facts, type FactType, type Saw, sawAt, type Truth, type Value } from '../model/fact.ts'
import { onceFor } from '../model/once.ts'
import { type Condition, leavesOf, type Rule, type RuleSet } from '../model/rule.ts'
import type { Moved } from '../model/rulememory.ts'
import type { Trace, Verdict } from '../model/verdicts.ts'
import { allOf, anyOf, notOf } from './trace.ts'

/** A fact for the engine: its present sight, and its type for operators that depend on it. */
interface Handed {
  saw: Saw
  type: FactType
}

/** The right side of a comparison; for a change leaf also the move of its fact. */
interface Against {
  saw: Saw
  moved?: Moved | null
}

/** The move of the fact of a rule's change leaf since it was last seen; null if unknown. */
export type Movement = (rule: Rule, leaf: string) => Moved | null

/** The number of rules at a time with which the engine is fastest. */
const rulesAnEngine = 64

const whenOf = (id: string) => `${id} when`
const onlyIfOf = (id: string) => `${id} only_if`
const movementOf = (id: string, leaf: string) => `${id} moved ${leaf}`

/**
 * Judges these rules' conditions at a moment with json-rules-engine. Its own verdict is never read, since it takes
 * unknown for false. The results of the leaves are combined with Kleene's logic; this combination is the trace.
 */
export async function judge(
  rules: RuleSet,
  facts: Facts,
  now: Instant,
  movement: Movement,
  judged: readonly Rule[] = rules.rules,
): Promise<ReadonlyMap<string, Verdict>> {
  const almanac = new Almanac()
  const asked = judged === rules.rules ? rules.uses : new Set(judged.flatMap(({ uses }) => [...uses]))
  for (const name of asked) {
    const type = rules.catalogue.get(name)?.type ?? 'text'
    almanac.addFact(name, { saw: sawAt(facts, name, now), type } satisfies Handed)
  }
  for (const rule of judged) {
    for (const [key, { than }] of rule.changes) {
      const saw: Saw = { known: true, value: 'value' in than ? (than.value as Value) : '' }
      almanac.addFact(movementOf(rule.id, key), { saw, moved: movement(rule, key) } satisfies Against)
    }
  }
  const all = judged.flatMap(forEngine)
  const named = new Set(judged.flatMap(({ when, onlyIf }) => [when, onlyIf].flatMap(operatorsIn)))
  let run: EngineRun | null = null
  for (let first = 0; first < all.length; first += rulesAnEngine) {
    const engine = new Engine([], { replaceFactsInEventParams: false })
    for (const operator of allOperators) {
      if (!named.has(operator.name)) continue
      engine.addOperator<Handed, Against | (() => Against)>(operator.name, (left, right) => {
        const { saw, moved = null } = typeof right === 'function' ? right() : right
        return operator.test(left.saw, saw, left.type, moved) as boolean
      })
    }
    for (const rule of all.slice(first, first + rulesAnEngine)) engine.addRule(rule)
    run = await engine.run({}, { almanac })
  }
  // The almanac collects the results of all engines that run on it, so the last one has all.
  const results = new Map<string, EngineResult>()
  for (const result of [...(run?.results ?? []), ...(run?.failureResults ?? [])]) {
    results.set(result.name, result.conditions as unknown as EngineResult)
  }
  const folded = (condition: Condition | null, name: string) => {
    const result = results.get(name)
    return condition && result ? fold(condition, result) : null
  }
  return new Map(
    judged.map((rule) => [
      rule.id,
      { when: folded(rule.when, whenOf(rule.id)), onlyIf: folded(rule.onlyIf, onlyIfOf(rule.id)) },
    ]),
  )
}

function operatorsIn(condition: Condition | null): string[] {
  return condition ? leavesOf(condition).map(({ operator }) => operator) : []
}

/** json-rules-engine's form of a rule. Its `engine` field changes with every run; our operators do not. */
const forEngine = onceFor((rule: Rule): readonly EngineRule[] => [
  ...(rule.when ? [engineRule(whenOf(rule.id), rule.when, rule)] : []),
  ...(rule.onlyIf ? [engineRule(onlyIfOf(rule.id), rule.onlyIf, rule)] : []),
])

function engineRule(name: string, condition: Condition, rule: Rule): EngineRule {
  let leaf = 0
  const toEngine = (part: Condition): Record<string, unknown> => {
    if ('all' in part) return { all: part.all.map(toEngine) }
    if ('any' in part) return { any: part.any.map(toEngine) }
    if ('not' in part) return { not: toEngine(part.not) }
    const { fact, operator, than } = part
    const key = String(leaf++)
    if (condition === rule.when && rule.changes.has(key)) {
      return { fact, operator, value: { fact: movementOf(rule.id, key) } }
    }
    if ('factName' in than) return { fact, operator, value: { fact: than.factName } }
    // The engine copies every value of a condition at each run, except functions.
    const against = { saw: { known: true, value: than.value } }
    return { fact, operator, value: () => against }
  }
  const inner = toEngine(condition)
  const root = 'fact' in inner ? { all: [inner] } : inner
  return new EngineRule({ name, conditions: root as TopLevelCondition, event: { type: 'true' } })
}

/** The parts of the engine's result tree that are read: a leaf's own result and what it compared. */
interface EngineResult {
  all?: EngineResult[]
  any?: EngineResult[]
  not?: EngineResult
  result?: Truth
  factResult?: Handed
  valueResult?: Against | (() => Against)
}

function fold(condition: Condition, result: EngineResult): Trace {
  if ('all' in condition) {
    return allOf(condition.all.map((inner, i) => fold(inner, memberOf(result.all, i))))
  }
  if ('any' in condition) {
    return anyOf(condition.any.map((inner, i) => fold(inner, memberOf(result.any, i))))
  }
  if ('not' in condition) {
    return notOf(fold(condition.not, memberOf(result.not ? [result.not] : [], 0)))
  }
  const leaf = 'fact' in result ? result : memberOf(result.all, 0)
  if (leaf.result === undefined || !leaf.factResult) throw new Error(`the engine left out ${condition.text}`)
  return {
    truth: leaf.result,
    leaf: condition,
    saw: leaf.factResult.saw,
    than: (typeof leaf.valueResult === 'function' ? leaf.valueResult() : leaf.valueResult)?.saw ?? nothing,
  }
}

const nothing: Saw = { known: true, value: null as unknown as Value }

function memberOf(members: readonly EngineResult[] | undefined, index: number): EngineResult {
  const member = members?.[index]
  if (!member) throw new Error('the engine answered with another tree than it was given')
  return member
}
