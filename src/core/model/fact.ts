import type { Instant } from '../calendar/time.ts'

/** Kleene's third value is `null`: unknown. */
export type Truth = boolean | null
export type Scalar = boolean | number | string
export type Value = Scalar | readonly string[]

/**
 * Why a fact has no value: the service said null; there was none of it yet; the service left it out, or sent a wrong
 * type; its reading is too old; we wrote since it was read; or it was never read.
 */
export type Unknown = 'null' | 'none' | 'missing' | 'unreadable' | 'stale' | 'fenced' | 'unread'

/**
 * The value of each type of fact: `instant` is epoch milliseconds, `clock` and `week` are seconds into day and week.
 */
export type FactType =
  | 'boolean'
  | 'number'
  | 'seconds'
  | 'text'
  | 'texts'
  | 'instant'
  | 'clock'
  | 'weekday'
  | 'week'
  | 'date'

/**
 * A value as a line over time: it was `value` at `since` and runs by `pace` whole seconds a second. `asked` is when its
 * request began; only that tells whether the value can include a write.
 */
export type Fact = {
  since: Instant
  asked: Instant
  pace: -1 | 0 | 1
  /** When the clock alone will change it in a way that its line does not describe. */
  turnsAt?: Instant
  /**
   * Counts are read in whole seconds, at a moment between question and answer. So the true value may be ahead of its
   * line by so much.
   */
  leadMs?: number
} /** A length that is only known to lie between two: `value` is the least it can be, `most` the most. */ & (
  | { known: true; value: Value; most?: number }
  /** `sent` is what the service sent instead of a readable value. */
  | { known: false; why: Unknown; sent?: string }
)

export type Facts = ReadonlyMap<string, Fact>

/** A fact at one moment, as operators and texts see it. */
export type Saw = { known: true; value: Value; most?: number } | { known: false; why: Unknown; sent?: string }

/** A fact that holds still. */
export function fixed(value: Value | null, asked: Instant, since: Instant = asked): Fact {
  return value === null
    ? { known: false, why: 'null', since, asked, pace: 0 }
    : { known: true, value, since, asked, pace: 0 }
}

/** A count of seconds that runs with the clock. */
export function running(seconds: number, pace: -1 | 0 | 1, asked: Instant, since: Instant = asked): Fact {
  return { known: true, value: seconds, since, asked, pace }
}

/** The same, as a service counted it at some moment between a question and its answer. */
export function counted(seconds: number, pace: -1 | 0 | 1, asked: Instant, answered: Instant): Fact {
  const fact = running(seconds, pace, asked, answered)
  return pace === 0 ? fact : { ...fact, leadMs: answered - asked + 1000 }
}

/** A count of whole seconds since a moment; only `seenMs` of the time count. */
export function sinceThen(seenMs: number, pace: 0 | 1, asked: Instant, now: Instant): Fact {
  const whole = Math.max(0, Math.floor(seenMs / 1000))
  return running(whole, pace, asked, now - Math.max(0, seenMs - whole * 1000))
}

/** The latest moment at which a running count reaches 0. */
export function zeroOf({ value, pace, since }: Fact & { known: true }): Instant {
  return since - pace * Number(value) * 1000
}

/**
 * A count that was read again. If both readings fit one line, each narrows down where it is. After some readings it is
 * known to a fraction of a second.
 */
export function narrowed(before: Fact | undefined, fact: Fact): Fact {
  const { leadMs } = fact
  if (!before?.known || !fact.known || leadMs === undefined || before.leadMs === undefined) return fact
  if (before.pace !== fact.pace) return fact
  const [zero, zeroBefore] = [zeroOf(fact), zeroOf(before)]
  const latest = Math.min(zero, zeroBefore)
  const earliest = Math.max(zero - leadMs, zeroBefore - before.leadMs)
  return latest < earliest ? fact : { ...fact, since: fact.since - (zero - latest), leadMs: latest - earliest }
}

export function unknown(why: Unknown, asked: Instant): Fact {
  return { known: false, why, since: asked, asked, pace: 0 }
}

/** The unreadable value, in words for people. */
export function unreadable(sent: string, asked: Instant): Fact {
  return { ...unknown('unreadable', asked), known: false, why: 'unreadable', sent }
}

/** No reading is stale before this, however short the poll interval is. */
const leastStaleMs = 60_000

/** How old a reading may be before its facts are unknown: three poll intervals, at least a minute. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(3 * intervalMs, leastStaleMs)
}

/** The fact at a moment: a running one is moved along its line in whole seconds, as services count, never below 0. */
export function at(fact: Fact, now: Instant): Saw {
  if (!fact.known) {
    const { why, sent } = fact
    return sent === undefined ? { known: false, why } : { known: false, why, sent }
  }
  const { value, most, pace } = fact
  const passed = pace === 0 ? 0 : pace * Math.max(0, Math.floor((now - fact.since) / 1000))
  if (passed === 0 || typeof value !== 'number') return { known: true, value, ...(most === undefined ? {} : { most }) }
  const moved = { known: true, value: Math.max(0, value + passed) } as const
  return most === undefined ? moved : { ...moved, most: Math.max(0, most + passed) }
}

/** The fact of a name at a moment; a missing one counts as never read. */
export function sawAt(facts: Facts, name: string, now: Instant): Saw {
  const fact = facts.get(name)
  return fact ? at(fact, now) : { known: false, why: 'unread' }
}

export function sameValue(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  return a.length === b.length && a.every((one, i) => one === b[i])
}

/** A known number of a fact at a moment, or null. For calculations of the program, which use no guesses. */
export function numberAt(facts: Facts, name: string, now: Instant): number | null {
  const saw = sawAt(facts, name, now)
  return saw.known && typeof saw.value === 'number' && saw.most === undefined ? saw.value : null
}

/** A known value of a fact that holds still, or null. */
export function knownValue(facts: Facts, name: string): Value | null {
  const fact = facts.get(name)
  return fact?.known ? fact.value : null
}
