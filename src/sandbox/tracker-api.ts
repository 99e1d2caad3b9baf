import type { Chance } from '../services/chance.ts'
import { invalid, Refusal } from '../services/refusal.ts'
import type { GameSettings, Page, TrackerStats } from '../services/tracker/simulated/page.ts'
import { answer, callsOf, checkRoute, gamesPath, insertPath } from '../services/tracker/simulated/routes.ts'
import { type Applied, type Asked, type Reply, type Service, settled } from './exchange.ts'
import type { Keys } from './keys.ts'

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

/** The Tracker over HTTP: tokens and the forms of its answers. */
export function createTracker(
  options: TrackerOptions,
  page: Page,
  keys: Keys,
  chance: Chance,
  record: (applied: Applied) => void,
): Service {
  function handle(asked: Asked): Reply {
    checkRoute(asked)
    if (asked.path === gamesPath && asked.badBody !== null) throw invalid(asked.badBody)
    // A vote on a link needs no token; whether it is one is for the page to say.
    const isOpen = asked.path === gamesPath && asked.bearer === null
    const bearer = isOpen ? 'public' : keys.check(asked.bearer, ['tracker', 'dom'])
    const by = bearer === 'tracker' ? 'owner' : bearer
    const isInsertion = asked.path === insertPath
    if (isInsertion && options.write === false) throw new Refusal(403, 'forbidden', 'The token may not write')
    if (asked.badBody !== null) throw invalid(asked.badBody)
    const { body, did } = answer(page, { ...asked, by, address: asked.ip }, chance)
    if (did !== null) record({ at: asked.at, service: 'tracker', call: did, body: asked.body, lockId: null, as: by })
    if (isInsertion) return { status: 201, body }
    return { status: 200, body: options.envelope === 'bare' ? body : { ok: true, data: body, meta: META } }
  }

  const fail = (asked: Asked, { status, code, message, headers }: Refusal): Reply => {
    const isV1 = asked.path === insertPath
    const error = { code, message }
    const v2 = options.envelope === 'bare' ? { error } : { ok: false, error, meta: META }
    return { status, body: isV1 ? { error: code, message } : v2, headers }
  }
  return {
    owns: (path) => path.startsWith('/api/v2/') || path === insertPath,
    calls: callsOf,
    handle: (asked) =>
      settled(
        () => handle(asked),
        (refusal) => fail(asked, refusal),
      ),
    fail,
  }
}
