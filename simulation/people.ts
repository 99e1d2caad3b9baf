import type { Instant } from '../src/core/calendar/time.ts'
import { addTime, closeTask, freeze, openTask, patchLock, unfreeze } from '../src/services/chastify/simulated/lock.ts'
import { activeSession, endSession, startSession } from '../src/services/tracker/simulated/page.ts'
import type { Draws } from './chance.ts'
import type { Timeline } from './clock.ts'
import type { Household } from './household.ts'
import type { Oracle } from './oracle.ts'
import type { World } from './world.ts'

/** What people do, and how often they do it. */
export const acts = {
  'wearer looks in': 10,
  'keyholder looks in': 4,
  'adds time': 4,
  'takes time off': 3,
  freezes: 2,
  unfreezes: 2,
  'earns points': 4,
  'assigns a task': 2,
  'closes the task': 3,
  'hides the time': 1,
  'ends the lock': 0.4,
  'ends the lock and begins one of the same name': 0.4,
  'ends the lock and begins one of somebody else': 0.3,
  'plays dice': 1,
  'restarts the session': 0.5,
  presses: 4,
  'sets vacation': 1.5,
  settles: 2,
} as const
export type Act = keyof typeof acts

/** How many things people do in a day. */
const daily = 8

/** The people around a lock. */
export class People {
  readonly #world: World
  readonly #household: Household
  readonly #oracle: Oracle
  readonly #timeline: Timeline
  readonly #draws: Draws
  readonly #off: ReadonlySet<Act>
  readonly #log: (line: string) => void
  #asked = false
  over = false

  constructor(
    parts: { world: World; household: Household; oracle: Oracle; timeline: Timeline },
    draws: Draws,
    off: ReadonlySet<Act>,
    log: (line: string) => void,
  ) {
    this.#world = parts.world
    this.#household = parts.household
    this.#oracle = parts.oracle
    this.#timeline = parts.timeline
    this.#draws = draws
    this.#off = off
    this.#log = log
  }

  /** They live their lives. */
  begin(): void {
    const wait = Math.ceil((-Math.log(1 - this.#draws.next()) * 86_400_000) / daily)
    this.#timeline.after(wait, () => {
      if (this.over) return
      this.act()
      this.begin()
    })
  }

  /** In some worlds somebody acts in the very moment in which the daemon does. */
  atOnce(): void {
    if (!this.over && this.#draws.happens(0.02)) this.act()
  }

  act() {
    const act = this.#draws.weighed(acts)
    const size = this.#draws.between(60, 7200)
    if (this.#off.has(act)) return
    const { now } = this.#timeline
    this.#log(`people: ${act}`)
    if (act === 'presses') return this.#press('go', 'press')
    if (act === 'sets vacation') return this.#press('vacation', this.#draws.happens(0.4))
    if (act === 'settles') return this.#settle()
    this.#world.others(now, () => this.#do(act, size, now))
    this.#accept()
  }

  /** The wearer says yes to a lock after a while. */
  #accept(): void {
    if (this.#household.setup.newLock !== 'ask' || this.#asked) return
    this.#asked = true
    this.#timeline.after(this.#draws.between(600_000, 7_200_000), () => {
      this.#asked = false
      const session = this.#household.loop?.kept.session
      if (!session || this.#household.loop?.kept.sessions[session]?.accepted) return
      this.#log('people: accept the lock')
      this.#oracle.accepts(session)
      this.#household.tell({ accepted: session })
    })
  }

  #press(input: string, set: boolean | 'press'): void {
    this.#household.tell({ input, set })
  }

  #settle(): void {
    const row = this.#household.loop?.kept.rows.find(({ state, failed }) => state === 'unsettled' && failed)
    if (!row) return
    const { rule, lock, session, mode, occurrence, position } = row
    const happened = this.#oracle.happened(row)
    for (const by of ['keyholder', 'wearer'] as const) {
      this.#household.tell({ settled: { rule, lock, session, mode, occurrence, position }, happened, by })
    }
  }

  #do(act: Act, size: number, now: Instant) {
    const { account, page } = this.#world
    const { lock } = account
    if (act === 'plays dice') {
      const session = activeSession(page)
      if (session?.scheduledEnd) session.scheduledEnd += size * 1000
      const row = { type: 'ADD' as const, source: 'DICE' as const, seconds: size, dom: 0 as const }
      if (session) page.histories.push({ session: session.id, ...row, schedule: session.scheduledEnd, happened: now })
      return
    }
    if (act === 'restarts the session') {
      endSession(page, now)
      startSession(page, { scheduledEnd: now + 40 * 86_400_000 }, now)
      return
    }
    if (lock === null) {
      if (this.#draws.happens(0.4)) this.#world.begin(now, this.#draws.between(1, 9) * 86_400_000)
      return
    }
    switch (act) {
      case 'wearer looks in':
        return patchLock(lock, { wearerLastSeenTimestamp: now }, now)
      case 'keyholder looks in':
        return patchLock(lock, { keyholderLastSeenTimestamp: now }, now)
      case 'adds time':
        return addTime(lock, size, now)
      case 'takes time off':
        return addTime(lock, -size, now)
      case 'freezes':
        this.#world.frozeByOthers()
        return freeze(lock, size, now)
      case 'unfreezes':
        return void unfreeze(lock, now)
      case 'earns points':
        return patchLock(lock, { taskPoints: lock.plain.taskPoints + 1 + (size % 3) }, now)
      case 'assigns a task':
        return openTask(lock, 'Something', 1, size * 1000, now)
      case 'closes the task':
        return closeTask(lock, size % 2 === 0)
      case 'hides the time':
        this.#world.isHidden = this.#world.answers['time shown'] === 'hidden at times' && !this.#world.isHidden
        return
      case 'ends the lock':
        return this.#world.end()
      case 'ends the lock and begins one of the same name':
        return this.#world.begin(now, this.#draws.between(1, 9) * 86_400_000)
      case 'ends the lock and begins one of somebody else':
        this.#world.begin(now, this.#draws.between(1, 3) * 86_400_000)
        if (account.lock) account.lock.plain.wearerUsername = 'mallory'
        return
      default:
    }
  }
}
