import type { Instant } from '../calendar/time.ts'
import type { Order } from '../model/order.ts'
import type { Passing } from '../model/passing.ts'
import type { Rule } from '../model/rule.ts'
import { lockTopicIn, serviceOf, type Topic } from '../model/service.ts'

/** The scheduled topics a rule's decision rests on; which lock it is about is one, unless it needs none at all. */
export function topicsOf(rule: Rule, { polls, services }: Pick<Order, 'polls' | 'services'>): Topic[] {
  if (rule.needsNoReading) return []
  const lock = lockTopicIn(services)
  return [...polls.keys()].filter((topic) => topic === lock || rule.reads.includes(serviceOf(topic)))
}

/**
 * Whether a rule waits for a reading that is under way: what another service told meanwhile says nothing of what has
 * happened since the last one. A change is true in one step only, and waits for none.
 */
export function isBeingRead(rule: Rule, order: Pick<Order, 'services' | 'polls' | 'underway'>): boolean {
  return rule.changes.size === 0 && topicsOf(rule, order).some((topic) => order.underway.has(topic))
}

/**
 * When the oldest of the last good readings of these topics began; now if there are no topics; null if one was never
 * read.
 */
export function readAt(passing: Passing, topics: readonly Topic[], now: Instant): Instant | null {
  if (topics.length === 0) return now
  const asked = topics.map((topic) => passing.readings[topic]?.asked ?? null)
  return asked.some((one) => one === null) ? null : Math.min(...asked.map((one) => one ?? 0))
}

export function heardIn(before: Passing, after: Passing): ReadonlySet<Topic> {
  const topics = Object.keys(after.readings) as Topic[]
  return new Set(topics.filter((topic) => after.readings[topic] !== before.readings[topic]))
}
