import type { Instant } from '../calendar/time.ts'
import { afterOutside, msWithin } from '../calendar/window.ts'
import { otherwiseOf } from '../memory/firings.ts'
import type { Decision } from '../model/decision.ts'
import type { Truth } from '../model/fact.ts'
import type { Fired } from '../model/fired.ts'
import { hasMoments, type Rule } from '../model/rule.ts'
import type { Held } from '../model/rulekey.ts'
import { ruleKeys } from '../model/rulekeys.ts'
import { type Anchor, blank, type Episode, type RuleMemory } from '../model/rulememory.ts'
import { type Silence, silences } from '../model/silence.ts'
import { counted, isHeld } from './feedback.ts'
import { momentSince, nextMoment, type Timed } from './moments.ts'

/** If the condition of a moment is unknown, it is tested again no more often than this. */
const leastAgainMs = 10_000

/** The basis of a rule's decision. */
export interface Question extends Timed {
  truth: Truth
  /** The verdict of `only_if`; true if there is none. */
  onlyIf: Truth
  memory: RuleMemory | undefined
  /** Whether a change was seen although the whole condition is unknown. */
  changeSeen: boolean
  fired: Fired
  /** Whether only what the rule did itself can have caused the change; asked of changes only. */
  isSelfMade(): boolean
  /** When it was last read and known, and the longest time between two such readings that counts as observed. */
  looked: Instant | null
  boundMs: number
  /** When the condition may next be true by the clock alone. */
  turnsAt(): Instant | null
  /** When the oldest of its readings was requested; null if one is missing. */
  readAt: Instant | null
  /** Why it is unknown how much time its actions may add; null if it is known, or they add none. */
  noRoom: string | null
  /** What of its budget it lacks, and until when; null where nothing is in its way. */
  usedUp(): { until: Instant | null; detail: string } | null
  /** A known number of a fact; null where it is not known. */
  number(fact: string): number | null
}

interface Answered {
  memory: RuleMemory | undefined
  decision: Decision
  /** The occurrence that is answered by the rule's `otherwise`. */
  otherwise?: string
}

/**
 * Follows a rule's condition one step further and decides, in the order of the table of keys. Under room and what
 * holds it back a level rule waits while its episode lasts, a rule with `at` waits within its grace, and a change rule
 * loses its firing. Under what drops it every rule loses it. Unknown starts and ends nothing.
 */
export function decide(question: Question): Answered {
  const { rule } = question
  if (rule.changes.size > 0) return decideChange(question)
  const followed = follow(question)
  return hasMoments(rule) ? decideMoment(question, followed) : decideLevel(question, followed)
}

function silent(
  { rule }: Question,
  memory: RuleMemory | undefined,
  why: Silence,
  until: Instant | null = null,
  detail = '',
): Answered {
  return { memory, decision: { rule: rule.id, fires: false, why, until, detail } }
}

/** The memory with its episode begun or ended, or with unobserved time taken out. */
function follow({ rule, truth, memory, looked, boundMs, readAt, now, zone }: Question): RuleMemory | undefined {
  if (truth === null) return memory
  if (!truth) return memory?.episode ? { ...memory, digest: rule.digest, episode: null } : memory
  const before = memory ?? blank(rule.digest)
  if (!before.episode) {
    const episode: Episode = { since: now, occurred: 0, from: now, blindMs: 0 }
    return { ...before, digest: rule.digest, episodes: before.episodes + 1, episode }
  }
  const { episode } = before
  const edited = before.digest !== rule.digest
  const unfinished = episode.occurred === 0 && lastedMs(rule, episode, now, zone) < rule.forMs
  if (edited && unfinished) {
    return { ...before, digest: rule.digest, episode: { ...episode, from: now, blindMs: 0 } }
  }
  const gapMs = looked === null ? 0 : (readAt ?? now) - looked
  if (countedMs(rule, before) === 0 || gapMs <= boundMs) return edited ? { ...before, digest: rule.digest } : before
  const reset = episode.occurred === 0 && rule.forMs > 0 && gapMs > rule.forMs
  // What does not count anyway is not left out a second time.
  const pausedMs = looked === null ? 0 : msWithin(rule.pause, looked, looked + gapMs, zone)
  const seen = reset ? { from: now, blindMs: 0 } : { blindMs: episode.blindMs + gapMs - pausedMs }
  return { ...before, digest: rule.digest, episode: { ...episode, ...seen } }
}

/** How much observed time counts at a moment. */
function lastedMs(rule: Rule, episode: Episode, moment: Instant, zone: string): number {
  return moment - episode.from - episode.blindMs - msWithin(rule.pause, episode.from, moment, zone)
}

/** The observed time that a rule counts at present; 0 if it counts none. */
export function countedMs(rule: Rule, memory: RuleMemory): number {
  if (!memory.episode) return 0
  return memory.episode.occurred === 0 || hasMoments(rule) ? rule.forMs : rule.repeatMs
}

function decideLevel(question: Question, memory: RuleMemory | undefined): Answered {
  const { rule, truth, now, zone } = question
  if (!rule.enabled) return silent(question, memory, 'disabled')
  if (truth === null) return silent(question, memory, 'condition unknown', question.turnsAt())
  if (!truth || !memory?.episode) return silent(question, memory, 'condition false', question.turnsAt())
  const { episode } = memory
  const waits = episode.occurred === 0 ? rule.forMs : rule.repeatMs
  if (episode.occurred > 0 && waits === 0) return silent(question, memory, 'had its turn in this episode')
  const ripe = afterOutside(rule.pause, episode.from, episode.blindMs + waits, zone)
  if (now < ripe) return silent(question, memory, episode.occurred === 0 ? 'for' : 'repeat', ripe)
  // A time-driven change is decided on a reading of that moment, not on an earlier one.
  if (waits > 0 && !readSince(question, ripe)) return silent(question, memory, 'waiting for a reading', ripe)
  const held = heldBack(question)
  if (held) return silent(question, memory, held.why, held.until, held.detail)
  const occurrence = episode.occurred === 0 ? `e${memory.episodes}` : `e${memory.episodes}.${episode.occurred}`
  const occurred: RuleMemory = {
    ...memory,
    episode: { ...episode, occurred: episode.occurred + 1, from: now, blindMs: 0 },
  }
  return lastGates(question, memory, occurred, occurrence, now)
}

function readSince({ readAt }: Question, moment: Instant): boolean {
  return readAt !== null && readAt >= moment
}

/** A change is true for one step only: if the rule does not fire now, the change is lost. */
function decideChange(question: Question): Answered {
  const { rule, truth, now } = question
  const memory = question.memory ?? blank(rule.digest)
  if (!rule.enabled) return silent(question, question.memory, 'disabled')
  const occurrence = `c${memory.changes + 1}`
  const occurred = { ...memory, changes: memory.changes + 1 }
  if (truth === null) {
    if (question.changeSeen) return lose(question, occurred, occurrence, 'condition unknown')
    return silent(question, question.memory, 'condition unknown')
  }
  if (!truth) return silent(question, question.memory, 'condition false')
  if (isHeld(memory)) return lose(question, occurred, occurrence, 'sets itself off')
  const held = heldBack(question)
  const made = held
    ? lose(question, occurred, occurrence, held.why, held.detail)
    : lastGates(question, null, occurred, occurrence, now)
  const does = made.memory && (made.decision.fires || made.otherwise !== undefined)
  return does ? { ...made, memory: counted(made.memory ?? occurred, question.isSelfMade()) } : made
}

function decideMoment(question: Question, memory: RuleMemory | undefined): Answered {
  const { rule, truth, now, zone } = question
  const early = rule.after === null ? 'not its moment' : 'after'
  const next = () => nextMoment(question)
  const wait = (memory: RuleMemory | undefined) =>
    silent(question, memory, rule.enabled ? early : 'disabled', next(), rule.after?.rule)
  // A rule that is new, or was never seen on this lock, does not look back.
  const begun = memory ?? blank(rule.digest)
  if (begun.moment === null) return wait({ ...begun, moment: now })
  const moment = momentSince(question, Math.max(begun.moment, now - rule.graceMs - 1))
  if (moment === null) return wait(memory)
  const dealt: RuleMemory = { ...begun, moment }
  if (!rule.enabled) return silent(question, memory, 'disabled', next())
  if (!readSince(question, moment)) return silent(question, memory, 'waiting for a reading', moment)
  const occurrence = `${rule.after === null ? 'at' : 'after'} ${moment}`
  // It is tested again until the grace is over, several times whatever the poll interval is.
  const again = Math.min(next() ?? Number.POSITIVE_INFINITY, now + Math.max(leastAgainMs, rule.graceMs / 5))
  if (truth === null) return silent(question, memory, 'condition unknown', again)
  if (!truth) return lose(question, dealt, occurrence, 'condition false')
  const { episode } = dealt
  if ((episode ? lastedMs(rule, episode, moment, zone) : 0) < rule.forMs)
    return lose(question, dealt, occurrence, 'for')
  const held = heldBack(question)
  if (held) {
    const isLost = (held.until ?? Number.POSITIVE_INFINITY) > moment + rule.graceMs
    if (isLost && answers(rule, held.why)) return lose(question, dealt, occurrence, held.why, held.detail)
    return silent(question, memory, held.why, held.until ?? next(), held.detail)
  }
  return lastGates(question, memory, dealt, occurrence, moment)
}

/**
 * The last checks. Failing one discards this occurrence; passing all fires. `waiting` is the memory in which the
 * occurrence is still to come, if it can wait for a service's first answer.
 */
function lastGates(
  question: Question,
  waiting: RuleMemory | undefined | null,
  occurred: RuleMemory,
  occurrence: string,
  due: Instant,
): Answered {
  const { rule, onlyIf } = question
  if (onlyIf === null && question.readAt === null && waiting !== null) {
    return silent(question, waiting, 'waiting for a reading')
  }
  for (const { drops } of ruleKeys) {
    const why = drops?.(rule, { onlyIf, draw: (name) => question.draw(occurrence, name), number: question.number })
    if (why) return lose(question, occurred, occurrence, why)
  }
  const decision: Decision = { rule: rule.id, fires: true, occurrence, due, until: nextTurn(question, occurred) }
  return { memory: occurred, decision }
}

function lose(question: Question, memory: RuleMemory, occurrence: string, why: Silence, detail = ''): Answered {
  const lost = { ...memory, lost: { occurrence, at: question.now, why } }
  const answered = silent(question, lost, why, nextTurn(question, memory), detail)
  return answers(question.rule, why) ? { ...answered, otherwise: otherwiseOf(occurrence) } : answered
}

/** Whether the rule's `otherwise` answers an occurrence that this costs. */
function answers({ otherwise }: Rule, why: Silence): boolean {
  return otherwise.length > 0 && silences[why].otherwise === true
}

/** When the next occurrence may come, as far as the clock tells. */
function nextTurn(question: Question, memory: RuleMemory): Instant | null {
  const { rule, now, zone } = question
  if (rule.after !== null) return nextMoment(question, memory.moment ?? now)
  if (rule.at.length > 0) return nextMoment(question)
  const { episode } = memory
  if (!episode || rule.repeatMs === 0) return null
  return afterOutside(rule.pause, episode.from, episode.blindMs + rule.repeatMs, zone)
}

/**
 * Whether time that cannot be measured, or a key of the rule, stands in the way of an occurrence that is due, and until
 * when.
 */
function heldBack({ rule, fired, noRoom, usedUp, now, zone }: Question): Held<Silence> | null {
  if (noRoom !== null) return { why: 'room unknown', until: null, detail: noRoom }
  for (const { holds } of ruleKeys) {
    const held = holds?.(rule, { now, fired, zone, usedUp })
    if (held) return held
  }
  return null
}

/** The memory with the anchors of the facts whose changes it asks for moved; the same where none moved. */
export function withAnchors(
  rule: Rule,
  memory: RuleMemory | undefined,
  move: (anchor: Anchor | undefined, fact: string) => Anchor | undefined,
): RuleMemory | undefined {
  const known = memory?.anchors ?? {}
  let anchors = known
  for (const { fact } of rule.changes.values()) {
    const before = anchors[fact]
    const after = move(before, fact)
    if (after && after !== before) anchors = { ...anchors, [fact]: after }
  }
  return anchors === known ? memory : { ...(memory ?? blank(rule.digest)), anchors }
}
