import { passGates } from './acting/gate.ts'
import { halting, nextHalt, withBegun } from './acting/halt.ts'
import { isOwnStop } from './acting/own.ts'
import { answered, orphaned, readBack, settle, shownBy, unsettled } from './acting/settle.ts'
import { undoing } from './acting/undo.ts'
import type { Instant } from './calendar/time.ts'
import { fencesOf, readFacts, withDerived } from './facts/gather.ts'
import { decideAll, decideUnread, observes, readAt, topicsOf, unreadBoundMs } from './firing/decide.ts'
import { released } from './firing/feedback.ts'
import { countedMs } from './firing/firing.ts'
import { firingsOf, withFormer } from './memory/firings.ts'
import { lastFreeze } from './memory/freezes.ts'
import { ending, isFresh, isOpen, keyText, lastWriteEnd, openRows, sameRow } from './memory/ledger.ts'
import { putRight } from './memory/putright.ts'
import { wordOf } from './memory/word.ts'
import type { Decision } from './model/decision.ts'
import { draw } from './model/draw.ts'
import { notExpected } from './model/expect.ts'
import { type Facts, knownValue } from './model/fact.ts'
import { inputIn, type Kept } from './model/kept.ts'
import { noLock } from './model/lock.ts'
import type { News, Order } from './model/order.ts'
import type { Passing } from './model/passing.ts'
import type { Unstored } from './model/ports.ts'
import type { LedgerRow } from './model/row.ts'
import type { Rule, RuleSet } from './model/rule.ts'
import { memoryKey } from './model/rulememory.ts'
import { lockTopic, type Topic } from './model/service.ts'
import { clockDoubtful, clockToleranceMs } from './reading/health.ts'
import { clockSure, listen } from './reading/listen.ts'
import { notOf, standsStill, witnessed } from './reading/session.ts'
import { followTask } from './reading/task.ts'
import { gapMs, proofOfLifeMs, type Wake, wake } from './waking/wake.ts'

/** Why nothing at all is decided, where that is so. */
export type Standstill =
  | 'no reading yet'
  | 'nothing new read'
  | 'clock doubtful'
  | 'clock went back'
  | 'clock was set'
  | 'not the expected wearer'
  | 'not the expected keyholder'
  | 'not accepted'
  | 'another entry acts on this lock'
  | Unstored['why']

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
  heard: readonly News[],
  order: Order,
): Promise<Step> {
  const apartMs = pollMs(order, now)
  const expiresAfterMs = expiryMs(order, now)
  const news = heard.map((item) => notAhead(item, now))
  const jump = news.reduce((sum, item) => ('jump' in item ? sum + item.jump : sum), 0)
  const listened = listen(seen, jump < 0 ? triedNow(before, now) : before, news, order, now)
  let passing = listened.passing
  const sure = clockSure(passing)
  let kept = settleRows(listened.kept, rules, news, order, now)
  kept = accept(kept, news)
  kept = released(
    kept,
    order.mode,
    news.flatMap((item) => ('released' in item ? item.released : [])),
  )
  if (sure) {
    ;({ kept, passing } = confirmed(kept, seen, passing, now))
    kept = cancelOthers(kept, rules, now)
    kept = readBackRows(kept, rules, passing, expiresAfterMs, now)
    passing = { ...passing, shown: shownIn(kept, rules, seen, passing) }
  }

  const inputsBefore = passing.inputs ?? kept.inputs
  kept = press(kept, rules, news, now)
  const session = kept.session ?? noLock
  const fences = fencesOf(kept.rows, rules)
  const read = readFacts(passing, fences, now)
  if (sure) kept = followLock(kept, seen, passing, read, session, order)
  const firings = withFormer(firingsOf(kept.rows, session, order.mode), rules.rules)
  const facts = withDerived(read, { ...order, passing, rules, kept, firings, session, now })
  passing = { ...passing, facts, inputs: inputsBefore, stopped: order.stopped }

  let decisions: readonly Decision[] = []
  const standstill = stands(kept, passing, news, listened.fresh, order, now)
  if (standstill === null || mayDecideUnread(standstill, kept, passing, order)) {
    const deciding = { kept, passing, rules, facts, firings, inputsBefore, session, order, now }
    const decided = standstill === null ? await decideAll(deciding) : await decideUnread(deciding)
    kept = decided.kept
    passing = { ...decided.passing, inputs: standstill === null ? kept.inputs : inputsBefore }
    decisions = decided.decisions
  }

  const undo = !sure ? null : undoing(kept.rows, facts, rules, order, session, now)
  const own = [
    ...(undo ? [undo] : []),
    ...halting(kept.rows, { stopped: seen.stopped, begun: seen.begun }, rules, order, session, now),
  ]
  if (own.length > 0) kept = { ...kept, rows: [...kept.rows, ...own] }
  const passed = passGates(kept.rows, {
    ...order,
    rules,
    facts,
    session: passing.sessionSeen ? session : null,
    clockUnsure: !sure,
    lockId: session === noLock ? null : (passing.latestLock?.id ?? null),
    closing: order.closing || (standstill !== null && standstill !== 'nothing new read'),
    services: new Set(order.services.map(({ name }) => name)),
    health: passing.health,
    heard: heardIn(seen, passing),
    readings: passing.readings,
    asked: passing.asked,
    shown: passing.shown,
    forbidden: passing.forbidden,
    heldUntil: passing.heldUntil,
    verdicts: passing.verdicts,
    readAt: (rule) => readAt(passing, topicsOf(rule, order), now),
    topicsOf: (rule) => topicsOf(rule, order),
    expiresAfterMs,
    delayedAfterMs: apartMs,
    now,
    draw: (row, ...key) => draw(kept.seed, keyText(row), ...key),
  })
  if (passed.rows !== kept.rows) kept = { ...kept, rows: passed.rows }
  passing = { ...passing, begun: withBegun(seen.begun, kept.rows, changedRows(before.rows, kept.rows), rules, order) }
  kept = signOfLife(before, kept, passing, rules, standstill, order, now)
  return {
    kept,
    changed: changedRows(before.rows, kept.rows),
    passing,
    decisions,
    standstill,
    wake: soonerFor(
      nextHalt(kept.rows, passing.begun, rules, order, session, now),
      wake({
        passing,
        rows: kept.rows,
        rules,
        polls: order.polls,
        firstAt: order.firstAt ?? now,
        turns: turnsOf(passing, rules, order, now),
        readable: (topic) => readable(order, topic, facts),
        wanted: passed.read,
        underway: order.underway,
        expiresAfterMs,
        rulesAreNew: passing.sessionSeen && passing.judged !== null && passing.judged.rules !== rules.digest,
        storedAt: kept.storedAt,
        seed: kept.seed,
        now,
        zone: order.zone,
      }),
    ),
  }
}

function heardIn(before: Passing, after: Passing): ReadonlySet<Topic> {
  const topics = Object.keys(after.readings) as Topic[]
  return new Set(topics.filter((topic) => after.readings[topic] !== before.readings[topic]))
}

function changedRows(before: readonly LedgerRow[], after: readonly LedgerRow[]): readonly LedgerRow[] {
  // Rows are only ever appended and replaced in place.
  return after === before ? [] : after.filter((row, i) => row !== before[i])
}

/** The wake, or a sooner one for the stop of a device. */
function soonerFor(halt: Instant, otherwise: Wake): Wake {
  return halt < otherwise.at ? { at: Math.ceil(halt), read: [], because: 'a device is to stop' } : otherwise
}

/** An answer that was under way while our clock was set back is not of the future. */
function notAhead(item: News, now: Instant): News {
  const answer = 'reading' in item ? item.reading : 'outcome' in item ? item.outcome : null
  if (answer === null || answer.answered <= now) return item
  const times = { asked: Math.min(answer.asked, now), answered: now }
  return 'reading' in item ? { reading: { ...item.reading, ...times } } : { ...item, outcome: { ...answer, ...times } }
}

/** After our clock was set back, the stop of a device is not to wait until the clock has caught up. */
function triedNow(kept: Kept, now: Instant): Kept {
  return mapRows(kept, (row) => (isOwnStop(row) && (row.notBefore ?? 0) > now ? { ...row, notBefore: now } : row))
}

/**
 * Where a service has confirmed our clock, what lies ahead of it is put right. Without its word nobody knows which of
 * the two is wrong: then what is stored stays as it is.
 */
function confirmed(kept: Kept, seen: Passing, passing: Passing, now: Instant): { kept: Kept; passing: Passing } {
  const told = Object.values(passing.health).some(({ clockAheadMs }) => clockAheadMs !== null)
  const { storedAt } = kept
  const due = !clockSure(seen) || (storedAt !== null && storedAt > now + clockToleranceMs)
  if (!told || !due) return { kept, passing }
  const far = storedAt !== null && storedAt > now + clockToleranceMs
  return { kept: putRight(kept, now), passing: far ? { ...passing, putRight: { from: storedAt, at: now } } : passing }
}

/**
 * Moves rows by what came of their requests and by what people say; what another process was sending is nobody's any
 * more.
 */
function settleRows(before: Kept, rules: RuleSet, news: readonly News[], order: Order, now: Instant): Kept {
  const kept = mapRows(before, (row) => {
    if (row.state !== 'sending') return row
    const outcome = news.find((item) => 'outcome' in item && sameRow(item.of, row))
    if (outcome && 'outcome' in outcome) return settle(row, outcome.outcome, rules.actions.get(row.action))
    return row.run === order.run ? row : orphaned(row, rules.actions.get(row.action), now)
  })
  const said = news.flatMap((item) => ('settled' in item ? item : []))
  if (said.length === 0) return kept
  const rows = kept.rows.map((row) => {
    // What readings may still tell is nobody's to say.
    if (row.state !== 'unsettled') return row
    const one = said.find(({ settled, happened, by }) => sameRow(settled, row) && wordOf(row, happened).includes(by))
    return one ? answered(row, one, rules.actions.get(row.action), now) : row
  })
  return { ...kept, rows }
}

/**
 * Tells by new readings what became of rows whose answers were lost. Where the service answers, but will not tell,
 * nobody waits for ever.
 */
function readBackRows(kept: Kept, rules: RuleSet, passing: Passing, longestMs: number, now: Instant): Kept {
  return mapRows(kept, (row) => {
    const kind = rules.actions.get(row.action)
    if (row.state !== 'unknown' || !kind) return row
    const reading = passing.readings[kind.readBack?.topic ?? lockTopic]
    const told = readBack(row, kind, reading, now)
    if (told !== row) return told
    const silent = (reading?.asked ?? Number.NEGATIVE_INFINITY) <= (row.endedAt ?? 0)
    const answers = passing.health[kind.service]?.healthy === true
    if (!silent || !answers || now - (row.endedAt ?? 0) <= longestMs) return row
    return { ...unsettled(row, kind, `${row.note}; no reading tells`), endedAt: now }
  })
}

/** The fresh writes that were shown by some reading, as of those that were heard just now. */
function shownIn({ rows }: Kept, rules: RuleSet, seen: Passing, passing: Passing): ReadonlySet<string> {
  return [...heardIn(seen, passing)].reduce((shown, topic) => {
    const reading = passing.readings[topic]
    return reading ? shownBy(rows, (name) => rules.actions.get(name), { ...reading, topic }, shown) : shown
  }, passing.shown)
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
    const was = inputIn(kept.inputs, item.input)?.value
    const value = item.set === 'press' ? (typeof was === 'number' ? was : 0) + 1 : item.set
    kept = { ...kept, inputs: { ...kept.inputs, [item.input]: { value, at: now } } }
  }
  return kept
}

/** Follows the lock's tasks and freezes by a new reading of it. */
function followLock(kept: Kept, seen: Passing, passing: Passing, read: Facts, session: string, { mode }: Order): Kept {
  const reading = passing.readings[lockTopic]
  const known = kept.sessions[session]
  if (!reading || !known || reading === seen.readings[lockTopic]) return kept
  const task = followTask(known.task, read, kept.rows, session, reading.asked)
  const frozen = knownValue(read, 'lock.frozen')
  const freeze = lastFreeze(kept.rows, session, mode)
  // A reading need not show our freeze at once, so one that does not is no thaw yet.
  const tooSoon = frozen === false && freeze?.effect.counts === 'freeze' && isFresh(freeze, reading.asked)
  const turned = typeof frozen === 'boolean' && frozen !== known.frozen && !tooSoon
  const last = seen.readings[lockTopic]
  const wrote = last !== undefined && lastWriteEnd(kept.rows) >= last.asked
  const standsFrozen = (last && !wrote ? standsStill(last, reading) : null) ?? known.standsFrozen
  if (task === known.task && !turned && standsFrozen === known.standsFrozen) return kept
  const thawedAt = turned && !frozen ? reading.asked : known.thawedAt
  const after = { ...known, task, frozen: turned ? frozen : known.frozen, thawedAt, standsFrozen }
  return { ...kept, sessions: { ...kept.sessions, [session]: after } }
}

/**
 * When the clock alone may let a rule fire: of those that rest on the same readings, the earliest. What needs no reading
 * is looked at in between, too, so that the time it counts is seen to pass although nothing is heard any more.
 */
function turnsOf(passing: Passing, rules: RuleSet, order: Order, now: Instant) {
  const first = new Map<string, { at: Instant; rule: Rule }>()
  for (const decision of passing.decisions) {
    const { until } = decision
    const rule = until === null ? undefined : rules.byId.get(decision.rule)
    if (until === null || !rule) continue
    const counts = observes(rule) && (decision.fires || decision.why === 'for' || decision.why === 'repeat')
    const at = rule.needsNoReading && counts ? Math.min(until, now + unreadBoundMs / 2) : until
    const source = topicsOf(rule, order).join(' ')
    const known = first.get(source)
    if (!known || at < known.at) first.set(source, { at, rule })
  }
  return [...first.values()].map(({ at, rule }) => ({ at, topics: topicsOf(rule, order), rule: rule.id }))
}

/** What can be read to learn of a topic: itself, or first the one that tells what its request needs. */
function readable(order: Order, topic: Topic, facts: Facts): Topic | null {
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return null
  if (kind.request(facts) !== null) return topic
  return kind.needs === undefined ? null : readable(order, kind.needs, facts)
}

/**
 * What was planned for a lock that is not the active one any more is not to be done to the next; and no reading of
 * the next tells what was done to it.
 */
function cancelOthers(kept: Kept, rules: RuleSet, now: Instant): Kept {
  if (kept.session === null) return kept
  const { session } = kept
  return mapRows(kept, (row) => {
    if (row.session === session || row.state === 'sending') return row
    const note = notOf(session, row.session)
    if (row.state === 'unknown') {
      return { ...unsettled(row, rules.actions.get(row.action), `${row.note}; ${note}`), endedAt: now }
    }
    return { ...ending(row, 'cancelled', note), failed: true, endedAt: now }
  })
}

function mapRows(kept: Kept, change: (row: LedgerRow) => LedgerRow): Kept {
  if (openRows(kept.rows).length === 0) return kept
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
  if (order.unstored) return order.unstored
  if (Object.values(passing.health).some(clockDoubtful)) return 'clock doubtful'
  if (!passing.sessionSeen || kept.session === null) return 'no reading yet'
  if (passing.clockSet !== null) return 'clock was set'
  if (kept.storedAt !== null && now < kept.storedAt - clockToleranceMs) return 'clock went back'
  const other = kept.session === noLock ? null : notExpected(passing.facts, order.expect)
  if (other !== null) return `not the expected ${other}`
  const lockId = kept.sessions[kept.session]?.lockId ?? null
  const elsewhere = lockId === null || !order.actsElsewhere ? false : order.actsElsewhere(lockId)
  if (elsewhere === null) return 'no reading yet'
  if (elsewhere !== false) return 'another entry acts on this lock'
  const waitsForYes = order.newLock === 'ask' && order.mode === 'live' && kept.session !== noLock
  if (waitsForYes && kept.sessions[kept.session]?.accepted !== true) return 'not accepted'
  const told = news.some((item) => 'accepted' in item || 'input' in item)
  return fresh || told ? null : 'nothing new read'
}

/**
 * Whether rules that need no reading are decided on although nothing new was read: the clock is right, and rules may act
 * on the lock that there was last.
 */
function mayDecideUnread(standstill: Standstill, kept: Kept, { clockSet }: Passing, order: Order): boolean {
  const { session } = kept
  if (session === null || clockSet !== null) return false
  if (standstill !== 'nothing new read' && standstill !== 'no reading yet') return false
  const asks = order.newLock === 'ask' && order.mode === 'live' && session !== noLock
  return !asks || kept.sessions[session]?.accepted === true
}

/**
 * A row not away within so many milliseconds, five minutes or three polls where those are longer, comes too late to be
 * meant; and so long it is waited for that a reading tells what became of one.
 */
export function expiryMs(order: Pick<Order, 'polls' | 'zone'>, now: Instant): number {
  return Math.max(300_000, 3 * pollMs(order, now))
}

/** The longest gap between two scheduled readings of a kind. */
function pollMs(order: Pick<Order, 'polls' | 'zone'>, now: Instant): number {
  const gaps = [...order.polls.values()].map((poll) => gapMs(poll, now, order.zone))
  return Math.max(0, ...gaps.filter(Number.isFinite))
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
  const sure = passing.sessionSeen && clockSure(passing) && standstill !== 'clock went back'
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
    if (rule.forMs === 0 && rule.repeatMs === 0) continue
    const key = memoryKey(order.mode, kept.session ?? noLock, rule.id)
    const [known, looked] = [memory[key], passing.looked[key]]
    if (!known || looked === undefined || known.looked === looked || countedMs(rule, known) === 0) continue
    memory = { ...memory, [key]: { ...known, looked } }
  }
  return memory
}
