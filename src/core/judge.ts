import { Almanac, Engine, Rule as EngineRule, type TopLevelCondition } from 'json-rules-engine'
import { at, type Facts, type FactType, type Instant, type Saw, type Truth, unknown, type Value } from './fact.ts'
import { operators } from './operators.ts'
import type { Condition, Rule, RuleSet } from './rules/compile.ts'
import type { Leaf } from './rules/leaf.ts'

/** A condition with what it came to, leaf by leaf: the explanation and the verdict are one and the same. */
export type Trace = { truth: Truth } & (
  | { leaf: Leaf; saw: Saw; than: Saw }
  | { all: readonly Trace[] }
  | { any: readonly Trace[] }
  | { not: Trace }
)

/** What the engine is handed for a fact: its sight at this moment, and its type for operators that go by it. */
interface Handed {
  saw: Saw
  type: FactType
}

/** The engine is fastest with so many rules at a time. */
const rulesAnEngine = 64

/** json-rules-engine's form of each rule, made once. Its `engine` field changes with every run; our operators do not. */
const prepared = new WeakMap<Rule, EngineRule>()

/**
 * The truth of every rule's condition at a moment, judged by json-rules-engine. Its own verdict is never read: it
 * takes unknown for false. Its leaves' results are folded with Kleene's logic, and the fold is the trace.
 */
export async function judge(rules: RuleSet, facts: Facts, now: Instant): Promise<ReadonlyMap<string, Trace>> {
  const almanac = new Almanac()
  for (const name of rules.uses) {
    const type = rules.catalogue.get(name)?.type ?? 'text'
    almanac.addFact(name, { saw: at(facts.get(name) ?? unknown('unread', now), now), type } satisfies Handed)
  }
  const traces = new Map<string, Trace>()
  for (let first = 0; first < rules.rules.length; first += rulesAnEngine) {
    const some = rules.rules.slice(first, first + rulesAnEngine)
    const engine = new Engine([], { replaceFactsInEventParams: false })
    for (const operator of operators) {
      engine.addOperator<Handed, Handed | { saw: Saw }>(
        operator.name,
        (left, right) => operator.test(left.saw, right.saw, left.type) as boolean,
      )
    }
    for (const rule of some) engine.addRule(forEngine(rule))
    const { results, failureResults } = await engine.run({}, { almanac })
    for (const result of [...results, ...failureResults]) {
      const rule = rules.byId.get(result.name)
      if (rule) traces.set(rule.id, fold(rule.when, result.conditions as unknown as EngineResult))
    }
  }
  return traces
}

function forEngine(rule: Rule): EngineRule {
  let made = prepared.get(rule)
  if (!made) {
    const inner = toEngine(rule.when)
    const root = 'fact' in inner ? { all: [inner] } : inner
    made = new EngineRule({ name: rule.id, conditions: root as TopLevelCondition, event: { type: 'true' } })
    prepared.set(rule, made)
  }
  return made
}

/** A condition in json-rules-engine's own form. */
function toEngine(condition: Condition): Record<string, unknown> {
  if ('all' in condition) return { all: condition.all.map(toEngine) }
  if ('any' in condition) return { any: condition.any.map(toEngine) }
  if ('not' in condition) return { not: toEngine(condition.not) }
  const { fact, operator, than } = condition
  const value = 'factName' in than ? { fact: than.factName } : { saw: { known: true, value: than.value } }
  return { fact, operator, value }
}

/** The parts of the engine's result tree that are read: a leaf's own result and what it compared. */
interface EngineResult {
  all?: EngineResult[]
  any?: EngineResult[]
  not?: EngineResult
  result?: Truth
  factResult?: Handed
  valueResult?: { saw: Saw }
}

function fold(condition: Condition, result: EngineResult): Trace {
  if ('all' in condition) {
    const all = condition.all.map((inner, i) => fold(inner, memberOf(result.all, i)))
    return { truth: everyTrue(all), all }
  }
  if ('any' in condition) {
    const any = condition.any.map((inner, i) => fold(inner, memberOf(result.any, i)))
    return { truth: someTrue(any), any }
  }
  if ('not' in condition) {
    const not = fold(condition.not, memberOf(result.not ? [result.not] : [], 0))
    return { truth: not.truth === null ? null : !not.truth, not }
  }
  const leaf = 'fact' in result ? result : memberOf(result.all, 0)
  if (leaf.result === undefined || !leaf.factResult) throw new Error(`the engine left out ${condition.text}`)
  return {
    truth: leaf.result,
    leaf: condition,
    saw: leaf.factResult.saw,
    than: leaf.valueResult?.saw ?? { known: true, value: null as unknown as Value },
  }
}

function memberOf(members: readonly EngineResult[] | undefined, index: number): EngineResult {
  const member = members?.[index]
  if (!member) throw new Error('the engine answered with another tree than it was given')
  return member
}

function everyTrue(traces: readonly Trace[]): Truth {
  if (traces.some(({ truth }) => truth === false)) return false
  return traces.every(({ truth }) => truth === true) ? true : null
}

function someTrue(traces: readonly Trace[]): Truth {
  if (traces.some(({ truth }) => truth === true)) return true
  return traces.every(({ truth }) => truth === false) ? false : null
}
