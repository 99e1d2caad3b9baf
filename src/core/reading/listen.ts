import type { Instant } from '../calendar/time.ts'
import { isCalm } from '../judging/probe.ts'
import { sameRow } from '../memory/ledger.ts'
import { narrowed } from '../model/fact.ts'
import { type Health, unseen } from '../model/health.ts'
import type { Kept } from '../model/kept.ts'
import type { News, Order } from '../model/order.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow } from '../model/row.ts'
import { type Answer, bearerName, lockTopicIn, type Reading, serviceOf, type Topic } from '../model/service.ts'
import { intervalOf, plannedNext, quietMs } from '../waking/wake.ts'
import { outageAfterMs, withGap } from './gap.ts'
import { clockDoubtful, heard, isTokenTrouble, tellsNoLock } from './health.ts'
import { identify } from './session.ts'

/**
 * Takes in readings and outcomes: the values, the health of the services, and which lock it is. `fresh` says whether
 * any reading was good.
 */
export function listen(
  seen: Passing,
  before: Kept,
  news: readonly News[],
  order: Order,
  now: Instant,
): { passing: Passing; kept: Kept; fresh: boolean } {
  let passing = seen
  let kept = before
  let fresh = false
  for (const item of news) {
    if ('accepted' in item || 'input' in item || 'settled' in item || 'released' in item) continue
    if ('jump' in item) {
      passing = jumped(passing, item.jump, now)
      continue
    }
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
        { seed: kept.seed, lockTopic: lockTopicIn(order.services) },
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

/**
 * After our clock was set, or the machine slept, everything is read again, and an answer must confirm the clock.
 * Readings of a clock that was ahead are dropped. The lock's identity, refusals and pending stops are kept.
 */
function jumped(passing: Passing, jump: number, now: Instant): Passing {
  const told = passing.clockSet?.told === true || Object.values(passing.health).some(tellsTime)
  const off = passing.clockSet?.off === true || Object.values(passing.health).some(clockDoubtful)
  const health = Object.entries(passing.health).map(([name, one]): [string, Health] => {
    // A wait never gets longer.
    const notBefore = one.notBefore === null ? null : Math.min(one.notBefore, one.notBefore + jump)
    return [name, { ...one, notBefore, clockAheadMs: null }]
  })
  const { latestLock } = passing
  return {
    ...(jump < 0 || off ? { ...passing, readings: {}, facts: new Map(), looked: {}, judged: null } : passing),
    asked: {},
    latestLock: latestLock && jump < 0 ? { ...latestLock, asked: latestLock.asked + jump } : latestLock,
    health: Object.fromEntries(health),
    clockSet: { at: now, by: (passing.clockSet?.by ?? 0) + jump, off, told },
  }
}

function tellsTime({ clockAheadMs }: Health): boolean {
  return clockAheadMs !== null
}

/**
 * By how much the clock turns out to have been set, once it is confirmed: 0 where a clock that was right is ahead now,
 * since then the machine slept. `jump` is what came besides.
 */
export function setBy({ clockSet }: Passing, jump: number): number {
  const by = (clockSet?.by ?? 0) + jump
  return by < 0 || clockSet?.off === true ? by : 0
}

/** If no service tells the time, a clock that nobody has set for so long counts as right. */
const untoldMs = 300_000

/**
 * Checks our clock by a reading. When it is confirmed, remembered times of the services move along with it. An
 * exception: a clock that was right and is ahead now means that the machine slept.
 */
function withClock(passing: Passing, { topic, asked, serverTime }: Reading, health: Health): Passing {
  const all = Object.values({ ...passing.health, [serviceOf(topic)]: health })
  const { clockSet } = passing
  if (all.some(clockDoubtful)) return { ...passing, clockSet: { at: asked, by: 0, ...clockSet, off: true, told: true } }
  if (clockSet === null) return passing
  if (serverTime === null && (clockSet.told || asked - clockSet.at < untoldMs)) return passing
  const by = setBy(passing, 0)
  const services = Object.entries(passing.health).map(([name, one]): [string, Health] => [
    name,
    { ...one, lastGood: one.lastGood === null ? null : one.lastGood + by },
  ])
  const heldUntil = Object.entries(passing.heldUntil).map(([name, until]) => [name, until + by])
  return {
    ...passing,
    clockSet: null,
    health: Object.fromEntries(services),
    heldUntil: Object.fromEntries(heldUntil),
  }
}

/** Whether our clock may be used: no service has shown it to be wrong, and one has confirmed it since it was set. */
export function clockSure({ clockSet, health }: Passing): boolean {
  return clockSet === null && !Object.values(health).some(clockDoubtful)
}

/** When the lock was last seen: by this process, or at least as late as an earlier one last stored something. */
function lastLook({ readings }: Passing, { storedAt }: Kept, { services }: Order): Instant | null {
  return readings[lockTopicIn(services)]?.asked ?? storedAt
}

/**
 * After an outage of a service, restriction that depends on it is held back for as long as the outage lasted, at most
 * the agreed time: nobody should be punished for what nobody could see. Never before the first good reading.
 */
function afterOutage(passing: Passing, reading: Reading, order: Order): Passing {
  const service = serviceOf(reading.topic)
  const lastGood = passing.health[service]?.lastGood ?? null
  if (lastGood === null) return passing
  const polls = [...order.polls].filter(([topic]) => serviceOf(topic) === service)
  const intervals = polls.map(([topic, poll]) =>
    Math.max(plannedNext(poll, lastGood, order.zone) - lastGood, passing.readings[topic]?.intervalMs ?? 0),
  )
  const intervalMs = Math.max(0, ...intervals)
  const lastedMs = reading.asked - lastGood
  if (lastedMs <= outageAfterMs(intervalMs)) return passing
  const { after_outage: most } = order.limits
  const heldMs = most === null ? lastedMs : Math.min(lastedMs, most * 1000)
  return { ...passing, heldUntil: { ...passing.heldUntil, [service]: reading.answered + heldMs } }
}

function withHealth(passing: Passing, service: string, answer: Answer, of: 'reading' | 'write', seed: string): Passing {
  const before = passing.health[service] ?? unseen
  const after = heard(before, answer, of, seed)
  // An outage is not counted from a moment of a doubtful clock.
  const health = passing.clockSet === null ? after : { ...after, lastGood: before.lastGood }
  return { ...passing, health: { ...passing.health, [service]: health } }
}

/**
 * What the answer to a write says about the service. A refused permission blocks that action. A refused token other
 * than the owner's blocks what needs that token, but not reading the service.
 */
function hearOutcome(
  passing: Passing,
  answer: Answer,
  row: LedgerRow | undefined,
  { seed, lockTopic }: { seed: string; lockTopic: Topic },
): Passing {
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
  const noted: Passing = { ...seen, asked: { ...seen.asked, [topic]: asked } }
  const wellSeen = reading.ok || tellsNoLock(reading.trouble)
  const health = heard(seen.health[service] ?? unseen, reading, 'reading', before.seed)
  const passing = wellSeen ? withClock(noted, reading, health) : noted
  const sure = clockSure(passing)
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return { passing, kept: before, good: false }
  const poll = order.polls.get(topic)
  const intervalMs = poll ? plannedNext(poll, asked, order.zone) - asked : 0
  const last = seen.readings[topic]
  const unseenMs = outageAfterMs(Math.max(intervalMs, last?.intervalMs ?? 0))
  const good = (facts: Passing['facts'], quiet: boolean): Passing => {
    const looked = sure ? afterOutage(passing, reading, order) : passing
    const well = withHealth(looked, service, reading, 'reading', before.seed)
    const stretches = poll !== undefined && 'calmMs' in poll
    const calm = stretches && last && isCalm(last.facts, facts) ? last.calm + 1 : 0
    const nextMs = quiet ? quietMs(intervalMs) : poll ? intervalOf(poll, calm, asked, order.zone) : 0
    const known = { facts, asked, answered, intervalMs: nextMs, beforeMs: last?.intervalMs ?? nextMs, calm }
    return { ...well, readings: { ...well.readings, [topic]: known } }
  }
  if (!reading.ok) {
    if (!tellsNoLock(reading.trouble) || !kind.withoutLock) {
      return { passing: withHealth(passing, service, reading, 'reading', before.seed), kept: before, good: false }
    }
    const quiet = good(kind.withoutLock(asked), true)
    if (!sure) return { passing: quiet, kept: before, good: true }
    const gapped = withGap(before, lastLook(seen, before, order), asked, unseenMs)
    return {
      passing: { ...quiet, sessionSeen: true },
      kept: identify(gapped, null, asked, seen.latestLock),
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
  for (const [name, fact] of understood.facts) {
    if (fact.leadMs !== undefined) understood.facts.set(name, narrowed(last?.facts.get(name), fact))
  }
  const known = good(understood.facts, false)
  if (!sure) return { passing: known, kept: before, good: true }
  const kept = withExtras(before, understood.extras)
  if (!understood.lock) return { passing: known, kept, good: true }
  const gapped = withGap(kept, lastLook(seen, kept, order), asked, unseenMs)
  return {
    passing: { ...known, sessionSeen: true, latestLock: { ...understood.lock, asked } },
    kept: identify(gapped, understood.lock, asked, seen.latestLock),
    good: true,
  }
}

/** A service that keeps sending new keys must not fill the disk with their names. */
const mostExtras = 200

function withExtras(kept: Kept, extras: Kept['extras']): Kept {
  const fresh = Object.keys(extras).filter((name) => kept.extras[name] !== extras[name])
  if (fresh.length === 0 || Object.keys(kept.extras).length >= mostExtras) return kept
  return { ...kept, extras: { ...kept.extras, ...extras } }
}
