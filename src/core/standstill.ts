import { notExpected } from './model/expect.ts'
import { noLock } from './model/lock.ts'
import type { News } from './model/order.ts'
import { unstoredReasons } from './model/ports.ts'
import type { Scene } from './model/scene.ts'
import { clockDoubtful, clockToleranceMs } from './reading/health.ts'

/** Why nothing at all is decided, by name. */
export const standstills = [
  'no reading yet',
  'nothing new read',
  'clock doubtful',
  'clock went back',
  'clock was set',
  'not the expected wearer',
  'not the expected keyholder',
  'not accepted',
  'another entry acts on this lock',
  ...unstoredReasons,
] as const
export type Standstill = (typeof standstills)[number]

/** Whether anything may be decided now; if not, why. */
export function stands(scene: Scene, news: readonly News[], fresh: boolean): Standstill | null {
  const { kept, passing, order, now } = scene
  if (order.unstored) return order.unstored
  if (Object.values(passing.health).some(clockDoubtful)) return 'clock doubtful'
  if (!passing.sessionSeen || kept.session === null) return 'no reading yet'
  if (passing.clockSet !== null) return 'clock was set'
  if (kept.storedAt !== null && now < kept.storedAt - clockToleranceMs) return 'clock went back'
  const other = kept.session === noLock ? null : notExpected(passing.facts, order.expect)
  if (other !== null) return `not the expected ${other}`
  const lockId = kept.sessions[kept.session]?.lockId ?? null
  const elsewhere = lockId === null || !order.actsElsewhere ? false : order.actsElsewhere(lockId)
  if (elsewhere === null) return 'no reading yet'
  if (elsewhere !== false) return 'another entry acts on this lock'
  const waitsForYes = order.newLock === 'ask' && order.mode === 'live' && kept.session !== noLock
  if (waitsForYes && kept.sessions[kept.session]?.accepted !== true) return 'not accepted'
  const told = news.some((item) => 'accepted' in item || 'input' in item)
  return fresh || told ? null : 'nothing new read'
}

/**
 * Whether rules that need no reading are decided although nothing new was read: the clock is right, and rules may act
 * on the last known lock.
 */
export function mayDecideUnread(standstill: Standstill, { kept, passing, order }: Scene): boolean {
  const { session } = kept
  if (session === null || passing.clockSet !== null) return false
  if (standstill !== 'nothing new read' && standstill !== 'no reading yet') return false
  const asks = order.newLock === 'ask' && order.mode === 'live' && session !== noLock
  return !asks || kept.sessions[session]?.accepted === true
}
