import { createHash } from 'node:crypto'
import {
  closeSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../config/console.ts'
import { cut } from '../services/plain.ts'
import { replaceFile } from './replace.ts'

/** Who did something, as far as the program can tell. */
export interface Who {
  /**
   * A role at the console, a command on the machine, an MQTT message, or whoever writes the config; null: somebody who
   * had not signed in.
   */
  role: Role | 'command' | 'mqtt' | 'config' | null
  address: string
}

/** The kinds of entries. */
export const entryKinds = [
  'sign-in',
  'sign-in-failed',
  'sign-in-refused',
  'sign-out',
  'password',
  'refused',
  'stop',
  'resume',
  'accept',
  'input',
  'settle',
  'release',
  'restore',
  'limits',
  'save',
  'undo',
  'seen',
] as const

/** An entry about a change: who, when, what, and the difference that it made. */
export interface Entry {
  /** Epoch milliseconds, by this machine's clock. */
  at: number
  who: Who
  what: (typeof entryKinds)[number]
  lock: string | null
  /** One line for people. */
  said: string
  /** The difference; for rule files lines with their sign. */
  difference: readonly string[]
  /** If a save made the worst case worse: the worst case before and after, for the wearer to see. */
  worst?: { before: readonly string[]; after: readonly string[] }
}

/** An entry and its place in the file: older entries lie before that byte. */
export interface Found extends Entry {
  place: number
}

/** The result of a check of the whole chain. */
export interface Chain {
  entries: number
  /** The first line that does not follow from the one before, in words. */
  gaps: string[]
}

const fileName = 'audit.jsonl'
/** The file beside the entries with the digest of the newest, so that it also shows if the end was cut off. */
const headName = 'audit.head'
const chunkBytes = 65_536
/** An answer holds no more bytes than this, but at least one entry. */
const mostReadBytes = 2_000_000
/** The most bytes of a list of lines in an entry, so that a few changes cannot fill the file. */
const mostListBytes = 16_384
const longestSaid = 1000
const mostGaps = 20

/**
 * The audit trail of a data folder: a file that is only ever added to, a line of JSON for each entry. Each holds the
 * digest of the line before it, so that a changed or removed line shows.
 */
export class Audit {
  readonly #folder: string
  readonly #file: string
  readonly #now: () => number

  constructor(dataFolder: string, now: () => number = Date.now) {
    this.#folder = dataFolder
    this.#file = join(dataFolder, fileName)
    this.#now = now
  }

  /** Adds an entry; it is on disk when this returns. Throws if it cannot be written. */
  add(entry: Omit<Entry, 'at'>): void {
    const file = openSync(this.#file, 'a+', 0o600)
    let digest: string
    try {
      const { size } = fstatSync(file)
      if (size === 0) ownedAs(file, this.#folder)
      const [last, earlier] = lastLines(file, size)
      const bounded = { ...entry, said: cut(entry.said, longestSaid), difference: listOf(entry.difference) }
      const worst = entry.worst && { before: listOf(entry.worst.before), after: listOf(entry.worst.after) }
      const before = following(last, earlier, headOf(join(this.#folder, headName)))
      const line = JSON.stringify({ at: this.#now(), ...bounded, ...(worst ? { worst } : {}), before })
      // If a power cut left a line half written, ours begins on a new line.
      writeSync(file, `${last === undefined || last.isWhole ? '' : '\n'}${line}\n`)
      fsyncSync(file)
      digest = digestOf(line)
    } finally {
      closeSync(file)
    }
    replaceFile(this.#folder, headName, `${digest}\n`)
  }

  /**
   * The newest entries first, at most so many: those before a moment, or those older than the one at a `place`. An
   * answer may hold only a part of them; a place above 0 says that older entries are left.
   */
  newest(most: number, before: number = Number.POSITIVE_INFINITY, place: number = Number.POSITIVE_INFINITY): Found[] {
    const found: Found[] = []
    const file = opened(this.#file)
    if (file === null) return []
    try {
      const end = Math.min(fstatSync(file).size, place)
      for (const line of linesBackward(file, end)) {
        const entry = entryOf(line.text)
        if (entry && entry.at < before) found.push({ ...entry, place: line.place })
        if (found.length >= most || (found.length > 0 && end - line.place > mostReadBytes)) break
      }
      return found
    } finally {
      closeSync(file)
    }
  }

  /** Follows the chain from its beginning. Throws if the file cannot be read. */
  check(): Chain {
    const chain: Chain = { entries: 0, gaps: [] }
    const gap = (words: string) => {
      if (chain.gaps.length < mostGaps) chain.gaps.push(words)
    }
    const head = headOf(join(this.#folder, headName))
    let isHeadSeen = head === null
    let last: string | null = null
    let chained = 0
    let n = 0
    for (const line of linesForward(this.#file)) {
      n += 1
      const read = parsed(line)
      const before = read?.before
      if (read) chain.entries += 1
      // Entries of versions without a chain come first; a half written line is not an entry.
      if (before !== undefined) {
        if (before !== last) gap(`line ${n} of ${fileName} does not follow from the line before it`)
        chained += 1
      } else if (chained > 0 && read) gap(`line ${n} of ${fileName} is not part of the chain`)
      last = digestOf(line)
      if (last === head) isHeadSeen = true
    }
    // After the very first entry, a power cut may have prevented the head.
    if (head === null && chained > 1) gap(`${headName}, which names the newest entry, is not there any more`)
    if (!isHeadSeen) gap(`the newest entry that was written is not in ${fileName} any more`)
    return chain
  }
}

function digestOf(line: string): string {
  return createHash('sha256').update(line).digest('hex')
}

/** If root makes the file by a command, it must belong to the folder's owner, or the daemon could not add to it. */
function ownedAs(file: number, folder: string): void {
  const { uid, gid } = statSync(folder)
  if (process.getuid?.() === 0) fchownSync(file, uid, gid)
}

/** As many lines as fit, and how many are left out. */
function listOf(lines: readonly string[]): string[] {
  let left = mostListBytes
  for (const [i, line] of lines.entries()) {
    left -= Buffer.byteLength(JSON.stringify(line))
    if (left < 0) return [...lines.slice(0, i), `… and ${lines.length - i} more lines`]
  }
  return [...lines]
}

function opened(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}

interface Line {
  text: string
  /** The byte it begins at. */
  place: number
  /** Whether it ends as a line does. */
  isWhole: boolean
}

/** The lines that begin before a byte, the last one first, without empty ones. */
function* linesBackward(file: number, end: number): Generator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  let isWhole = false
  for (let at = end; at > 0; ) {
    const size = Math.min(chunkBytes, at)
    const chunk = Buffer.alloc(size)
    at -= size
    readSync(file, chunk, 0, size, at)
    rest = Buffer.concat([chunk, rest])
    for (let cutAt = rest.lastIndexOf(10); cutAt >= 0; cutAt = rest.lastIndexOf(10)) {
      const text = rest.subarray(cutAt + 1).toString('utf8')
      if (text !== '') yield { text, place: at + cutAt + 1, isWhole }
      rest = rest.subarray(0, cutAt)
      isWhole = true
    }
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), place: 0, isWhole }
}

/** The newest line and the one before it. */
function lastLines(file: number, size: number): Line[] {
  const lines: Line[] = []
  for (const line of linesBackward(file, size)) if (lines.push(line) === 2) break
  return lines
}

/**
 * The digest of the line before, for the next entry. If the end of the file is not what was written, it is the digest
 * of what was written, so that the chain shows the change for ever.
 */
function following(last: Line | undefined, earlier: Line | undefined, head: string | null): string | null {
  const digest = last ? digestOf(last.text) : null
  if (head === null || digest === head) return digest
  // A power cut may have come before the head was written, or in the middle of a line.
  const read = last && parsed(last.text)
  const isNext = read ? read.before === head : earlier !== undefined && digestOf(earlier.text) === head
  return isNext ? digest : head
}

/** The lines of a file from its beginning; empty ones are left out. */
function* linesForward(path: string): Generator<string> {
  const file = opened(path)
  if (file === null) return
  try {
    let rest: Buffer = Buffer.alloc(0)
    const chunk = Buffer.alloc(chunkBytes)
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, read)])
      let from = 0
      for (let cutAt = rest.indexOf(10, from); cutAt >= 0; cutAt = rest.indexOf(10, from)) {
        if (cutAt > from) yield rest.subarray(from, cutAt).toString('utf8')
        from = cutAt + 1
      }
      rest = rest.subarray(from)
    }
    if (rest.length > 0) yield rest.toString('utf8')
  } finally {
    closeSync(file)
  }
}

function headOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}

type Written = Entry & { before?: string | null }

/** A line that a power cut left half written, or that somebody else wrote, is not an entry. */
function parsed(line: string): Written | null {
  try {
    const entry = JSON.parse(line) as Written
    return typeof entry.at === 'number' && typeof entry.said === 'string' ? entry : null
  } catch {
    return null
  }
}

function entryOf(line: string): Entry | null {
  const read = parsed(line)
  if (!read) return null
  const { before: _, ...entry } = read
  return entry
}
