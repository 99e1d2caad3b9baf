import type { Kept } from '../model/kept.ts'
import type { LedgerRow } from '../model/row.ts'
import { keyText, plannedRow } from './ledger.ts'

/**
 * What a process goes on with, where another state was found stored than the last it knows of. `stored` is that last
 * one, `kept` what the process has made of it since. What left meanwhile stays as the process knows it. A row that
 * was found claimed in the name of this `run`, but by a commit of which nobody knew, never left: it is given back.
 */
export function takenUp(found: Kept, stored: Kept, kept: Kept, run: string): Kept {
  const [before, mine] = [byKey(stored.rows), byKey(kept.rows)]
  const leftMeanwhile = (row: LedgerRow) => row.attempts > (before.get(keyText(row))?.attempts ?? 0)
  const rows = found.rows.map((row) => {
    const key = keyText(row)
    const [was, is] = [before.get(key), mine.get(key)]
    if (is && leftMeanwhile(is)) return is
    if (row.state === 'sending' && row.run === run && leftMeanwhile(row)) return givenBack(row, is)
    const standsAsBefore = was?.state === row.state && was.attempts === row.attempts
    return is && is !== was && standsAsBefore ? is : row
  })
  const there = byKey(found.rows)
  const more = kept.rows.filter((row) => leftMeanwhile(row) && !there.has(keyText(row)))
  return { ...found, rows: [...rows, ...more] }
}

/** A row as it is without its claim. Its attempts stay counted, so that no two sendings bear one name. */
function givenBack(row: LedgerRow, unclaimed: LedgerRow | undefined): LedgerRow {
  return { ...(unclaimed ?? plannedRow(row)), attempts: row.attempts }
}

function byKey(rows: readonly LedgerRow[]): ReadonlyMap<string, LedgerRow> {
  return new Map(rows.map((row) => [keyText(row), row]))
}
