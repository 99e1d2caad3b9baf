import type { Instant } from './fact.ts'
import type { Effect, Json, Request, Trouble } from './service.ts'

export type Mode = 'live' | 'dry-run'

/**
 * The life of a row:
 *
 *     planned  → sending | refused | cancelled | expired | dry-run
 *     sending  → applied | rejected | not-sent | unknown | cancelled (surely not sent)
 *     not-sent → sending | cancelled | expired
 *     unknown  → unsettled
 */
export type State =
  | 'planned'
  | 'sending'
  | 'not-sent'
  | 'unknown'
  | 'applied'
  | 'rejected'
  | 'refused'
  | 'cancelled'
  | 'expired'
  | 'unsettled'
  | 'dry-run'

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
  /** When its last sending began and ended. */
  sentAt: Instant | null
  endedAt: Instant | null
  /** Not before this may it be tried again. */
  notBefore: Instant | null
  attempts: number
  /** The process that is sending it; another process's is in the air no more. */
  run: string | null
  /** Digest of the rule's list at the firing: an edited list sends nothing of the old one. */
  list: string
  request: Request | null
  /** What it did, for `did` in the texts after it. */
  did: Readonly<Record<string, boolean | number | string>> | null
  trouble: Trouble | null
}

/** What a row is planned with; the rest of it comes with time. */
export type Plan = RowKey & Pick<LedgerRow, 'action' | 'params' | 'effect' | 'at' | 'due' | 'goesOn' | 'list'>

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
  return !ended.has(row.state)
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

/** Whether a row uses up what the limits grant: all that was done, may have been done or is still to be done. */
export function countsForLimits(row: LedgerRow): boolean {
  return counting.has(row.state)
}

/** The moment a row counts on: its last sending, else its planning. */
export function countedAt(row: LedgerRow): Instant {
  return row.sentAt ?? row.at
}

export function keyText(key: RowKey): string {
  return [key.lock, key.session, key.mode, key.rule, key.occurrence, key.position].join(' ')
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
