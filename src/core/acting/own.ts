import type { Instant } from '../calendar/time.ts'
import { plannedRow } from '../memory/ledger.ts'
import type { LedgerRow } from '../model/row.ts'
import type { ActionKind, Json } from '../model/service.ts'

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

/** A row that the program plans by itself: nothing holds the rest of a list up for it, and it may be sent again. */
export function ownRow(
  of: Pick<LedgerRow, 'lock' | 'session' | 'mode' | 'rule' | 'occurrence'>,
  kind: ActionKind,
  params: Json,
  now: Instant,
): LedgerRow {
  const { lock, session, mode, rule, occurrence } = of
  return plannedRow({
    lock,
    session,
    mode,
    rule,
    occurrence,
    position: 0,
    action: kind.name,
    params,
    effect: kind.worst(params),
    at: now,
    due: now,
    goesOn: false,
    resend: true,
    list: '',
  })
}

/** Whether such a row was planned before, whatever became of it. */
export function isPlanned(rows: readonly LedgerRow[], rule: string, occurrence: string, session: string): boolean {
  return rows.some((row) => row.rule === rule && row.session === session && row.occurrence === occurrence)
}
