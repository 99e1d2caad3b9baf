import type { Instant } from '../../../core/calendar/time.ts'
import { date, dateTime, parseDate, words } from './dates.ts'

/** What `stats.php` sends; further keys are served as they are given. */
export interface TrackerStats {
  nick: string
  profile_url: string | null
  locked: boolean
  current_lock_start: string | null
  scheduled_end: string | null
  current_lock_time: string | null
  total_locked_since: string | null
  since_date: string | null
  link_game: string | null
  last_full: string | null
  last_ruined: string | null
  last_ted: string | null
  last_milking: string | null
  [further: string]: unknown
}

export type Game = 'dice' | 'luck' | 'link'
export type Source = 'DICE' | 'LINK' | 'LUCK' | 'MANUAL' | 'PENALTY' | 'DOM'

export interface Session {
  id: number
  start: Instant
  end: Instant | null
  scheduledEnd: Instant | null
  readonly lockedBy: string | null
  readonly public: boolean
  readonly inserted: Instant
  readonly games: Map<Game, { used: number; lastUse: Instant }>
}

/** A row of what really happened. */
export interface History {
  session: number
  type: 'START' | 'ADD' | 'SUB'
  seconds: number | null
  source: Source | null
  dom: 0 | 1
  schedule: Instant | null
  happened: Instant
}

/** How the owner set the games up. */
export interface GameSettings {
  /** 0: one vote ever; 1: again after 24 hours. */
  waitint: 0 | 1
  maxMultiplier: number
  /** How long dice and luck rest after a game. */
  cooldownSeconds: number
}

/** One owner's page. Sessions and histories stand oldest first. */
export interface Page {
  readonly sessions: Session[]
  readonly histories: History[]
  nextId: number
  games: GameSettings
  link: { on: boolean; base: string; token: string }
  /** When somebody last voted on a link, by session and voter. */
  readonly votes: Map<string, Instant>
  since: Instant
  plain: Record<string, unknown>
}

/** What a new live session is. */
export interface Insertion {
  start: Instant
  scheduledEnd: Instant | null
  public: boolean
  lockedBy: string | null
}

const DAY_MS = 86_400_000
/** How far off a scheduled end is unless told. */
export const END_SECONDS = 27_800

/** A page with one earlier session and nothing active. */
export function createPage(now: Instant, firstId: number, linkToken: string): Page {
  const earlier: Session = {
    id: firstId,
    start: now - 20 * DAY_MS,
    end: now - 12 * DAY_MS,
    scheduledEnd: now - 12 * DAY_MS,
    lockedBy: null,
    public: true,
    inserted: now - 20 * DAY_MS,
    games: new Map(),
  }
  return {
    sessions: [earlier],
    histories: [],
    nextId: firstId + 1,
    games: { waitint: 1, maxMultiplier: 2, cooldownSeconds: 0 },
    link: { on: true, base: 'https://tracker.invalid/link', token: linkToken },
    votes: new Map(),
    since: now - 30 * DAY_MS,
    plain: {
      nick: 'alice',
      profile_url: null,
      last_full: date(now - 9 * DAY_MS),
      last_ruined: null,
      last_ted: date(now - 2 * DAY_MS),
      last_milking: null,
    },
  }
}

export function activeSession(page: Page): Session | null {
  return page.sessions.find(({ end }) => end === null) ?? null
}

/** Whether a session from `start` on would overlap one that is there. */
export function overlaps(page: Page, start: Instant): boolean {
  return page.sessions.some(({ end }) => end === null || end > start)
}

export function startSession(page: Page, given: Partial<Insertion>, now: Instant): Session {
  const { start = now, lockedBy = null } = given
  const session: Session = {
    id: page.nextId++,
    start,
    end: null,
    scheduledEnd: given.scheduledEnd === undefined ? start + END_SECONDS * 1000 : given.scheduledEnd,
    lockedBy,
    public: given.public ?? true,
    inserted: now,
    games: new Map(),
  }
  page.sessions.push(session)
  log(page, session, { type: 'START', seconds: null, source: null, dom: 0 }, now)
  return session
}

export function endSession(page: Page, now: Instant): void {
  const session = activeSession(page)
  if (session !== null) session.end = now
}

/** Moves the scheduled end, never to before now, and writes the row; answers the seconds it really moved. */
export function reschedule(
  page: Page,
  session: Session,
  seconds: number,
  by: { source: Source; dom: 0 | 1 },
  now: Instant,
): number {
  const before = session.scheduledEnd ?? now
  const after = seconds < 0 ? Math.max(before + seconds * 1000, Math.min(before, now)) : before + seconds * 1000
  session.scheduledEnd = after
  const moved = Math.floor(Math.abs(after - before) / 1000)
  log(page, session, { type: seconds < 0 ? 'SUB' : 'ADD', seconds: moved, ...by }, now)
  return moved
}

/** The stats at this moment. A session that is not public shows only that there is one. */
export function stats(page: Page, now: Instant): TrackerStats {
  const session = activeSession(page)
  const shown = session?.public ? session : null
  const total = page.sessions
    .map(({ start, end }) => Math.max(0, (end ?? now) - Math.max(start, page.since)))
    .reduce((sum, ms) => sum + ms, 0)
  const { nick, profile_url, ...plain } = page.plain
  return {
    nick,
    profile_url,
    locked: session !== null,
    current_lock_start: shown === null ? null : `${dateTime(shown.start)} UTC`,
    scheduled_end: shown?.scheduledEnd == null ? null : `${dateTime(shown.scheduledEnd)} UTC`,
    current_lock_time: shown === null ? null : words(now - shown.start),
    total_locked_since: words(total),
    since_date: `${date(page.since)} 00:00:00`,
    link_game: page.link.on ? `${page.link.base}/${page.link.token}` : null,
    ...plain,
  } as TrackerStats
}

/** Sets stats from outside. The durations in words follow from the dates and are not set. */
export function patchStats(page: Page, partial: Partial<TrackerStats>, now: Instant): void {
  const { locked, current_lock_start, scheduled_end, since_date, link_game, ...rest } = partial
  const { current_lock_time: _time, total_locked_since: _total, ...plain } = rest
  Object.assign(page.plain, plain)
  if (locked === false) endSession(page, now)
  if (locked === true && activeSession(page) === null) startSession(page, {}, now)
  const session = activeSession(page)
  if (typeof current_lock_start === 'string' && session !== null) session.start = moment(current_lock_start)
  if (scheduled_end !== undefined && session !== null) {
    session.scheduledEnd = scheduled_end === null ? null : moment(scheduled_end)
  }
  if (typeof since_date === 'string') page.since = moment(since_date)
  if (link_game === null) page.link.on = false
  if (typeof link_game === 'string') {
    const cut = link_game.lastIndexOf('/')
    page.link = { on: true, base: link_game.slice(0, cut), token: link_game.slice(cut + 1) }
  }
}

function log(
  page: Page,
  session: Session,
  what: Pick<History, 'type' | 'seconds' | 'source' | 'dom'>,
  now: Instant,
): void {
  page.histories.push({
    session: session.id,
    ...what,
    schedule: session.scheduledEnd,
    happened: now,
  })
}

function moment(text: string): Instant {
  const at = parseDate(text)
  if (at === null) throw new TypeError(`${text} is not a date the tracker writes`)
  return at
}
