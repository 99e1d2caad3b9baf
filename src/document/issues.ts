import type * as z from 'zod'
import { curlyQuote, curlyWords } from './curly.ts'
import { type Fault, nearest, ofTheFirst, suggestion } from './fault.ts'
import type { Path, YamlDocument } from './yaml.ts'

/** The value to check, and how to make a fault at a path in it. */
type Held = Pick<YamlDocument, 'value' | 'fault'>

/**
 * Checks a document against a schema. Every issue becomes a fault at its place; an unknown key is reported with the
 * nearest valid one.
 */
export function validate<T>(
  document: YamlDocument,
  schema: z.ZodType<T>,
): { value: T; faults: [] } | { value: null; faults: Fault[] } {
  const result = schema.safeParse(document.value)
  if (result.success) return { value: result.data, faults: [] }
  const faults = ofTheFirst(result.error.issues, (issue) => issueFaults(document, schema, issue, []))
  return { value: null, faults: withoutEchoes(faults) }
}

/** Checks a value that is not in a file against a schema. Its faults name the key. */
export function faultsOf<T>(schema: z.ZodType<T>, value: unknown): { value: T | null; faults: Fault[] } {
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data, faults: [] }
  const place = { file: '', line: 1, column: 1 }
  const held: Held = {
    value,
    fault: (path, message, { hint, key } = {}) => {
      const where = key || path.length === 0 ? '' : `${path.map(String).join('.')}: `
      return { place, severity: 'fault', message: `${where}${message}`, ...(hint === undefined ? {} : { hint }) }
    },
  }
  const faults = ofTheFirst(result.error.issues, (issue) => issueFaults(held, schema, issue, []))
  return { value: null, faults: withoutEchoes(faults) }
}

/** Removes missing keys that are only mistyped. */
export function withoutEchoes(faults: readonly Fault[]): Fault[] {
  const mistyped = faults.map(({ hint }) => hint)
  return faults.filter(({ message }) => {
    const missing = /^"(.+)" is missing$/.exec(message)?.[1]
    if (missing === undefined) return true
    // A token may also be in a file.
    return ![missing, `${missing}_file`].some((name) => mistyped.includes(`did you mean ${name}?`))
  })
}

/** The faults of one schema issue. `base` is where in the document the schema was applied. */
export function issueFaults(document: Held, schema: z.ZodType, issue: z.core.$ZodIssue, base: Path): Fault[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    const map = valueAt(document.value, path) as Record<string, unknown>
    const [firstKey] = Object.keys(map)
    return ofTheFirst(issue.keys, (key) => {
      // { title: Hello, my dear } is a title and a key of its own.
      const comma = map[key] === null && key !== firstKey && nearest(key, known) === null
      if (curlyQuote.test(key))
        return [document.fault([...path, key], curlyWords.message, { key: true, hint: curlyWords.hint })]
      const hint = comma
        ? 'a comma separates keys within { }; put a text that holds one in quotes'
        : suggestion(key, known)
      return [document.fault([...path, key], `unknown key "${key}"`, { key: true, hint })]
    })
  }
  if (issue.code === 'invalid_key') {
    return [document.fault(path, issue.issues[0]?.message ?? issue.message, { key: true })]
  }
  const given = valueAt(document.value, path)
  if (given === undefined && path.length > 0 && missingCodes.has(issue.code)) {
    return [document.fault(path.slice(0, -1), `"${String(path.at(-1))}" is missing`)]
  }
  if (issue.code === 'invalid_union') {
    const meant = branchMeant(branchesOf(issue), given)
    if (meant) {
      const faults = meant.flatMap((inner) =>
        issueFaults(document, schema, { ...inner, path: [...issue.path, ...inner.path] }, base),
      )
      return withoutEchoes(faults)
    }
  }
  if (!isZodsOwn(issue.message)) return [document.fault(path, sentence(given, issue.message))]
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    const near = nearest(shown(given).replaceAll('"', ''), values)
    const hint = near === null ? {} : { hint: `did you mean ${near}?` }
    return [document.fault(path, isNot(given, wanted(issue)), hint)]
  }
  if (issue.code === 'invalid_type') {
    const quotes = issue.expected === 'string' && (typeof given === 'number' || typeof given === 'boolean')
    const dashes = issue.expected === 'array' && given !== null
    const word = issue.expected === 'boolean' && typeof given === 'string' ? given.toLowerCase() : ''
    const truth = Object.hasOwn(truths, word) ? truths[word] : undefined
    const meant = truth === undefined ? undefined : `write ${truth}`
    const hint = quotes ? 'put it in quotes' : dashes ? listHint(given) : meant
    return [document.fault(path, isNot(given, wanted(issue)), hint ? { hint } : {})]
  }
  if (issue.code === 'invalid_union' || issue.code === 'invalid_format') {
    const wants = wanted(issue)
    const scalar = typeof given === 'number' || typeof given === 'boolean'
    const hint = scalar && /\ba text\b/.test(wants) ? { hint: 'put it in quotes' } : {}
    return [document.fault(path, isNot(given, wants), hint)]
  }
  if (issue.code === 'too_small' && (given === '' || (Array.isArray(given) && given.length === 0))) {
    return [document.fault(path, given === '' ? 'an empty text says nothing' : 'an empty list says nothing')]
  }
  if (typeof given === 'number') {
    if (issue.code === 'too_small') return [document.fault(path, `${given} is less than ${issue.minimum}`)]
    if (issue.code === 'too_big') return [document.fault(path, `${given} is more than ${issue.maximum}`)]
  }
  if (typeof given === 'string' && issue.code === 'too_big') {
    return [document.fault(path, `a text of more than ${issue.maximum} characters`)]
  }
  return [document.fault(path, issue.message)]
}

/** How to make a list of what is none. */
function listHint(given: unknown): string {
  if (typeof given === 'object') return 'put "- " before each item'
  if (typeof given !== 'string') return 'write it in [ ], or with "- " before it'
  if (given.startsWith('-')) return 'a space is missing after the -'
  const isDash = /^[\u2010-\u2015\u2212\u2022]/.test(given)
  return isDash
    ? 'its first character is a dash of another kind; write a plain "- "'
    : 'write it in [ ], or with "- " before it'
}

/**
 * A schema's message as a sentence. A message that only names the wanted value ("a length such as 45m") needs a
 * subject.
 */
function sentence(given: unknown, message: string): string {
  const whole = message.startsWith('"') || !(message.startsWith('no ') || message.includes(' such as '))
  return whole ? message : isNot(given, message)
}

/** Says that a value is not the wanted one. The wanted one may be given in the negative ("no time zone"). */
function isNot(given: unknown, wants: string): string {
  return `${shown(given)} is ${wants.startsWith('no ') ? '' : 'not '}${wants}`
}

type Issue = z.core.$ZodIssue

/** The alternatives of a union, those of unions within it included, each with its issues. */
function branchesOf(issue: Issue & { code: 'invalid_union' }): readonly (readonly Issue[])[] {
  return issue.errors.flatMap((branch) => {
    const [only, ...more] = branch
    return only?.code === 'invalid_union' && more.length === 0 && only.path.length === 0 ? branchesOf(only) : [branch]
  })
}

const otherKind: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'invalid_format', 'invalid_union'])

/** The alternative that a value was meant as: one of the right kind; for a map, the one that has most of its keys. */
function branchMeant(branches: readonly (readonly Issue[])[], given: unknown): readonly Issue[] | null {
  const fitting = branches.filter(
    (branch) => !branch.some(({ code, path }) => path.length === 0 && otherKind.has(code)),
  )
  if (fitting.length <= 1 || typeof given !== 'object') return fitting[0] ?? null
  const strange = (branch: readonly Issue[]) =>
    branch.reduce((count, one) => count + (one.code === 'unrecognized_keys' ? one.keys.length : 0), 0)
  return [...fitting].sort((one, other) => strange(one) - strange(other) || one.length - other.length)[0] ?? null
}

const missingCodes: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'invalid_union'])

/** Whether an issue has zod's own message. A message of the schema has priority over ours. */
function isZodsOwn(message: string): boolean {
  return /^(?:Invalid (?:input|option|string)\b|Too (?:small|big):)/.test(message)
}

/** What a schema wants instead of a value, to follow "… is not": `a text`, `one of live, dry-run`. */
function wanted(issue: z.core.$ZodIssue): string {
  if (!isZodsOwn(issue.message)) return issue.message
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`
  }
  if (issue.code === 'invalid_type') return typeWords[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_format') return 'written as it must be'
  if (issue.code !== 'invalid_union') return issue.message
  const alternatives = new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(wanted)))
  // The exception ("unlimited") comes after the usual form.
  return [...alternatives].sort((a, b) => Number(b.includes(' ')) - Number(a.includes(' '))).join(', or ')
}

const typeWords: Record<string, string> = {
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const truths: Record<string, boolean> = { true: true, yes: true, on: true, false: false, no: false, off: false }

/** A value for a one-line message: short, never a dump. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** The keys that a schema knows at a path, through optionals, defaults, pipes, unions and records. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let here: z.core.$ZodType[] = [schema]
  for (const step of path) here = here.flatMap(unwrap).flatMap((inner) => childOf(inner, step))
  return here.flatMap(unwrap).flatMap((inner) => {
    const def = inner._zod.def as unknown as { type: string; shape?: Record<string, unknown> }
    return def.type === 'object' ? Object.keys(def.shape ?? {}) : []
  })
}

type Def = {
  type: string
  innerType?: z.core.$ZodType
  in?: z.core.$ZodType
  getter?: () => z.core.$ZodType
  options?: z.core.$ZodType[]
  shape?: Record<string, z.core.$ZodType>
  element?: z.core.$ZodType
  valueType?: z.core.$ZodType
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as unknown as Def
  if (def.innerType) return unwrap(def.innerType)
  if (def.type === 'pipe' && def.in) return unwrap(def.in)
  if (def.type === 'lazy' && def.getter) return unwrap(def.getter())
  if (def.type === 'union') return (def.options ?? []).flatMap(unwrap)
  return [schema]
}

function childOf(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType[] {
  const def = schema._zod.def as unknown as Def
  const child = def.shape?.[String(step)] ?? def.element ?? def.valueType
  return child ? [child] : []
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as Record<PropertyKey, unknown>)[step]
  }
  return here
}
