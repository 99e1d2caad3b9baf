import { type Used, unused } from '../judging/anchor.ts'
import type { Movement } from '../judging/judge.ts'
import { leafTraces } from '../judging/trace.ts'
import type { Truth } from '../model/fact.ts'
import type { Rule } from '../model/rule.ts'
import type { Moved } from '../model/rulememory.ts'
import type { Trace } from '../model/verdicts.ts'

/** How often a condition occurred at one reading. */
export interface Occurring {
  /** At least 1. */
  times: number
  /** How much of a fact's rise or fall one occurrence uses up. */
  used: ReadonlyMap<string, Used>
}

/**
 * How often a condition on change occurred: `rises by 5` occurs once for each whole five. Under `all` the smallest
 * number of the leaves counts, under `any` the largest. A false condition counts as one occurrence that uses up
 * nothing.
 */
export function occurringIn(rule: Rule, when: Trace, movement: Movement): Occurring {
  if (rule.changes.size === 0) return { times: 1, used: new Map() }
  const used = new Map<string, Used>()
  let place = 0
  const timesOf = (trace: Trace): number => {
    if ('all' in trace) return Math.min(...trace.all.map(timesOf))
    if ('any' in trace) return Math.max(...trace.any.map(timesOf))
    if ('not' in trace) {
      // Nothing under a `not` is a change; its leaves are skipped.
      place += leafTraces(trace.not).length
      return levelTimes(trace.truth)
    }
    const key = String(place++)
    const { leaf, truth } = trace
    if (!rule.changes.has(key)) return levelTimes(truth)
    if (truth !== true) return 0
    const size = sizeOf(leaf.operator, leaf.than)
    if (size === null) return 1
    const before = used.get(leaf.fact) ?? unused
    used.set(leaf.fact, { ...before, [size.way]: Math.max(before[size.way], size.least) })
    return Math.floor(roomIn(movement(rule, key), size.way) / size.least)
  }
  const times = timesOf(when)
  if (times < 1) return { times: 1, used: new Map() }
  return { times: Number.isFinite(times) ? times : 1, used }
}

/**
 * A leaf that is not a change holds for any number of occurrences, or for none. If it is unknown, that number of
 * occurrences is lost.
 */
function levelTimes(truth: Truth): number {
  return truth === false ? 0 : Number.POSITIVE_INFINITY
}

function roomIn(moved: Moved | null, way: keyof Used): number {
  return moved === null ? 0 : moved[way]
}

function sizeOf(operator: string, than: object): { way: keyof Used; least: number } | null {
  const way = operator === 'rises' ? 'up' : operator === 'falls' ? 'down' : null
  const least = 'value' in than ? than.value : null
  return way === null || typeof least !== 'number' || least <= 0 ? null : { way, least }
}

/** How much of a fact's rise and fall so many occurrences use up. */
export function usedOf({ used }: Occurring, fact: string, turns: number): Used {
  const one = used.get(fact)
  return one === undefined || turns === 0 ? unused : { up: one.up * turns, down: one.down * turns }
}
