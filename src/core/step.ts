import { decideAll, readAt, topicsOf } from './decide.ts'
import { draw } from './draw.ts'
import { type Facts, type Instant, knownValue } from './fact.ts'
import { countedMs, type Decision, firingsOf, withFormer } from './firing.ts'
import { passGates } from './gate.ts'
import { fencesOf, readFacts, withDerived } from './gather.ts'
import { clockDoubtful, clockToleranceMs } from './health.ts'
import { type Kept, memoryKey } from './kept.ts'
import { isOpen, keyText, type LedgerRow, sameRow } from './ledger.ts'
import { lockTopic } from './limits.ts'
import { listen } from './listen.ts'
import type { News, Order } from './order.ts'
import type { Passing } from './passing.ts'
import type { RuleSet } from './rules/compile.ts'
import type { Topic } from './service.ts'
import { noLock, witnessed } from './session.ts'
import { orphaned, settle } from './settle.ts'
import { followTask } from './task.ts'
import { undoing } from './undo.ts'
import { gapMs, proofOfLifeMs, type Wake, wake } from './wake.ts'

/** Why nothing at all is decided, where that is so. */
export type Standstill =
  | 'no reading yet'
  | 'nothing new read'
  | 'clock doubtful'
  | 'clock went back'
  | 'not the expected wearer'
  | 'not accepted'

export interface Step {
  /** The same object as before when nothing happened; then nothing is written. */
  kept: Kept
  /** Rows that are new or changed; one in `sending` is to be sent once committed. */
  changed: readonly LedgerRow[]
  passing: Passing
  decisions: readonly Decision[]
  standstill: Standstill | null
  wake: Wake
}

/**
 * The whole program as one step: what was heard goes in; what is remembered, what is to be sent and when to look
 * again come out. Pure: equal arguments give an equal result. Rejects only on a fault in the program itself.
 */
export async function step(
  now: Instant,
  rules: RuleSet,
  before: Kept,
  seen: Passing,
  news: readonly News[],
  order: Order,
): Promise<Step> {
  const listened = listen(seen, before, news, order)
  let passing = listened.passing
  let kept = settleRows(listened.kept, rules, news, order, now)
  kept = accept(kept, news)
  kept = cancelOthers(kept, now)

  kept = press(kept, rules, news, now)
  const session = kept.session ?? noLock
  const fences = fencesOf(kept.rows, rules)
  const read = readFacts(passing, fences, now)
  kept = followLock(kept, seen, passing, read, session)
  const firings = withFormer(firingsOf(kept.rows, session, order.mode), rules.rules)
  const facts = withDerived(read, { ...order, passing, rules, kept, firings, session, now })
  passing = { ...passing, facts }

  let decisions: readonly Decision[] = []
  const standstill = stands(kept, passing, news, listened.fresh, order, now)
  if (standstill === null) {
    const decided = await decideAll({ kept, passing, rules, facts, fences, firings, session, order, now })
    kept = decided.kept
    passing = decided.passing
    decisions = decided.passing.decisions
  }

  const undo = undoing(kept.rows, facts, rules, order, session, now)
  if (undo) kept = { ...kept, rows: [...kept.rows, undo] }
  const passed = passGates(kept.rows, {
    ...order,
    rules,
    facts,
    session: passing.sessionSeen ? session : null,
    lockId: session === noLock ? null : (passing.latestLock?.id ?? null),
    closing: order.closing || (standstill !== null && standstill !== 'nothing new read'),
    services: new Set(order.services.map(({ name }) => name)),
    health: passing.health,
    forbidden: passing.forbidden,
    heldUntil: passing.heldUntil,
    verdicts: passing.verdicts,
    readAt: (rule) => readAt(passing, topicsOf(rule, order)),
    topicsOf: (rule) => topicsOf(rule, order),
    expiresAfterMs: expiryMs(order, now),
    delayedAfterMs: pollMs(order, now),
    now,
    draw: (row, ...key) => draw(kept.seed, keyText(row), ...key),
  })
  if (passed.rows !== kept.rows) kept = { ...kept, rows: passed.rows }
  kept = signOfLife(before, kept, passing, rules, standstill, order, now)
  const old = new Set(before.rows)
  return {
    kept,
    changed: kept.rows === before.rows ? [] : kept.rows.filter((row) => !old.has(row)),
    passing,
    decisions,
    standstill,
    wake: wake({
      passing,
      rows: kept.rows,
      rules,
      polls: order.polls,
      turns: turnsOf(passing, rules, order),
      readable: (topic) => isReadable(order, topic, facts),
      wanted: passed.read,
      underway: order.underway,
      expiresAfterMs: expiryMs(order, now),
      rulesAreNew: passing.sessionSeen && passing.judged !== null && passing.judged !== rules.digest,
      storedAt: kept.storedAt,
      seed: kept.seed,
      now,
      zone: order.zone,
    }),
  }
}

/** Moves rows by what came of their requests; what another process was sending is nobody's any more. */
function settleRows(kept: Kept, rules: RuleSet, news: readonly News[], order: Order, now: Instant): Kept {
  return mapRows(kept, (row) => {
    if (row.state !== 'sending') return row
    const outcome = news.find((item) => 'outcome' in item && sameRow(item.of, row))
    if (outcome && 'outcome' in outcome) return settle(row, outcome.outcome, rules.actions.get(row.action))
    return row.run === order.run ? row : orphaned(row, now)
  })
}

function accept(kept: Kept, news: readonly News[]): Kept {
  const session = kept.session === null ? undefined : kept.sessions[kept.session]
  if (!session || session.accepted || !news.some((item) => 'accepted' in item && item.accepted === session.key))
    return kept
  return { ...kept, sessions: { ...kept.sessions, [session.key]: { ...session, accepted: true } } }
}

/** What people set and pressed since the last step. */
function press(before: Kept, rules: RuleSet, news: readonly News[], now: Instant): Kept {
  let kept = before
  for (const item of news) {
    if (!('input' in item) || !rules.inputs.has(item.input)) continue
    const was = kept.inputs[item.input]?.value
    const value = item.set === 'press' ? (typeof was === 'number' ? was : 0) + 1 : item.set
    kept = { ...kept, inputs: { ...kept.inputs, [item.input]: { value, at: now } } }
  }
  return kept
}

/** Follows the lock's tasks and freezes by a new reading of it. */
function followLock(kept: Kept, seen: Passing, passing: Passing, read: Facts, session: string): Kept {
  const reading = passing.readings[lockTopic]
  const known = kept.sessions[session]
  if (!reading || !known || reading === seen.readings[lockTopic]) return kept
  const task = followTask(known.task, read, kept.rows, session, reading.asked)
  const frozen = knownValue(read, 'lock.frozen')
  const turned = typeof frozen === 'boolean' && frozen !== known.frozen
  if (task === known.task && !turned) return kept
  const thawedAt = turned && !frozen ? reading.asked : known.thawedAt
  const after = { ...known, task, frozen: turned ? frozen : known.frozen, thawedAt }
  return { ...kept, sessions: { ...kept.sessions, [session]: after } }
}

/** When the clock alone may let a rule fire. */
function turnsOf(passing: Passing, rules: RuleSet, order: Order) {
  return passing.decisions.flatMap((decision) => {
    const rule = rules.byId.get(decision.rule)
    if (decision.until === null || !rule) return []
    return { at: decision.until, topics: topicsOf(rule, order), rule: rule.id }
  })
}

/** Whether all is known that a reading of this topic needs. */
function isReadable(order: Order, topic: Topic, facts: Facts): boolean {
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  return kind !== undefined && kind.request(facts) !== null
}

/** What was planned for a lock that is not the active one any more is not to be done to the next. */
function cancelOthers(kept: Kept, now: Instant): Kept {
  if (kept.session === null) return kept
  return mapRows(kept, (row) => {
    const waits = row.state === 'planned' || row.state === 'not-sent'
    if (!waits || row.session === kept.session) return row
    return { ...row, state: 'cancelled', note: 'another lock is active', failed: true, endedAt: now }
  })
}

function mapRows(kept: Kept, change: (row: LedgerRow) => LedgerRow): Kept {
  let touched = false
  const rows = kept.rows.map((row) => {
    if (!isOpen(row)) return row
    const after = change(row)
    if (after !== row) touched = true
    return after
  })
  return touched ? { ...kept, rows } : kept
}

/** Whether anything may be decided now; if not, why. */
function stands(
  kept: Kept,
  passing: Passing,
  news: readonly News[],
  fresh: boolean,
  order: Order,
  now: Instant,
): Standstill | null {
  if (!passing.sessionSeen || kept.session === null) return 'no reading yet'
  if (Object.values(passing.health).some(clockDoubtful)) return 'clock doubtful'
  if (kept.storedAt !== null && now < kept.storedAt - clockToleranceMs) return 'clock went back'
  if (order.expect !== null && kept.session !== noLock) {
    const wearer = passing.facts.get('lock.wearerUsername')
    if (!wearer?.known || wearer.value !== order.expect.wearer) return 'not the expected wearer'
  }
  const waitsForYes = order.newLock === 'ask' && order.mode === 'live' && kept.session !== noLock
  if (waitsForYes && kept.sessions[kept.session]?.accepted !== true) return 'not accepted'
  const told = news.some((item) => 'accepted' in item || 'input' in item)
  return fresh || told ? null : 'nothing new read'
}

/** The longest gap between two scheduled readings of a kind. */
function pollMs(order: Order, now: Instant): number {
  const gaps = [...order.polls.values()].map((poll) => gapMs(poll, now, order.zone))
  return Math.max(0, ...gaps.filter(Number.isFinite))
}

/** A row not away within five minutes, or three polls where those are longer, comes too late to be meant. */
function expiryMs(order: Order, now: Instant): number {
  return Math.max(300_000, 3 * pollMs(order, now))
}

/**
 * Stamps what is about to be stored, and has something stored each hour and at the end, so that a gap is known as
 * one.
 */
function signOfLife(
  before: Kept,
  after: Kept,
  passing: Passing,
  rules: RuleSet,
  standstill: Standstill | null,
  order: Order,
  now: Instant,
): Kept {
  // A moment of a doubtful clock must not be what the right one is held against.
  const sure = passing.sessionSeen && standstill !== 'clock doubtful' && standstill !== 'clock went back'
  if (!sure) return after
  const overdue = after.storedAt === null || now - after.storedAt >= proofOfLifeMs
  if (after === before && !overdue && !(order.closing && now > (after.storedAt ?? 0))) return after
  const storedAt = Math.max(now, after.storedAt ?? now)
  const stamped = { ...after, storedAt, memory: withLooks(after, passing, rules, order) }
  const session = after.session === null ? undefined : after.sessions[after.session]
  const latest = passing.latestLock
  if (!session || session.key === noLock || !latest) return stamped
  const seen = witnessed(session, latest, latest.asked)
  return { ...stamped, sessions: { ...after.sessions, [session.key]: seen } }
}

/** The memories with when their conditions were last known, for those that count observed time. */
function withLooks(kept: Kept, passing: Passing, rules: RuleSet, order: Order): Kept['memory'] {
  let memory = kept.memory
  for (const rule of rules.rules) {
    const key = memoryKey(order.mode, kept.session ?? noLock, rule.id)
    const [known, looked] = [memory[key], passing.looked[key]]
    if (!known || looked === undefined || known.looked === looked || countedMs(rule, known) === 0) continue
    memory = { ...memory, [key]: { ...known, looked } }
  }
  return memory
}
