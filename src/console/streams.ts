import type { Asking } from './asking.ts'
import { Refusal } from './refusal.ts'

/**
 * The most open pages of a role, or of all visitors if there are no passwords. No role can take the places of the
 * other.
 */
const mostOfRole = 12
const mostOfOne = 4

/** Counts open streams, which are bounded for each role and for each session. */
export class Streams {
  readonly #open = new Map<string, number>()

  /** Counts one more stream. Returns a function that ends the count. Throws a `Refusal` if there are too many. */
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
