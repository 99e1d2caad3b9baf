import { type Anchor, type Moved, moveAnchor, movedFrom, type OwnDoing } from './anchor.ts'
import { draw } from './draw.ts'
import { type Facts, type Instant, unknown } from './fact.ts'
import { countedMs, type Decision, decide, type Firings, type Question, withAnchors } from './firing.ts'
import { staleAfterMs } from './gather.ts'
import { judge, type LeafTrace, leafTraces, type Verdict } from './judge.ts'
import { type Kept, memoryKey, type RuleMemory } from './kept.ts'
import type { LedgerRow } from './ledger.ts'
import { lockTopic } from './limits.ts'
import { operatorNamed } from './operators.ts'
import type { Order } from './order.ts'
import type { Passing } from './passing.ts'
import { plan } from './plan.ts'
import type { Rule, RuleSet } from './rules/compile.ts'
import type { Topic } from './service.ts'
import { gapMs, serviceOf } from './wake.ts'

/** What the rules are judged on. */
export interface Deciding {
  kept: Kept
  passing: Passing
  rules: RuleSet
  facts: Facts
  /** Until when own writes fence facts. */
  fences: ReadonlyMap<string, Instant>
  firings: Firings
  session: string
  order: Order
  now: Instant
}

/**
 * Judges every rule on one snapshot, decides for each in turn, and plans the rows of those that fire. What fires and
 * does not fit into the step any more waits whole.
 */
export async function decideAll(deciding: Deciding): Promise<{ kept: Kept; passing: Passing }> {
  const { kept, rules, facts, session, order, now } = deciding
  const memories = new Map(rules.rules.map((rule) => [rule.id, remembered(deciding, rule)]))
  const movement = (rule: Rule, leaf: string): Moved | null => {
    const name = rule.changes.get(leaf)?.fact ?? ''
    const [fact, anchor] = [facts.get(name), memories.get(rule.id)?.anchors[name]]
    return fact ? movedFrom(anchor, fact, ownDoing(deciding, name, anchor)) : null
  }
  const verdicts = await judge(rules, facts, now, movement)
  const decisions: Decision[] = []
  const changed: Record<string, RuleMemory> = {}
  const planned: LedgerRow[] = []
  const looked: Record<string, Instant> = { ...deciding.passing.looked }
  const room = order.limits.actions.per_step ?? Number.POSITIVE_INFINITY
  for (const rule of rules.rules) {
    const memory = memories.get(rule.id)
    const key = memoryKey(order.mode, session, rule.id)
    const verdict = verdicts.get(rule.id)
    const question = questionOf(deciding, rule, verdict, memory)
    const made = decide(question)
    const full = made.decision.fires && planned.length + rule.longest > room
    // What does not fit waits whole, and is looked at again with the next reading.
    const decision: Decision = full
      ? { rule: rule.id, fires: false, why: 'step full', until: now + 1, detail: '' }
      : made.decision
    decisions.push(decision)
    if (question.truth !== null || restsOnFence(verdict)) looked[key] = question.readAt ?? now
    const after = full ? heldOver(rule, memory, made.memory) : anchored(deciding, rule, made.memory, decision.fires)
    const stamped = stampedLook(rule, after, looked[key] ?? null)
    if (stamped && stamped !== kept.memory[key]) changed[key] = stamped
    if (!decision.fires) continue
    const of = { lock: order.lock, session, mode: order.mode, occurrence: decision.occurrence }
    const draw = (...slot: string[]) => question.draw(decision.occurrence, ...slot)
    planned.push(...plan(rule, rules, { key: of, due: decision.due, draw }, facts, now, order.zone))
  }
  const unchanged = Object.keys(changed).length === 0 && planned.length === 0
  const rows = planned.length === 0 ? kept.rows : [...kept.rows, ...planned]
  return {
    kept: unchanged ? kept : { ...kept, memory: { ...kept.memory, ...changed }, rows },
    passing: { ...deciding.passing, verdicts, decisions, looked, judged: rules.digest },
  }
}

/** Of what `for` or `repeat` waits for, so much may be lost when the process is killed; at least a minute of it. */
const lostShare = 60
const leastLostMs = 60_000
const mostLostMs = 3_600_000

/**
 * The memory with when its condition was last known, where that is worth storing: something is stored anyway, or
 * observed time is counted and the last stamp is too old.
 */
function stampedLook(rule: Rule, memory: RuleMemory | undefined, looked: Instant | null): RuleMemory | undefined {
  if (!memory || looked === null || memory.looked === looked) return memory
  const waits = countedMs(rule, memory)
  if (waits === 0) return memory
  const everyMs = Math.min(mostLostMs, Math.max(leastLostMs, waits / lostShare))
  return memory.looked !== null && looked - memory.looked < everyMs ? memory : { ...memory, looked }
}

/** What is only being read again after an own write was not out of sight. */
function restsOnFence(verdict: Verdict | undefined): boolean {
  const leaves = verdict?.when ? leafTraces(verdict.when) : []
  return leaves.some(({ saw, than }) => [saw, than].some((one) => !one.known && one.why === 'fenced'))
}

/** A rule's memory; one that was renamed goes on with what it had under its old id. */
function remembered({ kept, session, order }: Deciding, rule: Rule): RuleMemory | undefined {
  const own = kept.memory[memoryKey(order.mode, session, rule.id)]
  return own ?? (rule.was === null ? undefined : kept.memory[memoryKey(order.mode, session, rule.was)])
}

function questionOf(
  deciding: Deciding,
  rule: Rule,
  verdict: Verdict | undefined,
  memory: RuleMemory | undefined,
): Question {
  const { passing, kept, firings, session, order, now } = deciding
  const topics = topicsOf(rule, order)
  return {
    rule,
    truth: rule.when ? (verdict?.when?.truth ?? null) : true,
    onlyIf: rule.onlyIf ? (verdict?.onlyIf?.truth ?? null) : true,
    memory,
    changeSeen: verdict?.when ? leafTraces(verdict.when).some(seenToChange) : false,
    fired: firings.get(rule.id) ?? [],
    looked: passing.looked[memoryKey(order.mode, session, rule.id)] ?? memory?.looked ?? null,
    boundMs: Math.max(...topics.map((topic) => staleAfterMs(intervalOf(order, topic, now)))),
    readAt: readAt(passing, topics),
    now,
    zone: order.zone,
    draw: (...slot) => draw(kept.seed, order.lock, order.mode, session, rule.was ?? rule.id, ...slot),
  }
}

/** The scheduled topics a rule's decision rests on; which lock it is about is always one. */
export function topicsOf(rule: Rule, { polls }: Order): Topic[] {
  return [...polls.keys()].filter((topic) => topic === lockTopic || rule.reads.includes(serviceOf(topic)))
}

/** When the oldest of the last good readings of these topics was begun; null where one was never read. */
export function readAt(passing: Passing, topics: readonly Topic[]): Instant | null {
  const asked = topics.map((topic) => passing.readings[topic]?.asked ?? null)
  return asked.some((one) => one === null) ? null : Math.min(...asked.map((one) => one ?? 0))
}

function intervalOf({ polls, zone }: Order, topic: Topic, now: Instant): number {
  const poll = polls.get(topic)
  return poll ? gapMs(poll, now, zone) : 0
}

/** What fired but does not fit is still to come: nothing of it is remembered but that the condition is true. */
function heldOver(rule: Rule, before: RuleMemory | undefined, after: RuleMemory | undefined): RuleMemory | undefined {
  if (rule.changes.size > 0 || rule.at.length > 0 || !after?.episode) return before
  const begun = { since: after.episode.since, occurred: 0, from: after.episode.since, blindMs: 0 }
  return { ...after, episode: before?.episode ?? begun }
}

function seenToChange({ leaf, truth }: LeafTrace): boolean {
  return truth === true && operatorNamed(leaf.operator)?.onChange === true
}

/** What own writes did to a fact between the last look at it and this one. */
function ownDoing(
  { kept, fences, facts, rules, session }: Deciding,
  name: string,
  anchor: Anchor | undefined,
): OwnDoing {
  const fence = fences.get(name)
  const fact = facts.get(name)
  if (fence === undefined || !fact || !anchor || fence <= anchor.asked || fence >= fact.asked) return 0
  const writes = kept.rows.filter(
    (row) =>
      row.session === session &&
      row.sentAt !== null &&
      (row.endedAt ?? 0) > anchor.asked &&
      rules.actions.get(row.action)?.fences.includes(name),
  )
  // Of time it is known how much it was; of anything else, only that it was ours.
  const told = name === 'lock.timeRemainingSeconds' && writes.every(isToldTime)
  return told ? writes.reduce((sum, row) => sum + signedSeconds(row), 0) : 'untold'
}

function isToldTime({ state, effect }: LedgerRow): boolean {
  if (state === 'rejected' || state === 'not-sent' || state === 'cancelled') return true
  return state === 'applied' && (effect.counts === 'add_time' || effect.counts === 'remove_time')
}

function signedSeconds({ state, effect }: LedgerRow): number {
  if (state !== 'applied') return 0
  return effect.counts === 'add_time' ? effect.seconds : -effect.seconds
}

function anchored(
  deciding: Deciding,
  rule: Rule,
  memory: RuleMemory | undefined,
  fired: boolean,
): RuleMemory | undefined {
  if (rule.changes.size === 0) return memory
  return withAnchors(rule, memory, (anchor, name) => {
    const fact = deciding.facts.get(name) ?? unknown('unread', deciding.now)
    return moveAnchor(anchor, fact, fired, ownDoing(deciding, name, anchor))
  })
}
