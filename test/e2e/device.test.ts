// A device is told what was agreed, for as long as was agreed, and never left to itself.
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { household, until } from './daemon.ts'
import { openServices, type Services } from './services.ts'

const app = '/api/apps/v1/device-command'
const extension = '/api/extensions/sessions/ext-1/device-command'
const limits = {
  allow: ['device', 'log'],
  device: {
    each: '5s',
    times_per_hour: 'unlimited',
    quiet: 'unlimited',
    commands: ['vibration.start'],
    params: 'unlimited',
  },
}

const onPoints = (...then: readonly string[]): string =>
  'rules:\n' +
  then
    .map((one, at) => `  - id: r${at + 1}\n    when: lock.taskPoints > ${at}\n    then:\n      - device: ${one}\n`)
    .join('')

function home(services: Services, rules: string, device: unknown = { route: 'app' }, more: object = {}) {
  const chastify = { token: 'dev-Ch4stifySecretTokenAAAA1111', base_url: services.url, device }
  return household(services, { limits, rules: { one: rules }, lock: { chastify }, ...more })
}

const told = (services: Services, path = app): unknown[] =>
  services.posts(path).map(({ body }) => (body as { command: unknown }).command)

describe.concurrent('devices', () => {
  test('a start goes out as written, and all.stop follows within what was agreed', async () => {
    await using services = await openServices()
    await using house = home(services, onPoints('{ command: vibration.start, params: { level: 3, a: [1] } }'))
    const daemon = house.start('run')
    services.points = 1
    await daemon.until('the stop', () => told(services).length === 2)
    const [start, stop] = services.posts(app)
    expect(start?.body).toEqual({ command: 'vibration.start', params: { level: 3, a: [1] } })
    expect(start?.headers).toMatchObject({ 'x-chastify-lock-id': services.lockId })
    expect(stop?.body).toEqual({ command: 'all.stop' })
    const took = (stop?.at ?? 0) - (start?.at ?? 0)
    expect(took).toBeGreaterThan(4000)
    expect(took).toBeLessThanOrEqual(5000)
    await daemon.until('its end', async () => (await house.history()).every(({ state }) => state === 'applied'))
    expect((await house.history()).map(({ rule, action }) => `${rule} ${action}`)).toEqual([
      '(device) device',
      'r1 device',
    ])
    expect((await house.run(['history'])).out).toMatch(/device vibration\.start 5 s: applied/)
  })

  test('pressing stop sends all.stop at once, and the next start is refused', async () => {
    await using services = await openServices()
    await using house = home(services, onPoints('vibration.start', '{ command: vibration.start }'), undefined, {
      limits: { ...limits, device: { ...limits.device, each: '10m' } },
    })
    const daemon = house.start('run')
    services.points = 1
    await daemon.until('the start', () => told(services).length === 1)
    expect(await house.run(['stop'])).toMatchObject({ code: 0 })
    await daemon.until('the stop', () => told(services).length === 2)
    services.points = 2
    await daemon.until('the refusal', async () => (await house.history()).some(({ state }) => state === 'refused'))
    expect(told(services)).toEqual(['vibration.start', 'all.stop'])
  })

  test('a command that was not agreed is refused, a stop never is', async () => {
    await using services = await openServices()
    await using house = home(services, onPoints('shock.start', 'shock.stop'))
    const daemon = house.start('run')
    services.points = 2
    await daemon.until('the stop', () => told(services).length === 1)
    const rows = await house.history()
    expect(rows.find(({ rule }) => rule === 'r1')).toMatchObject({
      state: 'refused',
      note: 'shock.start is not among limits.device.commands',
    })
    expect(told(services)).toEqual(['shock.stop'])
  })

  test('by an extension’s session: its own keys, and their refusal leaves the lock’s token alone', async () => {
    await using services = await openServices()
    services.fail('POST', extension, { how: 'answer', status: 401, body: { error: 'invalid_token' } }, 1)
    const device = {
      route: 'extension',
      session_id: 'ext-1',
      app_key_file: './app-key',
      main_token_file: './main-token',
    }
    await using house = home(services, onPoints('vibration.start'), device)
    writeFileSync(house.path('app-key'), 'app-K3ySecret0001')
    writeFileSync(house.path('main-token'), 'main-T0kenSecret0002')
    const daemon = house.start('run')
    services.points = 1
    await daemon.until('the refusal', async () => (await house.history()).some(({ state }) => state === 'rejected'))
    const [sent] = services.posts(extension)
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer app-K3ySecret0001',
      'x-chastify-main-token': 'main-T0kenSecret0002',
    })
    const before = services.gets('/api/apps/v1/session').length
    await daemon.until('more readings', () => services.gets('/api/apps/v1/session').length > before + 1)
    expect(told(services, extension)).toEqual(['vibration.start'])
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s: it does not end before the stop has left', async (signal) => {
    await using services = await openServices()
    await using house = home(services, onPoints('vibration.start'), undefined, {
      limits: { ...limits, device: { ...limits.device, each: '10m' } },
    })
    const daemon = house.start('run')
    services.points = 1
    await daemon.until('the start', () => told(services).length === 1)
    await daemon.kill(signal)
    expect(told(services)).toEqual(['vibration.start', 'all.stop'])
  })

  test('killed, it sends none; the next one does at once', async () => {
    await using services = await openServices()
    await using house = home(services, onPoints('vibration.start'), undefined, {
      limits: { ...limits, device: { ...limits.device, each: '1s' } },
    })
    const first = house.start('run')
    services.points = 1
    await until('the start', () => told(services).length === 1, { every: 5 })
    await first.kill('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(told(services)).toEqual(['vibration.start'])
    const second = house.start('run')
    await second.until('the stop', () => told(services).length === 2)
    expect(told(services)).toEqual(['vibration.start', 'all.stop'])
  })

  test('a single round does not end before the stop has left, either', async () => {
    await using services = await openServices()
    services.points = 1
    await using house = home(services, onPoints('vibration.start'))
    expect(await house.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(told(services)).toEqual(['vibration.start', 'all.stop'])
  })

  test('a dry run sends nothing', async () => {
    await using services = await openServices()
    services.points = 1
    await using house = home(services, onPoints('vibration.start'), undefined, { mode: 'dry-run' })
    const daemon = house.start('run')
    await daemon.until('its row', async () => (await house.history()).length === 1)
    const before = services.gets('/api/apps/v1/session').length
    await daemon.until('more readings', () => services.gets('/api/apps/v1/session').length > before + 3)
    await daemon.term()
    expect(services.posts()).toEqual([])
  })
})
