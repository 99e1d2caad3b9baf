import type { Instant } from '../calendar/time.ts'

/** A time in which nobody could see the lock: the service was away, or we were. */
export interface Gap {
  from: Instant
  to: Instant
}

/** One lock from its start to its end, as far as readings tell; memory, rows and limits belong to it. */
export interface LockSession {
  /** The lock's own id where it was known at its first reading, else a name given here. */
  key: string
  lockId: string | null
  /** What the last stored reading said, and when: continuity is judged against it where ids are missing. */
  timeLockedSeconds: number | null
  /** Whose lock it is, where the service tells: another name is another lock. */
  wearer: string | null
  seenAt: Instant
  /** When it was first seen. */
  since: Instant
  /** Whether the wearer said yes to rules acting on it. */
  accepted: boolean
  task: TaskMemory
  /** Whether it was last seen frozen, and when it was last seen to have thawed. */
  frozen: boolean | null
  thawedAt: Instant | null
  /** Whether the remaining time was seen to stand still while frozen; null where it was not seen. */
  standsFrozen: boolean | null
}

/** The session under which rules run while there is no active lock. */
export const noLock = 'none'

/** An open task as far as readings tell. */
export interface OpenTask {
  /** The reading that first saw it. */
  openedAt: Instant
  /** The rule that assigned it, or `other`. */
  by: string
  /** What our own task is worth in points; 0 for others'. */
  worth: number
  /** The wearer's points while it was open. */
  points: number | null
}

/** What can have become of a task worth points. */
export const taskResults = ['points', 'no-points', 'replaced'] as const

/** What is remembered of the tasks of a lock. */
export interface TaskMemory {
  open: OpenTask | null
  /** A task that has just closed: what became of it shows one reading later. */
  closed: (OpenTask & { closedAt: Instant }) | null
  lastResult: (typeof taskResults)[number] | null
  /** The last row of ours that was found to have opened a task. */
  lastRow: string | null
}

export const noTask: TaskMemory = { open: null, closed: null, lastResult: null, lastRow: null }
