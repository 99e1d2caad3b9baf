/**
 * A 53-bit hash of a text (two multiply-xor lanes). Not for secrets: for draws that can be repeated and for digests
 * that tell whether a rule was edited.
 */
export function hash(text: string): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4_294_967_296 * (b & 0x1fffff) + (a >>> 0)
}

/** A short name for a value: equal values (keys in the same order) have equal digests. */
export function digest(value: unknown): string {
  return hash(JSON.stringify(value) ?? '').toString(36)
}

/**
 * A number in [0, 1) that belongs to a key: the same seed and key always give the same draw, so nothing must be stored
 * before a commit and nothing is drawn twice.
 */
export function draw(seed: string, ...key: readonly string[]): number {
  return hash([seed, ...key].join('\u0000')) / 2 ** 53
}
