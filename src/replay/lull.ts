import { nextHalt } from '../core/acting/halt.ts'
import { endOf, type Instant, startOf } from '../core/calendar/time.ts'
import { isKnown, observes } from '../core/firing/looks.ts'
import { openRows } from '../core/memory/ledger.ts'
import { noLock } from '../core/model/lock.ts'
import type { Order } from '../core/model/order.ts'
import type { Passing } from '../core/model/passing.ts'
import { leavesOf, type RuleSet } from '../core/model/rule.ts'
import { memoryKey } from '../core/model/rulememory.ts'
import { serviceOf, type Topic } from '../core/model/service.ts'
import { readAt, topicsOf } from '../core/reading/sources.ts'
import type { Step } from '../core/step.ts'
import type { Past, Times } from './past.ts'

const dayMs = 86_400_000

/**
 * Passes over readings of the past of which nothing can come: they say what the one before them said, and no moment
 * of a rule comes while they last. What steps at them would leave behind comes back, but for the sign of life, of
 * which a replay has no need. A replay of weeks consists of little else.
 */
export class Lull {
  readonly #rules: RuleSet
  readonly #past: Past
  /** Whether the next moment of every rule can be told from its lines and the calendar. */
  readonly #isForeseeable: boolean
  #day: { from: Instant; to: Instant } = { from: 0, to: 0 }

  constructor(rules: RuleSet, past: Past) {
    this.#rules = rules
    this.#past = past
    const conditions = rules.rules.flatMap(({ when, onlyIf }) => [when, onlyIf].filter((one) => one !== null))
    const untold = conditions.flatMap(leavesOf).some(({ fact, than }) => fact.startsWith('time.') && 'factName' in than)
    // What there is room for changes with the periods of the limits.
    this.#isForeseeable = !untold && !rules.uses.has('lock.roomSeconds')
  }

  /**
   * What would be left after the last reading before `until` of which nothing can come, and when that was; null where
   * there is none. `made` is a step that came of readings alone and left all that is remembered as it was.
   */
  over(made: Step, order: Order, now: Instant, until: Instant): { passing: Passing; now: Instant } | null {
    const { passing, kept, decisions, standstill, wake } = made
    const { judged } = passing
    if (!this.#isForeseeable || standstill !== null || !judged || openRows(kept.rows).length > 0) return null
    if (decisions.some(({ fires }) => fires)) return null
    // What came of a task is told by the reading after the one that shows it closed.
    if (kept.sessions[kept.session ?? noLock]?.task.closed) return null
    const moments = decisions.flatMap(({ until: turns }) => turns ?? [])
    if (!Object.values(passing.health).every(({ healthy }) => healthy)) return null
    const next = Math.min(
      until,
      this.#endOfDay(now, order.zone),
      nextHalt({ kept, passing, rules: this.#rules, order, session: kept.session ?? noLock, now }),
      wake.because === 'poll' ? until : wake.at,
      ...moments,
      ...judged.flips,
    )
    const passed = next > now ? this.#past.passOver(next, this.#rules.uses) : null
    if (!passed) return null
    const then = Math.max(now, ...[...passed.values()].map(({ answered }) => answered))
    return { passing: this.#after(passed, made, order, then), now: then }
  }

  /** When the local day ends; at once on one that daylight saving makes longer or shorter. */
  #endOfDay(now: Instant, zone: string): Instant {
    if (now < this.#day.from || now >= this.#day.to) {
      this.#day = { from: startOf('day', now, zone), to: endOf('day', now, zone) }
    }
    const { from, to } = this.#day
    return to - from === dayMs ? to : now
  }

  #after(passed: ReadonlyMap<Topic, Times>, { passing, kept }: Step, order: Order, now: Instant): Passing {
    const readings = { ...passing.readings }
    const asked = { ...passing.asked }
    const health = { ...passing.health }
    for (const [topic, times] of passed) {
      const [known, service] = [readings[topic], serviceOf(topic)]
      if (known) readings[topic] = { ...known, ...times }
      asked[topic] = times.asked
      const well = health[service]
      if (well) health[service] = { ...well, lastGood: Math.max(well.lastGood ?? 0, times.answered) }
    }
    const after = { ...passing, readings, asked, health }
    const looked = { ...passing.looked }
    for (const rule of this.#rules.rules) {
      if (!observes(rule) || !isKnown(passing.verdicts.get(rule.id), rule)) continue
      const read = readAt(after, topicsOf(rule, order), now)
      if (read !== null) looked[memoryKey(order.mode, kept.session ?? noLock, rule.id)] = read
    }
    return { ...after, looked }
  }
}
