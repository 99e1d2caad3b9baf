import type { Instant } from '../core/calendar/time.ts'
import { untried, type Wire, wentWell, wentWrong } from '../core/model/wire.ts'
import type { WireReports } from '../queries/daemon.ts'

/** How all wires to the outside have done since the start. Each wire reports its successes and failures here. */
export class Wires implements WireReports {
  readonly #now: () => Instant
  #wires: ReadonlyMap<string, Wire>

  /** `names` are the wires of the config, in its order. */
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
