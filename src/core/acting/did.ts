import type { LedgerRow, State } from '../model/row.ts'

/** States in which an action surely did nothing. */
const idle: ReadonlySet<State> = new Set(['refused', 'cancelled', 'expired', 'rejected'])

/** What the last action of a list did, for the texts after it; null before any, or while nobody can tell. */
export function didOf(list: readonly LedgerRow[]): LedgerRow['did'] {
  return list.reduce<LedgerRow['did']>((before, row) => {
    if (row.did) return { ...row.did, state: row.state }
    if (!idle.has(row.state)) return before
    return { did: `nothing (${whyNot(row)})`, action: row.action, seconds: 0, state: row.state }
  }, null)
}

/** Why an action did nothing, in few words. What a service said of it is not for texts. */
function whyNot({ state, note }: LedgerRow): string {
  if (state === 'rejected') return 'the service rejected it'
  return note.startsWith('limits.') ? 'limit reached' : note || state
}
