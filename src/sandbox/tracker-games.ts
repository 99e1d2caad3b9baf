import type { Chance } from './chance.ts'
import { type Asked, Refusal } from './exchange.ts'
import { fields, integer, oneOf, optional, text } from './fields.ts'
import { dateTime } from './forms.ts'
import type { Keys } from './keys.ts'
import { activeSession, type Game, reschedule, type Session, type Source, type TrackerWorld } from './tracker.ts'

/** How the owner set the games up. */
export interface GameSettings {
  /** 0: one vote ever; 1: again after 24 hours. */
  waitint: 0 | 1
  maxMultiplier: number
  /** How long dice and luck rest after a game. */
  cooldownSeconds: number
}

/** A game that was played: its answer, and who played it. */
export interface Played {
  game: Game
  as: 'owner' | 'dom' | 'public'
  result: Record<string, unknown>
}

/** A drawn result, before it moves anything. */
interface Result {
  operation: 'ADD' | 'SUB'
  seconds: number
  details: Record<string, unknown>
}

export const GAMES: readonly Game[] = ['dice', 'luck', 'link']
const HOUR = 3600
const DAY_MS = 86_400_000
const LUCK_HOURS = 6

/** Plays what the body asks for: permission, cooldown, the draw, the new schedule and its row. */
export function play(world: TrackerWorld, settings: GameSettings, keys: Keys, chance: Chance, asked: Asked): Played {
  const body = fields(asked.body, 'body')
  const game = oneOf(body.game, 'game', GAMES)
  const dom = oneOf(body.dom, 'dom', [0, 1] as const)
  const isVote = game === 'link' && dom === 0
  const bearer = isVote && asked.bearer === null ? 'public' : keys.check(asked.bearer, ['tracker', 'dom'])
  const as = bearer === 'tracker' ? 'owner' : bearer
  const type = game === 'link' ? oneOf(body.type, 'type', ['add', 'sub', 'rand'] as const) : null
  const session = isVote ? sessionOfLink(world, body) : sessionById(world, body.session)

  if (!isVote) checkPlayer(dom, as)
  if (session.end !== null) throw new Refusal(400, 'session_not_active', 'The session has ended')
  if (session.scheduledEnd === null) throw new Refusal(400, 'no_scheduled_end', 'The session has no scheduled end')
  const isPenalty = isVote && as === 'owner'
  if (isVote && !isPenalty) takeVote(world, settings, session, as, asked)
  if (!isVote && game !== 'link') checkRest(session, game, settings, asked.at)

  const max = settings.maxMultiplier
  const multiplier = isPenalty ? max : Math.round((1 + chance.next() * (max - 1)) * 100) / 100
  const { operation, seconds, details } = draw(game, isPenalty ? 'add' : type, multiplier, chance)
  const source: Source = isPenalty ? 'PENALTY' : (game.toUpperCase() as Source)
  const moved = reschedule(world, session, operation === 'SUB' ? -seconds : seconds, { source, dom }, asked.at)
  const used = session.games.get(game)?.used ?? 0
  session.games.set(game, { used: used + 1, lastUse: asked.at })
  const result = {
    game,
    operation,
    multiplier,
    time: seconds,
    ...details,
    seconds: moved,
    dom,
    scheduledend_utc: dateTime(session.scheduledEnd),
    session: session.id,
    ...(game === 'link' ? { penalty: isPenalty ? 1 : null } : {}),
  }
  return { game, as, result }
}

function draw(game: Game, type: 'add' | 'sub' | 'rand' | null, multiplier: number, chance: Chance): Result {
  if (game === 'dice') return rollDice(multiplier, chance)
  const int = game === 'luck' ? chance.between(1, LUCK_HOURS) : 1
  const drawn = chance.next() < 0.5 ? 'ADD' : 'SUB'
  const operation = type === 'add' ? 'ADD' : type === 'sub' ? 'SUB' : drawn
  const details = game === 'luck' ? { int } : { unit: 'hour', int }
  return { operation, seconds: Math.round(int * HOUR * multiplier), details }
}

function rollDice(multiplier: number, chance: Chance): Result {
  const dices = [1, 2, 3].map(() => chance.between(1, 6))
  const dicesops = dices.map((_, place) => (place > 0 && chance.next() < 0.5 ? 's' : ''))
  const sum = dices.reduce((total, dice, place) => total + (dicesops[place] === 's' ? -dice : dice), 0)
  if (sum === 0) return rollDice(multiplier, chance)
  const calc = dices.map((dice, place) => `${dicesops[place] === 's' ? '-' : '+'}${dice}`).join('')
  return {
    operation: sum < 0 ? 'SUB' : 'ADD',
    seconds: Math.round(Math.abs(sum) * HOUR * multiplier),
    details: { sum, dices, dicesops, calc },
  }
}

function sessionOfLink(world: TrackerWorld, body: Record<string, unknown>): Session {
  const token = text(body.token, 'token', 200)
  const wanted = optional(body.session, (value) => integer(value, 'session', 1, Number.MAX_SAFE_INTEGER))
  const session = activeSession(world)
  if (!world.link.on || token !== world.link.token || session === null) {
    throw new Refusal(404, 'link_not_found', 'No link game has this token')
  }
  if (wanted !== null && wanted !== session.id)
    throw new Refusal(404, 'session_not_found', 'Not the session of this link')
  return session
}

function sessionById(world: TrackerWorld, value: unknown): Session {
  const id = integer(value, 'session', 1, Number.MAX_SAFE_INTEGER)
  const session = world.sessions.find((each) => each.id === id)
  if (session === undefined) throw new Refusal(404, 'session_not_found', `No session ${id}`)
  return session
}

function checkPlayer(dom: 0 | 1, as: Played['as']): void {
  if (dom === 0 && as !== 'owner') throw new Refusal(403, 'not_owner', 'Only the owner may play this')
  if (dom === 1 && as !== 'dom') throw new Refusal(403, 'not_dom', "Only the owner's dom may play this")
}

/** A voter with a token is known by it alone; one without by the address. */
function takeVote(world: TrackerWorld, settings: GameSettings, session: Session, as: Played['as'], asked: Asked): void {
  const voter = `${world.link.token} ${session.id} ${as === 'public' ? asked.ip : as}`
  const last = world.votes.get(voter)
  if (last !== undefined && (settings.waitint === 0 || asked.at < last + DAY_MS)) {
    throw new Refusal(400, 'cooldown', 'You have voted already')
  }
  world.votes.set(voter, asked.at)
}

function checkRest(session: Session, game: Game, { cooldownSeconds }: GameSettings, now: number): void {
  const last = session.games.get(game)?.lastUse
  if (last !== undefined && now < last + cooldownSeconds * 1000) {
    throw new Refusal(400, 'cooldown', `The game rests for ${cooldownSeconds} s`)
  }
}
