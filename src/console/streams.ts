import type { Asking } from './asking.ts'
import { Refusal } from './refusal.ts'

/** Of a role, or of all who look on where there are no passwords: nobody's pages take the place of another's. */
const mostOfRole = 12
const mostOfOne = 4

/** Counts who looks on: open streams are bounded for each role and for each session. */
export class Streams {
  readonly #open = new Map<string, number>()

  /** Counts one more of an asker; returns how to count it no more. Throws a `Refusal` where there are too many. */
  enter({ var: { session, who } }: Asking): () => void {
    const bounds = { [`role ${who.role}`]: mostOfRole, [`one ${session?.name ?? who.address}`]: mostOfOne }
    if (Object.entries(bounds).some(([key, most]) => this.#of(key) >= most)) {
      throw new Refusal(503, 'streams', 'too many pages are open', {}, 30)
    }
    const keys = Object.keys(bounds)
    for (const key of keys) this.#open.set(key, this.#of(key) + 1)
    return () => {
      for (const key of keys) {
        if (this.#of(key) > 1) this.#open.set(key, this.#of(key) - 1)
        else this.#open.delete(key)
      }
    }
  }

  #of(key: string): number {
    return this.#open.get(key) ?? 0
  }
}
