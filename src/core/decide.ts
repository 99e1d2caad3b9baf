import { type Moved, moveAnchor, movedFrom } from './anchor.ts'
import { draw } from './draw.ts'
import { type Facts, type Instant, unknown } from './fact.ts'
import { type Decision, decide, type Firings, type Question, withAnchors } from './firing.ts'
import { staleAfterMs } from './gather.ts'
import { judge, type Verdict } from './judge.ts'
import { type Kept, memoryKey, type RuleMemory } from './kept.ts'
import type { LedgerRow } from './ledger.ts'
import { lockTopic } from './limits.ts'
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
    const fact = facts.get(rule.changes.get(leaf)?.fact ?? '')
    return fact ? movedFrom(memories.get(rule.id)?.anchors[leaf], fact, isOwn(deciding, rule, leaf)) : null
  }
  const verdicts = await judge(rules, facts, now, movement)
  const decisions: Decision[] = []
  const changed: Record<string, RuleMemory> = {}
  const planned: LedgerRow[] = []
  const looked: Record<string, Instant> = { ...deciding.passing.looked }
  const room = order.limits.actions.per_step ?? Number.POSITIVE_INFINITY
  for (const rule of rules.rules) {
    const memory = memories.get(rule.id)
    const question = questionOf(deciding, rule, verdicts.get(rule.id), memory)
    const made = decide(question)
    const full = made.decision.fires && planned.length + rule.longest > room
    const decision: Decision = full
      ? { rule: rule.id, fires: false, why: 'step full', until: null, detail: '' }
      : made.decision
    decisions.push(decision)
    if (question.truth !== null) looked[rule.id] = now
    const after = anchored(deciding, rule, full ? heldOver(rule, memory, made.memory) : made.memory, decision.fires)
    if (after && after !== kept.memory[memoryKey(order.mode, session, rule.id)]) {
      changed[memoryKey(order.mode, session, rule.id)] = after
    }
    if (!decision.fires) continue
    const key = { lock: order.lock, session, mode: order.mode, occurrence: decision.occurrence }
    const firing = { key, due: decision.due, draw: (...slot: string[]) => question.draw(decision.occurrence, ...slot) }
    planned.push(...plan(rule, rules, firing, facts, now, order.zone))
  }
  return {
    kept:
      Object.keys(changed).length === 0 && planned.length === 0
        ? kept
        : {
            ...kept,
            memory: { ...kept.memory, ...changed },
            rows: planned.length === 0 ? kept.rows : [...kept.rows, ...planned],
          },
    passing: { ...deciding.passing, verdicts, decisions, looked, anchored: anchoredNow(deciding) },
  }
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
  const former = rule.was === null ? [] : (firings.get(rule.was) ?? [])
  const topics = topicsOf(rule, order)
  const readings = topics.map((topic) => passing.readings[topic]?.asked ?? null)
  return {
    rule,
    truth: rule.when ? (verdict?.when?.truth ?? null) : true,
    onlyIf: rule.onlyIf ? (verdict?.onlyIf?.truth ?? null) : true,
    memory,
    fired: [...former, ...(firings.get(rule.id) ?? [])],
    looked: passing.looked[rule.id] ?? kept.storedAt,
    boundMs: Math.max(...topics.map((topic) => staleAfterMs(intervalOf(order, topic, now)))),
    readAt: readings.some((asked) => asked === null) ? null : Math.min(...readings.map((asked) => asked ?? 0)),
    now,
    zone: order.zone,
    draw: (...slot) => draw(kept.seed, order.lock, order.mode, session, rule.id, ...slot),
  }
}

/** The scheduled topics a rule's decision rests on; which lock it is about is always one. */
export function topicsOf(rule: Rule, { polls }: Order): Topic[] {
  return [...polls.keys()].filter((topic) => topic === lockTopic || rule.reads.includes(serviceOf(topic)))
}

function intervalOf({ polls, zone }: Order, topic: Topic, now: Instant): number {
  const poll = polls.get(topic)
  return poll ? gapMs(poll, now, zone) : 0
}

/** What fired but does not fit is still to come: a level keeps its turn, a moment too; a change cannot wait. */
function heldOver(rule: Rule, before: RuleMemory | undefined, after: RuleMemory | undefined): RuleMemory | undefined {
  if (rule.changes.size > 0 || !after) return after
  const { moment, episode } = { moment: before?.moment ?? null, episode: before?.episode ?? null }
  if (rule.at.length > 0) return { ...after, moment }
  if (!after.episode) return after
  const occurred = after.episode.occurred - 1
  return {
    ...after,
    episode: episode
      ? { ...after.episode, occurred, from: episode.from, blindMs: episode.blindMs }
      : { ...after.episode, occurred },
  }
}

/** Whether an own write came between the last look at a change leaf's fact and this one. */
function isOwn({ passing, kept, fences, facts }: Deciding, rule: Rule, leaf: string): boolean {
  const name = rule.changes.get(leaf)?.fact ?? ''
  const fence = fences.get(name)
  const fact = facts.get(name)
  if (fence === undefined || !fact) return false
  return fence >= (passing.anchored[name] ?? kept.storedAt ?? 0) && fence < fact.asked
}

function anchored(
  deciding: Deciding,
  rule: Rule,
  memory: RuleMemory | undefined,
  fired: boolean,
): RuleMemory | undefined {
  if (rule.changes.size === 0) return memory
  return withAnchors(rule, memory, deciding.facts, (anchor, leaf) => {
    const fact = deciding.facts.get(rule.changes.get(leaf)?.fact ?? '') ?? unknown('unread', deciding.now)
    return moveAnchor(anchor, fact, fired, isOwn(deciding, rule, leaf))
  })
}

/** Of which reading each change leaf's fact was looked at, where it was known. */
function anchoredNow({ passing, rules, facts }: Deciding): Record<string, Instant> {
  const now: Record<string, Instant> = { ...passing.anchored }
  for (const rule of rules.rules) {
    for (const { fact: name } of rule.changes.values()) {
      const fact = facts.get(name)
      if (fact?.known) now[name] = fact.asked
    }
  }
  return now
}
