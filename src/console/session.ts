import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../config/console.ts'

/** Somebody who signed in, in one browser. */
export interface Session {
  role: Role
  /** How its owner is named in the audit trail: nothing that opens it. */
  name: string
}

interface Held extends Session {
  begun: number
  used: number
}

/** A session that nobody uses for so long is over; so is one that began so long ago. */
export const idleMs = 24 * 3_600_000
export const longestMs = 7 * 24 * 3_600_000
/** More browsers than two people have; beyond it the one unused for longest is signed out. */
const mostSessions = 50

/**
 * Who is signed in. Only digests of the ids are kept, in memory alone: whoever reads them cannot use them, and a
 * restart signs everybody out. `ticks` is a clock that nobody sets, in milliseconds.
 */
export class Sessions {
  #held = new Map<string, Held>()
  readonly #ticks: () => number

  constructor(ticks: () => number) {
    this.#ticks = ticks
  }

  /** A new session's id, which the browser keeps and nobody else. */
  open(role: Role): string {
    const now = this.#ticks()
    for (const [digest, held] of this.#held) if (this.#isOver(held)) this.#held.delete(digest)
    if (this.#held.size >= mostSessions) {
      const [oldest] = [...this.#held].sort(([, one], [, other]) => one.used - other.used)
      if (oldest) this.#held.delete(oldest[0])
    }
    const id = randomBytes(32).toString('base64url')
    this.#held.set(digestOf(id), { role, name: randomBytes(4).toString('hex'), begun: now, used: now })
    return id
  }

  /** The session of an id, which counts as used by that; null where there is none (any more). */
  find(id: string | undefined): Session | null {
    if (id === undefined) return null
    const digest = digestOf(id)
    const held = this.#held.get(digest)
    if (!held) return null
    if (this.#isOver(held)) {
      this.#held.delete(digest)
      return null
    }
    held.used = this.#ticks()
    return { role: held.role, name: held.name }
  }

  /** Whether a session goes on, without using it. */
  goesOn(id: string): boolean {
    const held = this.#held.get(digestOf(id))
    return held !== undefined && !this.#isOver(held)
  }

  close(id: string): void {
    this.#held.delete(digestOf(id))
  }

  #isOver({ begun, used }: Held): boolean {
    const now = this.#ticks()
    return now - used > idleMs || now - begun > longestMs
  }
}

/** Looking a digest up takes a time that tells nothing about the id. */
function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
