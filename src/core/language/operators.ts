import type { FactType, Saw, Scalar, Truth } from '../model/fact.ts'
import type { Moved } from '../model/rulememory.ts'

/** How a condition compares: its name in json-rules-engine's words, and how people write it. */
export interface Operator {
  /** The engine's own name where it has one. */
  name: string
  /** As written in the short form. */
  words: string
  takes: 'one' | 'list' | 'range' | 'nothing' | 'by'
  types: readonly FactType[]
  /** True only in the step that sees a change, never for long. */
  onChange?: true
  /** Total and three-valued: what is not known makes no truth. */
  test(saw: Saw, than: Saw, type: FactType, moved: Moved | null): Truth
}

const every: readonly FactType[] = [
  'boolean',
  'number',
  'seconds',
  'text',
  'instant',
  'clock',
  'weekday',
  'week',
  'date',
]
const ordered: readonly FactType[] = ['number', 'seconds', 'instant', 'clock', 'weekday', 'week', 'date']

/** Compares only what is known, and only like with like. */
function comparing(compare: (saw: Scalar, than: Scalar) => boolean) {
  return (saw: Saw, than: Saw): Truth => {
    if (!saw.known || !than.known) return null
    if (typeof saw.value === 'object' || typeof saw.value !== typeof than.value) return null
    return agreed(endsOf(saw).flatMap((one) => endsOf(than).map((other) => compare(one, other))))
  }
}

/** Whether it is the same; what lies between two lengths may be any of them. */
function same(saw: Saw, than: Saw): Truth {
  const ranged = (saw.known && saw.most !== undefined) || (than.known && than.most !== undefined)
  if (!ranged) return equal(saw, than)
  return below(saw, than) === true || below(than, saw) === true ? false : null
}

const equal = comparing((one, other) => one === other)
const below = comparing((one, other) => one < other)

/** The least and the most a value can be. */
function endsOf(saw: Saw & { known: true }): readonly Scalar[] {
  const value = saw.value as Scalar
  return saw.most === undefined ? [value] : [value, saw.most]
}

/** What holds at both ends holds; what holds at one is not known. */
function agreed(truths: readonly Truth[]): Truth {
  const [first] = truths
  return first !== undefined && truths.every((truth) => truth === first) ? first : null
}

function among(saw: Saw, than: Saw): Truth {
  if (!saw.known || !than.known || typeof saw.value === 'object' || !Array.isArray(than.value)) return null
  const list: readonly Scalar[] = than.value
  const truths = list.map((value) => same(saw, { known: true, value }))
  return truths.includes(true) ? true : truths.includes(null) ? null : false
}

function holds(saw: Saw, than: Saw): Truth {
  if (!saw.known || !than.known) return null
  if (typeof saw.value === 'string') return saw.value.includes(String(than.value))
  return Array.isArray(saw.value) ? saw.value.includes(than.value as string) : null
}

/**
 * Whether a value lies between two ends. Clocks, weekdays and weeks go round: from 22:00 to 06:00 crosses midnight.
 * A clock or week range holds from its first moment up to, not with, its last.
 */
function between(saw: Saw, than: Saw, type: FactType): Truth {
  if (!saw.known || !than.known || !Array.isArray(than.value)) return null
  const [from, to] = than.value as readonly Scalar[]
  const value = saw.value
  if (typeof value !== typeof from || typeof value !== typeof to || from === undefined || to === undefined) return null
  if (type === 'clock' || type === 'week') {
    return from <= to ? value >= from && value < to : value >= from || value < to
  }
  if (type === 'weekday' && from > to) return value >= from || value <= to
  const most = endsOf(saw).at(-1) ?? value
  if (most < from || value > to) return false
  return value >= from && most <= to ? true : null
}

/**
 * Whether a fact rose (or fell) at this reading, and by as much as asked for since it turned, less what the rule fired
 * for.
 */
function rises(sign: 1 | -1): Operator['test'] {
  return (saw, than, _, moved) => {
    if (!saw.known || !than.known || moved === null) return null
    const least = typeof than.value === 'number' ? than.value : 0
    return moved.rose * sign > 0 && (sign > 0 ? moved.up : moved.down) >= least
  }
}

const negated = (test: Operator['test']): Operator['test'] => {
  return (saw, than, type, moved) => {
    const truth = test(saw, than, type, moved)
    return truth === null ? null : !truth
  }
}

/** What is only being read again after an own write is neither known nor unknown: that gap begins and ends nothing. */
function isKnown(saw: Saw): Truth {
  if (saw.known) return true
  return saw.why === 'fenced' ? null : false
}

/** Every operator, the longest words first, so that `is not` is not read as `is`. */
export const operators: readonly Operator[] = [
  {
    name: 'changes',
    words: 'changes',
    takes: 'nothing',
    types: [...every, 'texts'],
    onChange: true,
    test: (saw, _than, _type, moved) => (saw.known && moved ? moved.changed : null),
  },
  {
    name: 'becomes',
    words: 'becomes',
    takes: 'one',
    types: every,
    onChange: true,
    test: (saw, than, _, moved) =>
      saw.known && than.known && moved ? moved.changed && saw.value === than.value : null,
  },
  {
    name: 'rises',
    words: 'rises',
    takes: 'by',
    types: ['number', 'seconds', 'instant'],
    onChange: true,
    test: rises(1),
  },
  {
    name: 'falls',
    words: 'falls',
    takes: 'by',
    types: ['number', 'seconds', 'instant'],
    onChange: true,
    test: rises(-1),
  },
  { name: 'isUnknown', words: 'is unknown', takes: 'nothing', types: [...every, 'texts'], test: negated(isKnown) },
  { name: 'isKnown', words: 'is known', takes: 'nothing', types: [...every, 'texts'], test: isKnown },
  { name: 'notEqual', words: 'is not', takes: 'one', types: every, test: negated(same) },
  { name: 'equal', words: 'is', takes: 'one', types: every, test: same },
  { name: 'lessThanInclusive', words: '<=', takes: 'one', types: ordered, test: comparing((a, b) => a <= b) },
  { name: 'greaterThanInclusive', words: '>=', takes: 'one', types: ordered, test: comparing((a, b) => a >= b) },
  { name: 'lessThan', words: '<', takes: 'one', types: ordered, test: comparing((a, b) => a < b) },
  { name: 'greaterThan', words: '>', takes: 'one', types: ordered, test: comparing((a, b) => a > b) },
  { name: 'notIn', words: 'not in', takes: 'list', types: every, test: negated(among) },
  { name: 'in', words: 'in', takes: 'list', types: every, test: among },
  { name: 'between', words: 'between', takes: 'range', types: ordered, test: between },
  {
    name: 'doesNotContain',
    words: 'not contains',
    takes: 'one',
    types: ['text', 'texts'],
    test: negated(holds),
  },
  { name: 'contains', words: 'contains', takes: 'one', types: ['text', 'texts'], test: holds },
]

/**
 * Whether a time of the week lies within one of several ranges, a beginning and an end each. Nobody writes it: it is
 * what `time.clock between … and … on …` comes to.
 */
export const windowOperator: Operator = {
  name: 'within',
  words: 'within',
  takes: 'list',
  types: ['week'],
  test(saw, than) {
    if (!saw.known || !than.known || typeof saw.value !== 'number' || !Array.isArray(than.value)) return null
    const [second, ends] = [saw.value, than.value.map(Number)]
    return ends.some((from, i) => i % 2 === 0 && from <= second && second < (ends[i + 1] ?? 0))
  },
}

/** Those, and what people do not write. */
export const allOperators: readonly Operator[] = [...operators, windowOperator]

const byName = new Map(allOperators.map((operator) => [operator.name, operator]))

/** The operator of a name, in the engine's words (`lessThan`). */
export function operatorNamed(name: string): Operator | undefined {
  return byName.get(name)
}
