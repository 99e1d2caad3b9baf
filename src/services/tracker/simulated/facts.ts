import type { Instant } from '../../../core/calendar/time.ts'
import type { Value } from '../../../core/model/fact.ts'
import { dateTimeMs } from './dates.ts'
import { activeSession, type Page, type Session, startSession } from './page.ts'

/** Where a fact comes from: which facts are told together, and how the page comes to tell them. */
export interface Cause {
  tells: readonly string[]
  /** Whether it could come about; there must be a session to tell something of. */
  bring(page: Page, value: Value, now: Instant): boolean
}

/** The session that runs; the first one begins when something of it is told. */
function sessionOf(page: Page, now: Instant): Session | null {
  return activeSession(page) ?? (page.sessions.length > 1 ? null : startSession(page, {}, now))
}

function ofSession(tells: readonly string[], bring: (session: Session, value: number, now: Instant) => void): Cause {
  return {
    tells,
    bring(page, value, now) {
      const session = sessionOf(page, now)
      if (session !== null) bring(session, Number(value), now)
      return session !== null
    },
  }
}

const started = ['tracker.currentLockStart', 'tracker.lockedSeconds']

const causes: Readonly<Record<string, Cause>> = {
  'tracker.locked': {
    tells: ['tracker.locked', 'tracker.sessionId'],
    bring(page, value, now) {
      const session = sessionOf(page, now) ?? startSession(page, {}, now)
      if (value !== true) session.end = now
      return true
    },
  },
  'tracker.sessionId': ofSession(['tracker.sessionId'], (session, value) => {
    session.id = value
  }),
  'tracker.currentLockStart': ofSession(started, (session, value) => {
    session.start = value
  }),
  'tracker.lockedSeconds': ofSession(started, (session, value, now) => {
    session.start = now - value * 1000
  }),
  'tracker.scheduledEnd': ofSession(['tracker.scheduledEnd'], (session, value) => {
    session.scheduledEnd = value
  }),
  ...Object.fromEntries(['Full', 'Ruined', 'Ted', 'Milking'].flatMap(causesOfLast)),
}

function causesOfLast(what: string): [string, Cause][] {
  const [moment, age] = [`tracker.last${what}`, `tracker.last${what}AgoSeconds`]
  const cause = (at: (value: Value, now: Instant) => Instant): Cause => ({
    tells: [moment, age],
    bring(page, value, now) {
      page.plain[`last_${what.toLowerCase()}`] = `${dateTimeMs(at(value, now))} UTC`
      return true
    },
  })
  return [
    [moment, cause((value) => Number(value))],
    [age, cause((value, now) => now - Number(value) * 1000)],
  ]
}

/** What of the page a fact tells; null where nothing here comes to it. */
export function causeOf(name: string): Cause | null {
  return causes[name] ?? null
}

/** The facts that are known once something was done, by its call, whatever was known before. */
export const settledBy: Readonly<Record<string, readonly string[]>> = {
  liveinsert: ['tracker.locked', 'tracker.sessionId', 'tracker.currentLockStart', 'tracker.lockedSeconds'],
}
