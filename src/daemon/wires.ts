import type { Instant } from '../core/calendar/time.ts'
import { untried, type Wire, wentWell, wentWrong } from '../core/model/wire.ts'
import type { WireReports } from '../queries/daemon.ts'

/** How all wires to the outside do since the start; each reports here what came of what it did. */
export class Wires implements WireReports {
  readonly #now: () => Instant
  #wires: ReadonlyMap<string, Wire>

  /** `names` are those that the config names, in its order. */
  constructor(names: readonly string[], now: () => Instant) {
    this.#now = now
    this.#wires = new Map(names.map((name) => [name, untried(name)]))
  }

  get all(): readonly Wire[] {
    return [...this.#wires.values()]
  }

  good(name: string): void {
    this.#set(wentWell(this.#of(name), this.#now()))
  }

  bad(name: string, words: string): void {
    this.#set(wentWrong(this.#of(name), words, this.#now()))
  }

  #of(name: string): Wire {
    return this.#wires.get(name) ?? untried(name)
  }

  #set(wire: Wire): void {
    this.#wires = new Map(this.#wires).set(wire.name, wire)
  }
}
