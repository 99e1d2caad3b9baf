import type { Saw, Scalar, Truth } from '../model/fact.ts'
import { type Condition, type Leaf, leavesOf } from '../model/rule.ts'
import { operatorNamed } from './operators.ts'

/** What a condition can come to, whatever its facts are. */
export interface Possible {
  /** False where no values of the facts make it true. */
  true: boolean
  /** False where no values of the facts make it anything but true, those aside that are not known. */
  other: boolean
}

/** More comparisons than any condition people write has; each is held against each of one fact. */
const mostLeaves = 100
/** More cases than any condition people write has; beyond it, everything is taken as possible. */
const mostCases = 20_000

/**
 * Tries a condition on every value of its facts that could matter: what its leaves compare with, and what lies beside
 * that. The operators themselves judge, so that nothing here can read a condition otherwise than the daemon does.
 * Facts are taken as independent of each other, and those that `never` names as unknown for ever; null where there
 * are too many comparisons or cases to try.
 */
export function possible(condition: Condition, never: (fact: string) => boolean = () => false): Possible | null {
  const leaves = leavesOf(condition)
  if (leaves.length > mostLeaves) return null
  const kinds = new Map<string, Truth[][]>()
  leaves.forEach((leaf, i) => {
    const name = simple(leaf) ? leaf.fact : `${i}`
    if (kinds.has(name)) return
    const same = simple(leaf) ? leaves.filter((other) => simple(other) && other.fact === leaf.fact) : [leaf]
    kinds.set(name, truthsOf(same, never))
  })
  const cases = [...kinds.values()].reduce((count, { length }) => count * length, 1)
  if (cases > mostCases) return null
  const names = [...kinds.keys()]
  const found: Possible = { true: false, other: false }
  for (let n = 0; n < cases; n++) {
    let rest = n
    const left = new Map<string, Truth[]>()
    for (const name of names) {
      const rows = kinds.get(name) ?? []
      left.set(name, [...(rows[rest % rows.length] ?? [])])
      rest = Math.floor(rest / rows.length)
    }
    let i = 0
    const truth = fold(condition, (leaf) => {
      const name = simple(leaf) ? leaf.fact : `${i}`
      i++
      return left.get(name)?.shift() ?? null
    })
    if (truth) found.true = true
    else found.other = true
    if (found.true && found.other) break
  }
  return found
}

/** A leaf whose truth is a matter of one fact's value alone, and of one that can be found by trying a few. */
function simple({ than, operator }: Leaf): boolean {
  if (operator === 'contains' || operator === 'doesNotContain') return false
  return 'value' in than && operatorNamed(operator)?.onChange !== true
}

/** The distinct ways in which the leaves of one fact can be true and false together. */
function truthsOf(leaves: readonly Leaf[], never: (fact: string) => boolean): Truth[][] {
  const [first] = leaves
  if (!first) return []
  const lost = [first.fact, 'factName' in first.than ? first.than.factName : first.fact].some(never)
  const asksIfKnown = leaves.some(({ operator }) => operator === 'isKnown' || operator === 'isUnknown')
  if (!simple(first)) return lost ? [[null]] : [[true], [false]]
  const unknown: Saw = { known: false, why: 'null' }
  const saws: Saw[] = lost ? [unknown] : valuesFor(leaves).map((value) => ({ known: true, value }))
  if (asksIfKnown && !lost) saws.push(unknown)
  const rows = saws.map((saw) => leaves.map((leaf) => truthOf(leaf, saw)))
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

function truthOf({ operator, than, type }: Leaf, saw: Saw): Truth {
  const value = 'value' in than && than.value !== null ? than.value : true
  return operatorNamed(operator)?.test(saw, { known: true, value: value as Scalar }, type, null) ?? null
}

/** The values between which the truth of some leaf may turn, and one on each side of them. */
function valuesFor(leaves: readonly Leaf[]): (Scalar | readonly string[])[] {
  const type = leaves[0]?.type
  if (type === 'boolean') return [true, false]
  const written = leaves.flatMap(({ than }) => ('value' in than && than.value !== null ? [than.value].flat() : []))
  if (type === 'text' || type === 'texts' || type === 'date') {
    const texts = written.map(String)
    // Dates are in the order of their letters: a text with one more lies just above.
    return type === 'texts' ? [[]] : ['', '\u0000', ...texts, ...texts.map((text) => `${text} `)]
  }
  const numbers = written.filter((value) => typeof value === 'number')
  const [least, most] = (type && ranges[type]) ?? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  const step = type === 'number' ? 0.5 : 1
  const near = numbers.flatMap((value) => [value - step, value, value + step])
  return [least, most, ...near].filter((value) => value >= least && value <= most)
}

/** The least and the greatest that facts of a type can be. */
const ranges: Partial<Record<Leaf['type'], readonly [number, number]>> = {
  seconds: [0, Number.MAX_SAFE_INTEGER],
  clock: [0, 86_399],
  weekday: [1, 7],
  week: [0, 604_799],
}

/** Kleene's logic over a condition; `truth` is asked for each leaf in the order of `leavesOf`. */
function fold(condition: Condition, truth: (leaf: Leaf) => Truth): Truth {
  if ('not' in condition) {
    const inner = fold(condition.not, truth)
    return inner === null ? null : !inner
  }
  if (!('all' in condition) && !('any' in condition)) return truth(condition)
  const decisive = 'any' in condition
  const members = 'all' in condition ? condition.all : condition.any
  const truths = members.map((member) => fold(member, truth))
  if (truths.includes(decisive)) return decisive
  return truths.includes(null) ? null : !decisive
}
