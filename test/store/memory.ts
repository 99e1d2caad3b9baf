import { existsSync, writeFileSync } from 'node:fs'
import type { Instant } from '../../src/core/calendar/time.ts'
import { keyText, shownAt } from '../../src/core/memory/ledger.ts'
import { type Change, emptyKept, type Kept } from '../../src/core/model/kept.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { Topic } from '../../src/core/model/service.ts'
import {
  explains,
  type Heard,
  type Line,
  type Look,
  lineOf,
  type Press,
  type Recorded,
  type RecordedLine,
} from '../../src/core/reading/recorded.ts'
import { Mistake } from '../../src/document/fault.ts'
import type { HistoryQuery, Opening, OpenStore, Store, Tenant } from '../../src/store/store.ts'

/** What becomes of a commit: it is answered, or its answer is lost, be it stored at once, later, or never. */
export type Fate = 'answered' | 'stored, not answered' | 'stored later, not answered' | 'not stored, not answered'

/** What is stored of a lock, as text: nothing that is changed afterwards gets there. */
interface Shelf {
  version: number
  head: string
  memory: Map<string, string>
  rows: Map<string, string>
  /** The keys of those that are not retained. */
  left: Set<string>
}

/** What was read of a lock, as it is recorded. */
class Shown implements Recorded {
  readonly looks = new Map<Topic, Look[]>()
  readonly lines = new Map<Topic, Map<string, RecordedLine[]>>()
  readonly presses: Press[] = []
  readonly begun: Instant[] = []

  take({ topic, asked, answered, intervalMs, trouble, facts }: Heard, isLength: Opening['isLength']): void {
    this.looks.set(topic, [...(this.looks.get(topic) ?? []), { asked, answered, intervalMs, trouble }])
    if (!facts) return
    const lines = this.lines.get(topic) ?? new Map<string, RecordedLine[]>()
    this.lines.set(topic, lines)
    const add = (name: string, line: Line) => lines.set(name, [...(lines.get(name) ?? []), { at: asked, line }])
    for (const [name, fact] of facts) {
      const before = lines.get(name)?.at(-1)?.line
      if (!before || !explains(before, fact)) add(name, lineOf(fact, before, isLength(name)))
    }
    for (const [name, known] of lines) {
      const last = known.at(-1)?.line
      if (!facts.has(name) && (last?.known || last?.why !== 'missing')) add(name, { known: false, why: 'missing' })
    }
  }
}

/** A store in memory, as one that is reached over a network: any of its answers may be lost. */
export class MemoryStore implements OpenStore {
  /** Asked at each commit. */
  fate: () => Fate = () => 'answered'
  /** Asked at each look at what is stored. */
  answersLooks: () => boolean = () => true
  commits = 0
  #locks = new Map<string, Shelf>()
  /** What is on its way, and arrives before the next commit. */
  #late: (() => void)[] = []
  #recorded = new Map<string, Shown>()
  #waiting: (() => void)[] = []
  #isLength: Opening['isLength']
  #heardOf = new Set<string>()

  constructor(isLength: Opening['isLength'] = () => false) {
    this.#isLength = isLength
  }

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

  async locks(): Promise<string[]> {
    return [...this.#locks.keys()].sort()
  }

  async read(lock: string): Promise<{ kept: Kept; version: number } | null> {
    return this.#locks.has(lock) ? this.open(lock) : null
  }

  async history(lock: string, { rule, state, since, settled, most }: HistoryQuery = {}): Promise<LedgerRow[]> {
    const all = this.#locks.has(lock) ? [...this.#of(lock).rows.values()] : []
    const rows = all.map((text): LedgerRow => JSON.parse(text))
    const wanted = rows.filter(
      (row) =>
        (rule === undefined || row.rule === rule) &&
        (state === undefined || row.state === state) &&
        (since === undefined || shownAt(row) >= since) &&
        (settled === undefined || settled === (row.settledBy !== undefined)),
    )
    const newest = new Set(
      wanted
        .toReversed()
        .sort((a, b) => shownAt(b) - shownAt(a))
        .slice(0, most),
    )
    return wanted.filter((row) => newest.has(row))
  }

  async recorded(lock: string, from = 0): Promise<Recorded> {
    await this.flush()
    const { looks, lines, presses, begun } = this.#shown(lock)
    const later = [...looks].map(([topic, all]) => [topic, all.filter(({ asked }) => asked >= from)] as const)
    return { looks: new Map(later), lines, presses, begun }
  }

  hear(lock: string, heard: Heard): void {
    if (!this.#heardOf.has(lock)) this.#waiting.push(() => this.#shown(lock).begun.push(heard.asked))
    this.#heardOf.add(lock)
    this.#waiting.push(() => this.#shown(lock).take(heard, this.#isLength))
  }

  press(lock: string, press: Press): void {
    this.#waiting.push(() => this.#shown(lock).presses.push(press))
  }

  async flush(): Promise<void> {
    for (const take of this.#waiting.splice(0)) take()
  }

  async damage(): Promise<null> {
    return null
  }

  async close(): Promise<void> {
    await this.flush()
    this.#heardOf.clear()
  }

  /** What is stored of a lock. */
  kept(lock = 'main'): Kept {
    const { head, memory, rows, left } = this.#of(lock)
    const retained = [...rows].filter(([key]) => !left.has(key))
    return {
      ...JSON.parse(head),
      memory: Object.fromEntries([...memory].map(([key, text]) => [key, JSON.parse(text)])),
      rows: retained.map(([, text]): LedgerRow => JSON.parse(text)),
    }
  }

  #mustAnswer(): void {
    if (!this.answersLooks()) throw new Error('no connection')
  }

  #shown(lock: string): Shown {
    const known = this.#recorded.get(lock) ?? new Shown()
    this.#recorded.set(lock, known)
    return known
  }

  #of(lock: string): Shelf {
    const known = this.#locks.get(lock)
    if (known) return known
    const { memory: _, rows: __, ...head } = emptyKept(`seed of ${lock}`)
    const fresh = {
      version: 0,
      head: JSON.stringify(head),
      memory: new Map(),
      rows: new Map(),
      left: new Set<string>(),
    }
    this.#locks.set(lock, fresh)
    return fresh
  }

  #take(lock: string, from: number, { head, memory, added, moved, left, recalled }: Change): number | 'moved-on' {
    const shelf = this.#locks.get(lock)
    if (shelf?.version !== from) return 'moved-on'
    for (const row of added) if (shelf.rows.has(keyText(row))) throw new Error(`${keyText(row)} comes twice`)
    for (const row of moved) if (!shelf.rows.has(keyText(row))) throw new Error(`there is no ${keyText(row)}`)
    for (const key of left) if (!shelf.rows.has(keyText(key))) throw new Error(`there is no ${keyText(key)}`)
    shelf.head = JSON.stringify(head)
    if (recalled) shelf.left.clear()
    for (const key of left) shelf.left.add(keyText(key))
    for (const [key, one] of memory) shelf.memory.set(key, JSON.stringify(one))
    for (const row of [...added, ...moved]) shelf.rows.set(keyText(row), JSON.stringify(row))
    return ++shelf.version
  }
}

/** The same as the store of a data folder: whoever opens it finds what was stored before. */
export function memoryStore(): Store {
  let held: Tenant | null = null
  let inside: MemoryStore | null = null
  return {
    async hold(tenant) {
      if (held) throw new Mistake(`another lockwarden (process ${held.pid}) is running`)
      held = tenant
      return {
        async release() {
          held = null
        },
      }
    },
    async open({ isLength }) {
      inside ??= new MemoryStore(isLength)
      return { store: inside, upgrade: null }
    },
    look: async () => inside,
    async backUp(file, { version, now }) {
      const locks = (await inside?.locks()) ?? []
      if (locks.length === 0) throw new Mistake('there is nothing to back up')
      if (existsSync(file)) throw new Mistake(`there is a file ${file} already; name another, or remove it`, 2)
      writeFileSync(file, JSON.stringify(locks.map((lock) => [lock, inside?.kept(lock)])), { mode: 0o600 })
      return { format: 1, madeAt: now, version, locks, stopped: [] }
    },
  }
}
