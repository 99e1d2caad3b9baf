import type { Instant } from '../calendar/time.ts'
import type { Facts, Saw, Truth } from './fact.ts'
import { onceFor } from './once.ts'
import type { Leaf, RuleSet } from './rule.ts'
import type { RuleMemory } from './rulememory.ts'

/** A condition with its result, leaf by leaf: the explanation is also the verdict. */
export type Trace = { truth: Truth } & (
  | { leaf: Leaf; saw: Saw; than: Saw }
  | { all: readonly Trace[] }
  | { any: readonly Trace[] }
  | { not: Trace }
)

export type LeafTrace = Extract<Trace, { leaf: Leaf }>

/** The verdicts of one rule: for its condition, and for its `only_if` if it has one. */
export interface Verdict {
  when: Trace | null
  onlyIf: Trace | null
}

/** The verdicts of all rules of a set at one judgement. */
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

  /** The same verdicts, replaced at some places; the same object if there are none. */
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

/** The basis of a judgement, so that the next one need not judge again what cannot have changed. */
export interface Judged {
  /** Digest of the rules. */
  rules: string
  /** Mode and lock session. */
  of: string
  facts: Facts
  /** The memory of each rule, by its place, at its last decision, and where it came from. */
  memories: readonly (RuleMemory | undefined)[]
  memory: Readonly<Record<string, RuleMemory>>
  /** When the clock alone may next change a leaf of a rule, by the rule's place. */
  flips: readonly Instant[]
  /** When the rule must be decided again, whatever its facts do. */
  dues: readonly Instant[]
}
