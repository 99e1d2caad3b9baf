import type { Instant } from '../calendar/time.ts'
import type { Fact, Facts } from '../model/fact.ts'
import { onceFor } from '../model/once.ts'
import { type Condition, leavesOf, type Rule, type RuleSet } from '../model/rule.ts'
import { type Judged, placesOf, type Verdict, Verdicts } from '../model/verdicts.ts'
import { judge, type Movement } from './judge.ts'
import { offTheirLines, stillSo } from './probe.ts'
import { nextFlip } from './turn.ts'

/** The verdicts of a moment, and the places of the rules that must be decided. */
export interface Judgement {
  verdicts: Verdicts
  flips: readonly Instant[]
  /** Null: all of them. */
  open: ReadonlySet<number> | null
}

/** The places of the rules that ask for each fact, and of those that must be judged each time. */
interface Index {
  byFact: ReadonlyMap<string, Asked>
  /** The clock's own facts, which change without readings. */
  byClock: readonly number[]
  /** Rules that ask for a change, which is true in one step only. */
  always: readonly number[]
}

interface Asked {
  places: readonly number[]
  /** Whether a leaf compares it with another fact, so that a new value moves the moment at which they meet. */
  compared: boolean
}

const unasked: Asked = { places: [], compared: false }

const indexOf = onceFor(({ rules }: RuleSet): Index => {
  const byFact = new Map<string, { places: number[]; compared: boolean }>()
  const always: number[] = []
  const byClock = new Set<number>()
  for (const [place, rule] of rules.entries()) {
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
  return { byFact, byClock: [...byClock], always }
})

function isOfClock(name: string): boolean {
  return name.startsWith('time.')
}

function conditionsOf({ when, onlyIf }: Rule): Condition[] {
  return [when, onlyIf].filter((condition) => condition !== null)
}

/** The rules to judge, and the facts. */
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
  const judged = await judge(rules, facts, now, movement)
  const list = rules.rules.map(({ id }) => judged.get(id) ?? { when: null, onlyIf: null })
  const verdicts = new Verdicts(list, placesOf(rules))
  return { verdicts, flips: rules.rules.map((rule) => flipOf(rule, judging)), open: null }
}

/** Judges with the engine only the rules whose verdict may have changed. */
export async function judgeAgain(judging: Judging, last: Judged, before: Verdicts): Promise<Judgement> {
  const { rules, facts, now, movement } = judging
  const { byFact, byClock, always } = indexOf(rules)
  const open = new Set(always)
  const asked = new Set(byClock)
  const turned = new Set<number>()
  for (let place = 0; place < rules.rules.length; place++) {
    if ((last.dues[place] ?? now) <= now) open.add(place)
    if ((last.flips[place] ?? now) <= now) turned.add(place)
  }
  for (const name of offTheirLines(last.facts, facts)) {
    const { places, compared } = byFact.get(name) ?? unasked
    for (const place of places) asked.add(place)
    const [was, is] = [last.facts.get(name), facts.get(name)]
    // A new constant value does not move any time-driven change.
    if (!compared && holdsStill(was) && holdsStill(is)) continue
    for (const place of places) {
      open.add(place)
      turned.add(place)
    }
  }
  const afresh = new Map<number, Rule>()
  const others = new Map<number, Verdict>()
  let flips: Instant[] | null = null
  for (const place of new Set([...open, ...turned, ...asked])) {
    const rule = rules.rules[place]
    if (!rule) continue
    const verdict = before.list[place]
    const again = verdict ? stillSo(rule, verdict, facts, now, movement) : null
    if (!again) afresh.set(place, rule)
    else if (again !== verdict) others.set(place, again)
    if (again !== verdict) open.add(place)
    if (turned.has(place)) {
      flips ??= [...last.flips]
      flips[place] = flipOf(rule, judging)
    }
  }
  if (afresh.size > 0) {
    const judged = await judge(rules, facts, now, movement, [...afresh.values()])
    for (const [place, { id }] of afresh) others.set(place, judged.get(id) ?? { when: null, onlyIf: null })
  }
  return { verdicts: before.with(others), flips: flips ?? last.flips, open }
}

/** Judges the rules at these places with the engine, and keeps the verdicts of the others. */
export async function judgeSome(judging: Judging, places: readonly number[], before: Verdicts): Promise<Judgement> {
  const { rules, facts, now, movement } = judging
  const some = places.flatMap((place) => rules.rules[place] ?? [])
  const judged = await judge(rules, facts, now, movement, some)
  const known = before.places === placesOf(rules)
  const all = known
    ? before
    : new Verdicts(
        rules.rules.map(() => unjudged),
        placesOf(rules),
      )
  const others = places.map((place) => [place, judged.get(rules.rules[place]?.id ?? '') ?? unjudged] as const)
  return { verdicts: all.with(new Map(others)), flips: [], open: new Set(places) }
}

const unjudged: Verdict = { when: null, onlyIf: null }

function holdsStill(fact: Fact | undefined): boolean {
  return fact === undefined || (fact.pace === 0 && fact.turnsAt === undefined)
}

function flipOf(rule: Rule, { facts, now, zone }: Judging): Instant {
  const flips = conditionsOf(rule).map((condition) => nextFlip(condition, facts, now, zone))
  return Math.min(Number.POSITIVE_INFINITY, ...flips)
}
