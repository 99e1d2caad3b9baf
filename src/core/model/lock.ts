import type { Instant } from '../calendar/time.ts'

/** A time in which the lock was not seen: the service was away, or we were. */
export interface Gap {
  from: Instant
  to: Instant
}

/** One lock from its start to its end, as far as readings tell; memory, rows and limits belong to it. */
export interface LockSession {
  /** The lock's own id if its first reading had one, else a name given here. */
  key: string
  lockId: string | null
  /** The values of the last stored reading, and its time. Without ids, they decide whether it is the same lock. */
  timeLockedSeconds: number | null
  /** Whose lock it is, if the service says so. Another name means another lock. */
  wearer: string | null
  seenAt: Instant
  /** When it was first seen. */
  since: Instant
  /** Whether the wearer accepted it, so that rules may act on it. */
  accepted: boolean
  task: TaskMemory
  /** Whether it was frozen at the last reading, and when it was last seen thawed. */
  frozen: boolean | null
  thawedAt: Instant | null
  /** Whether the remaining time was seen to stand still while frozen; null if unknown. */
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

/** The possible results of a task worth points. */
export const taskResults = ['points', 'no-points', 'replaced'] as const

/** The memory of a lock's tasks. */
export interface TaskMemory {
  open: OpenTask | null
  /** A task that has just closed; its result shows one reading later. */
  closed: (OpenTask & { closedAt: Instant }) | null
  lastResult: (typeof taskResults)[number] | null
  /** Our last row that opened a task. */
  lastRow: string | null
}

export const noTask: TaskMemory = { open: null, closed: null, lastResult: null, lastRow: null }
