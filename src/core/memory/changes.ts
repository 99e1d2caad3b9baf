import type { Change, Kept } from '../model/kept.ts'
import type { LedgerRow } from '../model/row.ts'
import { sameRow } from './ledger.ts'

/**
 * The difference between two states of memory; null where nothing happened, and then nothing is written. Rows are
 * only ever appended, replaced in place, and left to the store.
 */
export function changeOf(before: Kept, after: Kept): Change | null {
  if (before === after) return null
  const { memory, rows, ...head } = after
  const moved: LedgerRow[] = []
  const left: LedgerRow[] = []
  let [place, sent] = [0, 0]
  for (const was of before.rows) {
    const is = rows[place]
    if (is === undefined || (is !== was && !sameRow(is, was))) {
      left.push(was)
      continue
    }
    place++
    if (is === was) continue
    moved.push(is)
    sent += is.attempts - was.attempts
  }
  const added = rows.slice(place)
  return {
    head,
    memory: Object.entries(memory).filter(([key, value]) => before.memory[key] !== value),
    added,
    moved,
    left,
    recalled: false,
    sent: added.reduce((sum, { attempts }) => sum + attempts, sent),
  }
}
