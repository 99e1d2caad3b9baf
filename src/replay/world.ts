import type { Instant } from '../core/calendar/time.ts'
import { type Fact, fixed, unknown, type Value } from '../core/model/fact.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Catalogue } from '../core/model/rule.ts'
import {
  type Answer,
  type FactEntry,
  type Json,
  lockTopic,
  type Reading,
  type Request,
  type Service,
  serviceOf,
  type Topic,
  type Understood,
} from '../core/model/service.ts'
import type { Chance } from '../services/chance.ts'
import { Refusal } from '../services/refusal.ts'
import type { Simulation } from '../services/simulation.ts'
import { simulatedServices } from '../services/simulations.ts'
import type { Setting } from './facts.ts'

const lockId = 'the-lock'

/**
 * The little world of a test: the services, simulated, of which only those facts are told that the test has set or an
 * action has settled. What no simulation comes to stands as it was set.
 */
export class World {
  readonly #services: ReadonlyMap<string, Simulation>
  #told = new Set<string>()
  /** Facts in the place of those that are told; null is unknown. */
  #byHand = new Map<string, Value | null>()
  #coming: { at: Instant; name: string; value: Value | null }[] = []
  #silentUntil = new Map<string, Instant>()
  #failing = new Set<string>()
  /** The topic that tells a fact. */
  #topics: ReadonlyMap<string, string>
  #everyMs: number

  constructor(catalogue: Catalogue, everyMs: number, chance: Chance) {
    const topicOf = ({ source }: FactEntry) => (source === 'extra' ? lockTopic : source)
    this.#topics = new Map([...catalogue].map(([name, entry]) => [name, topicOf(entry)]))
    this.#everyMs = everyMs
    this.#services = simulatedServices(lockId, chance)
  }

  /** Sets facts as of a moment; of a series, one value a reading. */
  set(settings: ReadonlyMap<string, Setting>, now: Instant): void {
    this.#moveTo(now)
    for (const [name, values] of settings) {
      this.#coming = this.#coming.filter((one) => one.name !== name)
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

  /** A service as the rules know it, which tells of this world no more than is told in it. */
  serve(service: Service): Service {
    return {
      ...service,
      topics: service.topics.map((kind) => ({
        ...kind,
        understand: (body, asked, answered, zone) => {
          const understood = kind.understand(body, asked, answered, zone)
          return typeof understood === 'string' ? understood : this.#tell(kind.topic, understood, asked)
        },
      })),
    }
  }

  /** What a reading of a topic comes to. */
  read(topic: Topic, now: Instant): Reading {
    this.#moveTo(now)
    const times = { topic, asked: now, answered: now, serverTime: null }
    if (this.#isSilent(serviceOf(topic), now)) return { ...times, ...noAnswer }
    try {
      return { ...times, ok: true, body: this.#services.get(serviceOf(topic))?.tell(topic, now) ?? null }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...times, ok: false, sent: 'yes', trouble: 'no-lock', message: 'no active lock', retryAfterMs: null }
    }
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
    return { ...times, ok: true, body: row.request ? this.#do(row.request, now) : {} }
  }

  #isSilent(service: string, now: Instant): boolean {
    return now < (this.#silentUntil.get(service) ?? Number.NEGATIVE_INFINITY)
  }

  /** Lets that come of a series which was to come. */
  #moveTo(now: Instant): void {
    const due = this.#coming.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
    this.#coming = this.#coming.filter(({ at }) => at > now)
    for (const { name, value, at } of due) this.#put(name, value, at)
  }

  #put(name: string, value: Value | null, at: Instant): void {
    const service = this.#services.get(serviceOf((this.#topics.get(name) ?? lockTopic) as Topic))
    for (const told of service?.twins(name) ?? [name]) {
      this.#told.add(told)
      this.#byHand.delete(told)
      if (value === null) this.#byHand.set(told, null)
    }
    if (value !== null && !service?.bring(name, value, at)) this.#byHand.set(name, value)
  }

  #tell(topic: Topic, { facts, lock }: Understood, asked: Instant): Understood {
    const told = (name: string): Fact => {
      const value = this.#byHand.get(name)
      if (value !== undefined) return fixed(value, asked)
      const isTold = this.#told.has(name) || name === 'lock.active'
      return (isTold ? facts.get(name) : undefined) ?? unknown('missing', asked)
    }
    const names = [...this.#topics].flatMap(([name, from]) => (from === topic ? name : []))
    const locked = told('lock.timeLockedSeconds')
    return {
      facts: new Map(names.map((name) => [name, told(name)])),
      lock: lock && { id: lockId, timeLockedSeconds: locked.known ? lock.timeLockedSeconds : null },
      extras: {},
    }
  }

  /** Has a request done. What a service refuses was not done, and the rule is not told: its test says what fails. */
  #do(request: Request, now: Instant): Json {
    try {
      const answered = this.#services.get(request.service)?.answer(request, now)
      for (const name of answered?.settles ?? []) {
        this.#told.add(name)
        this.#byHand.delete(name)
      }
      return answered?.body ?? {}
    } catch (error) {
      if (error instanceof Refusal) return {}
      throw error
    }
  }
}

const noAnswer = {
  ok: false,
  sent: 'no',
  trouble: 'unreachable',
  message: 'no answer (a gap of the test)',
  retryAfterMs: null,
} as const
