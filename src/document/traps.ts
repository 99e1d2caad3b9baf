import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, type Scalar, type YAMLError } from 'yaml'
import { colonTrouble } from './colons.ts'
import { curlyQuote, curlyWords } from './curly.ts'
import { markIn } from './marks.ts'
import type { Mend } from './mend.ts'

/** A finding in a text, at `offset` characters. */
export interface Told {
  offset: number
  message: string
  hint?: string
  /** How to read the line so that further faults can be found. Without it, the file cannot be read any further. */
  mend?: Mend
  /** How many findings it stands for; without it, one. */
  stands?: number
}

const bracesHint = 'put a text that begins with {{ in quotes'
const starWords = {
  message: 'a * before a value means an alias',
  hint: 'put a value that begins with * in quotes',
  mend: 'quote' as const,
}
/** A `#` directly before a text was hardly meant as a comment: `color: #ff0000`. */
const gluedComment = /^[ \t]*#(?=\S)/
const commentHint = 'a # after a space begins a comment; put the whole text in quotes'

/**
 * Rewrites the parser's error for people who do not think in YAML. Its place is that of the mistake, not where the
 * parser noticed it. The text itself is not repeated: it may be a token.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table: the traps of YAML, one after the other
export function complaint(error: YAMLError, text: string): Told {
  const offset = error.pos[0]
  const from = text.slice(offset, offset + 2)
  const begins = text.lastIndexOf('\n', offset - 1) + 1
  const line = text.slice(begins).split('\n', 1)[0] ?? ''
  const indent = begins + (line.length - line.trimStart().length)
  const message = firstLine(error.message)
  const say = (message: string, hint: string, at = offset) => ({ offset: at, message, hint })
  const quotable = (message: string, hint: string, at = offset): Told => ({ ...say(message, hint, at), mend: 'quote' })
  // The parser repeats a key of more than a thousand characters.
  if (error.message.includes('1024 char')) return say('this key is too long', 'a key is a few words')
  const found = (pattern: RegExp) => {
    const match = pattern.exec(line)
    return match ? begins + match.index + match[0].length : null
  }

  if (from.startsWith('&'))
    return quotable('an & before a value names an anchor', 'put a value that begins with & in quotes')
  if (error.code === 'BAD_ALIAS' || from.startsWith('*')) {
    return { offset: found(/(?:^|[:,[-])\s+(?=\*)/) ?? offset, ...starWords }
  }
  if (error.code === 'TAG_RESOLVE_FAILED') {
    return quotable('a ! before a value means a tag', 'put a value that begins with ! in quotes')
  }
  if (error.code === 'MULTIPLE_DOCS') {
    return say('a second document begins here', 'a file holds one; remove the line ---')
  }
  if (error.code === 'TAB_AS_INDENT') {
    return say('this line begins with a tab', 'indent with spaces, not tabs')
  }
  const odd = /^[@`%]/.exec(from)?.[0] ?? /^Plain value cannot start with .* (\S)$/.exec(message)?.[1]
  if (odd) return quotable(`a plain text cannot begin with ${odd}`, `put a value that begins with ${odd} in quotes`)
  const implicit =
    error.code === 'BLOCK_AS_IMPLICIT_KEY' ||
    error.code === 'MULTILINE_IMPLICIT_KEY' ||
    /^Block coll|^Implicit map keys need/.test(message)
  const upToColon = implicit ? /^.*?:(?=\s)/.exec(line.slice(offset - begins))?.[0] : undefined
  if (upToColon !== undefined && !/[{$]/.test(upToColon) && text.slice(begins, offset).trim() !== '') {
    return colonTrouble(text, offset)
  }
  const braces = found(/(?:^|[\s:,[])(?=\{\{)/)
  if (braces !== null) return quotable('a { here begins a map, not a text', bracesHint, braces)
  const variable = found(/(?:^|[\s:,[{])(?=\$\{)/)
  if (variable !== null)
    return quotable('a { within braces begins a map', `put a text that holds \${ in quotes`, variable)
  if (/^Flow (?:map|sequence)/.test(message)) {
    const { bracket, comment } = openAt(text, offset)
    if (comment !== null) return say('a comment begins here, within { } or [ ]', commentHint, comment)
    if (bracket !== null) {
      const closing = text[bracket] === '{' ? '}' : ']'
      return say(`this ${text[bracket]} is not closed`, `write the ${closing} that belongs to it`, bracket)
    }
    return say('a { or [ is not closed here', 'close it by } or ], further to the right than its key')
  }
  if (/^Missing closing/.test(message)) {
    const { quote } = openAt(text, text.length)
    return say('this quotation mark is not closed', 'write the one that belongs to it', quote ?? offset)
  }
  if (/^Unexpected .* at node end/.test(message)) {
    const quoted = /["']/.test(line.slice(0, offset - begins))
    return quoted
      ? quotable(
          'the text ended before this, at its quotation mark',
          "put it in double quotes, or write '' for a ' in it",
        )
      : quotable('the value ended before this', 'put the whole value in quotes')
  }
  if (/^Unexpected , in flow/.test(message)) {
    return say('there is nothing before this comma', 'remove it, or write what belongs before it')
  }
  if (/^Missing ,/.test(message))
    return say('a comma is missing before this', 'separate the items in { } or [ ] by commas')
  if (/on same line with key$/.test(message))
    return say('a list begins on a line of its own', 'put the - on the next line')
  if (/^Invalid escape/.test(message)) {
    return quotable('a \\ in double quotes has a meaning of its own', 'write \\\\ for a \\')
  }
  const dash = found(/^\s*(?=-[^\s-])/)
  if (dash !== null) {
    const hint = 'write "- " before each item of a list'
    return { ...say('a space is missing after the -', hint, dash), mend: { insert: ' ', at: dash + 1 } }
  }
  const folded = found(/[-:]\s+(?=[>|]\s*\S)/)
  if (folded !== null && offset > folded) {
    return quotable(`a ${text[folded]} here begins a text of several lines`, 'put the value in quotes', folded)
  }
  if (/^(?:All (?:mapping|sequence) items must start|Sequence item without)|in YAML stream/.test(message)) {
    const bracket = /^[}\]]/.exec(from)?.[0]
    if (bracket) return say(`this ${bracket} closes nothing`, `take it out, or write what opens it`)
    const hint = 'begin it in the same column as the lines it goes with'
    return say('this line does not line up with those around it', hint, indent)
  }
  const glued = found(/^\s*(?:- )?[\w.-]+:(?=[^\s:])/)
  if (/implicit key/i.test(message) && glued !== null) {
    const mend = { insert: ' ', at: glued }
    return { ...say('a space is missing after the :', 'write "key: value"', glued), mend }
  }
  if (implicit) return colonTrouble(text, offset)
  // The parser may quote a token.
  return { offset, message: message.replace(/: .*$/, '') }
}

/** A library's message without its excerpt of the file. */
export function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '').trim()
}

/** The innermost open bracket at an offset, a comment within it, or an open quotation mark. */
function openAt(text: string, end: number): { bracket: number | null; comment: number | null; quote: number | null } {
  const open: number[] = []
  let comment: number | null = null
  for (let i = 0; i < end; i++) {
    const letter = text[i] ?? ''
    const before = text.slice(Math.max(0, i - 1), i)
    if (letter === '#' && /^\s?$/.test(before)) {
      if (open.length > 0 && /\S/.test(text[i + 1] ?? '')) comment = i
      const ends = text.indexOf('\n', i)
      if (ends === -1) break
      i = ends
    } else if (
      (letter === '"' || letter === "'") &&
      /(?:^|[[{,:-]\s*|\n\s*)$/.test(text.slice(Math.max(0, i - 80), i))
    ) {
      const close = closingQuote(text, i)
      if (close === null) return { bracket: open.at(-1) ?? null, comment, quote: i }
      i = close
    } else if ((letter === '{' || letter === '[') && (open.length > 0 || /\s/.test(before))) open.push(i)
    else if (letter === '}' || letter === ']') open.pop()
  }
  return { bracket: open.at(-1) ?? null, comment: open.length > 0 ? comment : null, quote: null }
}

function closingQuote(text: string, from: number): number | null {
  const pattern = text[from] === '"' ? /"(?:[^"\\]|\\.)*"/sy : /'(?:[^']|'')*'/sy
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex - 1 : null
}

/**
 * Valid YAML that nobody means: a map as a key (`{{ x }}` without quotes), an alias without an anchor (`*x`). `anchors`
 * collects the anchors so far.
 */
export function oddities(node: unknown, anchors: Set<string>): Told[] {
  if (isAlias(node)) return anchors.has(node.source) ? [] : [{ offset: node.range?.[0] ?? 0, ...starWords }]
  if (isNode(node) && node.anchor) anchors.add(node.anchor)
  if (isSeq(node)) return node.items.flatMap((item) => oddities(item, anchors))
  if (!isMap(node)) return []
  if (node.items.some(({ key }) => isCollection(key))) {
    const message = 'a { here begins a map, not a text'
    return [{ offset: node.range?.[0] ?? 0, message, hint: bracesHint, mend: 'quote' }]
  }
  return node.items.flatMap(({ key, value }) => [...oddities(key, anchors), ...oddities(value, anchors)])
}

const markHint = 'remove it; copying a text from elsewhere often brings such characters along'

/** Invisible characters: in the text itself, comments included, and in values that write one as an escape. */
export function unseen(node: unknown, text: string): Told[] {
  // Editors may write a byte order mark at the very beginning.
  const from = text.startsWith('\ufeff') ? 1 : 0
  const found = markIn(text.slice(from))
  return found ? [{ offset: from + found.at, ...markWords(found.name) }] : escapes(node)
}

function escapes(node: unknown): Told[] {
  if (isSeq(node)) return node.items.flatMap(escapes)
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [...escapes(key), ...escapes(value)])
  if (!isScalar(node) || typeof node.value !== 'string') return []
  const found = markIn(node.value)
  return found ? [{ offset: node.range?.[0] ?? 0, ...markWords(found.name) }] : []
}

function markWords(name: string) {
  return {
    message: `there is an invisible character (${name}) here, which can hide or reorder the text`,
    hint: markHint,
  }
}

/**
 * Keys that occur twice in one map, each at its second place; the parser itself would compare each key with each. And
 * `__proto__`, which schemas drop silently, since it has a meaning of its own in JavaScript.
 */
export function repeats(node: unknown): Told[] {
  if (isSeq(node)) return node.items.flatMap(repeats)
  if (!isMap(node)) return []
  const seen = new Set<unknown>()
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? key.value : null
    const again = name !== null && isScalar(key) && key.range && seen.has(name) ? key.range[0] : null
    seen.add(name)
    const told: Told[] =
      again === null ? [] : [{ offset: again, message: 'this key is here twice', hint: 'keep one of them' }]
    if (name === '__proto__' && isScalar(key) && key.range) {
      told.push({ offset: key.range[0], message: 'no key can be called __proto__', hint: 'choose another name' })
    }
    return [...told, ...repeats(value)]
  })
}

/** Valid YAML that means something else than it looks: curly quotes, a text cut off by `#`, a `+1` that is 1. */
export function suspicions(node: unknown, text: string): Told[] {
  if (isSeq(node)) return node.items.flatMap((item) => suspicions(item, text))
  if (isMap(node)) return node.items.flatMap(({ value }) => suspicions(value, text))
  if (!isScalar(node) || node.type !== 'PLAIN' || !node.range) return []
  const [offset, end] = node.range
  const { value, source = '' } = node
  if (typeof value === 'number' && /^(?:\+|0\d)/.test(source)) {
    return [{ offset, message: `${source} is read as the number ${value}`, hint: 'put it in quotes, or write it so' }]
  }
  if (typeof value !== 'string') return []
  const told: Told[] = []
  const [glued] = /^[ \t]+#(?=\S)/.exec(text.slice(end, end + 80)) ?? []
  if (glued !== undefined) {
    const hint = 'put the whole text in quotes, or leave a space after the #'
    told.push({ offset: end + glued.length - 1, message: 'what follows this # is a comment', hint })
  }
  const quoted = curlyQuote.exec(source)?.index === 0
  if (quoted)
    told.push({ offset, message: 'a curly quote begins this text and is part of it', hint: 'write straight ones: "…"' })
  return told
}

/** Why a value is wrong if it is not what it looks like; `instead` if there is no more to say. */
export interface Cause {
  message: string
  hint: string
  instead: boolean
}

/** Why a value may not be what it looks like, if that explains the fault; null if it is what it looks like. */
export function explains(node: Scalar, text: string): Cause | null {
  const [, end = 0] = node.range ?? []
  if (node.type !== 'PLAIN') return null
  if (gluedComment.test(text.slice(end, end + 80)) && (node.value === null || typeof node.value === 'string')) {
    return { message: 'a comment begins here', hint: commentHint, instead: false }
  }
  if (typeof node.value !== 'string') return null
  const at = curlyQuote.exec(node.value)?.index
  return at === undefined ? null : { ...curlyWords, instead: at === 0 }
}
