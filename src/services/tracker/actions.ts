import * as z from 'zod'
import { sayDuration } from '../../core/calendar/duration.ts'
import { instantOf } from '../../core/calendar/time.ts'
import { paramsMap } from '../../core/language/words.ts'
import type { Facts, Scalar } from '../../core/model/fact.ts'
import type { ActionKind, Bearer, Effect, Json, Lost, Planned, ReadBack, Request } from '../../core/model/service.ts'
import { actionKind, mapIn, needed, shortOrLong } from '../params.ts'
import { historiesTopic, type Played, playedIn, sessionIdIn, sessionsTopic, statsTopic, unwrapped } from './readings.ts'

type Game = {
  game: 'dice' | 'luck' | 'link'
  as: 'owner' | 'dom' | 'public'
  type: 'add' | 'sub' | 'rand' | null
  /** The link's token where the rule gives it; otherwise it is read from `tracker.linkGame`. */
  token: string | null
}

const tokenShape = /^[\w~.=-]{1,200}$/

const writtenGame = z.strictObject({
  game: z.enum(['dice', 'luck', 'link']).meta({ description: 'Which game' }),
  as: z
    .enum(['owner', 'dom', 'public'])
    .optional()
    .meta({ description: 'Who plays: the wearer, the keyholder, or a visitor of the link' }),
  type: z.enum(['add', 'sub', 'rand']).optional().meta({ description: 'Link only: what is voted for' }),
  penalty: z.enum(['accept']).optional().meta({ description: 'Link as owner only: accepts the greatest penalty' }),
  dom: z
    .union([z.literal(0), z.literal(1)], { error: '0 or 1' })
    .optional()
    .meta({ description: 'The service’s own way of saying as' }),
  token: z
    .string()
    .regex(tokenShape, 'the last part of the link’s address')
    .optional()
    .meta({ description: 'Link only: its token; otherwise that of tracker.linkGame' }),
})
type WrittenGame = z.infer<typeof writtenGame>

/** Who plays, in our words; the API's own `dom: 0` on a link is a public vote unless the penalty is accepted. */
function playerOf({ game, as, dom, penalty }: WrittenGame): Game['as'] | null {
  if (as !== undefined) return as
  if (dom === 1) return 'dom'
  if (game !== 'link') return 'owner'
  return penalty !== undefined ? 'owner' : dom === 0 ? 'public' : null
}

/** What the games document of the tracker (v2) does not take, or takes in a way nobody should meet unawares. */
function faultOf(written: WrittenGame): [key: keyof WrittenGame, message: string] | null {
  const { game, as, dom, type, penalty, token } = written
  const player = playerOf(written)
  if (as !== undefined && dom !== undefined) return ['dom', '"dom" and "as" say the same; keep one of them']
  if (player === null) return ['game', 'say who plays the link: as: public, or as: dom']
  if (game !== 'link') {
    if (type !== undefined) return ['type', `only the link game takes a type, ${game} draws it`]
    if (player === 'public') return ['as', `only the link game can be played as public, ${game} needs owner or dom`]
    if (token !== undefined) return ['token', 'only the link game takes a token']
  }
  if (penalty !== undefined && (game !== 'link' || player !== 'owner')) {
    return ['penalty', 'only the link game played as owner brings a penalty']
  }
  if (game !== 'link') return null
  if (type === undefined) return ['type', 'the link game needs a type: add, sub or rand']
  if (player === 'dom' && token !== undefined) return ['token', 'a dom plays by the session; leave the token out']
  if (player === 'owner' && penalty === undefined) {
    return ['as', 'a link played as owner forces the greatest penalty on the owner; "penalty: accept" allows that']
  }
  return null
}

const longGame = writtenGame.transform((written, context): Game => {
  const fault = faultOf(written)
  const player = playerOf(written)
  if (fault || player === null) {
    context.addIssue({ code: 'custom', path: [fault?.[0] ?? 'game'], message: fault?.[1] ?? 'nobody plays' })
    return z.NEVER
  }
  return { game: written.game, as: player, type: written.type ?? null, token: written.token ?? null }
})
const shortGame = z
  .enum(['dice', 'luck'], {
    error: 'dice or luck; a link is written as { game: link, as: public, type: add }',
  })
  .transform((game): Game => ({ game, as: 'owner', type: null, token: null }))

/** A link's dom vote and the other games go by the session; a link's dom 0 by its token. */
function byToken({ game, as }: Game): boolean {
  return game === 'link' && as !== 'dom'
}

/** The token of a link game: the query's `token`, its only value, or the last part of the path. */
function tokenIn(linkGame: string): string | null {
  if (!URL.canParse(linkGame)) return null
  const { searchParams, pathname } = new URL(linkGame)
  const values = [...searchParams.values()]
  const asked = searchParams.get('token') ?? (values.length === 1 ? values[0] : undefined)
  const token = asked ?? pathname.split('/').findLast((part) => part !== '')
  return token !== undefined && tokenShape.test(token) && !token.endsWith('.php') ? token : null
}

function tokenOf(game: Game, facts: Facts): { token: string } | { plan: Planned } {
  if (game.token !== null) return { token: game.token }
  const link = needed(facts, 'tracker.linkGame', statsTopic, () => 'the tracker tells no link game')
  if ('plan' in link) return link
  const token = tokenIn(String(link.value))
  return token === null ? { plan: { refused: 'tracker.linkGame holds no token' } } : { token }
}

function gameEffect({ game }: Game): Effect {
  const allow = game === 'link' ? 'tracker.game.link' : 'tracker.game'
  return { toward: 'restricts', counts: 'game', seconds: 0, least: 0, allow }
}

function post(path: string, body: Json, as: Bearer): Request {
  return { service: 'tracker', as, method: 'POST', path, body, lockId: null, budget: 'write' }
}

const gameWords = { dice: 'rolled dice', luck: 'tried luck', link: 'played the link game' }

/** Operation and signed seconds of a game's answer, where they can be read. */
function resultIn(body: Json): { operation: 'ADD' | 'SUB'; seconds: number } | null {
  const data = mapIn(unwrapped(body))
  const operation = data?.get('operation')
  const size = data?.get('seconds')
  if ((operation !== 'ADD' && operation !== 'SUB') || typeof size !== 'number') return null
  // A number that is too large to be one is read as endless.
  if (!Number.isFinite(size) || size < 0) return null
  return { operation, seconds: operation === 'ADD' ? size : 0 - size }
}

const sources: Readonly<Record<Game['game'], readonly string[]>> = {
  dice: ['DICE'],
  luck: ['LUCK'],
  link: ['LINK', 'PENALTY'],
}

/** What of the session's history is not older than a game, and could be it. */
function playedSince({ before, params }: Lost, facts: Facts): Played[] | 'other' | 'untold' {
  const history = playedIn(facts)
  if (!history) return 'untold'
  const { game: name, as } = params as Game
  const newest = mapIn(before)?.get('newest') ?? null
  // A history without what was its newest item is another session's.
  if (newest !== null && !history.some(({ happened }) => happened === newest)) return 'other'
  return history.filter(
    ({ happened, source, dom }) =>
      (newest === null || happened > Number(newest)) && sources[name].includes(source) && dom === (as === 'dom'),
  )
}

/** A game shows in the histories of the session it was played in. */
const gameReadBack: ReadBack = {
  topic: historiesTopic,
  after: sessionsTopic,
  by: ['tracker.lastGameSeconds'],
  before(facts) {
    const history = playedIn(facts)
    return (
      history && { newest: history.reduce<number | null>((last, { happened }) => Math.max(last ?? 0, happened), null) }
    )
  },
  shows(sent, facts) {
    const found = playedSince(sent, facts)
    if (typeof found === 'string') return found
    return found.length === 0 ? 'not-applied' : found.length === 1 ? 'applied' : 'other'
  },
  answer(sent, facts) {
    const [item] = playedSince(sent, facts)
    if (typeof item !== 'object' || item.seconds === null) return null
    return { operation: item.seconds < 0 ? 'SUB' : 'ADD', seconds: Math.abs(item.seconds) }
  },
}

/** `POST /api/v2/games.php`, as the tracker's games document (v2) describes it. */
const game = actionKind<Game>({
  name: 'tracker.game',
  leave: { 'tracker.game': 'game', 'tracker.game.link': 'game' },
  service: 'tracker',
  help: 'Plays a game on the tracker, as tracker.game: dice, or { game: link, as: public, type: add }',
  sample: 'dice',
  says: (params) => {
    const { game, as } = paramsMap(params)
    const by = as === 'dom' ? ' as the keyholder' : as === 'public' ? ' as a visitor' : ''
    if (game === 'dice') return `roll the dice on the Tracker${by}`
    return game === 'luck' ? `try luck on the Tracker${by}` : `play the link game on the Tracker${by}`
  },
  params: shortOrLong(shortGame, longGame),
  worst: gameEffect,
  plan(params, facts, _now, plannedAt) {
    // Sessions come and go; the one of an earlier game may be over.
    const known = (facts.get('tracker.sessionId')?.asked ?? 0) >= plannedAt
    if (byToken(params)) {
      const link = tokenOf(params, facts)
      if ('plan' in link) return link.plan
      return known ? { go: gameEffect(params) } : { waitsFor: [sessionsTopic] }
    }
    const session = needed(facts, 'tracker.sessionId', sessionsTopic, (why) =>
      why === 'null' ? 'the tracker has no active session' : 'the session of the tracker is unknown',
    )
    if ('plan' in session) return session.plan
    return known ? { go: gameEffect(params) } : { waitsFor: [sessionsTopic] }
  },
  request(params, _, facts) {
    const { game: name, as, type } = params
    const link = byToken(params) ? tokenOf(params, facts) : null
    const session = byToken(params) ? null : sessionIdIn(facts)
    return post(
      '/api/v2/games.php',
      {
        game: name,
        dom: as === 'dom' ? 1 : 0,
        ...(session === null ? {} : { session }),
        ...(link && 'token' in link ? { token: link.token } : {}),
        ...(type === null ? {} : { type }),
      },
      as,
    )
  },
  fences: ['tracker.scheduledEnd', 'tracker.lastGameSeconds', 'tracker.lastPenaltyAt'],
  rereads: [statsTopic],
  readBack: gameReadBack,
  repeatable: () => false,
  did(params, _, body): Record<string, Scalar> {
    const words = gameWords[params.game]
    const result = resultIn(body)
    if (!result) return { did: words, action: 'tracker.game' }
    const verb = result.operation === 'ADD' ? 'added' : 'removed'
    return { did: `${words}: ${verb} ${sayDuration(Math.abs(result.seconds))}`, action: 'tracker.game', ...result }
  },
})

type Start = { public: boolean; lockedBy: string | null; end: { date: string; time: string } | null }

const scheduledEnd = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/, { error: 'a moment such as "2027-01-31 12:00", in UTC', abort: true })
  .refine((text) => instantOf(text, 'UTC') !== null, 'no date or time that there is')
  .transform((text) => ({ date: text.slice(0, 10), time: text.slice(11) }))

const start: z.ZodType<Start> = shortOrLong(
  z
    .null({ error: 'a map such as { public: true }' })
    .transform((): Start => ({ public: false, lockedBy: null, end: null })),
  z
    .strictObject({
      public: z.boolean().default(false).meta({ description: 'Whether everybody may see it' }),
      locked_by: z.string().min(1).max(100).optional().meta({ description: 'Who holds the key' }),
      scheduled_end: scheduledEnd.optional().meta({ description: 'When it is to end, as "2027-01-31 12:00", in UTC' }),
    })
    .transform(
      (written): Start => ({
        public: written.public,
        lockedBy: written.locked_by ?? null,
        end: written.scheduled_end ?? null,
      }),
    ),
)

const startEffect: Effect = { toward: 'restricts', counts: null, seconds: 0, least: 0, allow: 'tracker.session.start' }

/** A session that runs where none did; a second start is refused for the first. */
const startReadBack: ReadBack = {
  topic: sessionsTopic,
  by: ['tracker.sessionId'],
  before: (facts) => (runs(facts) === false ? { running: false } : null),
  shows(_, facts) {
    const running = runs(facts)
    return running === null ? 'untold' : running ? 'applied' : 'not-applied'
  },
  provenBy: 'conflict',
}

function runs(facts: Facts): boolean | null {
  const id = facts.get('tracker.sessionId')
  return id?.known ? true : id?.why === 'null' ? false : null
}

/** `POST /api/liveinsert.php`, as the tracker's document on inserting a live session describes it. */
const sessionStart = actionKind<Start>({
  name: 'tracker.session.start',
  leave: { 'tracker.session.start': 'uncounted' },
  service: 'tracker',
  help: 'Starts a session on the tracker, not public unless told, as tracker.session.start alone or { public: true }',
  sample: '',
  says: () => 'start a session on the Tracker',
  params: start,
  worst: () => startEffect,
  plan: () => ({ go: startEffect }),
  request: (params) =>
    post(
      '/api/liveinsert.php',
      {
        insertl: 1,
        public: params.public ? 1 : 0,
        ...(params.lockedBy === null ? {} : { lockedby: params.lockedBy }),
        ...(params.end === null ? {} : { scheduledend: params.end.date, scheduledendtime: params.end.time }),
      },
      'owner',
    ),
  fences: [
    'tracker.locked',
    'tracker.currentLockStart',
    'tracker.scheduledEnd',
    'tracker.currentLockTime',
    'tracker.totalLockedSince',
    'tracker.lockedSeconds',
    'tracker.linkGame',
    'tracker.sessionId',
  ],
  rereads: [statsTopic],
  readBack: startReadBack,
  repeatable: () => false,
  did: () => ({ did: 'started a session on the tracker', action: 'tracker.session.start' }),
})

export const trackerActions: readonly ActionKind[] = [game, sessionStart]
