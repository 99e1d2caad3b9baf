import type { Moved } from './anchor.ts'
import type { Facts, Instant } from './fact.ts'
import { judge, type Verdict } from './judge.ts'
import type { RuleMemory } from './kept.ts'
import { stillSo, stirred } from './probe.ts'
import type { Rule, RuleSet } from './rules/compile.ts'
import { nextFlip } from './turn.ts'

/** What a judgement rested on, so that the next one need not ask again what cannot have changed. */
export interface Judged {
  /** Digest of the rules. */
  rules: string
  /** Mode and lock session. */
  of: string
  facts: Facts
  /** What each rule remembered when it was last decided on, and what that was taken from. */
  memories: ReadonlyMap<string, RuleMemory | undefined>
  memory: Readonly<Record<string, RuleMemory>>
  /** When a leaf of a rule may next come out otherwise by the clock alone, by the rule's place. */
  flips: readonly Instant[]
}

/** The verdicts of a moment, and which rules, by their places, must be decided on. */
export interface Judgement {
  verdicts: ReadonlyMap<string, Verdict>
  flips: readonly Instant[]
  /** Null: all of them. */
  open: ReadonlySet<number> | null
}

/** Which rules ask for a fact in their conditions, and which must be looked at each time. */
interface Index {
  byFact: ReadonlyMap<string, readonly number[]>
  always: readonly number[]
}

const indexes = new WeakMap<RuleSet, Index>()

function indexOf(rules: RuleSet): Index {
  let index = indexes.get(rules)
  if (!index) {
    const byFact = new Map<string, number[]>()
    const always: number[] = []
    for (const [place, rule] of rules.rules.entries()) {
      // A change is true in one step only.
      if (rule.changes.size > 0) always.push(place)
      for (const name of rule.uses) {
        const known = byFact.get(name)
        if (known) known.push(place)
        else byFact.set(name, [place])
      }
    }
    index = { byFact, always }
    indexes.set(rules, index)
  }
  return index
}

type Movement = (rule: Rule, leaf: string) => Moved | null

/** What is judged, and on what. */
interface Judging {
  rules: RuleSet
  facts: Facts
  now: Instant
  zone: string
  movement: Movement
}

/** Judges every rule by the engine. */
export async function judgeAll(judging: Judging): Promise<Judgement> {
  const { rules, facts, now, movement } = judging
  const verdicts = await judge(rules, facts, now, movement)
  return { verdicts, flips: rules.rules.map((rule) => flipOf(rule, judging)), open: null }
}

/**
 * Judges by the engine only those rules of which some leaf comes out otherwise than before; `due` are those to be
 * decided on whatever their facts do.
 */
export async function judgeAgain(
  judging: Judging,
  last: Judged,
  before: ReadonlyMap<string, Verdict>,
  due: ReadonlySet<number>,
): Promise<Judgement> {
  const { rules, facts, now, movement } = judging
  const { byFact, always } = indexOf(rules)
  const open = new Set([...due, ...always])
  const { lines, clock } = stirred(rules.uses, last.facts, facts)
  for (const name of lines) for (const place of byFact.get(name) ?? []) open.add(place)
  const stirredLines = new Set(open)
  const byClock = new Set<number>()
  for (const name of clock) {
    for (const place of byFact.get(name) ?? []) {
      if (!open.has(place) && (name.startsWith('time.') || now >= (last.flips[place] ?? 0))) byClock.add(place)
    }
  }
  const afresh: Rule[] = []
  let verdicts: Map<string, Verdict> | null = null
  let flips: Instant[] | null = null
  for (const place of [...open, ...byClock]) {
    const rule = rules.rules[place]
    const verdict = rule && before.get(rule.id)
    if (!rule) continue
    const again = verdict && stillSo(rule, verdict, facts, now, movement)
    verdicts ??= new Map(before)
    if (again) verdicts.set(rule.id, again)
    else {
      afresh.push(rule)
      open.add(place)
    }
    if (stirredLines.has(place) || now >= (last.flips[place] ?? 0)) {
      flips ??= [...last.flips]
      flips[place] = flipOf(rule, judging)
    }
  }
  const judged = afresh.length === 0 ? [] : await judge(rules, facts, now, movement, afresh)
  for (const [id, verdict] of judged) verdicts?.set(id, verdict)
  return { verdicts: verdicts ?? before, flips: flips ?? last.flips, open }
}

function flipOf(rule: Rule, { facts, now, zone }: Judging): Instant {
  const conditions = [rule.when, rule.onlyIf].filter((condition) => condition !== null)
  return Math.min(Number.POSITIVE_INFINITY, ...conditions.map((condition) => nextFlip(condition, facts, now, zone)))
}
