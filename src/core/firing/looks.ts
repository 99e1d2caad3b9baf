import type { Instant } from '../calendar/time.ts'
import { leafTraces } from '../judging/trace.ts'
import type { Rule } from '../model/rule.ts'
import type { RuleMemory } from '../model/rulememory.ts'
import type { Verdict } from '../model/verdicts.ts'
import { countedMs } from './firing.ts'

/** Whether it ever counts observed time. */
export function observes(rule: Rule): boolean {
  return rule.forMs > 0 || rule.repeatMs > 0
}

/** Of what `for` or `repeat` waits for, so much may be lost when the process is killed; at least a minute of it. */
const lostShare = 60

const leastLostMs = 60_000

const mostLostMs = 3_600_000

/**
 * The memory with when its condition was last known, where that is worth storing: something is stored anyway, or
 * observed time is counted and the last stamp is too old.
 */
export function stampedLook(
  rule: Rule,
  memory: RuleMemory | undefined,
  looked: Instant | null,
): RuleMemory | undefined {
  if (!memory || looked === null || memory.looked === looked) return memory
  const waits = countedMs(rule, memory)
  if (waits === 0) return memory
  const everyMs = Math.min(mostLostMs, Math.max(leastLostMs, waits / lostShare))
  return memory.looked !== null && looked - memory.looked < everyMs ? memory : { ...memory, looked }
}

/** Whether a look at this verdict counts as one at a known condition. */
export function isKnown(verdict: Verdict | undefined, rule: Rule): boolean {
  return rule.when === null || (verdict?.when?.truth ?? null) !== null || restsOnFence(verdict)
}

/** What is only being read again after an own write was not out of sight. */
function restsOnFence(verdict: Verdict | undefined): boolean {
  const leaves = verdict?.when?.truth === null ? leafTraces(verdict.when) : []
  return leaves.some(({ saw, than }) => [saw, than].some((one) => !one.known && one.why === 'fenced'))
}
