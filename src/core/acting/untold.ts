import type { Limits } from '../model/agreement.ts'
import type { Facts } from '../model/fact.ts'
import type { Passing } from '../model/passing.ts'
import type { RuleSet } from '../model/rule.ts'
import { whyNoRoom } from './limits.ts'
import { addsTime } from './room.ts'

/** A fact that good readings do not tell, the reason, and the enabled rules that wait for it. */
export interface Untold {
  fact: string
  words: string
  rules: readonly string[]
}

/** The last reading of every fact, however long ago, by name. */
export function lastRead({ readings }: Pick<Passing, 'readings'>): Facts {
  return new Map(Object.values(readings).flatMap(({ facts }) => [...facts]))
}

/** The unreadable facts of these readings; and a hidden remaining time, if that keeps rules from adding time. */
export function untoldOf(facts: Facts, rules: RuleSet | null, limits: Limits): Untold[] {
  const on = (rules?.rules ?? []).filter(({ enabled }) => enabled)
  const untold = unreadableIn(facts).map(({ fact, sent }) => ({
    fact,
    words: sent === null ? 'what is sent cannot be read' : `${sent} was sent, which cannot be read`,
    rules: on.filter(({ uses }) => uses.has(fact)).map(({ id }) => id),
  }))
  const noRoom = facts.has(remaining) ? whyNoRoom(facts, limits) : null
  const adding = rules ? on.filter(({ id }) => addsTime(rules).has(id)).map(({ id }) => id) : []
  if (noRoom === null || adding.length === 0) return untold
  return [...untold.filter(({ fact }) => fact !== remaining), { fact: remaining, words: noRoom, rules: adding }]
}

const remaining = 'lock.timeRemainingSeconds'

/** The facts in a form without one clear meaning, with the value; null if the value must not be shown. */
export function unreadableIn(facts: Facts): { fact: string; sent: string | null }[] {
  return [...facts].flatMap(([fact, is]) => {
    // A name that no rule can write is the program's own.
    const counts = !is.known && is.why === 'unreadable' && !fact.includes('(')
    return counts ? { fact, sent: is.sent ?? null } : []
  })
}
