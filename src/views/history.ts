import type { LedgerRow } from '../core/ledger.ts'
import { sayInstant } from '../core/time.ts'
import { sayAction, sayState } from './say.ts'

/** A ledger row as people and programs are shown it. */
export interface HistoryLine {
  at: string
  lock: string
  session: string
  mode: string
  rule: string
  occurrence: string
  position: number
  action: string
  said: string
  state: string
  note: string
}

/** The newest rows first. */
export function showHistory(rows: readonly LedgerRow[], zone: string, most: number): HistoryLine[] {
  const newest = rows.slice(-most).reverse()
  return newest.map((row) => ({
    at: sayInstant(row.sentAt ?? row.at, zone),
    lock: row.lock,
    session: row.session,
    mode: row.mode,
    rule: row.rule,
    occurrence: row.occurrence,
    position: row.position,
    action: row.action,
    said: `${sayAction(row)}: ${sayState(row)}`,
    state: row.state,
    note: row.note,
  }))
}
