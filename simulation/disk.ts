import { keyText } from '../src/core/memory/ledger.ts'
import { type Change, emptyKept, type Kept } from '../src/core/model/kept.ts'
import type { Journal } from '../src/core/model/ports.ts'
import type { LedgerRow } from '../src/core/model/row.ts'
import type { RuleMemory } from '../src/core/model/rulememory.ts'

/** What becomes of a commit. */
export type Fate = 'stored' | 'stored, its answer lost' | 'stored later, its answer lost' | 'not stored'

/** The disk of one lock: it may take nothing, or take something and not say so. */
export class Disk implements Journal {
  /** Asked at each commit. */
  fate: () => Fate = () => 'stored'
  /** Asked at each look at what is stored. */
  answers: () => boolean = () => true
  commits = 0
  #version = 0
  #head: Change['head']
  #memory = new Map<string, RuleMemory>()
  #rows = new Map<string, LedgerRow>()
  /** The keys of the rows that are not retained any more. */
  #left = new Set<string>()
  /** What is on its way, and arrives before the next commit. */
  #late: (() => void)[] = []

  constructor(seed: string) {
    const { memory: _, rows: __, ...head } = emptyKept(seed)
    this.#head = head
  }

  async open(_lock: string): Promise<{ kept: Kept; version: number }> {
    if (!this.answers()) throw new Error('the store has no answer')
    return { kept: this.kept(), version: this.#version }
  }

  async version(_lock: string): Promise<number> {
    if (!this.answers()) throw new Error('the store has no answer')
    return this.#version
  }

  async commit(_lock: string, from: number, change: Change): Promise<number | 'moved-on'> {
    this.commits++
    for (const arrive of this.#late.splice(0)) arrive()
    const fate = this.fate()
    const sent = copied(change)
    if (fate === 'not stored') throw new Error('the disk took nothing')
    if (fate === 'stored later, its answer lost') {
      this.#late.push(() => void this.#take(from, sent))
      throw new Error('no answer from the disk')
    }
    const to = this.#take(from, sent)
    if (fate === 'stored') return to
    throw new Error('no answer from the disk')
  }

  gone(): null {
    return null
  }

  rest(): void {}

  /** A row as it is stored. */
  row(key: string): LedgerRow | undefined {
    return this.#rows.get(key)
  }

  get rows(): Iterable<LedgerRow> {
    return this.#rows.values()
  }

  /** What is stored. */
  kept(): Kept {
    const rows = [...this.#rows].flatMap(([key, row]) => (this.#left.has(key) ? [] : [row]))
    return copied({ ...this.#head, memory: Object.fromEntries(this.#memory), rows })
  }

  #take(from: number, { head, memory, added, moved, left, recalled }: Change): number | 'moved-on' {
    if (this.#version !== from) return 'moved-on'
    for (const row of added) if (this.#rows.has(keyText(row))) throw new Error(`${keyText(row)} comes twice`)
    for (const row of moved) if (!this.#rows.has(keyText(row))) throw new Error(`there is no ${keyText(row)}`)
    this.#head = head
    for (const [key, one] of memory) this.#memory.set(key, one)
    for (const row of [...added, ...moved]) this.#rows.set(keyText(row), row)
    if (recalled) this.#left.clear()
    for (const key of left) this.#left.add(keyText(key))
    return ++this.#version
  }
}

/** As it comes back from where it was stored. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}
