import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Role } from '../config/console.ts'
import { replaceFile } from './replace.ts'

const fileName = 'seen.json'
const schema = z.array(z.strictObject({ lock: z.string(), role: z.enum(['keyholder', 'wearer']), at: z.number() }))
type Mark = z.infer<typeof schema>[number]

/**
 * Up to when each role has seen what the other said of unsettled actions. The words themselves are in the ledger.
 * Without this file all of them are shown again, so nothing is lost.
 */
export class Seen {
  readonly #folder: string

  constructor(dataFolder: string) {
    this.#folder = dataFolder
  }

  /** The moment up to which a role has seen it, in epoch milliseconds. Earlier than all words if it never looked. */
  upTo(role: Role, lock: string): number {
    return this.#marks().find((one) => one.role === role && one.lock === lock)?.at ?? Number.NEGATIVE_INFINITY
  }

  /** Notes that a role has seen the words up to a moment. Throws if it cannot be written. */
  mark(role: Role, lock: string, at: number): void {
    const before = this.upTo(role, lock)
    const others = this.#marks().filter((one) => one.role !== role || one.lock !== lock)
    const marks: Mark[] = [...others, { lock, role, at: Math.max(before, at) }]
    replaceFile(this.#folder, fileName, `${JSON.stringify(marks)}\n`)
  }

  #marks(): readonly Mark[] {
    try {
      return schema.safeParse(JSON.parse(readFileSync(join(this.#folder, fileName), 'utf8'))).data ?? []
    } catch {
      return []
    }
  }
}
