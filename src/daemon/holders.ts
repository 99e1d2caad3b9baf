/** Which entry of the config acts on which lock. If several report the same id, it is the first in the config. */
export class Holders {
  readonly #rank: ReadonlyMap<string, number>
  readonly #entries: readonly string[]
  readonly #locks = new Map<string, string | null>()
  readonly #ranks = new Map<string, Set<number>>()
  /** The first entry that was not asked yet. */
  #unasked = 0

  constructor(entries: readonly string[]) {
    this.#entries = entries
    this.#rank = new Map(entries.map((entry, rank) => [entry, rank]))
  }

  /** An entry's services were asked, and reported this lock, or none with an id. */
  saw(entry: string, lockId: string | null): void {
    const rank = this.#rank.get(entry)
    const before = this.#locks.get(entry)
    if (rank === undefined || before === lockId) return
    if (before != null) this.#ranks.get(before)?.delete(rank)
    if (lockId !== null) this.#ranks.set(lockId, (this.#ranks.get(lockId) ?? new Set()).add(rank))
    this.#locks.set(entry, lockId)
    while (this.#locks.has(this.#entries[this.#unasked] ?? '')) this.#unasked++
  }

  /** The other entry that acts on a lock, or false. Null while an earlier entry has not been read yet. */
  elsewhere(entry: string, lockId: string): string | false | null {
    const rank = this.#rank.get(entry) ?? 0
    const first = Math.min(rank, ...(this.#ranks.get(lockId) ?? []))
    if (first < rank) return this.#entries[first] ?? false
    return this.#unasked < rank ? null : false
  }
}
