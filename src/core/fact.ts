/** A moment in epoch milliseconds, UTC. */
export type Instant = number
/** Kleene's third value is `null`: unknown. */
export type Truth = boolean | null
export type Scalar = boolean | number | string
export type Value = Scalar | readonly string[]

/**
 * Why a fact has no value: the service said null, left it out, or sent something of the wrong type; its reading is
 * too old; we wrote since it was read; or it was never read.
 */
export type Unknown = 'null' | 'missing' | 'unreadable' | 'stale' | 'fenced' | 'unread'

/** What a type of fact holds: `instant` is epoch milliseconds, `clock` and `week` are seconds into day and week. */
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
 * A value as a line over time: it was `value` at `since` and runs by `pace` whole seconds a second.
 * `asked` is when the request it came from was begun; only that tells whether it can know of a write.
 */
export type Fact = { since: Instant; asked: Instant; pace: -1 | 0 | 1 } & (
  | { known: true; value: Value }
  | { known: false; why: Unknown }
)

export type Facts = ReadonlyMap<string, Fact>

/** A fact at one moment, as operators and texts see it. */
export type Saw = { known: true; value: Value } | { known: false; why: Unknown }

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

export function unknown(why: Unknown, asked: Instant): Fact {
  return { known: false, why, since: asked, asked, pace: 0 }
}

/** The fact at a moment: a running one is moved along its line in whole seconds, as services count, never below 0. */
export function at(fact: Fact, now: Instant): Saw {
  if (!fact.known) return { known: false, why: fact.why }
  if (fact.pace === 0 || typeof fact.value !== 'number') return { known: true, value: fact.value }
  const passed = Math.max(0, Math.floor((now - fact.since) / 1000))
  return { known: true, value: Math.max(0, fact.value + fact.pace * passed) }
}

/** A known number of a fact at a moment, or null: for the program's own sums, which take no guesses. */
export function numberAt(facts: Facts, name: string, now: Instant): number | null {
  const fact = facts.get(name)
  if (!fact) return null
  const saw = at(fact, now)
  return saw.known && typeof saw.value === 'number' ? saw.value : null
}

/** A known value of a fact that holds still, or null. */
export function knownValue(facts: Facts, name: string): Value | null {
  const fact = facts.get(name)
  return fact?.known ? fact.value : null
}
