import type { Instant } from '../calendar/time.ts'
import type { Counted } from './agreement.ts'
import type { Mode, State } from './row.ts'

/** What rows of one lock session, in one mode, come to that are in the store alone. */
export interface Sums {
  /** How often each rule fired, by its id of then. */
  firings: Readonly<Record<string, number>>
  /** What they use up of the limits that count for as long as the lock. */
  used: Readonly<Partial<Record<Counted, { seconds: number; times: number }>>>
  /** What each tally stood at after a row, which is retained, by the text of its key. */
  tallies: Readonly<Record<string, { points: number; row: string }>>
  states: Readonly<Partial<Record<State, number>>>
  /** How often the switch stopped a device. */
  halts: number
}

/** What is remembered of rows that are in the store alone, since nothing asks for them any more one by one. */
export interface Past {
  /** Only of rows of before this moment; null while all rows are retained. */
  before: Instant | null
  /** By mode and session. */
  sums: Readonly<Record<string, Sums>>
}

/** Where all rows are retained. */
export const noPast: Past = { before: null, sums: {} }

export const noSums: Sums = { firings: {}, used: {}, tallies: {}, states: {}, halts: 0 }

/** The key of the sums of a lock session in a mode. */
export function sumsKey(mode: Mode, session: string): string {
  return `${mode} ${session}`
}

/** What the rows in the store alone of a lock session in a mode come to. */
export function sumsOf({ sums }: Past, mode: Mode, session: string): Sums {
  return named(sums, sumsKey(mode, session)) ?? noSums
}

/** What stands under a name, which may be that of something all objects have. */
export function named<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}
