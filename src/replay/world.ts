import type { Instant } from '../core/calendar/time.ts'
import { type Fact, fixed, running, unknown, type Value } from '../core/model/fact.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Catalogue } from '../core/model/rule.ts'
import {
  type Answer,
  type FactEntry,
  type Json,
  type Reading,
  type Service,
  serviceOf,
  type Topic,
  type Understood,
} from '../core/model/service.ts'
import type { Setting } from './facts.ts'

/** A fact of the world: what it was at a moment; null is unknown. */
interface Thing {
  value: Value | null
  since: Instant
}

const lockTopic = 'chastify.session'
const lockId = 'the-lock'
const remaining = 'lock.timeRemainingSeconds'
const locked = 'lock.timeLockedSeconds'

/** Facts that are one and the same, told as a moment and as its age. */
const ages: readonly (readonly [moment: string, age: string])[] = [
  ['lock.wearerLastSeenTimestamp', 'lock.wearerLastSeenAgoSeconds'],
  ['lock.keyholderLastSeenTimestamp', 'lock.keyholderLastSeenAgoSeconds'],
  ...['Full', 'Ruined', 'Ted', 'Milking'].map(
    (what) => [`tracker.last${what}`, `tracker.last${what}AgoSeconds`] as const,
  ),
  ['tracker.currentLockStart', 'tracker.lockedSeconds'],
]

/**
 * The little world of a test: the facts as the services would tell them, running with the clock, and changed by what
 * is sent as the services would change them.
 */
export class World {
  #things = new Map<string, Thing>()
  #coming: { at: Instant; name: string; value: Value | null }[] = []
  #frozenUntil: Instant | null = null
  #silentUntil = new Map<string, Instant>()
  #failing = new Set<string>()
  /** The facts each topic tells. */
  #told: ReadonlyMap<string, readonly FactEntry[]>
  #everyMs: number
  #openPoints = 0

  constructor(catalogue: Catalogue, everyMs: number) {
    this.#told = Map.groupBy(catalogue.values(), ({ source }) => (source === 'extra' ? lockTopic : source))
    this.#everyMs = everyMs
  }

  /** Sets facts as of a moment; of a series, one value a reading. */
  set(settings: ReadonlyMap<string, Setting>, now: Instant): void {
    this.#moveTo(now)
    for (const [name, values] of settings) {
      this.#coming = this.#coming.filter((one) => one.name !== name)
      const twin = twinOf(name)
      if (twin !== undefined && !settings.has(twin)) this.#things.delete(twin)
      values.forEach((value, i) => {
        if (i === 0) this.#put(name, value, now)
        else this.#coming.push({ at: now + i * this.#everyMs, name, value })
      })
    }
  }

  /** Lets a service (or all of them) be silent up to a moment. */
  silence(services: readonly string[], until: Instant): void {
    for (const service of services) this.#silentUntil.set(service, until)
  }

  /** From now on the service rejects this action. */
  fail(action: string): void {
    this.#failing.add(action)
  }

  /** A service as the rules know it, whose readings are of this world. */
  serve(service: Service): Service {
    return {
      ...service,
      topics: service.topics.map((kind) => ({
        ...kind,
        understand: (_body: Json, asked: Instant) => this.#tell(kind.topic, asked),
      })),
    }
  }

  /** What a reading of a topic comes to. */
  read(topic: Topic, now: Instant): Reading {
    this.#moveTo(now)
    const times = { topic, asked: now, answered: now, serverTime: null }
    if (this.#isSilent(serviceOf(topic), now)) return { ...times, ...noAnswer }
    if (topic === lockTopic && this.#things.get('lock.active')?.value === false) {
      return { ...times, ok: false, sent: 'yes', trouble: 'no-lock', message: 'no active lock', retryAfterMs: null }
    }
    return { ...times, ok: true, body: null }
  }

  /** What comes of a row that is sent; what it does is done. */
  send(row: LedgerRow, now: Instant): Answer {
    this.#moveTo(now)
    const times = { asked: now, answered: now + 1, serverTime: null }
    if (row.request && this.#isSilent(row.request.service, now)) return { ...times, ...noAnswer }
    if (this.#failing.has(row.action)) {
      return {
        ...times,
        ok: false,
        sent: 'yes',
        trouble: 'invalid',
        message: 'rejected by the test',
        retryAfterMs: null,
      }
    }
    this.#do(row, now)
    return { ...times, ok: true, body: {} }
  }

  #isSilent(service: string, now: Instant): boolean {
    return now < (this.#silentUntil.get(service) ?? Number.NEGATIVE_INFINITY)
  }

  /** Lets time pass: what was to come has come, and a freeze has run out. */
  #moveTo(now: Instant): void {
    for (;;) {
      const next = this.#coming.reduce<{ at: Instant; name: string; value: Value | null } | null>(
        (first, one) => (one.at <= now && (first === null || one.at < first.at) ? one : first),
        null,
      )
      const thaws = this.#frozenUntil !== null && this.#frozenUntil <= now ? this.#frozenUntil : null
      if (thaws !== null && (next === null || thaws <= next.at)) this.#put('lock.frozen', false, thaws)
      else if (next !== null) {
        this.#coming = this.#coming.filter((one) => one !== next)
        this.#put(next.name, next.value, next.at)
      } else return
    }
  }

  #put(name: string, value: Value | null, at: Instant): void {
    if (name === 'lock.frozen' || name === 'tracker.locked') {
      // Counts go on from here at another pace.
      for (const count of [remaining, locked, 'tracker.lockedSeconds']) {
        const now = this.#now(count, at)
        if (now) this.#things.set(count, { value: now.value, since: at })
      }
    }
    if (name === 'lock.frozen') this.#frozenUntil = null
    this.#things.set(name, { value, since: at })
  }

  #pace(name: string): -1 | 0 | 1 {
    const frozen = this.#things.get('lock.frozen')?.value === true
    if (name === remaining) return frozen ? 0 : -1
    if (name === locked) return frozen ? 0 : 1
    if (name === 'tracker.lockedSeconds') return this.#things.get('tracker.locked')?.value === false ? 0 : 1
    return name.endsWith('AgoSeconds') ? 1 : 0
  }

  /** A fact as it is at a moment; undefined where the service does not send it. */
  #now(name: string, now: Instant): { value: Value | null } | undefined {
    const thing = this.#things.get(name)
    if (!thing) return this.#derived(name, now)
    const { value, since } = thing
    if (typeof value !== 'number') return { value }
    return { value: Math.max(0, value + (this.#pace(name) * (now - since)) / 1000) }
  }

  /** What the service tells in other words, too, or cannot but tell. */
  #derived(name: string, now: Instant): { value: Value | null } | undefined {
    if (name === 'lock.active') return { value: true }
    if (name === 'tracker.sessionId') {
      const session = this.#things.get('tracker.locked')?.value
      return session === undefined || session === null ? undefined : { value: session === true ? 1 : null }
    }
    const twin = this.#things.get(twinOf(name) ?? '')
    if (!twin) return undefined
    if (typeof twin.value !== 'number') return { value: null }
    if (ages.some(([, age]) => age === name)) return { value: Math.max(0, (now - twin.value) / 1000) }
    return { value: twin.since - twin.value * 1000 }
  }

  #tell(topic: Topic, asked: Instant): Understood {
    const facts = new Map<string, Fact>()
    for (const { name, type } of this.#told.get(topic) ?? []) {
      facts.set(name, this.#fact(name, type === 'seconds', asked))
    }
    if (topic !== lockTopic) return { facts, lock: null, extras: {} }
    const count = this.#now(locked, asked)?.value
    return {
      facts,
      lock: { id: lockId, timeLockedSeconds: typeof count === 'number' ? Math.floor(count) : null },
      extras: {},
    }
  }

  #fact(name: string, isLength: boolean, asked: Instant): Fact {
    const thing = this.#now(name, asked)
    if (thing === undefined) return unknown('missing', asked)
    if (!isLength || typeof thing.value !== 'number') return fixed(thing.value, asked)
    const pace = this.#pace(name)
    return running(pace === -1 ? Math.ceil(thing.value) : Math.floor(thing.value), pace, asked)
  }

  #do(row: LedgerRow, now: Instant): void {
    const { action, effect, params } = row
    const name = action === 'toggle_freeze' ? (effect.toward === 'relief' ? 'unfreeze' : 'freeze') : action
    const isFrozen = this.#things.get('lock.frozen')?.value === true
    if (effect.counts === 'add_time') this.#add(effect.seconds, now)
    else if (effect.counts === 'remove_time') this.#add(-effect.seconds, now)
    else if (name === 'unfreeze') this.#put('lock.frozen', false, now)
    else if (name === 'freeze' && !isFrozen) {
      this.#put('lock.frozen', true, now)
      this.#frozenUntil = now + effect.seconds * 1000
    } else if (name === 'task.assign') {
      this.#put('lock.taskAssigned', true, now)
      this.#openPoints = Number((params as { points?: number } | null)?.points ?? 0)
    } else if (name === 'task.complete') {
      const points = this.#things.get('lock.taskPoints')?.value
      if (params === true && typeof points === 'number') this.#put('lock.taskPoints', points + this.#openPoints, now)
      this.#put('lock.taskAssigned', false, now)
      this.#openPoints = 0
    } else if (name === 'tracker.session.start') {
      this.#put('tracker.locked', true, now)
      this.#put('tracker.lockedSeconds', 0, now)
    }
  }

  #add(seconds: number, now: Instant): void {
    const count = this.#now(remaining, now)?.value
    if (typeof count === 'number') this.#put(remaining, Math.max(0, count + seconds), now)
  }
}

const noAnswer = {
  ok: false,
  sent: 'no',
  trouble: 'unreachable',
  message: 'no answer (a gap of the test)',
  retryAfterMs: null,
} as const

function twinOf(name: string): string | undefined {
  const pair = ages.find(([moment, age]) => moment === name || age === name)
  return pair?.find((one) => one !== name)
}
