import { fields, flag, integer, oneOf, optional, Refusal, text } from '../services/refusal.ts'
import type { LockControl, TrackerControl } from './control.ts'
import { type Applied, type Asked, type Reply, type Seen, settled } from './exchange.ts'
import { type Faults, readFault } from './faults.ts'
import type { Tokens } from './keys.ts'

/** What another process may look at and do. */
export interface Reach {
  lock: LockControl
  tracker: TrackerControl
  faults: Faults
  applied: readonly Applied[]
  seen: readonly Seen[]
  tokens: Tokens
}

type Deed<C> = (control: C, details: unknown) => unknown

const SECONDS = 10 * 365 * 86_400
const seconds = (value: unknown): number => integer(value, 'with', -SECONDS, SECONDS)

const LOCK_DEEDS: Readonly<Record<string, Deed<LockControl>>> = {
  patch: (lock, details) => lock.patch(fields(details, 'with')),
  start: (lock, details) => lock.start(optional(details, (value) => fields(value, 'with')) ?? {}),
  end: (lock) => lock.end(),
  openTask: (lock, details) => lock.openTask(text(details, 'with', 2000)),
  closeTask: (lock, details) => lock.closeTask(oneOf(details, 'with', ['points', 'no-points'])),
  addTime: (lock, details) => lock.addTime(seconds(details)),
  freeze: (lock, details) => lock.freeze(details === undefined || details === null ? null : seconds(details)),
  unfreeze: (lock) => lock.unfreeze(),
  seen: (lock, details) => lock.seen(oneOf(details, 'with', ['wearer', 'keyholder'])),
  hideOnline: (lock, details) => lock.hideOnline(flag(details, 'with')),
}

const TRACKER_DEEDS: Readonly<Record<string, Deed<TrackerControl>>> = {
  start: (tracker) => tracker.start(),
  end: (tracker) => tracker.end(),
  penalty: (tracker, details) => tracker.penalty(seconds(details)),
  patch: (tracker, details) => tracker.patch(fields(details, 'with')),
}

/** Whether a path belongs to the control of the sandbox and to neither service. */
export function isControlPath(path: string): boolean {
  return path === '/sandbox' || path.startsWith('/sandbox/')
}

/** Answers `/sandbox/…`: state, faults, and what happens to the lock and the page besides requests. */
export function answerControl(reach: Reach, asked: Asked): Reply {
  return settled(
    () => control(reach, asked),
    ({ status, code, message }) => ({ status, body: { error: { code, message } } }),
  )
}

function control(reach: Reach, asked: Asked): Reply {
  // A page in a browser could reach a loopback port under a name of its own; it cannot forge the Host.
  if (!/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(asked.headers.host ?? '')) {
    throw new Refusal(403, 'not_loopback', 'The control answers on loopback only')
  }
  if (asked.badBody !== null) throw new Refusal(400, 'invalid_request', asked.badBody)
  switch (`${asked.method} ${asked.path}`) {
    case 'GET /sandbox/state':
      return { status: 200, body: withoutTokens(state(reach), reach.tokens) }
    case 'POST /sandbox/fault':
      reach.faults.add(readFault(asked.body))
      return done(null)
    case 'DELETE /sandbox/faults':
      reach.faults.clear()
      return done(null)
    case 'POST /sandbox/lock':
      return done(perform(LOCK_DEEDS, reach.lock, asked.body))
    case 'POST /sandbox/tracker':
      return done(perform(TRACKER_DEEDS, reach.tracker, asked.body))
    default:
      throw new Refusal(404, 'not_found', `Nothing is at ${asked.method} ${asked.path}`)
  }
}

function state({ lock, tracker, applied, seen }: Reach): Record<string, unknown> {
  const lockId = lock.id()
  return {
    lock: lockId === null ? null : lock.data(),
    lockId,
    tracker: tracker.stats(),
    session: tracker.session(),
    applied,
    seen,
  }
}

function perform<C>(deeds: Readonly<Record<string, Deed<C>>>, control: C, body: unknown): unknown {
  const given = fields(body, 'body')
  const deed = deeds[oneOf(given.do, 'do', Object.keys(deeds))]
  try {
    return deed?.(control, given.with) ?? null
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid_request', error instanceof Error ? error.message : String(error))
  }
}

function done(result: unknown): Reply {
  return { status: 200, body: { ok: true, result } }
}

/** Bodies and stats can hold the link's token, wherever a client put it. */
function withoutTokens(value: unknown, tokens: Tokens): unknown {
  const secrets = Object.values(tokens).filter((token) => token !== '')
  // Whole words only, so that a token as short as `dev` leaves `device` alone.
  const patterns = secrets.map((secret) => {
    const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return new RegExp(`(?<![\\w-])${literal}(?![\\w-])`, 'g')
  })
  const hide = (text: string): string => patterns.reduce((shown, pattern) => shown.replace(pattern, '[token]'), text)
  return JSON.parse(JSON.stringify(value, (_key, each) => (typeof each === 'string' ? hide(each) : each)))
}
