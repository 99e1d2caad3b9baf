import { sayDuration } from '../calendar/duration.ts'
import { endOf, type Instant, sayInstant, startOf } from '../calendar/time.ts'
import { atMost } from '../language/size.ts'
import { countedAt, countsForLimits } from '../memory/ledger.ts'
import type { Counted } from '../model/agreement.ts'
import type { Cap } from '../model/budget.ts'
import { onceFor } from '../model/once.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import type { Rule, RuleSet } from '../model/rule.ts'
import type { Effect } from '../model/service.ts'

/** What budgets are held against. */
export interface Spending {
  rules: RuleSet
  /** Every row of the lock entry but the one in question. */
  rows: readonly LedgerRow[]
  session: string
  mode: Mode
  now: Instant
  zone: string
}

/** How much of one cap of a budget is used up. */
export interface Spent {
  budget: string
  section: Counted
  cap: Cap
  used: number
  /** When something of it is free again; null for as long as the lock. */
  until: Instant | null
}

/** The ids whose doing a budget counts, former ones included. */
const membersOf = onceFor(({ rules }: RuleSet): ReadonlyMap<string, ReadonlySet<string>> => {
  const members = new Map<string, Set<string>>()
  for (const { id, was, budget } of rules) {
    if (budget === null) continue
    const ids = members.get(budget) ?? new Set()
    members.set(budget, ids.add(id).add(was ?? id))
  }
  return members
})

/** What is used up of a budget; of one section alone where it is named. */
export function spentOf(budget: string, around: Spending, only?: Counted | null): Spent[] {
  const { rules, rows, session, mode, now, zone } = around
  const members = membersOf(rules).get(budget) ?? new Set()
  const own = rows.filter(
    (row) => members.has(row.rule) && row.session === session && row.mode === mode && countsForLimits(row),
  )
  return Object.entries(rules.budgets.get(budget) ?? {}).flatMap(([name, caps]) => {
    const section = name as Counted
    if (only !== undefined && section !== only) return []
    const counted = own.filter(({ effect }) => effect.counts === section)
    return caps.map((cap) => ({ budget, section, cap, ...usedOf(cap, counted, now, zone) }))
  })
}

function usedOf({ per, unit }: Cap, rows: readonly LedgerRow[], now: Instant, zone: string) {
  const rolling = typeof per === 'object' ? per.rollingMs : null
  const from =
    rolling !== null ? now - rolling : per === 'lock' ? Number.NEGATIVE_INFINITY : startOf(per as 'day', now, zone)
  const within = rows.filter((row) => (rolling === null ? countedAt(row) >= from : countedAt(row) > from))
  const used = within.reduce((sum, { effect }) => sum + (unit === 'times' ? 1 : effect.seconds), 0)
  if (rolling === null) return { used, until: per === 'lock' ? null : endOf(per as 'day', now, zone) }
  return { used, until: Math.min(now + rolling, ...within.map((row) => countedAt(row) + rolling)) }
}

function isUsedUp({ used, cap }: Spent): boolean {
  return used >= cap.amount
}

/** The effects that a rule's list has for certain: what may be drawn is judged when it was. */
const sectionsOf = onceFor(({ then }: Rule, actions: RuleSet['actions']): ReadonlySet<Effect['counts']> => {
  const certain = then.flatMap((intent) => ('action' in intent ? intent : []))
  return new Set(certain.map(({ action, params }) => actions.get(action)?.worst(atMost(params)).counts ?? null))
})

/** What of its budget a rule lacks to do its list, and until when; null where nothing is in its way. */
export function usedUpFor(rule: Rule, around: Spending): { until: Instant | null; detail: string } | null {
  if (rule.budget === null) return null
  const sections = sectionsOf(rule, around.rules.actions)
  const full = spentOf(rule.budget, around).filter((one) => sections.has(one.section) && isUsedUp(one))
  const [first] = full
  if (!first) return null
  const untils = full.map(({ until }) => until ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...untils)
  return {
    until: Number.isFinite(last) ? last : null,
    detail: `${first.budget} is used up (${first.section} ${first.cap.text})`,
  }
}

/** What a budget leaves of an effect, or why nothing is left. */
export function withinBudget(
  budget: string,
  effect: Effect,
  around: Spending,
): { seconds: number; note: string } | { refused: string } {
  let { seconds } = effect
  let note = ''
  for (const one of spentOf(budget, around, effect.counts)) {
    const { cap, used, until } = one
    const name = `budget ${budget} (${cap.text})`
    const end = until === null ? 'for as long as this lock lasts' : `until ${sayInstant(until, around.zone)}`
    const least = cap.unit === 'times' ? 1 : Math.max(1, effect.least)
    if (cap.amount - used < least && (cap.unit === 'times' || seconds > 0))
      return { refused: `${name} is used up ${end}` }
    if (cap.unit === 'times' || cap.amount - used >= seconds) continue
    seconds = cap.amount - used
    note = `clamped from ${sayDuration(effect.seconds)}: ${name}`
  }
  return { seconds, note }
}
