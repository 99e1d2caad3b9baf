// What the services saw, held against what the ledger claims.
import type { LedgerRow, State } from '../../src/core/model/row.ts'
import type { Effect } from './house.ts'

/** So long after the end of its connection a request may land without a second sending. */
export const windowMs = 20_000

export interface Judgement {
  /** What broke a promise, in words. */
  readonly wrong: readonly string[]
  /** Effects that came from a landing later than the window: the stated risk. */
  readonly late: number
  /** Effects in time. */
  readonly happened: number
  /** Occurrences that did not happen and of which the ledger says so or that nobody can tell. */
  readonly named: number
}

const maybe: ReadonlySet<State> = new Set(['applied', 'unsettled', 'unknown', 'sending'])
/** Done when there is nothing to do, they leave no trace, and no harm. */
const traceless: ReadonlySet<string> = new Set(['unfreeze', 'pillory.end'])

/**
 * Holds each request's effects against the rows that made it. Requests of one kind and size are judged together, so
 * that actions of different sizes are judged one by one.
 */
export function judge(rows: readonly LedgerRow[], effects: readonly Effect[]): Judgement {
  const wrong: string[] = []
  const groups = new Map<string, { rows: LedgerRow[]; effects: Effect[] }>()
  const group = (key: string) => {
    const known = groups.get(key) ?? { rows: [], effects: [] }
    groups.set(key, known)
    return known
  }
  for (const row of rows) group(row.request === null ? '' : signature(row.request.body)).rows.push(row)
  for (const effect of effects) group(signature(effect.body)).effects.push(effect)
  for (const [key, one] of groups) {
    if (key === '') continue
    const late = one.effects.filter(({ lateMs }) => lateMs > windowMs).length
    const timely = one.effects.length - late
    const may = one.rows.filter(({ state }) => maybe.has(state)).length
    const must = one.rows.filter(({ state, action }) => state === 'applied' && !traceless.has(action)).length
    const states = one.rows.map(({ rule, action, state }) => `${rule} ${action} ${state}`).join(', ')
    const saw = `${states || 'no row'}; the services saw ${key} ${timely} times${late > 0 ? ` and ${late} late` : ''}`
    if (one.rows.length === 0) wrong.push(`nobody's: ${saw}`)
    else if (timely > one.rows.length) wrong.push(`done twice: ${saw}`)
    else if (timely > may) wrong.push(`denied: ${saw}`)
    else if (must > one.effects.length) wrong.push(`claimed: ${saw}`)
  }
  const late = effects.filter(({ lateMs }) => lateMs > windowMs).length
  return { wrong, late, happened: effects.length - late, named: Math.max(0, rows.length - (effects.length - late)) }
}

/** The request without what differs between two sendings of it. */
function signature(body: unknown): string {
  return JSON.stringify(body)
}
