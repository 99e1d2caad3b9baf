import { moveAnchor, movedFrom } from '../core/anchor.ts'
import { readAt, topicsOf } from '../core/decide.ts'
import {
  at,
  type Fact,
  type Facts,
  type Instant,
  knownValue,
  type Saw,
  staleAfterMs,
  unknown,
  type Value,
} from '../core/fact.ts'
import { countedMs, type Firings, firingsOf, withFormer } from '../core/firing.ts'
import { fencesOf, readFacts, withDerived } from '../core/gather.ts'
import { nextHalt } from '../core/halt.ts'
import { type Kept, memoryKey } from '../core/kept.ts'
import { isOpen, type LedgerRow } from '../core/ledger.ts'
import { lockTopic } from '../core/limits.ts'
import { listen } from '../core/listen.ts'
import { operatorNamed } from '../core/operators.ts'
import type { News, Order } from '../core/order.ts'
import type { Passing } from '../core/passing.ts'
import type { Rule, RuleSet } from '../core/rules/compile.ts'
import type { Topic } from '../core/service.ts'
import { noLock, standsStill } from '../core/session.ts'
import type { Step } from '../core/step.ts'
import { followTask } from '../core/task.ts'
import { type LeafTrace, leafTraces, type Verdict } from '../core/trace.ts'

/** What follows from the ledger alone, and holds as long as that stays as it is. */
interface OfRows {
  session: string
  isQuiet: boolean
  fences: ReadonlyMap<string, Instant>
  firings: Firings
}

/** A leaf of the last judgement; `change` is its key where it asks for a change. */
interface Judged {
  rule: Rule
  trace: LeafTrace
  change: string | null
}

/** What of a rule is worth looking up only once. */
interface Following {
  rule: Rule
  key: string
  topics: readonly Topic[]
  /** Whether its condition was known, or only fenced, at the last judgement. */
  looks: boolean
}

/** The least time that two looks may lie apart and still count as one observation. */
const leastStaleMs = 60_000

/**
 * Tells readings at which a step would come to nothing, so that it need not be made: no row is open, no moment of a
 * rule has come, and every leaf of every condition is as true and as known as it was at the last step. What such a
 * step would leave behind comes back, but for the sign of life, of which a replay has no need. A replay of weeks
 * consists of little else.
 */
export class Lull {
  readonly #rules: RuleSet
  #rows: { rows: readonly LedgerRow[]; of: OfRows } | null = null
  #judged: { verdicts: Passing['verdicts']; leaves: readonly Judged[]; following: readonly Following[] } | null = null

  constructor(rules: RuleSet) {
    this.#rules = rules
  }

  /** What a step would have left of `passing`, where it would have done nothing else; null where it must be made. */
  over(now: Instant, kept: Kept, passing: Passing, news: readonly News[], order: Order, last: Step): Passing | null {
    if (last.standstill !== null || last.changed.length > 0) return null
    if (news.length === 0 || !news.every((item) => 'reading' in item && item.reading.ok)) return null
    if (last.decisions.some((one) => one.fires || (one.until !== null && one.until <= now))) return null
    const session = kept.session ?? noLock
    const ofRows = this.#ofRows(kept, session, order, now)
    if (!ofRows.isQuiet) return null
    const heard = listen(passing, kept, news, order)
    if (heard.kept !== kept || !heard.fresh) return null
    if (this.#hasMoved(passing, heard.passing)) return null
    const { fences, firings } = ofRows
    const read = readFacts(heard.passing, fences, now)
    if (!followsOn(kept, passing, heard.passing, read, session)) return null
    const facts = withDerived(read, {
      ...order,
      passing: heard.passing,
      rules: this.#rules,
      kept,
      firings,
      session,
      now,
    })
    const { leaves, following } = this.#judgedBy(passing.verdicts, session, order)
    if (!this.#isUnturned(leaves, facts, fences, kept, session, order, now)) return null
    const looked = this.#lookedBy(following, heard.passing, kept, order, now)
    return looked && { ...heard.passing, facts, looked, stopped: order.stopped }
  }

  #ofRows(kept: Kept, session: string, order: Order, now: Instant): OfRows {
    const { rows } = kept
    if (this.#rows?.rows === rows && this.#rows.of.session === session) return this.#rows.of
    const halt = nextHalt(rows, this.#rules, order, session, now)
    const of = {
      session,
      isQuiet: !rows.some(isOpen) && halt === Number.POSITIVE_INFINITY,
      fences: fencesOf(rows, this.#rules),
      firings: withFormer(firingsOf(rows, session, order.mode), this.#rules.rules),
    }
    this.#rows = { rows, of }
    return of
  }

  /** Whether a count that rules ask for goes on along another line, so that it will cross others at other moments. */
  #hasMoved(before: Passing, after: Passing): boolean {
    for (const [topic, known] of Object.entries(after.readings)) {
      const last = before.readings[topic as Topic]
      if (known === last) continue
      for (const [name, fact] of known.facts) {
        if (fact.pace === 0 || !fact.known || !this.#rules.uses.has(name)) continue
        const was = last?.facts.get(name)
        if (was?.since !== fact.since || !was.known || was.value !== fact.value) return true
      }
    }
    return false
  }

  #judgedBy(verdicts: Passing['verdicts'], session: string, order: Order) {
    if (this.#judged?.verdicts === verdicts) return this.#judged
    const leaves: Judged[] = []
    const following: Following[] = []
    for (const rule of this.#rules.rules) {
      const verdict = verdicts.get(rule.id)
      const traces = verdict?.when ? leafTraces(verdict.when) : []
      traces.forEach((trace, i) => {
        leaves.push({ rule, trace, change: rule.changes.has(String(i)) ? String(i) : null })
      })
      if (verdict?.onlyIf) {
        for (const trace of leafTraces(verdict.onlyIf)) leaves.push({ rule, trace, change: null })
      }
      const looks = truthOf(rule, verdict) !== null || traces.some(isFenced)
      following.push({ rule, key: memoryKey(order.mode, session, rule.id), topics: topicsOf(rule, order), looks })
    }
    this.#judged = { verdicts, leaves, following }
    return this.#judged
  }

  #isUnturned(
    leaves: readonly Judged[],
    facts: Facts,
    fences: ReadonlyMap<string, Instant>,
    kept: Kept,
    session: string,
    order: Order,
    now: Instant,
  ): boolean {
    const sights = new Map<string, Saw>()
    const sightOf = (name: string): Saw => {
      let saw = sights.get(name)
      if (!saw) {
        saw = at(facts.get(name) ?? unknown('unread', now), now)
        sights.set(name, saw)
      }
      return saw
    }
    return leaves.every(({ rule, trace, change }) => {
      const { leaf } = trace
      const saw = sightOf(leaf.fact)
      if (!asKnown(saw, trace.saw)) return false
      const operator = operatorNamed(leaf.operator)
      const type = this.#rules.catalogue.get(leaf.fact)?.type ?? 'text'
      if (change !== null) {
        const moved = this.#stoodStill(rule, leaf.fact, facts, fences, kept, session, order)
        const value = 'value' in leaf.than ? (leaf.than.value as Value) : ''
        if (moved === undefined) return false
        return operator?.test(saw, { known: true, value }, type, moved) === trace.truth
      }
      const than: Saw =
        'factName' in leaf.than ? sightOf(leaf.than.factName) : { known: true, value: leaf.than.value as Value }
      return asKnown(than, trace.than) && operator?.test(saw, than, type, null) === trace.truth
    })
  }

  /** How a fact has moved whose anchor stays where it is; undefined where it moves. */
  #stoodStill(
    rule: Rule,
    name: string,
    facts: Facts,
    fences: ReadonlyMap<string, Instant>,
    kept: Kept,
    session: string,
    order: Order,
  ) {
    const memory =
      kept.memory[memoryKey(order.mode, session, rule.id)] ??
      (rule.was === null ? undefined : kept.memory[memoryKey(order.mode, session, rule.was)])
    const anchor = memory?.anchors[name]
    const fact: Fact | undefined = facts.get(name)
    const fence = fences.get(name)
    if (!fact || (fence !== undefined && (!anchor || fence > anchor.asked))) return undefined
    return moveAnchor(anchor, fact, false, 0) === anchor ? movedFrom(anchor, fact, 0) : undefined
  }

  /** When each rule was looked at last, this look included; null where one of them must be told of a gap. */
  #lookedBy(
    following: readonly Following[],
    passing: Passing,
    kept: Kept,
    { polls }: Order,
    now: Instant,
  ): Passing['looked'] | null {
    const looked: Record<string, Instant> = { ...passing.looked }
    for (const { rule, key, topics, looks } of following) {
      if (!looks) continue
      const read = readAt(passing, topics)
      const memory = kept.memory[key]
      if (memory && countedMs(rule, memory) > 0) {
        const bounds = topics.map((topic) => {
          const poll = polls.get(topic)
          return poll && 'everyMs' in poll ? staleAfterMs(poll.everyMs) : leastStaleMs
        })
        const before = passing.looked[key]
        if (before === undefined || (read ?? now) - before > Math.max(...bounds)) return null
      }
      looked[key] = read ?? now
    }
    return looked
  }
}

/** Whether a reading of the lock leaves what is remembered of its tasks and freezes as it is. */
function followsOn(kept: Kept, seen: Passing, passing: Passing, read: Facts, session: string): boolean {
  const reading = passing.readings[lockTopic]
  const last = seen.readings[lockTopic]
  const known = kept.sessions[session]
  if (!reading || !known || reading === last) return true
  if (followTask(known.task, read, kept.rows, session, reading.asked) !== known.task) return false
  const frozen = knownValue(read, 'lock.frozen')
  if (typeof frozen === 'boolean' && frozen !== known.frozen) return false
  const stands = last ? standsStill(last, reading) : null
  return stands === null || stands === known.standsFrozen
}

function truthOf(rule: Rule, verdict: Verdict | undefined) {
  return rule.when ? (verdict?.when?.truth ?? null) : true
}

function isFenced({ saw, than }: LeafTrace): boolean {
  return [saw, than].some((one) => !one.known && one.why === 'fenced')
}

function asKnown(saw: Saw, before: Saw): boolean {
  return saw.known ? before.known : !before.known && saw.why === before.why
}
