/** The snapshot that all open pages get. */
export interface Snapshot {
  locks: unknown
  faults: readonly string[]
  limitsFaulty: boolean
  restartNeeded: boolean
  /** Failing channels and ports, by name. */
  dead: readonly string[]
}

/** An open page. A slow one gets only the latest snapshot. */
export interface Watcher {
  push(id: number, data: string): void
}

/** Steps that follow each other closely are reported as one. */
const gatherMs = 200

/** Gives all open pages a snapshot whenever something has changed. */
export class Events {
  readonly #look: () => Promise<Snapshot>
  readonly #trouble: (error: unknown) => void
  #watchers = new Set<Watcher>()
  #last = ''
  #id = 0
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(look: () => Promise<Snapshot>, trouble: (error: unknown) => void) {
    this.#look = look
    this.#trouble = trouble
  }

  get size(): number {
    return this.#watchers.size
  }

  /** Call this when something may have changed. */
  stir(): void {
    if (this.#timer || this.#closed || this.#watchers.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#tell()
    }, gatherMs)
  }

  /** Adds a page, which gets the present snapshot at once. Returns a function that removes it. */
  async add(watcher: Watcher): Promise<() => void> {
    this.#watchers.add(watcher)
    try {
      watcher.push(this.#id, JSON.stringify(await this.#look()))
    } catch (error) {
      this.#watchers.delete(watcher)
      throw error
    }
    return () => void this.#watchers.delete(watcher)
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#watchers.clear()
  }

  async #tell(): Promise<void> {
    try {
      const data = JSON.stringify(await this.#look())
      if (data === this.#last || this.#closed) return
      this.#last = data
      this.#id += 1
      for (const watcher of this.#watchers) watcher.push(this.#id, data)
    } catch (error) {
      this.#trouble(error)
    }
  }
}
