import { keyText } from '../core/memory/ledger.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { HistoryQuery } from '../store/store.ts'
import type { ChosenLock, DaemonView } from './daemon.ts'

/**
 * Rows of a lock's ledger, as far back as it goes, with the retained ones as they are at this moment: among those may
 * be such as were not asked for.
 */
export async function ledgerOf(
  { name, loop }: ChosenLock,
  { ledger }: DaemonView,
  query: HistoryQuery = {},
): Promise<readonly LedgerRow[]> {
  const stored = await ledger.history(name, query)
  const retained = new Map(loop.kept.rows.map((row) => [keyText(row), row]))
  const rows = stored.map((row) => {
    const key = keyText(row)
    const now = retained.get(key)
    retained.delete(key)
    return now ?? row
  })
  return [...rows, ...retained.values()]
}
