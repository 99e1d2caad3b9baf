import type { Instant } from '../../../core/calendar/time.ts'

/** `lockData` as the service sends it; further keys are served as they are given. */
export interface LockData {
  frozen: boolean
  unlockable: boolean
  trusted: boolean
  taskAssigned: boolean
  timeLockedSeconds: number
  timeRemainingSeconds: number
  maxTimeRemainingSeconds: number | null
  taskPoints: number
  taskPointsRequired: number
  lockTitle: string
  wearerUsername: string | null
  keyholderUsername: string | null
  wearerLastSeenTimestamp: Instant | null
  keyholderLastSeenTimestamp: Instant | null
  [further: string]: unknown
}

/** An open task run. */
export interface Task {
  text: string
  points: number
  durationMs: number | null
  timerStarted: boolean
  expiresAt: Instant | null
}

/** Something that lasts until a moment, or until somebody ends it. */
export interface Span {
  until: Instant | null
}

export type Party = 'wearer' | 'keyholder'

/** A simulated lock. What runs stands as it was at `asOf`, in milliseconds. */
export interface Lock {
  /** null: it tells none. */
  id: string | null
  asOf: Instant
  lockedMs: number
  remainingMs: number
  /** Whether the locked time runs on under a freeze; the service does not say. */
  locksOnFrozen: boolean
  freeze: Span | null
  pillory: Span | null
  hygiene: Span | null
  task: Task | null
  /** Moments of freezes, for the daily limit of an untrusted keyholder. */
  freezes: Instant[]
  settings: Record<string, unknown>
  /** The part of `lockData` that is not computed. */
  plain: Plain
  /** Told in the place of what is computed. */
  told: Record<string, unknown>
  seen: Record<Party, Instant | null>
}

type Plain = Pick<
  LockData,
  | 'trusted'
  | 'maxTimeRemainingSeconds'
  | 'taskPoints'
  | 'taskPointsRequired'
  | 'lockTitle'
  | 'wearerUsername'
  | 'keyholderUsername'
> &
  Record<string, unknown>

/** How long a lock has lasted when it is first heard of. */
export const LOCKED_SECONDS = 5_400
const REMAINING_SECONDS = 27_800
const WEEK_SECONDS = 604_800

export function newLock(id: string | null, now: Instant): Lock {
  return {
    id,
    asOf: now,
    lockedMs: LOCKED_SECONDS * 1000,
    remainingMs: REMAINING_SECONDS * 1000,
    locksOnFrozen: false,
    freeze: null,
    pillory: null,
    hygiene: null,
    task: null,
    freezes: [],
    settings: {},
    plain: {
      trusted: true,
      maxTimeRemainingSeconds: WEEK_SECONDS,
      taskPoints: 2,
      taskPointsRequired: 5,
      lockTitle: 'Weekend Challenge',
      wearerUsername: 'alice',
      keyholderUsername: 'kh_bob',
    },
    told: {},
    seen: { wearer: now - 60_000, keyholder: now - 1_200_000 },
  }
}

/** `lockData` at this moment. Of what is left a begun second counts, of what has passed it does not. */
export function lockData(lock: Lock, now: Instant): LockData {
  advance(lock, now)
  const timeRemainingSeconds = Math.ceil(lock.remainingMs / 1000)
  const { taskPoints, taskPointsRequired } = lock.plain
  return {
    ...lock.plain,
    frozen: lock.freeze !== null,
    unlockable: timeRemainingSeconds === 0 && lock.freeze === null && taskPoints >= taskPointsRequired,
    taskAssigned: lock.task !== null,
    timeLockedSeconds: Math.floor(lock.lockedMs / 1000),
    timeRemainingSeconds,
    wearerLastSeenTimestamp: lock.seen.wearer,
    keyholderLastSeenTimestamp: lock.seen.keyholder,
    ...lock.told,
  }
}

/** How that comes about which a field tells, of those that are computed or counted on. */
const causes: Readonly<Record<string, (lock: Lock, value: unknown, now: Instant) => void>> = {
  frozen: (lock, value) => {
    lock.freeze = value === true ? (lock.freeze ?? { until: null }) : null
  },
  taskAssigned: (lock, value, now) => {
    if (value !== true) lock.task = null
    else if (lock.task === null) openTask(lock, 'A task', 0, null, now)
  },
  taskPoints: (lock, value) => {
    lock.plain.taskPoints = value as number
  },
  timeLockedSeconds: (lock, value) => {
    lock.lockedMs = milliseconds(value)
  },
  timeRemainingSeconds: (lock, value) => {
    lock.remainingMs = milliseconds(value)
  },
  wearerLastSeenTimestamp: (lock, value) => {
    lock.seen.wearer = value as Instant
  },
  keyholderLastSeenTimestamp: (lock, value) => {
    lock.seen.keyholder = value as Instant
  },
}

const truths: ReadonlySet<string> = new Set(['frozen', 'taskAssigned'])

function milliseconds(seconds: unknown): number {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    throw new TypeError('A time must be a number of seconds')
  }
  return seconds * 1000
}

/**
 * Brings about what fields of `lockData` are to tell. `unlockable`, which follows from others, and what cannot be so
 * (a null where there always is a value, a freeze that is neither) are told from then on whatever is so. Throws a
 * `TypeError` for a time that is none.
 */
export function patchLock(lock: Lock, partial: Readonly<Record<string, unknown>>, now: Instant): void {
  advance(lock, now)
  for (const [key, value] of Object.entries(partial)) {
    delete lock.told[key]
    const cause = causes[key]
    const isOne = truths.has(key) ? typeof value === 'boolean' : value !== null
    if (cause !== undefined && isOne) cause(lock, value, now)
    else if (cause !== undefined || key === 'unlockable') lock.told[key] = value
    else lock.plain[key] = value
  }
}

/** Adds or, where negative, removes time: never beyond the wearer's ceiling, never below nothing. */
export function addTime(lock: Lock, seconds: number, now: Instant): void {
  advance(lock, now)
  const ceiling = (lock.plain.maxTimeRemainingSeconds ?? Number.POSITIVE_INFINITY) * 1000
  // A ceiling that was lowered below what is left takes nothing away.
  const highest = Math.max(ceiling, lock.remainingMs)
  lock.remainingMs = Math.min(highest, Math.max(0, lock.remainingMs + seconds * 1000))
}

/** Freezes, or gives a freeze another end; null: without an end. */
export function freeze(lock: Lock, seconds: number | null, now: Instant): void {
  advance(lock, now)
  lock.freeze = spanFrom(now, seconds)
  lock.freezes.push(now)
}

/** Whether there was anything to unfreeze. */
export function unfreeze(lock: Lock, now: Instant): boolean {
  advance(lock, now)
  const wasFrozen = lock.freeze !== null
  lock.freeze = null
  return wasFrozen
}

/** Opens a task run; one that is open is cancelled. */
export function openTask(lock: Lock, text: string, points: number, durationMs: number | null, now: Instant): void {
  const expiresAt = durationMs === null ? null : now + durationMs
  lock.task = { text, points, durationMs, timerStarted: false, expiresAt }
}

export function closeTask(lock: Lock, withPoints: boolean): void {
  if (lock.task !== null && withPoints) lock.plain.taskPoints += lock.task.points
  lock.task = null
}

export function spanFrom(now: Instant, seconds: number | null): Span {
  return { until: seconds === null ? null : now + seconds * 1000 }
}

/** Lets time pass up to `now`; what was to end by then has ended. */
export function advance(lock: Lock, now: Instant): void {
  if (now <= lock.asOf) return
  const thaw = lock.freeze === null ? lock.asOf : (lock.freeze.until ?? Number.POSITIVE_INFINITY)
  const ran = now - Math.max(lock.asOf, Math.min(thaw, now))
  lock.lockedMs += lock.locksOnFrozen ? now - lock.asOf : ran
  lock.remainingMs = Math.max(0, lock.remainingMs - ran)
  lock.asOf = now
  if (isOver(lock.freeze, now)) lock.freeze = null
  if (isOver(lock.pillory, now)) lock.pillory = null
  if (isOver(lock.hygiene, now)) lock.hygiene = null
  if (lock.task?.expiresAt != null && lock.task.expiresAt <= now) closeTask(lock, false)
}

function isOver(span: Span | null, now: Instant): boolean {
  return span?.until != null && span.until <= now
}
