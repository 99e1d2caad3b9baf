import { describe, expect, it } from 'vitest'
import { type Answer, bench } from './bench.ts'

const refusal = ({ status, body }: Answer): unknown => [status, body.error?.code]

describe('stats', () => {
  it('answers the default page, in its own forms', async () => {
    await using at = await bench()
    at.advance(86_400 + 7200)
    const { status, body } = await at.page('stats.php')
    expect(status).toBe(200)
    expect(body).toEqual({
      ok: true,
      meta: { version: 2 },
      data: {
        nick: 'alice',
        profile_url: null,
        locked: true,
        current_lock_start: '2026-03-01 10:30:00 UTC',
        scheduled_end: '2026-03-01 19:43:20 UTC',
        current_lock_time: '1 days 3 hours 30 minutes',
        total_locked_since: '9 days 3 hours 30 minutes',
        since_date: '2026-01-30 00:00:00',
        link_game: `https://tracker.invalid/link/${at.sandbox.tokens.link}`,
        last_full: '2026-02-20',
        last_ruined: null,
        last_ted: '2026-02-27',
        last_milking: null,
      },
    })
  })

  it('counts a month as 30 days', async () => {
    await using at = await bench({ chastify: { lock: { timeLockedSeconds: 32 * 86_400 + 4 * 3600 } } })
    expect(at.sandbox.tracker.stats().current_lock_time).toBe('1 months 2 days 4 hours')
  })

  it('knows no current lock when there is none', async () => {
    await using at = await bench({ tracker: { locked: false } })
    expect((await at.page('stats.php')).body.data).toMatchObject({
      locked: false,
      current_lock_start: null,
      scheduled_end: null,
      current_lock_time: null,
      total_locked_since: '8 days',
    })
  })

  it('takes given stats and a scheduled end, or none', async () => {
    const stats = {
      nick: 'other',
      last_ruined: '2026-02-01',
      link_game: null,
      current_lock_start: '2026-02-28 12:00:00 UTC',
    }
    await using at = await bench({ tracker: { stats, scheduledEndInSeconds: null } })
    expect((await at.page('stats.php')).body.data).toMatchObject({ ...stats, scheduled_end: null })
    at.sandbox.tracker.patch({ scheduled_end: '2026-04-01 00:00:00', locked: true })
    expect((await at.page('stats.php')).body.data.scheduled_end).toBe('2026-04-01 00:00:00 UTC')
  })

  it('stands alone in the bare form', async () => {
    await using at = await bench({ tracker: { envelope: 'bare' } })
    expect((await at.page('stats.php')).body.nick).toBe('alice')
    expect((await at.page('sessions.php?limit=0')).body).toEqual({
      error: { code: 'invalid_request', message: expect.any(String) },
    })
  })

  it('refuses wrong tokens, methods and paths in the v2 form', async () => {
    await using at = await bench()
    const missing = await at.ask('GET', '/api/v2/stats.php', null)
    expect(missing.status).toBe(401)
    expect(missing.body).toEqual({
      ok: false,
      error: { code: 'missing_token', message: expect.any(String) },
      meta: { version: 2 },
    })
    expect(refusal(await at.ask('GET', '/api/v2/stats.php', at.sandbox.tokens.chastify))).toEqual([
      401,
      'invalid_token',
    ])
    expect((await at.ask('POST', '/api/v2/stats.php', at.sandbox.tokens.tracker, {})).status).toBe(405)
    expect((await at.page('nothing.php')).status).toBe(404)
    at.sandbox.revoke('tracker')
    expect(refusal(await at.page('stats.php'))).toEqual([401, 'revoked_token'])
  })

  it('shows a dom the page of their own', async () => {
    await using at = await bench()
    const { body } = await at.ask('GET', '/api/v2/stats.php', at.sandbox.tokens.dom)
    expect(body.data).toMatchObject({ nick: 'kh_bob', locked: false })
    expect((await at.ask('GET', '/api/v2/sessions.php', at.sandbox.tokens.dom)).body.data.items).toEqual([])
  })
})

describe('sessions', () => {
  it('finds the active one, one by id, and all newest first', async () => {
    await using at = await bench()
    const active = at.sandbox.tracker.session()
    const { items } = (await at.page('sessions.php?active=1')).body.data
    expect(items).toEqual([
      {
        id: active,
        start: '2026-03-01 10:30:00',
        end: null,
        scheduledend: '2026-03-01 19:43:20',
        active: true,
        lockedby: null,
        notes: null,
        public: true,
        timezonestart: 'UTC',
        timezoneend: null,
        inserted: '2026-03-01 10:30:00',
        has_history: true,
        has_games_changes: false,
      },
    ])
    const all = (await at.page('sessions.php')).body.data.items
    expect(all.map((each: { active: boolean }) => each.active)).toEqual([true, false])
    const [, earlier] = all
    expect((await at.page(`sessions.php?id=${earlier.id}`)).body.data.items).toEqual([earlier])
    expect((await at.page('sessions.php?active=0')).body.data.items).toEqual([earlier])
    expect((await at.page('sessions.php?limit=1&offset=1')).body.data.items).toEqual([earlier])
    expect((await at.page('sessions.php?to=2026-02-15')).body.data.items).toEqual([earlier])
    expect((await at.page('sessions.php?from=2026-03-01&to=2026-03-01')).body.data.items).toHaveLength(1)
    expect((await at.page('sessions.php?public=0')).body.data.items).toEqual([])
    at.sandbox.tracker.end()
    expect((await at.page('sessions.php?active=1')).body.data.items).toEqual([])
  })

  it.each(['limit=201', 'limit=x', 'active=2', 'from=yesterday', 'to=2026-02-30'])('refuses %s', async (query) => {
    await using at = await bench()
    expect(refusal(await at.page(`sessions.php?${query}`))).toEqual([400, 'invalid_request'])
  })

  it('knows no session of another id', async () => {
    await using at = await bench()
    expect((await at.page('sessions.php?id=1')).status).toBe(404)
    expect((await at.page('histories.php?session=1')).status).toBe(404)
  })
})

describe('histories', () => {
  it('tells what happened, newest first, page by page', async () => {
    await using at = await bench()
    const session = at.sandbox.tracker.session()
    at.advance(60)
    at.sandbox.tracker.penalty(600)
    at.advance(60)
    at.sandbox.tracker.penalty(300)
    const { items } = (await at.page(`histories.php?session=${session}`)).body.data
    expect(items).toEqual([
      {
        session,
        type: 'ADD',
        unit: 300,
        source: 'PENALTY',
        dom: 0,
        schedule: '2026-03-01 19:58:20',
        happened: '2026-03-01 12:02:00.250',
      },
      {
        session,
        type: 'ADD',
        unit: 600,
        source: 'PENALTY',
        dom: 0,
        schedule: '2026-03-01 19:53:20',
        happened: '2026-03-01 12:01:00.250',
      },
      {
        session,
        type: 'START',
        unit: null,
        source: null,
        dom: 0,
        schedule: '2026-03-01 19:43:20',
        happened: '2026-03-01 10:30:00.250',
      },
    ])
    const first = (await at.page('histories.php?limit=2')).body.data
    expect(first.items).toEqual(items.slice(0, 2))
    const second = (await at.page(`histories.php?limit=2&cursor=${first.next_cursor}`)).body.data
    expect(second).toEqual({ items: items.slice(2), next_cursor: null })
    expect((await at.page('histories.php?limit=3')).body.data.next_cursor).toBeNull()
    const from = encodeURIComponent('2026-03-01 12:02:00')
    expect((await at.page(`histories.php?from=${from}`)).body.data.items).toEqual(items.slice(0, 1))
    expect((await at.page(`histories.php?to=${from}`)).body.data.items).toEqual(items.slice(1))
  })
})

describe('liveinsert', () => {
  const insert = (
    at: Awaited<ReturnType<typeof bench>>,
    body: unknown,
    bearer: string | null = at.sandbox.tokens.tracker,
  ) => at.ask('POST', '/api/liveinsert.php', bearer, body)

  it('starts a session and answers without an envelope', async () => {
    await using at = await bench({ tracker: { locked: false } })
    const { status, body } = await insert(at, {
      insertl: 1,
      startdate: '2026-03-01',
      starttime: '09:00',
      public: 0,
      lockedby: 'bob',
      scheduledend: '2026-03-04',
      scheduledendtime: '17:30',
    })
    expect(status).toBe(201)
    expect(body).toEqual({ message: 'Session started succesfully', session_id: at.sandbox.tracker.session() })
    expect((await at.page('sessions.php?active=1')).body.data.items[0]).toMatchObject({
      id: body.session_id,
      start: '2026-03-01 09:00:00',
      scheduledend: '2026-03-04 17:30:00',
      public: false,
      lockedby: 'bob',
    })
    expect(at.sandbox.tracker.stats()).toMatchObject({ locked: true, current_lock_start: null, scheduled_end: null })
    expect(at.sandbox.applied).toMatchObject([{ service: 'tracker', call: 'liveinsert', as: 'owner' }])
    const [row] = (await at.page('histories.php')).body.data.items
    expect(row).toMatchObject({ session: body.session_id, type: 'START' })
  })

  it('starts now, without an end, when told nothing', async () => {
    await using at = await bench({ tracker: { locked: false } })
    expect((await insert(at, { insertl: 1 })).status).toBe(201)
    expect(at.sandbox.tracker.stats()).toMatchObject({
      current_lock_start: '2026-03-01 12:00:00 UTC',
      scheduled_end: null,
    })
  })

  it('refuses an overlap with what is active or was', async () => {
    await using at = await bench()
    const answer = await insert(at, { insertl: 1 })
    expect(answer.status).toBe(409)
    expect(answer.body).toEqual({ error: 'overlapping_session', message: expect.any(String) })
    at.sandbox.tracker.end()
    expect((await insert(at, { insertl: 1, startdate: '2026-02-12' })).status).toBe(409)
    expect((await insert(at, { insertl: 1 })).status).toBe(201)
    expect(at.sandbox.applied).toHaveLength(1)
  })

  it.each([
    {},
    { insertl: true },
    { insertl: 1, startdate: '01.03.2026' },
    { insertl: 1, startdate: '2026-02-30' },
    { insertl: 1, startdate: '2026-03-02' },
    { insertl: 1, startdate: '2026-03-01', starttime: '25:00' },
    { insertl: 1, public: true },
    { insertl: 1, scheduledend: '2026-02-28' },
    { insertl: 1, scheduledendtime: '10:00' },
  ])('refuses %j', async (body) => {
    await using at = await bench({ tracker: { locked: false } })
    expect((await insert(at, body)).status).toBe(400)
    expect(at.sandbox.tracker.session()).toBeNull()
  })

  it('wants a token that may write', async () => {
    await using at = await bench({ tracker: { locked: false, write: false } })
    expect((await insert(at, { insertl: 1 }, null)).status).toBe(401)
    expect((await insert(at, { insertl: 1 }, 'x')).status).toBe(401)
    expect((await insert(at, { insertl: 1 })).status).toBe(403)
    expect((await insert(at, { insertl: 1 }, at.sandbox.tokens.dom)).status).toBe(403)
    expect((await at.ask('GET', '/api/liveinsert.php', at.sandbox.tokens.tracker)).status).toBe(405)
  })
})
