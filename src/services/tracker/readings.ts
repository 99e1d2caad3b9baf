import { sayDuration } from '../../core/calendar/duration.ts'
import type { Instant } from '../../core/calendar/time.ts'
import {
  type Fact,
  type Facts,
  type FactType,
  fixed,
  knownValue,
  numberAt,
  running,
  sinceThen,
  unknown,
} from '../../core/model/fact.ts'
import type { FactEntry, FactWords, Json, Request, TopicKind, Understood } from '../../core/model/service.ts'
import { mapIn } from '../params.ts'
import { countIn, factOf, notRead, type Read, readAs, textIn, truthIn } from '../values.ts'
import { lengthInWords, trackerMoment } from './dates.ts'

export const statsTopic = 'tracker.stats'
export const sessionsTopic = 'tracker.sessions'
export const historiesTopic = 'tracker.histories'

/** The fields of the tracker's stats document, as they are called there and as facts. */
const fields: readonly (readonly [key: string, name: string, type: FactType, help: string])[] = [
  ['nick', 'nick', 'text', 'Name of the wearer on the tracker'],
  ['profile_url', 'profileUrl', 'text', 'Address of the public profile; unknown if it is hidden'],
  ['locked', 'locked', 'boolean', 'Whether a session is running on the tracker'],
  ['current_lock_start', 'currentLockStart', 'instant', 'When the current session began; unknown if it is not public'],
  ['scheduled_end', 'scheduledEnd', 'instant', 'When the current session is to end'],
  [
    'current_lock_time',
    'currentLockTime',
    'seconds',
    'Length of the current session by the tracker’s words; from a month up only known to lie between two lengths',
  ],
  [
    'total_locked_since',
    'totalLockedSince',
    'seconds',
    'Time locked since tracker.sinceDate by the tracker’s words; from a month up only known to lie between two lengths',
  ],
  ['since_date', 'sinceDate', 'instant', 'The day tracker.totalLockedSince counts from'],
  ['link_game', 'linkGame', 'text', 'Address of the link game; unknown if it is off'],
  ['last_full', 'lastFull', 'instant', 'When the last full orgasm was; a mere date counts from its start'],
  ['last_ruined', 'lastRuined', 'instant', 'When the last ruined orgasm was; a mere date counts from its start'],
  ['last_ted', 'lastTed', 'instant', 'When the wearer was last teased and denied; a mere date counts from its start'],
  ['last_milking', 'lastMilking', 'instant', 'When the last milking was; a mere date counts from its start'],
]
const ages = ['lastFull', 'lastRuined', 'lastTed', 'lastMilking']

/** Whoever has the address of the link game can play it. */
const secrets: ReadonlySet<string> = new Set(['linkGame'])

const words: Readonly<Record<string, FactWords>> = {
  locked: {
    is: 'a session runs on the Tracker',
    isNot: 'no session runs on the Tracker',
    begins: 'a session begins on the Tracker',
    ends: 'the session on the Tracker ends',
  },
  lockedSeconds: { much: 'the session on the Tracker has lasted …' },
  lastGameSeconds: { much: 'the last game added …' },
  lastFullAgoSeconds: { much: 'the last full orgasm was … ago' },
  lastRuinedAgoSeconds: { much: 'the last ruined orgasm was … ago' },
  lastMilkingAgoSeconds: { much: 'the last milking was … ago' },
  lastPenaltyAt: { noun: 'the moment of the last penalty', rises: 'the link game brings a new penalty' },
}

export const trackerFacts: readonly FactEntry[] = [
  ...fields.map(([, name, type, help]): FactEntry => {
    const known = entry(name, type, statsTopic, help)
    return secrets.has(name) ? { ...known, secret: true } : known
  }),
  entry(
    'lockedSeconds',
    'seconds',
    statsTopic,
    'Length of the current session, counted from its start; 0 without a session',
  ),
  entry('lastFullAgoSeconds', 'seconds', statsTopic, 'How long ago the last full orgasm was'),
  entry('lastRuinedAgoSeconds', 'seconds', statsTopic, 'How long ago the last ruined orgasm was'),
  entry('lastTedAgoSeconds', 'seconds', statsTopic, 'How long ago the wearer was last teased and denied'),
  entry('lastMilkingAgoSeconds', 'seconds', statsTopic, 'How long ago the last milking was'),
  entry('sessionId', 'number', sessionsTopic, 'Number of the running session on the tracker; unknown without one'),
  entry(
    'lastGameSeconds',
    'seconds',
    historiesTopic,
    'What the last game of this session (dice, luck, link, penalty) added; below 0 if it took time off',
  ),
  entry('lastPenaltyAt', 'instant', historiesTopic, 'When a link game last brought a penalty in this session'),
]

function entry(name: string, type: FactType, source: string, help: string): FactEntry {
  const said = words[name]
  return { name: `tracker.${name}`, type, source, help, ...(said ? { words: said } : {}) }
}

function get(path: string): Request {
  return { service: 'tracker', as: 'owner', method: 'GET', path, body: null, lockId: null, budget: 'read' }
}

/** What stands in the v2 envelope, or the body itself where there is none. */
export function unwrapped(body: Json): Json {
  return mapIn(body)?.get('data') ?? body
}

const takers: Partial<Record<FactType, (value: NonNullable<Json>, zone: string) => boolean | number | string | null>> =
  {
    boolean: truthIn,
    text: textIn,
    instant: momentIn,
  }

function momentIn(value: NonNullable<Json>, zone: string): Instant | null {
  return typeof value === 'string' ? trackerMoment(value, zone) : null
}

/** A length as a fact: one told in months lies between two, and does not run with the clock by itself. */
function lengthFact(value: Json | undefined, pace: 0 | 1, asked: Instant): Fact {
  const length = readAs(value, (words) => (typeof words === 'string' ? lengthInWords(words) : null))
  if ('why' in length) return notRead(length, asked)
  const { least, most } = length.value
  return most === least
    ? running(least, pace, asked)
    : { ...running(least, pace, asked), known: true, value: least, most }
}

function read(value: Json | undefined, type: FactType, zone: string): Read<boolean | number | string> {
  return readAs<boolean | number | string>(value, (given) => takers[type]?.(given, zone) ?? null)
}

/** What was last, where null says that there was none yet. */
function readLast(value: Json | undefined, type: FactType, zone: string): Read<boolean | number | string> {
  return value === null ? { why: 'none' } : read(value, type, zone)
}

/** Whole seconds from a moment to the answer, running on from there. */
function runningSince(moment: Instant, asked: Instant, answered: Instant): Fact {
  return sinceThen(answered - moment, 1, asked, answered)
}

/** The names of the facts: one string for all readings of all locks. */
const named = fields.map(([key, name, type]) => ({
  key,
  type,
  name: `tracker.${name}`,
  ageName: ages.includes(name) ? `tracker.${name}AgoSeconds` : null,
  isSecret: secrets.has(name),
}))

/** `GET /api/v2/stats.php`, as the tracker's stats document describes it. */
const stats: TopicKind = {
  topic: statsTopic,
  standing: true,
  request: () => get('/api/v2/stats.php'),
  glance(facts, now) {
    const locked = numberAt(facts, 'tracker.lockedSeconds', now)
    return locked === null ? null : `locked for ${sayDuration(locked)}`
  },
  understand(body, asked, answered, zone) {
    const data = mapIn(unwrapped(body))
    if (!data) return 'the answer is no object'
    if (!fields.some(([key]) => data.has(key))) return 'the answer has none of the fields of stats'
    const facts = new Map<string, Fact>()
    for (const { key, type, name, ageName, isSecret } of named) {
      if (type === 'seconds') {
        facts.set(name, lengthFact(data.get(key), 0, asked))
        continue
      }
      const saw = (ageName === null ? read : readLast)(data.get(key), type, zone)
      // Of what is worth hiding not even a part is shown.
      facts.set(name, isSecret && 'why' in saw ? unknown(saw.why, asked) : factOf(saw, asked))
      if (ageName === null) continue
      facts.set(ageName, 'why' in saw ? notRead(saw, asked) : runningSince(Number(saw.value), asked, answered))
    }
    facts.set('tracker.lockedSeconds', lockedSeconds(data, asked, answered, zone))
    return { facts, lock: null, extras: {} }
  },
}

/** Counted from the start where it is told, else from its length in words. */
function lockedSeconds(data: ReadonlyMap<string, Json>, asked: Instant, answered: Instant, zone: string): Fact {
  const locked = read(data.get('locked'), 'boolean', zone)
  if ('why' in locked) return notRead(locked, asked)
  if (locked.value === false) return fixed(0, asked)
  const start = read(data.get('current_lock_start'), 'instant', zone)
  if ('value' in start) return runningSince(Number(start.value), asked, answered)
  const length = start.why === 'unreadable' ? null : lengthFact(data.get('current_lock_time'), 1, asked)
  return length?.known ? length : notRead(start, asked)
}

function itemsIn(body: Json): readonly ReadonlyMap<string, Json>[] | null {
  const data = unwrapped(body)
  const items = Array.isArray(data) ? data : mapIn(data)?.get('items')
  return Array.isArray(items) ? items.flatMap((item) => mapIn(item) ?? []) : null
}

function only(name: string, fact: Fact): Understood {
  return { facts: new Map([[name, fact]]), lock: null, extras: {} }
}

/** `GET /api/v2/sessions.php?active=1`: the id of the running session, which dice and luck need. */
const sessions: TopicKind = {
  topic: sessionsTopic,
  standing: false,
  request: () => get('/api/v2/sessions.php?active=1'),
  understand(body, asked) {
    const items = itemsIn(body)
    if (!items) return 'the answer has no items'
    const active = items.filter((item) => !isNo(item.get('active')))
    const [first, ...others] = active
    if (!first) return only('tracker.sessionId', fixed(null, asked))
    const id = first.get('id')
    // Two running sessions exclude each other at the service; which of them is meant is not for us to guess.
    const number = others.length === 0 && id !== undefined && id !== null ? countIn(id) : null
    const usable = number !== null && Number.isSafeInteger(number) && number > 0
    return only('tracker.sessionId', usable ? fixed(number, asked) : unknown('unreadable', asked))
  },
}

function isNo(value: Json | undefined): boolean {
  return value === false || value === 0 || value === '0'
}

/** The running session where it is known. */
export function sessionIdIn(facts: Facts): number | null {
  const id = knownValue(facts, 'tracker.sessionId')
  return typeof id === 'number' ? id : null
}

const games: ReadonlySet<unknown> = new Set(['DICE', 'LUCK', 'LINK', 'PENALTY'])

/** `GET /api/v2/histories.php?session=N`: what the games of the running session really did. */
const histories: TopicKind = {
  topic: historiesTopic,
  standing: false,
  needs: sessionsTopic,
  request(facts) {
    const id = sessionIdIn(facts)
    return id === null ? null : get(`/api/v2/histories.php?session=${id}&limit=200`)
  },
  understand(body, asked) {
    const items = itemsIn(body)
    if (!items) return 'the answer has no items'
    const game = newest(items.filter((item) => games.has(item.get('source'))))
    const penalty = newest(items.filter((item) => item.get('source') === 'PENALTY'))
    return {
      facts: new Map([
        [playedFact, historyOf(items, asked)],
        ['tracker.lastGameSeconds', historyFact(game, changeOf, asked)],
        ['tracker.lastPenaltyAt', historyFact(penalty, happened, asked)],
      ]),
      lock: null,
      extras: {},
    }
  },
}

type Item = ReadonlyMap<string, Json>

function happened(item: Item): Instant | null {
  const moment = item.get('happened')
  return typeof moment === 'string' ? trackerMoment(moment, 'UTC') : null
}

/** Seconds an item added, or took off with a minus. */
function changeOf(item: Item): number | null {
  const unit = item.get('unit') ?? null
  const size = unit === null ? null : countIn(unit)
  if (size === null || !Number.isSafeInteger(size) || size < 0) return null
  const type = item.get('type')
  return type === 'ADD' ? size : type === 'SUB' ? 0 - size : null
}

/** The item that happened last; undefined without any, null where a moment among them cannot be read. */
function newest(items: readonly Item[]): Item | null | undefined {
  let last: { item: Item; moment: Instant } | undefined
  for (const item of items) {
    const moment = happened(item)
    if (moment === null) return null
    if (!last || moment > last.moment) last = { item, moment }
  }
  return last?.item
}

function historyFact(item: Item | null | undefined, value: (item: Item) => number | null, asked: Instant): Fact {
  if (item === undefined) return unknown('none', asked)
  const read = item && value(item)
  return read === null ? unknown('unreadable', asked) : fixed(read, asked)
}

/** The whole history as a fact that no rule can name: games are found in it whose answers were lost. */
const playedFact = 'tracker.(history)'

/** What happened in a session: at an epoch millisecond, by which source, for the keyholder or not, by how much. */
export interface Played {
  happened: Instant
  source: string
  dom: boolean
  seconds: number | null
}

function historyOf(items: readonly Item[], asked: Instant): Fact {
  const texts: string[] = []
  for (const item of items) {
    const moment = happened(item)
    if (moment === null) return unknown('unreadable', asked)
    const source = item.get('source')
    const dom = item.get('dom') === 1 || item.get('dom') === true || item.get('dom') === '1'
    texts.push(JSON.stringify([moment, typeof source === 'string' ? source : '', dom, changeOf(item)]))
  }
  return fixed(texts, asked)
}

/** The history of the running session as it was last read; null where that is not known. */
export function playedIn(facts: Facts): Played[] | null {
  const texts = knownValue(facts, playedFact)
  if (!Array.isArray(texts)) return null
  return texts.map((text) => {
    const [moment, source, dom, seconds] = JSON.parse(text)
    return { happened: moment, source, dom, seconds }
  })
}

export const trackerTopics: readonly TopicKind[] = [stats, sessions, histories]
