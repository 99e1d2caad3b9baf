import type { Instant } from '../calendar/time.ts'
import { operatorNamed } from '../language/operators.ts'
import { type Fact, type Facts, type Saw, sameValue, sawAt, zeroOf } from '../model/fact.ts'
import type { Rule } from '../model/rule.ts'
import type { LeafTrace, Verdict } from '../model/verdicts.ts'
import type { Movement } from './judge.ts'
import { withLeaves } from './trace.ts'

/** The names of facts that have left their line. A fact that only ran along it is not among them. */
export function offTheirLines(before: Facts, after: Facts): string[] {
  const names: string[] = []
  let found = 0
  for (const [name, is] of after) {
    const was = before.get(name)
    if (was) found++
    if (!isOnLine(was, is)) names.push(name)
  }
  if (found < before.size) for (const name of before.keys()) if (!after.has(name)) names.push(name)
  return names
}

function isOnLine(was: Fact | undefined, is: Fact | undefined): boolean {
  if (was === is) return true
  if (!was || !is || was.known !== is.known || was.pace !== is.pace || was.turnsAt !== is.turnsAt) return false
  if (!was.known || !is.known) return was.known || is.known || was.why === is.why
  if (was.most !== is.most) return false
  if (is.pace === 0) return sameValue(was.value, is.value)
  return was.leadMs === is.leadMs && zeroOf(was) === zeroOf(is)
}

/** Seconds by which two readings of one line may differ. */
const sameLineSeconds = 3

/** Whether the reading before explains everything that a reading shows. */
export function isCalm(before: Facts, after: Facts): boolean {
  if (before.size !== after.size) return false
  for (const [name, is] of after) {
    const was = before.get(name)
    if (was?.known !== is.known || was.pace !== is.pace) return false
    if (!was.known || !is.known) continue
    if (is.pace === 0 ? !sameValue(was.value, is.value) : Math.abs(zeroOf(was) - zeroOf(is)) > sameLineSeconds * 1000) {
      return false
    }
  }
  return true
}

const noChanges: Rule['changes'] = new Map()

/**
 * Tests the last verdict again with the engine's operators. Returns the same object if each leaf has the same result,
 * and another if some leaves differ but the verdict stays. Null if the verdict may differ; then the engine must judge.
 * The values in the trace are not refreshed.
 */
export function stillSo(rule: Rule, last: Verdict, facts: Facts, now: Instant, movement: Movement): Verdict | null {
  const again = (changes: Rule['changes']) => (trace: LeafTrace, place: number) => {
    const { leaf } = trace
    const saw = sawAt(facts, leaf.fact, now)
    const than = otherSide(trace, facts, now)
    const moved = changes.size > 0 && changes.has(String(place)) ? movement(rule, String(place)) : null
    const truth = operatorNamed(leaf.operator)?.test(saw, than, leaf.type, moved) ?? null
    const asBefore = truth === trace.truth && asKnown(saw, trace.saw) && asKnown(than, trace.than)
    return asBefore ? trace : { truth, leaf, saw, than }
  }
  const when = last.when && withLeaves(last.when, again(rule.changes))
  const onlyIf = last.onlyIf && withLeaves(last.onlyIf, again(noChanges))
  if (when === last.when && onlyIf === last.onlyIf) return last
  return when?.truth === last.when?.truth && onlyIf?.truth === last.onlyIf?.truth ? { when, onlyIf } : null
}

/**
 * A verdict with the values that its leaves see at a moment, and the result. Its facts may have changed or become
 * unknown since it was judged. Changes were true for one step, and stay as they were judged.
 */
export function seenNow({ when, onlyIf }: Verdict, facts: Facts, now: Instant): Verdict {
  const see = (trace: LeafTrace): LeafTrace => {
    const [saw, than] = [sawAt(facts, trace.leaf.fact, now), otherSide(trace, facts, now)]
    const operator = operatorNamed(trace.leaf.operator)
    const truth = !operator || operator.onChange ? trace.truth : operator.test(saw, than, trace.leaf.type, null)
    return { ...trace, truth, saw, than }
  }
  return { when: when && withLeaves(when, see), onlyIf: onlyIf && withLeaves(onlyIf, see) }
}

function otherSide({ leaf, than }: LeafTrace, facts: Facts, now: Instant): Saw {
  return 'factName' in leaf.than ? sawAt(facts, leaf.than.factName, now) : than
}

/** Whether two sights are equal, or unknown for the same reason. */
export function asKnown(saw: Saw, before: Saw): boolean {
  return saw.known ? before.known : !before.known && saw.why === before.why
}
