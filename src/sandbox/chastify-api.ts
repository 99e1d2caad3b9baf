import { activeLock, type ChastifyWorld, type LockData, lockData, type Party } from './chastify.ts'
import {
  ACTIONS,
  applyTime,
  type Module,
  notify,
  runAction,
  runDevice,
  type Scene,
  writeLog,
} from './chastify-actions.ts'
import { type Applied, type Asked, Refusal, type Reply, type Service, settled } from './exchange.ts'
import type { Keys } from './keys.ts'
import { type Budget, createRates } from './rates.ts'

/** What a key may do. The service's own names for its scopes are not documented; these are the sandbox's. */
export type Scope = 'session:read' | 'lock:write' | 'logs:write' | 'notifications:write' | 'device:write'

export interface ChastifyOptions {
  token?: string
  role?: Party
  /** Whether a 2xx body stands alone or inside `{ ok: true, data }`. Default: data. */
  envelope?: 'bare' | 'data'
  /** Whether `/session` tells the lock's `_id`. Default: true. */
  lockId?: boolean
  /** null: no active lock. */
  lock?: Partial<LockData> | null
  /** What the key may do. Default: all. */
  scopes?: readonly Scope[]
  /** What is enabled on the lock. Default: all. */
  modules?: readonly Module[]
  /** Errors as `{ error: code, message }` instead of `{ error: { code, message } }`. */
  flatErrors?: boolean
  /** Requests a minute. Default: read 300, write 120, action 30. */
  limits?: Partial<Record<Budget, number>>
}

interface Route {
  path: RegExp
  method: 'GET' | 'POST'
  call: string
  scope: Scope
  run: (scene: Scene, body: unknown) => boolean
}

const SCOPES: readonly Scope[] = ['session:read', 'lock:write', 'logs:write', 'notifications:write', 'device:write']
const MODULES: readonly Module[] = ['tasks', 'hygiene', 'devices']
const EXTENSION = /^\/api\/extensions\/sessions\/[^/]+\/device-command$/

const post = (path: RegExp, call: string, scope: Scope, run: Route['run']): Route => ({
  path,
  method: 'POST',
  call,
  scope,
  run,
})

const ROUTES: readonly Route[] = [
  { path: /^\/api\/apps\/v1\/session$/, method: 'GET', call: 'session', scope: 'session:read', run: () => false },
  post(/^\/api\/apps\/v1\/action$/, 'action', 'lock:write', runAction),
  post(/^\/api\/apps\/v1\/lock\/apply-time$/, 'apply-time', 'lock:write', applyTime),
  post(/^\/api\/apps\/v1\/lock\/freeze$/, 'freeze', 'lock:write', ACTIONS.freeze),
  post(/^\/api\/apps\/v1\/lock\/unfreeze$/, 'unfreeze', 'lock:write', ACTIONS.unfreeze),
  post(/^\/api\/apps\/v1\/logs\/custom$/, 'log', 'logs:write', writeLog),
  post(/^\/api\/apps\/v1\/notifications\/custom$/, 'notify', 'notifications:write', notify),
  post(/^\/api\/apps\/v1\/device-command$/, 'device', 'device:write', runDevice),
  post(EXTENSION, 'device', 'device:write', runDevice),
]

/** Chastify over HTTP: routes, keys, scopes, allowances and the forms of its answers. */
export function createChastify(
  options: ChastifyOptions,
  world: ChastifyWorld,
  keys: Keys,
  record: (applied: Applied) => void,
): Service {
  const scopes = options.scopes ?? SCOPES
  const modules = options.modules ?? MODULES
  const rates = createRates({ read: 300, write: 120, action: 30, ...options.limits })
  const wrapped = (body: Record<string, unknown>): Reply => ({
    status: 200,
    body: options.envelope === 'bare' ? body : { ok: true, data: body },
  })

  function handle(asked: Asked): Reply {
    const route = routeOf(asked)
    const key = authenticate(asked, keys)
    const wait = rates.take(key, route.method === 'GET' ? ['read'] : ['write', 'action'], asked.at)
    if (wait !== null) {
      throw new Refusal(429, 'rate_limited', `Too many requests; wait ${wait} s`, { 'Retry-After': String(wait) })
    }
    if (!scopes.includes(route.scope)) throw new Refusal(403, 'insufficient_scope', `The key lacks ${route.scope}`)
    if (asked.badBody !== null) throw new Refusal(400, 'invalid_request', asked.badBody)
    const lockId = asked.headers['x-chastify-lock-id'] ?? null
    const lock = activeLock(world, asked.at, lockId)
    if (route.method === 'POST') {
      const call = callsOf(route, asked).at(-1) ?? route.call
      if (route.run({ world, lock, modules, now: asked.at }, asked.body)) {
        const as = key === 'app' ? 'app' : 'owner'
        record({ at: asked.at, service: 'chastify', call, body: asked.body, lockId, as })
      }
      return wrapped({ applied: call, timeRemainingSeconds: lockData(world, lock, asked.at).timeRemainingSeconds })
    }
    const data = lockData(world, lock, asked.at)
    return wrapped({
      role: world.role,
      scopes,
      timeRemainingSeconds: data.timeRemainingSeconds,
      ...(options.lockId === false ? {} : { lock: { _id: lock.id } }),
      lockData: data,
    })
  }

  const fail = (_asked: Asked, { status, code, message, headers }: Refusal): Reply => ({
    status,
    body: options.flatErrors ? { error: code, message } : { error: { code, message } },
    headers,
  })
  return {
    owns: (path) => /^\/api\/(?:apps|extensions)\//.test(path),
    calls: (asked) => {
      const route = ROUTES.find(({ path }) => path.test(asked.path))
      return route === undefined ? [] : callsOf(route, asked)
    },
    handle: (asked) =>
      settled(
        () => handle(asked),
        (refusal) => fail(asked, refusal),
      ),
    fail,
  }
}

function routeOf(asked: Asked): Route {
  const route = ROUTES.find(({ path }) => path.test(asked.path))
  if (route === undefined) throw new Refusal(404, 'not_found', `Nothing is at ${asked.path}`)
  if (route.method !== asked.method) {
    throw new Refusal(405, 'method_not_allowed', `Use ${route.method}`, { Allow: route.method })
  }
  return route
}

/** The extension route wants an app's key and the wearer's main token; a DEV token opens only the others. */
function authenticate(asked: Asked, keys: Keys): 'chastify' | 'app' {
  if (!EXTENSION.test(asked.path)) return keys.check(asked.bearer, ['chastify'])
  keys.check(asked.bearer, ['app'])
  keys.check(asked.headers['x-chastify-main-token'] ?? null, ['main'])
  return 'app'
}

function callsOf(route: Route, asked: Asked): readonly string[] {
  if (route.call !== 'action') return [route.call]
  const name = (asked.body as { name?: unknown } | null)?.name
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name) ? ['action', name] : ['action']
}
