import type { Instant } from '../calendar/time.ts'
import type { Value } from './fact.ts'
import type { Mode } from './row.ts'

/** A value and how it ran, as it was last seen: what a change is measured against. */
export interface Line {
  value: Value
  since: Instant
  pace: -1 | 0 | 1
  /** How far the true value may be ahead of it, where that is more than the usual tolerance. */
  leadMs?: number
}

/** A sum of rises and one of falls. */
export interface Span {
  /** 0 or less. */
  least: number
  /** 0 or more. */
  most: number
}

/**
 * What own writes may still bring about: `late` is what was not seen of them yet, `back` what was seen and may be
 * missing from a reading once more while the writes are fresh.
 */
export type Loose = { late: Span; back: Span } | { late: readonly Value[]; back: readonly Value[] }

/** What a rule remembers of a fact whose changes it asks for. */
export interface Anchor {
  /** The last known value. */
  last: Line
  /** By how much it rose since it last turned, less what the rule fired for; left out for 0. */
  up?: number
  /** The same for falling. */
  down?: number
  /** When the reading of the last known value was begun. */
  asked: Instant
  /** What own writes may still bring about in later readings; left out where nothing. */
  loose?: Loose
  /** There was none of it yet: the first value is a change, of no size. */
  none?: true
}

/** How a fact differs from what was remembered of it, once the clock and own writes are taken out. */
export interface Moved {
  changed: boolean
  /** Since the last reading. */
  rose: number
  /** Since it last turned, less what the rule fired for. */
  up: number
  down: number
}

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

/** The key of a rule's memory: going to another mode or lock starts a memory of its own. */
export function memoryKey(mode: Mode, session: string, rule: string): string {
  return `${mode} ${session} ${rule}`
}
