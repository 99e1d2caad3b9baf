import type { Anchor } from './anchor.ts'
import type { Facts, Instant, Truth } from './fact.ts'
import { blank, type Episode, type RuleMemory } from './kept.ts'
import type { LedgerRow, Mode } from './ledger.ts'
import { type DayDraw, earliestMoment, latestMoment } from './moment.ts'
import type { Rule } from './rules/compile.ts'
import type { Quota } from './rules/schema.ts'
import { endOf, startOf } from './time.ts'

/** Why a rule does not fire, by name; people are told in these words. */
export type Silence =
  | 'disabled'
  | 'not its moment'
  | 'waiting for a reading'
  | 'condition false'
  | 'condition unknown'
  | 'for'
  | 'had its turn in this episode'
  | 'repeat'
  | 'cooldown'
  | 'limit'
  | 'only_if false'
  | 'only_if unknown'
  | 'chance'
  | 'step full'

/** What a step came to for a rule: it fires, or a named silence with the moment it may end, where that is known. */
export type Decision = { rule: string } & (
  | { fires: true; occurrence: string; due: Instant }
  | { fires: false; why: Silence; until: Instant | null; detail: string }
)

/** When each rule fired on a lock session, oldest first; a firing is the commit of its rows. */
export type Firings = ReadonlyMap<string, readonly Instant[]>

/**
 * The firings of one session and mode, derived from the ledger's rows: the moments they were due, from which
 * cooldowns and rolling limits count.
 */
export function firingsOf(rows: readonly LedgerRow[], session: string, mode: Mode): Firings {
  const firings = new Map<string, Instant[]>()
  const seen = new Set<string>()
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode) continue
    const occurrence = `${row.rule} ${row.occurrence}`
    if (seen.has(occurrence)) continue
    seen.add(occurrence)
    const moments = firings.get(row.rule)
    if (moments) moments.push(row.due)
    else firings.set(row.rule, [row.due])
  }
  return firings
}

/** What a rule's decision rests on. */
export interface Question {
  rule: Rule
  truth: Truth
  /** Of `only_if`; true where there is none. */
  onlyIf: Truth
  memory: RuleMemory | undefined
  fired: readonly Instant[]
  /** When its condition was last known, and how far apart two looks may be to count as observed. */
  looked: Instant | null
  boundMs: number
  /** The oldest of the readings it rests on was asked for at this moment; null where one is missing. */
  readAt: Instant | null
  now: Instant
  zone: string
  /** In [0, 1), the rule's own for each key. */
  draw(...key: string[]): number
}

interface Answered {
  memory: RuleMemory | undefined
  decision: Decision
}

/**
 * Follows a rule's condition one step further and decides. The gates in order: enabled, at, verdict, for, once or
 * repeat, cooldown, limit, only_if, chance. Cooldown and limit hold a level rule's occurrence while its episode
 * lasts, and a moment's within its grace; a change's they consume. `only_if` and `chance` consume every kind's.
 * Unknown starts and ends nothing.
 */
export function decide(question: Question): Answered {
  const { rule } = question
  if (rule.changes.size > 0) return decideChange(question)
  const followed = follow(question)
  return rule.at.length > 0 ? decideMoment(question, followed) : decideLevel(question, followed)
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

/** The memory with its episode begun, ended, or with what was not observed taken out of its time. */
function follow({ rule, truth, memory, looked, boundMs, now }: Question): RuleMemory | undefined {
  if (truth === null) return memory
  if (!truth) return memory?.episode ? { ...memory, digest: rule.digest, episode: null } : memory
  const before = memory ?? blank(rule.digest)
  if (!before.episode) {
    const episode: Episode = { since: now, occurred: 0, from: now, blindMs: 0 }
    return { ...before, digest: rule.digest, episodes: before.episodes + 1, episode }
  }
  const { episode } = before
  const edited = before.digest !== rule.digest
  if (edited && episode.occurred === 0) {
    return { ...before, digest: rule.digest, episode: { ...episode, from: now, blindMs: 0 } }
  }
  const gapMs = looked === null ? 0 : now - looked
  const counts = rule.forMs > 0 || rule.repeatMs > 0
  if (!counts || gapMs <= boundMs) return edited ? { ...before, digest: rule.digest } : before
  const reset = episode.occurred === 0 && rule.forMs > 0 && gapMs > rule.forMs
  const seen = reset ? { from: now, blindMs: 0 } : { blindMs: episode.blindMs + gapMs }
  return { ...before, digest: rule.digest, episode: { ...episode, ...seen } }
}

function decideLevel(question: Question, memory: RuleMemory | undefined): Answered {
  const { rule, truth, now } = question
  if (!rule.enabled) return silent(question, memory, 'disabled')
  if (truth === null) return silent(question, memory, 'condition unknown')
  if (!truth || !memory?.episode) return silent(question, memory, 'condition false')
  const { episode } = memory
  const waits = episode.occurred === 0 ? rule.forMs : rule.repeatMs
  if (episode.occurred > 0 && waits === 0) return silent(question, memory, 'had its turn in this episode')
  const ripe = episode.from + episode.blindMs + waits
  if (now < ripe) return silent(question, memory, episode.occurred === 0 ? 'for' : 'repeat', ripe)
  const held = heldBack(question, now)
  if (held) return silent(question, memory, held.why, held.until, held.detail)
  const occurrence = episode.occurred === 0 ? `e${memory.episodes}` : `e${memory.episodes}.${episode.occurred}`
  const occurred: RuleMemory = {
    ...memory,
    episode: { ...episode, occurred: episode.occurred + 1, from: now, blindMs: 0 },
  }
  return lastGates(question, occurred, occurrence, now)
}

/** A change is true for one step only: what does not let it fire now loses it. */
function decideChange(question: Question): Answered {
  const { rule, truth, now } = question
  const memory = question.memory ?? blank(rule.digest)
  if (!rule.enabled) return silent(question, question.memory, 'disabled')
  if (truth === null) return silent(question, question.memory, 'condition unknown')
  if (!truth) return silent(question, question.memory, 'condition false')
  const occurrence = `c${memory.changes + 1}`
  const occurred = { ...memory, changes: memory.changes + 1 }
  const held = heldBack(question, now)
  if (held) return lose(question, occurred, occurrence, held.why, held.detail)
  return lastGates(question, occurred, occurrence, now)
}

function decideMoment(question: Question, memory: RuleMemory | undefined): Answered {
  const { rule, truth, now, zone } = question
  const dayDraw: DayDraw = (date) => question.draw('at', date)
  // A rule that is new, or was never seen on this lock, does not look back.
  const begun = memory ?? blank(rule.digest)
  if (begun.moment === null) {
    return silent(question, { ...begun, moment: now }, 'not its moment', earliestMoment(rule.at, now, zone, dayDraw))
  }
  const moment = latestMoment(rule.at, Math.max(begun.moment, now - rule.graceMs - 1), now, zone, dayDraw)
  const next = () => earliestMoment(rule.at, now, zone, dayDraw)
  if (moment === null) return silent(question, memory, rule.enabled ? 'not its moment' : 'disabled', next())
  const dealt: RuleMemory = { ...begun, moment }
  if (!rule.enabled) return silent(question, memory, 'disabled', next())
  if (question.readAt === null || question.readAt < moment) {
    return silent(question, memory, 'waiting for a reading', moment)
  }
  const occurrence = `at ${moment}`
  if (truth === null) return silent(question, memory, 'condition unknown', next())
  if (!truth) return lose(question, dealt, occurrence, 'condition false', '', next())
  const { episode } = dealt
  const lastedMs = episode ? moment - episode.from - episode.blindMs : 0
  if (lastedMs < rule.forMs) return lose(question, dealt, occurrence, 'for', '', next())
  const held = heldBack(question, moment)
  if (held) return silent(question, memory, held.why, held.until ?? next(), held.detail)
  return lastGates(question, dealt, occurrence, moment)
}

/** The gates that use an occurrence up without being used up themselves; then it fires. */
function lastGates(question: Question, occurred: RuleMemory, occurrence: string, due: Instant): Answered {
  const { rule, onlyIf } = question
  if (onlyIf !== true)
    return lose(question, occurred, occurrence, onlyIf === null ? 'only_if unknown' : 'only_if false')
  if (rule.chance !== null && question.draw(occurrence, 'chance') >= rule.chance) {
    return lose(question, occurred, occurrence, 'chance')
  }
  return { memory: occurred, decision: { rule: rule.id, fires: true, occurrence, due } }
}

function lose(
  question: Question,
  memory: RuleMemory,
  occurrence: string,
  why: Silence,
  detail = '',
  until: Instant | null = null,
): Answered {
  return silent(question, { ...memory, lost: { occurrence, at: question.now, why } }, why, until, detail)
}

interface Held {
  why: 'cooldown' | 'limit'
  until: Instant | null
  detail: string
}

/** Whether cooldown or a limit stand in the way of an occurrence that is due at a moment, and until when. */
function heldBack({ rule, fired, zone }: Question, due: Instant): Held | null {
  const last = fired.at(-1)
  if (last !== undefined && rule.cooldownMs > 0 && due < last + rule.cooldownMs) {
    return { why: 'cooldown', until: last + rule.cooldownMs, detail: '' }
  }
  for (const quota of rule.limits) {
    const until = usedUp(quota, fired, due, zone)
    if (until !== false) return { why: 'limit', until, detail: quota.text }
  }
  return null
}

/** Whether a quota is used up, and if so until when; null is for as long as this lock lasts. */
function usedUp(quota: Quota, fired: readonly Instant[], now: Instant, zone: string): false | Instant | null {
  const { per, times } = quota
  if (per === 'lock') return fired.length >= times ? null : false
  if (typeof per === 'object') {
    const recent = fired.filter((moment) => moment > now - per.rollingMs)
    const oldest = recent[recent.length - times]
    return oldest === undefined ? false : oldest + per.rollingMs
  }
  const from = startOf(per, now, zone)
  return fired.filter((moment) => moment >= from).length >= times ? endOf(per, now, zone) : false
}

/** The memory with the anchors of its change leaves moved to what this step saw; the same where none moved. */
export function withAnchors(
  rule: Rule,
  memory: RuleMemory | undefined,
  facts: Facts,
  move: (anchor: Anchor | undefined, leaf: string) => Anchor | undefined,
): RuleMemory | undefined {
  const known = memory?.anchors ?? {}
  let anchors = known
  for (const [key, leaf] of rule.changes) {
    if (!facts.has(leaf.fact)) continue
    const before = anchors[key]
    const after = move(before, key)
    if (after && after !== before) anchors = { ...anchors, [key]: after }
  }
  return anchors === known ? memory : { ...(memory ?? blank(rule.digest)), anchors }
}
