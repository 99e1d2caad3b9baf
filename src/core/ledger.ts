import { hash } from './draw.ts'
import type { Instant } from './fact.ts'
import { onceFor } from './once.ts'
import type { Effect, Json, Request, Trouble } from './service.ts'
import type { Person } from './word.ts'

export type Mode = 'live' | 'dry-run'

/**
 * The life of a row:
 *
 *     planned  → sending | refused | cancelled | expired | dry-run
 *     sending  → applied | rejected | not-sent | unknown | cancelled (surely not sent)
 *     not-sent → sending | cancelled | expired
 *     unknown  → applied | not-applied | unsettled | sending (once, where doing it twice does no harm)
 *     not-applied → sending (once) | cancelled | expired
 *     unsettled → applied | not-applied, final, by the person whose word counts for it
 */
export const states = [
  'planned',
  'sending',
  'not-sent',
  'unknown',
  'applied',
  'not-applied',
  'rejected',
  'refused',
  'cancelled',
  'expired',
  'unsettled',
  'dry-run',
] as const
export type State = (typeof states)[number]

/** What makes a row the one it is; the unique index over this is what keeps anything from being done twice. */
export interface RowKey {
  lock: string
  session: string
  mode: Mode
  rule: string
  occurrence: string
  position: number
}

/** One action of one firing, and what became of it. */
export interface LedgerRow extends RowKey {
  action: string
  /** Parameters with their texts filled in as far as they were known at the firing. */
  params: Json
  /** Parameters as they were sent, sizes and texts complete. */
  sent: Json
  effect: Effect
  state: State
  /** Why it was clamped, refused, delayed or failed, for people. */
  note: string
  /** A failure cancels the rest of its list; what is held back (switch, end of limits) does not. */
  failed: boolean
  /** When it was planned. */
  at: Instant
  /** The moment its firing was due: the moment of an `at`, else that of the planning. */
  due: Instant
  /** Whether the rest of its list goes on after its failure. */
  goesOn: boolean
  /** Whether it may be sent again once it is known not to have happened. */
  resend: boolean
  /** When its last sending began. */
  sentAt: Instant | null
  /** When the connection ended, or, once that had not told enough, when it was told what had come of it. */
  endedAt: Instant | null
  /** Not before this may it be tried again. */
  notBefore: Instant | null
  attempts: number
  /** How many of its sendings had no answer that tells what came of them. */
  lost: number
  /** What readings showed before it left, to tell by later ones whether it happened; null where they cannot. */
  before: Json
  /** Begin of the first reading after a lost answer that does not show it. */
  absentAt: Instant | null
  /** The process that is sending it; another process's is in the air no more. */
  run: string | null
  /** Digest of the rule's list at the firing: an edited list sends nothing of the old one. */
  list: string
  request: Request | null
  /** What it did, for `did` in the texts after it. */
  did: Readonly<Record<string, boolean | number | string>> | null
  trouble: Trouble | null
  /** Whose word for it that it happened, or did not, this rests on; left out where readings or answers told. */
  settledBy?: Person
}

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
