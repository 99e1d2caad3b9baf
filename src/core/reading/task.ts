import type { Instant } from '../calendar/time.ts'
import { keyText, settleWindowMs } from '../memory/ledger.ts'
import { type Facts, knownValue } from '../model/fact.ts'
import type { TaskMemory } from '../model/lock.ts'
import { onceFor } from '../model/once.ts'
import type { LedgerRow } from '../model/row.ts'

/**
 * Updates the tasks of a lock by a reading that was requested at `asked`. Our own tasks are recognised by their rows.
 * Returns the same object if nothing happened.
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
    // A reading need not show at once a task that we have just assigned.
    if (last && asked < (last.endedAt ?? asked) + settleWindowMs) return task
    // A task that opened and closed between two readings was never seen open.
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
  rows.findLast((row) => row.session === session && isAssigned(row)),
)

/** Whether a row assigned a task. */
export function isAssigned({ action, state }: LedgerRow): boolean {
  return action === 'task.assign' && state === 'applied'
}

function resolved(memory: TaskMemory, points: number | null, asked: Instant): TaskMemory {
  const { closed } = memory
  if (!closed || asked <= closed.closedAt) return memory
  if (closed.worth === 0) return { ...memory, closed: null }
  if (points === null || closed.points === null) return { ...memory, closed: null }
  return { ...memory, closed: null, lastResult: points > closed.points ? 'points' : 'no-points' }
}
