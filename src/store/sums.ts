import type { Audit, Entry } from './audit.ts'

/** A repeated event is written once, then counted and written again after this time. */
export const sumMs = 15 * 60_000
/** The most kinds of events that are counted separately; beyond it, similar events are counted together. */
const mostKinds = 100
const mostAddresses = 100

interface Sum {
  entry: Omit<Entry, 'at'>
  begun: number
  more: number
  addresses: Set<string>
}

/**
 * Writes down events that somebody could repeat without end: the first at once, and after a quarter of an hour one
 * entry with the number of further ones. `ticks` is a clock that nobody can set, in milliseconds.
 */
export class Sums {
  readonly #audit: Pick<Audit, 'add'>
  readonly #ticks: () => number
  readonly #trouble: (error: unknown, doing: string) => void
  readonly #sums = new Map<string, Sum>()
  readonly #timer: NodeJS.Timeout

  constructor(
    audit: Pick<Audit, 'add'>,
    ticks: () => number,
    trouble: (error: unknown, doing: string) => void,
    lookMs = 60_000,
  ) {
    this.#audit = audit
    this.#ticks = ticks
    this.#trouble = trouble
    this.#timer = setInterval(() => this.look(), lookMs).unref()
  }

  /** Counts an entry under a key. Entries of one key differ only in their address. */
  count(key: string, entry: Omit<Entry, 'at'>): void {
    this.look()
    const own = this.#sums.has(key) || this.#sums.size < mostKinds ? key : `other ${entry.what}`
    const sum = this.#sums.get(own)
    if (sum) {
      sum.more += 1
      if (sum.addresses.size < mostAddresses) sum.addresses.add(entry.who.address)
      return
    }
    this.#sums.set(own, { entry, begun: this.#ticks(), more: 0, addresses: new Set([entry.who.address]) })
    this.#write(entry)
  }

  /** Writes down the count of a key. */
  tell(key: string): void {
    const sum = this.#sums.get(key)
    this.#sums.delete(key)
    if (!sum || sum.more === 0) return
    const { entry, more, addresses } = sum
    const from = addresses.size > 1 ? `, from ${addresses.size} addresses` : ''
    this.#write({ ...entry, said: `${entry.said}: ${more} more ${more === 1 ? 'time' : 'times'}${from}` })
  }

  /** Writes down every count whose time is over. */
  look(): void {
    const now = this.#ticks()
    for (const [key, { begun }] of [...this.#sums]) if (now - begun >= sumMs) this.tell(key)
  }

  /** Writes down all counts, and stops counting. */
  close(): void {
    clearInterval(this.#timer)
    for (const key of [...this.#sums.keys()]) this.tell(key)
  }

  #write(entry: Omit<Entry, 'at'>): void {
    try {
      this.#audit.add(entry)
    } catch (error) {
      this.#trouble(error, `writing down "${entry.said}"`)
    }
  }
}
