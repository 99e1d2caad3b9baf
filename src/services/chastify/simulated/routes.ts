import type { Instant } from '../../../core/calendar/time.ts'
import { Refusal } from '../../refusal.ts'
import { type Account, activeLock, sessionBody, shownLock } from './account.ts'
import { ACTIONS, type Act, applyTime, notify, runAction, runDevice, writeLog } from './actions.ts'

/** A request once it is known whose it is. */
export interface Asked {
  at: Instant
  method: string
  path: string
  body: unknown
  /** The lock that it insists on. */
  lockId: string | null
}

/** One call of the service; `act` is null where it only tells. */
export interface Route {
  call: 'session' | 'action' | 'apply-time' | 'freeze' | 'unfreeze' | 'log' | 'notify' | 'device'
  method: 'GET' | 'POST'
  path: RegExp
  act: Act | null
}

/** What came of a request: its body without an envelope, and the name of what was done; null if there was nothing to do. */
export interface Answered {
  body: Record<string, unknown>
  did: string | null
}

/** The way of device commands that belongs to an extension. */
export const extensionPath = /^\/api\/extensions\/sessions\/[^/]+\/device-command$/

const routes: readonly Route[] = [
  { call: 'session', method: 'GET', path: /^\/api\/apps\/v1\/session$/, act: null },
  post('action', /^\/api\/apps\/v1\/action$/, runAction),
  post('apply-time', /^\/api\/apps\/v1\/lock\/apply-time$/, applyTime),
  post('freeze', /^\/api\/apps\/v1\/lock\/freeze$/, ACTIONS.freeze),
  post('unfreeze', /^\/api\/apps\/v1\/lock\/unfreeze$/, ACTIONS.unfreeze),
  post('log', /^\/api\/apps\/v1\/logs\/custom$/, writeLog),
  post('notify', /^\/api\/apps\/v1\/notifications\/custom$/, notify),
  post('device', /^\/api\/apps\/v1\/device-command$/, runDevice),
  post('device', extensionPath, runDevice),
]

function post(call: Route['call'], path: RegExp, act: Act): Route {
  return { call, method: 'POST', path, act }
}

/** The call that a request is for; throws a `Refusal` where there is none. */
export function routeOf({ method, path }: Pick<Asked, 'method' | 'path'>): Route {
  const route = routes.find((one) => one.path.test(path))
  if (route === undefined) throw new Refusal(404, 'not_found', `Nothing is at ${path}`)
  if (route.method !== method) {
    throw new Refusal(405, 'method_not_allowed', `Use ${route.method}`, { Allow: route.method })
  }
  return route
}

/** The names of what a request asks for, the general one first: `action`, `add_time`. None where there is no such call. */
export function callsOf({ path, body }: Pick<Asked, 'path' | 'body'>): readonly string[] {
  const call = routes.find((one) => one.path.test(path))?.call
  if (call === undefined) return []
  const name = call === 'action' ? (body as { name?: unknown } | null)?.name : undefined
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name) ? [call, name] : [call]
}

/** Answers a request, and does what it asks for. Throws a `Refusal`; then nothing was done. */
export function answer(account: Account, asked: Asked): Answered {
  const { act, call } = routeOf(asked)
  const lock = activeLock(account, asked.at, asked.lockId)
  if (act === null) return { body: sessionBody(account, asked.at), did: null }
  const applied = callsOf(asked).at(-1) ?? call
  const did = act({ account, lock, now: asked.at }, asked.body) ? applied : null
  return { body: { applied, timeRemainingSeconds: shownLock(account, asked.at).timeRemainingSeconds }, did }
}
