import { keyText } from '../../src/core/memory/ledger.ts'
import { type Change, emptyKept, type Kept } from '../../src/core/model/kept.ts'
import type { Journal } from '../../src/core/model/ports.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'

/** What becomes of a commit: it is answered, or its answer is lost, be it stored at once, later, or never. */
export type Fate = 'answered' | 'stored, not answered' | 'stored later, not answered' | 'not stored, not answered'

/** What is stored of a lock, as text: nothing that is changed afterwards gets there. */
interface Shelf {
  version: number
  head: string
  memory: Map<string, string>
  rows: Map<string, string>
}

/** A store in memory, as one that is reached over a network: any of its answers may be lost. */
export class MemoryStore implements Journal {
  /** Asked at each commit. */
  fate: () => Fate = () => 'answered'
  /** Asked at each look at what is stored. */
  answersLooks: () => boolean = () => true
  commits = 0
  #locks = new Map<string, Shelf>()
  /** What is on its way, and arrives before the next commit. */
  #late: (() => void)[] = []

  async open(lock: string): Promise<{ kept: Kept; version: number }> {
    this.#mustAnswer()
    return { kept: this.kept(lock), version: this.#of(lock).version }
  }

  async version(lock: string): Promise<number> {
    this.#mustAnswer()
    return this.#of(lock).version
  }

  async commit(lock: string, from: number, change: Change): Promise<number | 'moved-on'> {
    this.commits++
    for (const arrive of this.#late.splice(0)) arrive()
    const fate = this.fate()
    const sent: Change = JSON.parse(JSON.stringify(change))
    if (fate === 'stored later, not answered') this.#late.push(() => void this.#take(lock, from, sent))
    if (fate.startsWith('stored later') || fate.startsWith('not stored')) throw new Error('no answer')
    const answer = this.#take(lock, from, sent)
    if (fate !== 'answered') throw new Error('no answer')
    return answer
  }

  gone(): null {
    return null
  }

  rest(): void {}

  /** What is stored of a lock. */
  kept(lock = 'main'): Kept {
    const { head, memory, rows } = this.#of(lock)
    return {
      ...JSON.parse(head),
      memory: Object.fromEntries([...memory].map(([key, text]) => [key, JSON.parse(text)])),
      rows: [...rows.values()].map((text): LedgerRow => JSON.parse(text)),
    }
  }

  #mustAnswer(): void {
    if (!this.answersLooks()) throw new Error('no connection')
  }

  #of(lock: string): Shelf {
    const known = this.#locks.get(lock)
    if (known) return known
    const { memory: _, rows: __, ...head } = emptyKept(`seed of ${lock}`)
    const fresh = { version: 0, head: JSON.stringify(head), memory: new Map(), rows: new Map() }
    this.#locks.set(lock, fresh)
    return fresh
  }

  #take(lock: string, from: number, { head, memory, added, moved }: Change): number | 'moved-on' {
    const shelf = this.#of(lock)
    if (shelf.version !== from) return 'moved-on'
    for (const row of added) if (shelf.rows.has(keyText(row))) throw new Error(`${keyText(row)} comes twice`)
    for (const row of moved) if (!shelf.rows.has(keyText(row))) throw new Error(`there is no ${keyText(row)}`)
    shelf.head = JSON.stringify(head)
    for (const [key, one] of memory) shelf.memory.set(key, JSON.stringify(one))
    for (const row of [...added, ...moved]) shelf.rows.set(keyText(row), JSON.stringify(row))
    return ++shelf.version
  }
}
