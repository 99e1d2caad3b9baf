import { bearerName } from './gate.ts'
import { staleAfterMs } from './gather.ts'
import { heard, isTokenTrouble, unseen } from './health.ts'
import type { Kept } from './kept.ts'
import { type LedgerRow, sameRow } from './ledger.ts'
import type { News, Order } from './order.ts'
import type { Passing } from './passing.ts'
import type { Answer, Reading } from './service.ts'
import { identify } from './session.ts'
import { plannedNext, serviceOf } from './wake.ts'

/** Takes in readings and outcomes: what the services said, how they do, and which lock it is about. */
export function listen(
  seen: Passing,
  before: Kept,
  news: readonly News[],
  order: Order,
): { passing: Passing; kept: Kept } {
  let passing = seen
  let kept = before
  for (const item of news) {
    if ('accepted' in item) continue
    if ('outcome' in item) {
      passing = hearOutcome(
        passing,
        item.outcome,
        before.rows.find((row) => sameRow(row, item.of)),
        kept.seed,
      )
      continue
    }
    passing = afterOutage(passing, item.reading, order)
    passing = withHealth(passing, serviceOf(item.reading.topic), item.reading, kept.seed)
    const heardOf = read(passing, kept, item.reading, order)
    passing = heardOf.passing
    kept = heardOf.kept
  }
  return { passing, kept }
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
  if (!isGood(reading) || lastGood === null) return passing
  const intervalMs = passing.readings[reading.topic]?.intervalMs ?? 0
  const lastedMs = reading.asked - lastGood
  if (lastedMs <= Math.max(leastOutageMs, staleAfterMs(intervalMs))) return passing
  const { after_outage: most } = order.limits
  const heldMs = most === null ? lastedMs : Math.min(lastedMs, most * 1000)
  return { ...passing, heldUntil: { ...passing.heldUntil, [service]: reading.answered + heldMs } }
}

function withHealth(passing: Passing, service: string, answer: Answer, seed: string): Passing {
  const health = heard(passing.health[service] ?? unseen, answer, seed)
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
  const after = withHealth(passing, request.service, answer, seed)
  if (answer.ok || answer.trouble !== 'forbidden') return after
  return { ...after, forbidden: { ...after.forbidden, [row.action]: answer.message } }
}

function read(seen: Passing, before: Kept, reading: Reading, order: Order): { passing: Passing; kept: Kept } {
  const { topic, asked, answered } = reading
  let passing: Passing = { ...seen, asked: { ...seen.asked, [topic]: asked } }
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return { passing, kept: before }
  const poll = order.polls.get(topic)
  const intervalMs = poll ? plannedNext(poll, asked, order.zone) - asked : 0
  const remember = (facts: Passing['facts']): Passing => ({
    ...passing,
    readings: { ...passing.readings, [topic]: { facts, asked, answered, intervalMs } },
  })
  if (!reading.ok) {
    if (reading.trouble !== 'no-lock' || !kind.withoutLock) return { passing, kept: before }
    passing = { ...remember(kind.withoutLock(asked)), sessionSeen: true, latestLock: null }
    return { passing, kept: identify(before, null, asked, seen.latestLock) }
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
    return { passing: withHealth(passing, serviceOf(topic), failed, before.seed), kept: before }
  }
  passing = remember(understood.facts)
  let kept = withExtras(before, understood.extras)
  if (understood.lock) {
    kept = identify(kept, understood.lock, asked, seen.latestLock)
    passing = { ...passing, sessionSeen: true, latestLock: { ...understood.lock, asked } }
  }
  return { passing, kept }
}

function withExtras(kept: Kept, extras: Kept['extras']): Kept {
  const fresh = Object.keys(extras).filter((name) => kept.extras[name] !== extras[name])
  return fresh.length === 0 ? kept : { ...kept, extras: { ...kept.extras, ...extras } }
}

/** Whether an answer tells how things stand; that there is no active lock is such an answer. */
export function isGood(answer: Answer): boolean {
  return answer.ok || answer.trouble === 'no-lock'
}
