import { describe, expect, it } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { bench, START } from './bench.ts'

describe('session', () => {
  it('answers the default world in the data envelope', async () => {
    await using at = await bench()
    const { status, body } = await at.read()
    expect(status).toBe(200)
    expect(body.ok).toBe(true)
    expect(body.data.role).toBe('wearer')
    expect(body.data.scopes).toContain('lock:write')
    expect(body.data.timeRemainingSeconds).toBe(27_800)
    expect(body.data.lock._id).toMatch(/^[0-9a-f]{24}$/)
    expect(body.data.lockData).toEqual({
      frozen: false,
      unlockable: false,
      trusted: true,
      taskAssigned: false,
      timeLockedSeconds: 5400,
      timeRemainingSeconds: 27_800,
      maxTimeRemainingSeconds: 604_800,
      taskPoints: 2,
      taskPointsRequired: 5,
      lockTitle: 'Weekend Challenge',
      wearerUsername: 'alice',
      keyholderUsername: 'kh_bob',
      wearerLastSeenTimestamp: START - 60_000,
      keyholderLastSeenTimestamp: START - 1_200_000,
    })
  })

  it('stands alone in the bare form, and without an id if told so', async () => {
    await using at = await bench({ chastify: { envelope: 'bare', lockId: false, role: 'keyholder' } })
    const { body } = await at.read()
    expect(Object.keys(body).sort()).toEqual(['lockData', 'role', 'scopes', 'timeRemainingSeconds'])
    expect(body.role).toBe('keyholder')
  })

  it('serves given fields and keys of its own', async () => {
    await using at = await bench({
      chastify: { lock: { lockTitle: 'Other', wearerAge: 30, timeRemainingSeconds: 60, keyholderUsername: null } },
    })
    const { lockData } = (await at.read()).body.data
    expect(lockData).toMatchObject({
      lockTitle: 'Other',
      wearerAge: 30,
      timeRemainingSeconds: 60,
      keyholderUsername: null,
    })
  })

  it('gives the same ids and tokens for the same seed only', async () => {
    await using one = await bench({ seed: 3 })
    await using same = await bench({ seed: 3 })
    await using other = await bench({ seed: 4 })
    expect(same.sandbox.tokens).toEqual(one.sandbox.tokens)
    expect(same.sandbox.lock.id()).toBe(one.sandbox.lock.id())
    expect(other.sandbox.tokens.chastify).not.toBe(one.sandbox.tokens.chastify)
    expect(other.sandbox.lock.id()).not.toBe(one.sandbox.lock.id())
  })

  it("dates its answers by the sandbox's clock", async () => {
    await using at = await bench()
    at.advance(3600)
    expect((await at.read()).headers.get('date')).toBe('Sun, 01 Mar 2026 13:00:00 GMT')
  })
})

describe('time', () => {
  it('runs down a second a second, in whole seconds, and never below nothing', async () => {
    await using at = await bench({ chastify: { lock: { timeRemainingSeconds: 100, timeLockedSeconds: 10 } } })
    at.advance(0.4)
    expect(at.sandbox.lock.data()).toMatchObject({ timeRemainingSeconds: 100, timeLockedSeconds: 10 })
    at.advance(39.6)
    expect((await at.read()).body.data.lockData).toMatchObject({ timeRemainingSeconds: 60, timeLockedSeconds: 50 })
    at.advance(100)
    expect((await at.read()).body.data.lockData).toMatchObject({ timeRemainingSeconds: 0, timeLockedSeconds: 150 })
    at.sandbox.lock.addTime(10)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(10)
  })

  it('tells whole milliseconds whatever its clock says', async () => {
    const sandbox = await startSandbox({ clock: { now: () => START + 0.7 } })
    sandbox.lock.seen('wearer')
    expect(sandbox.lock.data().wearerLastSeenTimestamp).toBe(START)
    await sandbox.close()
  })

  it('stands while frozen, and a freeze ends by itself at its moment', async () => {
    await using at = await bench()
    await at.write('lock/freeze', { durationSeconds: 600 })
    at.advance(599)
    expect((await at.read()).body.data.lockData).toMatchObject({
      frozen: true,
      timeRemainingSeconds: 27_800,
      timeLockedSeconds: 5400,
    })
    at.advance(101)
    expect((await at.read()).body.data.lockData).toMatchObject({
      frozen: false,
      timeRemainingSeconds: 27_700,
      timeLockedSeconds: 5500,
    })
  })

  it('is unlockable only at nothing left, not frozen, with enough points', async () => {
    await using at = await bench({ chastify: { lock: { timeRemainingSeconds: 10, taskPoints: 5 } } })
    const { lock } = at.sandbox
    expect(lock.data().unlockable).toBe(false)
    at.advance(10)
    expect(lock.data().unlockable).toBe(true)
    lock.freeze(null)
    expect(lock.data().unlockable).toBe(false)
    lock.unfreeze()
    lock.patch({ taskPoints: 4 })
    expect(lock.data().unlockable).toBe(false)
  })
})

describe('errors', () => {
  it('401 for a token that is missing, wrong or revoked', async () => {
    await using at = await bench()
    const code = async (bearer: string | null): Promise<unknown> => {
      const { status, body } = await at.ask('GET', '/api/apps/v1/session', bearer)
      return [status, body.error.code]
    }
    expect(await code(null)).toEqual([401, 'missing_token'])
    expect(await code('x')).toEqual([401, 'invalid_token'])
    expect(await code(at.sandbox.tokens.tracker)).toEqual([401, 'invalid_token'])
    at.sandbox.revoke('chastify')
    expect(await code(at.sandbox.tokens.chastify)).toEqual([401, 'revoked_token'])
  })

  it('takes the flat form if told so', async () => {
    await using at = await bench({ chastify: { flatErrors: true } })
    const { body } = await at.ask('GET', '/api/apps/v1/session', null)
    expect(body).toEqual({ error: 'missing_token', message: expect.any(String) })
  })

  it('403 for a scope the key lacks, and nothing happens', async () => {
    await using at = await bench({ chastify: { scopes: ['session:read'] } })
    expect((await at.read()).body.data.scopes).toEqual(['session:read'])
    const answer = await at.action('add_time', 600)
    expect([answer.status, answer.body.error.code]).toEqual([403, 'insufficient_scope'])
    expect(at.sandbox.applied).toEqual([])
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(27_800)
  })

  it('409 without an active lock, and after its end', async () => {
    await using at = await bench({ chastify: { lock: null } })
    expect((await at.read()).body.error.code).toBe('no_active_lock_session')
    at.sandbox.lock.start()
    expect((await at.read()).status).toBe(200)
    at.sandbox.lock.end()
    const answer = await at.write('lock/unfreeze', {})
    expect([answer.status, answer.body.error.code]).toEqual([409, 'no_active_lock_session'])
  })

  it('holds a request to the lock that it names', async () => {
    await using at = await bench()
    const first = at.sandbox.lock.id() ?? ''
    const pinned = (id: string) => at.write('lock/apply-time', { deltaSeconds: 60 }, { 'x-chastify-lock-id': id })
    expect((await pinned(first)).status).toBe(200)
    const second = at.sandbox.lock.start()
    expect(second).not.toBe(first)
    const ended = await pinned(first)
    expect([ended.status, ended.body.error.code]).toEqual([409, 'lock_ended'])
    expect((await pinned('0'.repeat(24))).status).toBe(404)
    expect((await pinned(second)).status).toBe(200)
    expect(at.sandbox.applied.map(({ lockId }) => lockId)).toEqual([first, second])
    expect(at.sandbox.lock.start({}, first)).toBe(first)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(27_860)
    expect((await pinned(first)).status).toBe(200)
  })

  it('404 and 405', async () => {
    await using at = await bench()
    expect((await at.write('nothing', {})).status).toBe(404)
    expect((await at.ask('GET', '/other', null)).status).toBe(404)
    const answer = await at.ask('GET', '/api/apps/v1/action', at.sandbox.tokens.chastify)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('400 for a body that is not JSON, is not said to be, or is none of its fields; 413 beyond 1 MB', async () => {
    await using at = await bench()
    expect((await at.write('lock/apply-time', '{"deltaSeconds":')).status).toBe(400)
    expect((await at.write('lock/apply-time', 'null')).status).toBe(400)
    expect((await at.write('lock/apply-time', '[]')).status).toBe(400)
    expect((await at.write('lock/apply-time')).status).toBe(400)
    const typed = await at.write('lock/apply-time', { deltaSeconds: 60 }, { 'Content-Type': 'text/plain' })
    expect(typed.status).toBe(400)
    expect((await at.write('logs/custom', { title: 'x', description: 'x'.repeat(1_050_000) })).status).toBe(413)
    expect(at.sandbox.applied).toEqual([])
  })
})

describe('rate limits', () => {
  it('lets 30 actions a minute through and then says how long to wait', async () => {
    await using at = await bench()
    for (let count = 0; count < 30; count++) {
      expect((await at.write('lock/apply-time', { deltaSeconds: 1 })).status).toBe(200)
      at.advance(1)
    }
    const refused = await at.write('logs/custom', { title: 'x' })
    expect([refused.status, refused.body.error.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'rate_limited',
      '30',
    ])
    expect((await at.read()).status).toBe(200)
    at.advance(29)
    expect((await at.write('logs/custom', { title: 'x' })).status).toBe(429)
    at.advance(1)
    expect((await at.write('logs/custom', { title: 'x' })).status).toBe(200)
    expect((await at.write('logs/custom', { title: 'x' })).status).toBe(429)
    expect(at.sandbox.applied).toHaveLength(31)
  })

  it('lets 300 reads a minute through', async () => {
    await using at = await bench()
    const statuses = await Promise.all(Array.from({ length: 301 }, async () => (await at.read()).status))
    expect(statuses.filter((status) => status === 200)).toHaveLength(300)
    expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  })

  it('counts actions as writes too', async () => {
    await using at = await bench({ chastify: { limits: { write: 2 } } })
    await at.action('add_time', 1)
    await at.action('add_time', 1)
    expect((await at.action('add_time', 1)).status).toBe(429)
  })
})
