import { onceFor } from './once.ts'
import type { RuleSet } from './rules/compile.ts'
import type { Verdict } from './trace.ts'

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
