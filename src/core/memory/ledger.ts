import type { Instant } from '../calendar/time.ts'
import { hash } from '../model/draw.ts'
import { onceFor } from '../model/once.ts'
import type { LedgerRow, RowKey, State } from '../model/row.ts'
import type { Json } from '../model/service.ts'

/** What a row is planned with; the rest of it comes with time. */
export type Plan = RowKey &
  Pick<LedgerRow, 'action' | 'params' | 'effect' | 'at' | 'due' | 'goesOn' | 'resend' | 'list'>

/** A row at the beginning of its life. */
export function plannedRow(plan: Plan): LedgerRow {
  return {
    ...plan,
    sent: null,
    state: 'planned',
    note: '',
    failed: false,
    sentAt: null,
    endedAt: null,
    notBefore: null,
    attempts: 0,
    lost: 0,
    before: null,
    absentAt: null,
    run: null,
    request: null,
    did: null,
    trouble: null,
  }
}

/** What a row did or would do: its parameters as they were sent, else as they were planned. */
export function finalParams(row: LedgerRow): Json {
  return row.sent ?? row.params
}

/** States that nothing more is expected of. */
const ended: ReadonlySet<State> = new Set([
  'applied',
  'rejected',
  'refused',
  'cancelled',
  'expired',
  'unsettled',
  'dry-run',
])

export function isOpen(row: LedgerRow): boolean {
  return row.state === 'not-applied' ? mayGoAgain(row) : !ended.has(row.state)
}

const digestOf = onceFor((rows: readonly LedgerRow[]) => {
  let lastEnd = Number.NEGATIVE_INFINITY
  for (const { sentAt, endedAt } of rows) {
    if (sentAt !== null) lastEnd = Math.max(lastEnd, endedAt ?? Number.POSITIVE_INFINITY)
  }
  return { open: rows.filter(isOpen), lastEnd }
})

/** The rows of which something more is expected. */
export function openRows(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  return digestOf(rows).open
}

/** When the last of our writes ended; infinity while one is under way, its negative without any. */
export function lastWriteEnd(rows: readonly LedgerRow[]): Instant {
  return digestOf(rows).lastEnd
}

/** A row that may have arrived is sent at most twice. */
const mostLost = 2

/** Whether a row whose sending came to nothing, or may have, may be sent once more. */
export function mayGoAgain(row: LedgerRow): boolean {
  return row.resend && row.lost < mostLost
}

const counting: ReadonlySet<State> = new Set([
  'planned',
  'sending',
  'not-sent',
  'unknown',
  'unsettled',
  'applied',
  'dry-run',
])

/** Whether an earlier sending may have arrived, which nothing has told since. */
export function mayHaveArrived(row: LedgerRow): boolean {
  return row.lost > 0 && row.absentAt === null
}

/** The end of a row that is not to be sent (again): one that may have arrived all the same is left to a person. */
export function ending(
  row: LedgerRow,
  state: 'rejected' | 'refused' | 'cancelled' | 'expired',
  note: string,
): LedgerRow {
  return mayHaveArrived(row)
    ? { ...row, state: 'unsettled', note: `${note}; an earlier sending may have arrived` }
    : { ...row, state, note }
}

/** Whether a row uses up what the limits grant: all that was done, may have been done or is still to be done. */
export function countsForLimits(row: LedgerRow): boolean {
  return counting.has(row.state) || isOpen(row)
}

/**
 * Whether a row counts as one action of those that are agreed in an hour. That relief did not happen, which is the
 * keyholder's word, makes no room for restriction.
 */
export function countsAsAction(row: LedgerRow): boolean {
  return row.effect.allow !== '' && (countsForLimits(row) || row.settledBy === 'keyholder')
}

/** The moment a row counts on: its last sending, else its planning. */
export function countedAt(row: LedgerRow): Instant {
  return row.sentAt ?? row.at
}

export function keyText(key: RowKey): string {
  return [key.lock, key.session, key.mode, key.rule, key.occurrence, key.position].join(' ')
}

/** The short name people call a row by: eight letters and digits. Two rows may share one, if hardly ever. */
export function idOf(key: RowKey): string {
  return hash(keyText(key)).toString(36).padStart(8, '0').slice(-8)
}

export function sameRow(a: RowKey, b: RowKey): boolean {
  return (
    a.position === b.position &&
    a.occurrence === b.occurrence &&
    a.rule === b.rule &&
    a.session === b.session &&
    a.mode === b.mode &&
    a.lock === b.lock
  )
}

/** Whether two rows belong to one firing. */
export function sameFiring(a: RowKey, b: RowKey): boolean {
  return sameRow({ ...a, position: 0 }, { ...b, position: 0 })
}

/**
 * So long after the end of its connection a request may still land. What lands later than a reading begun after that
 * is the one risk that remains.
 */
export const settleWindowMs = 20_000

/** Whether a reading begun at `asked` may not show a write yet, since it ended so shortly before. */
export function isFresh({ endedAt }: LedgerRow, asked: Instant): boolean {
  return asked < (endedAt ?? Number.POSITIVE_INFINITY) + settleWindowMs
}

/**
 * The moment a row stands at in the history: when it was sent; of one that was never sent, when it ended; of one that
 * still waits, when it was planned.
 */
export function shownAt({ sentAt, endedAt, at }: LedgerRow): Instant {
  return sentAt ?? endedAt ?? at
}
