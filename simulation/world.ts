import type { Instant } from '../src/core/calendar/time.ts'
import { createChastify } from '../src/sandbox/chastify-api.ts'
import type { Asked, Reply, Service } from '../src/sandbox/exchange.ts'
import type { Keys, Tokens } from '../src/sandbox/keys.ts'
import { createTracker } from '../src/sandbox/tracker-api.ts'
import { createAccount, endLock, startLock } from '../src/services/chastify/simulated/account.ts'
import { advance, type Lock } from '../src/services/chastify/simulated/lock.ts'
import { Refusal } from '../src/services/refusal.ts'
import {
  activeSession,
  createPage,
  type History,
  type Page,
  startSession,
} from '../src/services/tracker/simulated/page.ts'
import type { Answers } from './axes.ts'
import { Draws } from './chance.ts'

/** How things really stand. */
export interface Truth {
  /** Which lock, whatever is told of it; null without one. */
  lock: string | null
  frozen: boolean
  remainingMs: number
  maximumMs: number | null
  taskPoints: number
  taskAssigned: boolean
  tracker: number | null
}

/** Something that a request of the daemon brought about. */
export interface Effect {
  at: Instant
  /** The row it was sent for; null where nobody knows. */
  key: string | null
  call: string
  body: unknown
  before: Truth
  after: Truth
  /** It came to the service once more, by the network's doing. */
  again: boolean
}

/** A request as it comes to the services. */
export interface Arrival {
  method: string
  url: URL
  headers: Readonly<Record<string, string | undefined>>
  text: string | null
  key: string | null
  again: boolean
}

/** An answer as it leaves the services. */
export interface Told {
  status: number
  text: string
  headers: Readonly<Record<string, string>>
}

export const tokens: Tokens = {
  chastify: 'token-of-chastify',
  tracker: 'token-of-tracker',
  dom: 'token-of-dom',
  app: 'token-of-app',
  main: 'token-of-main',
  link: 'link-token',
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The two services in one of the worlds that their documents allow, with whatever really happens there. */
export class World {
  readonly answers: Answers
  readonly account: ReturnType<typeof createAccount>
  readonly page: Page
  /** Tokens that are refused at present. */
  readonly revoked = new Set<keyof Tokens>()
  /** Whether the remaining time is hidden at present. */
  isHidden = false
  onEffect: (effect: Effect) => void = () => {}
  /** Told of what others than the daemon changed, by fact, and by how much. */
  onForeign: (fact: keyof Truth, by: number) => void = () => {}
  /** Asked when a write of the daemon comes in: others may act in the same moment. */
  onWrite: () => void = () => {}
  readonly #draws: Draws
  readonly #chastify: Service
  readonly #tracker: Service
  #snapshots: { at: Instant; lock: Lock | null }[] = []
  #effects: string[] = []
  #zeroSince: Instant | null = null
  #frozenByUs = false
  #locks = 0

  constructor(seed: number, answers: Answers, start: Instant) {
    this.answers = answers
    this.#draws = new Draws(seed, 'world')
    const { role } = answers
    this.account = createAccount(role === 'wearer' ? 'wearer' : 'keyholder', [
      ...['session:read', 'lock:write', 'logs:write', 'notifications:write', 'device:write'],
    ])
    this.page = createPage(start, 76, tokens.link)
    this.page.games.cooldownSeconds = this.#draws.pick([0, 0, 3600])
    startSession(this.page, { scheduledEnd: start + 40 * 24 * hour }, start)
    const small = { read: 20, write: 6, action: 4 }
    const keys: Keys = {
      check: (token, accepted) => {
        if (token === null) throw new Refusal(401, 'missing_token', 'There is no token')
        const which = accepted.find((name) => tokens[name] === token)
        if (which === undefined) throw new Refusal(401, 'invalid_token', 'The token is wrong')
        if (this.revoked.has(which)) throw new Refusal(401, 'revoked_token', 'The token was revoked')
        return which
      },
      revoke: (which) => void this.revoked.add(which),
    }
    const did = ({ call }: { call: string }) => void this.#effects.push(call)
    const chance = { next: () => this.#draws.next(), between: (a: number, b: number) => this.#draws.between(a, b) }
    this.#chastify = createChastify(
      {
        envelope: answers.envelope === 'bare' ? 'bare' : 'data',
        flatErrors: answers.errors === 'a code',
        ...(answers.allowances === 'as published' ? {} : { limits: small }),
      },
      this.account,
      keys,
      did,
    )
    this.#tracker = createTracker({}, this.page, keys, { ...chance, hex: () => '0' }, did)
    this.begin(start, 5 * 24 * hour)
  }

  /** Begins another lock; where `title` is given, of that name. Ids are never used twice. */
  begin(at: Instant, remainingMs: number): void {
    this.#locks++
    const id = String(this.#locks).padStart(24, '0')
    const maximum = this.#draws.pick([null, 7 * 24 * 3600, 30 * 24 * 3600])
    const lock = startLock(
      this.account,
      id,
      {
        timeRemainingSeconds: Math.round(remainingMs / second),
        timeLockedSeconds: 3600,
        maxTimeRemainingSeconds: maximum,
        trusted: this.answers.role !== 'untrusted keyholder',
        taskPoints: 0,
        lockTitle: 'A lock',
      },
      at,
    )
    lock.locksOnFrozen = this.answers['frozen time'] !== 'both stand'
    this.#shoot(at)
  }

  end(): void {
    endLock(this.account)
  }

  /** How things stand at a moment. */
  truth(at: Instant): Truth {
    this.pass(at)
    const { lock } = this.account
    const maximum = lock?.plain.maxTimeRemainingSeconds ?? null
    return {
      lock: lock?.id ?? null,
      frozen: lock?.freeze != null,
      remainingMs: lock?.remainingMs ?? 0,
      maximumMs: maximum === null ? null : maximum * second,
      taskPoints: lock?.plain.taskPoints ?? 0,
      taskAssigned: lock?.task != null,
      tracker: activeSession(this.page)?.id ?? null,
    }
  }

  /** Somebody else froze the lock, whether it was frozen or not. */
  frozeByOthers(): void {
    this.#frozenByUs = false
  }

  isFrozenByUs(at: Instant): boolean {
    return this.truth(at).frozen && this.#frozenByUs
  }

  /** Brings everything up to a moment. */
  pass(at: Instant): void {
    const { lock } = this.account
    if (!lock || at <= lock.asOf) return
    const before = { frozen: lock.freeze !== null, task: lock.task !== null, points: lock.plain.taskPoints }
    this.#advance(lock, at)
    if (before.frozen !== (lock.freeze !== null)) this.onForeign('frozen', this.#frozenByUs ? 0 : 1)
    if (before.task !== (lock.task !== null)) this.onForeign('taskAssigned', 1)
    if (lock.remainingMs > 0) this.#zeroSince = null
    else this.#zeroSince ??= at
  }

  /** Lets somebody else do something. */
  others(at: Instant, run: () => void): void {
    const before = this.truth(at)
    run()
    const after = this.truth(at)
    if (after.frozen && !before.frozen) this.#frozenByUs = false
    if (before.lock !== after.lock) {
      for (const fact of ['lock', 'frozen', 'remainingMs', 'taskPoints', 'taskAssigned'] as const)
        this.onForeign(fact, 1)
    } else {
      for (const fact of ['frozen', 'remainingMs', 'taskPoints', 'taskAssigned', 'tracker'] as const) {
        if (before[fact] !== after[fact]) this.onForeign(fact, Number(after[fact]) - Number(before[fact]))
      }
    }
    this.#shoot(at)
  }

  /** Answers a request, and does what it asks for. */
  handle(arrival: Arrival, at: Instant): Told {
    const { url, method, headers, text } = arrival
    const service = url.host.startsWith('chastify') ? this.#chastify : this.#tracker
    const bearer = headers.authorization?.replace(/^Bearer /, '') ?? null
    const asked: Asked = {
      at,
      method,
      path: url.pathname,
      query: url.searchParams,
      bearer,
      headers,
      ip: '192.0.2.1',
      body: text === null || text === '' ? {} : JSON.parse(text),
      badBody: null,
    }
    if (method === 'GET') return this.#told(service, asked, this.#read(service, asked))
    this.onWrite()
    const before = this.truth(at)
    const { body } = asked
    this.#effects = []
    const reply = this.#refusal(service, asked, before) ?? service.handle(this.#granted(service, asked))
    for (const call of this.#effects) {
      this.#subtract(reply)
      const after = this.truth(at)
      if (after.frozen && !before.frozen) this.#frozenByUs = true
      this.onEffect({ at, key: arrival.key, call, body, before, after, again: arrival.again })
    }
    if (this.#effects.length > 0) this.#shoot(at)
    return this.#told(service, asked, reply)
  }

  #advance(lock: Lock, at: Instant): void {
    const until = lock.freeze ? (lock.freeze.until ?? Number.POSITIVE_INFINITY) : lock.asOf
    const frozenMs = Math.max(0, Math.min(at, until) - lock.asOf)
    advance(lock, at)
    if (this.answers['frozen time'] === 'both run') lock.remainingMs = Math.max(0, lock.remainingMs - frozenMs)
  }

  #told(service: Service, { at }: Asked, { status, body, headers = {} }: Reply): Told {
    const date = this.#date(at)
    const kept = Object.entries(headers).filter(
      ([name]) => !(name === 'Retry-After' && this.answers.allowances === 'smaller, without Retry-After'),
    )
    const known = Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value]))
    const dated = date === null || service === undefined ? {} : { date: new Date(date).toUTCString() }
    return { status, text: JSON.stringify(body), headers: { ...known, ...dated } }
  }

  #date(at: Instant): Instant | null {
    switch (this.answers.Date) {
      case 'absent':
        return null
      case '90 s off':
        return at + 90 * second
      case 'drifts':
        return at + Math.min(80 * second, ((at / (24 * hour)) % 20) * 4 * second)
      default:
        return at
    }
  }

  /** How long after it happened something is told by this reading. */
  #lag(): number {
    switch (this.answers.readings) {
      case 'lag up to 3 s':
        return this.#draws.between(0, 3000)
      case 'lag up to 10 s':
        return this.#draws.between(2000, 10_000)
      case 'a replica goes back':
        return this.#draws.happens(0.5) ? 0 : this.#draws.between(0, 10_000)
      default:
        return 0
    }
  }

  /** The longest that readings or histories come late. */
  get longestLagMs(): number {
    const lag = { 'at once': 0, 'lag up to 3 s': 3000 }[this.answers.readings as string] ?? 10_000
    return Math.max(lag, this.answers.histories === 'at once' ? 0 : 15_000)
  }

  #read(service: Service, asked: Asked): Reply {
    const { at } = asked
    if (service === this.#tracker) return this.#readPage(asked)
    const shown = at - this.#lag()
    this.pass(at)
    const live = this.account.lock
    const old = this.#snapshots.findLast((one) => one.at <= shown) ?? this.#snapshots[0]
    const newest = this.#snapshots.at(-1)
    if (old && old !== newest) {
      this.account.lock = structuredClone(old.lock)
      if (this.account.lock) this.#advance(this.account.lock, at)
    }
    const reply = service.handle(asked)
    this.account.lock = live
    if (reply.status === 200) this.#dress(reply, at)
    return reply
  }

  #readPage(asked: Asked): Reply {
    if (this.answers.histories === 'at once') return this.#tracker.handle(asked)
    const page = this.page as { histories: History[] }
    const all = page.histories
    const lag = this.#draws.between(0, 15_000)
    page.histories = all.filter(({ happened }) => happened <= asked.at - lag)
    const reply = this.#tracker.handle(asked)
    page.histories = all
    return reply
  }

  /** What this world tells otherwise than the plainest one. */
  #dress(reply: Reply, at: Instant): void {
    const isPlain = !this.isHidden && this.#zeroSince === null && this.answers['lock id'] === 'present'
    if (isPlain) return
    const body = structuredClone(reply.body) as { data?: object }
    const told = (body.data ?? body) as { lock?: object; lockData: Record<string, unknown> }
    const id = this.answers['lock id']
    if (id === 'absent' || (id === 'comes and goes' && Math.floor(at / (5 * hour)) % 2 === 0)) delete told.lock
    if (this.isHidden) told.lockData.timeRemainingSeconds = null
    if (this.answers['time shown'] === 'negative at the end' && this.#zeroSince !== null) {
      if (told.lockData.timeRemainingSeconds === 0 && told.lockData.frozen === false) {
        told.lockData.timeRemainingSeconds = -Math.floor((at - this.#zeroSince) / second)
      }
    }
    reply.body = body
  }

  /** What is asked for, as far as this world grants it. */
  #granted(service: Service, asked: Asked): Asked {
    if (service !== this.#chastify || this.answers.grants !== 'to the minute') return asked
    const body = asked.body as { name?: string; params?: number; deltaSeconds?: number }
    const round = (seconds: number) => Math.sign(seconds) * Math.max(60, Math.floor(Math.abs(seconds) / 60) * 60)
    if (typeof body.deltaSeconds === 'number') return { ...asked, body: { deltaSeconds: round(body.deltaSeconds) } }
    const isTime = body.name === 'add_time' || body.name === 'remove_time'
    return isTime && typeof body.params === 'number'
      ? { ...asked, body: { ...body, params: round(body.params) } }
      : asked
  }

  /** What this world refuses although the plainest does not. */
  #refusal(service: Service, asked: Asked, { frozen, remainingMs, maximumMs, lock }: Truth): Reply | null {
    if (service !== this.#chastify || lock === null) return null
    const body = asked.body as { name?: string; params?: number; deltaSeconds?: number }
    const adds = body.name === 'add_time' ? Number(body.params) : Number(body.deltaSeconds ?? 0)
    const beyond = this.answers['beyond the maximum']
    const fail = (status: number, code: string) =>
      service.fail(asked, new Refusal(status, code, 'Not beyond the maximum'))
    if (adds > 0 && maximumMs !== null && remainingMs + adds * second > maximumMs && beyond !== 'cut in silence') {
      if (beyond === 'refused with 200') {
        return { status: 200, body: { ok: false, error: { code: 'max_time', message: 'Not beyond the maximum' } } }
      }
      return fail(beyond === 'refused with 400' ? 400 : 409, 'max_time')
    }
    const freezes = asked.path.endsWith('/freeze') || body.name === 'freeze'
    if (!freezes || !frozen || this.answers['second freeze'] === 'replaces') return null
    if (this.answers['second freeze'] === 'fails') return fail(409, 'already_frozen')
    const until = this.account.lock?.freeze?.until
    const more = (asked.body as { durationSeconds?: number }).durationSeconds
    if (until != null && more !== undefined) {
      asked.body = {
        ...(asked.body as object),
        durationSeconds: Math.min(86_400, more + Math.round((until - asked.at) / second)),
      }
    }
    return null
  }

  /** In some worlds dice take the end to before now. */
  #subtract({ body }: Reply): void {
    const data = (body as { data?: { operation?: string; time?: number; seconds?: number } } | null)?.data
    const session = activeSession(this.page)
    if (this.answers.dice !== 'below now' || data?.operation !== 'SUB' || session?.scheduledEnd == null) return
    session.scheduledEnd -= (Number(data.time) - Number(data.seconds)) * second
  }

  #shoot(at: Instant): void {
    if (this.answers.readings === 'at once') return
    const oldest = this.#snapshots.findLastIndex((one) => one.at <= at - minute)
    this.#snapshots = [...this.#snapshots.slice(Math.max(0, oldest)), { at, lock: structuredClone(this.account.lock) }]
  }
}
