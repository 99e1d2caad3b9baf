import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../config/console.ts'

/** A person who signed in with one browser. */
export interface Session {
  role: Role
  /** Its name in the list of open sessions. The name opens nothing. */
  name: string
}

/** What people signed in as the same role see of an open session. */
export interface OpenSession {
  name: string
  address: string
  /** The browser's name for itself, shortened. */
  browser: string
  signedInSecondsAgo: number
  usedSecondsAgo: number
}

interface Held extends Session, Pick<OpenSession, 'address' | 'browser'> {
  begun: number
  used: number
  /** When the password was last given. */
  confirmed: number
  /** Called when it is over. */
  over: Set<() => void>
}

/** How long a session lasts without use, and at most. */
export const idleMs = 24 * 3_600_000
export const longestMs = 7 * 24 * 3_600_000
/** For how long after giving the password important actions need no new one. */
export const confirmedMs = 5 * 60_000
/** More browsers than a person has. Beyond it, the longest unused session of that role is ended. */
export const mostOfRole = 25

/**
 * The open sessions. Only digests of their ids are kept, in memory alone: whoever reads them cannot use them, and a
 * restart signs everybody out. `ticks` is a clock that nobody can set, in milliseconds.
 */
export class Sessions {
  #held = new Map<string, Held>()
  readonly #ticks: () => number

  constructor(ticks: () => number) {
    this.#ticks = ticks
  }

  /** Opens a session. Returns its id, which only the browser keeps. */
  open(role: Role, from: { address: string; browser: string } = { address: '', browser: '' }): string {
    const now = this.#ticks()
    for (const [digest, held] of this.#held) if (this.#isOver(held)) this.#end(digest)
    const own = [...this.#held].filter(([, held]) => held.role === role)
    if (own.length >= mostOfRole) {
      const [oldest] = own.sort(([, one], [, other]) => one.used - other.used)
      if (oldest) this.#end(oldest[0])
    }
    const id = randomBytes(32).toString('base64url')
    const name = randomBytes(4).toString('hex')
    this.#held.set(digestOf(id), { role, name, ...from, begun: now, used: now, confirmed: now, over: new Set() })
    return id
  }

  /** The session of an id, and marks it as used; null if there is none (any more). */
  find(id: string | undefined): Session | null {
    const held = this.#of(id)
    if (!held) return null
    held.used = this.#ticks()
    return { role: held.role, name: held.name }
  }

  /** Whether a session is still open, without marking it as used. */
  goesOn(id: string): boolean {
    return this.#of(id) !== null
  }

  /** Calls back when a session is over, at once if it is already. Returns a function that cancels this. */
  whenOver(id: string, told: () => void): () => void {
    const held = this.#of(id)
    if (!held) told()
    held?.over.add(told)
    return () => void held?.over.delete(told)
  }

  /** Notes that the password was given again. */
  confirm(id: string): void {
    const held = this.#of(id)
    if (held) held.confirmed = this.#ticks()
  }

  /** Whether the password was given lately enough for important actions. */
  isConfirmed(id: string | undefined): boolean {
    const held = this.#of(id)
    return held !== null && this.#ticks() - held.confirmed <= confirmedMs
  }

  /** The sessions of a role, the last used first. */
  list(role: Role): OpenSession[] {
    const now = this.#ticks()
    const ago = (then: number) => Math.round((now - then) / 1000)
    return [...this.#held.values()]
      .filter((held) => held.role === role && !this.#isOver(held))
      .sort((one, other) => other.used - one.used)
      .map(({ name, address, browser, begun, used }) => {
        return { name, address, browser, signedInSecondsAgo: ago(begun), usedSecondsAgo: ago(used) }
      })
  }

  close(id: string): void {
    this.#end(digestOf(id))
  }

  /** Ends the chosen sessions of a role. Returns how many. */
  closeWhere(role: Role, isMeant: (name: string) => boolean): number {
    const meant = [...this.#held].filter(([, held]) => held.role === role && isMeant(held.name))
    for (const [digest] of meant) this.#end(digest)
    return meant.length
  }

  #of(id: string | undefined): Held | null {
    if (id === undefined) return null
    const digest = digestOf(id)
    const held = this.#held.get(digest)
    if (held && this.#isOver(held)) this.#end(digest)
    return held && this.#held.has(digest) ? held : null
  }

  #end(digest: string): void {
    const held = this.#held.get(digest)
    this.#held.delete(digest)
    for (const told of held?.over ?? []) told()
  }

  #isOver({ begun, used }: Held): boolean {
    const now = this.#ticks()
    return now - used > idleMs || now - begun > longestMs
  }
}

/** The time to look up a digest reveals nothing about the id. */
function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
