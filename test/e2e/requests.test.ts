// What leaves, byte for byte: method, path, body, bearer, lock.
import { describe, expect, test } from 'vitest'
import { household, type Setting } from './daemon.ts'
import { openServices, type Services, tokens } from './services.ts'

const action = '/api/apps/v1/action'
const games = '/api/v2/games.php'

const everything = {
  allow: [
    'add_time',
    'remove_time',
    'apply_time',
    'freeze',
    'unfreeze',
    'toggle_freeze',
    'pillory',
    'pillory.end',
    'task.assign',
    'task.start_timer',
    'task.complete',
    'hygienic_unlock.start',
    'settings.patch',
    'log',
    'notify',
    'tracker.game',
    'tracker.game.link',
    'tracker.session.start',
  ],
}

type Case = {
  readonly then: string
  readonly path: string
  readonly body: unknown
  readonly bearer?: string | null
  readonly set?: (services: Services) => void
}

const named = (name: string, params: unknown) => ({ path: action, body: { name, params } })
const openTask = (services: Services): void => {
  services.task = true
}
const frozen = (services: Services): void => {
  services.frozen = true
}
const noSession = (services: Services): void => {
  services.trackerSession = null
}

const cases: readonly Case[] = [
  { then: 'add_time: 10m', ...named('add_time', 600) },
  { then: 'remove_time: 15m', ...named('remove_time', 900) },
  { then: 'apply_time: 10m', path: '/api/apps/v1/lock/apply-time', body: { deltaSeconds: 600 } },
  { then: 'apply_time: -5m', path: '/api/apps/v1/lock/apply-time', body: { deltaSeconds: -300 } },
  { then: 'freeze: 30m', path: '/api/apps/v1/lock/freeze', body: { durationSeconds: 1800 } },
  { then: 'unfreeze', path: '/api/apps/v1/lock/unfreeze', body: {}, set: frozen },
  { then: 'toggle_freeze: 5m', ...named('toggle_freeze', { durationSeconds: 300 }) },
  { then: 'pillory: 20m', ...named('pillory', { durationSeconds: 1200 }) },
  { then: 'pillory.end', ...named('pillory.end', {}) },
  {
    then: 'task.assign: { text: Drink water, points: 5, duration: 15m, verification: true }',
    ...named('task.assign', {
      actor: 'extension',
      taskText: 'Drink water',
      points: 5,
      verificationRequired: true,
      durationSeconds: 900,
    }),
  },
  {
    then: 'task.assign: { text: Again, points: 1, duration: 1m, verification: false, if_open: replace }',
    ...named('task.assign', {
      actor: 'extension',
      taskText: 'Again',
      points: 1,
      verificationRequired: false,
      durationSeconds: 60,
    }),
    set: openTask,
  },
  { then: 'task.start_timer', ...named('task.start_timer', {}), set: openTask },
  { then: 'task.complete: { successful: true }', ...named('task.complete', { successful: true }), set: openTask },
  { then: 'task.complete: { successful: false }', ...named('task.complete', { successful: false }), set: openTask },
  { then: 'hygienic_unlock.start: 15m', ...named('hygienic_unlock.start', { durationSeconds: 900 }) },
  {
    then: 'settings.patch: { params: { hideTimer: true, nested: { deep: [1, two, null] } } }',
    ...named('settings.patch', { hideTimer: true, nested: { deep: [1, 'two', null] } }),
  },
  {
    then: 'log: { title: A title, description: "Two\\nlines — ü 🔒", role: keyholder, icon: clock, color: "#ffcc00" }',
    path: '/api/apps/v1/logs/custom',
    body: { title: 'A title', description: 'Two\nlines — ü 🔒', role: 'keyholder', icon: 'clock', color: '#ffcc00' },
  },
  { then: 'log: Only text', path: '/api/apps/v1/logs/custom', body: { title: 'Only text', role: 'extension' } },
  {
    then: 'notify: { title: Hello, message: "{{ lock.taskPoints }} points", target: both, overlay: true }',
    path: '/api/apps/v1/notifications/custom',
    body: { title: 'Hello', message: '12 points', target: 'both', showPageOverlay: true },
  },
  {
    then: 'tracker.game: dice',
    path: games,
    body: { game: 'dice', dom: 0, session: 4711 },
    bearer: tokens.tracker,
  },
  {
    then: 'tracker.game: { game: luck, as: owner }',
    path: games,
    body: { game: 'luck', dom: 0, session: 4711 },
    bearer: tokens.tracker,
  },
  {
    then: 'tracker.game: { game: dice, as: dom }',
    path: games,
    body: { game: 'dice', dom: 1, session: 4711 },
    bearer: tokens.dom,
  },
  {
    then: 'tracker.game: { game: luck, dom: 1 }',
    path: games,
    body: { game: 'luck', dom: 1, session: 4711 },
    bearer: tokens.dom,
  },
  {
    then: 'tracker.game: { game: link, as: public, type: rand }',
    path: games,
    body: { game: 'link', dom: 0, token: 'AbCdEf123456', type: 'rand' },
    bearer: null,
  },
  {
    then: 'tracker.game: { game: link, as: dom, type: sub }',
    path: games,
    body: { game: 'link', dom: 1, session: 4711, type: 'sub' },
    bearer: tokens.dom,
  },
  {
    then: 'tracker.game: { game: link, as: owner, type: add, penalty: accept }',
    path: games,
    body: { game: 'link', dom: 0, token: 'AbCdEf123456', type: 'add' },
    bearer: tokens.tracker,
  },
  {
    then: 'tracker.session.start: { public: true, locked_by: kh_bob, scheduled_end: "2030-12-31 17:30" }',
    path: '/api/liveinsert.php',
    body: { insertl: 1, public: 1, lockedby: 'kh_bob', scheduledend: '2030-12-31', scheduledendtime: '17:30' },
    bearer: tokens.tracker,
    set: noSession,
  },
  {
    then: 'tracker.session.start',
    path: '/api/liveinsert.php',
    body: { insertl: 1, public: 0 },
    bearer: tokens.tracker,
    set: noSession,
  },
]

const rules = (then: string): Setting => ({
  tracker: true,
  limits: everything,
  rules: { one: `rules:\n  - id: one\n    when: lock.active is true\n    then:\n      - ${then}\n` },
})

describe.concurrent('every action arrives as the services document it', () => {
  test.each(cases)('$then', async ({ then, path, body, set, bearer = tokens.chastify }) => {
    await using services = await openServices()
    services.points = 12
    set?.(services)
    await using home = household(services, rules(then))
    const daemon = home.start('run')
    const call = await daemon.until('the request', () => services.posts()[0])
    expect({ method: call.method, url: call.url, body: call.body }).toEqual({ method: 'POST', url: path, body })
    expect(call.headers.authorization).toBe(bearer === null ? undefined : `Bearer ${bearer}`)
    expect(call.headers['content-type']).toMatch(/^application\/json/)
    const chastify = path.startsWith('/api/apps/')
    expect(call.headers['x-chastify-lock-id']).toBe(chastify ? services.lockId : undefined)
    await daemon.says(/"state":"applied"/)
    expect(services.done.length).toBe(1)
    expect(services.posts().length).toBe(1)
  })

  test('an open task is not replaced unless told', async () => {
    await using services = await openServices()
    services.task = true
    await using home = household(
      services,
      rules('task.assign: { text: Second, points: 5, duration: 15m }\n      - log: after'),
    )
    const daemon = home.start('run')
    await daemon.until('five readings', () => services.gets('/api/apps/v1/session').length >= 5)
    expect(services.posts(action)).toEqual([])
  })

  test('dice uses the id that sessions.php gave, a changed one too', async () => {
    await using services = await openServices()
    services.trackerSession = 98_765
    await using home = household(services, {
      ...rules(''),
      rules: { one: 'rules:\n  - id: one\n    when: lock.taskPoints > 5\n    then:\n      - tracker.game: dice\n' },
    })
    const daemon = home.start('run')
    services.points = 6
    await daemon.until('the first roll', () => services.posts(games).length === 1)
    services.points = 0
    services.trackerSession = 98_766
    const known = services.gets('/api/v2/stats.php').length
    await daemon.until('the page to be read', () => services.gets('/api/v2/stats.php').length >= known + 2)
    const seen = services.gets('/api/apps/v1/session').length
    await daemon.until('three readings', () => services.gets('/api/apps/v1/session').length >= seen + 3)
    services.points = 7
    await daemon.until('the second roll', () => services.posts(games).length === 2)
    expect(services.posts(games).map((call) => call.body)).toEqual([
      { game: 'dice', dom: 0, session: 98_765 },
      { game: 'dice', dom: 0, session: 98_766 },
    ])
    const first = services.calls.findIndex((call) => call.path === games)
    expect(services.calls.slice(0, first).some((call) => call.url.startsWith('/api/v2/sessions.php?active=1'))).toBe(
      true,
    )
  })

  test('readings carry the right bearer and nothing else does', async () => {
    await using services = await openServices()
    await using home = household(services, rules('tracker.game: dice'))
    const daemon = home.start('run')
    await daemon.until('the roll', () => services.posts(games).length === 1)
    for (const call of services.calls) {
      const token = call.path.startsWith('/api/apps/') ? tokens.chastify : tokens.tracker
      expect([call.url, call.headers.authorization]).toEqual([call.url, `Bearer ${token}`])
      expect(call.url).not.toMatch(/dev-|trk-|dom-/)
    }
  })
})

describe.concurrent('the lock a write is pinned to', () => {
  const writes = {
    one: `rules:
  - id: one
    when: lock.active is true
    then:
      - add_time: 1m
      - remove_time: 1m
      - apply_time: 1m
      - freeze: 5m
      - log: done
      - notify: { title: A, message: b }
      - unfreeze
`,
  }
  const setting: Setting = { rules: writes, limits: { ...everything, actions: { per_step: 20, per_hour: 100 } } }

  test.each([
    ['wrapped', '0123456789abcdef01234567'],
    ['bare', 'fedcba9876543210fedcba98'],
    ['wrapped', null],
    ['bare', null],
  ] as const)('%s envelope, _id %s: on every write, or on none', async (shape, id) => {
    await using services = await openServices()
    services.shape = shape
    services.lockId = id
    await using home = household(services, setting)
    const daemon = home.start('run')
    await daemon.until('seven writes', () => services.posts().length >= 7)
    expect(services.posts().map((call) => [call.path, call.headers['x-chastify-lock-id'] ?? null])).toEqual(
      [action, action, 'lock/apply-time', 'lock/freeze', 'logs/custom', 'notifications/custom', 'lock/unfreeze'].map(
        (path) => [path === action ? action : `/api/apps/v1/${path}`, id],
      ),
    )
    expect(services.done.length).toBe(7)
  })

  test('after a 409 without a lock the id is forgotten', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: { one: 'rules:\n  - id: one\n    when: lock.taskPoints > 5\n    then:\n      - add_time: 1m\n' },
    })
    const daemon = home.start('run')
    services.points = 6
    await daemon.until('the first write', () => services.posts().length === 1)
    services.active = false
    await daemon.says('there is no active lock')
    await daemon.term()
    services.active = true
    services.lockId = null
    services.lockedSince = Date.now()
    const again = home.start('run')
    await again.until('the second write', () => services.posts().length === 2)
    expect(services.posts().map((call) => call.headers['x-chastify-lock-id'])).toEqual([
      '0123456789abcdef01234567',
      undefined,
    ])
  })
})
