import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { bench } from './bench.ts'

describe('the control from outside', () => {
  it('shows the state, without a token anywhere', async () => {
    await using at = await bench()
    const { tokens } = at.sandbox
    await at.write('lock/apply-time', { deltaSeconds: 60 })
    await at.game({ game: 'link', dom: 0, token: tokens.link, type: 'add' }, null)
    const { status, body } = await at.ask('GET', '/sandbox/state', null)
    expect(status).toBe(200)
    expect(body.lock.timeRemainingSeconds).toBe(27_860)
    expect(body.lockId).toBe(at.sandbox.lock.id())
    expect(body.tracker.locked).toBe(true)
    expect(body.applied.map(({ call }: { call: string }) => call)).toEqual(['apply-time', 'link'])
    expect(body.seen.map(({ path }: { path: string }) => path)).toEqual([
      '/api/apps/v1/lock/apply-time',
      '/api/v2/games.php',
    ])
    for (const token of Object.values(tokens)) expect(JSON.stringify(body)).not.toContain(token)
  })

  it('hides a short token without hurting other words', async () => {
    await using at = await bench({ chastify: { token: 'dev' } })
    await at.write('device-command', { command: 'all.stop', params: { note: 'dev' } })
    const { applied } = (await at.ask('GET', '/sandbox/state', null)).body
    expect(applied).toMatchObject([{ call: 'device', body: { params: { note: '[token]' } } }])
  })

  it('switches faults on and off', async () => {
    await using at = await bench()
    await at.ask('POST', '/sandbox/fault', null, { call: 'session', kind: 'status', status: 503 })
    expect((await at.read()).status).toBe(503)
    await at.ask('DELETE', '/sandbox/faults', null)
    expect((await at.read()).status).toBe(200)
    const stall = { call: 'session', kind: 'stall', status: 503, holdMs: 5, times: 1 }
    expect((await at.ask('POST', '/sandbox/fault', null, stall)).status).toBe(200)
    await expect(at.read()).rejects.toThrow()
    expect((await at.ask('POST', '/sandbox/fault', null, { call: 'session', kind: 'explode' })).status).toBe(400)
    expect(
      (await at.ask('POST', '/sandbox/fault', null, { call: 'session', kind: 'status', status: '503' })).status,
    ).toBe(400)
  })

  it('drives the lock and the page', async () => {
    await using at = await bench()
    const { lock, tracker } = at.sandbox
    const drive = (what: string, deed: string, details?: unknown) =>
      at.ask('POST', `/sandbox/${what}`, null, { do: deed, with: details })
    await drive('lock', 'patch', { timeRemainingSeconds: 100, taskPoints: 9 })
    expect(lock.data()).toMatchObject({ timeRemainingSeconds: 100, taskPoints: 9 })
    await drive('lock', 'addTime', -40)
    await drive('lock', 'freeze', 600)
    await drive('lock', 'openTask', 'Sweep')
    expect(lock.data()).toMatchObject({ timeRemainingSeconds: 60, frozen: true, taskAssigned: true })
    await drive('lock', 'unfreeze')
    await drive('lock', 'closeTask', 'points')
    await drive('lock', 'hideOnline', true)
    expect(lock.data()).toMatchObject({ frozen: false, taskPoints: 10, wearerLastSeenTimestamp: null })
    const started = await drive('lock', 'start', { lockTitle: 'Next' })
    expect(started.body.result).toBe(lock.id())
    expect(lock.data().lockTitle).toBe('Next')
    await drive('lock', 'end')
    expect((await drive('lock', 'unfreeze')).status).toBe(409)
    expect((await at.ask('GET', '/sandbox/state', null)).body.lock).toBeNull()

    await drive('tracker', 'end')
    expect(tracker.stats().locked).toBe(false)
    expect((await drive('tracker', 'penalty', 60)).status).toBe(400)
    await drive('tracker', 'patch', { last_full: '2026-03-01' })
    expect(tracker.stats().last_full).toBe('2026-03-01')
  })

  it('names the deeds it knows, and refuses nonsense', async () => {
    await using at = await bench()
    const { status, body } = await at.ask('POST', '/sandbox/lock', null, { do: 'explode' })
    expect(status).toBe(400)
    expect(body.error.message).toContain('openTask')
    expect(
      (await at.ask('POST', '/sandbox/lock', null, { do: 'patch', with: { timeRemainingSeconds: 'x' } })).status,
    ).toBe(400)
    expect((await at.ask('GET', '/sandbox/other', null)).status).toBe(404)
  })

  it('answers on loopback names only', async () => {
    await using at = await bench()
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${at.sandbox.url}/sandbox/state`, { headers: { Host: host } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await status('localhost:8080')).toBe(200)
    expect(await status('[::1]')).toBe(200)
    expect(await status('evil.example')).toBe(403)
    expect(await status('127.0.0.1.evil.example')).toBe(403)
  })

  it('is not counted among the requests', async () => {
    await using at = await bench()
    await at.ask('GET', '/sandbox/state', null)
    expect(at.sandbox.seen).toEqual([])
  })
})

describe('the port', () => {
  it('says so if it is taken', async () => {
    await using at = await bench()
    await expect(bench({ port: Number(new URL(at.sandbox.url).port) })).rejects.toThrow('EADDRINUSE')
  })
})
