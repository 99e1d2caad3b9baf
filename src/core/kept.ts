import type { Anchor } from './anchor.ts'
import type { FactType, Instant } from './fact.ts'
import type { Gap } from './gap.ts'
import type { LedgerRow, Mode } from './ledger.ts'
import type { LockSession } from './session.ts'

/** The time from the first step that saw a condition true to the first that saw it false. */
export interface Episode {
  since: Instant
  /** How many occurrences it has had: firings, and those lost to `only_if` or `chance`. */
  occurred: number
  /** From when `for` or `repeat` counts: the beginning, or the last occurrence. */
  from: Instant
  /** Of the time since then, what was not observed. */
  blindMs: number
}

/** What a rule remembers of its condition on one lock session in one mode; only moments, everything else is derived. */
export interface RuleMemory {
  /** Of the condition the present episode is of. */
  digest: string
  /** How many episodes there have been; the number of the last one names its occurrences. */
  episodes: number
  episode: Episode | null
  /** How many changes it has seen. */
  changes: number
  /** Up to when moments of `at` were dealt with. */
  moment: Instant | null
  /** When its condition was last known, as of the last time this was stored. */
  looked: Instant | null
  /** What the facts whose changes it asks for were last seen at. */
  anchors: Readonly<Record<string, Anchor>>
  /** How many firings in a row only its own doing can have caused; left out for 0. */
  selfMade?: number
  /** The last occurrence that came to nothing, and why. */
  lost: { occurrence: string; at: Instant; why: string } | null
}

export function blank(digest: string): RuleMemory {
  return { digest, episodes: 0, episode: null, changes: 0, moment: null, looked: null, anchors: {}, lost: null }
}

/** What somebody set or pressed: a switch's position, or how often a button was pressed. */
export interface InputState {
  value: boolean | number
  at: Instant
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

/** The key of a rule's memory: going to another mode or lock starts a memory of its own. */
export function memoryKey(mode: Mode, session: string, rule: string): string {
  return `${mode} ${session} ${rule}`
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

/**
 * The difference between two states of memory; null where nothing happened, and then nothing is written. Rows are
 * only ever appended and replaced in place.
 */
export function changeOf(before: Kept, after: Kept): Change | null {
  if (before === after) return null
  const { memory, rows, ...head } = after
  return {
    head,
    memory: Object.entries(memory).filter(([key, value]) => before.memory[key] !== value),
    added: rows.slice(before.rows.length),
    moved: rows.filter((row, i) => i < before.rows.length && row !== before.rows[i]),
    sent: rows.reduce((sum, { attempts }, i) => sum + attempts - (before.rows[i]?.attempts ?? 0), 0),
  }
}
