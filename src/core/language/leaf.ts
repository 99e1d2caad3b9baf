import { nearest, suggestion } from '../../document/fault.ts'
import { lengthMeant, parseDuration } from '../calendar/duration.ts'
import { clockMeant, dateMeant, dayMeant, momentMeant } from '../calendar/spelling.ts'
import { instantOf, parseClock } from '../calendar/time.ts'
import { weekdayNamed } from '../calendar/weekday.ts'
import type { FactType, Scalar } from '../model/fact.ts'
import type { Catalogue, Leaf } from '../model/rule.ts'
import type { FactEntry } from '../model/service.ts'
import { type Operator, operators } from './operators.ts'
import { phraseMeant } from './phrase.ts'
import { readWindow, windowIn } from './windowleaf.ts'

/** Why a leaf could not be read: `offset` characters into its text, or at one key of its long form. */
export interface LeafFault {
  message: string
  hint?: string
  offset?: number
  key?: 'fact' | 'operator' | 'value'
}

export function isLeafFault(leaf: Leaf | LeafFault): leaf is LeafFault {
  return 'message' in leaf
}

const typeNames: Record<FactType, string> = {
  boolean: 'true or false',
  number: 'a number',
  seconds: 'a length of time such as 45m, 1h30m or 2d',
  text: 'a text',
  texts: 'a list of texts',
  instant: 'a date such as 2026-01-15 or "2026-01-15 09:00"',
  clock: 'a time of day such as 22:30',
  weekday: 'a day: mon, tue, wed, thu, fri, sat or sun',
  week: 'a day and time such as fri 18:00',
  date: 'a date such as 2026-01-15',
}

/** Words people write where the language has another. */
const meant: Record<string, string> = {
  '=': 'is',
  '==': 'is',
  '===': 'is',
  equals: 'is',
  '!=': 'is not',
  isnt: 'is not',
  '=<': '<=',
  '=>': '>=',
  '≤': '<=',
  '≥': '>=',
  under: '<',
  over: '>',
}

/** What people write is shorter by far; it is searched by patterns that longer texts would hold up. */
const longestLeaf = 500

/** Reads the short form, `lock.timeRemainingSeconds < 1h`. Clock times and dates are those of `zone`. */
export function parseLeaf(text: string, catalogue: Catalogue, zone: string): Leaf | LeafFault {
  if (text.length > longestLeaf) return { message: `a condition of ${text.length} characters is too long to be read` }
  const [, lead = '', fact = '', between = '', rest = ''] = /^(\s*)([^\s<>=!]*)(\s*)([\s\S]*)$/.exec(text) ?? []
  const factAt = lead.length
  const restAt = factAt + fact.length + between.length
  const entry = catalogue.get(fact)
  if (!entry) {
    const phrase = phraseMeant(text, catalogue)
    return phrase ? { ...phrase, offset: factAt } : unknownFact(fact, catalogue, factAt, rest)
  }
  const operator = operators.find(({ words }) => lengthOfWords(rest, words) > 0)
  if (!operator) {
    const word = /^([^\w\s]+|\S+)/.exec(rest)?.[0] ?? ''
    if (word === '') {
      return {
        message: `"${text.trim()}" does not say what to compare with`,
        hint: hintFor(fact, entry.type),
        offset: factAt,
      }
    }
    return { message: `unknown operator "${word}"`, hint: operatorHint(word), offset: restAt }
  }
  const taken = lengthOfWords(rest, operator.words)
  const valueText = rest.slice(taken)
  const valueAt = restAt + taken + (valueText.length - valueText.trimStart().length)
  const leaf = withOperator(fact, entry.type, operator, text.trim())
  if (isLeafFault(leaf)) return { ...leaf, offset: restAt }
  const window = operator.name === 'between' ? windowIn(valueText.trim()) : null
  if (window) {
    const [from, to, more] = window.ends
    const read = readWindow({ fact, from, to: more === undefined ? to : null, on: window.on }, text.trim())
    return 'message' in read ? { ...read, offset: valueAt } : read
  }
  const than = parseThan(valueText.trim(), { fact, type: entry.type, operator, known: catalogue, zone })
  const wrong = 'message' in than ? than : impossible(than, operator, entry)
  return wrong ? { ...wrong, offset: valueAt } : { ...leaf, than: than as Leaf['than'] }
}

/** Reads the long form, `{ fact, operator, value }`; the operator in the engine's words or as in the short form. */
export function readLeaf(
  long: { fact: string; operator: string; value?: unknown; on?: unknown },
  catalogue: Catalogue,
  zone: string,
): Leaf | LeafFault {
  const entry = catalogue.get(long.fact)
  if (!entry) return { ...unknownFact(long.fact, catalogue, 0), key: 'fact' }
  const operator = operators.find(({ name, words }) => name === long.operator || words === long.operator)
  if (!operator) {
    const names = operators.map(({ name }) => name)
    return { message: `unknown operator "${long.operator}"`, hint: suggestion(long.operator, names), key: 'operator' }
  }
  if (long.on !== undefined) {
    const [from, to, more] = operator.name === 'between' && Array.isArray(long.value) ? long.value : []
    const said = `${long.fact} ${operator.words} ${sayThan(long.value, operator.takes)} on ${long.on}`
    const read = readWindow({ fact: long.fact, from, to: more === undefined ? to : null, on: long.on }, said)
    return 'message' in read ? { ...read, key: 'value' } : read
  }
  const leaf = withOperator(long.fact, entry.type, operator, '')
  if (isLeafFault(leaf)) return { ...leaf, key: 'operator' }
  const than = readThan(long.value, { fact: long.fact, type: entry.type, operator, known: catalogue, zone })
  const wrong = 'message' in than ? than : impossible(than, operator, entry)
  if (wrong || 'message' in than) return { ...(wrong ?? (than as LeafFault)), key: 'value' }
  const said = 'factName' in than ? than.factName : than.value === null ? '' : sayThan(long.value, operator.takes)
  return { ...leaf, than, text: `${long.fact} ${operator.words} ${said}`.trim() }
}

function sayThan(value: unknown, takes: Operator['takes']): string {
  if (takes === 'by') return `by ${value}`
  if (!Array.isArray(value)) return String(value)
  return value.map(String).join(takes === 'range' ? ' and ' : ', ')
}

function unknownFact(fact: string, catalogue: Catalogue, offset: number, rest = ''): LeafFault {
  const group = fact.split('.')[0]
  const near = [...catalogue.keys()].filter((name) => name.startsWith(`${group}.`))
  const named = fact === '' ? 'a condition begins with a fact' : `unknown fact "${fact}"`
  if (fact === 'not') return { message: '"not" is no fact', hint: 'write "not: …", or "fact is not value"', offset }
  return { message: named, hint: factHint(fact, near.length > 0 ? near : [...catalogue.keys()], rest), offset }
}

/** The fact that was meant, or where to find it; what people press and rules count is declared first. */
function factHint(fact: string, known: readonly string[], rest: string): string {
  const [group, name, what] = fact.split('.')
  const rules = new Set(group === 'rule' ? known.map((one) => one.split('.')[1] ?? '') : [])
  if (group === 'rule' && name && !rules.has(name)) {
    const near = nearest(name, rules)
    return near === null ? `there is no rule ${name}` : `did you mean rule.${near}.${what}?`
  }
  const meant = factMeant(fact, known)
  if (meant !== null) return `did you mean ${meant}?`
  if (group === 'input' && name) {
    const type = what !== undefined || /^(rises|changes)/.test(rest) ? 'button' : 'switch'
    return `declare it: "inputs: { ${name}: { type: ${type} } }" at the top of a rule file`
  }
  if (group === 'tally' && name) return `declare it: "tallies: { ${name}: {} }" at the top of a rule file`
  if (group === 'streak' && name) return `declare it: "streaks: { ${name}: { of: input.… } }" at the top of a rule file`
  return `${suggestion(fact, known)}${known.length > 12 ? ' ("lockwarden facts" lists them all)' : ''}`
}

/** The known name that is near, or whose last word holds the one written (`lock.title` for `lock.lockTitle`). */
export function factMeant(fact: string, known: readonly string[]): string | null {
  const begun = fact.includes('.') ? known.filter((name) => name.toLowerCase().startsWith(fact.toLowerCase())) : []
  const whole = ['AgoSeconds', 'Seconds'].flatMap((end) => begun.find((name) => name.endsWith(end)) ?? [])
  if (whole[0] !== undefined && whole[0] !== fact) return whole[0]
  const near = nearest(fact, known)
  const word = fact.split('.').at(-1)?.toLowerCase() ?? ''
  const lastWord = (name: string) => name.split('.').at(-1)?.toLowerCase() ?? ''
  const same = known.filter((name) => lastWord(name) === word)
  const holding = word.length < 4 ? [] : known.filter((name) => lastWord(name).includes(word))
  const meant = same.length === 1 ? same : holding
  return meant.length === 1 ? (meant[0] ?? null) : near
}

/** How many characters an operator takes at the beginning of a text; 0 where it does not stand there. */
function lengthOfWords(rest: string, words: string): number {
  const pattern = words.replace(' ', '\\s+')
  const after = /\w$/.test(words) ? '(?=\\s|$)' : '(?!=)'
  return new RegExp(`^${pattern}${after}`).exec(rest)?.[0].length ?? 0
}

function operatorHint(word: string): string {
  const instead = Object.hasOwn(meant, word) ? meant[word] : undefined
  return instead ? `write "${instead}"` : suggestion(word, operators.map(({ words }) => words).reverse())
}

function hintFor(fact: string, type: FactType): string {
  return type === 'boolean' ? `write "${fact} is true"` : `write, for example, "${fact} is …"`
}

function withOperator(fact: string, type: FactType, operator: Operator, text: string): Leaf | LeafFault {
  if (operator.types.includes(type)) return { fact, type, operator: operator.name, than: { value: null }, text }
  const fitting = operators.filter(({ types }) => types.includes(type)).map(({ words }) => words)
  return { message: `"${operator.words}" does not fit ${fact}`, hint: `it goes with ${fitting.reverse().join(', ')}` }
}

/** Patterns that look for blanks take long over many of them. */
function withSingleBlanks(text: string): string {
  return text.replace(/\s+/g, ' ')
}

type ThanOf = Leaf['than'] | { message: string; hint?: string }

/** What the right side of a comparison is read for. */
interface LeftSide {
  fact: string
  type: FactType
  operator: Operator
  known: Catalogue
  zone: string
}

function parseThan(text: string, { fact, type, operator, known, zone }: LeftSide): ThanOf {
  if (operator.takes === 'nothing') {
    return text === '' ? { value: null } : { message: `"${text}" has no place after "${operator.words}"` }
  }
  if (operator.takes === 'by') {
    if (text === '') return { value: null }
    const [, amount] = /^by (.+)$/.exec(withSingleBlanks(text)) ?? []
    const hint = `write "${fact} ${operator.words}" or "${fact} ${operator.words} by …"`
    return amount === undefined ? { message: `"${text}" has no place here`, hint } : byHowMuch(amount, type, zone, fact)
  }
  if (text === '') return { message: `a value is missing after "${operator.words}"`, hint: hintFor(fact, type) }
  if (operator.takes === 'range') {
    const ends = withSingleBlanks(text).split(' and ')
    return ends.length === 2 ? listOf(ends, type, zone, fact) : { message: 'a range is "between A and B"' }
  }
  if (operator.takes === 'list') {
    return listOf(partsOf(text), type, zone, fact)
  }
  return oneOf(text, type, known, zone, fact)
}

function readThan(value: unknown, { fact, type, operator, known, zone }: LeftSide): ThanOf {
  if (operator.takes === 'nothing') {
    return value === undefined || value === null ? { value: null } : { message: `"${operator.name}" takes no value` }
  }
  if (operator.takes === 'by') {
    return value === undefined || value === null ? { value: null } : byHowMuch(value, type, zone, fact)
  }
  if (value === undefined || value === null) return { message: '"value" is missing' }
  if (operator.takes === 'list' || operator.takes === 'range') {
    if (!Array.isArray(value) || value.length === 0) return { message: `"${operator.name}" takes a list of values` }
    if (operator.takes === 'range' && value.length !== 2) return { message: '"between" takes a list of two values' }
    return listOf(value, type, zone, fact)
  }
  if (typeof value === 'object' && !Array.isArray(value)) {
    const other = (value as { fact?: unknown }).fact
    if (typeof other !== 'string') return { message: 'the value is a map; to compare with a fact write { fact: NAME }' }
    return factOnTheRight(other, type, known, fact)
  }
  return oneOf(value, type, known, zone, fact)
}

/** A text or a number that the fact can never be; a part of one is looked for freely. */
function impossible(
  than: Leaf['than'],
  { takes, name }: Operator,
  { name: fact, values, range }: FactEntry,
): LeafFault | null {
  const strange = range === undefined || !('value' in than) ? undefined : outOf(range, than.value)
  if (strange !== undefined) return { message: `${fact} is never ${strange}`, hint: `it is ${range?.join(' to ')}` }
  if (values === undefined || !('value' in than) || (takes !== 'one' && takes !== 'list')) return null
  if (name === 'contains' || name === 'doesNotContain') return null
  const written = Array.isArray(than.value) ? than.value : [than.value]
  const wrong = written.find((value) => typeof value === 'string' && !values.includes(value))
  return wrong === undefined
    ? null
    : { message: `${fact} is never "${wrong}"`, hint: suggestion(String(wrong), values) }
}

function outOf([least, most]: readonly [number, number], value: unknown): number | undefined {
  const written: readonly unknown[] = Array.isArray(value) ? value : [value]
  return written.find((one): one is number => typeof one === 'number' && (one < least || one > most))
}

/** The size of a rise or fall: a moment moves by a length. */
function byHowMuch(value: unknown, type: FactType, zone: string, fact: string): ThanOf {
  const scalar = scalarOf(value, type === 'instant' ? 'seconds' : type, zone)
  if (typeof scalar !== 'number') return mismatch(value, type === 'instant' ? 'seconds' : type, fact)
  if (scalar <= 0) return { message: 'a rise or fall is more than 0' }
  return { value: type === 'instant' ? scalar * 1000 : scalar }
}

/** The members of a written list; a comma within quotes parts nothing. */
function partsOf(text: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1] ?? text
  const parts = inner.match(/("[^"]*"|'[^']*'|[^,])+|(?<=,)(?=,|$)|^(?=,|$)/g) ?? ['']
  return parts.map((part) => part.trim())
}

function listOf(values: readonly unknown[], type: FactType, zone: string, fact: string): ThanOf {
  const read: Scalar[] = []
  for (const value of values) {
    if (value === '') return { message: 'a value of the list is empty' }
    const scalar = scalarOf(value, type, zone)
    if (scalar === null) return mismatch(value, type, fact)
    read.push(scalar)
  }
  return { value: read }
}

function oneOf(value: unknown, type: FactType, known: Catalogue, zone: string, fact: string): ThanOf {
  if (typeof value === 'string' && /^[a-z]+\.[\w.-]+$/i.test(value)) {
    if (known.has(value)) return factOnTheRight(value, type, known, fact)
    if (type !== 'text' && type !== 'texts') {
      const hint = suggestion(value, known.keys())
      return { message: `unknown fact "${value}"`, ...(hint.startsWith('did') ? { hint } : {}) }
    }
  }
  const [, second, list] = (typeof value === 'string' && /^(not )?(in|is|contains|between)\s/.exec(value)) || []
  if (list !== undefined) {
    const words = `${second ?? ''}${list}`
    return {
      message: `"is" and "${words}" stand side by side`,
      hint: `write "${words}" alone, or put the text in quotes`,
    }
  }
  const scalar = scalarOf(value, type, zone)
  return scalar === null ? mismatch(value, type, fact) : { value: scalar }
}

function factOnTheRight(name: string, type: FactType, known: Catalogue, fact: string): ThanOf {
  const entry = known.get(name)
  if (!entry) return unknownFact(name, known, 0)
  if (entry.type === type) return { factName: name }
  return { message: `${fact} is ${typeNames[type]}, but ${name} is ${typeNames[entry.type]}` }
}

function mismatch(value: unknown, type: FactType, fact: string): ThanOf {
  const bare = typeof value === 'string' ? (/^(["'])(.*)\1$/.exec(value)?.[2] ?? value) : value
  const said = typeof bare === 'string' ? `"${bare}"` : typeof bare === 'object' ? 'this' : String(bare)
  const [, and] = (typeof value === 'string' && /\s(and|or|-|&&|\|\|)\s/.exec(value)) || []
  const either = and === 'or' || and === '||'
  const lines = either ? 'write any: [ …, … ]' : 'write one condition a line, each with "- " before it'
  if (bare !== value && scalarOf(bare, type, 'UTC') !== null) {
    return { message: `${fact} takes no quotes around ${bare}`, hint: `write ${bare} without them` }
  }
  const meant = typeof bare === 'string' ? valueMeant(bare, type) : null
  const hint =
    and !== undefined && type !== 'text' ? lines : meant === null ? `it takes ${typeNames[type]}` : `write ${meant}`
  return { message: `${said} does not fit ${fact}`, hint }
}

/** A value in other words or in another language, as it is to be written; null where nothing comes near. */
function valueMeant(text: string, type: FactType): string | null {
  if (type === 'boolean') return truthMeant[text.toLowerCase()] ?? null
  if (type === 'seconds') return lengthMeant(text)
  if (type === 'clock') return clockMeant(text)
  if (type === 'weekday') return dayMeant(text)
  if (type === 'week') return momentMeant(text)
  if (type === 'instant') return dateMeant(text)
  return type === 'date' ? dateMeant(text) : null
}

const truthMeant: Readonly<Record<string, string>> = Object.fromEntries([
  ...['ja', 'oui', 'si', 'sí', 'wahr', 'y', 't'].map((word) => [word, 'true']),
  ...['nein', 'non', 'falsch', 'n', 'f'].map((word) => [word, 'false']),
])

const truths: Record<string, boolean> = { true: true, yes: true, on: true, false: false, no: false, off: false }

/** Whether a word says yes or no; null where it says neither. */
export function truthOf(word: string): boolean | null {
  return Object.hasOwn(truths, word) ? (truths[word] ?? null) : null
}

/** A written value as what facts of the type hold; null where it is of another type. */
function scalarOf(value: unknown, type: FactType, zone: string): Scalar | null {
  if (type === 'boolean') {
    return typeof value === 'boolean' ? value : typeof value === 'string' ? truthOf(value) : null
  }
  if (type === 'number' || type === 'seconds') {
    if (typeof value === 'number') return Number.isFinite(value) ? value : null
    if (typeof value !== 'string') return null
    if (/^[+-]?\d+(\.\d+)?$/.test(value)) return Number(value)
    return type === 'seconds' ? parseDuration(value) : null
  }
  if (typeof value !== 'string') return type === 'text' && typeof value === 'number' ? String(value) : null
  const text = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value
  if (type === 'text' || type === 'texts') return text
  if (type === 'clock') return parseClock(text)
  if (type === 'weekday') return weekdayNamed(text)
  if (type === 'instant') return instantOf(text, zone)
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) && instantOf(text, 'UTC') !== null ? text : null
  const [day = '', clock = '00:00', more] = text.split(/\s+/)
  const [dayNumber, seconds] = [weekdayNamed(day), parseClock(clock)]
  return dayNumber === null || seconds === null || more !== undefined ? null : (dayNumber - 1) * 86_400 + seconds
}
