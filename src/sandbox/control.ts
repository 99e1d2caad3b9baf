import type { Chance } from '../services/chance.ts'
import { type Account, activeLock, endLock, shownLock, startLock } from '../services/chastify/simulated/account.ts'
import {
  addTime,
  closeTask,
  freeze,
  type Lock,
  type LockData,
  openTask,
  type Party,
  patchLock,
  unfreeze,
} from '../services/chastify/simulated/lock.ts'
import {
  activeSession,
  endSession,
  type Page,
  patchStats,
  reschedule,
  startSession,
  stats,
  type TrackerStats,
} from '../services/tracker/simulated/page.ts'

/** What happens to the lock besides requests. All but `start`, `end`, `id` and `hideOnline` need an active lock. */
export interface LockControl {
  data(): LockData
  id(): string | null
  patch(partial: Partial<LockData>): void
  /** Ends the active lock and starts one; a former id brings that lock back. Answers its id. */
  start(partial?: Partial<LockData>, id?: string): string
  end(): void
  openTask(text: string, points?: number, durationSeconds?: number): void
  closeTask(how: 'points' | 'no-points'): void
  /** Time that somebody else adds or, where negative, removes. */
  addTime(seconds: number): void
  /** null: without an end. */
  freeze(seconds: number | null): void
  unfreeze(): void
  /** Somebody was seen online just now. */
  seen(who: Party): void
  hideOnline(hidden: boolean): void
}

/** What happens to the tracker's page besides requests. */
export interface TrackerControl {
  stats(): TrackerStats
  /** The active session. */
  session(): number | null
  /** Ends the active session and starts one; answers its id. */
  start(): number
  end(): void
  /** Seconds added as a penalty. */
  penalty(seconds: number): void
  patch(partial: Partial<TrackerStats>): void
}

export function createLockControl(account: Account, moment: () => number, chance: Chance): LockControl {
  const at = <T>(run: (lock: Lock, now: number) => T): T => {
    const now = moment()
    return run(activeLock(account, now), now)
  }
  return {
    data: () => shownLock(account, moment()),
    id: () => {
      moment()
      return account.lock?.id ?? null
    },
    patch: (partial) => at((lock, now) => patchLock(lock, partial, now)),
    start: (partial = {}, id = chance.hex(24)) => {
      startLock(account, id, partial, moment())
      return id
    },
    end: () => {
      moment()
      endLock(account)
    },
    openTask: (text, points = 1, durationSeconds) =>
      at((lock, now) =>
        openTask(lock, text, points, durationSeconds === undefined ? null : durationSeconds * 1000, now),
      ),
    closeTask: (how) => at((lock) => closeTask(lock, how === 'points')),
    addTime: (seconds) => at((lock, now) => addTime(lock, seconds, now)),
    freeze: (seconds) => at((lock, now) => freeze(lock, seconds, now)),
    unfreeze: () => {
      at(unfreeze)
    },
    seen: (who) =>
      at((lock, now) => {
        lock.seen[who] = now
      }),
    hideOnline: (hidden) => {
      moment()
      account.onlineHidden = hidden
    },
  }
}

export function createTrackerControl(page: Page, moment: () => number): TrackerControl {
  return {
    stats: () => stats(page, moment()),
    session: () => {
      moment()
      return activeSession(page)?.id ?? null
    },
    start: () => {
      const now = moment()
      endSession(page, now)
      return startSession(page, {}, now).id
    },
    end: () => endSession(page, moment()),
    penalty: (seconds) => {
      const now = moment()
      const session = activeSession(page)
      if (session === null) throw new Error('No session is active')
      reschedule(page, session, seconds, { source: 'PENALTY', dom: 0 }, now)
    },
    patch: (partial) => patchStats(page, partial, moment()),
  }
}
