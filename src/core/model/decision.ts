import type { Instant } from '../calendar/time.ts'

/** Why a rule does not fire, by name; people are told in these words. */
export const silences = [
  'disabled',
  'not its moment',
  'waiting for a reading',
  'condition false',
  'condition unknown',
  'for',
  'had its turn in this episode',
  'repeat',
  'cooldown',
  'limit',
  'room unknown',
  'only_if false',
  'only_if unknown',
  'chance',
  'sets itself off',
  'step full',
  'over limits.actions.per_step',
] as const

export type Silence = (typeof silences)[number]

/**
 * What a step came to for a rule: it fires, or a named silence; with the moment at which that may be another, where
 * the clock alone tells.
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
