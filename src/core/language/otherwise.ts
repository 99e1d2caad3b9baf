import type { Fault } from '../../document/fault.ts'
import type { Rule } from '../model/rule.ts'
import { sayCosting } from '../model/rulekeys.ts'

/** An `otherwise` that is never done, since nothing of its rule ever costs it an occurrence. */
export function idleOtherwise(rule: Rule): Fault[] {
  if (rule.otherwise.length === 0) return []
  if (sayCosting(rule).length > 0) return []
  const waits = rule.cooldownMs > 0 || rule.limits.length > 0
  const message = waits
    ? 'this is never done: under cooldown and limit a lasting condition waits, and fires later'
    : 'this is never done: nothing costs the rule a firing'
  const hint = waits
    ? 'ask in "when" for a change, such as rises, or take it out'
    : 'it goes with limit, cooldown, only_if and chance'
  return [rule.lint(['otherwise'], message, { hint, key: true })]
}
