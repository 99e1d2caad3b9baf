import { type Fact, type Facts, type Instant, type Saw, sameValue, sightOf, zeroOf } from './fact.ts'
import type { LeafTrace, Movement, Trace, Verdict } from './judge.ts'
import { operatorNamed } from './operators.ts'
import type { Rule } from './rules/compile.ts'

/** Names of the facts that are not what they were, or whose line is another: `clock` of those that merely run along it. */
export interface Stirred {
  lines: ReadonlySet<string>
  clock: ReadonlySet<string>
}

/** Compares two snapshots of the facts that rules ask for. */
export function stirred(names: Iterable<string>, before: Facts, after: Facts): Stirred {
  const lines = new Set<string>()
  const clock = new Set<string>()
  for (const name of names) {
    const [was, is] = [before.get(name), after.get(name)]
    if (name.startsWith('time.')) clock.add(name)
    else if (!sameLine(was, is)) lines.add(name)
    else if (is && is.pace !== 0) clock.add(name)
  }
  return { lines, clock }
}

function sameLine(was: Fact | undefined, is: Fact | undefined): boolean {
  if (was === is) return true
  if (!was || !is || was.known !== is.known || was.pace !== is.pace || was.turnsAt !== is.turnsAt) return false
  if (!was.known || !is.known) return was.known || is.known || was.why === is.why
  if (is.pace === 0) return sameValue(was.value, is.value)
  return was.leadMs === is.leadMs && zeroOf(was) === zeroOf(is)
}

/** Seconds by which two readings of one line may differ. */
const sameLineSeconds = 3

/** Whether a reading shows nothing that the one before it does not explain. */
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
 * The last verdict where no leaf comes out otherwise now, with what its leaves see now; null where the rule must be
 * judged afresh. The leaves are tested by the operators that the engine is given, so that if none differs, the
 * verdict cannot.
 */
export function stillSo(rule: Rule, last: Verdict, facts: Facts, now: Instant, movement: Movement): Verdict | null {
  const again = (changes: Rule['changes']) => (trace: LeafTrace, place: string) => {
    const { leaf } = trace
    const sights = sightsOf(trace, facts, now)
    const moved = changes.has(place) ? movement(rule, place) : null
    const truth = operatorNamed(leaf.operator)?.test(sights.saw, sights.than, leaf.type, moved)
    return truth === trace.truth ? { ...trace, ...sights } : undefined
  }
  const when = last.when && withLeaves(last.when, again(rule.changes))
  const onlyIf = last.onlyIf && withLeaves(last.onlyIf, again(noChanges))
  return when === undefined || onlyIf === undefined ? null : { when, onlyIf }
}

/** A verdict with what its leaves see at a moment; since it was reached, its facts may have run on. */
export function seenNow({ when, onlyIf }: Verdict, facts: Facts, now: Instant): Verdict {
  const see = (trace: LeafTrace): Trace => ({ ...trace, ...sightsOf(trace, facts, now) })
  return { when: when && (withLeaves(when, see) ?? null), onlyIf: onlyIf && (withLeaves(onlyIf, see) ?? null) }
}

/** What the two sides of a leaf are at a moment. */
function sightsOf({ leaf, than }: LeafTrace, facts: Facts, now: Instant): { saw: Saw; than: Saw } {
  return {
    saw: sightOf(facts, leaf.fact, now),
    than: 'factName' in leaf.than ? sightOf(facts, leaf.than.factName, now) : than,
  }
}

/** A trace with each of its leaves, by its place among them, replaced; undefined where one of them cannot be. */
function withLeaves(
  trace: Trace,
  replace: (leaf: LeafTrace, place: string) => Trace | undefined,
  place = { leaf: 0 },
): Trace | undefined {
  if ('leaf' in trace) return replace(trace, String(place.leaf++))
  if ('not' in trace) {
    const not = withLeaves(trace.not, replace, place)
    return not && { ...trace, not }
  }
  const group: Trace[] = []
  for (const one of 'all' in trace ? trace.all : trace.any) {
    const made = withLeaves(one, replace, place)
    if (!made) return undefined
    group.push(made)
  }
  return 'all' in trace ? { ...trace, all: group } : { ...trace, any: group }
}
