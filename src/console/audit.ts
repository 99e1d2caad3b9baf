import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../config/console.ts'

/** Who did something, as far as the console can tell. */
export interface Who {
  /** Null: nobody who had signed in. */
  role: Role | null
  address: string
}

/** What is written down of a change: who, when, what, and the difference it made. */
export interface Entry {
  /** Epoch milliseconds, by this machine's clock. */
  at: number
  who: Who
  what:
    | 'sign-in'
    | 'sign-in-failed'
    | 'sign-in-refused'
    | 'sign-out'
    | 'stop'
    | 'resume'
    | 'accept'
    | 'input'
    | 'settle'
    | 'release'
    | 'save'
    | 'undo'
  lock: string | null
  /** In one line, for people. */
  said: string
  /** What is otherwise now; lines with their sign for rule files. */
  difference: readonly string[]
  /** Where a save made it worse: the worst that can be met before and after, for the wearer to see. */
  worst?: { before: readonly string[]; after: readonly string[] }
}

const fileName = 'audit.jsonl'
/** Of a file that grows for years, only its end is read. */
const mostReadBytes = 2_000_000

/** The audit trail of a data folder: a file that is only ever added to, a line of JSON for each entry. */
export class Audit {
  readonly #file: string
  readonly #now: () => number

  constructor(dataFolder: string, now: () => number = Date.now) {
    this.#file = join(dataFolder, fileName)
    this.#now = now
  }

  /** Adds an entry; it is on disk when this returns. Throws where it cannot be written. */
  add(entry: Omit<Entry, 'at'>): void {
    const file = openSync(this.#file, 'a', 0o600)
    try {
      writeSync(file, `${JSON.stringify({ at: this.#now(), ...entry })}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  /** The newest entries first, at most so many, and only those before a moment. */
  newest(most: number, before: number = Number.POSITIVE_INFINITY): Entry[] {
    const entries: Entry[] = []
    for (const line of this.#lines().reverse()) {
      if (entries.length >= most) break
      const entry = entryOf(line)
      if (entry && entry.at < before) entries.push(entry)
    }
    return entries
  }

  #lines(): string[] {
    let file: number
    try {
      file = openSync(this.#file, 'r')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return []
      throw error
    }
    try {
      const { size } = fstatSync(file)
      const buffer = Buffer.alloc(Math.min(size, mostReadBytes))
      readSync(file, buffer, 0, buffer.length, size - buffer.length)
      return buffer.toString('utf8').split('\n')
    } finally {
      closeSync(file)
    }
  }
}

/** A line that a power cut left half written, or that somebody else wrote, is none. */
function entryOf(line: string): Entry | null {
  try {
    const entry = JSON.parse(line) as Entry
    return typeof entry.at === 'number' && typeof entry.said === 'string' ? entry : null
  } catch {
    return null
  }
}
