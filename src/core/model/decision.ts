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

/** What is told of a rule that was not decided on yet. */
export function notYet(rule: string): Decision {
  return { rule, fires: false, why: 'waiting for a reading', until: null, detail: '' }
}

/** What was told of a rule last, where that was a silence. */
export function lastSilence(told: readonly Decision[], rule: string): Decision {
  const last = told.find((one) => one.rule === rule)
  return last && !last.fires ? last : notYet(rule)
}
