import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { isOtherwise } from '../core/memory/firings.ts'
import { idOf, shownAt } from '../core/memory/ledger.ts'
import type { LedgerRow, Mode, Person, State } from '../core/model/row.ts'
import type { Json } from '../core/model/service.ts'
import { wrapped } from './lines.ts'
import { sayAction, sayState } from './say.ts'

/** A ledger row as people and programs are shown it. */
export interface HistoryLine {
  /** The short name to answer `settle` with. */
  id: string
  at: string
  lock: string
  session: string
  mode: Mode
  rule: string
  occurrence: string
  position: number
  action: string
  said: string
  state: State
  note: string
  /** Epoch milliseconds. */
  plannedAt: Instant
  due: Instant
  sentAt: Instant | null
  endedAt: Instant | null
  notBefore: Instant | null
  attempts: number
  /** Whether it failed, so that the rest of its list was left out. */
  failed: boolean
  toward: string
  /** What it counts against the limits, in seconds. */
  seconds: number
  params: Json
  /** Parameters as they were sent. */
  sent: Json
  did: LedgerRow['did']
  trouble: string | null
  /** Whose word settled it, if nothing else told what became of it. */
  settledBy: Person | null
}

/** Which rows of the ledger are wanted. */
export interface Wanted {
  most: number
  rule?: string | undefined
  state?: string | undefined
  /** Only what was shown at a moment from then on. */
  since?: Instant | undefined
}

/** The newest rows first, those of several locks one among the other. */
export function showHistory(rows: readonly LedgerRow[], zone: string, wanted: Wanted): HistoryLine[] {
  const { most, rule, state, since } = wanted
  return rows
    .filter(
      (row) =>
        (rule === undefined || row.rule === rule) &&
        (state === undefined || row.state === state) &&
        (since === undefined || shownAt(row) >= since),
    )
    .reverse()
    .sort((one, other) => shownAt(other) - shownAt(one))
    .slice(0, most)
    .map((row) => lineOf(row, zone))
}

function lineOf(row: LedgerRow, zone: string): HistoryLine {
  return {
    id: idOf(row),
    at: sayInstant(shownAt(row), zone),
    lock: row.lock,
    session: row.session,
    mode: row.mode,
    rule: row.rule,
    occurrence: row.occurrence,
    position: row.position,
    action: row.action,
    said: `${isOtherwise(row) ? 'otherwise ' : ''}${sayAction(row)}: ${sayState(row)}`,
    state: row.state,
    note: row.note,
    plannedAt: row.at,
    due: row.due,
    sentAt: row.sentAt,
    endedAt: row.endedAt,
    notBefore: row.notBefore,
    attempts: row.attempts,
    failed: row.failed,
    toward: row.effect.toward,
    seconds: row.effect.seconds,
    params: withoutToken(row.params),
    sent: withoutToken(row.sent),
    did: row.did,
    trouble: row.trouble,
    settledBy: row.settledBy ?? null,
  }
}

/** Whoever has the token of a link game can play it. */
function withoutToken(params: Json): Json {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return params
  const entries = Object.entries(params as Record<string, Json>)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === 'token' && value !== null ? 'not shown' : value]),
  )
}

/** Longer names do not widen the column. */
const widestName = 24

/** A history as lines for a terminal; `several` names the lock of each. */
export function historyLines(lines: readonly HistoryLine[], several: boolean): string[] {
  const width = (name: (line: HistoryLine) => string) =>
    Math.min(widestName, Math.max(0, ...lines.map((line) => name(line).length)))
  const [lockWidth, ruleWidth] = [width(({ lock }) => lock), width(({ rule }) => rule)]
  return lines.flatMap(({ at, id, lock, rule, said }) => {
    const head = [at, id, ...(several ? [lock.padEnd(lockWidth)] : [])].join('  ')
    return wrapped(`${head}  ${rule.padEnd(ruleWidth)}  ${said}`, head.length + 2)
  })
}
