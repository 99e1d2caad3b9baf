import type { Role } from '../config/console.ts'
import { networkOf } from './address.ts'

/** So many passwords may be tried from one address for one role in a window; a right one is none of them. */
export const mostAttempts = 10
export const windowMs = 15 * 60_000
/** From all addresses together: many machines guess no faster than this. */
const mostForRole = 100
/** Addresses that are remembered before old ones are looked for. */
const manyAddresses = 5000

/** Who tries: a device that has signed in as that role before has attempts of its own, which nobody else uses up. */
export interface Trying {
  role: Role
  address: string
  device: string | null
}

/** Counts sign-ins that failed, and those that are being judged. */
export class Attempts {
  #tried = new Map<string, number[]>()
  readonly #ticks: () => number

  constructor(ticks: () => number) {
    this.#ticks = ticks
  }

  /** Takes one attempt; where there is none, it answers how many seconds to wait. */
  take(trying: Trying): { waitSeconds: number } | null {
    const now = this.#ticks()
    const keys = keysOf(trying)
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
  giveBack(trying: Trying): void {
    for (const [key] of keysOf(trying)) {
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

function keysOf({ role, address, device }: Trying): [key: string, most: number][] {
  if (device !== null) return [[`${role} device ${device}`, mostAttempts]]
  return [
    [`${role} ${networkOf(address)}`, mostAttempts],
    [role, mostForRole],
  ]
}
