import { type Instant, startOf } from '../calendar/time.ts'
import { countedAt, countsAsAction, countsForLimits } from '../memory/ledger.ts'
import type { Limits } from '../model/agreement.ts'
import { type Past, sumsOf } from '../model/past.ts'
import type { LedgerRow, Mode } from '../model/row.ts'

/** How much of one limit is used up. */
export interface Used {
  /** The section of the limits. */
  limit: 'add_time' | 'remove_time' | 'freeze' | 'task' | 'game' | 'device' | 'actions'
  per: 'hour' | 'day' | 'week' | 'lock'
  unit: 'seconds' | 'times'
  used: number
  of: number
}

const sections = ['add_time', 'remove_time', 'freeze', 'task', 'game', 'device'] as const
const periods = ['hour', 'day', 'week', 'lock'] as const

/**
 * What is used up of every limit that counts over a period, on one lock session; of games, which are of an
 * account, on all of them.
 */
export function usedOf(around: {
  limits: Limits
  rows: readonly LedgerRow[]
  past: Past
  session: string
  mode: Mode
  now: Instant
  zone: string
}): Used[] {
  const { limits, session, mode, now, zone } = around
  const counted = around.rows.filter((row) => row.mode === mode && countsForLimits(row))
  const here = counted.filter((row) => row.session === session)
  const since = (per: Used['per']) => (per === 'lock' ? Number.NEGATIVE_INFINITY : startOf(per, now, zone))
  const { used: before } = sumsOf(around.past, mode, session)
  const used: Used[] = []
  for (const limit of sections) {
    const { each } = limits[limit]
    // A row that has not had its turn yet will be clamped then.
    const sizeOf = ({ state, effect: { seconds } }: LedgerRow) =>
      state === 'planned' && each !== null ? Math.min(seconds, each) : seconds
    for (const per of periods) {
      const rows = limit === 'game' && per !== 'lock' ? counted : here
      const within = rows.filter((row) => row.effect.counts === limit && countedAt(row) >= since(per))
      const earlier = (per === 'lock' ? before[limit] : undefined) ?? { seconds: 0, times: 0 }
      const most = limits[limit][`per_${per}`]
      if (most !== null) {
        const seconds = within.reduce((sum, row) => sum + sizeOf(row), earlier.seconds)
        used.push({ limit, per, unit: 'seconds', used: seconds, of: most })
      }
      const often = limits[limit][`times_per_${per}`]
      if (often !== null) used.push({ limit, per, unit: 'times', used: earlier.times + within.length, of: often })
    }
  }
  if (limits.actions.per_hour !== null) {
    const own = around.rows.filter((row) => row.mode === mode && row.session === session && countsAsAction(row))
    const within = own.filter((row) => countedAt(row) >= since('hour'))
    used.push({ limit: 'actions', per: 'hour', unit: 'times', used: within.length, of: limits.actions.per_hour })
  }
  return used
}
