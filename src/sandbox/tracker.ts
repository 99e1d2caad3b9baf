import { date, dateTime, parseDate, words } from './forms.ts'

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
  readonly id: number
  start: number
  end: number | null
  scheduledEnd: number | null
  readonly lockedBy: string | null
  readonly public: boolean
  readonly inserted: number
  readonly games: Map<Game, { used: number; lastUse: number }>
}

/** A row of what really happened. */
export interface History {
  session: number
  type: 'START' | 'ADD' | 'SUB'
  seconds: number | null
  source: Source | null
  dom: 0 | 1
  schedule: number | null
  happened: number
}

/** One owner's page. Sessions and histories stand oldest first. */
export interface TrackerWorld {
  readonly sessions: Session[]
  readonly histories: History[]
  nextId: number
  link: { on: boolean; base: string; token: string }
  /** When somebody last voted on a link, by session and voter. */
  readonly votes: Map<string, number>
  since: number
  plain: Record<string, unknown>
}

/** What a new live session is. */
export interface Insertion {
  start: number
  scheduledEnd: number | null
  public: boolean
  lockedBy: string | null
}

const DAY_MS = 86_400_000
/** How far off a scheduled end is unless told. */
export const END_SECONDS = 27_800

/** A page with one earlier session and nothing active. */
export function createTrackerWorld(now: number, firstId: number, linkToken: string): TrackerWorld {
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

export function activeSession(world: TrackerWorld): Session | null {
  return world.sessions.find(({ end }) => end === null) ?? null
}

/** Whether a session from `start` on would overlap one that is there. */
export function overlaps(world: TrackerWorld, start: number): boolean {
  return world.sessions.some(({ end }) => end === null || end > start)
}

export function startSession(world: TrackerWorld, given: Partial<Insertion>, now: number): Session {
  const { start = now, lockedBy = null } = given
  const session: Session = {
    id: world.nextId++,
    start,
    end: null,
    scheduledEnd: given.scheduledEnd === undefined ? start + END_SECONDS * 1000 : given.scheduledEnd,
    lockedBy,
    public: given.public ?? true,
    inserted: now,
    games: new Map(),
  }
  world.sessions.push(session)
  log(world, session, { type: 'START', seconds: null, source: null, dom: 0 }, now)
  return session
}

export function endSession(world: TrackerWorld, now: number): void {
  const session = activeSession(world)
  if (session !== null) session.end = now
}

/** Moves the scheduled end, never to before now, and writes the row; answers the seconds it really moved. */
export function reschedule(
  world: TrackerWorld,
  session: Session,
  seconds: number,
  by: { source: Source; dom: 0 | 1 },
  now: number,
): number {
  const before = session.scheduledEnd ?? now
  const after = seconds < 0 ? Math.max(before + seconds * 1000, Math.min(before, now)) : before + seconds * 1000
  session.scheduledEnd = after
  const moved = Math.floor(Math.abs(after - before) / 1000)
  log(world, session, { type: seconds < 0 ? 'SUB' : 'ADD', seconds: moved, ...by }, now)
  return moved
}

/** The stats at this moment. A session that is not public shows only that there is one. */
export function stats(world: TrackerWorld, now: number): TrackerStats {
  const session = activeSession(world)
  const shown = session?.public ? session : null
  const total = world.sessions
    .map(({ start, end }) => Math.max(0, (end ?? now) - Math.max(start, world.since)))
    .reduce((sum, ms) => sum + ms, 0)
  const { nick, profile_url, ...plain } = world.plain
  return {
    nick,
    profile_url,
    locked: session !== null,
    current_lock_start: shown === null ? null : `${dateTime(shown.start)} UTC`,
    scheduled_end: shown?.scheduledEnd == null ? null : `${dateTime(shown.scheduledEnd)} UTC`,
    current_lock_time: shown === null ? null : words(now - shown.start),
    total_locked_since: words(total),
    since_date: `${date(world.since)} 00:00:00`,
    link_game: world.link.on ? `${world.link.base}/${world.link.token}` : null,
    ...plain,
  } as TrackerStats
}

/** Sets stats from outside. The durations in words follow from the dates and are not set. */
export function patchStats(world: TrackerWorld, partial: Partial<TrackerStats>, now: number): void {
  const { locked, current_lock_start, scheduled_end, since_date, link_game, ...rest } = partial
  const { current_lock_time: _time, total_locked_since: _total, ...plain } = rest
  Object.assign(world.plain, plain)
  if (locked === false) endSession(world, now)
  if (locked === true && activeSession(world) === null) startSession(world, {}, now)
  const session = activeSession(world)
  if (typeof current_lock_start === 'string' && session !== null) session.start = moment(current_lock_start)
  if (scheduled_end !== undefined && session !== null) {
    session.scheduledEnd = scheduled_end === null ? null : moment(scheduled_end)
  }
  if (typeof since_date === 'string') world.since = moment(since_date)
  if (link_game === null) world.link.on = false
  if (typeof link_game === 'string') {
    const cut = link_game.lastIndexOf('/')
    world.link = { on: true, base: link_game.slice(0, cut), token: link_game.slice(cut + 1) }
  }
}

function log(
  world: TrackerWorld,
  session: Session,
  what: Pick<History, 'type' | 'seconds' | 'source' | 'dom'>,
  now: number,
): void {
  world.histories.push({
    session: session.id,
    ...what,
    schedule: session.scheduledEnd,
    happened: now,
  })
}

function moment(text: string): number {
  const at = parseDate(text)
  if (at === null) throw new TypeError(`${text} is not a date the tracker writes`)
  return at
}
