import { type Chance, createChance } from '../src/services/chance.ts'

/** Chance of one seed, for one purpose: what is drawn for one is the same whatever is drawn for another. */
export class Draws {
  readonly #chance: Chance

  constructor(seed: number, purpose: string) {
    let mixed = 0x811c9dc5 ^ seed
    for (const letter of purpose) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193)
    this.#chance = createChance((mixed ^ (mixed >>> 15)) >>> 0)
  }

  /** In [0, 1). */
  next(): number {
    return this.#chance.next()
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return this.#chance.between(least, most)
  }

  /** Whether something of this likelihood comes about. */
  happens(likelihood: number): boolean {
    return this.next() < likelihood
  }

  pick<T>(of: readonly T[]): T {
    return of[this.between(0, of.length - 1)] as T
  }

  /** One of them, by their weights. */
  weighed<T extends string>(weights: Readonly<Record<T, number>>): T {
    const all = Object.entries(weights) as [T, number][]
    let left = this.next() * all.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of all) {
      left -= weight
      if (left < 0) return name
    }
    return all[0]?.[0] as T
  }
}
