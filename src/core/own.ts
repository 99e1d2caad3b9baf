import type { LedgerRow } from './ledger.ts'

/** Stands in the place of a rule's id on rows that the wearer's switch makes; no rule can be named so. */
export const switchRule = '(stop)'

/** Stands there on the stop that follows what a device was told. */
export const deviceRule = '(device)'

/** Whether the program planned a row by itself, so that no rule need be there for it. */
export function isOwn({ rule }: Pick<LedgerRow, 'rule'>): boolean {
  return rule === switchRule || rule === deviceRule
}

/** Whether a row only ends what a device does. */
export function haltsOnly({ effect }: LedgerRow): boolean {
  return effect.command !== undefined && effect.toward === 'relief'
}

/** Whether a row is the program's own stop of the devices: nothing of ours holds it back, and it never comes too late. */
export function isOwnStop(row: LedgerRow): boolean {
  return isOwn(row) && haltsOnly(row)
}
