import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { replaceFile } from './replace.ts'

const fileName = 'agreed.json'
const schema = z.array(z.strictObject({ lock: z.string(), lines: z.array(z.string()) }))

/** The limits of the last run on a data folder, as lines for people, so that a change of them shows. */
export class Agreed {
  readonly #folder: string

  constructor(dataFolder: string) {
    this.#folder = dataFolder
  }

  /**
   * Notes the limits of a lock. If they have changed, it calls `told` with the old ones before it writes the new ones.
   * So a change that could not be reported is reported again. Throws if it cannot write.
   */
  note(lock: string, lines: readonly string[], told: (before: readonly string[]) => void): void {
    const all = this.#read()
    const before = all.find((one) => one.lock === lock)?.lines
    if (before?.join('\n') === lines.join('\n')) return
    if (before) told(before)
    const others = all.filter((one) => one.lock !== lock)
    replaceFile(this.#folder, fileName, `${JSON.stringify([...others, { lock, lines }])}\n`)
  }

  #read(): z.infer<typeof schema> {
    try {
      return schema.safeParse(JSON.parse(readFileSync(join(this.#folder, fileName), 'utf8'))).data ?? []
    } catch {
      return []
    }
  }
}
