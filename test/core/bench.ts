import { limitsOf, type WrittenLimits } from '../../src/core/acting/limits.ts'
import { isOwnStop } from '../../src/core/acting/own.ts'
import { type Instant, instantOf, sayInstant } from '../../src/core/calendar/time.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { changeOf } from '../../src/core/memory/changes.ts'
import { keyText } from '../../src/core/memory/ledger.ts'
import { emptyKept, type Kept } from '../../src/core/model/kept.ts'
import type { News, Order } from '../../src/core/model/order.ts'
import { nothingSeen, type Passing } from '../../src/core/model/passing.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import type { Answer, Json, Request, Topic, Trouble } from '../../src/core/model/service.ts'
import { type Step, step } from '../../src/core/step.ts'
import type { Chance } from '../../src/services/chance.ts'
import { createAccount, endLock, startLock } from '../../src/services/chastify/simulated/account.ts'
import { advance, lockData, patchLock } from '../../src/services/chastify/simulated/lock.ts'
import { SimulatedChastify } from '../../src/services/chastify/simulated/simulation.ts'
import { services } from '../../src/services/index.ts'
import { Refusal } from '../../src/services/refusal.ts'
import {
  activeSession,
  createPage,
  endSession,
  type History,
  type Page,
  patchStats,
  startSession,
  stats,
  type TrackerStats,
} from '../../src/services/tracker/simulated/page.ts'
import { SimulatedTracker } from '../../src/services/tracker/simulated/simulation.ts'

export const berlin = 'Europe/Berlin'
export const lockA = 'a'.repeat(24)
export const lockB = 'b'.repeat(24)
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** `10:00` on Monday, 2 March 2026, or a whole `2026-03-29 10:00`, by Berlin's clocks. */
export function moment(text: string): Instant {
  const found = instantOf(text.length <= 8 ? `2026-03-02 ${text}` : text, berlin)
  if (found === null) throw new Error(`no moment: ${text}`)
  return found
}

/** A rule file from lines of YAML: each rule is `id`, `when`, and its further keys. */
export function rulesOf(text: string): RuleSet {
  const { rules, faults } = compileRules([{ file: 'rules.yaml', text }], { services, zone: berlin })
  if (!rules) throw new Error(faults.map(({ message }) => message).join('\n'))
  return rules
}

/** One rule that writes a log line for as long as `lock.taskPoints` says so, unless told otherwise. */
export function oneRule(then = '[{ log: hello }]', more = '', id = 'r'): RuleSet {
  return rulesOf(`rules:\n  - { id: ${id}, when: lock.taskPoints > 0, ${more}${more ? ', ' : ''}then: ${then} }\n`)
}

/** What becomes of a write: done and answered, or one of the ways in which it is not. */
export type Reply =
  | 'ok'
  | 'refused connection'
  | 'timeout'
  | 'timeout, but done'
  /** The connection is cut, and the request lands so many milliseconds later. */
  | { landsMs: number }
  | 'no answer yet'
  | { trouble: Trouble; retryAfterMs?: number }

export interface LockData {
  id: string | null
  timeLockedSeconds: number | null
  timeRemainingSeconds: number | null
  maxTimeRemainingSeconds: number | null
  frozen: boolean
  taskPoints: number | null
  taskAssigned: boolean
  wearerUsername: string | null
}

export interface Sent {
  at: Instant
  what: string
  request: Request
}

/** What the tests call wrong with a request, where the service refuses it. */
const refusals: Readonly<Record<string | number, Trouble>> = {
  no_active_lock_session: 'no-lock',
  lock_ended: 'lock-ended',
  400: 'invalid',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
}

/** Every game adds as little as it can. */
const chance: Chance = { next: () => 0.5, between: (least) => least, hex: (digits) => '0'.repeat(digits) }

/** The two services as they are outside, simulated: what they would say, and what they have been asked to do. */
export class World {
  readonly #account = createAccount('keyholder', [])
  readonly #chastify = new SimulatedChastify(this.#account)
  readonly #page: Page
  readonly #tracker: SimulatedTracker
  sent: Sent[] = []
  reads: { at: Instant; topic: string }[] = []
  /** What the next writes meet, in order; then `ok`. */
  replies: Reply[] = []
  /** What every read (and write) of a service meets, if not an answer. */
  broken: Partial<Record<string, Trouble>> = {}
  /** What was really done, in words. */
  done: string[] = []
  #landing: { at: Instant; request: Request }[] = []
  /** So long after its answer a write shows in readings, and so much of the time it asks for is granted. */
  showsAfterMs = 0
  granted = 1
  readMs = 100
  writeMs = 200
  /** How far our clock is ahead of the services'. */
  aheadMs = 0
  /** Whether its answers have a `Date`. */
  tellsTime = true
  #now: Instant

  constructor(now: Instant) {
    this.#now = now
    startLock(this.#account, lockA, { ...usualLock, lockTitle: 'A lock' }, now)
    this.#page = createPage(now, 76, 'abc')
    this.#page.games.maxMultiplier = 1
    startSession(this.#page, {}, now)
    this.#tracker = new SimulatedTracker(this.#page, chance)
  }

  /** What the lock says; null where there is none. */
  get lock(): LockData | null {
    const { lock } = this.#account
    if (!lock) return null
    const told: Partial<Record<string, unknown>> = lockData(lock, this.#now)
    const shown = Object.keys(usualLock).map((key) => [key, told[key]])
    return { ...Object.fromEntries(shown), id: lock.id }
  }

  set lock(data: LockData | null) {
    endLock(this.#account)
    if (data === null) return
    const { id, ...told } = data
    startLock(this.#account, id, told, this.#now)
  }

  /** Sets what the lock says as of now; with another id it is another lock. */
  set({ id, ...data }: Partial<LockData>): void {
    const { lock } = this
    if (!lock || !this.#account.lock) return
    if (id === undefined || id === lock.id) patchLock(this.#account.lock, data, this.#now)
    else this.lock = { ...lock, ...data, id }
  }

  /** When the freeze ends by itself. */
  get thawsAt(): Instant | null {
    return this.#account.lock?.freeze?.until ?? null
  }

  /** Whether the locked time goes on while the remaining time stands still. */
  set locksOnFrozen(is: boolean) {
    if (this.#account.lock) this.#account.lock.locksOnFrozen = is
  }

  /** The running session on the tracker, and whether the stats tell of one. */
  get page(): { locked: boolean; session: number | null } {
    const page = this.#page
    return {
      session: activeSession(page)?.id ?? null,
      get locked() {
        return (page.plain.locked as boolean | undefined) ?? activeSession(page) !== null
      },
      set locked(is) {
        delete page.plain.locked
        if (is !== (activeSession(page) !== null)) page.plain.locked = is
      },
    }
  }

  set page({ locked, session }: { locked: boolean; session: number | null }) {
    endSession(this.#page, this.#now)
    if (session !== null) startSession(this.#page, {}, this.#now).id = session
    this.page.locked = locked
  }

  /** What the tracker's stats say. */
  get stats(): Partial<TrackerStats> {
    return stats(this.#page, this.#now)
  }

  set stats(told: Partial<TrackerStats>) {
    patchStats(this.#page, told, this.#now)
  }

  /** Somebody plays a game in the running session. */
  play({ source, dom, seconds, happened }: Pick<History, 'source' | 'dom' | 'happened'> & { seconds: number }): void {
    const type = seconds < 0 ? 'SUB' : 'ADD'
    const session = activeSession(this.#page)?.id ?? 0
    this.#page.histories.push({ session, type, seconds: Math.abs(seconds), source, dom, schedule: null, happened })
  }

  /** Brings everything up to a moment of the services' clock: what was on its way lands at its own. */
  pass(now: Instant): void {
    const due = this.#landing.filter(({ at }) => at <= now)
    this.#landing = this.#landing.filter(({ at }) => at > now)
    for (const { at, request } of due) this.#apply(request, at)
    this.#now = Math.max(this.#now, now)
    if (this.#account.lock) advance(this.#account.lock, now)
  }

  /** The answer to a request that leaves now, or null for one that never comes. */
  answer(request: Request, now: Instant): Answer | null {
    const real = now - this.aheadMs
    this.pass(real)
    const read = request.method === 'GET'
    const times = {
      asked: now,
      answered: now + (read ? this.readMs : this.writeMs),
      serverTime: this.tellsTime ? Math.floor(real / 1000) * 1000 : null,
    }
    const no = (trouble: Trouble, retryAfterMs: number | null = null): Answer => ({
      ...times,
      serverTime: trouble === 'unreachable' || trouble === 'timeout' ? null : times.serverTime,
      ok: false,
      sent: sentBy(trouble),
      trouble,
      message: `it is ${trouble}`,
      retryAfterMs,
    })
    const broken = this.broken[request.service]
    if (read) {
      this.reads.push({ at: now, topic: request.path })
      if (broken) return no(broken)
      const told = this.#ask(request, real)
      return typeof told === 'string' ? no(told) : { ...times, ok: true, body: told }
    }
    this.sent.push({ at: now, what: wordsOf(request), request })
    const reply: Reply = broken ? { trouble: broken } : (this.replies.shift() ?? 'ok')
    if (typeof reply === 'object' && 'landsMs' in reply) {
      this.#landing.push({ at: real + reply.landsMs, request })
      return no('cut-off')
    }
    if (typeof reply === 'object') return no(reply.trouble, reply.retryAfterMs ?? null)
    if (reply === 'no answer yet') return null
    if (reply === 'refused connection') return no('unreachable')
    if (reply === 'timeout') return no('timeout')
    const lands = this.showsAfterMs > 0
    if (lands) this.#landing.push({ at: real + this.writeMs + this.showsAfterMs, request })
    const refused = lands ? null : this.#apply(request, real)
    if (refused) return no(refused)
    return reply === 'ok' ? { ...times, ok: true, body: {} } : no('timeout')
  }

  /** Does what a request asks for, as far as it is granted. */
  #apply(request: Request, at: Instant): Trouble | null {
    const { lock } = this.#account
    if (lock) advance(lock, at)
    const before = lock?.remainingMs ?? 0
    const told = this.#ask(request, at)
    if (typeof told === 'string') return told
    if (lock) lock.remainingMs = before + Math.round((lock.remainingMs - before) * this.granted)
    this.done.push(wordsOf(request))
    return null
  }

  /** The body of the service's answer, or what is wrong with the request. */
  #ask(request: Request, at: Instant): Exclude<Json, string> | Trouble {
    try {
      const service = request.service === 'chastify' ? this.#chastify : this.#tracker
      return service.answer(request, at).body as Exclude<Json, string>
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return refusals[error.code] ?? refusals[error.status] ?? 'server-error'
    }
  }
}

const usualLock: Omit<LockData, 'id'> = {
  timeLockedSeconds: 86_400,
  timeRemainingSeconds: 86_400,
  maxTimeRemainingSeconds: null,
  frozen: false,
  taskPoints: 0,
  taskAssigned: false,
  wearerUsername: 'alice',
}

function sentBy(trouble: Trouble): 'no' | 'perhaps' | 'yes' {
  if (['unreachable', 'rate-limited', 'budget', 'stopped', 'missing-token'].includes(trouble)) return 'no'
  return ['timeout', 'cut-off', 'server-error', 'redirected', 'unreadable'].includes(trouble) ? 'perhaps' : 'yes'
}

/** A write in a few words: `add_time 600`, `log hello`. */
export function wordsOf({ path, body }: Request): string {
  const { name, params, title, durationSeconds, deltaSeconds, game, command } = body as Record<string, Json>
  if (typeof command === 'string') return `device ${command}`
  if (typeof name === 'string') return typeof params === 'number' ? `${name} ${params}` : name
  if (path.endsWith('logs/custom')) return `log ${title}`
  if (path.endsWith('apply-time')) return `apply_time ${deltaSeconds}`
  if (path.endsWith('games.php')) return `game ${game}`
  return [path.slice(path.lastIndexOf('/') + 1), durationSeconds].filter((part) => part !== undefined).join(' ')
}

export interface BenchOptions {
  start?: string
  limits?: WrittenLimits
  order?: Partial<Order>
  kept?: Kept
}

/**
 * Drives the pure `step` as the daemon's loop does, in made-up time: stores what it decides, sends what it claims,
 * reads what it wants, and sleeps till its wake. What must hold at every step is asserted at every step.
 */
export class Bench {
  now: Instant
  rules: RuleSet
  order: Order
  world: World
  kept: Kept
  passing: Passing = nothingSeen
  /** Steps taken, and how many of them were stored. */
  steps = 0
  commits = 0
  last: Step | null = null
  /** Looks at every step before what came of it is taken over. */
  compare: ((now: Instant, news: readonly News[], order: Order, made: Step) => Promise<void>) | null = null
  /** What a store does before a step, and what it leaves in memory of what came of one. */
  before: (() => Promise<void>) | null = null
  after: ((made: Step) => Promise<Kept>) | null = null
  /** Told in the next step. */
  tell: News[] = []
  #underway = new Set<Topic>()
  #coming: { at: Instant; news: News }[] = []
  #keys = new Set<string>()

  constructor(rules: RuleSet, options: BenchOptions = {}) {
    this.now = moment(options.start ?? '10:00')
    this.rules = rules
    this.world = new World(this.now)
    this.kept = options.kept ?? emptyKept('seed')
    for (const row of this.kept.rows) this.#keys.add(keyText(row))
    this.order = {
      lock: 'main',
      mode: 'live',
      zone: berlin,
      limits: limitsOf(options.limits ? [options.limits] : [], berlin),
      services,
      polls: new Map([
        ['chastify.session', { everyMs: 30 * second }],
        ['tracker.stats', { everyMs: 5 * minute }],
      ]),
      expect: null,
      newLock: 'auto',
      stopped: false,
      closing: false,
      run: 'run-1',
      underway: this.#underway,
      ...options.order,
    }
  }

  /** Runs up to a moment, a time of day or so many milliseconds from now. */
  async until(end: string | { later: number }): Promise<void> {
    const stop = typeof end === 'string' ? moment(end) : this.now + end.later
    let still = 0
    for (;;) {
      const due = this.#coming.filter(({ at }) => at <= this.now)
      this.#coming = this.#coming.filter(({ at }) => at > this.now)
      const news = [...this.tell.splice(0), ...due.map((one) => one.news)]
      for (const item of news) if ('reading' in item) this.#underway.delete(item.reading.topic)
      const wake = (await this.#step(news)).wake
      let began = 0
      if (wake.at <= this.now) for (const topic of wake.read) if (this.#read(topic)) began++
      const next = Math.min(
        began > 0 ? Number.POSITIVE_INFINITY : wake.at,
        ...this.#coming.map(({ at }) => at),
        began > 0 ? this.now + 1 : Number.POSITIVE_INFINITY,
      )
      still = next <= this.now ? still + 1 : 0
      if (still > 20) {
        throw new Error(`busy loop: woken again and again for [${wake.read.join(' ')}], because: ${wake.because}`)
      }
      if (next > stop) break
      this.now = Math.max(this.now, Math.ceil(next))
    }
    this.now = stop
  }

  async #step(news: readonly News[]): Promise<Step> {
    await this.before?.()
    const before = this.kept
    const made = await step(this.now, this.rules, before, this.passing, news, {
      ...this.order,
      underway: new Set(this.#underway),
    })
    await this.compare?.(this.now, news, { ...this.order, underway: new Set(this.#underway) }, made)
    this.steps++
    this.last = made
    this.#mustHold(before, made)
    this.kept = (await this.after?.(made)) ?? made.kept
    this.passing = made.passing
    for (const row of made.changed) if (row.state === 'sending') this.#send(row)
    return made
  }

  #mustHold(before: Kept, made: Step): void {
    if (!Number.isFinite(made.wake.at)) throw new Error(`wake is ${made.wake.at}`)
    // What stops a device waits for nothing.
    const inTheAir = made.kept.rows.filter((row) => row.state === 'sending' && !isOwnStop(row))
    if (inTheAir.length > 1) throw new Error(`${inTheAir.length} writes in flight at once`)
    const change = changeOf(before, made.kept)
    if (change) this.commits++
    for (const row of change?.added ?? []) {
      if (this.#keys.has(keyText(row))) throw new Error(`the key ${keyText(row)} comes twice`)
      this.#keys.add(keyText(row))
    }
  }

  #send(row: LedgerRow): void {
    if (!row.request) throw new Error('a row without a request is being sent')
    const outcome = this.world.answer(row.request, this.now)
    if (outcome) this.#coming.push({ at: outcome.answered, news: { outcome, of: row } })
  }

  #read(topic: Topic): boolean {
    if (this.#underway.has(topic)) return false
    const kind = this.order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
    const request = kind?.request(this.passing.facts)
    if (!request) return false
    const answer = this.world.answer(request, this.now)
    if (!answer) throw new Error('every read is answered')
    this.#underway.add(topic)
    this.#coming.push({ at: answer.answered, news: { reading: { ...answer, topic } } })
    return true
  }

  /** Sets our clock, not the world's, by so many milliseconds. */
  jump(by: number): void {
    this.now += by
    this.world.aheadMs += by
    this.#coming = this.#coming.map(({ at, news }) => ({ at: at + by, news }))
    this.tell.push({ jump: by })
  }

  /** Ends the process as a power cut does and starts another: what is not on disk is gone. */
  restart(run = 'run-2'): void {
    this.kept = JSON.parse(JSON.stringify(this.kept))
    this.passing = nothingSeen
    this.#underway.clear()
    this.#coming = []
    this.order = { ...this.order, run }
  }

  /** What was sent so far, in words. */
  get sent(): string[] {
    return this.world.sent.map(({ what }) => what)
  }

  /** The rows as `rule occurrence position: state`. */
  get rows(): string[] {
    return this.kept.rows.map((row) => `${row.rule} ${row.occurrence} ${row.position}: ${row.state}`)
  }

  get states(): string[] {
    return this.kept.rows.map(({ state }) => state)
  }

  row(index: number): LedgerRow {
    const row = this.kept.rows.at(index)
    if (!row) throw new Error(`there is no row ${index}`)
    return row
  }
}

/**
 * Tells the pure `step` readings of the lock at moments of the test's own choosing, in a dry run: no write, no jitter
 * and no loop stand between a truth and what the rules make of it.
 */
export class Told {
  kept: Kept
  passing: Passing = nothingSeen
  order: Order
  last: Step | null = null
  rules: RuleSet

  constructor(rules: RuleSet, options: BenchOptions & { everyMs?: number } = {}) {
    this.rules = rules
    this.kept = options.kept ?? emptyKept('seed')
    this.order = {
      lock: 'main',
      mode: 'dry-run',
      zone: berlin,
      limits: limitsOf(options.limits ? [options.limits] : [], berlin),
      services,
      polls: new Map([['chastify.session', { everyMs: options.everyMs ?? minute }]]),
      expect: null,
      newLock: 'auto',
      stopped: false,
      closing: false,
      run: 'run-1',
      underway: new Set(),
      ...options.order,
    }
  }

  /** One step at a moment, on a reading of the lock that was asked for and answered at it. */
  async see(at: Instant, lockData: Readonly<Record<string, Json>>, more: readonly News[] = []): Promise<Step> {
    const body = { role: 'keyholder', lockData: { _id: lockA, frozen: false, taskPoints: 0, ...lockData } }
    const reading = { topic: 'chastify.session', asked: at, answered: at, serverTime: null, ok: true, body } as const
    return this.step(at, [{ reading }, ...more])
  }

  /** One step at a moment, on the tracker's page as it is at it. */
  async seePage(at: Instant, locked: boolean): Promise<Step> {
    const body = { nick: 'alice', locked }
    const reading = { topic: 'tracker.stats', asked: at, answered: at, serverTime: null, ok: true, body } as const
    return this.step(at, [{ reading }])
  }

  async step(at: Instant, news: readonly News[]): Promise<Step> {
    const made = await step(at, this.rules, this.kept, this.passing, news, this.order)
    this.kept = made.kept
    this.passing = made.passing
    this.last = made
    return made
  }

  /** Another process over the same memory. */
  restart(): void {
    this.kept = JSON.parse(JSON.stringify(this.kept))
    this.passing = nothingSeen
  }

  /** The moments of a rule's firings, as Berlin's clocks show them. */
  firings(rule = 'r'): string[] {
    const seen = new Map<string, Instant>()
    for (const row of this.kept.rows) {
      const key = `${row.mode} ${row.session} ${row.occurrence}`
      if (row.rule === rule && !seen.has(key)) seen.set(key, row.at)
    }
    return [...seen.values()].map((at) => sayInstant(at, berlin))
  }
}
