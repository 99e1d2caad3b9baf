import type { Instant } from '../calendar/time.ts'

/** How a wire to the outside does: a channel, the broker, the console's and the monitors' doors, the ping. */
export interface Wire {
  /** As the config calls it: `tell.channels.phone`, `mqtt`, `console`, `metrics`, `heartbeat`. */
  name: string
  /** The last time it did what it is for; null: not since the start. */
  lastGood: Instant | null
  lastBad: Instant | null
  /** Since when it fails; null where it does not. */
  badSince: Instant | null
  /** Why it failed last, without an address or anything secret; empty where it never did. */
  words: string
  /** Failures in a row. */
  failures: number
  /** Failures since the start. */
  failed: number
}

/** One of which nothing is known yet. */
export function untried(name: string): Wire {
  return { name, lastGood: null, lastBad: null, badSince: null, words: '', failures: 0, failed: 0 }
}

/** A wire after it did what it is for. */
export function wentWell(wire: Wire, now: Instant): Wire {
  return { ...wire, lastGood: now, badSince: null, failures: 0 }
}

/** A wire after it did not; `words` say why. */
export function wentWrong(wire: Wire, words: string, now: Instant): Wire {
  const badSince = wire.badSince ?? now
  return { ...wire, lastBad: now, badSince, words, failures: wire.failures + 1, failed: wire.failed + 1 }
}

/** Whether it does what it is for; null where nobody knows, since it had nothing to do yet. */
export function isUp({ failures, lastGood }: Wire): boolean | null {
  if (failures > 0) return false
  return lastGood === null ? null : true
}
