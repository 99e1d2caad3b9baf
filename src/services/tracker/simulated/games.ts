import type { Instant } from '../../../core/calendar/time.ts'
import type { Chance } from '../../chance.ts'
import { fields, integer, oneOf, optional, Refusal, text } from '../../refusal.ts'
import type { Asked, By } from './asked.ts'
import { dateTime } from './dates.ts'
import { activeSession, type Game, type Page, reschedule, type Session, type Source } from './page.ts'

/** A game that was played, and its answer. */
export interface Played {
  game: Game
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

/**
 * Plays what the body asks for: permission, cooldown, the draw, the new schedule and its row. Throws a `Refusal`; then
 * nothing was played.
 */
export function play(page: Page, chance: Chance, asked: Asked): Played {
  const { by } = asked
  const body = fields(asked.body, 'body')
  const game = oneOf(body.game, 'game', GAMES)
  const dom = oneOf(body.dom, 'dom', [0, 1] as const)
  const isVote = game === 'link' && dom === 0
  if (!isVote && by === 'public') throw new Refusal(401, 'missing_token', 'Only a vote on a link needs no token')
  const type = game === 'link' ? oneOf(body.type, 'type', ['add', 'sub', 'rand'] as const) : null
  const session = isVote ? sessionOfLink(page, body) : sessionById(page, body.session)

  if (!isVote) checkPlayer(dom, by)
  if (session.end !== null) throw new Refusal(400, 'session_not_active', 'The session has ended')
  if (session.scheduledEnd === null) throw new Refusal(400, 'no_scheduled_end', 'The session has no scheduled end')
  const isPenalty = isVote && by === 'owner'
  if (isVote && !isPenalty) takeVote(page, session, asked)
  if (!isVote && game !== 'link') checkRest(session, game, page.games.cooldownSeconds, asked.at)

  const max = page.games.maxMultiplier
  const multiplier = isPenalty ? max : Math.round((1 + chance.next() * (max - 1)) * 100) / 100
  const { operation, seconds, details } = draw(game, isPenalty ? 'add' : type, multiplier, chance)
  const source: Source = isPenalty ? 'PENALTY' : (game.toUpperCase() as Source)
  const moved = reschedule(page, session, operation === 'SUB' ? -seconds : seconds, { source, dom }, asked.at)
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
  return { game, result }
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

function sessionOfLink(page: Page, body: Record<string, unknown>): Session {
  const token = text(body.token, 'token', 200)
  const wanted = optional(body.session, (value) => integer(value, 'session', 1, Number.MAX_SAFE_INTEGER))
  const session = activeSession(page)
  if (!page.link.on || token !== page.link.token || session === null) {
    throw new Refusal(404, 'link_not_found', 'No link game has this token')
  }
  if (wanted !== null && wanted !== session.id)
    throw new Refusal(404, 'session_not_found', 'Not the session of this link')
  return session
}

function sessionById(page: Page, value: unknown): Session {
  const id = integer(value, 'session', 1, Number.MAX_SAFE_INTEGER)
  const session = page.sessions.find((each) => each.id === id)
  if (session === undefined) throw new Refusal(404, 'session_not_found', `No session ${id}`)
  return session
}

function checkPlayer(dom: 0 | 1, by: By): void {
  if (dom === 0 && by !== 'owner') throw new Refusal(403, 'not_owner', 'Only the owner may play this')
  if (dom === 1 && by !== 'dom') throw new Refusal(403, 'not_dom', "Only the owner's dom may play this")
}

/** A voter with a token is known by it alone; one without by the address. */
function takeVote(page: Page, session: Session, { by, address, at }: Asked): void {
  const voter = `${page.link.token} ${session.id} ${by === 'public' ? address : by}`
  const last = page.votes.get(voter)
  if (last !== undefined && (page.games.waitint === 0 || at < last + DAY_MS)) {
    throw new Refusal(400, 'cooldown', 'You have voted already')
  }
  page.votes.set(voter, at)
}

function checkRest(session: Session, game: Game, cooldownSeconds: number, now: Instant): void {
  const last = session.games.get(game)?.lastUse
  if (last !== undefined && now < last + cooldownSeconds * 1000) {
    throw new Refusal(400, 'cooldown', `The game rests for ${cooldownSeconds} s`)
  }
}
