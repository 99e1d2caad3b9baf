import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import { type Fault, inReadingOrder, mostTold, type Place } from './fault.ts'
import { lookalikes, otherEncoding } from './lookalikes.ts'
import { lineOf, mended } from './mend.ts'
import { complaint, explains, firstLine, oddities, repeats, suspicions, type Told, unseen } from './traps.ts'

/** The path from a document's root to one of its values. */
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

/** Larger than any file written by hand. A larger file is refused before it is parsed. */
const largestFile = 300_000
/** Anchors are a convenience; nested ones can make gigabytes out of a few lines. */
const mostAliases = 100
/** Deeper than any condition that people can read. Recursive code would overflow beyond it. */
const deepest = 100

/** The result of parsing a text. */
export interface ParsedYaml {
  /** Null if the text has a fault. */
  document: YamlDocument | null
  faults: Fault[]
  /** The text without the faulty lines, to find further faults; null if that cannot be told. */
  beside: { document: YamlDocument; isBroken(line: number): boolean } | null
}

/**
 * Parses one YAML 1.2 document. Never throws: mistakes in the text are returned as faults, and `document` is null if it
 * cannot be used. An empty file reads as null.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const start = { file, line: 1, column: 1 }
  const refuse = (message: string, hint?: string): ParsedYaml => ({
    document: null,
    faults: [{ place: start, message, severity: 'fault' as const, ...(hint ? { hint } : {}) }],
    beside: null,
  })
  if (text.length > largestFile) return refuse(`the file is larger than ${largestFile / 1000} KB`)
  try {
    const parsed = parseText(text)
    const placeAt = placesOf(file, text)
    const wrong = [...parsed.errors, ...parsed.warnings]
    if (wrong.some((error) => error.message.startsWith('Maximum call stack'))) return refuse(tooDeep)
    const encoded = otherEncoding(text)
    // Of what only looks like YAML, the parser tells something else.
    const alike = wrong.length > 0 ? lookalikes(text) : []
    const first: Told[] = encoded
      ? [encoded]
      : alike.length > 0
        ? alike
        : wrong.length > 0
          ? complaints(wrong, text)
          : [...oddities(parsed.contents, new Set()), ...unseen(parsed.contents, text)]
    const twice = repeats(parsed.contents)
    if (first.length > 0 || twice.length > 0) {
      const { document, more } = besides(file, text, first)
      const all = [...first, ...more, ...twice].map(({ offset, mend: _, ...said }) => ({
        place: placeAt(offset),
        severity: 'fault' as const,
        ...said,
      }))
      const lines = new Set(all.map(({ place }) => place.line))
      const inOrder = inReadingOrder(all)
      return {
        document: null,
        // Later errors of the parser about the same line follow from the first.
        faults: inOrder.filter((f, i) => f.place.line !== inOrder[i - 1]?.place.line),
        beside: document && { document, isBroken: (line) => lines.has(line) },
      }
    }
    const read = documentOf(file, text, parsed)
    if (read === null) return refuse(tooDeep)
    const odd = suspicions(parsed.contents, text)
    return {
      document: read,
      faults: odd.map(({ offset, ...said }) => ({ place: placeAt(offset), severity: 'lint', ...said })),
      beside: null,
    }
  } catch (error) {
    const message = firstLine(error instanceof Error ? error.message : String(error))
    if (error instanceof ReferenceError) return refuse(`too many aliases: ${message}`, 'write out the repeated part')
    if (error instanceof RangeError) return refuse(tooDeep)
    return refuse(message)
  }
}

// The parser would compare each key of a map with each; `repeats` finds repeated keys instead.
function parseText(text: string): Document.Parsed {
  const { stackTraceLimit } = Error
  // The parser makes an error object for each fault; a hundred thousand stacks would take seconds.
  Error.stackTraceLimit = 0
  try {
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The parser's errors in our words, without those that only follow from an earlier one. */
function complaints(wrong: readonly YAMLError[], text: string): Told[] {
  // After a tab or a wrong indent, the parser misreads all that follows.
  const tabs = wrong.filter(({ code }) => code === 'TAB_AS_INDENT')
  const crooked = wrong.find(({ code }) => code === 'BAD_INDENT')
  const first = wrong.find((one) => !isFallout(one)) ?? wrong[0]
  let goesOnTo = -1
  const others = wrong.filter((one) => {
    // If a line swallowed others, each of their colons is reported again.
    const [from, to] = one.pos
    const again = one.code.endsWith('AS_IMPLICIT_KEY') || one.code === 'MULTILINE_IMPLICIT_KEY'
    const swallowed = again && goesOnTo >= 0 && (from < goesOnTo || /^:?\s*$/.test(text.slice(goesOnTo, from)))
    if (one.code === 'MULTILINE_IMPLICIT_KEY') goesOnTo = Math.max(goesOnTo, to)
    return !swallowed && (one === first || one === crooked || !isFallout(one))
  })
  const telling = tabs.length > 0 ? tabs : others
  const told = telling.slice(0, mostTold + 1).map((error) => complaint(error, text))
  const last = told.at(-1)
  const beyond = telling.length - mostTold
  return last && beyond > 1 ? [...told.slice(0, -1), { ...last, stands: beyond }] : told
}

/**
 * The document of a text with its broken lines repaired, or null if it cannot be read even so. And further oddities,
 * which the parser's errors hid.
 */
function besides(file: string, text: string, told: readonly Told[]): { document: YamlDocument | null; more: Told[] } {
  const mendings = told.flatMap(({ offset, mend }) => (mend ? [{ offset, mend }] : []))
  if (mendings.length < told.length) return { document: null, more: [] }
  const once = mended(text, mendings)
  const parsed = parseText(once)
  if (parsed.errors.length + parsed.warnings.length > 0) return { document: null, more: [] }
  const odd = oddities(parsed.contents, new Set())
  if (odd.length === 0) return { document: documentOf(file, once, parsed), more: [] }
  const more = odd.map((one) => ({ ...one, offset: sameColumn(once, text, one.offset) }))
  const twice = mended(
    once,
    odd.map(({ offset }) => ({ offset, mend: 'quote' })),
  )
  const again = parseText(twice)
  const isWhole = again.errors.length + again.warnings.length + oddities(again.contents, new Set()).length === 0
  return { document: isWhole ? documentOf(file, twice, again) : null, more }
}

/** The offset of a place in a text with the same lines. */
function sameColumn(from: string, to: string, offset: number): number {
  const { line, column } = placesOf('', from)(offset)
  const starts = lineStarts(to)
  return Math.min((starts[line - 1] ?? 0) + column - 1, (starts[line] ?? to.length + 1) - 1)
}

/** Null if it is nested too deeply. Throws the parser's error if aliases make it too large. */
function documentOf(file: string, text: string, parsed: Document.Parsed): YamlDocument | null {
  const value: unknown = parsed.toJS({ maxAliasCount: mostAliases })
  if (isDeeper(value, deepest)) return null
  const placeAt = placesOf(file, text)
  const place = (path: Path, options: { key?: boolean; offset?: number } = {}): Place => {
    const node = nodeAt(parsed.contents, path, options.key === true)
    const range = node?.range
    if (!range) return { file, line: 1, column: 1 }
    const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 1 : 0
    const into = options.offset === undefined ? 0 : options.offset + quoted
    return placeAt(Math.min(range[0] + into, range[1]))
  }
  return {
    file,
    value,
    place,
    fault: (path, message, more = {}) => {
      const node = more.key ? null : nodeAt(parsed.contents, path, false)
      const cause = isScalar(node) && !more.lint ? explains(node, text) : null
      if (cause?.instead) {
        const { message, hint } = cause
        return { place: place(path), message, severity: 'fault', hint }
      }
      const hint = cause?.hint ?? more.hint
      return {
        place: place(path, more),
        message,
        severity: more.lint ? 'lint' : 'fault',
        ...(hint ? { hint } : {}),
      }
    },
  }
}

/** Finds the line and column of an offset; the parser's own count is wrong after some errors. */
function placesOf(file: string, text: string): (offset: number) => Place {
  const starts = lineStarts(text)
  return (offset) => {
    const line = lineOf(starts, offset)
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
}

function lineStarts(text: string): number[] {
  return [...text.matchAll(/^/gm)].map(({ index }) => index)
}

/** Errors that only follow from an earlier one. */
function isFallout({ code, message }: YAMLError): boolean {
  return code === 'BAD_INDENT' || message.includes('in YAML stream')
}

function nodeAt(root: unknown, path: Path, wantKey: boolean): Node | null {
  let node = root as Node | null
  for (const [i, step] of path.entries()) {
    let next: unknown = null
    if (isMap(node)) {
      const pair = pairsOf(node).get(String(step))
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

/** The pairs of each map by their keys, so that a map of thousands is not searched for each of them. */
const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairs.get(map)
  if (known) return known
  const found = new Map<string, Pair>()
  for (const pair of map.items) {
    if (isScalar(pair.key) && !found.has(String(pair.key.value))) found.set(String(pair.key.value), pair)
  }
  pairs.set(map, found)
  return found
}

const tooDeep = 'nested too deeply to be read'
/** Whether a value has more than so many levels; an alias that contains itself has no end. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
