import type { Instant } from '../../../core/calendar/time.ts'
import { integer, invalid, Refusal } from '../../refusal.ts'
import { dateTime, dateTimeMs, parseDate } from './dates.ts'
import type { History, Page, Session } from './page.ts'

const PAGE = 50
const LARGEST_PAGE = 200
const LARGEST_ID = 1e12
const DAY_MS = 86_400_000

/** `sessions.php`: newest first. */
export function sessionsPage(page: Page, query: URLSearchParams): Record<string, unknown> {
  const id = queryInteger(query, 'id', 1, LARGEST_ID)
  const active = queryInteger(query, 'active', 0, 1)
  const isPublic = queryInteger(query, 'public', 0, 1)
  const limit = queryInteger(query, 'limit', 1, LARGEST_PAGE) ?? PAGE
  const offset = queryInteger(query, 'offset', 0, LARGEST_ID) ?? 0
  const inRange = range(query)
  if (id !== null && !page.sessions.some((session) => session.id === id)) {
    throw new Refusal(404, 'session_not_found', `No session ${id}`)
  }
  const items = page.sessions
    .filter((session) => id === null || session.id === id)
    .filter(({ end }) => active === null || (end === null) === (active === 1))
    .filter((session) => isPublic === null || session.public === (isPublic === 1))
    .filter(({ start }) => inRange(start))
    .reverse()
    .slice(offset, offset + limit)
    .map((session) => sessionItem(page, session))
  return { items }
}

/** `histories.php`: newest first; the cursor is the place of the last row sent. */
export function historiesPage(page: Page, query: URLSearchParams): Record<string, unknown> {
  const session = queryInteger(query, 'session', 1, LARGEST_ID)
  const limit = queryInteger(query, 'limit', 1, LARGEST_PAGE) ?? PAGE
  const before = queryInteger(query, 'cursor', 0, LARGEST_ID) ?? page.histories.length
  const inRange = range(query)
  if (session !== null && !page.sessions.some(({ id }) => id === session)) {
    throw new Refusal(404, 'session_not_found', `No session ${session}`)
  }
  const rows = page.histories
    .map((row, place) => ({ row, place }))
    .filter(({ row, place }) => place < before && inRange(row.happened))
    .filter(({ row }) => session === null || row.session === session)
    .reverse()
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? (shown.at(-1)?.place ?? null) : null
  return { items: shown.map(({ row }) => historyItem(row)), next_cursor: next === null ? null : String(next) }
}

function sessionItem(page: Page, session: Session): Record<string, unknown> {
  const rows = page.histories.filter((row) => row.session === session.id)
  const games = [...session.games].map(([game, { used, lastUse }]) => [game, { used, lastuse: dateTime(lastUse) }])
  return {
    id: session.id,
    start: dateTime(session.start),
    end: session.end === null ? null : dateTime(session.end),
    scheduledend: session.scheduledEnd === null ? null : dateTime(session.scheduledEnd),
    active: session.end === null,
    lockedby: session.lockedBy,
    notes: null,
    public: session.public,
    timezonestart: 'UTC',
    timezoneend: session.end === null ? null : 'UTC',
    inserted: dateTime(session.inserted),
    has_history: rows.length > 0,
    has_games_changes: games.length > 0,
    ...(games.length > 0 ? { games: Object.fromEntries(games) } : {}),
  }
}

function historyItem(row: History): Record<string, unknown> {
  return {
    session: row.session,
    type: row.type,
    unit: row.seconds,
    source: row.source,
    dom: row.dom,
    schedule: row.schedule === null ? null : dateTime(row.schedule),
    happened: dateTimeMs(row.happened),
  }
}

/** `from` and `to`, both included; a day's `to` is its end. */
function range(query: URLSearchParams): (at: Instant) => boolean {
  const from = bound(query, 'from') ?? Number.NEGATIVE_INFINITY
  const to = bound(query, 'to') ?? Number.POSITIVE_INFINITY
  return (at) => from <= at && at <= to
}

/** A whole number from a query string. */
function queryInteger(query: URLSearchParams, name: string, least: number, most: number): number | null {
  const value = query.get(name)
  if (value === null) return null
  if (!/^\d{1,15}$/.test(value)) throw invalid(`${name} must be a whole number`)
  return integer(Number(value), name, least, most)
}

function bound(query: URLSearchParams, name: 'from' | 'to'): Instant | null {
  const given = query.get(name)
  if (given === null) return null
  const at = parseDate(given)
  if (at === null) throw invalid(`${name} must be a date`)
  return name === 'to' && given.length === 10 ? at + DAY_MS - 1 : at
}
