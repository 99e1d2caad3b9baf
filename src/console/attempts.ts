import type { Role } from '../config/console.ts'
import { networkOf } from './address.ts'

/** The most wrong passwords from one address for one role in a window. */
export const mostAttempts = 10
export const windowMs = 15 * 60_000
/** The same from all addresses together, so that many machines guess no faster. */
const mostForRole = 100
/** With more remembered addresses than this, old ones are removed. */
const manyAddresses = 5000

/** Who tries. A device that has signed in as that role before has attempts of its own, which nobody else can use up. */
export interface Trying {
  role: Role
  address: string
  device: string | null
}

/** Counts sign-ins that failed, and those that are being checked. */
export class Attempts {
  #tried = new Map<string, number[]>()
  readonly #ticks: () => number

  constructor(ticks: () => number) {
    this.#ticks = ticks
  }

  /** Takes one attempt. If there is none, it returns the seconds to wait. */
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

  /** Gives back the attempt of a right password. */
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
