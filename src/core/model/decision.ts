import type { Instant } from '../calendar/time.ts'

/** The reasons why a rule does not fire; people see these words. */
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
 * The decision of a step for a rule: it fires, or a named silence. With the moment at which that may change, if the
 * clock alone tells.
 */
export type Decision = { rule: string } & (
  | { fires: true; occurrence: string; due: Instant; until: Instant | null }
  | { fires: false; why: Silence; until: Instant | null; detail: string }
)
