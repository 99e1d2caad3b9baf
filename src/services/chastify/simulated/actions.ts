import type { Instant } from '../../../core/calendar/time.ts'
import { fields, flag, integer, invalid, oneOf, optional, Refusal, text } from '../../refusal.ts'
import { deviceCommands } from '../device.ts'
import type { Account, Module } from './account.ts'
import { addTime, closeTask, freeze, type Lock, openTask, spanFrom, unfreeze } from './lock.ts'

/** Where an action is carried out. */
export interface Scene {
  account: Account
  lock: Lock
  now: Instant
}

/** Carries an action out; false if there was nothing to do. Throws a `Refusal`. */
export type Act = (scene: Scene, params: unknown) => boolean

const MOST_SECONDS = 10 * 365 * 86_400
const HYGIENE_SECONDS = 900
const DAY_MS = 86_400_000
const UNTRUSTED_FREEZES_A_DAY = 3

/** The lock's twelve actions by name. */
export const ACTIONS = {
  add_time: ({ lock, now }, params) => {
    addTime(lock, integer(params, 'params', 1, MOST_SECONDS), now)
    return true
  },
  remove_time: ({ lock, now }, params) => {
    addTime(lock, -integer(params, 'params', 1, MOST_SECONDS), now)
    return true
  },
  freeze: freezeFor,
  unfreeze: ({ lock, now }) => unfreeze(lock, now),
  toggle_freeze: (scene, params) =>
    scene.lock.freeze === null ? freezeFor(scene, params) : unfreeze(scene.lock, scene.now),
  pillory: ({ lock, now }, params) => {
    lock.pillory = spanFrom(now, duration(params, 1, MOST_SECONDS))
    return true
  },
  'pillory.end': ({ lock }) => {
    const wasUp = lock.pillory !== null
    lock.pillory = null
    return wasUp
  },
  'settings.patch': ({ lock }, params) => {
    const changes = fields(params, 'params')
    if (Object.keys(changes).length === 0) throw invalid('params must not be empty')
    Object.assign(lock.settings, changes)
    return true
  },
  'task.assign': (scene, params) => {
    needModule(scene, 'tasks')
    const task = fields(params, 'params')
    optional(task.actor, (value) => oneOf(value, 'actor', ['extension', 'wearer', 'keyholder']))
    optional(task.verificationRequired, (value) => flag(value, 'verificationRequired'))
    const seconds = optional(task.durationSeconds, (value) => integer(value, 'durationSeconds', 1, MOST_SECONDS))
    const points = optional(task.points, (value) => integer(value, 'points', 0, 1_000_000))
    const words = text(task.taskText, 'taskText', 2000)
    openTask(scene.lock, words, points ?? 0, seconds === null ? null : seconds * 1000, scene.now)
    return true
  },
  'task.start_timer': (scene) => {
    needModule(scene, 'tasks')
    const task = openRun(scene.lock)
    if (task.durationMs === null) throw new Refusal(409, 'task_without_timer', 'The task has no duration')
    if (task.timerStarted) throw new Refusal(409, 'task_timer_running', 'The timer has been started')
    task.timerStarted = true
    task.expiresAt = scene.now + task.durationMs
    return true
  },
  'task.complete': (scene, params) => {
    needModule(scene, 'tasks')
    const successful = flag(fields(params, 'params').successful, 'successful')
    openRun(scene.lock)
    closeTask(scene.lock, successful)
    return true
  },
  'hygienic_unlock.start': (scene, params) => {
    needModule(scene, 'hygiene')
    const seconds = duration(params, 1, 86_400) ?? HYGIENE_SECONDS
    if (scene.lock.hygiene !== null) {
      throw new Refusal(409, 'hygiene_session_active', 'A hygienic opening is under way')
    }
    scene.lock.hygiene = spanFrom(scene.now, seconds)
    return true
  },
} as const satisfies Record<string, Act>

const NAMES = Object.keys(ACTIONS) as readonly (keyof typeof ACTIONS)[]

/** Applies a signed number of seconds. */
export const applyTime: Act = ({ lock, now }, body) => {
  const seconds = integer(fields(body, 'body').deltaSeconds, 'deltaSeconds', -MOST_SECONDS, MOST_SECONDS)
  if (seconds === 0) throw invalid('deltaSeconds must not be 0')
  addTime(lock, seconds, now)
  return true
}

/** Carries out `{ name, params }`. */
export const runAction: Act = (scene, body) => {
  const { name, params } = fields(body, 'body')
  const act: Act = ACTIONS[oneOf(name, 'name', NAMES)]
  return act(scene, params)
}

/** A device does what it is told; the command's own parameters are not documented. */
export const runDevice: Act = (scene, body) => {
  needModule(scene, 'devices')
  const { command, params } = fields(body, 'body')
  oneOf(command, 'command', deviceCommands)
  optional(params, (value) => fields(value, 'params'))
  return true
}

export const writeLog: Act = (_scene, body) => {
  const log = fields(body, 'body')
  text(log.title, 'title', 180)
  optional(log.description, (value) => plainText(value, 'description', 2000))
  optional(log.role, (value) => oneOf(value, 'role', ['extension', 'wearer', 'keyholder']))
  optional(log.icon, (value) => plainText(value, 'icon', 100))
  optional(log.color, (value) => {
    if (typeof value !== 'string' || !/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value)) {
      throw invalid('color must be a hex color like #ffcc00')
    }
  })
  return true
}

export const notify: Act = (_scene, body) => {
  const notification = fields(body, 'body')
  text(notification.title, 'title', 100)
  text(notification.message, 'message', 500)
  optional(notification.target, (value) => oneOf(value, 'target', ['wearer', 'keyholder', 'both']))
  optional(notification.showPageOverlay, (value) => flag(value, 'showPageOverlay'))
  return true
}

function freezeFor(scene: Scene, params: unknown): boolean {
  const seconds = duration(params, 60, 86_400)
  checkFreeze(scene, seconds)
  freeze(scene.lock, seconds, scene.now)
  return true
}

/** An untrusted keyholder's freezes have an end and are few a day. */
function checkFreeze({ account, lock, now }: Scene, seconds: number | null): void {
  if (account.role !== 'keyholder' || lock.plain.trusted) return
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

function duration(params: unknown, least: number, most: number): number | null {
  if (params === undefined) return null
  return optional(fields(params, 'params').durationSeconds, (value) => integer(value, 'durationSeconds', least, most))
}

function openRun(lock: Lock): NonNullable<Lock['task']> {
  if (lock.task === null) throw new Refusal(409, 'no_open_task_run', 'No task run is open')
  return lock.task
}

function needModule({ account }: Scene, module: Module): void {
  if (!account.modules.includes(module))
    throw new Refusal(403, 'module_not_enabled', `The lock lacks the module ${module}`)
}

function plainText(value: unknown, name: string, longest: number): void {
  if (typeof value !== 'string' || value.length > longest) {
    throw invalid(`${name} must be a text of at most ${longest} characters`)
  }
}
