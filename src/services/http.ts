import ky from 'ky'
import type { Instant } from '../core/calendar/time.ts'
import type { Answer, Json, Request, Trouble } from '../core/model/service.ts'
import { lacksFiles, systemWords } from '../errno.ts'
import type { Budgets } from './budget.ts'
import { mapIn } from './params.ts'
import { cut, printable } from './plain.ts'
import { redact, Secret } from './secret.ts'
import { type Way, Wire } from './wire.ts'

export interface HttpDeps {
  /** Our clock, epoch milliseconds. */
  now(): number
  signal?: AbortSignal
  /** The way of each request; the machine's network unless told. */
  way?(): Way
}

/** A service as its client reaches it. */
export interface Reach {
  /** May end in a path, which goes before that of every request. */
  baseUrl: string
  budgets: Budgets
  /** What the service's own error codes mean; for others the status speaks. */
  troubles: ReadonlyMap<string, Trouble>
  /** Never let into an answer. */
  secrets: readonly Secret[]
  readTimeoutMs?: number
  writeTimeoutMs?: number
}

/** What one request is sent with; `holder` names the credential whose budget it draws on. */
export interface Pass {
  holder: string
  bearer: Secret | null
  headers?: Readonly<Record<string, string | Secret>>
}

type Failure = Omit<Extract<Answer, { ok: false }>, keyof Times | 'ok'>
type Outcome = { ok: true; body: Json } | ({ ok: false } & Failure)
type Times = { asked: Instant; answered: Instant; serverTime: Instant | null }

const largestBody = 2_000_000
const longestMessage = 200
const longestWait = 3_600_000
/** Deeper than anything the services send; what walks an answer later need not fear for its stack. */
const deepest = 64

/**
 * Sends one request, once, and classifies whatever comes of it. Never rejects. Only what surely cannot have reached
 * the service is `sent: 'no'`; only a definite refusal is `sent: 'yes'`; all else may have been acted on.
 */
export async function exchange(request: Request, pass: Pass, reach: Reach, deps: HttpDeps): Promise<Answer> {
  const asked = deps.now()
  const secrets = new Set([...reach.secrets, pass.bearer, ...Object.values(pass.headers ?? {})].filter(isSecret))
  const end = (outcome: Outcome, serverTime: Instant | null): Answer => ({
    asked,
    answered: deps.now(),
    serverTime,
    ...(outcome.ok ? outcome : { ...outcome, message: messageOf(outcome.message, secrets) }),
  })
  if (deps.signal?.aborted) return end(failed('no', 'stopped', 'not sent: the program is stopping'), null)
  const prepared = prepare(request, pass, reach)
  if ('trouble' in prepared) return end({ ok: false, ...prepared }, null)
  const wait = reach.budgets.take(pass.holder, request.budget, asked)
  if (wait > 0) {
    return end(failed('no', 'budget', `our own limit of ${request.budget} requests a minute is used up`, wait), null)
  }

  const isRead = request.method === 'GET'
  const patience = isRead ? (reach.readTimeoutMs ?? 15_000) : (reach.writeTimeoutMs ?? 30_000)
  const wire = deps.way?.() ?? new Wire()
  let head: Response | null = null
  const clock = () => (head === null ? null : dateOf(head.headers.get('date')))
  /** What a request comes to that ends without a whole answer; what the status refused stays refused. */
  const cutShort = (outcome: Outcome): Outcome => {
    if (head !== null && !head.ok) return judge(head, null, request, reach, clock() ?? asked)
    if (outcome.ok || wire.connected) return outcome
    return failed('no', outcome.trouble === 'stopped' ? 'stopped' : 'unreachable', outcome.message)
  }
  const send = async (): Promise<Outcome> => {
    head = await ky(prepared.url, {
      method: request.method,
      headers: prepared.headers,
      ...(isRead ? {} : { json: request.body }),
      fetch: wire.fetch,
      retry: 0,
      redirect: 'manual',
      throwHttpErrors: false,
      timeout: false,
    })
    return judge(head, await readBody(head, secrets), request, reach, clock() ?? asked)
  }
  const limit = deadline(patience, deps.signal, () => (head === null ? 'answer' : 'complete answer'))
  try {
    const whole = send().catch((error) => cutShort(brokenBy(error)))
    return end(await Promise.race([whole, limit.passed.then(cutShort)]), clock())
  } finally {
    limit.clear()
    wire.end()
  }
}

/**
 * The end of a request's time, or of the program's, whatever its client is at. It rests on nothing that a garbage
 * collection could take away.
 */
function deadline(patienceMs: number, signal: AbortSignal | undefined, awaited: () => string) {
  let clear = () => {}
  const passed = new Promise<Outcome>((resolve) => {
    const stop = () => resolve(failed('perhaps', 'stopped', 'the program stopped before the answer'))
    const timer = setTimeout(() => {
      resolve(failed('perhaps', 'timeout', `no ${awaited()} within ${patienceMs / 1000} s`))
    }, patienceMs)
    signal?.addEventListener('abort', stop, { once: true })
    clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  })
  return { passed, clear: () => clear() }
}

/** A request that broke on the way, by the error that ended it. */
function brokenBy(error: unknown): Outcome {
  const root = chainOf(error).at(-1)
  return failed('perhaps', isNonsense(root) ? 'unreadable' : 'cut-off', describe(root))
}

function isSecret(value: unknown): value is Secret {
  return value instanceof Secret
}

/** An answer without a request: what it would need is not there. */
export function notSent(now: Instant, trouble: Trouble, message: string): Answer {
  return { asked: now, answered: now, serverTime: null, ...failed('no', trouble, message) }
}

function failed(sent: 'no' | 'perhaps' | 'yes', trouble: Trouble, message: string, retryAfterMs: number | null = null) {
  return { ok: false as const, sent, trouble, message, retryAfterMs }
}

/** Address and headers; checked here, since the errors of the HTTP client would quote a token it cannot send. */
function prepare(
  request: Request,
  pass: Pass,
  reach: Reach,
): { url: string; headers: Record<string, string> } | Failure {
  if (!URL.canParse(reach.baseUrl) || !request.path.startsWith('/')) {
    return failed('no', 'invalid', 'base_url and the path of the request make no address')
  }
  const base = new URL(reach.baseUrl)
  const url = base.origin + base.pathname.replace(/\/+$/, '') + request.path
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'lockwarden' }
  if (pass.bearer) headers.authorization = `Bearer ${pass.bearer.reveal()}`
  for (const [name, value] of Object.entries(pass.headers ?? {})) {
    headers[name] = value instanceof Secret ? value.reveal() : value
  }
  const odd = Object.entries(headers).find(([, value]) => !/^[\x20-\x7e]+$/.test(value))?.[0]
  if (odd === undefined) return { url, headers }
  const trouble = pass.headers?.[odd] instanceof Secret || odd === 'authorization' ? 'invalid-token' : 'invalid'
  return failed('no', trouble, `the header ${odd} would hold characters that no header can carry`)
}

type ReadBody = { json: Json } | 'empty' | 'unreadable'

/** The body, never more than `largestBody` of it, with our secrets taken out. */
async function readBody(response: Response, secrets: ReadonlySet<Secret>): Promise<ReadBody> {
  if (!response.body) return 'empty'
  if (response.status >= 300 && response.status < 400) {
    await response.body.cancel()
    return 'empty'
  }
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (size > largestBody) return 'unreadable'
    text += decoder.decode(chunk, { stream: true })
  }
  text += decoder.decode()
  if (text.trim() === '') return 'empty'
  try {
    return { json: scrub(JSON.parse(text) as Json, secrets, 0) }
  } catch {
    return 'unreadable'
  }
}

function scrub(value: Json, secrets: ReadonlySet<Secret>, depth: number): Json {
  if (typeof value === 'string') return redact(value, secrets)
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets, depth + 1))
  // fromEntries defines own keys, so that a `__proto__` of the service stays mere data.
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redact(key, secrets), scrub(inner, secrets, depth + 1)]),
  )
}

/** What an answer means for the request; `body` is null where it was lost on the way. */
function judge(response: Response, body: ReadBody | null, request: Request, reach: Reach, now: Instant): Outcome {
  const { status } = response
  const said = errorIn(body)
  const message = [said.code, said.message].filter((part) => part !== '').join(': ')
  const told = message === '' ? `${status} ${response.statusText}`.trim() : message
  const wait = () => retryAfter(response.headers.get('retry-after'), now)
  if (status === 429) return failed('no', 'rate-limited', told, wait())
  if (status === 408) return failed('perhaps', 'timeout', told)
  if (status >= 500) return failed('perhaps', 'server-error', told, wait())
  if (status >= 400) return failed('yes', reach.troubles.get(said.code) ?? troubleOf(status), told)
  if (status >= 300) return failed('perhaps', 'redirected', `answered ${status}; redirects are never followed`)
  if (body === 'empty' && request.method === 'POST') return { ok: true, body: null }
  if (body === 'empty') return failed('perhaps', 'unreadable', 'the answer is empty')
  if (body === null || body === 'unreadable')
    return failed('perhaps', 'unreadable', 'the answer is not JSON of a bearable size')
  const map = mapIn(body.json)
  if (map?.get('ok') === false) {
    return failed('yes', reach.troubles.get(said.code) ?? 'invalid', message || 'answered ok: false')
  }
  if (map && contradicts(map)) {
    return failed('perhaps', 'unreadable', `answered ${status}, and an error with it: ${message || 'not ok'}`)
  }
  return { ok: true, body: body.json }
}

/** Whether a body tells of an error although its status tells of none. */
function contradicts(body: ReadonlyMap<string, Json>): boolean {
  const ok = body.get('ok') ?? body.get('success') ?? true
  const error = body.get('error') ?? body.get('errors') ?? null
  const none = error === null || error === false || error === 0 || error === ''
  return !isYes(ok) || !(none || (typeof error === 'object' && Object.keys(error).length === 0))
}

function isYes(value: Json): boolean {
  return value === true || value === 1 || (typeof value === 'string' && /^(true|1|yes|ok)$/i.test(value))
}

/** Both forms in use: `{ error: code, message }` and `{ error: { code, message } }`. */
function errorIn(body: ReadBody | null): { code: string; message: string } {
  const map = body !== null && typeof body === 'object' ? mapIn(body.json) : null
  const error = map?.get('error')
  const inner =
    mapIn(error) ??
    new Map<string, Json>([
      ['code', error ?? ''],
      ['message', map?.get('message') ?? ''],
    ])
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '')
  return { code: text(inner.get('code')), message: text(inner.get('message')) }
}

function troubleOf(status: number): Trouble {
  switch (status) {
    case 401:
      return 'invalid-token'
    case 403:
      return 'forbidden'
    case 404:
      return 'not-found'
    case 405:
      return 'wrong-method'
    case 409:
      return 'conflict'
    default:
      return 'invalid'
  }
}

/** Milliseconds of a `Retry-After`, in seconds or as a date by the service's own clock. */
function retryAfter(header: string | null, now: Instant): number | null {
  if (header === null) return null
  const date = dateOf(header)
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : date === null ? null : date - now
  return wait === null ? null : Math.min(Math.max(wait, 0), longestWait)
}

function dateOf(header: string | null): Instant | null {
  if (header === null || !/ GMT$/.test(header)) return null
  const moment = Date.parse(header)
  return Number.isNaN(moment) ? null : moment
}

/** Secrets are looked for once nothing can hide between their letters any more. */
function messageOf(text: string, secrets: ReadonlySet<Secret>): string {
  return cut(redact(printable(text, ''), secrets), longestMessage)
}

/** An error and those that caused it; the last is the one that tells something. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let link = error; link instanceof Error && chain.length < 8; link = link.cause) chain.push(link)
  return chain
}

/** Whether what came was no HTTP, or no body as announced: an answer, if a broken one. */
function isNonsense(error: Error | undefined): boolean {
  if (!error) return false
  return /^(HPE_|Z_|ERR__ERROR_)|BROTLI|ZSTD/.test(codeOf(error))
}

function codeOf(error: Error): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : ''
}

function describe(error: Error | undefined): string {
  if (!error) return 'the connection failed'
  const code = codeOf(error)
  // OpenSSL's own words begin with addresses and end in source files.
  if (code.startsWith('ERR_SSL_')) return `the TLS handshake or connection failed: ${code}`
  if (lacksFiles(error)) return systemWords(error)
  if (error.message === '') return code || 'the connection failed'
  return code === '' || error.message.includes(code) ? error.message : `${error.message} (${code})`
}
