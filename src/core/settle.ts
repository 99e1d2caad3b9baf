import type { Instant } from './fact.ts'
import type { LedgerRow } from './ledger.ts'
import type { ActionKind, Answer } from './service.ts'

/** How long a row that surely was not sent waits before its next try. */
const firstRetryMs = 5000
const longestRetryMs = 60_000

/** What an answer makes of a row that was being sent. */
export function settle(row: LedgerRow, answer: Answer, kind: ActionKind | undefined): LedgerRow {
  const done = { ...row, endedAt: answer.answered, run: null }
  if (answer.ok) {
    const did = kind?.did(row.sent, row.effect, answer.body) ?? null
    return { ...done, state: 'applied', did, trouble: null }
  }
  const failed = { ...done, trouble: answer.trouble, note: answer.message }
  if (answer.sent === 'yes' || answer.trouble === 'missing-token') return { ...failed, state: 'rejected', failed: true }
  if (answer.sent === 'no') {
    if (answer.trouble === 'stopped') return { ...failed, state: 'cancelled' }
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, row.attempts - 1))
    return { ...failed, state: 'not-sent', notBefore: answer.answered + Math.max(wait, answer.retryAfterMs ?? 0) }
  }
  return unsettled({ ...failed, note: `it may have arrived: ${answer.message}` }, answer.answered)
}

/**
 * What is to be said of a row that another process was sending when it ended: whether it arrived is not known, so it
 * is never sent again.
 */
export function orphaned(row: LedgerRow, now: Instant): LedgerRow {
  return unsettled({ ...row, note: 'it may have arrived: the program ended while it was being sent' }, now)
}

function unsettled(row: LedgerRow, at: Instant): LedgerRow {
  return { ...row, state: 'unsettled', failed: true, endedAt: at, run: null }
}
