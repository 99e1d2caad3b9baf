import { type Fault, mostTold, suggestion } from '../../document/fault.ts'
import { shown } from '../../document/issues.ts'
import type { Path, YamlDocument } from '../../document/yaml.ts'
import type { Budget } from '../model/budget.ts'
import { type Catalogue, type Condition, type Leaf, leavesOf } from '../model/rule.ts'
import type { ActionKind } from '../model/service.ts'
import { isLeafFault, type LeafFault, parseLeaf, readLeaf } from './leaf.ts'
import { operatorNamed } from './operators.ts'
import { mayLackUnit, unitlessWords } from './unitless.ts'

/** What the reading of a rule file has at hand, and where its faults go. */
export interface Reading {
  document: YamlDocument
  catalogue: Catalogue
  actions: ReadonlyMap<string, ActionKind>
  zone: string
  /** Names of tallies that any file declares. */
  tallies: ReadonlySet<string>
  /** What budgets are declared, and what they bound. */
  budgets: ReadonlyMap<string, Budget>
  uses: Set<string>
  faults: Fault[]
  /** What the change is of that the rule fires on; null where it fires on none that has a size. */
  change?: Leaf | null
}

/** Whether a file has more wrong with it than is told, so that the rest of it need not be read. */
export function isEnough({ faults }: Reading): boolean {
  return faults.length > mostTold
}

/** Reads a condition in any of its forms; null where it is none, and then its faults are told. */
export function readCondition(reading: Reading, written: unknown, path: Path): Condition | null {
  const { document, faults } = reading
  const refuse = (message: string, hint?: string, at: Path = path, key = false) => {
    faults.push(document.fault(at, message, { key, ...(hint ? { hint } : {}) }))
    return null
  }
  if (typeof written === 'string') {
    return leafAt(reading, parseLeaf(written, reading.catalogue, reading.zone), path)
  }
  if (Array.isArray(written)) return readGroup(reading, 'all', written, path)
  if (written === undefined || written === null) {
    return refuse('"when" is missing', 'say when the rule is to fire, for example "when: lock.frozen is true"')
  }
  if (typeof written !== 'object') return refuse(`${shown(written)} is no condition`, 'write "fact operator value"')
  const keys = Object.keys(written)
  const groups = keys.filter((key) => key === 'all' || key === 'any' || key === 'not')
  if (groups.length > 1) {
    return refuse(`${groups.map((key) => `"${key}"`).join(' and ')} stand side by side`, 'put one inside the other')
  }
  const group = groups[0]
  if (group !== undefined) {
    const other = keys.find((key) => key !== group)
    if (other !== undefined) {
      return refuse(`"${other}" stands beside "${group}"`, 'a group stands alone', [...path, other], true)
    }
    const inner = (written as Record<string, unknown>)[group]
    if (inner === null) return refuse(`"${group}" is empty`, 'name a condition', [...path, group], true)
    if (group === 'not') {
      const negated = readCondition(reading, inner, [...path, 'not'])
      return negated && { not: negated }
    }
    if (!Array.isArray(inner)) return refuse(`"${group}" takes a list of conditions`, undefined, [...path, group], true)
    return readGroup(reading, group as 'all' | 'any', inner, [...path, group])
  }
  if (!('fact' in written)) {
    const [key = '', value] = Object.entries(written)[0] ?? []
    if (reading.catalogue.has(key)) {
      return refuse(`"${key}: …" is not a condition`, `write "${key} is ${shown(value).replaceAll('"', '')}"`)
    }
    if (reading.catalogue.has(/^\S*/.exec(key)?.[0] ?? '')) {
      return refuse(`the ": " after "${key}" makes it a key`, 'put the whole condition in quotes')
    }
    const hint = suggestion(key, ['all', 'any', 'not', 'fact'])
    return refuse(
      key === '' ? 'an empty condition' : `unknown key "${key}"`,
      hint,
      key === '' ? path : [...path, key],
      true,
    )
  }
  const long = written as { fact: unknown; operator?: unknown; value?: unknown; on?: unknown }
  const strange = keys.filter((key) => key !== 'fact' && key !== 'operator' && key !== 'value' && key !== 'on')
  for (const key of strange) {
    refuse(`unknown key "${key}"`, suggestion(key, ['fact', 'operator', 'value']), [...path, key], true)
  }
  if (strange.length > 0) return null
  if (typeof long.fact !== 'string') return refuse('"fact" is the name of a fact', undefined, [...path, 'fact'])
  if (typeof long.operator !== 'string') return refuse('"operator" is missing', 'for example operator: lessThan')
  const { fact, operator, value, on } = { ...long, fact: long.fact, operator: long.operator }
  return leafAt(reading, readLeaf({ fact, operator, value, on }, reading.catalogue, reading.zone), path)
}

/** A condition that is asked at one moment: what changes has no place in it. */
export function readMomentary(reading: Reading, written: unknown, path: Path, key: string): Condition | null {
  const condition = readCondition(reading, written, path)
  const change = condition ? leavesOf(condition).find(({ operator }) => operatorNamed(operator)?.onChange) : undefined
  if (change) {
    const hint = 'ask in "when" for what changes'
    reading.faults.push(reading.document.fault(path, `"${change.text}" in ${key} is never seen to change`, { hint }))
  }
  return condition
}

function readGroup(reading: Reading, kind: 'all' | 'any', members: readonly unknown[], path: Path): Condition | null {
  if (members.length === 0) {
    reading.faults.push(reading.document.fault(path, `an empty "${kind}" says nothing`, { hint: 'name a condition' }))
    return null
  }
  const read = members.flatMap((member, i) => {
    if (isEnough(reading)) return []
    const at = [...path, i]
    const from = strayFrom(reading, members, i, path)
    if (from === null) return readCondition(reading, member, at) ?? []
    // Of several cut off together, the first is told.
    if (from < i - 1) return []
    const message = `"${String(member)}" is no condition: the comma before it parts it from "${String(members[from])}"`
    const hint = `put "${String(members[from])}, ${String(member)}" in quotes`
    reading.faults.push(reading.document.fault(at, message, { hint }))
    return []
  })
  return kind === 'all' ? { all: read } : { any: read }
}

/**
 * Which member's value a comma within `[ ]` cut off here, as in `[lock.role in wearer, keyholder]`; null where the
 * member is a condition, or an attempt at one.
 */
function strayFrom(reading: Reading, members: readonly unknown[], i: number, path: Path): number | null {
  const [before, member] = [members[i - 1], members[i]]
  const line = (of: number) => reading.document.place([...path, of]).line
  if (typeof before !== 'string' || typeof member !== 'string' || /[.<>=!]/.test(member)) return null
  if (line(i) !== line(i - 1)) return null
  const begins = /^\s*([^\s<>=!]*)/.exec(before)?.[1] ?? ''
  return reading.catalogue.has(begins) ? i - 1 : strayFrom(reading, members, i - 1, path)
}

function leafAt(reading: Reading, leaf: Leaf | LeafFault, path: Path): Leaf | null {
  if (isLeafFault(leaf)) {
    const at = leaf.key ? [...path, leaf.key] : path
    const { hint, offset } = leaf
    reading.faults.push(
      reading.document.fault(at, leaf.message, {
        ...(hint ? { hint } : {}),
        ...(offset === undefined ? {} : { offset }),
      }),
    )
    return null
  }
  reading.uses.add(leaf.fact)
  if ('factName' in leaf.than) reading.uses.add(leaf.than.factName)
  if (reading.catalogue.get(leaf.fact)?.source === 'extra') {
    const message = `${leaf.fact} is not in the service's documents; it was seen in a reading and may vanish`
    reading.faults.push(reading.document.fault(path, message, { lint: true }))
  }
  spelling(reading, leaf, path)
  return { ...leaf, place: reading.document.place(path) }
}

/** A number without a unit among what stands behind the fact. */
const lengthless = /(?:^|[\s,[<>=])(\d+(?:\.\d+)?)(?=[\s,\]]|$)/

/** Ways of writing a value that are read, but not as they look everywhere else. */
function spelling({ document, faults }: Reading, leaf: Leaf, path: Path): void {
  const odd = (word: string, message: string, hint: string) => {
    // In the long form the value has a place of its own; there `value` is found, here what is nearest: the text.
    const at = [...path, 'value']
    const long = document.place(at).column !== document.place(path).column
    const offset = long ? {} : { offset: leaf.text.indexOf(word) }
    faults.push(document.fault(at, message, { lint: true, hint, ...offset }))
  }
  const [, word] = (leaf.type === 'boolean' && /\s(yes|no|on|off)(?=[\s,\]]|$)/.exec(leaf.text)) || []
  if (word !== undefined) {
    odd(word, `"${word}" is read as ${word === 'yes' || word === 'on'}`, 'write true or false')
  }
  const isLength = leaf.type === 'seconds' || (leaf.type === 'instant' && operatorNamed(leaf.operator)?.takes === 'by')
  const [, bare] = ('value' in leaf.than && isLength && lengthless.exec(leaf.text.slice(leaf.fact.length))) || []
  if (bare !== undefined && mayLackUnit(Number(bare))) {
    const { message, hint } = unitlessWords(Number(bare))
    odd(bare, message, hint)
  }
  const [mark] = ('value' in leaf.than && /(?<=\s)[\u201c\u201d\u201e\u2018]/.exec(leaf.text)) || []
  if (mark !== undefined) odd(mark, 'a curly quote begins this value and is part of it', 'write straight ones: "…"')
}

/** The condition as data, whatever its layout. */
export function withoutText(condition: Condition): unknown {
  if ('all' in condition) return { all: condition.all.map(withoutText) }
  if ('any' in condition) return { any: condition.any.map(withoutText) }
  if ('not' in condition) return { not: withoutText(condition.not) }
  return [condition.fact, condition.operator, condition.than]
}

/** The leaves that ask for a change, by their place among all leaves. */
export function changesIn(condition: Condition): Map<string, Leaf> {
  return new Map(
    leavesOf(condition)
      .map((leaf, i): [string, Leaf] => [String(i), leaf])
      .filter(([, leaf]) => operatorNamed(leaf.operator)?.onChange),
  )
}

/** The one change among several leaves that has a size, by its place; empty where there is none, or more than one. */
export function sizedChange(changes: ReadonlyMap<string, Leaf>): [string, Leaf] | [] {
  const found = [...changes].filter(
    ([, { type, operator }]) => operator !== 'becomes' && (type === 'number' || type === 'seconds'),
  )
  return found.length === 1 ? (found[0] ?? []) : []
}

/** A leaf that can make the condition true only because something is not known, or a service does not answer. */
export function restsOnIgnorance(condition: Condition, negated = false): Leaf | null {
  if ('all' in condition || 'any' in condition) {
    const members = 'all' in condition ? condition.all : condition.any
    return members.map((member) => restsOnIgnorance(member, negated)).find((leaf) => leaf !== null) ?? null
  }
  if ('not' in condition) return restsOnIgnorance(condition.not, !negated)
  const ignorant = condition.operator === (negated ? 'isKnown' : 'isUnknown')
  return ignorant || condition.fact.startsWith('service.') ? condition : null
}
