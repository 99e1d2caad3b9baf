import { draw } from '../model/draw.ts'
import type { Health } from '../model/health.ts'
import type { Answer, Trouble } from '../model/service.ts'

/** If clocks are further apart than this, all times are doubtful, and nothing is decided. */
export const clockToleranceMs = 120_000

const firstBackoffMs = 2000
const longestBackoffMs = 120_000

/** Refusals of a write which show that the service itself works. */
const wellAndRefusing: ReadonlySet<Trouble> = new Set(['conflict', 'invalid', 'forbidden', 'not-found', 'wrong-method'])
const tokenTroubles: ReadonlySet<Trouble> = new Set(['missing-token', 'invalid-token', 'revoked-token'])

export function isTokenTrouble(trouble: Trouble | null): boolean {
  return trouble !== null && tokenTroubles.has(trouble)
}

/** "No active lock" is a normal answer. */
export function tellsNoLock(trouble: Trouble): boolean {
  return trouble === 'no-lock' || trouble === 'lock-ended'
}

/**
 * The health after an answer. Failures back off, doubling from 2 s to 2 min with jitter drawn from `seed`; a
 * `Retry-After` is respected; a refused token is not tried again.
 */
export function heard(before: Health, answer: Answer, of: 'reading' | 'write', seed: string): Health {
  // Answers to requests that were already on their way do not make a refused token valid again.
  if (before.dead || (!answer.ok && answer.trouble === 'stopped')) return before
  if (!answer.ok && answer.trouble === 'budget') {
    return { ...before, notBefore: answer.answered + (answer.retryAfterMs ?? 0) }
  }
  const clockAheadMs = aheadOf(answer) ?? before.clockAheadMs
  const well = answer.ok || tellsNoLock(answer.trouble) || (of === 'write' && wellAndRefusing.has(answer.trouble))
  if (well) {
    return {
      healthy: true,
      failures: 0,
      trouble: answer.ok || of === 'write' ? null : answer.trouble,
      message: answer.ok ? '' : answer.message,
      dead: false,
      notBefore: null,
      lastGood: answer.answered,
      clockAheadMs,
    }
  }
  const failures = before.failures + 1
  const doubled = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20))
  const jittered = doubled * (0.75 + 0.5 * draw(seed, 'backoff', String(answer.asked)))
  return {
    healthy: false,
    failures,
    trouble: answer.trouble,
    message: answer.message,
    dead: isTokenTrouble(answer.trouble),
    notBefore: answer.answered + Math.max(answer.retryAfterMs ?? 0, jittered),
    lastGood: before.lastGood,
    clockAheadMs,
  }
}

/**
 * How far our clock is ahead of the service's, at least. The service takes its time between question and answer, in
 * whole seconds.
 */
function aheadOf({ asked, answered, serverTime }: Answer): number | null {
  if (serverTime === null) return null
  if (asked > serverTime + 1000) return asked - (serverTime + 1000)
  return answered < serverTime ? answered - serverTime : 0
}

/** Whether the clocks of the machine and the service are too far apart to decide anything. */
export function clockDoubtful(health: Health): boolean {
  return health.clockAheadMs !== null && Math.abs(health.clockAheadMs) > clockToleranceMs
}
