import { onceFor } from '../model/once.ts'
import type { LedgerRow, Mode } from '../model/row.ts'

/** The last row of ours that froze or unfroze a lock. */
export const lastFreeze = onceFor((rows: readonly LedgerRow[], session: string, mode: Mode): LedgerRow | undefined =>
  rows.findLast((row) => row.session === session && row.mode === mode && isOurFreeze(row)),
)

/** Whether a row froze or unfroze a lock. */
export function isOurFreeze({ state, settledBy, effect: { counts, allow } }: LedgerRow): boolean {
  // The wearer's word alone does not make a freeze ours, which the switch would take back: it may be the keyholder's.
  const isWearersWord = settledBy === 'wearer' && counts === 'freeze'
  return state === 'applied' && !isWearersWord && (counts === 'freeze' || allow === 'unfreeze')
}
