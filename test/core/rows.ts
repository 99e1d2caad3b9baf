import { plannedRow } from '../../src/core/memory/ledger.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { Effect } from '../../src/core/model/service.ts'

/** A row of rule `r` on the lock `a`, planned at the epoch's beginning unless told otherwise. */
export function rowOf(action: string, more: Partial<LedgerRow> = {}): LedgerRow {
  const effect: Effect = { toward: 'restricts', counts: null, seconds: 0, least: 0, allow: action }
  return {
    ...plannedRow({
      lock: 'main',
      session: 'a',
      mode: 'live',
      rule: 'r',
      occurrence: 'e1',
      position: 0,
      action,
      params: null,
      effect,
      at: 0,
      due: 0,
      goesOn: false,
      resend: true,
      list: '',
    }),
    ...more,
  }
}
