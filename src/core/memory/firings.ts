import { type Instant, startOf } from '../calendar/time.ts'
import { type Facts, fixed } from '../model/fact.ts'
import { type Fired, neverFired } from '../model/fired.ts'
import type { Kept } from '../model/kept.ts'
import { onceFor } from '../model/once.ts'
import { type Past, sumsOf } from '../model/past.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import type { Rule } from '../model/rule.ts'

/** The firings of each rule that ever fired. */
export type Firings = ReadonlyMap<string, Fired>

const otherwiseMark = ' otherwise'

/** The name under which the rows of a rule's `otherwise` stand, which is no firing of it. */
export function otherwiseOf(occurrence: string): string {
  return `${occurrence}${otherwiseMark}`
}

/** Whether a row was done in place of a firing. */
export function isOtherwise({ occurrence }: Pick<LedgerRow, 'occurrence'>): boolean {
  return occurrence.endsWith(otherwiseMark)
}

/**
 * The firings of one session and mode, derived from the ledger's rows: the moments they were due, from which
 * cooldowns and rolling limits count.
 */
export function firingsOf({ rows, past }: Pick<Kept, 'rows' | 'past'>, session: string, mode: Mode): Firings {
  return firingsIn(rows, past, session, mode)
}

const firingsIn = onceFor((rows: readonly LedgerRow[], past: Past, session: string, mode: Mode): Firings => {
  const firings = new Map<string, { times: number; recent: Instant[] }>()
  for (const [rule, times] of Object.entries(sumsOf(past, mode, session).firings)) {
    firings.set(rule, { times, recent: [] })
  }
  let before: LedgerRow | undefined
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode || isOtherwise(row)) continue
    // The rows of one firing were planned together, and stand side by side.
    const isSame = before?.rule === row.rule && before.occurrence === row.occurrence
    before = row
    if (isSame) continue
    const fired = firings.get(row.rule) ?? { times: 0, recent: [] }
    fired.times += 1
    fired.recent.push(row.due)
    firings.set(row.rule, fired)
  }
  return firings
})

/** The firings by today's ids: what a rule did under its old id was its doing. */
export function withFormer(firings: Firings, rules: readonly Rule[]): Firings {
  const renamed = formerOf(rules).filter(({ was }) => firings.has(was ?? ''))
  if (renamed.length === 0) return firings
  const all = new Map(firings)
  for (const { id, was } of renamed) {
    const [former, own] = [firings.get(was ?? '') ?? neverFired, firings.get(id) ?? neverFired]
    all.set(id, { times: former.times + own.times, recent: [...former.recent, ...own.recent] })
  }
  return all
}

/** Most rules were never renamed. */
const formerOf = onceFor((rules: readonly Rule[]) => rules.filter(({ was }) => was !== null))

/** How often a rule fired in the day, week or lock session of a moment, by the end of its fact's name. */
export function firedTimes(what: string, { times, recent }: Fired, moment: Instant, zone: string): number {
  const unit = what.endsWith('Today') ? 'day' : what.endsWith('ThisWeek') ? 'week' : null
  if (unit === null) return times
  const from = startOf(unit, moment, zone)
  return recent.filter((one) => one >= from).length
}

/**
 * The facts as a firing's own list sees them: its rule's counts include it. They are counted as of the moment at which
 * it was due, so that no delay changes them. `fired` ends with the firing at hand.
 */
export function inHand(facts: Facts, { id, uses }: Rule, fired: Fired, zone: string): Facts {
  const due = fired.recent.at(-1)
  const own = [...uses].filter((name) => name.startsWith(`rule.${id}.firedTimes`))
  if (due === undefined || own.length === 0) return facts
  return new Map([...facts, ...own.map((name) => [name, fixed(firedTimes(name, fired, due, zone), due)] as const)])
}
