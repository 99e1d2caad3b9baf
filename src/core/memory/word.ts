import type { Instant } from '../calendar/time.ts'
import type { LedgerRow, Person } from '../model/row.ts'

/**
 * Whose word counts for whether an action happened that nothing could tell. What did not happen uses up no limit: of
 * restriction only the wearer may say so, of relief only the keyholder. That it happened is what counted before, so
 * that it takes nothing from anybody; but of relief it is the wearer's to say that it came.
 */
export function wordOf({ effect: { toward } }: LedgerRow, happened: boolean): readonly Person[] {
  if (toward === 'restricts') return happened ? ['keyholder', 'wearer'] : ['wearer']
  if (toward === 'relief') return happened ? ['wearer'] : ['keyholder']
  return ['keyholder', 'wearer']
}

/**
 * Up to when readings may still tell what became of a row, as long as its service answers; null where they cannot, so
 * that it is a person's to say. `longestMs` is how long silence is waited for.
 */
export function toldUntil(row: LedgerRow, longestMs: number): Instant | null {
  return row.state === 'unknown' ? (row.endedAt ?? row.at) + longestMs : null
}
