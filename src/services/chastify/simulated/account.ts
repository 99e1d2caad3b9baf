import type { Instant } from '../../../core/calendar/time.ts'
import { Refusal } from '../../refusal.ts'
import { advance, type Lock, type LockData, lockData, newLock, type Party, patchLock } from './lock.ts'

/** What can be enabled on a lock. */
export type Module = 'tasks' | 'hygiene' | 'devices'

/** What one token is good for: its user's active lock, if there is one, and the locks that have ended. */
export interface Account {
  readonly role: Party
  readonly scopes: readonly string[]
  readonly modules: readonly Module[]
  lock: Lock | null
  readonly ended: Map<string, Lock>
  /** Nobody's online status is told. */
  onlineHidden: boolean
}

/** An account without a lock; everything is enabled on its locks, unless told otherwise. */
export function createAccount(
  role: Party,
  scopes: readonly string[],
  modules: readonly Module[] = ['tasks', 'hygiene', 'devices'],
): Account {
  return { role, scopes, modules, lock: null, ended: new Map(), onlineHidden: false }
}

/** Starts a lock in place of the active one. The id of one that has ended brings that lock back. */
export function startLock(
  account: Account,
  id: string | null,
  partial: Readonly<Record<string, unknown>>,
  now: Instant,
): Lock {
  endLock(account)
  const lock = (id !== null && account.ended.get(id)) || newLock(id, now)
  if (id !== null) account.ended.delete(id)
  account.lock = lock
  patchLock(lock, partial, now)
  return lock
}

export function endLock(account: Account): void {
  if (account.lock?.id != null) account.ended.set(account.lock.id, account.lock)
  account.lock = null
}

/**
 * The active lock brought up to `now`; `pinned` is the id that a request insists on. Throws a `Refusal` where there is
 * none, or another.
 */
export function activeLock(account: Account, now: Instant, pinned: string | null = null): Lock {
  if (pinned !== null && account.ended.has(pinned)) throw new Refusal(409, 'lock_ended', 'The lock is no longer active')
  if (account.lock === null) throw new Refusal(409, 'no_active_lock_session', 'There is no active lock')
  if (pinned !== null && pinned !== account.lock.id) throw new Refusal(404, 'lock_not_found', `No lock ${pinned}`)
  advance(account.lock, now)
  return account.lock
}

/** `lockData` of the active lock, as this account sees it. */
export function shownLock(account: Account, now: Instant): LockData {
  const data = lockData(activeLock(account, now), now)
  return account.onlineHidden ? { ...data, wearerLastSeenTimestamp: null, keyholderLastSeenTimestamp: null } : data
}

/** The body of the topic `chastify.session`, without an envelope. */
export function sessionBody(account: Account, now: Instant): Record<string, unknown> {
  const data = shownLock(account, now)
  const id = account.lock?.id ?? null
  return {
    role: account.role,
    scopes: account.scopes,
    timeRemainingSeconds: data.timeRemainingSeconds,
    ...(id === null ? {} : { lock: { _id: id } }),
    lockData: data,
  }
}
