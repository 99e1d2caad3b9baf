import type { Instant } from '../calendar/time.ts'
import { ending, isFresh, keyText, mayGoAgain, settleWindowMs } from '../memory/ledger.ts'
import type { Facts } from '../model/fact.ts'
import type { LedgerRow, Person } from '../model/row.ts'
import type { ActionKind, Answer, Json, Shown, Topic } from '../model/service.ts'

/** How long a row that was surely not sent waits before its next try. */
const firstRetryMs = 5000
const longestRetryMs = 60_000

/**
 * Our writes to any of these facts that a reading begun at `asked` may not show yet: those that ended so shortly
 * before, without those that some reading has `shown` (texts of their keys).
 */
export function notShown(
  rows: readonly LedgerRow[],
  names: readonly string[],
  kindOf: (action: string) => ActionKind | undefined,
  asked: Instant,
  shown: ReadonlySet<string>,
): LedgerRow[] {
  return rows.filter((row) => {
    if (!isFreshlyDone(row, asked) || shown.has(keyText(row))) return false
    const does = kindOf(row.action)?.does?.(row.effect, row.sent) ?? {}
    return names.some((name) => name in does)
  })
}

/** The keys of fresh writes that readings have shown, including this reading. */
export function shownBy(
  rows: readonly LedgerRow[],
  kindOf: (action: string) => ActionKind | undefined,
  { topic, facts, asked }: { topic: Topic; facts: Facts; asked: Instant },
  before: ReadonlySet<string>,
): ReadonlySet<string> {
  const fresh = rows.filter((row) => isFreshlyDone(row, asked))
  const shown = fresh.filter((row) => {
    const back = kindOf(row.action)?.readBack
    if (before.has(keyText(row))) return true
    if (row.before === null || back?.topic !== topic || asked <= (row.endedAt ?? asked)) return false
    const sent = { before: row.before, params: row.sent, effect: row.effect, sentAt: row.sentAt ?? row.at }
    return back.shows(sent, facts, asked) === 'applied'
  })
  return shown.length === 0 && before.size === 0 ? before : new Set(shown.map(keyText))
}

function isFreshlyDone(row: LedgerRow, asked: Instant): boolean {
  return row.sentAt !== null && (row.state === 'applied' || row.state === 'unsettled') && isFresh(row, asked)
}

/** The row after the answer to its request. */
export function settle(row: LedgerRow, answer: Answer, kind: ActionKind | undefined): LedgerRow {
  const done = { ...row, endedAt: answer.answered, run: null }
  if (answer.ok) return applied({ ...done, trouble: null }, kind, answer.body)
  const failed = { ...done, trouble: answer.trouble, note: answer.message }
  if (row.lost > 0 && answer.sent === 'yes' && answer.trouble === kind?.readBack?.provenBy) {
    return applied({ ...failed, note: `the first sending had arrived: ${answer.message}` }, kind, null)
  }
  if (answer.sent === 'yes' || answer.trouble === 'missing-token') {
    return { ...ending(failed, 'rejected', answer.message), failed: true }
  }
  if (answer.sent === 'no') {
    if (answer.trouble === 'stopped') return ending(failed, 'cancelled', answer.message)
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, row.attempts - 1))
    return { ...failed, state: 'not-sent', notBefore: answer.answered + Math.max(wait, answer.retryAfterMs ?? 0) }
  }
  return lost({ ...failed, note: `it may have arrived: ${answer.message}` }, kind)
}

/** The note on a row that another process was sending when it ended. */
export function orphaned(row: LedgerRow, kind: ActionKind | undefined, now: Instant): LedgerRow {
  const note = 'it may have arrived: the program ended while it was being sent'
  return lost({ ...row, note, endedAt: now, run: null }, kind)
}

/** A row without an answer: later readings tell, it is sent again, or a person decides. */
function lost(row: LedgerRow, kind: ActionKind | undefined): LedgerRow {
  const counted = { ...row, lost: row.lost + 1, absentAt: null }
  const told = kind?.readBack != null && row.before !== null
  if (told || (kind?.repeatable(row.sent) && mayGoAgain(counted))) return { ...counted, state: 'unknown' }
  return unsettled(counted, kind)
}

/** Leaves the row to a person. A log line or a notification counts as sent, and holds nothing back. */
export function unsettled(row: LedgerRow, kind: ActionKind | undefined, note = row.note): LedgerRow {
  return {
    ...row,
    state: 'unsettled',
    failed: kind === undefined || kind.fences.length > 0 || row.effect.toward === 'restricts',
    note,
    run: null,
  }
}

function applied(row: LedgerRow, kind: ActionKind | undefined, body: Json): LedgerRow {
  return { ...row, state: 'applied', failed: false, did: kind?.did(row.sent, row.effect, body) ?? null }
}

/**
 * What a reading, begun at `asked`, says of a row whose answer was lost. One reading is enough to show that it
 * happened. Two must show that it did not, the later begun after the window. If the row alone cannot explain a change,
 * somebody else made it, and nobody can tell.
 */
export function readBack(
  row: LedgerRow,
  kind: ActionKind | undefined,
  reading: { facts: Facts; asked: Instant } | undefined,
  now: Instant,
): LedgerRow {
  const back = kind?.readBack
  if (row.state !== 'unknown' || !back || row.before === null || !reading) return row
  const { facts, asked } = reading
  if (asked <= (row.endedAt ?? 0) || asked === row.absentAt) return row
  const sent = { before: row.before, params: row.sent, effect: row.effect, sentAt: row.sentAt ?? row.at }
  const shown: Shown = back.shows(sent, facts, asked)
  const late = asked >= (row.endedAt ?? 0) + settleWindowMs
  const ended = { ...row, endedAt: now }
  switch (shown) {
    case 'applied':
      return applied(
        { ...ended, note: 'its answer was lost; it was read back' },
        kind,
        back.answer?.(sent, facts) ?? null,
      )
    case 'other':
      return unsettled(ended, kind, `${row.note}; something else has changed, too, so that it cannot be told`)
    case 'untold':
      return late ? unsettled(ended, kind, `${row.note}; no reading tells`) : row
    case 'not-applied':
      if (row.absentAt === null) return { ...row, absentAt: asked }
      return late ? notApplied(ended) : row
  }
}

function notApplied(row: LedgerRow): LedgerRow {
  return {
    ...row,
    state: 'not-applied',
    failed: !mayGoAgain(row),
    note: 'it did not arrive: two readings do not show it',
  }
}

/** A person's answer to whether it happened: it corrects the ledger, and sends nothing. */
export function answered(
  row: LedgerRow,
  { happened: did, by }: { happened: boolean; by: Person },
  kind: ActionKind | undefined,
  now: Instant,
): LedgerRow {
  const said: LedgerRow = { ...row, endedAt: now, note: `the ${by} said so`, settledBy: by }
  return did ? applied(said, kind, null) : { ...said, state: 'not-applied', resend: false, failed: true }
}
