import type { Instant } from '../../../core/calendar/time.ts'
import type { Value } from '../../../core/model/fact.ts'
import { type Lock, patchLock } from './lock.ts'

/** Where a fact comes from: which facts are told together, and how the lock comes to tell them. */
export interface Cause {
  tells: readonly string[]
  bring(lock: Lock, value: Value, now: Instant): void
}

/** What of the lock a fact tells; null where that is not the lock's to tell. */
export function causeOf(name: string): Cause | null {
  const party = /^lock\.(wearer|keyholder)LastSeen(?:Timestamp|AgoSeconds)$/.exec(name)?.[1]
  if (party !== undefined) {
    const bring: Cause['bring'] = (lock, value, now) => {
      const at = name.endsWith('AgoSeconds') ? now - Number(value) * 1000 : value
      patchLock(lock, { [`${party}LastSeenTimestamp`]: at }, now)
    }
    return { tells: [`lock.${party}LastSeenTimestamp`, `lock.${party}LastSeenAgoSeconds`], bring }
  }
  if (!name.startsWith('lock.') || ofToken.has(name)) return null
  return { tells: [name], bring: (lock, value, now) => patchLock(lock, { [name.slice('lock.'.length)]: value }, now) }
}

/** What is of the token, or of whether there is a lock at all. */
const ofToken: ReadonlySet<string> = new Set(['lock.active', 'lock.role', 'lock.scopes'])

/** The facts that are known once something was done, by its call, whatever was known before. */
export const settledBy: Readonly<Record<string, readonly string[]>> = {
  freeze: ['lock.frozen'],
  unfreeze: ['lock.frozen'],
  toggle_freeze: ['lock.frozen'],
  'task.assign': ['lock.taskAssigned'],
  'task.complete': ['lock.taskAssigned'],
}
