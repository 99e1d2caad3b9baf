import type { Chance } from '../../chance.ts'
import { Refusal } from '../../refusal.ts'
import type { Asked } from './asked.ts'
import { GAMES, play } from './games.ts'
import { insert } from './insertion.ts'
import { historiesPage, sessionsPage } from './lists.ts'
import { type Game, type Page, stats, type TrackerStats } from './page.ts'

/** What came of a request: its body without an envelope, and the name of what was done. */
export interface Answered {
  body: unknown
  did: Game | 'liveinsert' | null
}

/** The first version of the interface, which knows no envelope. */
export const insertPath = '/api/liveinsert.php'
export const gamesPath = '/api/v2/games.php'
const statsPath = '/api/v2/stats.php'

const methods: Readonly<Record<string, 'GET' | 'POST'>> = {
  [statsPath]: 'GET',
  '/api/v2/sessions.php': 'GET',
  '/api/v2/histories.php': 'GET',
  [gamesPath]: 'POST',
  [insertPath]: 'POST',
}

/** Whether there is such a call; throws a `Refusal` where there is none. */
export function checkRoute({ method, path }: Pick<Asked, 'method' | 'path'>): void {
  const wanted = Object.hasOwn(methods, path) ? methods[path] : undefined
  if (wanted === undefined) throw new Refusal(404, 'not_found', `Nothing is at ${path}`)
  if (wanted !== method) throw new Refusal(405, 'method_not_allowed', `Use ${wanted}`, { Allow: wanted })
}

/** The names of what a request asks for, the general one first: `games`, `dice`. None where there is no such call. */
export function callsOf({ path, body }: Pick<Asked, 'path' | 'body'>): readonly string[] {
  if (!Object.hasOwn(methods, path)) return []
  const call = path.slice(path.lastIndexOf('/') + 1, -'.php'.length)
  const game = (body as { game?: unknown } | null)?.game
  return [call, ...(path === gamesPath ? GAMES.filter((each) => each === game) : [])]
}

/** Answers a request, and does what it asks for. Throws a `Refusal`; then nothing was done. */
export function answer(page: Page, asked: Asked, chance: Chance): Answered {
  checkRoute(asked)
  const { path, by, at } = asked
  if (path === gamesPath) {
    const { game, result } = play(page, chance, asked)
    return { body: result, did: game }
  }
  if (path === insertPath) return { body: insert(page, asked), did: 'liveinsert' }
  const tell = (body: unknown): Answered => ({ body, did: null })
  if (by !== 'owner') return tell(path === statsPath ? DOM_STATS : { items: [], next_cursor: null })
  if (path === statsPath) return tell(stats(page, at))
  return tell(path === '/api/v2/sessions.php' ? sessionsPage(page, asked.query) : historiesPage(page, asked.query))
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
