import type { Instant } from '../calendar/time.ts'
import { lastFreeze } from '../memory/freezes.ts'
import { type Facts, knownValue } from '../model/fact.ts'
import type { Order } from '../model/order.ts'
import type { LedgerRow } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import { isPlanned, ownRow, switchRule } from './own.ts'

/**
 * What the switch, once set, takes back: a freeze of our own that still lasts. Each freeze is undone once. Null where
 * there is nothing to undo; whose freeze it is must be known.
 */
export function undoing(
  rows: readonly LedgerRow[],
  facts: Facts,
  rules: RuleSet,
  order: Order,
  session: string,
  now: Instant,
): LedgerRow | null {
  if (!order.stopped || order.mode !== 'live') return null
  const by = knownValue(facts, 'lock.frozenBy')
  const kind = rules.actions.get('unfreeze')
  const freeze = lastFreeze(rows, session, order.mode)
  if (by === null || by === 'other' || !freeze || !kind) return null
  const occurrence = `${freeze.rule} ${freeze.occurrence} ${freeze.position}`
  if (isPlanned(rows, switchRule, occurrence, session)) return null
  return ownRow({ lock: order.lock, session, mode: order.mode, rule: switchRule, occurrence }, kind, null, now)
}
