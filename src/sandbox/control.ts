import type { Chance } from './chance.ts'
import {
  activeLock,
  addTime,
  type ChastifyWorld,
  closeTask,
  endLock,
  freeze,
  type LockData,
  lockData,
  openTask,
  type Party,
  patchLock,
  startLock,
  unfreeze,
} from './chastify.ts'
import {
  activeSession,
  endSession,
  patchStats,
  reschedule,
  startSession,
  stats,
  type TrackerStats,
  type TrackerWorld,
} from './tracker.ts'

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

export function createLockControl(world: ChastifyWorld, moment: () => number, chance: Chance): LockControl {
  const at = <T>(run: (lock: ReturnType<typeof activeLock>, now: number) => T): T => {
    const now = moment()
    return run(activeLock(world, now), now)
  }
  return {
    data: () => at((lock, now) => lockData(world, lock, now)),
    id: () => {
      moment()
      return world.lock?.id ?? null
    },
    patch: (partial) => at((lock, now) => patchLock(lock, partial, now)),
    start: (partial = {}, id) => startLock(world, partial, moment(), chance, id).id,
    end: () => {
      moment()
      endLock(world)
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
      world.onlineHidden = hidden
    },
  }
}

export function createTrackerControl(world: TrackerWorld, moment: () => number): TrackerControl {
  return {
    stats: () => stats(world, moment()),
    session: () => {
      moment()
      return activeSession(world)?.id ?? null
    },
    start: () => {
      const now = moment()
      endSession(world, now)
      return startSession(world, {}, now).id
    },
    end: () => endSession(world, moment()),
    penalty: (seconds) => {
      const now = moment()
      const session = activeSession(world)
      if (session === null) throw new Error('No session is active')
      reschedule(world, session, seconds, { source: 'PENALTY', dom: 0 }, now)
    },
    patch: (partial) => patchStats(world, partial, moment()),
  }
}
