import type { Instant } from '../calendar/time.ts'
import type { Facts, Saw, Truth } from './fact.ts'
import { onceFor } from './once.ts'
import type { Leaf, RuleSet } from './rule.ts'
import type { RuleMemory } from './rulememory.ts'

/** A condition with what it came to, leaf by leaf: the explanation and the verdict are one and the same. */
export type Trace = { truth: Truth } & (
  | { leaf: Leaf; saw: Saw; than: Saw }
  | { all: readonly Trace[] }
  | { any: readonly Trace[] }
  | { not: Trace }
)

export type LeafTrace = Extract<Trace, { leaf: Leaf }>

/** The verdicts of one rule: its condition, and its `only_if` where it has one. */
export interface Verdict {
  when: Trace | null
  onlyIf: Trace | null
}

/** What all rules of a set came to at one judgement. */
export class Verdicts {
  /** By the rules' places in their set. */
  readonly list: readonly Verdict[]
  readonly places: ReadonlyMap<string, number>

  constructor(list: readonly Verdict[], places: ReadonlyMap<string, number>) {
    this.list = list
    this.places = places
  }

  /** The verdict of the rule with this id. */
  get(id: string): Verdict | undefined {
    const place = this.places.get(id)
    return place === undefined ? undefined : this.list[place]
  }

  /** The same with others at some places; the same object where there are none. */
  with(others: ReadonlyMap<number, Verdict>): Verdicts {
    if (others.size === 0) return this
    const list = [...this.list]
    for (const [place, verdict] of others) list[place] = verdict
    return new Verdicts(list, this.places)
  }
}

export const noVerdicts = new Verdicts([], new Map())

/** The place of each rule in its set, by its id. */
export const placesOf = onceFor(
  ({ rules }: RuleSet): ReadonlyMap<string, number> => new Map(rules.map(({ id }, place) => [id, place])),
)

/** What a judgement rested on, so that the next one need not ask again what cannot have changed. */
export interface Judged {
  /** Digest of the rules. */
  rules: string
  /** Mode and lock session. */
  of: string
  facts: Facts
  /** What each rule, by its place, remembered when it was last decided on, and what that was taken from. */
  memories: readonly (RuleMemory | undefined)[]
  memory: Readonly<Record<string, RuleMemory>>
  /** When a leaf of a rule may next come out otherwise by the clock alone, by the rule's place. */
  flips: readonly Instant[]
  /** When it is to be decided on again whatever its facts do. */
  dues: readonly Instant[]
}
