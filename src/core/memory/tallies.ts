import { countsIn, countsUntil, type Span } from '../calendar/span.ts'
import type { Instant } from '../calendar/time.ts'
import type { Kept } from '../model/kept.ts'
import { named, sumsOf } from '../model/past.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Whose } from '../model/scene.ts'
import type { Json } from '../model/service.ts'
import { keyText } from './ledger.ts'

/** What a tally stands at: the points of its rows on this lock and in this mode since its last reset, within its span. */
export function tallyOf(
  tally: string,
  span: Span,
  { rows, past }: Pick<Kept, 'rows' | 'past'>,
  { session, mode, now }: Whose,
  zone: string,
): number {
  const until = span === 'this lock' ? named(sumsOf(past, mode, session).tallies, tally) : undefined
  const counts = countsIn(span, now, zone)
  let points = 0
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode || countedIn(row) !== tally) continue
    const params = row.params as { points?: number } & Record<string, Json>
    if (until !== undefined && keyText(row) === until.row) points = until.points
    else if (row.action === 'tally.reset') points = 0
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

/** The tally that a row counts in; null for any other row, and for one that has not counted. */
export function countedIn({ action, state, params }: LedgerRow): string | null {
  if (state !== 'applied' && state !== 'dry-run') return null
  return action === 'tally.add' || action === 'tally.reset' ? (params as { name: string }).name : null
}
