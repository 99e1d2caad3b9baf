import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { cut } from '../services/plain.ts'
import type { Who } from './audit.ts'
import { replaceFile } from './replace.ts'

/**
 * A notice that the wearer has not dismissed: rules may do more than before, or limits have changed. Each lock has at
 * most one of each.
 */
export interface Raised {
  lock: string
  /** Left out for rules. */
  what?: 'limits'
  /** When it was raised last, in epoch milliseconds. */
  at: number
  who: Who
  said: string
  /** How often this happened since the wearer looked. */
  times: number
  /** The worst case that the wearer saw last, and the present one. */
  worst: { before: readonly string[]; after: readonly string[] }
}

const fileName = 'raised.json'
const [mostLines, longestLine] = [50, 300]
const lines = z.array(z.string())
const moment = z.int().nonnegative()
const schema = z.object({
  lock: z.string(),
  what: z.literal('limits').optional(),
  at: moment,
  who: z.object({ role: z.enum(['keyholder', 'wearer', 'command', 'mqtt', 'config']).nullable(), address: z.string() }),
  said: z.string(),
  times: moment,
  worst: z.object({ before: lines, after: lines }),
})

/** The notices of a data folder. They stay until the wearer dismisses them, whatever else is written to the audit. */
export class RaisedNotices {
  readonly #folder: string
  readonly #warn: (words: string) => void
  readonly #now: () => number

  /** `warn` gets entries of the file that are not notices. */
  constructor(dataFolder: string, warn: (words: string) => void, now: () => number = Date.now) {
    this.#folder = dataFolder
    this.#warn = warn
    this.#now = now
  }

  /** The notices for the wearer; other entries are left out. Throws if the file cannot be read at all. */
  list(): Raised[] {
    let text: string
    try {
      text = readFileSync(join(this.#folder, fileName), 'utf8')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return []
      throw error
    }
    const read = listIn(text)
    const notices = read?.flatMap((one) => schema.safeParse(one).data ?? []) ?? []
    if (notices.length !== read?.length)
      this.#warn(`${fileName} in the data folder holds an entry that is not a notice; it is ignored`)
    return notices.map(({ what, ...one }) => (what ? { ...one, what } : one))
  }

  /** Stores a notice. Resolves to a function that takes it back. Throws if it cannot be stored. */
  add({ lock, what, who, said, worst }: Omit<Raised, 'at' | 'times'>): () => void {
    const all = this.list()
    const isSame = (one: Raised) => one.lock === lock && one.what === what
    const earlier = all.find(isSame)
    const before = earlier?.worst.before ?? short(worst.before)
    const times = (earlier?.times ?? 0) + 1
    const at = Math.max(this.#now(), (earlier?.at ?? 0) + 1)
    const kept = { before, after: short(worst.after) }
    const fresh: Raised = { lock, ...(what ? { what } : {}), at, who, said: cut(said, longestLine), times, worst: kept }
    this.#write([...all.filter((one) => !isSame(one)), fresh])
    return () => this.#write(all)
  }

  /** Dismisses a notice, unless it was raised again since `at`. Returns it; null if there was none. */
  putAway(lock: string, at: number, what?: Raised['what']): Raised | null {
    const all = this.list()
    const found = all.find((one) => one.lock === lock && one.what === what && one.at <= at)
    if (!found) return null
    this.#write(all.filter((one) => one !== found))
    return found
  }

  #write(all: readonly Raised[]): void {
    replaceFile(this.#folder, fileName, `${JSON.stringify(all)}\n`)
  }
}

function short(lines: readonly string[]): string[] {
  return lines.slice(0, mostLines).map((line) => cut(line, longestLine))
}

/** The entries of a JSON list; null if it is not a list. */
function listIn(text: string): unknown[] | null {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : null
  } catch {
    return null
  }
}
