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

/** The part of a `for` or `repeat` that may be lost when the process is killed; at least a minute. */
const lostShare = 60

const leastLostMs = 60_000

const mostLostMs = 3_600_000

/**
 * The memory with the last moment at which its condition was known, if that is worth storing: if something is stored
 * anyway, or if observed time is counted and the last stamp is too old.
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

/** Whether a look with this verdict counts as one at a known condition. */
export function isKnown(verdict: Verdict | undefined, rule: Rule): boolean {
  return rule.when === null || (verdict?.when?.truth ?? null) !== null || restsOnFence(verdict)
}

/** A fact that is only being read again after a write of ours was not unobserved. */
function restsOnFence(verdict: Verdict | undefined): boolean {
  const leaves = verdict?.when?.truth === null ? leafTraces(verdict.when) : []
  return leaves.some(({ saw, than }) => [saw, than].some((one) => !one.known && one.why === 'fenced'))
}
