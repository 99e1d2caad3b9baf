import { type Cron, nextAfter, parseCron } from '../calendar/cron.ts'
import type { Instant } from '../calendar/time.ts'
import { lastWriteEnd, openRows, settleWindowMs } from '../memory/ledger.ts'
import { draw } from '../model/draw.ts'
import type { Health } from '../model/health.ts'
import { onceFor } from '../model/once.ts'
import type { Order } from '../model/order.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import { type Poll, serviceOf, type Topic } from '../model/service.ts'

/** The next moment at which there is something to do: read these topics, or (with none) only look again. */
export interface Wake {
  at: Instant
  read: readonly Topic[]
  because: string
}

/** Without an active lock there is nothing to miss: polls are ten times rarer, at most 5 min apart. */
export function quietMs(intervalMs: number): number {
  return Math.max(intervalMs, Math.min(300_000, 10 * intervalMs))
}

/** The jitter of polls, as a part of their interval, so that several locks and daemons drift apart. */
const jitter = 0.1
/** If a reading for a waiting action did not help, it is repeated after this. */
const askAgainMs = 2000
/** The minimum pause between two readings of a topic that another topic needs. */
const firstAgainMs = 10_000
/** How often a sign of life is stored at least, so that a gap is recognised. */
export const proofOfLifeMs = 3_600_000
/** If a sign of life is overdue because nothing may be stored, it is tried again after this. */
const lateProofMs = 60_000

const parsed = new Map<string, Cron>()

/** The moment of the poll after one at `asked`, without jitter. */
export function plannedNext(poll: Poll, asked: Instant, zone: string): Instant {
  if ('everyMs' in poll) return asked + poll.everyMs
  let cron = parsed.get(poll.cron)
  if (!cron) {
    cron = parseCron(poll.cron)
    parsed.set(poll.cron, cron)
  }
  return nextAfter(cron, asked, zone) ?? Number.POSITIVE_INFINITY
}

/** From so many calm readings in a row on, polls become rarer. */
const calmAfter = 10

/** The interval from a poll at `asked` to the next, after `calm` readings without news. */
export function intervalOf(poll: Poll, calm: number, asked: Instant, zone: string): number {
  if (!('everyMs' in poll) || poll.calmMs === undefined) return plannedNext(poll, asked, zone) - asked
  const doubled = poll.everyMs * 2 ** Math.min(30, Math.max(0, calm - calmAfter + 1))
  return Math.max(poll.everyMs, Math.min(poll.calmMs, doubled))
}

/** The interval between two polls around a moment. */
export function gapMs(poll: Poll, around: Instant, zone: string): number {
  const next = plannedNext(poll, around, zone)
  return plannedNext(poll, next, zone) - next
}

export interface Waking {
  passing: Passing
  rows: readonly LedgerRow[]
  rules: RuleSet
  /** The topic that tells which lock there is. */
  lockTopic: Topic
  /** Topics read on a schedule, each with its poll. */
  polls: ReadonlyMap<Topic, Poll>
  /** Nothing is read for the first time before this. */
  firstAt: Instant
  /** What to read for a topic: the topic itself, one that must be known before, or nothing. */
  readable(topic: Topic): Topic | null
  /** When a rule's decision may next change by itself, and what must be read then. */
  turns: readonly { at: Instant; topics: readonly Topic[]; rule: string }[]
  /** Topics that something waits for. */
  wanted: ReadonlySet<Topic>
  /** Topics being read right now. */
  underway: ReadonlySet<Topic>
  expiresAfterMs: number
  /** Whether the rules have changed since the last judgement. */
  rulesAreNew: boolean
  storedAt: Instant | null
  seed: string
  now: Instant
  zone: string
}

/** The next moment: scheduled polls with their jitter, readings after writes, retries, and the sign of life. */
export function wake(waking: Waking): Wake {
  const { passing, now } = waking
  const due: { at: Instant; topic: Topic | null; because: string }[] = []
  const canRead = (topic: Topic) =>
    !waking.underway.has(topic) && passing.health[serviceOf(topic)]?.dead !== true && waking.readable(topic) === topic
  /** Requests a reading of a topic, or of one that must be known first. */
  const want = (at: Instant, wanted: Topic, because: string) => {
    const topic = waking.readable(wanted)
    if (topic === null || !canRead(topic)) return
    const asked = passing.asked[topic] ?? Number.NEGATIVE_INFINITY
    due.push({ at: topic === wanted ? at : Math.max(at, asked + firstAgainMs), topic, because })
  }
  for (const [topic, poll] of waking.polls) {
    const health = passing.health[serviceOf(topic)]
    if (canRead(topic)) due.push({ at: nextPoll(waking, topic, poll, health), topic, because: 'poll' })
  }
  const { lockTopic } = waking
  if (waking.rulesAreNew && canRead(lockTopic)) {
    const asked = passing.asked[lockTopic] ?? Number.NEGATIVE_INFINITY
    due.push({ at: Math.max(now, asked + askAgainMs), topic: lockTopic, because: 'other rules' })
  }
  for (const { at, topic } of tellings(waking)) want(at, topic, 'what came of a write')
  for (const { at, topic } of rereads(waking)) due.push({ at, topic, because: 'after a write' })
  for (const { at, topics, rule } of waking.turns) {
    // Turns that need no reading are only looked at; those due by now were looked at in this step.
    if (topics.length === 0 && at > now) due.push({ at, topic: null, because: `rule ${rule}` })
    for (const topic of topics) {
      const health = passing.health[serviceOf(topic)]
      if (!canRead(topic)) continue
      // A reading that began since covers this moment already.
      if ((passing.asked[topic] ?? Number.NEGATIVE_INFINITY) >= at) continue
      due.push({ at: Math.max(at, health?.notBefore ?? 0), topic, because: `rule ${rule}` })
    }
  }
  for (const topic of waking.wanted) {
    const health = passing.health[serviceOf(topic)]
    const asked = passing.asked[topic]
    const again = asked === undefined ? now : Math.max(now, asked + askAgainMs)
    want(Math.max(again, health?.notBefore ?? 0), topic, 'an action waits for it')
  }
  for (const row of openRows(waking.rows)) {
    if (row.state === 'sending') continue
    const service = waking.rules.actions.get(row.action)?.service ?? ''
    const again = Math.max(row.notBefore ?? 0, passing.health[service]?.notBefore ?? 0)
    if (again > now) due.push({ at: again, topic: null, because: 'try again' })
    const expires = row.at + waking.expiresAfterMs + 1
    if (expires > now) due.push({ at: expires, topic: null, because: 'an action expires' })
  }
  if (passing.sessionSeen) {
    const at = (waking.storedAt ?? now) + proofOfLifeMs
    due.push({ at: at > now ? at : now + lateProofMs, topic: null, because: 'proof of life' })
  }
  due.push({ at: now + proofOfLifeMs, topic: null, because: 'nothing else' })
  const first = due.reduce((least, one) => (one.at < least.at ? one : least))
  const read = due.flatMap(({ at, topic }) => (topic !== null && at <= Math.max(first.at, now) ? topic : []))
  return { at: Math.ceil(first.at), read: [...new Set(read)], because: first.because }
}

function nextPoll(
  { passing, zone, seed, now, firstAt }: Waking,
  topic: Topic,
  poll: Poll,
  health: Health | undefined,
): Instant {
  const asked = passing.asked[topic]
  if (asked === undefined) return Math.max(now, firstAt)
  const known = passing.readings[topic]
  const intervalMs = known?.asked === asked ? known.intervalMs : plannedNext(poll, asked, zone) - asked
  const spread = 'everyMs' in poll ? intervalMs * jitter * (draw(seed, 'poll', topic, String(asked)) - 0.5) * 2 : 0
  // A failed reading is tried again before the next poll is due.
  if (health && !health.healthy && health.notBefore !== null) return health.notBefore
  return Math.max(asked + intervalMs + spread, health?.notBefore ?? 0)
}

/** The readings for lost answers: one at once, one after the window. */
function tellings({ passing, rows, rules }: Waking): { at: Instant; topic: Topic }[] {
  return openRows(rows).flatMap((row) => {
    const topic = row.state === 'unknown' && row.before !== null && rules.actions.get(row.action)?.readBack?.topic
    if (!topic) return []
    const ended = row.endedAt ?? 0
    const seen = (passing.readings[topic]?.asked ?? Number.NEGATIVE_INFINITY) > ended
    const earliest = seen ? ended + settleWindowMs : ended + 1
    const asked = passing.asked[topic] ?? Number.NEGATIVE_INFINITY
    const again = asked < earliest ? earliest : asked + askAgainMs
    return { at: Math.max(again, passing.health[serviceOf(topic)]?.notBefore ?? 0), topic }
  })
}

function isTold({ state }: LedgerRow): boolean {
  return state === 'applied' || state === 'not-applied' || state === 'unsettled'
}

/** The facts whose changes some rule asks for. */
const watched = onceFor(
  ({ rules }: RuleSet) => new Set(rules.flatMap(({ changes }) => [...changes.values()].map(({ fact }) => fact))),
)

/**
 * Readings of the facts that a write has changed: one at once. If a rule asks for changes of them, also one after which
 * each change is somebody else's.
 */
function rereads({ passing, rows, rules, underway, readable, now }: Waking): { at: Instant; topic: Topic }[] {
  const oldest = Math.min(...Object.values(passing.asked))
  if (lastWriteEnd(rows) + settleWindowMs < oldest) return []
  return rows.flatMap((row) => {
    const { endedAt } = row
    if (endedAt === null || row.sentAt === null || !isTold(row)) return []
    const kind = rules.actions.get(row.action)
    return (kind?.rereads ?? []).flatMap((topic) => {
      const asked = passing.asked[topic] ?? Number.NEGATIVE_INFINITY
      const health = passing.health[serviceOf(topic)]
      const resting = health?.dead === true || (health !== undefined && health.notBefore !== null)
      if (underway.has(topic) || resting || readable(topic) !== topic) return []
      if (asked <= endedAt) return { at: Math.max(now, endedAt + 1), topic }
      const settledAt = endedAt + settleWindowMs
      return asked < settledAt && kind?.fences.some((name) => watched(rules).has(name)) ? { at: settledAt, topic } : []
    })
  })
}

/**
 * A row that has not left within this time (milliseconds; five minutes, or three polls if those are longer) is too
 * late. It is also how long to wait for a reading that tells what became of a row. `apartMs` is the interval of polls.
 */
export function expiryMs(apartMs: number): number {
  return Math.max(300_000, 3 * apartMs)
}

/** The longest interval between two scheduled readings of a kind. */
export function pollMs(order: Pick<Order, 'polls' | 'zone'>, now: Instant): number {
  const gaps = [...order.polls.values()].map((poll) => gapMs(poll, now, order.zone))
  return Math.max(0, ...gaps.filter(Number.isFinite))
}
