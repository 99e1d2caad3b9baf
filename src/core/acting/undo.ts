import { lastFreeze } from '../memory/freezes.ts'
import { knownValue } from '../model/fact.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Scene } from '../model/scene.ts'
import { isPlanned, ownRow, switchRule } from './own.ts'

/**
 * What the switch undoes: a freeze of our own that still lasts. Each freeze is undone once. Null if there is nothing to
 * undo, or if it is not known whose freeze it is.
 */
export function undoing({ kept, facts, rules, order, session, now }: Scene): LedgerRow | null {
  if (!order.stopped || order.mode !== 'live') return null
  const by = knownValue(facts, 'lock.frozenBy')
  const kind = rules.actions.get('unfreeze')
  const freeze = lastFreeze(kept.rows, session, order.mode)
  if (by === null || by === 'other' || !freeze || !kind) return null
  const occurrence = `${freeze.rule} ${freeze.occurrence} ${freeze.position}`
  if (isPlanned(kept.rows, switchRule, occurrence, session)) return null
  return ownRow({ lock: order.lock, session, mode: order.mode, rule: switchRule, occurrence }, kind, null, now)
}
