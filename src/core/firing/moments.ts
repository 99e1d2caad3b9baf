import { earliestMoment, latestMoment } from '../calendar/moment.ts'
import type { Instant } from '../calendar/time.ts'
import type { Rule } from '../model/rule.ts'

/** What the moments of a rule go by. */
export interface Timed {
  rule: Rule
  /** When the rule that it comes after fired. */
  before(): readonly Instant[]
  now: Instant
  zone: string
  /** A number in [0, 1) for each key of this rule. */
  draw(...key: string[]): number
}

/** The moment of a rule in (`since`, now] that is decided next: the last of an `at`, the first after another rule. */
export function momentSince(question: Timed, since: Instant): Instant | null {
  const { rule, now, zone } = question
  if (rule.after === null) return latestMoment(rule.at, since, now, zone, (date) => question.draw('at', date))
  const next = nextMoment(question, since)
  return next !== null && next <= now ? next : null
}

/** The first moment of a rule after `since`, as far as it is known; null without any. */
export function nextMoment(question: Timed, since: Instant = question.now): Instant | null {
  const { rule, zone, before } = question
  const { after } = rule
  if (after === null) return earliestMoment(rule.at, since, zone, (date) => question.draw('at', date))
  const later = before().flatMap((fired) => (fired + after.waitMs > since ? fired + after.waitMs : []))
  return later.length > 0 ? Math.min(...later) : null
}
