import type { Fact, Facts, Instant } from './fact.ts'
import { judge, type Movement } from './judge.ts'
import type { RuleMemory } from './kept.ts'
import { isOnLine, stillSo } from './probe.ts'
import type { Rule, RuleSet } from './rules/compile.ts'
import { type Condition, leavesOf } from './rules/condition.ts'
import type { Verdict } from './trace.ts'
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

/** Which rules ask for a fact in their conditions, by their places, and which must be looked at each time. */
interface Index {
  byFact: ReadonlyMap<string, Asked>
  /** The clock's own facts, which run on whatever is read. */
  byClock: readonly number[]
  /** Rules that ask for a change, which is true in one step only. */
  always: readonly number[]
}

interface Asked {
  places: readonly number[]
  /** Whether a leaf holds it against another fact, so that a new value moves the moment at which they meet. */
  compared: boolean
}

const indexes = new WeakMap<RuleSet, Index>()

function indexOf(rules: RuleSet): Index {
  let index = indexes.get(rules)
  if (!index) {
    const byFact = new Map<string, { places: number[]; compared: boolean }>()
    const always: number[] = []
    const byClock = new Set<number>()
    for (const [place, rule] of rules.rules.entries()) {
      if (rule.changes.size > 0) always.push(place)
      for (const { fact, than } of conditionsOf(rule).flatMap(leavesOf)) {
        const names = 'factName' in than ? [fact, than.factName] : [fact]
        for (const name of names) {
          const asked = byFact.get(name) ?? { places: [], compared: false }
          if (asked.places.at(-1) !== place) asked.places.push(place)
          asked.compared ||= names.length > 1
          if (isOfClock(name)) byClock.add(place)
          else byFact.set(name, asked)
        }
      }
    }
    index = { byFact, byClock: [...byClock], always }
    indexes.set(rules, index)
  }
  return index
}

function isOfClock(name: string): boolean {
  return name.startsWith('time.')
}

function conditionsOf({ when, onlyIf }: Rule): Condition[] {
  return [when, onlyIf].filter((condition) => condition !== null)
}

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
 * Judges by the engine only those rules of which the verdict may be another than before; `due` are those to be decided
 * on whatever their facts do.
 */
export async function judgeAgain(
  judging: Judging,
  last: Judged,
  before: ReadonlyMap<string, Verdict>,
  due: ReadonlySet<number>,
): Promise<Judgement> {
  const { rules, facts, now, movement } = judging
  const { byFact, byClock, always } = indexOf(rules)
  const open = new Set([...due, ...always])
  const asked = new Set([...open, ...byClock])
  const turned = new Set<number>()
  const hasFlipped = (place: number) => now >= (last.flips[place] ?? 0)
  for (const [name, { places, compared }] of byFact) {
    const [was, is] = [last.facts.get(name), facts.get(name)]
    if (isOnLine(was, is)) {
      if (is && is.pace !== 0) for (const place of places) if (hasFlipped(place)) asked.add(place)
    } else {
      for (const place of places) asked.add(place)
      // Where a value merely is another, what the clock brings about is as far off as it was.
      if (!compared && holdsStill(was) && holdsStill(is)) continue
      for (const place of places) {
        open.add(place)
        turned.add(place)
      }
    }
  }
  const afresh: Rule[] = []
  let verdicts: Map<string, Verdict> | null = null
  let flips: Instant[] | null = null
  for (const place of asked) {
    const rule = rules.rules[place]
    if (!rule) continue
    const verdict = before.get(rule.id)
    const again = verdict ? stillSo(rule, verdict, facts, now, movement) : null
    if (!again) afresh.push(rule)
    if (again !== verdict) {
      open.add(place)
      verdicts ??= new Map(before)
      if (again) verdicts.set(rule.id, again)
    }
    if (turned.has(place) || hasFlipped(place)) {
      flips ??= [...last.flips]
      flips[place] = flipOf(rule, judging)
    }
  }
  const judged = afresh.length === 0 ? [] : await judge(rules, facts, now, movement, afresh)
  for (const [id, verdict] of judged) verdicts?.set(id, verdict)
  return { verdicts: verdicts ?? before, flips: flips ?? last.flips, open }
}

function holdsStill(fact: Fact | undefined): boolean {
  return fact === undefined || (fact.pace === 0 && fact.turnsAt === undefined)
}

function flipOf(rule: Rule, { facts, now, zone }: Judging): Instant {
  const flips = conditionsOf(rule).map((condition) => nextFlip(condition, facts, now, zone))
  return Math.min(Number.POSITIVE_INFINITY, ...flips)
}
