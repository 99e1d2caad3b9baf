import type { Instant } from '../calendar/time.ts'
import type { Decision } from './decision.ts'
import type { Fact, Facts } from './fact.ts'
import type { Health } from './health.ts'
import type { Kept } from './kept.ts'
import type { LockEvidence, Topic } from './service.ts'
import { type Judged, noVerdicts, type Verdicts } from './verdicts.ts'

/** The last good reading of a topic. */
export interface Known {
  facts: ReadonlyMap<string, Fact>
  asked: Instant
  answered: Instant
  /** The poll interval planned at that reading, and at the one before. Three intervals make a reading stale. */
  intervalMs: number
  beforeMs: number
  /** How many readings in a row have shown nothing new. */
  calm: number
}

/** Where a row waits: the gate, and the topics that must be read before it can pass. */
export interface Waiting {
  gate: string
  reads: readonly Topic[]
}

/** A clock that no answer has confirmed since it was set, since the machine slept, or since the start. */
export interface ClockSet {
  at: Instant
  /** By how much it was set since it was last confirmed. */
  by: number
  /** Whether a service has shown it to be wrong since. */
  off: boolean
  /** Whether any service told the time before; then the step waits for its confirmation. */
  told: boolean
}

/**
 * What the step knows of the present and would learn again after a restart: readings, health, the last verdicts. Never
 * stored; every process begins with an empty one.
 */
export interface Passing {
  readings: Readonly<Record<Topic, Known>>
  /** When each topic was last read, successfully or not. */
  asked: Readonly<Record<Topic, Instant>>
  health: Readonly<Record<string, Health>>
  /** Until when restriction is held back for a service after an outage of it. */
  heldUntil: Readonly<Record<string, Instant>>
  /** What the last reading said about the identity of the lock. */
  latestLock: (LockEvidence & { asked: Instant }) | null
  /** Whether this process knows which lock is active. */
  sessionSeen: boolean
  /** Null once the clock is confirmed: until then nothing is decided, and no moment of it is stored. */
  clockSet: ClockSet | null
  /** When each device that is not stopped yet was started, in ticks, by the name of the sending. */
  begun: Readonly<Record<string, number>>
  /** The latest moment that a wrong clock had stored, and when that was corrected; null if it was not. */
  putRight: { from: Instant; at: Instant } | null
  /** Actions and tokens that the service refuses until a restart (403, 401), with its words. */
  forbidden: Readonly<Record<string, string>>
  /** Whether the wearer's switch was set at the last step; null before the first one. */
  stopped: boolean | null
  facts: Facts
  /** The keys of our writes that a reading has shown, while other readings might not show them yet. */
  shown: ReadonlySet<string>
  /** What was set and pressed when something was last decided; null before this process's first step. */
  inputs: Kept['inputs'] | null
  /** The verdicts of the last judgement, with their traces. */
  verdicts: Verdicts
  /** When each rule's condition was last known, by the key of its memory. */
  looked: Readonly<Record<string, Instant>>
  /** The basis of the last judgement: the rules, the session and mode, and the facts; null before the first. */
  judged: Judged | null
  /** The gate at which each row waits, by the text of its key. */
  waiting: ReadonlyMap<string, Waiting>
  /** The last decision for each rule. */
  decisions: readonly Decision[]
}

export const nothingSeen: Passing = {
  readings: {},
  asked: {},
  health: {},
  heldUntil: {},
  latestLock: null,
  sessionSeen: false,
  clockSet: { at: Number.NEGATIVE_INFINITY, by: 0, off: false, told: false },
  begun: {},
  putRight: null,
  forbidden: {},
  stopped: null,
  facts: new Map(),
  shown: new Set(),
  inputs: null,
  verdicts: noVerdicts,
  looked: {},
  judged: null,
  waiting: new Map(),
  decisions: [],
}
