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
 * Stamps changes before they are stored, and makes a change each hour and at the end, so that a later gap is
 * recognised.
 */
export function signOfLife(before: Kept, scene: Scene, standstill: Standstill | null): Kept {
  const { kept: after, passing, order, now } = scene
  // A moment of a doubtful clock must not be stored, since the right clock is compared with it.
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

/** The memories, with the last moment at which the condition was known, for rules that count observed time. */
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
