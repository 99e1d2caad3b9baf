import type { Instant } from '../calendar/time.ts'

/**
 * The state of a wire to the outside: a channel, the broker, the ports of the console and the metrics, the heartbeat.
 */
export interface Wire {
  /** Its name in the config: `tell.channels.phone`, `mqtt`, `console`, `metrics`, `heartbeat`. */
  name: string
  /** The last success; null if there was none since the start. */
  lastGood: Instant | null
  lastBad: Instant | null
  /** Since when it fails; null if it does not. */
  badSince: Instant | null
  /** The last error, without an address or a secret; empty if there was none. */
  words: string
  /** Failures in a row. */
  failures: number
  /** Failures since the start. */
  failed: number
}

/** A wire that was not used yet. */
export function untried(name: string): Wire {
  return { name, lastGood: null, lastBad: null, badSince: null, words: '', failures: 0, failed: 0 }
}

/** The wire after a success. */
export function wentWell(wire: Wire, now: Instant): Wire {
  return { ...wire, lastGood: now, badSince: null, failures: 0 }
}

/** The wire after a failure; `words` give the reason. */
export function wentWrong(wire: Wire, words: string, now: Instant): Wire {
  const badSince = wire.badSince ?? now
  return { ...wire, lastBad: now, badSince, words, failures: wire.failures + 1, failed: wire.failed + 1 }
}

/** Whether it works; null if it was not used yet. */
export function isUp({ failures, lastGood }: Wire): boolean | null {
  if (failures > 0) return false
  return lastGood === null ? null : true
}
