import { countsIn, countsUntil, type Span } from '../calendar/span.ts'
import type { Instant } from '../calendar/time.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Whose } from '../model/scene.ts'
import type { Json } from '../model/service.ts'

/** What a tally stands at: the points of its rows on this lock and in this mode since its last reset, within its span. */
export function tallyOf(
  tally: string,
  span: Span,
  rows: readonly LedgerRow[],
  { session, mode, now }: Whose,
  zone: string,
): number {
  const counts = countsIn(span, now, zone)
  let points = 0
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode || (row.state !== 'applied' && row.state !== 'dry-run')) continue
    if (row.action !== 'tally.add' && row.action !== 'tally.reset') continue
    const params = row.params as { name: string; points?: number } & Record<string, Json>
    if (params.name !== tally) continue
    if (row.action === 'tally.reset') points = 0
    else if (counts(row.at)) points += params.points ?? 1
  }
  return points
}

/** When the next point of a tally no longer counts; null where none will. */
export function tallyTurnsAt(
  tally: string,
  span: Span,
  rows: readonly LedgerRow[],
  { session, mode, now }: Whose,
  zone: string,
): Instant | null {
  const counts = countsIn(span, now, zone)
  const ends = rows.flatMap((row) => {
    if (row.session !== session || row.mode !== mode || row.action !== 'tally.add') return []
    const named = (row.params as { name?: string }).name === tally
    return named && counts(row.at) ? (countsUntil(span, row.at, now, zone) ?? []) : []
  })
  return ends.length > 0 ? Math.min(...ends) : null
}
