import type { Instant } from '../calendar/time.ts'
import { operatorNamed } from '../language/operators.ts'
import { type Facts, type Saw, sawAt, type Truth, type Value } from '../model/fact.ts'
import type { Condition } from '../model/rule.ts'
import type { LeafTrace, Trace } from '../model/verdicts.ts'

/** Kleene's and. */
export function allOf(all: readonly Trace[]): Trace {
  return { truth: everyTrue(all), all }
}

/** Kleene's or. */
export function anyOf(any: readonly Trace[]): Trace {
  return { truth: someTrue(any), any }
}

export function notOf(not: Trace): Trace {
  return { truth: opposite(not.truth), not }
}

/** A condition that is asked once with its result, by the operators of the engine. */
export function traced(condition: Condition, facts: Facts, now: Instant): Trace {
  if ('all' in condition) return allOf(condition.all.map((one) => traced(one, facts, now)))
  if ('any' in condition) return anyOf(condition.any.map((one) => traced(one, facts, now)))
  if ('not' in condition) return notOf(traced(condition.not, facts, now))
  const { fact, than: right, operator, type } = condition
  const saw = sawAt(facts, fact, now)
  const than = 'factName' in right ? sawAt(facts, right.factName, now) : { known: true, value: right.value as Value }
  return {
    truth: operatorNamed(operator)?.test(saw, than as Saw, type, null) ?? null,
    leaf: condition,
    saw,
    than: than as Saw,
  }
}

/** The leaves of a trace, in the order in which they are written. */
export function leafTraces(trace: Trace): LeafTrace[] {
  if ('leaf' in trace) return [trace]
  if ('not' in trace) return leafTraces(trace.not)
  return ('all' in trace ? trace.all : trace.any).flatMap(leafTraces)
}

/** Replaces leaves of a trace, by their places, and combines them again; the same object if no leaf differs. */
export function withLeaves(
  trace: Trace,
  replace: (leaf: LeafTrace, place: number) => LeafTrace,
  place = { leaf: 0 },
): Trace {
  if ('leaf' in trace) return replace(trace, place.leaf++)
  if ('not' in trace) {
    const not = withLeaves(trace.not, replace, place)
    return not === trace.not ? trace : notOf(not)
  }
  const members = 'all' in trace ? trace.all : trace.any
  let differs = false
  const others = members.map((member) => {
    const made = withLeaves(member, replace, place)
    if (made !== member) differs = true
    return made
  })
  if (!differs) return trace
  return 'all' in trace ? allOf(others) : anyOf(others)
}

/** The result of a condition without its changes, which are seen only once and cannot be tested again. */
export function truthButForChanges(trace: Trace): Truth {
  if ('leaf' in trace) return operatorNamed(trace.leaf.operator)?.onChange ? true : trace.truth
  if ('not' in trace) return opposite(truthButForChanges(trace.not))
  const members = ('all' in trace ? trace.all : trace.any).map((one) => ({ truth: truthButForChanges(one) }))
  return 'all' in trace ? everyTrue(members) : someTrue(members)
}

function opposite(truth: Truth): Truth {
  return truth === null ? null : !truth
}

function everyTrue(traces: readonly { truth: Truth }[]): Truth {
  if (traces.some(({ truth }) => truth === false)) return false
  return traces.every(({ truth }) => truth === true) ? true : null
}

function someTrue(traces: readonly { truth: Truth }[]): Truth {
  if (traces.some(({ truth }) => truth === true)) return true
  return traces.every(({ truth }) => truth === false) ? false : null
}
