import { Refusal } from './refusal.ts'

interface Waiting {
  whose: string
  isKnown: boolean
  go(): void
}

/** How many may wait: strangers, strangers of one origin, and beside them people who are known. */
export interface Room {
  strangers: number
  ofOne: number
  known: number
}

/**
 * Does heavy work one piece at a time, so that it takes the memory of one, however many ask at once. A few may wait;
 * more are refused at once. Known people go first, and have places that strangers cannot take.
 */
export class Turns {
  readonly #room: Room
  readonly #what: string
  #busy = false
  #waiting: Waiting[] = []

  /** `what` names the work in a refusal: "too many people are … at this moment". */
  constructor(what: string, room: Room) {
    this.#what = what
    this.#room = room
  }

  /** Does a piece of work when its turn comes. Throws a `Refusal` (429) if too many wait already. */
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
      // It stays busy between two turns, or a newcomer would jump the queue.
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
