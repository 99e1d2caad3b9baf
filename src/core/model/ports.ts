import type { Instant } from '../calendar/time.ts'
import type { Change, Kept } from './kept.ts'
import type { Answer, Request } from './service.ts'

/** Why nothing can be stored: the database is gone, or cannot be written to. */
export const unstoredReasons = ['database gone', 'nothing can be stored'] as const

/** Whether a standstill is one of them; then the machine has the problem. */
export function isUnstored(standstill: string | null): standstill is Unstored['why'] {
  return unstoredReasons.some((why) => why === standstill)
}

/** Nothing can be stored. With words for people: what, where, and how to fix it. */
export interface Unstored {
  why: (typeof unstoredReasons)[number]
  words: string
}

/** Where memory and ledger are kept: one transaction a step, durable before `commit` resolves. */
export interface Journal {
  /** The memory of a lock entry with its retained rows, and its version. */
  open(lock: string): Promise<{ kept: Kept; version: number }>
  /** The version of a lock entry, to find out what became of a commit. Rejects if it cannot be read. */
  version(lock: string): Promise<number>
  /**
   * Stores a change on top of `from` and resolves to the new version, or to `moved-on` if something else was stored on
   * top of it. Rejects, with words for people, if nothing was stored, or if nobody knows whether it was. Then `version`
   * tells, although a commit on its way may still be stored later.
   */
  commit(lock: string, from: number, change: Change): Promise<number | 'moved-on'>
  /** Whether its files were removed or replaced: null, or words for people. */
  gone(): string | null
  /** Called when nothing is on its way: time to tidy the stored data. Never throws. */
  rest(): void
}

/** Sends a request and returns its outcome. Never rejects. */
export type Send = (request: Request, signal?: AbortSignal) => Promise<Answer>

/** Time as the daemon sees it; tests and the demo bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): Instant
  /** Milliseconds since some start; nobody can set this counter. */
  ticks(): number
  /**
   * Resolves when `ticks()` has come to `tick`, as soon as the signal is aborted, or within about a second after
   * somebody set the clock.
   */
  until(tick: number, signal: AbortSignal): Promise<void>
}
