import type { Change, Kept } from '../model/kept.ts'

/**
 * The difference between two states of memory; null where nothing happened, and then nothing is written. Rows are
 * only ever appended and replaced in place.
 */
export function changeOf(before: Kept, after: Kept): Change | null {
  if (before === after) return null
  const { memory, rows, ...head } = after
  return {
    head,
    memory: Object.entries(memory).filter(([key, value]) => before.memory[key] !== value),
    added: rows.slice(before.rows.length),
    moved: rows.filter((row, i) => i < before.rows.length && row !== before.rows[i]),
    sent: rows.reduce((sum, { attempts }, i) => sum + attempts - (before.rows[i]?.attempts ?? 0), 0),
  }
}
