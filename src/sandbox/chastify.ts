import type { Chance } from './chance.ts'
import { Refusal } from './exchange.ts'

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
  wearerLastSeenTimestamp: number | null
  keyholderLastSeenTimestamp: number | null
  [further: string]: unknown
}

/** An open task run. */
export interface Task {
  text: string
  points: number
  durationMs: number | null
  timerStarted: boolean
  expiresAt: number | null
}

/** Something that lasts until a moment, or until somebody ends it. */
export interface Span {
  until: number | null
}

export interface Lock {
  readonly id: string
  lockedSince: number
  /** Milliseconds left at `asOf`; they run down from there while nothing is frozen. */
  remainingMs: number
  asOf: number
  freeze: Span | null
  pillory: Span | null
  hygiene: Span | null
  task: Task | null
  /** Moments of freezes, for the daily limit of an untrusted keyholder. */
  freezes: number[]
  settings: Record<string, unknown>
  /** The part of `lockData` that is not computed. */
  plain: Plain
  seen: Record<Party, number | null>
}

export type Party = 'wearer' | 'keyholder'

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

/** One DEV token's view: the active lock, if there is one, and the locks that have ended. */
export interface ChastifyWorld {
  readonly role: Party
  lock: Lock | null
  readonly ended: Map<string, Lock>
  onlineHidden: boolean
}

/** How long the default world has been locked when it begins. */
export const LOCKED_SECONDS = 5_400
const REMAINING_SECONDS = 27_800
const WEEK_SECONDS = 604_800
const DAY_MS = 86_400_000
const UNTRUSTED_FREEZES_A_DAY = 3

export function createChastifyWorld(role: Party): ChastifyWorld {
  return { role, lock: null, ended: new Map(), onlineHidden: false }
}

/** Starts a lock in place of the active one. A former id brings that lock back; without one the lock is new. */
export function startLock(
  world: ChastifyWorld,
  partial: Partial<LockData>,
  now: number,
  chance: Chance,
  id: string = chance.hex(24),
): Lock {
  endLock(world)
  const lock = world.ended.get(id) ?? newLock(id, now)
  world.ended.delete(id)
  world.lock = lock
  patchLock(lock, partial, now)
  return lock
}

function newLock(id: string, now: number): Lock {
  return {
    id,
    lockedSince: now - LOCKED_SECONDS * 1000,
    remainingMs: REMAINING_SECONDS * 1000,
    asOf: now,
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
    seen: { wearer: now - 60_000, keyholder: now - 1_200_000 },
  }
}

export function endLock(world: ChastifyWorld): void {
  if (world.lock !== null) world.ended.set(world.lock.id, world.lock)
  world.lock = null
}

/** The active lock brought up to `now`; `pinned` is the id that a request insists on. */
export function activeLock(world: ChastifyWorld, now: number, pinned: string | null = null): Lock {
  if (pinned !== null && world.ended.has(pinned)) throw new Refusal(409, 'lock_ended', 'The lock is no longer active')
  if (world.lock === null) throw new Refusal(409, 'no_active_lock_session', 'There is no active lock')
  if (pinned !== null && pinned !== world.lock.id) throw new Refusal(404, 'lock_not_found', `No lock ${pinned}`)
  advance(world.lock, now)
  return world.lock
}

/** `lockData` at this moment. */
export function lockData(world: ChastifyWorld, lock: Lock, now: number): LockData {
  advance(lock, now)
  const timeRemainingSeconds = Math.floor(lock.remainingMs / 1000)
  const { taskPoints, taskPointsRequired } = lock.plain
  return {
    ...lock.plain,
    frozen: lock.freeze !== null,
    unlockable: timeRemainingSeconds === 0 && lock.freeze === null && taskPoints >= taskPointsRequired,
    taskAssigned: lock.task !== null,
    timeLockedSeconds: Math.floor((now - lock.lockedSince) / 1000),
    timeRemainingSeconds,
    wearerLastSeenTimestamp: world.onlineHidden ? null : lock.seen.wearer,
    keyholderLastSeenTimestamp: world.onlineHidden ? null : lock.seen.keyholder,
  }
}

/** Sets fields of `lockData` from outside. `unlockable` follows from the others and is not set. */
export function patchLock(lock: Lock, partial: Partial<LockData>, now: number): void {
  advance(lock, now)
  const {
    frozen,
    unlockable: _follows,
    taskAssigned,
    timeLockedSeconds,
    timeRemainingSeconds,
    wearerLastSeenTimestamp,
    keyholderLastSeenTimestamp,
    ...plain
  } = partial
  for (const seconds of [timeLockedSeconds, timeRemainingSeconds]) {
    if (seconds !== undefined && !Number.isFinite(seconds)) throw new TypeError('A time must be a number of seconds')
  }
  Object.assign(lock.plain, plain)
  if (frozen !== undefined) lock.freeze = frozen ? { until: null } : null
  if (taskAssigned === false) lock.task = null
  if (taskAssigned === true && lock.task === null) openTask(lock, 'A task', 0, null, now)
  if (timeLockedSeconds !== undefined) lock.lockedSince = now - timeLockedSeconds * 1000
  if (timeRemainingSeconds !== undefined) lock.remainingMs = timeRemainingSeconds * 1000
  if (wearerLastSeenTimestamp !== undefined) lock.seen.wearer = wearerLastSeenTimestamp
  if (keyholderLastSeenTimestamp !== undefined) lock.seen.keyholder = keyholderLastSeenTimestamp
}

/** Adds or, where negative, removes time: never beyond the wearer's ceiling, never below nothing. */
export function addTime(lock: Lock, seconds: number, now: number): void {
  advance(lock, now)
  const ceiling = (lock.plain.maxTimeRemainingSeconds ?? Number.POSITIVE_INFINITY) * 1000
  // A ceiling that was lowered below what is left takes nothing away.
  const highest = Math.max(ceiling, lock.remainingMs)
  lock.remainingMs = Math.min(highest, Math.max(0, lock.remainingMs + seconds * 1000))
}

/** Freezes, or gives a freeze another end. */
export function freeze(lock: Lock, seconds: number | null, now: number): void {
  advance(lock, now)
  lock.freeze = spanFrom(now, seconds)
  lock.freezes.push(now)
}

/** Whether there was anything to unfreeze. */
export function unfreeze(lock: Lock, now: number): boolean {
  advance(lock, now)
  const wasFrozen = lock.freeze !== null
  lock.freeze = null
  return wasFrozen
}

/** An untrusted keyholder's freezes have an end and are few a day. */
export function checkFreeze(world: ChastifyWorld, lock: Lock, seconds: number | null, now: number): void {
  if (world.role !== 'keyholder' || lock.plain.trusted) return
  if (seconds === null) throw new Refusal(403, 'trust_required', 'A freeze without an end needs trust')
  const today = lock.freezes.filter((at) => Math.floor(at / DAY_MS) === Math.floor(now / DAY_MS))
  if (today.length >= UNTRUSTED_FREEZES_A_DAY) {
    throw new Refusal(
      403,
      'freeze_limit_reached',
      `No more than ${UNTRUSTED_FREEZES_A_DAY} freezes a day without trust`,
    )
  }
}

/** Opens a task run; one that is open is cancelled. */
export function openTask(lock: Lock, text: string, points: number, durationMs: number | null, now: number): void {
  const expiresAt = durationMs === null ? null : now + durationMs
  lock.task = { text, points, durationMs, timerStarted: false, expiresAt }
}

export function closeTask(lock: Lock, withPoints: boolean): void {
  if (lock.task !== null && withPoints) lock.plain.taskPoints += lock.task.points
  lock.task = null
}

export function spanFrom(now: number, seconds: number | null): Span {
  return { until: seconds === null ? null : now + seconds * 1000 }
}

function advance(lock: Lock, now: number): void {
  if (now <= lock.asOf) return
  let runsFrom = lock.asOf
  if (lock.freeze !== null) {
    const thaw = lock.freeze.until ?? Number.POSITIVE_INFINITY
    runsFrom = Math.max(runsFrom, Math.min(thaw, now))
    if (thaw <= now) lock.freeze = null
  }
  lock.remainingMs = Math.max(0, lock.remainingMs - (now - runsFrom))
  lock.asOf = now
  if (isOver(lock.pillory, now)) lock.pillory = null
  if (isOver(lock.hygiene, now)) lock.hygiene = null
  if (lock.task?.expiresAt != null && lock.task.expiresAt <= now) closeTask(lock, false)
}

function isOver(span: Span | null, now: number): boolean {
  return span?.until != null && span.until <= now
}
