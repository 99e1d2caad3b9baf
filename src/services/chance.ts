/** All the chance of a simulated service: the same seed gives the same ids, tokens and games. */
export interface Chance {
  /** In [0, 1). */
  next(): number
  between(least: number, most: number): number
  hex(digits: number): string
}

/** A small seeded generator (mulberry32). Its tokens open nothing but a simulation. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  const hex = (digits: number): string => Array.from({ length: digits }, () => between(0, 15).toString(16)).join('')
  return { next, between, hex }
}
