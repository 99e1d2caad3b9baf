// Both services, simulated, as one small server that keeps what it was asked and fails as it is told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChance } from '../../src/services/chance.ts'
import { createAccount, endLock, startLock } from '../../src/services/chastify/simulated/account.ts'
import { closeTask, type Lock, openTask, patchLock } from '../../src/services/chastify/simulated/lock.ts'
import * as chastify from '../../src/services/chastify/simulated/routes.ts'
import { Refusal } from '../../src/services/refusal.ts'
import type { By } from '../../src/services/tracker/simulated/asked.ts'
import { createPage, endSession, startSession } from '../../src/services/tracker/simulated/page.ts'
import * as tracker from '../../src/services/tracker/simulated/routes.ts'

export const tokens = {
  chastify: 'dev-Ch4stifySecretTokenAAAA1111',
  tracker: 'trk-0wnerSecretTokenBBBB2222',
  dom: 'dom-K33perSecretTokenCCCC3333',
}

export type Call = {
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: unknown
  readonly at: number
}

export type Failure =
  /** The socket dies and nothing was done. */
  | { readonly how: 'drop-before' }
  /** It was done, then the socket dies. */
  | { readonly how: 'drop-after' }
  /** No answer ever; nothing was done. */
  | { readonly how: 'hang' }
  /** The head of an answer and the beginning of a body, then nothing more; nothing was done. */
  | { readonly how: 'stall' }
  /** Done and answered, but only on `release`. */
  | { readonly how: 'hold' }
  | {
      readonly how: 'answer'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }

type Planned = { readonly path: string; readonly method: string; readonly failure: Failure; left: number }

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }

export type Shape = 'bare' | 'wrapped'

const hour = 3_600_000
const day = 24 * hour

export class Services {
  readonly calls: Call[] = []
  /** What was really done, in order, by its name. */
  readonly done: string[] = []
  shape: Shape = 'wrapped'
  role = 'keyholder'
  scopes: readonly string[] = ['session.read', 'lock.time', 'lock.freeze', 'tasks', 'logs', 'notifications']
  readonly #account = createAccount('keyholder', [])
  readonly #page = createPage(Date.now() - 5 * day, 4710, 'AbCdEf123456')
  readonly #chance = createChance(1)
  #lock: Lock
  readonly #planned: Planned[] = []
  readonly #hanging = new Set<ServerResponse>()
  readonly #held = new Map<ServerResponse, Call>()
  #server: Server | undefined
  #port = 0

  constructor() {
    const usual = {
      timeLockedSeconds: 2 * 86_400,
      timeRemainingSeconds: 8 * 3600,
      maxTimeRemainingSeconds: null,
      taskPoints: 0,
      taskPointsRequired: 20,
      keyholderLastSeenTimestamp: null,
    }
    this.#lock = startLock(this.#account, '0123456789abcdef01234567', usual, Date.now())
    this.#page.link.base = 'https://www.chastitytracker.org/link'
    startSession(this.#page, { scheduledEnd: Date.now() + 3 * day }, Date.now() - 3 * day)
  }

  get lockId(): string | null {
    return this.#lock.id
  }

  /** Another lock, in all else like the one before. */
  set lockId(id: string | null) {
    if (id === this.#lock.id) return
    endLock(this.#account)
    this.#lock = { ...this.#lock, id }
    this.#account.lock = this.#lock
  }

  set active(is: boolean) {
    this.#account.lock = is ? this.#lock : null
  }

  /** Put over the lockData that is worked out. */
  set data(told: Record<string, unknown>) {
    this.#lock.told = told
  }

  set lockedSince(at: number) {
    this.#lock.lockedMs = Date.now() - at
  }

  set frozen(frozen: boolean) {
    patchLock(this.#lock, { frozen }, Date.now())
  }

  /** An open task with an hour for it, or none. */
  set task(isOpen: boolean) {
    if (isOpen) openTask(this.#lock, 'A task', 0, hour, Date.now())
    else closeTask(this.#lock, false)
  }

  get points(): number {
    return this.#lock.plain.taskPoints
  }

  set points(points: number) {
    this.#lock.plain.taskPoints = points
  }

  set maxRemaining(seconds: number | null) {
    this.#lock.plain.maxTimeRemainingSeconds = seconds
  }

  /** Another session, or none. */
  set trackerSession(id: number | null) {
    endSession(this.#page, Date.now())
    if (id !== null) startSession(this.#page, {}, Date.now()).id = id
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Takes a port if it has none, else the one it had. */
  async listen(): Promise<this> {
    const server = createServer((request, response) => {
      void this.#take(request, response)
    })
    server.keepAliveTimeout = 30_000
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    return this
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    for (const response of this.#hanging) response.destroy()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The next `times` calls of this method and path end this way. A path may end in `*`. */
  fail(method: string, path: string, failure: Failure, times = 1): void {
    this.#planned.push({ method, path, failure, left: times })
  }

  /** Answers what was held. */
  release(): void {
    for (const [response, call] of this.#held) this.#write(response, this.#answer(call))
    this.#held.clear()
  }

  /** No more failures, and what hung is cut off. */
  mend(): void {
    this.#planned.length = 0
    for (const response of this.#hanging) response.destroy()
    this.#hanging.clear()
  }

  posts(path?: string): Call[] {
    return this.calls.filter((call) => call.method !== 'GET' && (path === undefined || call.path === path))
  }

  gets(path: string): Call[] {
    return this.calls.filter((call) => call.method === 'GET' && call.path === path)
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const written = Buffer.concat(chunks).toString('utf8')
    const url = request.url ?? '/'
    const path = url.split('?')[0] ?? '/'
    const method = request.method ?? 'GET'
    let body: unknown
    try {
      body = written === '' ? undefined : JSON.parse(written)
    } catch {
      body = undefined
    }
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
    const call: Call = { method, url, path, headers, text: written, body, at: Date.now() }
    this.calls.push(call)

    const planned = this.#planned.find(
      (plan) =>
        plan.left > 0 &&
        plan.method === method &&
        (plan.path === path || (plan.path.endsWith('*') && path.startsWith(plan.path.slice(0, -1)))),
    )
    if (planned !== undefined) {
      planned.left -= 1
      const { failure } = planned
      if (failure.how === 'drop-before') return void request.socket.destroy()
      if (failure.how === 'hang') return void this.#hanging.add(response)
      if (failure.how === 'stall') {
        this.#hanging.add(response)
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
        return void response.write('{"ok": true, "data": {')
      }
      if (failure.how === 'hold') return void this.#held.set(response, call)
      if (failure.how === 'drop-after') {
        this.#answer(call)
        return void request.socket.destroy()
      }
      return this.#write(response, { status: failure.status, body: failure.body ?? {}, headers: failure.headers ?? {} })
    }
    this.#write(response, this.#answer(call))
  }

  #write(response: ServerResponse, answer: Answer): void {
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  }

  #answer(call: Call): Answer {
    return /^\/api\/(?:apps|extensions)\//.test(call.path) ? this.#chastify(call) : this.#tracker(call)
  }

  #chastify(call: Call): Answer {
    const { headers, path, at, method, body = {} } = call
    const wrong = (status: number, error: string): Answer => ({ status, body: { error, message: `${error}.` } })
    if (chastify.extensionPath.test(path)) {
      // By this way the app-scoped key and the main token are two different things.
      const isRefused = headers.authorization === undefined || headers['x-chastify-main-token'] === undefined
      if (isRefused) return wrong(401, 'missing_token')
    } else if (headers.authorization !== `Bearer ${tokens.chastify}`) {
      return wrong(401, headers.authorization === undefined ? 'missing_token' : 'invalid_token')
    }
    if (method === 'POST' && !(headers['content-type'] ?? '').includes('application/json')) {
      return wrong(400, 'invalid_content_type')
    }
    try {
      const wasFrozen = this.#lock.freeze !== null
      const lockId = headers['x-chastify-lock-id'] ?? null
      const answered = chastify.answer(this.#account, { at, method, path, body, lockId })
      if (method === 'POST') this.done.push(chastifyDeed(call, wasFrozen))
      const data = method === 'POST' ? answered.body : { ...answered.body, role: this.role, scopes: this.scopes }
      return { status: 200, body: method === 'GET' && this.shape === 'bare' ? data : { ok: true, data } }
    } catch (error) {
      if (error instanceof Refusal) return wrong(error.status, error.code)
      throw error
    }
  }

  #tracker(call: Call): Answer {
    const { headers, path, at, method, url, body = {} } = call
    const isFirst = path === tracker.insertPath
    const wrong = (status: number, code: string): Answer => ({
      status,
      body: isFirst ? { error: code } : { ok: false, error: { code, message: `${code}.` }, meta: { version: 2 } },
    })
    const bearer = headers.authorization?.replace(/^Bearer /, '')
    const isOpen = bearer === undefined && path === tracker.gamesPath
    const bearers: Record<string, By> = { [tokens.tracker]: 'owner', [tokens.dom]: 'dom' }
    const by = isOpen ? 'public' : bearers[bearer ?? '']
    if (by === undefined) return wrong(401, 'unauthorized')
    try {
      const query = new URLSearchParams(url.split('?')[1])
      const asked = { at, method, path, query, body, by, address: '127.0.0.1' }
      const answered = tracker.answer(this.#page, asked, this.#chance)
      if (answered.did !== null) this.done.push(trackerDeed(answered))
      if (isFirst) return { status: 201, body: answered.body }
      return { status: 200, body: { ok: true, data: answered.body, meta: { version: 2 } } }
    } catch (error) {
      if (error instanceof Refusal) return wrong(error.status, error.code)
      throw error
    }
  }
}

/** What was done to the lock, by its effect. */
function chastifyDeed(call: Call, wasFrozen: boolean): string {
  const { params, deltaSeconds, command } = call.body as Record<string, unknown>
  const what = chastify.callsOf(call).at(-1) ?? ''
  if (what === 'apply-time') return `time ${deltaSeconds}`
  if (what === 'add_time') return `time ${params}`
  if (what === 'remove_time') return `time -${params}`
  if (what === 'toggle_freeze') return wasFrozen ? 'unfreeze' : 'freeze'
  return what === 'device' ? String(command) : what
}

function trackerDeed({ did, body }: tracker.Answered): string {
  if (did === 'liveinsert') return 'session'
  return (body as { penalty?: unknown }).penalty === 1 ? 'penalty' : `game ${did}`
}

export const openServices = (): Promise<Services> => new Services().listen()
