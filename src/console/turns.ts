import { Refusal } from './refusal.ts'

interface Waiting {
  whose: string
  isKnown: boolean
  go(): void
}

/** How many may wait: strangers, of them those of one origin, and beside them those who are known. */
export interface Room {
  strangers: number
  ofOne: number
  known: number
}

/**
 * Has heavy work done one piece at a time, so that however many ask for it at once, it takes the memory of one. A few
 * may wait; for more there is no room, which they are told at once. Who is known goes first and has room that
 * strangers cannot take.
 */
export class Turns {
  readonly #room: Room
  readonly #what: string
  #busy = false
  #waiting: Waiting[] = []

  /** `what` is said of the work where there is no room: "too many are … at this moment". */
  constructor(what: string, room: Room) {
    this.#what = what
    this.#room = room
  }

  /** Does a piece of work when its turn comes; throws a `Refusal` (429) where too much waits already. */
  async take<T>(whose: string, isKnown: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      if (!this.#hasRoom(whose, isKnown)) {
        throw new Refusal(429, 'busy', `too many people are ${this.#what} at this moment`, {}, 5)
      }
      await new Promise<void>((go) => {
        const first = this.#waiting.findIndex((one) => isKnown && !one.isKnown)
        this.#waiting.splice(first < 0 ? this.#waiting.length : first, 0, { whose, isKnown, go })
      })
    }
    this.#busy = true
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // It stays busy over a change of turns, or a newcomer would slip in between.
      if (next) next.go()
      else this.#busy = false
    }
  }

  #hasRoom(whose: string, isKnown: boolean): boolean {
    const like = this.#waiting.filter((one) => one.isKnown === isKnown)
    const ofOne = like.filter((one) => one.whose === whose).length
    return like.length < (isKnown ? this.#room.known : this.#room.strangers) && ofOne < this.#room.ofOne
  }
}
