import { type Instant, offsetsOf, sayInstant, sayOffset } from '../core/calendar/time.ts'
import type { LedgerRow } from '../core/model/row.ts'
import { type HistoryLine, showHistory } from './history.ts'

/** The ledger for other programs, oldest first: all of it, or what was sent or planned from a moment on. */
export function exportRows(rows: readonly LedgerRow[], zone: string, since?: Instant): HistoryLine[] {
  return showHistory(rows, zone, { most: rows.length, since })
    .reverse()
    .map((line) => ({ ...line, at: withOffset(line.sentAt ?? line.plannedAt, zone) }))
}

/** An unambiguous moment, such as `2026-03-02T10:00:00+01:00`: an hour in autumn comes twice. */
function withOffset(moment: Instant, zone: string): string {
  return `${sayInstant(moment, zone).replace(' ', 'T')}${sayOffset(offsetsOf(moment, zone).offsetMs)}`
}

const columns = [
  'id',
  'at',
  'lock',
  'session',
  'mode',
  'rule',
  'occurrence',
  'position',
  'action',
  'state',
  'said',
  'note',
  'plannedAt',
  'due',
  'sentAt',
  'endedAt',
  'attempts',
  'failed',
  'toward',
  'seconds',
  'params',
  'sent',
  'did',
  'trouble',
] as const satisfies readonly (keyof HistoryLine)[]

const moments: ReadonlySet<string> = new Set(['plannedAt', 'due', 'sentAt', 'endedAt'])

/**
 * The same as a table: CSV with a line of names, and what has parts of its own as JSON. `at` is in the zone with its
 * offset, the other moments are in UTC. Lines end as those of everything else that is printed.
 */
export function exportCsv(lines: readonly HistoryLine[]): string {
  const rows = lines.map((line) => columns.map((name) => cell(name, line[name])).join(','))
  return [columns.join(','), ...rows].join('\n')
}

function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number')
    return moments.has(name) ? `${sayInstant(value, 'UTC').replace(' ', 'T')}Z` : String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  // A spreadsheet would run such a text as a formula, and a keyholder may have written it.
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
