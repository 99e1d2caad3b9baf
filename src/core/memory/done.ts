import { type Instant, startOf } from '../calendar/time.ts'
import { onceFor } from '../model/once.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import { countedAt } from './ledger.ts'

/** What is summed up, by how its facts' names begin, with the section of the limits that counts it. */
const sections = { added: 'add_time', removed: 'remove_time', frozen: 'freeze', tasks: 'task' } as const

/** The name of a sum, without what stands before its last dot. */
const sumName = /^(added|removed|frozen|tasks)(Today|ThisWeek|ThisLock)(?:Seconds)?$/

/** A part of what was done. */
interface Sum {
  what: keyof typeof sections
  period: 'day' | 'week' | 'lock'
}

/** Which sum a fact is, by the last part of its name; null for another fact. */
export function sumIn(name: string): Sum | null {
  const [, what, period] = sumName.exec(name) ?? []
  if (what === undefined) return null
  return {
    what: what as keyof typeof sections,
    period: period === 'Today' ? 'day' : period === 'ThisWeek' ? 'week' : 'lock',
  }
}

const doneRows = onceFor((rows: readonly LedgerRow[], session: string, mode: Mode): readonly LedgerRow[] =>
  rows.filter(
    (row) =>
      row.session === session &&
      row.mode === mode &&
      row.effect.counts !== null &&
      (row.state === 'applied' || row.state === 'dry-run'),
  ),
)

/**
 * How much was done on a lock session in a mode, in the present day or week or in all: seconds as they were granted,
 * and of tasks how many. By these rules alone where some are named.
 */
export function doneIn(
  { what, period }: Sum,
  rows: readonly LedgerRow[],
  around: { session: string; mode: Mode; now: Instant; zone: string; rules?: readonly string[] },
): number {
  const { session, mode, now, zone, rules } = around
  const from = period === 'lock' ? Number.NEGATIVE_INFINITY : startOf(period, now, zone)
  const counted = doneRows(rows, session, mode).filter(
    (row) =>
      row.effect.counts === sections[what] &&
      countedAt(row) >= from &&
      (rules === undefined || rules.includes(row.rule)),
  )
  return what === 'tasks' ? counted.length : counted.reduce((sum, { effect }) => sum + effect.seconds, 0)
}
