import type { Instant } from '../calendar/time.ts'
import { plannedRow } from '../memory/ledger.ts'
import type { LedgerRow } from '../model/row.ts'
import type { ActionKind, Json } from '../model/service.ts'

/** The rule id of rows that the wearer's switch makes; no rule can have this name. */
export const switchRule = '(stop)'

/** The rule id of the stop that follows a device's start. */
export const deviceRule = '(device)'

/** Whether the program planned a row by itself, without a rule. */
export function isOwn({ rule }: Pick<LedgerRow, 'rule'>): boolean {
  return rule === switchRule || rule === deviceRule
}

/** Whether a row only stops a device. */
export function haltsOnly({ effect }: LedgerRow): boolean {
  return effect.command !== undefined && effect.toward === 'relief'
}

/** Whether a row is the program's own stop of devices: nothing of ours holds it back, and it is never too late. */
export function isOwnStop(row: LedgerRow): boolean {
  return isOwn(row) && haltsOnly(row)
}

/** A row that the program plans by itself. It is not part of a list, and may be sent again. */
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

/** Whether such a row was planned before, whatever its outcome. */
export function isPlanned(rows: readonly LedgerRow[], rule: string, occurrence: string, session: string): boolean {
  return rows.some((row) => row.rule === rule && row.session === session && row.occurrence === occurrence)
}
