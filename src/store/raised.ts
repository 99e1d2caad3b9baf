import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The notices of a data folder: they stay until the wearer puts them away, whatever else is written down. */
export class RaisedNotices {
  readonly #folder: string
  readonly #now: () => number

  constructor(dataFolder: string, now: () => number = Date.now) {
    this.#folder = dataFolder
    this.#now = now
  }

  /** What waits for the wearer. Throws where the file cannot be read as one. */
  list(): Raised[] {
    let text: string
    try {
      text = readFileSync(join(this.#folder, fileName), 'utf8')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return []
      throw error
    }
    return JSON.parse(text) as Raised[]
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
