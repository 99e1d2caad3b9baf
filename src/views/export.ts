import type { Instant } from '../core/fact.ts'
import type { LedgerRow } from '../core/ledger.ts'
import { sayInstant } from '../core/time.ts'
import { type HistoryLine, showHistory } from './history.ts'

/** The ledger for other programs, oldest first: all of it, or what was sent or planned from a moment on. */
export function exportRows(rows: readonly LedgerRow[], zone: string, since?: Instant): HistoryLine[] {
  return showHistory(rows, zone, { most: rows.length, since }).reverse()
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

/** The same as a table: CSV with a line of names, moments in UTC, and what has parts of its own as JSON. */
export function exportCsv(lines: readonly HistoryLine[]): string {
  const rows = lines.map((line) => columns.map((name) => cell(name, line[name])).join(','))
  return [columns.join(','), ...rows].join('\r\n')
}

function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number')
    return moments.has(name) ? `${sayInstant(value, 'UTC').replace(' ', 'T')}Z` : String(value)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  // A spreadsheet takes such a text, which a keyholder may have written, for a formula and runs it.
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
