import { isDeepStrictEqual } from 'node:util'
import { changeOf } from '../core/memory/changes.ts'
import { takenUp } from '../core/memory/takenup.ts'
import { type Kept, unchanged } from '../core/model/kept.ts'
import type { News } from '../core/model/order.ts'
import { nothingSeen, type Passing } from '../core/model/passing.ts'
import { noPast } from '../core/model/past.ts'
import type { Journal, Unstored } from '../core/model/ports.ts'
import type { Step } from '../core/step.ts'

/** A change to store, with the present knowledge, and the step that made it, if one did. */
interface Attempt {
  kept: Kept
  passing: Passing
  made: Step | null
}

/** The stored state that was found instead of the last known one; the loop goes on with it. */
interface Instead extends Attempt {
  /** News that was handled meanwhile, without this state. */
  missed: readonly News[]
}

/** The outcome of storing: what prevents it, if anything, and what was found stored instead. */
interface Came {
  unstored: Unstored | null
  instead?: Instead
}

/** Commits with an unknown outcome may still arrive. So many of them are remembered. */
const mostAttempts = 4
/** How many readings since a commit are kept for it. */
const mostReadings = 200

/**
 * Stores what a lock's loop remembers. A commit whose answer was lost is looked up, never repeated. If it was stored
 * after all, the loop goes on with it.
 */
export class Storing {
  readonly #lock: string
  readonly #journal: Journal
  /** The memory that is known to be stored, and its version. */
  #stored: Kept
  #version: number
  /** Commits on top of that which may be stored, or may still arrive, oldest first. */
  #attempts: (Attempt & { since: News[] })[] = []
  /** Whether the outcome of the last commit is still to be looked up; until then nothing else is committed. */
  #isUnsure = false

  private constructor(lock: string, journal: Journal, opened: { kept: Kept; version: number }) {
    this.#lock = lock
    this.#journal = journal
    this.#stored = opened.kept
    this.#version = opened.version
  }

  /** Opens what is stored of a lock. Rejects as the journal does. */
  static async open(lock: string, journal: Journal): Promise<Storing> {
    return new Storing(lock, journal, await journal.open(lock))
  }

  /** The state that is known to be stored. */
  get stored(): Kept {
    return this.#stored
  }

  /**
   * Stores what is new. `kept` is the memory that the process uses until then, `run` the name of the process. With
   * `isDoubted` (nothing could be stored before) it tries even if there is nothing new. Never rejects.
   */
  async store(attempt: Attempt, kept: Kept, run: string, isDoubted: boolean): Promise<Came> {
    const gone = this.#journal.gone()
    if (gone !== null) return { unstored: { why: 'database gone', words: gone } }
    const change = changeOf(this.#stored, attempt.kept) ?? (isDoubted ? unchanged(attempt.kept) : null)
    if (!change) return { unstored: null }
    const known = this.#isUnsure ? await this.#lookUp(attempt, kept, run) : null
    if (known) return known
    let trouble: unknown = 'something else was stored'
    try {
      const to = await this.#journal.commit(this.#lock, this.#version, change)
      if (to !== 'moved-on') {
        this.#know(attempt.kept, to)
        return { unstored: null }
      }
    } catch (error) {
      trouble = error
      this.#attempts = [...this.#attempts, { ...attempt, since: [] }].slice(-mostAttempts)
    }
    this.#isUnsure = true
    return (await this.#lookUp(attempt, kept, run)) ?? { unstored: notStored(trouble) }
  }

  /** Has every row of the ledger retained again, as far as it is known what is stored. Never rejects. */
  async recall(): Promise<Unstored | null> {
    try {
      const change = { ...unchanged({ ...this.#stored, past: noPast }), recalled: true }
      const to = await this.#journal.commit(this.#lock, this.#version, change)
      if (to === 'moved-on') throw new Error('something else was stored')
      const { kept, version } = await this.#journal.open(this.#lock)
      this.#know(kept, version)
      return null
    } catch (error) {
      this.#isUnsure = true
      return notStored(error)
    }
  }

  /** Notes the news that a step handled while the stored state was unknown. */
  dealtWith(news: readonly News[]): void {
    for (const attempt of this.#attempts) {
      attempt.since.push(...news)
      const readings = attempt.since.filter((item) => 'reading' in item)
      if (readings.length <= mostReadings) continue
      const old = new Set<News>(readings.slice(0, -mostReadings))
      attempt.since = attempt.since.filter((item) => !old.has(item))
    }
  }

  /** Checks whether the store holds something else than the known state; null if not. Never rejects. */
  async #lookUp(tried: Attempt, kept: Kept, run: string): Promise<Came | null> {
    try {
      if ((await this.#journal.version(this.#lock)) === this.#version) {
        this.#isUnsure = false
        return null
      }
      return this.#takeUp(await this.#journal.open(this.#lock), tried, kept, run)
    } catch (error) {
      return { unstored: notStored(error) }
    }
  }

  #takeUp(found: { kept: Kept; version: number }, tried: Attempt, kept: Kept, run: string): Came {
    const newest = this.#attempts.at(-1)
    const landed = this.#attempts.findLast((one) => isDeepStrictEqual(asStored(one.kept), asStored(found.kept)))
    const before = this.#stored
    this.#know(landed?.kept ?? found.kept, found.version)
    // The store holds what we wanted to store.
    if (landed?.kept === tried.kept) return { unstored: null }
    const after = takenUp(this.#stored, before, kept, run)
    if (landed) {
      return { unstored: null, instead: { ...landed, kept: after, missed: landed.since } }
    }
    const words = `another process has changed the stored data of ${this.#lock}; end that process`
    return {
      unstored: { why: 'nothing can be stored', words },
      instead: { kept: after, passing: nothingSeen, made: null, missed: newest?.since ?? [] },
    }
  }

  #know(kept: Kept, version: number): void {
    this.#stored = kept
    this.#version = version
    this.#attempts = []
    this.#isUnsure = false
  }
}

/** In the form in which the store returns it. */
function asStored(kept: Kept): unknown {
  return JSON.parse(JSON.stringify(kept))
}

function notStored(error: unknown): Unstored {
  return { why: 'nothing can be stored', words: error instanceof Error ? error.message : String(error) }
}
