// Both services as one small server, written from their own documents alone, so that
// what the program believes about them is held against a second reading of the same pages.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

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

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
const sqlTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
const milliseconds = (at: number): string => new Date(at).toISOString().slice(0, 23).replace('T', ' ')

const commands = [
  'shock.start',
  'shock.stop',
  'vibration.start',
  'vibration.stop',
  'all.stop',
  'shock.random.set',
  'shock.berserk.set',
]

export class Services {
  readonly calls: Call[] = []
  /** What was really done, in order, by its name. */
  readonly done: string[] = []
  shape: Shape = 'wrapped'
  lockId: string | null = '0123456789abcdef01234567'
  active = true
  role = 'keyholder'
  scopes: readonly string[] = ['session.read', 'lock.time', 'lock.freeze', 'tasks', 'logs', 'notifications']
  /** Added to, or put over, the lockData that is worked out. */
  data: Record<string, unknown> = {}
  remainingUntil = Date.now() + 8 * 3_600_000
  lockedSince = Date.now() - 2 * 86_400_000
  frozenSince: number | null = null
  task = false
  points = 0
  maxRemaining: number | null = null
  trackerSession: number | null = 4711
  trackerStart = Date.now() - 3 * 86_400_000
  linkGame: string | null = 'https://www.chastitytracker.org/link/AbCdEf123456'
  histories: Record<string, unknown>[] = []
  readonly #planned: Planned[] = []
  readonly #hanging = new Set<ServerResponse>()
  readonly #held = new Map<ServerResponse, Call>()
  #server: Server | undefined
  #port = 0

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

  get remaining(): number {
    const from = this.frozenSince ?? Date.now()
    return Math.max(0, Math.round((this.remainingUntil - from) / 1000))
  }

  set remaining(seconds: number) {
    this.remainingUntil = (this.frozenSince ?? Date.now()) + seconds * 1000
  }

  lockData(): Record<string, unknown> {
    return {
      frozen: this.frozenSince !== null,
      unlockable: this.remaining === 0,
      trusted: true,
      taskAssigned: this.task,
      timeLockedSeconds: Math.floor(((this.frozenSince ?? Date.now()) - this.lockedSince) / 1000),
      timeRemainingSeconds: this.remaining,
      maxTimeRemainingSeconds: this.maxRemaining,
      taskPoints: this.points,
      taskPointsRequired: 20,
      lockTitle: 'Weekend Challenge',
      wearerUsername: 'alice',
      keyholderUsername: 'kh_bob',
      wearerLastSeenTimestamp: Date.now() - 60_000,
      keyholderLastSeenTimestamp: null,
      ...this.data,
    }
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
    if (/^\/api\/extensions\/sessions\/[^/]+\/device-command$/.test(call.path)) return this.#device(call)
    return call.path.startsWith('/api/apps/v1/') ? this.#chastify(call) : this.#tracker(call)
  }

  #chastify(call: Call): Answer {
    const wrong = (status: number, error: string): Answer => ({ status, body: { error, message: `${error}.` } })
    const bearer = call.headers.authorization
    if (bearer === undefined) return wrong(401, 'missing_token')
    if (bearer !== `Bearer ${tokens.chastify}`) return wrong(401, 'invalid_token')
    if (!this.active) return wrong(409, 'no_active_lock_session')
    const pinned = call.headers['x-chastify-lock-id']
    if (pinned !== undefined && pinned !== this.lockId) return wrong(409, 'lock_ended')
    const good = (data: unknown): Answer => ({ status: 200, body: { ok: true, data } })

    if (call.path === '/api/apps/v1/session') {
      if (call.method !== 'GET') return wrong(405, 'method_not_allowed')
      const session = {
        role: this.role,
        scopes: this.scopes,
        timeRemainingSeconds: this.remaining,
        ...(this.lockId === null ? {} : { lock: { _id: this.lockId } }),
        lockData: this.lockData(),
      }
      return this.shape === 'bare' ? { status: 200, body: session } : good(session)
    }
    if (call.method !== 'POST') return wrong(405, 'method_not_allowed')
    if (!(call.headers['content-type'] ?? '').includes('application/json')) return wrong(400, 'invalid_content_type')
    const body = record(call.body)
    switch (call.path) {
      case '/api/apps/v1/lock/apply-time': {
        const delta = number(body.deltaSeconds)
        return delta === null || !Number.isInteger(delta) ? wrong(400, 'invalid_body') : good(this.#addTime(delta))
      }
      case '/api/apps/v1/lock/freeze': {
        const duration = number(body.durationSeconds)
        if (duration === null || duration < 60 || duration > 86_400) return wrong(400, 'invalid_body')
        return good(this.#freeze())
      }
      case '/api/apps/v1/lock/unfreeze':
        return good(this.#unfreeze())
      case '/api/apps/v1/logs/custom':
        if (text(body.title) === '') return wrong(400, 'invalid_body')
        this.done.push('log')
        return good({ logged: true })
      case '/api/apps/v1/notifications/custom':
        if (text(body.title) === '') return wrong(400, 'invalid_body')
        this.done.push('notify')
        return good({ sent: true })
      case '/api/apps/v1/device-command':
        return this.#tell(body)
      case '/api/apps/v1/action':
        return this.#action(body, wrong, good)
      default:
        return wrong(404, 'not_found')
    }
  }

  /** By the extension's route the app-scoped key and the main token are two different things. */
  #device(call: Call): Answer {
    const refused = call.headers.authorization === undefined || call.headers['x-chastify-main-token'] === undefined
    if (refused) return { status: 401, body: { error: 'missing_token', message: 'missing_token.' } }
    return this.#tell(record(call.body))
  }

  #tell({ command }: Record<string, unknown>): Answer {
    if (!commands.includes(text(command))) return { status: 400, body: { error: 'invalid_command', message: 'No.' } }
    this.done.push(text(command))
    return { status: 200, body: { ok: true, data: {} } }
  }

  #action(
    body: Record<string, unknown>,
    wrong: (status: number, error: string) => Answer,
    good: (data: unknown) => Answer,
  ): Answer {
    const name = text(body.name)
    switch (name) {
      case 'add_time':
      case 'remove_time': {
        const size = number(body.params)
        if (size === null || size <= 0) return wrong(400, 'invalid_params')
        return good(this.#addTime(name === 'add_time' ? size : -size))
      }
      case 'freeze':
        return good(this.#freeze())
      case 'unfreeze':
        return good(this.#unfreeze())
      case 'toggle_freeze':
        return good(this.frozenSince === null ? this.#freeze() : this.#unfreeze())
      case 'task.assign':
        this.task = true
        this.done.push(name)
        return good({ taskRunId: 'fedcba98' })
      case 'task.start_timer':
      case 'task.complete':
        if (!this.task) return wrong(400, 'no_open_task')
        if (name === 'task.complete') this.task = false
        this.done.push(name)
        return good({})
      case 'pillory':
      case 'pillory.end':
      case 'settings.patch':
      case 'hygienic_unlock.start':
        this.done.push(name)
        return good({})
      default:
        return wrong(400, 'unknown_action')
    }
  }

  #addTime(seconds: number): unknown {
    this.remainingUntil += seconds * 1000
    this.done.push(`time ${seconds}`)
    return { timeRemainingSeconds: this.remaining }
  }

  #freeze(): unknown {
    this.frozenSince ??= Date.now()
    this.done.push('freeze')
    return { frozen: true }
  }

  #unfreeze(): unknown {
    if (this.frozenSince !== null) {
      const stood = Date.now() - this.frozenSince
      this.remainingUntil += stood
      this.lockedSince += stood
      this.frozenSince = null
    }
    this.done.push('unfreeze')
    return { frozen: false }
  }

  #tracker(call: Call): Answer {
    const wrong = (status: number, code: string): Answer => ({
      status,
      body: { ok: false, error: { code, message: `${code}.` }, meta: { version: 2 } },
    })
    const good = (data: unknown): Answer => ({ status: 200, body: { ok: true, data, meta: { version: 2 } } })
    const bearer = call.headers.authorization?.replace(/^Bearer /, '')
    const owner = bearer === tokens.tracker
    const dom = bearer === tokens.dom
    const query = new URLSearchParams(call.url.split('?')[1] ?? '')

    if (call.path === '/api/v2/games.php') {
      if (call.method !== 'POST') return wrong(405, 'method_not_allowed')
      const body = record(call.body)
      const game = text(body.game)
      const byDom = body.dom === 1
      if (!['dice', 'luck', 'link'].includes(game)) return wrong(400, 'invalid_game')
      if (body.dom !== 0 && body.dom !== 1) return wrong(400, 'invalid_dom')
      if (game === 'link' && !['add', 'sub', 'rand'].includes(text(body.type))) return wrong(400, 'type_required')
      if (game === 'link' && !byDom) {
        if (this.linkGame === null || text(body.token) !== this.linkGame.split('/').at(-1)) {
          return wrong(404, 'token_not_found')
        }
      } else {
        if (bearer === undefined) return wrong(401, 'unauthorized')
        if (byDom ? !dom : !owner) return wrong(403, 'forbidden')
        if (this.trackerSession === null || body.session !== this.trackerSession) return wrong(404, 'no_session')
      }
      const penalty = game === 'link' && !byDom && owner
      this.done.push(penalty ? 'penalty' : `game ${game}`)
      this.histories.unshift({
        session: this.trackerSession,
        type: 'ADD',
        unit: 3600,
        source: penalty ? 'PENALTY' : game.toUpperCase(),
        dom: byDom ? 1 : 0,
        schedule: sqlTime(Date.now() + 86_400_000),
        happened: milliseconds(Date.now()),
      })
      return good({
        game,
        operation: 'ADD',
        time: 3600,
        multiplier: 1,
        seconds: 3600,
        dom: byDom ? 1 : 0,
        scheduledend_utc: sqlTime(Date.now() + 86_400_000),
        session: this.trackerSession,
        penalty: penalty ? 1 : null,
      })
    }
    if (!owner && !dom) return wrong(401, 'unauthorized')
    switch (call.path) {
      case '/api/v2/stats.php':
        if (call.method !== 'GET') return wrong(405, 'method_not_allowed')
        return good({
          nick: 'alice',
          profile_url: null,
          locked: this.trackerSession !== null,
          current_lock_start: this.trackerSession === null ? null : `${sqlTime(this.trackerStart)} UTC`,
          scheduled_end: null,
          current_lock_time: this.trackerSession === null ? null : '3 days',
          total_locked_since: '1 months 2 days 4 hours',
          since_date: '2026-01-01 00:00:00',
          link_game: this.linkGame,
          last_full: '2026-01-15',
          last_ruined: null,
          last_ted: '2026-01-20',
          last_milking: null,
        })
      case '/api/v2/sessions.php': {
        const item = {
          id: this.trackerSession,
          start: sqlTime(this.trackerStart),
          end: null,
          scheduledend: null,
          active: 1,
          lockedby: 'kh_bob',
          notes: '',
          public: 1,
          timezonestart: 'UTC',
          timezoneend: null,
          inserted: sqlTime(this.trackerStart),
          has_history: true,
          has_games_changes: false,
        }
        return good({ items: this.trackerSession === null ? [] : [item] })
      }
      case '/api/v2/histories.php': {
        const session = Number(query.get('session'))
        return good({ items: this.histories.filter((one) => one.session === session) })
      }
      case '/api/liveinsert.php':
        if (call.method !== 'POST') return { status: 405, body: { error: 'Method not allowed' } }
        if (this.trackerSession !== null) return { status: 409, body: { error: 'Overlapping session exists' } }
        if (record(call.body).insertl !== 1) return { status: 400, body: { error: 'insertl missing' } }
        this.trackerSession = 5001
        this.trackerStart = Date.now()
        this.done.push('session')
        return { status: 201, body: { message: 'Session started succesfully', session_id: this.trackerSession } }
      default:
        return wrong(404, 'not_found')
    }
  }
}

export const openServices = (): Promise<Services> => new Services().listen()
