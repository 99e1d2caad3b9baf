import { type Facts, type Instant, knownValue } from './fact.ts'
import { keyText, type LedgerRow } from './ledger.ts'
import { onceFor } from './once.ts'
import { settleWindowMs } from './settle.ts'

/** An open task as far as readings tell. */
interface OpenTask {
  /** The reading that first saw it. */
  openedAt: Instant
  /** The rule that assigned it, or `other`. */
  by: string
  /** What our own task is worth in points; 0 for others'. */
  worth: number
  /** The wearer's points while it was open. */
  points: number | null
}

/** What can have become of a task worth points. */
export const taskResults = ['points', 'no-points', 'replaced'] as const

/** What is remembered of the tasks of a lock. */
export interface TaskMemory {
  open: OpenTask | null
  /** A task that has just closed: what became of it shows one reading later. */
  closed: (OpenTask & { closedAt: Instant }) | null
  lastResult: (typeof taskResults)[number] | null
  /** The last row of ours that was found to have opened a task. */
  lastRow: string | null
}

export const noTask: TaskMemory = { open: null, closed: null, lastResult: null, lastRow: null }

/**
 * Follows the tasks of a lock by one reading, asked for at `asked`. Our own tasks are known by their rows. The same
 * object where nothing happened.
 */
export function followTask(
  memory: TaskMemory,
  facts: Facts,
  rows: readonly LedgerRow[],
  session: string,
  asked: Instant,
): TaskMemory {
  const assigned = knownValue(facts, 'lock.taskAssigned')
  if (typeof assigned !== 'boolean') return memory
  const known = knownValue(facts, 'lock.taskPoints')
  const points = typeof known === 'number' ? known : null
  let task = resolved(memory, points, asked)
  const last = lastAssigned(rows, session)
  const own = last && keyText(last) !== task.lastRow && (last.endedAt ?? 0) <= asked ? last : undefined
  if (!assigned) {
    // A reading need not show at once what we have just assigned.
    if (last && asked < (last.endedAt ?? asked) + settleWindowMs) return task
    // One that opened and closed between two readings was never seen open.
    if (own) task = { ...task, lastRow: keyText(own) }
    return task.open ? { ...task, open: null, closed: { ...task.open, closedAt: asked } } : task
  }
  if (!task.open || own) {
    const replaced = task.open !== null && task.open.worth > 0
    if (replaced) task = { ...task, lastResult: 'replaced' }
    const worth = own ? Number((own.sent as { points?: number } | null)?.points ?? 0) : 0
    const lastRow = own ? keyText(own) : task.lastRow
    return { ...task, lastRow, open: { openedAt: asked, by: own?.rule ?? 'other', worth, points } }
  }
  return task.open.points === points ? task : { ...task, open: { ...task.open, points } }
}

const lastAssigned = onceFor((rows: readonly LedgerRow[], session: string) =>
  rows.findLast((row) => row.session === session && row.action === 'task.assign' && row.state === 'applied'),
)

function resolved(memory: TaskMemory, points: number | null, asked: Instant): TaskMemory {
  const { closed } = memory
  if (!closed || asked <= closed.closedAt) return memory
  if (closed.worth === 0) return { ...memory, closed: null }
  if (points === null || closed.points === null) return { ...memory, closed: null }
  return { ...memory, closed: null, lastResult: points > closed.points ? 'points' : 'no-points' }
}
