import { halting, nextHalt, withBegun } from './acting/halt.ts'
import { passGates } from './acting/leave.ts'
import { cancelOthers, readBackRows, settleRows, shownIn, triedNow } from './acting/settling.ts'
import { undoing } from './acting/undo.ts'
import type { Instant } from './calendar/time.ts'
import { fencesOf, readFacts, withDerived } from './facts/gather.ts'
import { decideAll, decideUnread, unreadBoundMs } from './firing/decide.ts'
import { released } from './firing/feedback.ts'
import { observes } from './firing/looks.ts'
import { signOfLife } from './lifesign.ts'
import { firingsOf, withFormer } from './memory/firings.ts'
import { lastFreeze } from './memory/freezes.ts'
import { isFresh, lastWriteEnd } from './memory/ledger.ts'
import { type PressMoment, pressedOnce } from './memory/presses.ts'
import { movedAlong, putRight } from './memory/putright.ts'
import type { Decision } from './model/decision.ts'
import { type Facts, knownValue } from './model/fact.ts'
import { inputIn, type Kept } from './model/kept.ts'
import { noLock } from './model/lock.ts'
import type { News, Order } from './model/order.ts'
import type { Passing } from './model/passing.ts'
import type { LedgerRow, Mode } from './model/row.ts'
import type { Rule, RuleSet } from './model/rule.ts'
import type { Scene } from './model/scene.ts'
import { lockTopicIn, type Topic } from './model/service.ts'
import { silences } from './model/silence.ts'
import { clockToleranceMs } from './reading/health.ts'
import { clockSure, listen, setBy } from './reading/listen.ts'
import { standsStill } from './reading/session.ts'
import { heardIn, topicsOf } from './reading/sources.ts'
import { followTask } from './reading/task.ts'
import { mayDecideUnread, type Standstill, stands } from './standstill.ts'
import { expiryMs, pollMs, type Wake, type Waking, wake } from './waking/wake.ts'

export interface Step {
  /** The same object as before if nothing happened; then nothing is written. */
  kept: Kept
  /** Rows that are new or changed; one in `sending` is to be sent once committed. */
  changed: readonly LedgerRow[]
  passing: Passing
  decisions: readonly Decision[]
  standstill: Standstill | null
  wake: Wake
}

/**
 * The whole program as one step. It takes the news, and returns the new memory, the rows to send and when to look
 * again. Pure: equal arguments give an equal result. Rejects only on a fault in the program itself.
 */
// biome-ignore lint/complexity/useMaxParams: the six things that go into a step
export async function step(
  now: Instant,
  rules: RuleSet,
  before: Kept,
  seen: Passing,
  heard: readonly News[],
  order: Order,
): Promise<Step> {
  const apartMs = pollMs(order, now)
  const expiresAfterMs = expiryMs(apartMs)
  const lockTopic = lockTopicIn(order.services)
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
    kept = movedAlong(kept, setBy(seen, jump))
    ;({ kept, passing } = confirmed(kept, seen, passing, order.zone, now))
    kept = cancelOthers(kept, rules, now)
    kept = readBackRows(kept, rules, passing, { longestMs: expiresAfterMs, lockTopic }, now)
    passing = { ...passing, shown: shownIn(kept, rules, seen, passing) }
  }

  const inputsBefore = passing.inputs ?? kept.inputs
  kept = press(kept, rules, news, { now, zone: order.zone, session: kept.session ?? noLock })
  const session = kept.session ?? noLock
  const read = readFacts(passing, fencesOf(kept.rows, rules), now)
  if (sure) kept = followLock(kept, seen, passing, read, { session, mode: order.mode, lockTopic })
  const firings = withFormer(firingsOf(kept, session, order.mode), rules.rules)
  const facts = withDerived(read, { order, passing, rules, kept, firings, session, now })
  passing = { ...passing, facts, inputs: inputsBefore, stopped: order.stopped }
  let scene: Scene = { now, order, rules, kept, passing, session, facts }

  let decisions: readonly Decision[] = []
  const standstill = stands(scene, news, listened.fresh)
  if (standstill === null || mayDecideUnread(standstill, scene)) {
    const deciding = { ...scene, firings, inputsBefore }
    const decided = standstill === null ? await decideAll(deciding) : await decideUnread(deciding)
    decisions = decided.decisions
    const inputs = standstill === null ? decided.kept.inputs : inputsBefore
    scene = { ...scene, kept: decided.kept, passing: { ...decided.passing, inputs } }
  }

  scene = withRows(scene, ownRows(scene, seen, sure))
  const passed = passGates({
    ...scene,
    clockUnsure: !sure,
    closing: order.closing || (standstill !== null && standstill !== 'nothing new read'),
    heard: heardIn(seen, scene.passing),
    expiresAfterMs,
    delayedAfterMs: apartMs,
  })
  if (passed.rows !== scene.kept.rows) scene = { ...scene, kept: { ...scene.kept, rows: passed.rows } }
  const begun = withBegun(scene, changedRows(before.rows, scene.kept.rows))
  scene = { ...scene, passing: { ...scene.passing, begun, waiting: passed.waiting } }
  scene = { ...scene, kept: signOfLife(before, scene, standstill) }
  return {
    kept: scene.kept,
    changed: changedRows(before.rows, scene.kept.rows),
    passing: scene.passing,
    decisions,
    standstill,
    wake: soonerFor(nextHalt(scene), wake(wakingOf(scene, passed.read, expiresAfterMs))),
  }
}

/** Rows that the program plans by itself: what the switch undoes, and the stops of devices. */
function ownRows(scene: Scene, seen: Passing, sure: boolean): LedgerRow[] {
  const undo = sure ? undoing(scene) : null
  return [...(undo ? [undo] : []), ...halting(scene, seen.stopped)]
}

function withRows(scene: Scene, rows: readonly LedgerRow[]): Scene {
  if (rows.length === 0) return scene
  return { ...scene, kept: { ...scene.kept, rows: [...scene.kept.rows, ...rows] } }
}

function wakingOf(scene: Scene, wanted: ReadonlySet<Topic>, expiresAfterMs: number): Waking {
  const { kept, passing, rules, order, facts, now } = scene
  return {
    passing,
    rows: kept.rows,
    rules,
    lockTopic: lockTopicIn(order.services),
    polls: order.polls,
    firstAt: order.firstAt ?? now,
    turns: turnsOf(scene),
    readable: (topic) => readable(order, topic, facts),
    wanted,
    underway: order.underway,
    expiresAfterMs,
    rulesAreNew: passing.sessionSeen && passing.judged !== null && passing.judged.rules !== rules.digest,
    storedAt: kept.storedAt,
    seed: kept.seed,
    now,
    zone: order.zone,
  }
}

function changedRows(before: readonly LedgerRow[], after: readonly LedgerRow[]): readonly LedgerRow[] {
  // Rows are only ever appended and replaced in place.
  return after === before ? [] : after.filter((row, i) => row !== before[i])
}

/** The wake, or a sooner one for the stop of a device. */
function soonerFor(halt: Instant, otherwise: Wake): Wake {
  return halt < otherwise.at ? { at: Math.ceil(halt), read: [], because: 'a device is to stop' } : otherwise
}

/** If our clock was set back while an answer was under way, the answer must not lie in the future. */
function notAhead(item: News, now: Instant): News {
  const answer = 'reading' in item ? item.reading : 'outcome' in item ? item.outcome : null
  if (answer === null || answer.answered <= now) return item
  const times = { asked: Math.min(answer.asked, now), answered: now }
  return 'reading' in item ? { reading: { ...item.reading, ...times } } : { ...item, outcome: { ...answer, ...times } }
}

/**
 * If a service has confirmed our clock, moments ahead of it are corrected. Otherwise nobody knows which of the two is
 * wrong, and stored moments stay as they are.
 */
function confirmed(
  kept: Kept,
  seen: Passing,
  passing: Passing,
  zone: string,
  now: Instant,
): { kept: Kept; passing: Passing } {
  const told = Object.values(passing.health).some(({ clockAheadMs }) => clockAheadMs !== null)
  const { storedAt } = kept
  const due = !clockSure(seen) || (storedAt !== null && storedAt > now + clockToleranceMs)
  if (!told || !due) return { kept, passing }
  const far = storedAt !== null && storedAt > now + clockToleranceMs
  const right = putRight(kept, now, zone)
  return { kept: right, passing: far ? { ...passing, putRight: { from: storedAt, at: now } } : passing }
}

function accept(kept: Kept, news: readonly News[]): Kept {
  const session = kept.session === null ? undefined : kept.sessions[kept.session]
  if (!session || session.accepted || !news.some((item) => 'accepted' in item && item.accepted === session.key))
    return kept
  return { ...kept, sessions: { ...kept.sessions, [session.key]: { ...session, accepted: true } } }
}

/** What people set and pressed since the last step. */
function press(before: Kept, rules: RuleSet, news: readonly News[], moment: PressMoment): Kept {
  let kept = before
  for (const item of news) {
    if (!('input' in item) || !rules.inputs.has(item.input)) continue
    const was = inputIn(kept.inputs, item.input)
    const state = item.set === 'press' ? pressedOnce(was, moment) : { value: item.set, at: moment.now }
    kept = { ...kept, inputs: { ...kept.inputs, [item.input]: state } }
  }
  return kept
}

/** Updates the lock's tasks and freezes by a new reading. */
function followLock(
  kept: Kept,
  seen: Passing,
  passing: Passing,
  read: Facts,
  { session, mode, lockTopic }: { session: string; mode: Mode; lockTopic: Topic },
): Kept {
  const reading = passing.readings[lockTopic]
  const known = kept.sessions[session]
  if (!reading || !known || reading === seen.readings[lockTopic]) return kept
  const task = followTask(known.task, read, kept.rows, session, reading.asked)
  const frozen = knownValue(read, 'lock.frozen')
  const freeze = lastFreeze(kept.rows, session, mode)
  // A reading need not show our freeze at once; one that does not is not a thaw yet.
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
 * When the clock alone may let a rule fire: the earliest moment for each set of readings. Rules that need no reading
 * are also looked at in between, so that their observed time counts even without readings.
 */
function turnsOf({ passing, rules, order, now }: Scene): Waking['turns'] {
  const first = new Map<string, { at: Instant; rule: Rule }>()
  for (const decision of passing.decisions) {
    const { until } = decision
    const rule = until === null ? undefined : rules.byId.get(decision.rule)
    if (until === null || !rule) continue
    const counts = observes(rule) && (decision.fires || silences[decision.why].lasts !== undefined)
    const at = rule.needsNoReading && counts ? Math.min(until, now + unreadBoundMs / 2) : until
    const source = topicsOf(rule, order).join(' ')
    const known = first.get(source)
    if (!known || at < known.at) first.set(source, { at, rule })
  }
  return [...first.values()].map(({ at, rule }) => ({ at, topics: topicsOf(rule, order), rule: rule.id }))
}

/** What to read for a topic: the topic itself, or first another that its request depends on. */
function readable(order: Order, topic: Topic, facts: Facts): Topic | null {
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return null
  if (kind.request(facts) !== null) return topic
  return kind.needs === undefined ? null : readable(order, kind.needs, facts)
}
