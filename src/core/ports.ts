import type { Instant } from './fact.ts'
import type { Change, Kept } from './kept.ts'
import type { Answer, Request } from './service.ts'

/** Where memory and ledger are kept: one transaction a step, durable before `commit` resolves. */
export interface Journal {
  /** What is remembered of a lock entry, and the version it stands at. */
  open(lock: string): Promise<{ kept: Kept; version: number }>
  /**
   * Stores a change on top of `from` and resolves to the new version, or to `moved-on` where somebody else stored
   * meanwhile. Rejects where the disk does; then nothing was stored.
   */
  commit(lock: string, from: number, change: Change): Promise<number | 'moved-on'>
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
