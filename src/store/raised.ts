import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { cut } from '../services/plain.ts'
import type { Who } from './audit.ts'
import { replaceFile } from './replace.ts'

/** Rules that may do more than before, or limits that are others, which the wearer has not put away; one of each a lock. */
export interface Raised {
  lock: string
  /** Left out for rules. */
  what?: 'limits'
  /** When it was raised last, in epoch milliseconds. */
  at: number
  who: Who
  said: string
  /** How often since the wearer looked. */
  times: number
  /** What the wearer saw last, and what it is now. */
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

/** The notices of a data folder: they stay until the wearer puts them away, whatever else is written down. */
export class RaisedNotices {
  readonly #folder: string
  readonly #warn: (words: string) => void
  readonly #now: () => number

  /** `warn` is told of what stands in the file and is no notice. */
  constructor(dataFolder: string, warn: (words: string) => void, now: () => number = Date.now) {
    this.#folder = dataFolder
    this.#warn = warn
    this.#now = now
  }

  /** What waits for the wearer; what is no notice is left out. Throws where the file cannot be read at all. */
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

  /** Keeps a notice; resolves to how to take it back. Throws where it cannot be kept. */
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

  /** Puts a notice away, unless it was raised again since `at`; tells which. */
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

/** The entries of a list in JSON; null where it is none. */
function listIn(text: string): unknown[] | null {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : null
  } catch {
    return null
  }
}
