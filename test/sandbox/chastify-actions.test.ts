import { describe, expect, it } from 'vitest'
import { type Answer, bench, START } from './bench.ts'

const refusal = ({ status, body }: Answer): unknown => [status, body.error?.code]

describe('time', () => {
  it('adds and removes by every call, and records each', async () => {
    await using at = await bench()
    await at.action('add_time', 600)
    await at.action('remove_time', 200)
    await at.write('lock/apply-time', { deltaSeconds: 1000 })
    await at.write('lock/apply-time', { deltaSeconds: -400 })
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(27_800 + 600 - 200 + 1000 - 400)
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual(['add_time', 'remove_time', 'apply-time', 'apply-time'])
    expect(at.sandbox.applied[0]).toEqual({
      at: START,
      service: 'chastify',
      call: 'add_time',
      body: { name: 'add_time', params: 600 },
      lockId: null,
      as: 'owner',
    })
  })

  it('stops at the ceiling and at nothing', async () => {
    await using at = await bench({ chastify: { lock: { maxTimeRemainingSeconds: 30_000 } } })
    await at.action('add_time', 5000)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(30_000)
    at.sandbox.lock.patch({ maxTimeRemainingSeconds: 20_000 })
    await at.action('add_time', 5000)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(30_000)
    await at.action('remove_time', 50_000)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(0)
    at.sandbox.lock.patch({ maxTimeRemainingSeconds: null })
    await at.action('add_time', 1_000_000)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(1_000_000)
  })

  it.each([
    ['add_time', '600'],
    ['add_time', 1.5],
    ['add_time', 0],
    ['add_time', -5],
    ['remove_time', undefined],
  ])('refuses %s of %j', async (name, params) => {
    await using at = await bench()
    expect(refusal(await at.action(name, params))).toEqual([400, 'invalid_request'])
    expect(at.sandbox.applied).toEqual([])
  })

  it.each([0, 0.5, '60', null])('refuses a delta of %j', async (deltaSeconds) => {
    await using at = await bench()
    expect((await at.write('lock/apply-time', { deltaSeconds })).status).toBe(400)
  })
})

describe('freeze', () => {
  it('freezes, unfreezes and toggles', async () => {
    await using at = await bench()
    const frozen = (): boolean => at.sandbox.lock.data().frozen
    await at.action('freeze', { durationSeconds: 300 })
    expect(frozen()).toBe(true)
    await at.action('unfreeze', {})
    expect(frozen()).toBe(false)
    await at.action('toggle_freeze', { durationSeconds: 300 })
    expect(frozen()).toBe(true)
    await at.action('toggle_freeze', { durationSeconds: 300 })
    expect(frozen()).toBe(false)
    await at.write('lock/freeze', {})
    at.advance(1_000_000)
    expect(frozen()).toBe(true)
    expect((await at.write('lock/unfreeze')).status).toBe(200)
    expect(frozen()).toBe(false)
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual([
      'freeze',
      'unfreeze',
      'toggle_freeze',
      'toggle_freeze',
      'freeze',
      'unfreeze',
    ])
  })

  it('accepts an unfreeze with nothing to unfreeze, and records no effect', async () => {
    await using at = await bench()
    expect((await at.write('lock/unfreeze', {})).status).toBe(200)
    expect((await at.action('pillory.end', {})).status).toBe(200)
    expect(at.sandbox.applied).toEqual([])
  })

  it.each([59, 86_401, 60.5, '600'])('refuses a duration of %j by both calls', async (durationSeconds) => {
    await using at = await bench()
    expect((await at.write('lock/freeze', { durationSeconds })).status).toBe(400)
    expect((await at.action('freeze', { durationSeconds })).status).toBe(400)
    expect(at.sandbox.lock.data().frozen).toBe(false)
  })

  it('holds an untrusted keyholder to three timed freezes a day', async () => {
    await using at = await bench({ chastify: { role: 'keyholder', lock: { trusted: false } } })
    expect(refusal(await at.write('lock/freeze', {}))).toEqual([403, 'trust_required'])
    for (let count = 0; count < 3; count++) {
      expect((await at.write('lock/freeze', { durationSeconds: 60 })).status).toBe(200)
      at.advance(60)
    }
    expect(refusal(await at.write('lock/freeze', { durationSeconds: 60 }))).toEqual([403, 'freeze_limit_reached'])
    at.advance(86_400)
    expect((await at.write('lock/freeze', { durationSeconds: 60 })).status).toBe(200)
  })
})

describe('tasks', () => {
  const task = { actor: 'extension', taskText: 'Drink water', points: 5, verificationRequired: false }

  it('gives points for success only', async () => {
    await using at = await bench()
    const { lock } = at.sandbox
    await at.action('task.assign', task)
    expect(lock.data()).toMatchObject({ taskAssigned: true, taskPoints: 2 })
    await at.action('task.complete', { successful: true })
    expect(lock.data()).toMatchObject({ taskAssigned: false, taskPoints: 7 })
    await at.action('task.assign', task)
    await at.action('task.complete', { successful: false })
    expect(lock.data()).toMatchObject({ taskAssigned: false, taskPoints: 7 })
    expect(refusal(await at.action('task.complete', { successful: true }))).toEqual([409, 'no_open_task_run'])
  })

  it('cancels the open run for a new one', async () => {
    await using at = await bench()
    await at.action('task.assign', task)
    await at.action('task.assign', { ...task, points: 1 })
    await at.action('task.complete', { successful: true })
    expect(at.sandbox.lock.data()).toMatchObject({ taskAssigned: false, taskPoints: 3 })
  })

  it('closes an overdue run without points; the timer starts its length anew', async () => {
    await using at = await bench()
    const { lock } = at.sandbox
    await at.action('task.assign', { ...task, durationSeconds: 900 })
    at.advance(800)
    expect((await at.action('task.start_timer', {})).status).toBe(200)
    expect((await at.action('task.start_timer', {})).status).toBe(409)
    at.advance(899)
    expect(lock.data().taskAssigned).toBe(true)
    at.advance(1)
    expect(lock.data()).toMatchObject({ taskAssigned: false, taskPoints: 2 })
    await at.action('task.assign', { ...task, durationSeconds: 900 })
    at.advance(900)
    expect(lock.data().taskAssigned).toBe(false)
    expect((await at.action('task.start_timer', {})).status).toBe(409)
  })

  it('needs the module, the text and the result', async () => {
    await using without = await bench({ chastify: { modules: [] } })
    expect(refusal(await without.action('task.assign', task))).toEqual([403, 'module_not_enabled'])
    expect(refusal(await without.action('hygienic_unlock.start', {}))).toEqual([403, 'module_not_enabled'])
    await using at = await bench()
    expect((await at.action('task.assign', { points: 1 })).status).toBe(400)
    expect((await at.action('task.assign', { ...task, durationSeconds: '15m' })).status).toBe(400)
    expect((await at.action('task.complete', {})).status).toBe(400)
    expect(at.sandbox.applied).toEqual([])
  })

  it('can be opened and closed by somebody else', async () => {
    await using at = await bench()
    const { lock } = at.sandbox
    lock.openTask('Sweep', 3)
    expect((await at.read()).body.data.lockData.taskAssigned).toBe(true)
    lock.closeTask('points')
    expect(lock.data()).toMatchObject({ taskAssigned: false, taskPoints: 5 })
    lock.openTask('Sweep', 3)
    lock.closeTask('no-points')
    expect(lock.data().taskPoints).toBe(5)
    expect(at.sandbox.applied).toEqual([])
  })
})

describe('the other actions', () => {
  it('runs a pillory, settings and a hygienic opening', async () => {
    await using at = await bench()
    expect((await at.action('pillory', { durationSeconds: 600 })).status).toBe(200)
    expect((await at.action('pillory.end', {})).status).toBe(200)
    expect((await at.action('pillory.end', {})).status).toBe(200)
    expect((await at.action('settings.patch', { a: 1 })).status).toBe(200)
    expect((await at.action('settings.patch', {})).status).toBe(400)
    expect((await at.action('hygienic_unlock.start', { durationSeconds: 900 })).status).toBe(200)
    expect(refusal(await at.action('hygienic_unlock.start', {}))).toEqual([409, 'hygiene_session_active'])
    at.advance(900)
    expect((await at.action('hygienic_unlock.start', {})).status).toBe(200)
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual([
      'pillory',
      'pillory.end',
      'settings.patch',
      'hygienic_unlock.start',
      'hygienic_unlock.start',
    ])
  })

  it('finds a pillory over at its end', async () => {
    await using at = await bench()
    await at.action('pillory', { durationSeconds: 600 })
    at.advance(600)
    await at.action('pillory.end', {})
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual(['pillory'])
  })

  it.each(['unlock', 'toString', '', undefined])('refuses the action %j', async (name) => {
    await using at = await bench()
    expect(refusal(await at.write('action', { name, params: {} }))).toEqual([400, 'invalid_request'])
  })
})

describe('logs and notifications', () => {
  it.each([
    [200, { title: 'x', description: 'y', role: 'extension', icon: 'bolt', color: '#ffcc00' }],
    [200, { title: 'x'.repeat(180) }],
    [400, {}],
    [400, { title: ' ' }],
    [400, { title: 'x'.repeat(181) }],
    [400, { title: 'x', description: 'y'.repeat(2001) }],
    [400, { title: 'x', role: 'dom' }],
    [400, { title: 'x', color: 'red' }],
  ])('answers %i to a log', async (status, body) => {
    await using at = await bench()
    expect((await at.write('logs/custom', body)).status).toBe(status)
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual(status === 200 ? ['log'] : [])
  })

  it.each([
    [200, { title: 'x', message: 'y', target: 'both', showPageOverlay: true }],
    [400, { title: 'x'.repeat(101), message: 'y' }],
    [400, { title: 'x' }],
    [400, { title: 'x', message: 'y'.repeat(501) }],
    [400, { title: 'x', message: 'y', target: 'all' }],
    [400, { title: 'x', message: 'y', showPageOverlay: 'yes' }],
  ])('answers %i to a notification', async (status, body) => {
    await using at = await bench()
    expect((await at.write('notifications/custom', body)).status).toBe(status)
    expect(at.sandbox.applied.map(({ call }) => call)).toEqual(status === 200 ? ['notify'] : [])
  })
})

describe('devices', () => {
  it('takes commands with the DEV token', async () => {
    await using at = await bench()
    expect((await at.write('device-command', { command: 'vibration.start', params: { level: 2 } })).status).toBe(200)
    expect((await at.write('device-command', { command: 'explode' })).status).toBe(400)
    expect(at.sandbox.applied).toMatchObject([{ call: 'device', as: 'owner' }])
  })

  it("takes them on an extension session with an app's key and the main token only", async () => {
    await using at = await bench()
    const { tokens } = at.sandbox
    const path = '/api/extensions/sessions/abc/device-command'
    const send = (bearer: string | null, main: string | null) =>
      at.ask('POST', path, bearer, { command: 'all.stop' }, main === null ? {} : { 'x-chastify-main-token': main })
    expect(refusal(await send(tokens.chastify, tokens.main))).toEqual([401, 'invalid_token'])
    expect(refusal(await send(null, tokens.main))).toEqual([401, 'missing_token'])
    expect(refusal(await send(tokens.app, null))).toEqual([401, 'missing_token'])
    expect(refusal(await send(tokens.app, 'x'))).toEqual([401, 'invalid_token'])
    expect((await send(tokens.app, tokens.main)).status).toBe(200)
    at.sandbox.revoke('main')
    expect(refusal(await send(tokens.app, tokens.main))).toEqual([401, 'revoked_token'])
    expect(at.sandbox.applied).toMatchObject([{ call: 'device', as: 'app' }])
  })
})

describe('being seen', () => {
  it('tells moments, and null while online status is hidden', async () => {
    await using at = await bench()
    const { lock } = at.sandbox
    at.advance(10)
    lock.seen('wearer')
    expect((await at.read()).body.data.lockData.wearerLastSeenTimestamp).toBe(START + 10_000)
    lock.hideOnline(true)
    expect((await at.read()).body.data.lockData).toMatchObject({
      wearerLastSeenTimestamp: null,
      keyholderLastSeenTimestamp: null,
    })
    lock.hideOnline(false)
    expect(lock.data().wearerLastSeenTimestamp).toBe(START + 10_000)
  })
})
