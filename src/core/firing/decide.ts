import { usedUpFor } from '../acting/budget.ts'
import { whyNoRoom } from '../acting/limits.ts'
import { plan } from '../acting/plan.ts'
import { addsTime } from '../acting/room.ts'
import type { Instant } from '../calendar/time.ts'
import { heldAnchor, moveAnchor, movedFrom } from '../judging/anchor.ts'
import type { Movement } from '../judging/judge.ts'
import { judgeAgain, judgeAll, judgeSome } from '../judging/judgement.ts'
import { type OwnWrite, ownWrites } from '../judging/ownwrite.ts'
import { leafTraces } from '../judging/trace.ts'
import { nextTrue } from '../judging/turn.ts'
import { sizedChange } from '../language/condition.ts'
import { operatorNamed } from '../language/operators.ts'
import { type Firings, inHand } from '../memory/firings.ts'
import { unseenSince } from '../memory/restored.ts'
import { type Decision, lastSilence, notYet } from '../model/decision.ts'
import { draw } from '../model/draw.ts'
import { numberAt, staleAfterMs, unknown } from '../model/fact.ts'
import { neverFired, withFiring } from '../model/fired.ts'
import { inputIn, type Kept } from '../model/kept.ts'
import { onceFor } from '../model/once.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow } from '../model/row.ts'
import { hasMoments, type Rule, type RuleSet } from '../model/rule.ts'
import { type Anchor, memoryKey, type RuleMemory } from '../model/rulememory.ts'
import type { Scene } from '../model/scene.ts'
import type { Topic } from '../model/service.ts'
import { silences } from '../model/silence.ts'
import { type Judged, type LeafTrace, placesOf, type Verdict } from '../model/verdicts.ts'
import { isBeingRead, readAt, topicsOf } from '../reading/sources.ts'
import { gapMs } from '../waking/wake.ts'
import { type Dealt, dealWith, mostOccurrences } from './dealing.ts'
import { isSelfMade } from './feedback.ts'
import { countedMs, type Question, withAnchors } from './firing.ts'
import { isKnown, observes, stampedLook } from './looks.ts'
import { type Occurring, occurringIn, usedOf } from './occurring.ts'

/** The data on which the rules are judged. */
export interface Deciding extends Scene {
  readonly firings: Firings
  /** What was set and pressed when something was last decided. */
  readonly inputsBefore: Kept['inputs']
}

/**
 * Judges every rule on one snapshot, decides for each in turn, and plans the rows of those that fire. A firing that
 * does not fit into the step waits as a whole.
 */
export async function decideAll(deciding: Deciding): Promise<Decided> {
  return decideAt(deciding, null)
}

/** The same only for rules that need no reading, between two readings or while there are none. */
export async function decideUnread(deciding: Deciding): Promise<Decided> {
  const places = unreadPlaces(deciding.rules)
  // After a restore, all rules look together first.
  if (places.length > 0 && deciding.kept.restoredAt === undefined) return decideAt(deciding, places)
  return { kept: deciding.kept, passing: deciding.passing, decisions: [] }
}

const unreadPlaces = onceFor(({ rules }: RuleSet) =>
  [...rules.keys()].filter((place) => rules[place]?.needsNoReading === true && rules[place].enabled),
)

interface Decided {
  kept: Kept
  passing: Passing
  /** Of the rules that were decided on. */
  decisions: readonly Decision[]
}

async function decideAt(deciding: Deciding, only: readonly number[] | null): Promise<Decided> {
  const { kept, passing, rules, facts, session, order, now } = deciding
  const last = lastJudged(deciding)
  const remember = last?.memories ?? rules.rules.map((rule) => remembered(deciding, rule))
  const movement = movementIn(deciding, remember)
  const judging = { rules, facts, now, zone: order.zone, movement }
  const { verdicts, flips, open } = only
    ? await judgeSome(judging, only, passing.verdicts)
    : last
      ? await judgeAgain(judging, last, passing.verdicts)
      : await judgeAll(judging)
  const sources = new Map<string, Source>()
  const decisions = last ? [...passing.decisions] : rules.rules.map(({ id }) => notYet(id))
  const made: Decision[] = []
  const dues = open && last ? [...last.dues] : []
  const changed = new Map<number, RuleMemory>()
  const planned: LedgerRow[] = []
  const looks: [string, Instant][] = []
  const room = order.limits.actions.per_step ?? Number.POSITIVE_INFINITY
  for (const place of open ? [...open].sort((a, b) => a - b) : rules.rules.keys()) {
    const rule = rules.rules[place]
    if (!rule) continue
    const source = sourceOf(deciding, rule, sources)
    const turn = { rule, verdict: verdicts.list[place], memory: remember[place], source, movement }
    const came = cameTo(deciding, turn, { whole: room, left: room - planned.length })
    const key = memoryKey(order.mode, session, rule.id)
    decisions[place] = came.decision
    made.push(came.decision)
    if (came.looked !== null) looks.push([key, came.looked])
    dues[place] = isBeingRead(rule, order) ? Number.NEGATIVE_INFINITY : dueOf(rule, came.decision, came.memory)
    if (came.memory && came.memory !== kept.memory[key]) changed.set(place, came.memory)
    planned.push(...came.rows)
  }
  const unchanged = changed.size === 0 && planned.length === 0 && kept.restoredAt === undefined
  const after = unchanged ? kept : { ...withoutRestore(kept), ...withChanges(deciding, changed, planned) }
  const memories = changed.size === 0 ? remember : remember.map((one, place) => changed.get(place) ?? one)
  const memory = after.memory
  const whole: Judged = { rules: rules.digest, of: `${order.mode} ${session}`, facts, memories, memory, flips, dues }
  // A judgement of some rules is not a basis for the others.
  const judged = only === null ? whole : last && { ...last, memories, memory }
  const looked = looks.length === 0 ? passing.looked : { ...passing.looked, ...Object.fromEntries(looks) }
  return {
    kept: after,
    passing: { ...passing, verdicts, decisions, looked, judged },
    decisions: only ? made : decisions,
  }
}

/** How far a fact has moved from where a rule last saw it. */
function movementIn(deciding: Deciding, remember: readonly (RuleMemory | undefined)[]): Movement {
  const { rules, facts } = deciding
  return (rule, leaf) => {
    const name = rule.changes.get(leaf)?.fact ?? ''
    const memory = remember[placesOf(rules).get(rule.id) ?? -1]
    const fact = facts.get(name)
    const anchor = memory?.anchors[name] ?? unpressed(deciding, name)
    return fact && anchor ? movedFrom(anchor, fact, writesSince(deciding, name, anchor.asked)) : null
  }
}

/** A rule whose turn it is. */
interface Turn {
  rule: Rule
  verdict: Verdict | undefined
  memory: RuleMemory | undefined
  source: Source
  movement: Movement
}

/** The result of a rule's turn. */
interface Came {
  decision: Decision
  memory: RuleMemory | undefined
  /** When its condition was known, if that is later than before. */
  looked: Instant | null
  rows: readonly LedgerRow[]
}

/** Decides for one rule; `room` is how many actions a step may have, and how many of them are left. */
function cameTo(deciding: Deciding, turn: Turn, room: { whole: number; left: number }): Came {
  const { rule, verdict, memory, movement } = turn
  if (isBeingRead(rule, deciding.order))
    return { decision: lastSilence(deciding.passing.decisions, rule.id), memory, looked: null, rows: [] }
  const question = questionOf(deciding, turn)
  const occurring = verdict?.when ? occurringIn(rule, verdict.when, movement) : once
  const fits = Math.floor(room.left / Math.max(1, rule.longest))
  const dealt = dealWith(question, occurring, Math.min(fits, mostOccurrences))
  const tooLong = dealt.waits > 0 && rule.longest > room.whole
  // A firing that does not fit waits as a whole, and is decided again with the next reading.
  const decision: Decision = tooLong
    ? { rule: rule.id, fires: false, why: 'over limits.actions.per_step', until: null, detail: `it is ${room.whole}` }
    : dealt.decision
  const lookedAt = observes(rule) && isKnown(verdict, rule) ? (question.readAt ?? deciding.now) : question.looked
  // A change is true for one step only, so a list that does not fit cannot act on it later.
  const waits = dealt.waits > 0 && !(tooLong && rule.changes.size > 0)
  const after = waits
    ? heldOver(rule, memory, dealt, occurring)
    : anchored(deciding, rule, dealt.memory, occurring, dealt.turns + dealt.waits)
  return {
    decision,
    memory: stampedLook(rule, after, lookedAt),
    looked: lookedAt !== question.looked ? lookedAt : null,
    rows: tooLong ? [] : rowsOf(deciding, turn, question, dealt),
  }
}

/** The rows of all firings of a rule's turn. */
function rowsOf(deciding: Deciding, turn: Turn, question: Question, { firings }: Dealt): LedgerRow[] {
  const { order, session } = deciding
  const { rule } = turn
  let { fired } = question
  return firings.flatMap(({ occurrence, due, list }) => {
    if (isDealtWith(deciding, rule, occurrence)) return []
    if (list === 'then') fired = withFiring(fired, due)
    const facts = inHand(deciding.facts, rule, fired, order.zone)
    const key = { lock: order.lock, session, mode: order.mode, occurrence }
    const draws = (...slot: string[]) => question.draw(occurrence, ...slot)
    return plan(rule, { key, due, list, draw: draws, change: changeOf(turn) }, { ...deciding, facts })
  })
}

/** By how much the fact changed whose change the rule asks for: one firing of `rises by 5` is for five. */
function changeOf({ rule, movement }: Turn): number | null {
  const [key, leaf] = sizedChange(rule.changes)
  if (key === undefined || leaf === undefined) return null
  const asked = 'value' in leaf.than ? leaf.than.value : null
  const rose = movement(rule, key)?.rose ?? null
  return typeof asked === 'number' ? asked : rose === null ? null : Math.abs(rose)
}

/** A condition without changes occurs once. */
const once: Occurring = { times: 1, used: new Map() }

/** A moment that came too early because of a wrong clock does not come twice. */
function isDealtWith({ kept, session, order }: Deciding, rule: Rule, occurrence: string): boolean {
  const same = (row: LedgerRow) => row.rule === rule.id && row.occurrence === occurrence
  return hasMoments(rule) && kept.rows.some((row) => same(row) && row.session === session && row.mode === order.mode)
}

function withChanges(
  { kept, rules, order, session }: Deciding,
  changed: ReadonlyMap<number, RuleMemory>,
  planned: readonly LedgerRow[],
): Pick<Kept, 'memory' | 'rows'> {
  const memories = [...changed].map(([place, one]) => {
    return [memoryKey(order.mode, session, rules.rules[place]?.id ?? ''), one] as const
  })
  return {
    memory: changed.size === 0 ? kept.memory : { ...kept.memory, ...Object.fromEntries(memories) },
    rows: planned.length === 0 ? kept.rows : [...kept.rows, ...planned],
  }
}

/** The last judgement, if it was of these rules on this lock, and nobody else has changed their memory. */
function lastJudged({ passing: { judged }, rules, order, session, kept }: Deciding): Judged | null {
  if (judged?.rules !== rules.digest || judged.of !== `${order.mode} ${session}`) return null
  return judged.memory === kept.memory && kept.restoredAt === undefined ? judged : null
}

/** When a rule must be decided again, whatever its facts do; at the next look if that moment has passed. */
function dueOf(rule: Rule, made: Decision, memory: RuleMemory | undefined): Instant {
  // When the rule before it fires, only a look tells.
  if (rule.after !== null) return Number.NEGATIVE_INFINITY
  const settled = !made.fires && (rule.at.length > 0 ? made.why === 'not its moment' : silences[made.why].settled)
  // Observed time is counted at every look.
  const counts = memory !== undefined && countedMs(rule, memory) > 0
  return counts || !settled ? Number.NEGATIVE_INFINITY : (made.until ?? Number.POSITIVE_INFINITY)
}

/** Which readings a rule rests on, and when the oldest of them was begun. */
interface Source {
  readAt: Instant | null
  boundMs: number
}

/** The longest time between two looks that counts as observed, for rules that need no reading. */
export const unreadBoundMs = 300_000

function sourceOf(deciding: Deciding, rule: Rule, known: Map<string, Source>): Source {
  const { passing, order, now } = deciding
  const topics = topicsOf(rule, order)
  const key = topics.join(' ')
  let source = known.get(key)
  if (!source) {
    const boundMs = topics.map((topic) => staleAfterMs(apartMs(deciding, topic)))
    source = {
      readAt: readAt(passing, topics, now),
      boundMs: Math.max(...boundMs, ...(topics.length === 0 ? [unreadBoundMs] : [])),
    }
    known.set(key, source)
  }
  return source
}

/** A rule's memory; a renamed rule goes on with the memory of its old id. */
function remembered({ kept, session, order, now }: Deciding, rule: Rule): RuleMemory | undefined {
  const own = kept.memory[memoryKey(order.mode, session, rule.id)]
  const known = own ?? (rule.was === null ? undefined : kept.memory[memoryKey(order.mode, session, rule.was)])
  return known === undefined && kept.restoredAt !== undefined ? unseenSince(rule.digest, now) : known
}

function withoutRestore({ restoredAt: _, ...kept }: Kept): Kept {
  return kept
}

function questionOf(deciding: Deciding, turn: Turn): Question {
  const { rule, verdict, memory, source } = turn
  const { passing, kept, rules, firings, session, order, now } = deciding
  return {
    rule,
    truth: rule.when ? (verdict?.when?.truth ?? null) : true,
    onlyIf: rule.onlyIf ? (verdict?.onlyIf?.truth ?? null) : true,
    memory,
    changeSeen: rule.changes.size > 0 && verdict?.when ? leafTraces(verdict.when).some(seenToChange) : false,
    fired: firings.get(rule.id) ?? neverFired,
    before: () => (firings.get(rule.after?.rule ?? '') ?? neverFired).recent,
    isSelfMade: () => selfMade(deciding, turn),
    looked: observes(rule) ? (passing.looked[memoryKey(order.mode, session, rule.id)] ?? memory?.looked ?? null) : null,
    boundMs: source.boundMs,
    turnsAt: () => (rule.when ? nextTrue(rule.when, deciding.facts, now, order.zone) : null),
    readAt: source.readAt,
    usedUp: () => usedUpFor(rule, { rules, rows: kept.rows, session, mode: order.mode, now, zone: order.zone }),
    noRoom: addsTime(rules).has(rule.id) ? whyNoRoom(deciding.facts, order.limits) : null,
    now,
    zone: order.zone,
    number: (name) => numberAt(deciding.facts, name, now),
    draw: (...slot) => draw(kept.seed, order.lock, order.mode, session, rule.was ?? rule.id, ...slot),
  }
}

function selfMade({ kept, rules, firings, session, order, now }: Deciding, { rule, verdict, movement }: Turn): boolean {
  const leaves = verdict?.when ? leafTraces(verdict.when) : []
  const seen = leaves.map((leaf, place) => ({ leaf, key: String(place) })).filter(({ leaf }) => seenToChange(leaf))
  return isSelfMade(rule, seen, {
    rows: kept.rows.filter((row) => row.session === session && row.mode === order.mode),
    actions: rules.actions,
    lastFired: firings.get(rule.id)?.recent.at(-1) ?? null,
    rose: (leaf) => movement(rule, leaf)?.rose ?? 0,
    now,
  })
}

/** The planned time between the last reading of a topic and the one before. */
function apartMs({ order, passing, now }: Deciding, topic: Topic): number {
  const poll = order.polls.get(topic)
  return Math.max(poll ? gapMs(poll, now, order.zone) : 0, passing.readings[topic]?.beforeMs ?? 0)
}

/** A firing that does not fit is still to come: the memory keeps only that the condition is true. */
function heldOver(
  rule: Rule,
  before: RuleMemory | undefined,
  { memory: after, turns }: Dealt,
  occurring: Occurring,
): RuleMemory | undefined {
  if (rule.changes.size > 0 && turns > 0) {
    return withAnchors(rule, after, (anchor, name) => anchor && heldAnchor(anchor, usedOf(occurring, name, turns)))
  }
  if (rule.changes.size > 0 || hasMoments(rule) || !after?.episode) return before
  const begun = { since: after.episode.since, occurred: 0, from: after.episode.since, blindMs: 0 }
  return { ...after, episode: before?.episode ?? begun }
}

function seenToChange({ leaf, truth }: LeafTrace): boolean {
  return truth === true && operatorNamed(leaf.operator)?.onChange === true
}

/** Our writes that may show in a fact for the first time since a reading begun at `asked`. */
function writesSince({ kept, rules, session }: Deciding, name: string, asked: Instant): readonly OwnWrite[] {
  return ownWrites(kept.rows, rules, session, name, asked)
}

/** The anchor for a rule that has not looked at an input yet: its value at the last decision. */
function unpressed({ rules, inputsBefore, now }: Deciding, name: string): Anchor | undefined {
  const input = name.startsWith('input.') ? name.slice('input.'.length) : ''
  const type = rules.inputs.get(input)?.type
  if (type === undefined) return undefined
  const value = inputIn(inputsBefore, input)?.value ?? (type === 'switch' ? false : 0)
  return { last: { value, since: now, pace: 0 }, asked: now }
}

function anchored(
  deciding: Deciding,
  rule: Rule,
  memory: RuleMemory | undefined,
  occurring: Occurring,
  turns: number,
): RuleMemory | undefined {
  if (rule.changes.size === 0) return memory
  return withAnchors(rule, memory, (known, name) => {
    const fact = deciding.facts.get(name) ?? unknown('unread', deciding.now)
    const anchor = known ?? unpressed(deciding, name)
    const writes = anchor ? writesSince(deciding, name, anchor.asked) : []
    return moveAnchor(anchor, fact, writes, usedOf(occurring, name, turns))
  })
}
