import type { Instant } from '../calendar/time.ts'
import { type Fired, neverFired } from '../model/fired.ts'
import type { Kept } from '../model/kept.ts'
import { onceFor } from '../model/once.ts'
import { type Past, sumsOf } from '../model/past.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import type { Rule } from '../model/rule.ts'

/** The firings of each rule that ever fired. */
export type Firings = ReadonlyMap<string, Fired>

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
    if (row.session !== session || row.mode !== mode) continue
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
