import type { Instant } from '../calendar/time.ts'
import type { Change, Kept } from './kept.ts'
import type { Answer, Request } from './service.ts'

/** Why nothing can be stored: the database is not there any more, or takes nothing. */
export const unstoredReasons = ['database gone', 'nothing can be stored'] as const

/** Whether a standstill is one of them: then it is the machine that is ill. */
export function isUnstored(standstill: string | null): standstill is Unstored['why'] {
  return unstoredReasons.some((why) => why === standstill)
}

/** That nothing can be stored, with words for people: what, where, what would mend it. */
export interface Unstored {
  why: (typeof unstoredReasons)[number]
  words: string
}

/** Where memory and ledger are kept: one transaction a step, durable before `commit` resolves. */
export interface Journal {
  /** What is remembered of a lock entry, of its rows the retained ones, and the version it stands at. */
  open(lock: string): Promise<{ kept: Kept; version: number }>
  /** The version that a lock entry stands at, to tell what became of a commit. Rejects where it cannot be told. */
  version(lock: string): Promise<number>
  /**
   * Stores a change on top of `from` and resolves to the new version, or to `moved-on` where something else was stored
   * on top of it. Rejects, with words for people, where nothing was stored or nobody knows whether it was: then
   * `version` tells, though what is still on its way may be stored later.
   */
  commit(lock: string, from: number, change: Change): Promise<number | 'moved-on'>
  /** Whether what it is kept in was taken away or replaced: null, or words for people. */
  gone(): string | null
  /** Told when nothing is on its way: a moment to put in order what was stored. Never throws. */
  rest(): void
}

/** Sends a request and tells what came of it. Never rejects. */
export type Send = (request: Request, signal?: AbortSignal) => Promise<Answer>

/** Time as the daemon sees it; tests and the demo bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): Instant
  /** Milliseconds since some beginning, which no setting of the clock changes. */
  ticks(): number
  /**
   * Resolves when `ticks()` has come to `tick`, as soon as the signal is aborted, or within about a second after
   * somebody set the clock.
   */
  until(tick: number, signal: AbortSignal): Promise<void>
}
