import type { Instant } from '../calendar/time.ts'
import type { Effect, Json, Request, Trouble } from './service.ts'

/** The two people who agreed on the limits. */
export type Person = 'keyholder' | 'wearer'

export type Mode = 'live' | 'dry-run'

/**
 * The life of a row:
 *
 *     planned  → sending | refused | cancelled | expired | dry-run
 *     sending  → applied | rejected | not-sent | unknown | cancelled (surely not sent)
 *     sending  → as it was before (its claim was stored, but nobody knew, so that it never left)
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

/** The identity of a row. The unique index over it keeps anything from being done twice. */
export interface RowKey {
  lock: string
  session: string
  mode: Mode
  rule: string
  occurrence: string
  position: number
}

/** One action of a firing, and its outcome. */
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
  /** A failure cancels the rest of its list; an action that is held back (switch, end of limits) does not. */
  failed: boolean
  /** When it was planned. */
  at: Instant
  /** The moment its firing was due: the moment of an `at`, else that of the planning. */
  due: Instant
  /** Whether the rest of its list continues after its failure. */
  goesOn: boolean
  /** Whether it may be sent again once it is known that it did not happen. */
  resend: boolean
  /** When its last sending began. */
  sentAt: Instant | null
  /** When the connection ended, or when it became known later what came of it. */
  endedAt: Instant | null
  /** Not before this may it be tried again. */
  notBefore: Instant | null
  attempts: number
  /** How many of its sendings got no answer that tells their outcome. */
  lost: number
  /** What readings showed before it left, so that later ones can tell whether it happened; null if they cannot. */
  before: Json
  /** Begin of the first reading after a lost answer that does not show it. */
  absentAt: Instant | null
  /** The process that sends it. If it is not ours, that process has died. */
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
