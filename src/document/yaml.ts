import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLError } from 'yaml'
import type { z } from 'zod'
import { type Fault, inReadingOrder, nearest, type Place, suggestion } from './fault.ts'
import { complaint, explains, firstLine, oddities, suspicions } from './traps.ts'

/** The way from a document's root to one of its values. */
export type Path = readonly PropertyKey[]

/** A parsed YAML file: plain values, and the place of each. */
export interface YamlDocument {
  file: string
  value: unknown
  /** The place of the value at `path` (of its key with `key`), or of the nearest thing around it. */
  place(path: Path, options?: { key?: boolean; offset?: number }): Place
  /** A fault at the value at `path`; `offset` counts characters into a one-line text. */
  fault(path: Path, message: string, more?: { hint?: string; key?: boolean; offset?: number; lint?: boolean }): Fault
}

/** More than anybody writes by hand; a larger file is refused before it is parsed. */
const largestFile = 300_000
/** Anchors are a convenience; nested ones can make gigabytes out of a few lines. */
const mostAliases = 100
/** Deeper than any condition somebody could still read; beyond it, readers that recurse would overflow. */
const deepest = 100

/**
 * Parses one YAML 1.2 document. Never throws: what is wrong with the text comes back as faults, and `document` is
 * null where nothing can be read from it. An empty file reads as null.
 */
export function parseYaml(file: string, text: string): { document: YamlDocument | null; faults: Fault[] } {
  const start = { file, line: 1, column: 1 }
  const refuse = (message: string, place: Place = start, hint?: string) => ({
    document: null,
    faults: [{ place, message, severity: 'fault' as const, ...(hint ? { hint } : {}) }],
  })
  if (text.length > largestFile) return refuse(`the file is larger than ${largestFile / 1000} KB`)
  const starts = [...text.matchAll(/^/gm)].map(({ index }) => index)
  try {
    const parsed = parseDocument(text, { prettyErrors: false, uniqueKeys: true })
    const placeAt = (offset: number): Place => {
      // The parser's own count is wrong where it lost its way.
      const next = starts.findIndex((start) => start > offset)
      const line = next === -1 ? starts.length : next
      return { file, line, column: offset - (starts[line - 1] ?? 0) + 1 }
    }
    const wrong = [...parsed.errors, ...parsed.warnings]
    if (wrong.some((error) => error.message.startsWith('Maximum call stack'))) return refuse(tooDeep)
    if (wrong.length > 0) {
      // A tab or a line that does not line up puts the parser out for all that follows.
      const tabs = wrong.filter(({ code }) => code === 'TAB_AS_INDENT')
      const crooked = wrong.find(({ code }) => code === 'BAD_INDENT')
      const first = wrong.find((one) => !isFallout(one)) ?? wrong[0]
      const others = wrong.filter((one) => one === first || one === crooked || !isFallout(one))
      const telling = tabs.length > 0 ? tabs : others
      const faults = telling.map((error): Fault => {
        const { offset, ...said } = complaint(error, text)
        return { place: placeAt(offset), severity: 'fault', ...said }
      })
      // What the parser says after its first complaint about a line is fallout of that one.
      const sorted = inReadingOrder(faults)
      return { document: null, faults: sorted.filter((f, i) => f.place.line !== sorted[i - 1]?.place.line) }
    }
    const odd = oddities(parsed.contents, new Set())
    if (odd.length > 0) {
      return {
        document: null,
        faults: odd.map(({ offset, ...said }) => ({ place: placeAt(offset), severity: 'fault', ...said })),
      }
    }
    const value: unknown = parsed.toJS({ maxAliasCount: mostAliases })
    if (isDeeper(value, deepest)) return refuse(tooDeep)
    const place = (path: Path, options: { key?: boolean; offset?: number } = {}): Place => {
      const node = nodeAt(parsed.contents, path, options.key === true)
      const range = node?.range
      if (!range) return start
      const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 1 : 0
      const into = options.offset === undefined ? 0 : options.offset + quoted
      return placeAt(Math.min(range[0] + into, range[1]))
    }
    return {
      document: {
        file,
        value,
        place,
        fault: (path, message, more = {}) => {
          const node = more.key ? null : nodeAt(parsed.contents, path, false)
          const hint = (isScalar(node) && !more.lint && explains(node, text)) || more.hint
          return {
            place: place(path, more),
            message,
            severity: more.lint ? 'lint' : 'fault',
            ...(hint ? { hint } : {}),
          }
        },
      },
      faults: suspicions(parsed.contents, text).map(({ offset, ...said }) => ({
        place: placeAt(offset),
        severity: 'lint',
        ...said,
      })),
    }
  } catch (error) {
    const message = firstLine(error instanceof Error ? error.message : String(error))
    if (error instanceof ReferenceError) {
      return refuse(`too many aliases: ${message}`, start, 'write the repeated part out')
    }
    if (error instanceof RangeError) return refuse(tooDeep)
    return refuse(message)
  }
}

/**
 * Holds a document against a schema: every issue becomes a fault at its place, unknown keys with the nearest
 * valid one.
 */
export function validate<T>(
  document: YamlDocument,
  schema: z.ZodType<T>,
): { value: T; faults: [] } | { value: null; faults: Fault[] } {
  const result = schema.safeParse(document.value)
  if (result.success) return { value: result.data, faults: [] }
  const faults = result.error.issues.flatMap((issue) => issueFaults(document, schema, issue, []))
  return { value: null, faults: withoutEchoes(faults) }
}

/** Without the keys that are missing only because they were mistyped. */
export function withoutEchoes(faults: readonly Fault[]): Fault[] {
  const mistyped = faults.map(({ hint }) => hint)
  return faults.filter(({ message }) => {
    const missing = /^"(.+)" is missing$/.exec(message)?.[1]
    return missing === undefined || !mistyped.includes(`did you mean ${missing}?`)
  })
}

/** The faults of one schema issue, `base` being where in the document the schema was applied. */
export function issueFaults(document: YamlDocument, schema: z.ZodType, issue: z.core.$ZodIssue, base: Path): Fault[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.map((key) => {
      // { title: Hello, my dear } is a title and a key of its own.
      const map = valueAt(document.value, path) as Record<string, unknown>
      const comma = map[key] === null && Object.keys(map)[0] !== key && nearest(key, known) === null
      const hint = comma ? 'a comma parts keys within { }; put a text that holds one in quotes' : suggestion(key, known)
      return document.fault([...path, key], `unknown key "${key}"`, { key: true, hint })
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
    return [document.fault(path, `${shown(given)} is not ${wanted(issue)}`, hint)]
  }
  if (issue.code === 'invalid_type') {
    const quotes = issue.expected === 'string' && (typeof given === 'number' || typeof given === 'boolean')
    const listed =
      typeof given === 'string' && given.startsWith('-')
        ? 'a space is missing after the -'
        : typeof given === 'object'
          ? 'put "- " before each item'
          : 'write it in [ ], or with "- " before it'
    const dashes = issue.expected === 'array' && given !== null
    const truth = issue.expected === 'boolean' && typeof given === 'string' ? truths[given.toLowerCase()] : undefined
    const meant = truth === undefined ? undefined : `write ${truth}`
    const hint = quotes ? 'put it in quotes' : dashes ? listed : meant
    return [document.fault(path, `${shown(given)} is not ${wanted(issue)}`, hint ? { hint } : {})]
  }
  if (issue.code === 'invalid_union' || issue.code === 'invalid_format') {
    const wants = wanted(issue)
    const scalar = typeof given === 'number' || typeof given === 'boolean'
    const hint = scalar && /\ba text\b/.test(wants) ? { hint: 'put it in quotes' } : {}
    return [document.fault(path, `${shown(given)} is not ${wants}`, hint)]
  }
  if (issue.code === 'too_small' && (given === '' || (Array.isArray(given) && given.length === 0))) {
    return [document.fault(path, given === '' ? 'an empty text says nothing' : 'an empty list says nothing')]
  }
  if (typeof given === 'number') {
    if (issue.code === 'too_small') return [document.fault(path, `${given} is less than ${issue.minimum}`)]
    if (issue.code === 'too_big') return [document.fault(path, `${given} is more than ${issue.maximum}`)]
  }
  return [document.fault(path, issue.message)]
}

/** A schema's words as a sentence: those that name what is wanted ("a length such as 45m") need a subject. */
function sentence(given: unknown, message: string): string {
  return message.includes(' such as ') ? `${shown(given)} is not ${message}` : message
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

/** The alternative a value was meant as: it is of the right kind, and of maps the one with most of its keys. */
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

/** Whether a schema left an issue to zod's words; a schema's own words go before ours. */
function isZodsOwn(message: string): boolean {
  return /^(?:Invalid (?:input|option|string)\b|Too (?:small|big):)/.test(message)
}

/** What a schema wants in the place of a value, as "… is not" goes on: `a text`, `one of live, dry-run`. */
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
  // The word that is a way out ("unlimited") goes after what is meant as a rule.
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

/** A value as it may stand in a one-line message: short, and never a dump. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** The keys a schema knows at a path, seen through optionals, defaults, pipes, unions and records. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let here: z.core.$ZodType[] = [schema]
  for (const step of path) here = here.flatMap(unwrap).flatMap((inner) => childOf(inner, step))
  return here.flatMap(unwrap).flatMap((inner) => {
    const def = inner._zod.def as unknown as { type: string; shape?: Record<string, unknown> }
    return def.type === 'object' ? Object.keys(def.shape ?? {}) : []
  })
}

/** What follows from the parser's having lost its way. */
function isFallout({ code, message }: YAMLError): boolean {
  return code === 'BAD_INDENT' || message.includes('in YAML stream')
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

function nodeAt(root: unknown, path: Path, wantKey: boolean): Node | null {
  let node = root as Node | null
  for (const [i, step] of path.entries()) {
    let next: unknown = null
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : null) === String(step))
      if (pair && ((wantKey && i === path.length - 1) || pair.value === null)) return pair.key as Node
      next = pair?.value ?? null
    } else if (isSeq(node)) {
      next = node.items[Number(step)] ?? null
    }
    if (next === null) return node
    node = next as Node
  }
  return node
}

const tooDeep = 'nested too deeply to be read'
/** Whether a value holds more than so many levels; an alias that holds itself is endless. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
