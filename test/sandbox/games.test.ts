import { describe, expect, it } from 'vitest'
import { type Answer, type Bench, bench } from './bench.ts'

const refusal = ({ status, body }: Answer): unknown => [status, body.error?.code]
const endOf = (at: Bench): number => Date.parse(String(at.sandbox.tracker.stats().scheduled_end))
const newest = async (at: Bench): Promise<Record<string, unknown>> =>
  (await at.page('histories.php')).body.data.items[0]

describe('dice and luck', () => {
  it.each(['dice', 'luck'])('%s moves the scheduled end by what it answers, and writes a row', async (game) => {
    await using at = await bench({ tracker: { scheduledEndInSeconds: 10_000_000 } })
    const session = at.sandbox.tracker.session()
    const operations = new Set<unknown>()
    for (let count = 0; count < 12; count++) {
      const before = endOf(at)
      const { status, body } = await at.game({ game, dom: 0, session })
      expect(status).toBe(200)
      const { operation, seconds, scheduledend_utc } = body.data
      operations.add(operation)
      expect(endOf(at) - before).toBe((operation === 'ADD' ? seconds : -seconds) * 1000)
      expect(Date.parse(`${scheduledend_utc}Z`)).toBe(endOf(at))
      expect(body.data).toMatchObject({ game, dom: 0, session })
      expect(body.data.multiplier).toBeGreaterThanOrEqual(1)
      expect(body.data.multiplier).toBeLessThanOrEqual(2)
      expect(await newest(at)).toMatchObject({
        session,
        type: operation,
        unit: seconds,
        source: game.toUpperCase(),
        dom: 0,
        schedule: scheduledend_utc,
      })
    }
    expect([...operations].sort()).toEqual(['ADD', 'SUB'])
    expect(at.sandbox.applied).toHaveLength(12)
    const [item] = (await at.page('sessions.php?active=1')).body.data.items
    expect(item).toMatchObject({
      has_games_changes: true,
      games: { [game]: { used: 12, lastuse: '2026-03-01 12:00:00' } },
    })
  })

  it('adds up its dice', async () => {
    await using at = await bench()
    const { data } = (await at.game({ game: 'dice', dom: 0, session: at.sandbox.tracker.session() })).body
    const sum = data.dices
      .map((dice: number, place: number) => (data.dicesops[place] === 's' ? -dice : dice))
      .reduce((total: number, dice: number) => total + dice, 0)
    expect(data.sum).toBe(sum)
    expect(data.operation).toBe(sum < 0 ? 'SUB' : 'ADD')
    expect(data.time).toBe(Math.round(Math.abs(sum) * 3600 * data.multiplier))
    expect(data.calc).toMatch(/^\+[1-6][+-][1-6][+-][1-6]$/)
  })

  it('plays the same games for the same seed', async () => {
    const results = async (seed: number): Promise<unknown[]> => {
      await using at = await bench({ seed })
      const session = at.sandbox.tracker.session()
      const bodies: unknown[] = []
      for (let count = 0; count < 3; count++) bodies.push((await at.game({ game: 'dice', dom: 0, session })).body)
      return bodies
    }
    expect(await results(5)).toEqual(await results(5))
    expect(await results(5)).not.toEqual(await results(6))
  })

  it('keeps owner and dom apart', async () => {
    await using at = await bench()
    const { dom } = at.sandbox.tokens
    const session = at.sandbox.tracker.session()
    expect(refusal(await at.game({ game: 'dice', dom: 0, session }, null))).toEqual([401, 'missing_token'])
    expect(refusal(await at.game({ game: 'dice', dom: 0, session }, 'x'))).toEqual([401, 'invalid_token'])
    expect(refusal(await at.game({ game: 'dice', dom: 0, session }, dom))).toEqual([403, 'not_owner'])
    expect(refusal(await at.game({ game: 'luck', dom: 1, session }))).toEqual([403, 'not_dom'])
    expect((await at.game({ game: 'luck', dom: 1, session }, dom)).body.data.dom).toBe(1)
    expect(await newest(at)).toMatchObject({ source: 'LUCK', dom: 1 })
    expect(at.sandbox.applied).toMatchObject([{ call: 'luck', as: 'dom' }])
  })

  it('validates', async () => {
    await using at = await bench()
    const session = at.sandbox.tracker.session()
    for (const body of [{}, { game: 'poker', dom: 0, session }, { game: 'dice', session }, { game: 'dice', dom: 0 }]) {
      expect((await at.game(body)).status).toBe(400)
    }
    expect((await at.game({ game: 'dice', dom: '0', session })).status).toBe(400)
    expect((await at.game({ game: 'dice', dom: 0, session: 1 })).status).toBe(404)
    expect((await at.page('games.php')).status).toBe(405)
    at.sandbox.tracker.end()
    expect(refusal(await at.game({ game: 'dice', dom: 0, session }))).toEqual([400, 'session_not_active'])
    expect(at.sandbox.applied).toEqual([])
  })

  it('rests after a game if told so', async () => {
    await using at = await bench({ tracker: { games: { cooldownSeconds: 3600 } } })
    const session = at.sandbox.tracker.session()
    expect((await at.game({ game: 'dice', dom: 0, session })).status).toBe(200)
    expect(refusal(await at.game({ game: 'dice', dom: 0, session }))).toEqual([400, 'cooldown'])
    expect((await at.game({ game: 'luck', dom: 0, session })).status).toBe(200)
    at.advance(3600)
    expect((await at.game({ game: 'dice', dom: 0, session })).status).toBe(200)
  })

  it('needs a scheduled end to move', async () => {
    await using at = await bench({ tracker: { scheduledEndInSeconds: null } })
    expect((await at.game({ game: 'dice', dom: 0, session: at.sandbox.tracker.session() })).status).toBe(400)
  })
})

describe('link', () => {
  it('takes a public vote once in 24 hours', async () => {
    await using at = await bench({ tracker: { scheduledEndInSeconds: 100_000 } })
    const vote = { game: 'link', dom: 0, token: at.sandbox.tokens.link, type: 'sub' }
    const before = endOf(at)
    const { body } = await at.game(vote, null)
    expect(body.data).toMatchObject({ game: 'link', operation: 'SUB', unit: 'hour', int: 1, dom: 0, penalty: null })
    expect(before - endOf(at)).toBe(body.data.seconds * 1000)
    expect(await newest(at)).toMatchObject({ source: 'LINK', type: 'SUB' })
    expect(refusal(await at.game(vote, null))).toEqual([400, 'cooldown'])
    expect((await at.game(vote, at.sandbox.tokens.dom)).status).toBe(200)
    expect(refusal(await at.game(vote, at.sandbox.tokens.dom))).toEqual([400, 'cooldown'])
    at.advance(86_399)
    expect((await at.game(vote, null)).status).toBe(400)
    at.advance(1)
    expect((await at.game(vote, null)).status).toBe(200)
    expect(at.sandbox.applied.map(({ as }) => as)).toEqual(['public', 'dom', 'public'])
  })

  it('takes a vote once ever under waitint 0', async () => {
    await using at = await bench({ tracker: { games: { waitint: 0 } } })
    const vote = { game: 'link', dom: 0, token: at.sandbox.tokens.link, type: 'add' }
    expect((await at.game(vote, null)).status).toBe(200)
    at.advance(864_000)
    expect(refusal(await at.game(vote, null))).toEqual([400, 'cooldown'])
  })

  it('punishes the owner for voting, every time, by the most there is', async () => {
    await using at = await bench({ tracker: { games: { maxMultiplier: 3 } } })
    const vote = { game: 'link', dom: 0, token: at.sandbox.tokens.link, type: 'sub' }
    for (let count = 0; count < 2; count++) {
      const before = endOf(at)
      const { body } = await at.game(vote)
      expect(body.data).toMatchObject({ operation: 'ADD', multiplier: 3, seconds: 10_800, penalty: 1, dom: 0 })
      expect(endOf(at) - before).toBe(10_800_000)
      expect(await newest(at)).toMatchObject({ type: 'ADD', source: 'PENALTY', unit: 10_800 })
    }
    expect(at.sandbox.applied).toMatchObject([{ call: 'link', as: 'owner' }, { as: 'owner' }])
  })

  it('never moves the end to before now', async () => {
    await using at = await bench({ tracker: { scheduledEndInSeconds: 100 } })
    const vote = { game: 'link', dom: 0, token: at.sandbox.tokens.link, type: 'sub' }
    expect((await at.game(vote, null)).body.data).toMatchObject({
      seconds: 100,
      scheduledend_utc: '2026-03-01 12:00:00',
    })
    at.advance(600)
    expect((await at.game(vote, at.sandbox.tokens.dom)).body.data).toMatchObject({
      operation: 'SUB',
      seconds: 0,
      scheduledend_utc: '2026-03-01 12:00:00',
    })
  })

  it('lets a dom play on the session', async () => {
    await using at = await bench()
    const { dom } = at.sandbox.tokens
    const session = at.sandbox.tracker.session()
    const body = { game: 'link', dom: 1, session, type: 'add' }
    expect((await at.game(body, null)).status).toBe(401)
    expect((await at.game(body)).status).toBe(403)
    expect((await at.game({ ...body, session: undefined }, dom)).status).toBe(400)
    expect((await at.game({ ...body, type: undefined }, dom)).status).toBe(400)
    const played = await at.game(body, dom)
    expect(played.body.data).toMatchObject({ operation: 'ADD', dom: 1, session, penalty: null })
  })

  it('validates token and type', async () => {
    await using at = await bench()
    const token = at.sandbox.tokens.link
    expect((await at.game({ game: 'link', dom: 0, type: 'add' }, null)).status).toBe(400)
    expect((await at.game({ game: 'link', dom: 0, token }, null)).status).toBe(400)
    expect((await at.game({ game: 'link', dom: 0, token, type: 'mul' }, null)).status).toBe(400)
    expect((await at.game({ game: 'link', dom: 0, token: 'x', type: 'add' }, null)).status).toBe(404)
    expect((await at.game({ game: 'link', dom: 0, token, type: 'add', session: 1 }, null)).status).toBe(404)
    expect((await at.game({ game: 'link', dom: 0, token, type: 'add' }, 'x')).status).toBe(401)
    at.sandbox.revoke('link')
    expect((await at.game({ game: 'link', dom: 0, token, type: 'add' }, null)).status).toBe(404)
    expect(at.sandbox.tracker.stats().link_game).toBeNull()
    expect(at.sandbox.applied).toEqual([])
  })

  it('draws its direction when asked to', async () => {
    await using at = await bench({ tracker: { scheduledEndInSeconds: 10_000_000 } })
    const { dom } = at.sandbox.tokens
    const session = at.sandbox.tracker.session()
    const operations = new Set<unknown>()
    for (let count = 0; count < 12; count++) {
      operations.add((await at.game({ game: 'link', dom: 1, session, type: 'rand' }, dom)).body.data.operation)
    }
    expect([...operations].sort()).toEqual(['ADD', 'SUB'])
  })
})
