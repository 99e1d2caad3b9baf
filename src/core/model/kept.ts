import type { Instant } from '../calendar/time.ts'
import type { FactType } from './fact.ts'
import type { Gap, LockSession } from './lock.ts'
import { noPast, type Past } from './past.ts'
import type { LedgerRow, RowKey } from './row.ts'
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

/**
 * What was set or pressed of an input; undefined before that. An input may have the name of something that all objects
 * have.
 */
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
  /** The last session of a lock; not `none`. */
  lastLock: string | null
  sessions: Readonly<Record<string, LockSession>>
  inputs: Readonly<Record<string, InputState>>
  /** The times in which the lock was not seen, oldest first. */
  gaps: readonly Gap[]
  memory: Readonly<Record<string, RuleMemory>>
  /** The rows of the ledger that anything may still ask for, in the order in which they were planned. */
  rows: readonly LedgerRow[]
  /** What the others come to, which are in the store alone. */
  past: Past
  /** Undocumented facts the services were seen to send. */
  extras: Readonly<Record<string, FactType>>
  /** When it was restored from a backup; until the first step that decides. */
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
    past: noPast,
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
  /** Rows that are not retained any more; they stay in the ledger. */
  left: readonly RowKey[]
  /** Whether every row of the ledger is retained again. */
  recalled: boolean
  /** How many requests this change lets leave. */
  sent: number
}

/** A change that changes nothing, to try whether anything can be stored. */
export function unchanged({ memory: _, rows: __, ...head }: Kept): Change {
  return { head, memory: [], added: [], moved: [], left: [], recalled: false, sent: 0 }
}
