import type { Instant } from '../calendar/time.ts'
import type { FactType } from './fact.ts'
import type { Gap, LockSession } from './lock.ts'
import type { LedgerRow } from './row.ts'
import type { RuleMemory } from './rulememory.ts'

/** What somebody set or pressed: a switch's position, or how often a button was pressed. */
export interface InputState {
  value: boolean | number
  at: Instant
  /** Of a button, how often it was pressed on each date and lock; an older build did not keep it. */
  days?: readonly PressDay[]
}

/** How often a button was pressed on one date of the zone, on one lock. */
export interface PressDay {
  date: string
  session: string
  times: number
}

/** What was set or pressed of an input; undefined before it ever was. It may be called as something all objects have. */
export function inputIn(inputs: Kept['inputs'], name: string): InputState | undefined {
  return Object.hasOwn(inputs, name) ? inputs[name] : undefined
}

/** All that is remembered of a lock entry, on disk and in the step alike. */
export interface Kept {
  /** Makes this installation's draws its own. */
  seed: string
  /** The last step that was stored; a clock before it is wrong. */
  storedAt: Instant | null
  /** The lock session of the last reading; null before the first one ever. */
  session: string | null
  /** The last session that was a lock's, which `none` is not. */
  lastLock: string | null
  sessions: Readonly<Record<string, LockSession>>
  inputs: Readonly<Record<string, InputState>>
  /** When the lock was out of sight, oldest first. */
  gaps: readonly Gap[]
  memory: Readonly<Record<string, RuleMemory>>
  rows: readonly LedgerRow[]
  /** Undocumented facts the services were seen to send. */
  extras: Readonly<Record<string, FactType>>
  /** When it was taken up from a backup, until the first step after it that decides. */
  restoredAt?: Instant
}

export function emptyKept(seed: string): Kept {
  return {
    seed,
    storedAt: null,
    session: null,
    lastLock: null,
    sessions: {},
    inputs: {},
    gaps: [],
    memory: {},
    rows: [],
    extras: {},
  }
}

/** What a step changed, ready for one transaction. */
export interface Change {
  /** Everything but memory and rows. */
  head: Omit<Kept, 'memory' | 'rows'>
  memory: readonly (readonly [key: string, memory: RuleMemory])[]
  /** Rows of new firings; their keys must not exist yet. */
  added: readonly LedgerRow[]
  /** Rows that moved on. */
  moved: readonly LedgerRow[]
  /** How many requests leave by it. */
  sent: number
}

/** A change that changes nothing, to try whether anything can be stored. */
export function unchanged({ memory: _, rows: __, ...head }: Kept): Change {
  return { head, memory: [], added: [], moved: [], sent: 0 }
}
