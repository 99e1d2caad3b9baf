import { isIPv6 } from 'node:net'
import type { Role } from '../config/console.ts'

/** So many passwords may be tried from one address for one role in a window; a right one is none of them. */
export const mostAttempts = 10
export const windowMs = 15 * 60_000
/** From all addresses together: many machines guess no faster than this. */
const mostForRole = 100
/** Addresses that are remembered before old ones are looked for. */
const manyAddresses = 5000

/** Counts sign-ins that failed, and those that are being judged. */
export class Attempts {
  #tried = new Map<string, number[]>()
  readonly #ticks: () => number

  constructor(ticks: () => number) {
    this.#ticks = ticks
  }

  /** Takes one attempt; or says how many seconds there is none for this address and role. */
  take(address: string, role: Role): { waitSeconds: number } | null {
    const now = this.#ticks()
    const keys = keysOf(address, role)
    for (const [key, most] of keys) {
      const recent = this.#recent(key, now)
      const first = recent[recent.length - most]
      if (first !== undefined) return { waitSeconds: Math.max(1, Math.ceil((first + windowMs - now) / 1000)) }
    }
    for (const [key] of keys) this.#tried.set(key, [...this.#recent(key, now), now])
    if (this.#tried.size > manyAddresses) for (const key of [...this.#tried.keys()]) this.#recent(key, now)
    return null
  }

  /** Gives an attempt back whose password was right. */
  giveBack(address: string, role: Role): void {
    for (const [key] of keysOf(address, role)) {
      const left = this.#tried.get(key)?.slice(0, -1) ?? []
      if (left.length > 0) this.#tried.set(key, left)
      else this.#tried.delete(key)
    }
  }

  #recent(key: string, now: number): number[] {
    const recent = (this.#tried.get(key) ?? []).filter((at) => now - at < windowMs)
    if (recent.length > 0) this.#tried.set(key, recent)
    else this.#tried.delete(key)
    return recent
  }
}

function keysOf(address: string, role: Role): [key: string, most: number][] {
  return [
    [`${role} ${networkOf(address)}`, mostAttempts],
    [role, mostForRole],
  ]
}

/** Who has one IPv6 address has the whole network it is in. */
function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(bare)) return bare
  const [left = '', right] = bare.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const missing = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
