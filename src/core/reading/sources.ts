import type { Instant } from '../calendar/time.ts'
import type { Order } from '../model/order.ts'
import type { Passing } from '../model/passing.ts'
import type { Rule } from '../model/rule.ts'
import { lockTopic, serviceOf, type Topic } from '../model/service.ts'

/**
 * The scheduled topics on which a rule's decision depends. The lock itself is one of them, unless the rule needs no
 * reading at all.
 */
export function topicsOf(rule: Rule, { polls }: Pick<Order, 'polls'>): Topic[] {
  if (rule.needsNoReading) return []
  return [...polls.keys()].filter((topic) => topic === lockTopic || rule.reads.includes(serviceOf(topic)))
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
