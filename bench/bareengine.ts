import { Engine, type NestedCondition, type TopLevelCondition } from 'json-rules-engine'
import { nameOf, type Saying } from './madeup.ts'
import type { MadeUpRule } from './madeuprules.ts'

/** json-rules-engine as its own pages show it: one engine, all rules, values as they are, its own operators. */
export class BareEngine {
  readonly #engine = new Engine()

  constructor(rules: readonly MadeUpRule[]) {
    for (const rule of rules) {
      this.#engine.addRule({ name: rule.id, conditions: conditionsOf(rule), event: { type: 'true' } })
    }
  }

  /** Runs all of it on a saying and reads every result, with those of its leaves where asked to. */
  async run({ values }: Saying, withLeaves: boolean): Promise<Map<string, boolean>> {
    const facts: Record<string, unknown> = {}
    for (const [index, value] of values.entries()) facts[nameOf(index)] = value
    const { results, failureResults } = await this.#engine.run(facts)
    const truths = new Map<string, boolean>()
    let leaves = 0
    for (const result of [...results, ...failureResults]) {
      truths.set(result.name, result.result === true)
      if (withLeaves) leaves += leavesIn(result.conditions)
    }
    if (withLeaves && leaves === 0) throw new Error('the engine told of no leaf')
    return truths
  }
}

function conditionsOf({ shape, leaves }: MadeUpRule): TopLevelCondition {
  const [a, b, c, d] = leaves.map(({ fact, operator, value }): NestedCondition => ({ fact, operator, value }))
  if (!a || !b || !c || !d) throw new Error('a made-up rule has four leaves')
  switch (shape) {
    case 'all':
      return { all: [a, b, c, d] }
    case 'any':
      return { any: [a, b, c, d] }
    case 'all of any':
      return { all: [{ any: [a, b] }, c, d] }
    default:
      return { all: [{ not: a }, b, c, d] }
  }
}

/** How many leaves of a result have been judged; the engine leaves out those behind a decided one. */
function leavesIn(condition: object): number {
  const { all, any, not, result } = condition as { all?: object[]; any?: object[]; not?: object; result?: boolean }
  const members = all ?? any ?? (not ? [not] : null)
  if (members) return members.reduce((sum, one) => sum + leavesIn(one), 0)
  return result === undefined ? 0 : 1
}
