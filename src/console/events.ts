/** What is sent to everybody who looks on. */
export interface Snapshot {
  locks: unknown
  faults: readonly string[]
  limitsFaulty: boolean
  restartNeeded: boolean
  /** Channels and doors that fail, by name. */
  dead: readonly string[]
}

/** Who looks on; what is pushed is at most the latest, for one that is slow. */
export interface Watcher {
  push(id: number, data: string): void
}

/** Steps that follow each other closely are told as one. */
const gatherMs = 200

/** Hands a snapshot to all who look on whenever something has changed. */
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

  /** Something may have changed. */
  stir(): void {
    if (this.#timer || this.#closed || this.#watchers.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#tell()
    }, gatherMs)
  }

  /** Adds somebody, who gets the present snapshot at once; returns how to take them away. */
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
