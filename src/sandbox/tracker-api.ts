import type { Chance } from './chance.ts'
import { type Applied, type Asked, Refusal, type Reply, type Service, settled } from './exchange.ts'
import { fields, oneOf, optional, text } from './fields.ts'
import { parseDate } from './forms.ts'
import type { Keys } from './keys.ts'
import { type Insertion, overlaps, startSession, stats, type TrackerStats, type TrackerWorld } from './tracker.ts'
import { GAMES, type GameSettings, play } from './tracker-games.ts'
import { historiesPage, sessionsPage } from './tracker-pages.ts'

export interface TrackerOptions {
  token?: string
  domToken?: string
  /** Whether a v2 body stands alone or inside `{ ok, data, meta }`. Default: v2. */
  envelope?: 'v2' | 'bare'
  stats?: Partial<TrackerStats>
  /** null: no scheduled end. */
  scheduledEndInSeconds?: number | null
  /** Whether a session is active. Default: true. */
  locked?: boolean
  /** Whether the owner's token may insert sessions. Default: true. */
  write?: boolean
  /** Default: a vote every 24 hours, a multiplier of at most 2, and games that never rest. */
  games?: Partial<GameSettings>
}

const META = { version: 2 }
const METHODS: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/api/v2/stats.php': 'GET',
  '/api/v2/sessions.php': 'GET',
  '/api/v2/histories.php': 'GET',
  '/api/v2/games.php': 'POST',
  '/api/liveinsert.php': 'POST',
}

/** The Tracker over HTTP: routes, tokens and the forms of its answers. */
export function createTracker(
  options: TrackerOptions,
  world: TrackerWorld,
  keys: Keys,
  chance: Chance,
  record: (applied: Applied) => void,
): Service {
  const settings: GameSettings = { waitint: 1, maxMultiplier: 2, cooldownSeconds: 0, ...options.games }
  const enveloped = (data: unknown): Reply => ({
    status: 200,
    body: options.envelope === 'bare' ? data : { ok: true, data, meta: META },
  })

  function handle(asked: Asked): Reply {
    checkRoute(asked)
    if (asked.path === '/api/v2/games.php') {
      readable(asked)
      const { game, as, result } = play(world, settings, keys, chance, asked)
      record({ at: asked.at, service: 'tracker', call: game, body: asked.body, lockId: null, as })
      return enveloped(result)
    }
    const as = keys.check(asked.bearer, ['tracker', 'dom'])
    if (asked.path === '/api/liveinsert.php') return insert(asked, as)
    if (as === 'dom')
      return enveloped(asked.path === '/api/v2/stats.php' ? DOM_STATS : { items: [], next_cursor: null })
    if (asked.path === '/api/v2/sessions.php') return enveloped(sessionsPage(world, asked))
    if (asked.path === '/api/v2/histories.php') return enveloped(historiesPage(world, asked))
    return enveloped(stats(world, asked.at))
  }

  function insert(asked: Asked, as: 'tracker' | 'dom'): Reply {
    if (as === 'dom' || options.write === false) throw new Refusal(403, 'forbidden', 'The token may not write')
    readable(asked)
    const insertion = readInsertion(fields(asked.body, 'body'), asked.at)
    if (overlaps(world, insertion.start)) throw new Refusal(409, 'overlapping_session', 'Overlapping session exists')
    const { id } = startSession(world, insertion, asked.at)
    record({ at: asked.at, service: 'tracker', call: 'liveinsert', body: asked.body, lockId: null, as: 'owner' })
    return { status: 201, body: { message: 'Session started succesfully', session_id: id } }
  }

  const fail = (asked: Asked, { status, code, message, headers }: Refusal): Reply => {
    const isV1 = asked.path === '/api/liveinsert.php'
    const error = { code, message }
    const v2 = options.envelope === 'bare' ? { error } : { ok: false, error, meta: META }
    return { status, body: isV1 ? { error: code, message } : v2, headers }
  }
  return {
    owns: (path) => path.startsWith('/api/v2/') || path === '/api/liveinsert.php',
    calls: (asked) => {
      if (!Object.hasOwn(METHODS, asked.path)) return []
      const page = asked.path.slice(asked.path.lastIndexOf('/') + 1, -'.php'.length)
      const game = (asked.body as { game?: unknown } | null)?.game
      const played = page === 'games' ? GAMES.filter((each) => each === game) : []
      return [page, ...played]
    },
    handle: (asked) =>
      settled(
        () => handle(asked),
        (refusal) => fail(asked, refusal),
      ),
    fail,
  }
}

/** The dom is a user too, with a page of their own and nothing on it. */
const DOM_STATS: TrackerStats = {
  nick: 'kh_bob',
  profile_url: null,
  locked: false,
  current_lock_start: null,
  scheduled_end: null,
  current_lock_time: null,
  total_locked_since: null,
  since_date: null,
  link_game: null,
  last_full: null,
  last_ruined: null,
  last_ted: null,
  last_milking: null,
}

function checkRoute(asked: Asked): void {
  const method = Object.hasOwn(METHODS, asked.path) ? METHODS[asked.path] : undefined
  if (method === undefined) throw new Refusal(404, 'not_found', `Nothing is at ${asked.path}`)
  if (method !== asked.method) throw new Refusal(405, 'method_not_allowed', `Use ${method}`, { Allow: method })
}

function readable(asked: Asked): void {
  if (asked.badBody !== null) throw new Refusal(400, 'invalid_request', asked.badBody)
}

function readInsertion(body: Record<string, unknown>, now: number): Insertion {
  oneOf(body.insertl, 'insertl', [1])
  const start = optional(body.startdate, (value) => dateAndTime(value, body.starttime, 'start'))
  if (start === null && body.starttime !== undefined) throw invalid('starttime needs a startdate')
  if (start !== null && start > now) throw invalid('A live session cannot start in the future')
  const scheduledEnd = optional(body.scheduledend, (value) => dateAndTime(value, body.scheduledendtime, 'scheduledend'))
  if (scheduledEnd === null && body.scheduledendtime !== undefined)
    throw invalid('scheduledendtime needs a scheduledend')
  if (scheduledEnd !== null && scheduledEnd <= (start ?? now)) throw invalid('scheduledend must come after the start')
  return {
    start: start ?? now,
    scheduledEnd,
    // What a missing `public` means is not documented; a client that wants privacy must not rely on it.
    public: optional(body.public, (value) => oneOf(value, 'public', [0, 1])) !== 0,
    lockedBy: optional(body.lockedby, (value) => text(value, 'lockedby', 200)),
  }
}

function dateAndTime(day: unknown, time: unknown, name: string): number {
  const clock = time ?? '00:00'
  const isShaped = typeof day === 'string' && /^[\d-]{10}$/.test(day) && typeof clock === 'string' && clock.length === 5
  const at = isShaped ? parseDate(`${day} ${clock}`) : null
  if (at === null) throw invalid(`${name} must be YYYY-MM-DD, its time HH:MM`)
  return at
}

const invalid = (message: string): Refusal => new Refusal(400, 'invalid_request', message)
