import type { Instant } from '../../../core/calendar/time.ts'
import type { Value } from '../../../core/model/fact.ts'
import type { Json, Request, Topic } from '../../../core/model/service.ts'
import type { Chance } from '../../chance.ts'
import type { Simulation } from '../../simulation.ts'
import { dateTimeMs } from './dates.ts'
import { historiesPage, sessionsPage } from './lists.ts'
import { activeSession, type Page, type Session, startSession, stats } from './page.ts'
import { answer } from './routes.ts'

/** A moment and its age, which are told together. */
const ages: readonly (readonly [moment: string, age: string])[] = [
  ...['Full', 'Ruined', 'Ted', 'Milking'].map(
    (what) => [`tracker.last${what}`, `tracker.last${what}AgoSeconds`] as const,
  ),
  ['tracker.currentLockStart', 'tracker.lockedSeconds'],
]

const ofSession: Readonly<Record<string, (session: Session, value: Value, at: Instant) => void>> = {
  'tracker.locked': (session, value, at) => {
    session.end = value === true ? null : at
  },
  'tracker.sessionId': (session, value) => {
    session.id = Number(value)
  },
  'tracker.currentLockStart': (session, value) => {
    session.start = Number(value)
  },
  'tracker.scheduledEnd': (session, value) => {
    session.scheduledEnd = Number(value)
  },
}

/** The Tracker as one owner sees it. */
export class SimulatedTracker implements Simulation {
  readonly #page: Page
  readonly #chance: Chance

  constructor(page: Page, chance: Chance) {
    this.#page = page
    this.#chance = chance
  }

  answer({ as, path, method, body }: Request, at: Instant): { body: Json; settles: readonly string[] } {
    const [way = '', query] = path.split('?')
    const by = as === 'device' ? 'public' : as
    const asked = { at, method, path: way, query: new URLSearchParams(query), body, by, address: '' }
    const { did, body: told } = answer(this.#page, asked, this.#chance)
    const started = ['tracker.locked', 'tracker.sessionId', 'tracker.currentLockStart', 'tracker.lockedSeconds']
    return { body: told as Json, settles: did === 'liveinsert' ? started : [] }
  }

  tell(topic: Topic, at: Instant): Json {
    if (topic === 'tracker.stats') return stats(this.#page, at) as Json
    const active = new URLSearchParams({ active: '1' })
    return (
      topic === 'tracker.sessions' ? sessionsPage(this.#page, active) : historiesPage(this.#page, new URLSearchParams())
    ) as Json
  }

  twins(fact: string): readonly string[] {
    if (fact === 'tracker.locked') return [fact, 'tracker.sessionId']
    return ages.find((pair) => pair.includes(fact)) ?? [fact]
  }

  bring(fact: string, value: Value, at: Instant): boolean {
    const moment = ages.find(([, age]) => age === fact)?.[0]
    if (moment !== undefined) return this.bring(moment, at - Number(value) * 1000, at)
    const last = /^tracker\.last(Full|Ruined|Ted|Milking)$/.exec(fact)?.[1]
    if (last !== undefined) this.#page.plain[`last_${last.toLowerCase()}`] = `${dateTimeMs(Number(value))} UTC`
    const change = ofSession[fact]
    const session = change === undefined ? null : this.#session(at, fact === 'tracker.locked')
    if (session !== null) change?.(session, value, at)
    return last !== undefined || session !== null
  }

  /** The session that runs. The first one begins when something of it is told, another one only by itself. */
  #session(at: Instant, mayBegin: boolean): Session | null {
    const isFirst = this.#page.sessions.length === 1
    return activeSession(this.#page) ?? (isFirst || mayBegin ? startSession(this.#page, {}, at) : null)
  }
}
