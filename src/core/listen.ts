import { bearerName } from './gate.ts'
import { staleAfterMs } from './gather.ts'
import { heard, isTokenTrouble, tellsNoLock, unseen } from './health.ts'
import type { Kept } from './kept.ts'
import { type LedgerRow, sameRow } from './ledger.ts'
import { lockTopic } from './limits.ts'
import type { News, Order } from './order.ts'
import type { Passing } from './passing.ts'
import type { Answer, Reading } from './service.ts'
import { identify } from './session.ts'
import { plannedNext, quietMs, serviceOf } from './wake.ts'

/**
 * Takes in readings and outcomes: what the services said, how they do, and which lock it is about. `fresh` tells
 * whether any reading told how things stand.
 */
export function listen(
  seen: Passing,
  before: Kept,
  news: readonly News[],
  order: Order,
): { passing: Passing; kept: Kept; fresh: boolean } {
  let passing = seen
  let kept = before
  let fresh = false
  for (const item of news) {
    if ('accepted' in item || 'input' in item) continue
    if ('token' in item) {
      const { [item.token]: _, ...health } = passing.health
      passing = { ...passing, health, forbidden: {} }
      continue
    }
    if ('outcome' in item) {
      passing = hearOutcome(
        passing,
        item.outcome,
        before.rows.find((row) => sameRow(row, item.of)),
        kept.seed,
      )
      continue
    }
    const heardOf = read(passing, kept, item.reading, order)
    passing = heardOf.passing
    kept = heardOf.kept
    fresh ||= heardOf.good
  }
  return { passing, kept, fresh }
}

/** Shorter than this, and than a stale reading, no silence of a service is called an outage. */
const leastOutageMs = 600_000

/**
 * After a service was away, restriction that rests on it is held back for as long as it was, at most the agreed
 * time: nobody is to pay for what nobody could see. Never before the first good reading.
 */
function afterOutage(passing: Passing, reading: Reading, order: Order): Passing {
  const service = serviceOf(reading.topic)
  const lastGood = passing.health[service]?.lastGood ?? null
  if (lastGood === null) return passing
  const polls = [...order.polls].filter(([topic]) => serviceOf(topic) === service)
  const intervalMs = Math.max(0, ...polls.map(([, poll]) => plannedNext(poll, lastGood, order.zone) - lastGood))
  const lastedMs = reading.asked - lastGood
  if (lastedMs <= Math.max(leastOutageMs, staleAfterMs(intervalMs))) return passing
  const { after_outage: most } = order.limits
  const heldMs = most === null ? lastedMs : Math.min(lastedMs, most * 1000)
  return { ...passing, heldUntil: { ...passing.heldUntil, [service]: reading.answered + heldMs } }
}

function withHealth(passing: Passing, service: string, answer: Answer, of: 'reading' | 'write', seed: string): Passing {
  const health = heard(passing.health[service] ?? unseen, answer, of, seed)
  return { ...passing, health: { ...passing.health, [service]: health } }
}

/**
 * What the answer to a write tells of the service. A refused permission closes that action; a refused token other
 * than the owner's closes what needs that token, and leaves the service's reading alone.
 */
function hearOutcome(passing: Passing, answer: Answer, row: LedgerRow | undefined, seed: string): Passing {
  const request = row?.request
  if (!row || !request) return passing
  const closed = (what: string, why: string) => ({ ...passing, forbidden: { ...passing.forbidden, [what]: why } })
  if (!answer.ok && isTokenTrouble(answer.trouble) && request.as !== 'owner') {
    return closed(bearerName(request), answer.message)
  }
  if (!answer.ok && tellsNoLock(answer.trouble)) {
    // The lock is not what it was at the last reading: look again at once.
    const { [lockTopic]: _, ...asked } = passing.asked
    return { ...withHealth(passing, request.service, answer, 'write', seed), asked }
  }
  const after = withHealth(passing, request.service, answer, 'write', seed)
  if (answer.ok || answer.trouble !== 'forbidden') return after
  return { ...after, forbidden: { ...after.forbidden, [row.action]: answer.message } }
}

function read(
  seen: Passing,
  before: Kept,
  reading: Reading,
  order: Order,
): { passing: Passing; kept: Kept; good: boolean } {
  const { topic, asked, answered } = reading
  const service = serviceOf(topic)
  const passing: Passing = { ...seen, asked: { ...seen.asked, [topic]: asked } }
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return { passing, kept: before, good: false }
  const poll = order.polls.get(topic)
  const intervalMs = poll ? plannedNext(poll, asked, order.zone) - asked : 0
  const good = (facts: Passing['facts'], nextMs: number): Passing => {
    const well = withHealth(afterOutage(passing, reading, order), service, reading, 'reading', before.seed)
    return { ...well, readings: { ...well.readings, [topic]: { facts, asked, answered, intervalMs: nextMs } } }
  }
  if (!reading.ok) {
    if (!tellsNoLock(reading.trouble) || !kind.withoutLock) {
      return { passing: withHealth(passing, service, reading, 'reading', before.seed), kept: before, good: false }
    }
    const quiet = good(kind.withoutLock(asked), quietMs(intervalMs))
    return {
      passing: { ...quiet, sessionSeen: true },
      kept: identify(before, null, asked, seen.latestLock),
      good: true,
    }
  }
  const understood = kind.understand(reading.body, asked, answered, order.zone)
  if (typeof understood === 'string') {
    const failed: Answer = {
      ...reading,
      ok: false,
      sent: 'yes',
      trouble: 'unreadable',
      message: understood,
      retryAfterMs: null,
    }
    return { passing: withHealth(passing, service, failed, 'reading', before.seed), kept: before, good: false }
  }
  const known = good(understood.facts, intervalMs)
  const kept = withExtras(before, understood.extras)
  if (!understood.lock) return { passing: known, kept, good: true }
  return {
    passing: { ...known, sessionSeen: true, latestLock: { ...understood.lock, asked } },
    kept: identify(kept, understood.lock, asked, seen.latestLock),
    good: true,
  }
}

/** A service that sends ever new keys is not to fill the disk with their names. */
const mostExtras = 200

function withExtras(kept: Kept, extras: Kept['extras']): Kept {
  const fresh = Object.keys(extras).filter((name) => kept.extras[name] !== extras[name])
  if (fresh.length === 0 || Object.keys(kept.extras).length >= mostExtras) return kept
  return { ...kept, extras: { ...kept.extras, ...extras } }
}
