import { type Instant, sayInstant } from '../core/calendar/time.ts'
import type { Passing } from '../core/model/passing.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Step } from '../core/step.ts'
import { sayDecision, sayWait } from './why.ts'

/** A future moment at which a lock is read, or at which a rule may have its turn. */
export interface Ahead {
  at: Instant
  said: string
  /** Null: the next look, whatever rule it is for. */
  rule: string | null
  because: string
}

/** The moments ahead that are known now, in their order. What happens until then may change them. */
export function showAhead(around: {
  rules: RuleSet
  passing: Passing
  last: Step | null
  now: Instant
  zone: string
}): Ahead[] {
  const { rules, passing, last, now, zone } = around
  const look = last ? [{ at: last.wake.at, rule: null, because: last.wake.because }] : []
  const turns = passing.decisions.flatMap((decision) => {
    const rule = rules.byId.get(decision.rule)
    if (!rule?.enabled || decision.fires || decision.until === null || decision.until <= now) return []
    const because = sayWait(decision, rule, now, zone) ?? sayDecision(decision, zone)
    return [{ at: decision.until, rule: rule.id, because }]
  })
  return [...look, ...turns]
    .filter(({ at }) => Number.isFinite(at))
    .sort((one, other) => one.at - other.at)
    .map((one) => ({ ...one, said: sayInstant(one.at, zone) }))
}
