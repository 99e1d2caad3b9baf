// biome-ignore-all lint/style/noExcessiveLinesPerFile: a table of the examples and what is filled in
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { durationPattern, parseDuration } from '../core/calendar/duration.ts'
import { parseClock } from '../core/calendar/time.ts'
import type { FieldKind } from '../core/model/rulekey.ts'
import { ruleKeys } from '../core/model/rulekeys.ts'
import { Mistake } from '../document/fault.ts'

/** A number, time or text of an example that people may want otherwise. */
export interface ExampleField {
  /** Names the field within its rule. */
  id: string
  /** Where it stands, in words: "when: lock.wearerLastSeenAgoSeconds >". */
  place: string
  type: 'length' | 'time' | 'number' | 'percent' | 'text'
  /** What follows a number, such as "per day". */
  unit: string | null
  value: string
  line: number
}

/** One rule of the examples. */
export interface Example {
  file: string
  id: string
  description: string
  /** As it stands in the file. */
  yaml: string
  fields: ExampleField[]
  /** What it asks for that other rules or files declare. */
  asks: Names
}

interface Names {
  inputs: string[]
  tallies: string[]
  rules: string[]
}

/** A file of examples. */
export interface ExampleFile {
  file: string
  text: string
}

/** That an example cannot be filled in as it is wanted. */
export class NotFilledIn extends Mistake {
  readonly what: 'example' | 'field' | 'value'
  /** The field that was given a wrong value. */
  readonly field: string | null
  constructor(what: NotFilledIn['what'], message: string, field: string | null = null) {
    super(message, 2)
    this.what = what
    this.field = field
  }
}

/** The example rules of a folder, by name; none where it cannot be read. */
export function readExamples(folder: string): ExampleFile[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    return names.sort().map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
  } catch {
    return []
  }
}

/** A field with the stretch of the file that holds its value. */
interface Found extends ExampleField {
  from: number
  to: number
  whole: boolean
}

interface RuleNode {
  id: string
  description: string
  /** The rule's own lines, with the notes right above it. */
  from: number
  to: number
  map: YAMLMap
}

/** The rules of an example file with what can be changed in them. A file that is none gives none. */
export function examplesIn({ file, text }: ExampleFile): Example[] {
  const document = parseDocument(text)
  return rulesIn(document, text).map((rule) => ({
    file,
    id: rule.id,
    description: rule.description,
    yaml: dedented(text.slice(rule.from, rule.to)),
    fields: fieldsOf(rule.map, text).map(({ from: _, to: __, whole: ___, ...field }) => field),
    asks: namesIn(text.slice(rule.from, rule.to) + onlyIfOf(document, text)),
  }))
}

/**
 * A rule file of its own made of one example: its values replaced in place, so that everything else stays as somebody
 * wrote it; with the declarations it needs that `declared` lacks, taken from whichever example has them. Throws
 * `NotFilledIn` for a rule, a field or a value that is none.
 */
export function fillIn(
  files: readonly ExampleFile[],
  wanted: { file: string; id: string; values: Readonly<Record<string, string>>; enabled: boolean },
  declared: { inputs: ReadonlySet<string>; tallies: ReadonlySet<string> },
): string {
  const file = files.find((one) => one.file === wanted.file)
  const rule = file && rulesIn(parseDocument(file.text), file.text).find(({ id }) => id === wanted.id)
  if (!file || !rule) throw new NotFilledIn('example', 'there is no such example')
  const text = edited(file.text, rule, wanted.values, wanted.enabled)
  const document = parseDocument(text)
  const made = rulesIn(document, text).find(({ id }) => id === wanted.id)
  if (!made || document.errors.length > 0) throw new Error(`the example ${wanted.id} was not filled in`)
  const own = text.slice(made.from, made.to)
  const onlyIf = onlyIfOf(document, text)
  const asks = namesIn(own + onlyIf)
  return [
    section('inputs', files, asks.inputs, declared.inputs),
    section('tallies', files, asks.tallies, declared.tallies),
    onlyIf,
    'rules:\n',
    own.endsWith('\n') ? own : `${own}\n`,
  ].join('')
}

function rulesIn(document: Document, text: string): RuleNode[] {
  const rules = isMap(document.contents) ? document.contents.get('rules', true) : null
  if (!isSeq(rules)) return []
  const maps = rules.items.filter(isMap)
  const starts = maps.map((map) => withNotes(text, lineStart(text, map.range?.[0] ?? 0)))
  return maps.flatMap((map, i) => {
    const id = map.get('id')
    if (typeof id !== 'string') return []
    const end = lineEnd(text, lastOf(map))
    return { id, description: String(map.get('description') ?? ''), from: starts[i] ?? 0, to: end, map }
  })
}

/** The notes that stand right above a line. */
function withNotes(text: string, start: number): number {
  let from = start
  while (from > 0) {
    const before = lineStart(text, from - 1)
    if (!/^\s+#/.test(text.slice(before, from))) break
    from = before
  }
  return from
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

/** The last character of a value; what follows it on its line is a note. */
function lastOf(node: Node): number {
  return Math.max(0, (node.range?.[1] ?? 1) - 1)
}

function dedented(text: string): string {
  const [indent = ''] = /^ */.exec(text) ?? []
  return text.replace(new RegExp(`^${indent}`, 'gm'), '')
}

function pairOf(map: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
  return map.items.find(({ key: node }) => isScalar(node) && node.value === key) as Pair<Node, Node | null> | undefined
}

/** A key of the file with its value, as it is written; nothing where there is none. */
function pairText(map: YAMLMap, key: string, text: string): string {
  const pair = pairOf(map, key)
  if (!pair?.value) return ''
  return text.slice(lineStart(text, pair.key.range?.[0] ?? 0), lineEnd(text, lastOf(pair.value)))
}

function onlyIfOf(document: Document, text: string): string {
  return isMap(document.contents) ? pairText(document.contents, 'only_if', text) : ''
}

/** The names a text of rules asks for that something else declares. */
function namesIn(text: string): Names {
  const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))]
  return {
    inputs: all(/\binput\.([a-z][a-z0-9_-]*)/g),
    tallies: [...new Set([...all(/\btally\.(?!add\b|reset\b)([a-z][a-z0-9_-]*)/g), ...talliesUsed(text)])],
    rules: all(/\brule\.([a-z0-9][a-z0-9-]*)\./g),
  }
}

function talliesUsed(text: string): string[] {
  return [...text.matchAll(/\btally\.(?:add|reset): *(?:\{ *name: *)?([a-z][a-z0-9_-]*)/g)].map(([, name = '']) => name)
}

/** A top section of a file with its notes, as somebody wrote it; empty where it has none. */
export function sectionOf(text: string, key: string): string {
  const { contents } = parseDocument(text)
  return isMap(contents) ? pairText(contents, key, text) : ''
}

/** The declarations that are lacking, as the examples write them. */
function section(
  key: 'inputs' | 'tallies',
  files: readonly ExampleFile[],
  asked: readonly string[],
  declared: ReadonlySet<string>,
): string {
  const lines = asked.flatMap((name) => {
    if (declared.has(name)) return []
    for (const { text } of files) {
      const { contents } = parseDocument(text)
      const map = isMap(contents) ? contents.get(key, true) : null
      const line = isMap(map) ? pairText(map, name, text) : ''
      if (line !== '') return line
    }
    return []
  })
  return lines.length === 0 ? '' : `${key}:\n${lines.join('')}`
}

const token =
  /(?<![\w.:-])(?:(?<time>\d{1,2}:\d{2})|(?<length>(?:\d+(?:\.\d+)?(?:min|[smhdw]))+)|(?<percent>\d+(?:\.\d+)?\s*%)|(?<number>\d+(?:\.\d+)?))(?![\w.:%])/g
/** The second time of a range stands right after a hyphen. */
const timeToken = /\d{1,2}:\d{2}/g

const textKeys = new Set(['text', 'title', 'message', 'description'])
const valueKeys = new Set(['points', 'duration', 'length', 'until', 'between', 'steps', 'weight'])
const textActions = new Set(['log', 'notify', 'task.assign'])
/** What these take is a name or a choice, not a number or a text. */
const namedActions = new Set(['tracker.game', 'tracker.session.start', 'device', 'settings.patch', 'tally.add'])

function fieldsOf(rule: YAMLMap, text: string): Found[] {
  const found: Found[] = []
  for (const { key, value } of rule.items as Pair<Node, Node | null>[]) {
    const name = isScalar(key) ? String(key.value) : ''
    const takes = ruleKeys.find((one) => one.name === name)?.form?.takes
    if (takes && value) collect(value, takes, [name], text, found)
    if ((name === 'then' || name === 'otherwise') && isSeq(value)) actions(value.items as Node[], [name], text, found)
  }
  return found
}

function actions(items: readonly Node[], path: readonly string[], text: string, found: Found[]): void {
  items.forEach((item, i) => {
    if (!isMap(item)) return
    for (const { key, value } of item.items as Pair<Node, Node | null>[]) {
      const action = isScalar(key) ? String(key.value) : ''
      const at = [...path, String(i), action]
      if (!value || namedActions.has(action)) continue
      if (action === 'if') collect(value, 'condition', at, text, found)
      else if ((action === 'then' || action === 'else') && isSeq(value)) actions(value.items as Node[], at, text, found)
      else if (action === 'draw' && isSeq(value)) {
        value.items.forEach((choice, k) => {
          if (!isMap(choice)) return
          const weight = choice.get('weight', true)
          if (isScalar(weight)) collect(weight, 'value', [...at, String(k), 'weight'], text, found)
          const then = choice.get('then', true)
          if (isSeq(then)) actions(then.items as Node[], [...at, String(k)], text, found)
        })
      } else if (isMap(value)) {
        for (const { key: inner, value: given } of value.items as Pair<Node, Node | null>[]) {
          const name = isScalar(inner) ? String(inner.value) : ''
          if (given && textKeys.has(name)) collect(given, 'text', [...at, name], text, found)
          else if (given && valueKeys.has(name)) collect(given, 'value', [...at, name], text, found)
        }
      } else collect(value, textActions.has(action) ? 'text' : 'value', at, text, found)
    }
  })
}

function collect(node: Node, kind: FieldKind, path: readonly string[], text: string, found: Found[]): void {
  if (isSeq(node)) {
    node.items.forEach((item, i) => {
      collect(item as Node, kind, [...path, String(i)], text, found)
    })
    return
  }
  if (isMap(node)) {
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? String(key.value) : ''
      if (value && name !== 'fact' && name !== 'operator') collect(value, kind, [...path, name], text, found)
    }
    return
  }
  if (!isScalar(node) || !node.range) return
  const [from, to] = node.range
  const source = text.slice(from, to)
  const id = path.join('.')
  const line = text.slice(0, from).split('\n').length
  const words = path.filter((part) => !/^\d+$/.test(part)).join(' › ')
  if (kind === 'text') {
    found.push({ id, place: words, type: 'text', unit: null, value: String(node.value), line, from, to, whole: true })
    return
  }
  // A cron expression or a date is not taken apart.
  if (/\d{4}-\d{2}-\d{2}/.test(source) || (kind === 'moment' && !/\d:\d{2}/.test(source))) return
  // The first word of a condition is a fact.
  const skipped = kind === 'condition' ? (/^\W*[^\s<>=!]+/.exec(source)?.[0].length ?? 0) : 0
  let n = 0
  for (const match of source.matchAll(kind === 'moment' ? timeToken : token)) {
    if (match.index < skipped) continue
    const groups = match.groups ?? {}
    const type = groups.length ? 'length' : groups.percent ? 'percent' : groups.number ? 'number' : 'time'
    const after = source
      .slice(match.index + match[0].length)
      .replace(/["']$/, '')
      .trim()
    const before = kind === 'condition' ? `: ${source.slice(0, match.index).replace(/^["']/, '').trim()}` : ''
    found.push({
      id: n === 0 ? id : `${id}#${n}`,
      place: `${words}${before}`,
      type,
      unit: kind === 'value' && type === 'number' && after !== '' ? after : null,
      value: match[0],
      line,
      from: from + match.index,
      to: from + match.index + match[0].length,
      whole: false,
    })
    n += 1
  }
}

/** The file with the values of one rule replaced, and the rule switched on or left off. */
function edited(text: string, rule: RuleNode, values: Readonly<Record<string, string>>, enabled: boolean): string {
  const fields = new Map(fieldsOf(rule.map, text).map((field) => [field.id, field]))
  const edits: { from: number; to: number; by: string }[] = []
  for (const [id, value] of Object.entries(values)) {
    const field = fields.get(id)
    if (!field) throw new NotFilledIn('field', `the example has no field ${id.slice(0, 80)}`)
    if (value === field.value) continue
    const wrong = valueFault(field, value)
    if (wrong !== null) throw new NotFilledIn('value', `${field.place}: ${wrong}`, id)
    edits.push({ from: field.from, to: field.to, by: field.whole ? written(text, field, value) : value.trim() })
  }
  const off = pairOf(rule.map, 'enabled')
  if (enabled && off?.value) {
    edits.push({ from: lineStart(text, off.key.range?.[0] ?? 0), to: lineEnd(text, lastOf(off.value)), by: '' })
  }
  return edits
    .sort((one, other) => other.from - one.from)
    .reduce((changed, { from, to, by }) => changed.slice(0, from) + by + changed.slice(to), text)
}

const longestText = 2000

function valueFault({ type }: ExampleField, value: string): string | null {
  const text = value.trim()
  switch (type) {
    case 'length':
      return durationPattern.test(text) && !text.includes(' ') && (parseDuration(text) ?? 0) > 0
        ? null
        : 'a length of time such as 45m, 1h30m or 2d'
    case 'time': {
      const clock = /^\d{1,2}:\d{2}$/.test(text) ? parseClock(text) : null
      return clock !== null && clock < 86_400 ? null : 'a time of day such as 22:30'
    }
    case 'percent':
      return /^\d{1,2}(?:\.\d+)?\s*%$/.test(text) ? null : 'a chance such as 25%'
    case 'number':
      return /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? null : 'a number'
    default:
      if (text === '') return 'the text is empty'
      if (/\p{Cc}/u.test(value)) return 'a text of one line'
      return value.length > longestText ? `at most ${longestText} characters` : null
  }
}

/** A text as a person would write it in this place: bare where it stays the same so, else in quotes. */
function written(text: string, field: Found, value: string): string {
  const quoted = JSON.stringify(value)
  if (/^["']/.test(text.slice(field.from, field.to))) return quoted
  const tried = parseDocument(text.slice(0, field.from) + value + text.slice(field.to))
  const isSame = tried.errors.length === 0 && tried.warnings.length === 0
  const node = isSame ? scalarAt(tried, field.from) : null
  const [, end] = node?.range ?? []
  return node?.value === value && end === field.from + value.length ? value : quoted
}

function scalarAt(document: Document, at: number): { value: unknown; range?: readonly number[] | null } | null {
  const look = (node: unknown): ReturnType<typeof scalarAt> => {
    if (isScalar(node)) return node.range?.[0] === at ? node : null
    const inner = isSeq(node) ? node.items : isMap(node) ? node.items.map(({ value }) => value) : []
    for (const one of inner) {
      const found = look(one)
      if (found) return found
    }
    return null
  }
  return look(document.contents)
}
