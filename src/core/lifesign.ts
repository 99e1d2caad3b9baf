import { countedMs } from './firing/firing.ts'
import type { Kept } from './model/kept.ts'
import { noLock } from './model/lock.ts'
import { memoryKey } from './model/rulememory.ts'
import type { Scene } from './model/scene.ts'
import { clockSure } from './reading/listen.ts'
import { witnessed } from './reading/session.ts'
import type { Standstill } from './standstill.ts'
import { proofOfLifeMs } from './waking/wake.ts'

/**
 * Stamps what is about to be stored, and has something stored each hour and at the end, so that a gap is known as
 * one.
 */
export function signOfLife(before: Kept, scene: Scene, standstill: Standstill | null): Kept {
  const { kept: after, passing, order, now } = scene
  // A moment of a doubtful clock must not be what the right one is held against.
  const sure = passing.sessionSeen && clockSure(passing) && standstill !== 'clock went back'
  if (!sure) return after
  const overdue = after.storedAt === null || now - after.storedAt >= proofOfLifeMs
  if (after === before && !overdue && !(order.closing && now > (after.storedAt ?? 0))) return after
  const storedAt = Math.max(now, after.storedAt ?? now)
  const stamped = { ...after, storedAt, memory: withLooks(scene) }
  const session = after.session === null ? undefined : after.sessions[after.session]
  const latest = passing.latestLock
  if (!session || session.key === noLock || !latest) return stamped
  const seen = witnessed(session, latest, latest.asked)
  return { ...stamped, sessions: { ...after.sessions, [session.key]: seen } }
}

/** The memories with when their conditions were last known, for those that count observed time. */
function withLooks({ kept, passing, rules, order }: Scene): Kept['memory'] {
  let memory = kept.memory
  for (const rule of rules.rules) {
    if (rule.forMs === 0 && rule.repeatMs === 0) continue
    const key = memoryKey(order.mode, kept.session ?? noLock, rule.id)
    const [known, looked] = [memory[key], passing.looked[key]]
    if (!known || looked === undefined || known.looked === looked || countedMs(rule, known) === 0) continue
    memory = { ...memory, [key]: { ...known, looked } }
  }
  return memory
}
