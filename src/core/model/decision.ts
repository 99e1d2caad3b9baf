import type { Instant } from '../calendar/time.ts'
import type { Silence } from './silence.ts'

/**
 * The decision of a step for a rule: it fires, or a named silence. With the moment at which that may change, if the
 * clock alone tells.
 */
export type Decision = { rule: string } & (
  | { fires: true; occurrence: string; due: Instant; until: Instant | null }
  | { fires: false; why: Silence; until: Instant | null; detail: string }
)
