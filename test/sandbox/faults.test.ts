import { describe, expect, it } from 'vitest'
import { bench } from './bench.ts'

describe('a cut connection', () => {
  it('before the effect leaves nothing applied', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'drop-before' })
    await expect(at.write('lock/apply-time', { deltaSeconds: 600 })).rejects.toThrow()
    expect(at.sandbox.applied).toEqual([])
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(27_800)
    expect(at.sandbox.seen).toMatchObject([
      { path: '/api/apps/v1/lock/apply-time', status: 'dropped', fault: 'drop-before' },
    ])
  })

  it('after the effect leaves it applied, once', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'drop-after', times: 1 })
    await expect(at.write('lock/apply-time', { deltaSeconds: 600 })).rejects.toThrow()
    expect(at.sandbox.applied).toHaveLength(1)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(28_400)
    expect((await at.write('lock/apply-time', { deltaSeconds: 600 })).status).toBe(200)
    expect(at.sandbox.seen.map(({ status }) => status)).toEqual(['dropped', 200])
  })

  it('may let the request land late, at its moment', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'freeze', kind: 'late', delayMs: 30_000, times: 1 })
    await expect(at.write('lock/freeze', { durationSeconds: 600 })).rejects.toThrow()
    at.advance(29)
    expect(at.sandbox.lock.data().frozen).toBe(false)
    expect(at.sandbox.applied).toEqual([])
    at.advance(11)
    expect(at.sandbox.applied).toMatchObject([{ call: 'freeze', at: at.now() - 10_000 }])
    expect(at.sandbox.lock.data()).toMatchObject({ frozen: true, timeRemainingSeconds: 27_770 })
    at.advance(590)
    expect(at.sandbox.lock.data().frozen).toBe(false)
  })

  it('judges what lands late by the world it lands in', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: '*', kind: 'late', delayMs: 30_000, times: 1 })
    await expect(at.action('add_time', 600)).rejects.toThrow()
    at.sandbox.lock.end()
    at.advance(30)
    expect(at.sandbox.applied).toEqual([])
  })
})

describe('an answer', () => {
  it('has the status, code and header it is told, in the form of the service', async () => {
    await using at = await bench()
    const off = at.sandbox.fault({ call: 'log', kind: 'status', status: 429, retryAfter: 7 })
    const { status, body, headers } = await at.write('logs/custom', { title: 'x' })
    expect([status, body.error.code, headers.get('retry-after')]).toEqual([429, 'rate_limited', '7'])
    expect(at.sandbox.applied).toEqual([])
    off()
    expect((await at.write('logs/custom', { title: 'x' })).status).toBe(200)

    at.sandbox.fault({ call: 'stats', kind: 'status', status: 503, code: 'maintenance' })
    const page = await at.page('stats.php')
    expect(page.status).toBe(503)
    expect(page.body).toMatchObject({ ok: false, error: { code: 'maintenance' } })
    expect((await at.page('sessions.php')).status).toBe(200)
  })

  it('can hide that the request was carried out', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'add_time', kind: 'status', status: 502, after: true, body: '<h1>Bad gateway</h1>' })
    const response = await fetch(`${at.sandbox.url}/api/apps/v1/action`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${at.sandbox.tokens.chastify}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'add_time', params: 60 }),
    })
    expect([response.status, await response.text()]).toEqual([502, '<h1>Bad gateway</h1>'])
    expect(at.sandbox.applied).toHaveLength(1)
    expect((await at.action('remove_time', 60)).status).toBe(200)
  })

  it('can lead elsewhere, or be a page', async () => {
    await using at = await bench()
    const off = at.sandbox.fault({ call: 'session', kind: 'redirect', status: 307 })
    const redirect = await at.read()
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, '/elsewhere'])
    off()
    at.sandbox.fault({ call: 'session', kind: 'html' })
    const page = await at.read()
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(page.body).toContain('<!doctype html>')
  })

  it('can fail to come at all, with the effect or without', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'dice', kind: 'hang', after: true, times: 1 })
    at.sandbox.fault({ call: 'dice', kind: 'hang', times: 1 })
    const session = at.sandbox.tracker.session()
    const asking = [1, 2].map(() => at.game({ game: 'dice', dom: 0, session }))
    const outcomes = Promise.allSettled(asking)
    await expect.poll(() => at.sandbox.seen.length).toBe(2)
    expect(at.sandbox.seen.map(({ status }) => status)).toEqual(['dropped', 'dropped'])
    expect(at.sandbox.applied).toHaveLength(1)
    await at.sandbox.close()
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe('several faults', () => {
  it('strike in the order they were switched on, each as often as told', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'action', kind: 'status', status: 500, times: 1 })
    at.sandbox.fault({ call: 'add_time', kind: 'status', status: 503, times: 2 })
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push((await at.action('add_time', 1)).status)
    expect(statuses).toEqual([500, 503, 503, 200])
  })
})
