import type { LedgerRow } from '../model/row.ts'
import type { Json, Topic } from '../model/service.ts'
import type { ActionPassage, Leaving } from './passage.ts'
import { notShown } from './settle.ts'

/** A reading counts as a baseline only if it was answered so shortly before the sending. */
const freshMs = 10_000

/**
 * The baseline that a row needs before it leaves, so that later readings can tell whether it happened. If a reading was
 * tried and failed, the row leaves without a baseline; then nobody will be able to tell.
 */
export function baseline(
  { kind, params, effect, row, rows }: ActionPassage,
  { passing, order, facts, rules, heard, now }: Leaving,
): { told: Json } | { waitsFor: readonly Topic[] } {
  const { readBack: back } = kind
  if (!back) return { told: null }
  // A resend keeps the baseline taken before the first attempt.
  if (row.state === 'unknown') return { told: row.before }
  const reading = passing.readings[back.topic]
  const since = back.after === undefined ? undefined : passing.readings[back.after]?.asked
  // A reading of this step is fresh, however fast the clock runs.
  const recent = heard.has(back.topic) || (reading !== undefined && now - reading.answered <= freshMs)
  const fresh = reading !== undefined && recent && reading.asked >= (since ?? Number.NEGATIVE_INFINITY)
  const fenced = back.by.some((name) => {
    const fact = facts.get(name)
    return fact?.known === false && (fact.why === 'fenced' || fact.why === 'stale')
  })
  const lastAsked = passing.asked[back.topic] ?? Number.NEGATIVE_INFINITY
  const failed = lastAsked >= Math.max(row.at, row.endedAt ?? 0) && reading?.asked !== lastAsked
  const ready = fresh && !fenced
  // Repeatable actions need no baseline.
  if (!ready && (kind.repeatable(params) || (failed && !order.polls.has(back.topic)))) return { told: null }
  if (!ready) return { waitsFor: [back.topic] }
  // The pending effect of another write could be taken for the effect of this one.
  const hidden = notShown(rows, back.by, (name) => rules.actions.get(name), reading.asked, passing.shown)
  return { told: hidden.length > 0 ? null : back.before(facts, params, effect) }
}

/** Our additions of time that a reading of this topic may not show yet. */
export function unseenTime(rows: readonly LedgerRow[], topic: Topic, { passing, rules }: Leaving): LedgerRow[] {
  const reading = passing.readings[topic]
  if (!reading) return []
  const kindOf = (name: string) => rules.actions.get(name)
  return notShown(rows, ['lock.timeRemainingSeconds'], kindOf, reading.asked, passing.shown)
}
