import type { Instant } from '../calendar/time.ts'
import type { Silence } from './silence.ts'

/**
 * What a step came to for a rule: it fires, or a named silence; with the moment at which that may be another, where
 * the clock alone tells.
 */
export type Decision = { rule: string } & (
  | { fires: true; occurrence: string; due: Instant; until: Instant | null }
  | { fires: false; why: Silence; until: Instant | null; detail: string }
)
