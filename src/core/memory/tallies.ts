import type { Instant } from '../calendar/time.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Whose } from '../model/scene.ts'
import type { Json } from '../model/service.ts'

/**
 * What a tally stands at: the points of its rows on this lock and in this mode since its last reset, each counting
 * for `lastsMs`, or with null for as long as the lock.
 */
export function tallyOf(
  tally: string,
  lastsMs: number | null,
  rows: readonly LedgerRow[],
  { session, mode, now }: Whose,
): number {
  let points = 0
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode || (row.state !== 'applied' && row.state !== 'dry-run')) continue
    if (row.action !== 'tally.add' && row.action !== 'tally.reset') continue
    const params = row.params as { name: string; points?: number } & Record<string, Json>
    if (params.name !== tally) continue
    if (row.action === 'tally.reset') points = 0
    else if (lastsMs === null || row.at > now - lastsMs) points += params.points ?? 1
  }
  return points
}

/** When the next point of a tally whose points count for `lastsMs` runs out; null where none will. */
export function tallyTurnsAt(
  tally: string,
  lastsMs: number,
  rows: readonly LedgerRow[],
  { session, mode, now }: Whose,
): Instant | null {
  const ends = rows.flatMap((row) => {
    const counts = row.session === session && row.mode === mode && row.action === 'tally.add'
    const named = counts && (row.params as { name?: string }).name === tally
    return named && row.at + lastsMs > now ? [row.at + lastsMs] : []
  })
  return ends.length > 0 ? Math.min(...ends) : null
}
