// What the wearer agreed to holds, whatever the rules say: limits, the yes to a new lock, the switch.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { config, type Daemon, type Household, household, type Row } from './daemon.ts'
import { openServices, type Services } from './services.ts'

const session = '/api/apps/v1/session'
const action = '/api/apps/v1/action'
const freeze = '/api/apps/v1/lock/freeze'

const always = (...then: readonly string[]): string =>
  then
    .map((one, at) => `  - id: rule-${at + 1}\n    when: lock.active is true\n    then:\n      - ${one}\n`)
    .join('')
    .replace(/^/, 'rules:\n')

const onPoints = (id: string, points: number, then: string): string =>
  `  - id: ${id}\n    when: lock.taskPoints > ${points}\n    then:\n      - ${then}\n`

async function readings(services: Services, daemon: Daemon, count: number): Promise<void> {
  const before = services.gets(session).length
  await daemon.until(`${count} more readings`, () => services.gets(session).length >= before + count)
}

const finished = /"state":"(applied|rejected|refused|cancelled|unknown|unsettled|expired)"/g

/** The ledger, oldest first, once this daemon has told of so many rows that they came to an end. */
async function settled(home: Household, daemon: Daemon, count: number): Promise<Row[]> {
  await daemon.until(`${count} finished rows`, () => [...daemon.said.matchAll(finished)].length >= count)
  return (await home.history()).toReversed()
}

const wide = { each: '30d', per_day: 'unlimited', per_lock: 'unlimited' }

describe.concurrent('limits', () => {
  test.each([
    ['add_time: 5h', 'clamped to each', {}, [{ name: 'add_time', params: 3600 }]],
    ['add_time: 5h', 'clamped to a smaller each', { add_time: { each: '7m' } }, [{ name: 'add_time', params: 420 }]],
    ['remove_time: 9h', 'clamped to each', {}, [{ name: 'remove_time', params: 7200 }]],
    [
      'apply_time: 5h',
      'a positive apply_time is added time',
      { allow: ['add_time', 'apply_time'] },
      [{ deltaSeconds: 3600 }],
    ],
    [
      'apply_time: -9h',
      'a negative apply_time is removed time',
      { allow: ['remove_time', 'apply_time'] },
      [{ deltaSeconds: -7200 }],
    ],
    ['freeze: 20h', 'clamped to each', {}, [{ durationSeconds: 36_000 }]],
    [
      'freeze: 20h',
      'clamped to remaining: 8 h are left of 10',
      { remaining: '10h', freeze: { each: '30d', per_day: '30d' } },
      [{ durationSeconds: expect.closeTo(7200, -2) }],
    ],
    [
      'add_time: 20h',
      'clamped to remaining: 8 h are left of 10',
      { remaining: '10h', add_time: wide },
      [{ name: 'add_time', params: expect.closeTo(7200, -2) }],
    ],
    ['pillory: 5m', 'not allowed', {}, []],
    ['settings.patch: { params: { a: 1 } }', 'not allowed', {}, []],
    ['hygienic_unlock.start: 5m', 'not allowed', {}, []],
    ['add_time: 5m', 'not allowed', { allow: ['remove_time'] }, []],
    ['apply_time: 5m', 'not allowed by its effect', { allow: ['apply_time', 'remove_time'] }, []],
    ['log: hello', 'not allowed', { allow: ['add_time'] }, []],
    ['add_time: 5m', 'over: ends has passed', { ends: '2020-01-01 12:00' }, []],
    ['freeze: 5m', 'over: ends has passed', { ends: '2020-01-01 12:00' }, []],
    ['remove_time: 5m', 'relief after ends', { ends: '2020-01-01 12:00' }, [{ name: 'remove_time', params: 300 }]],
    ['add_time: 5m', 'before ends', { ends: '2099-01-01 12:00' }, [{ name: 'add_time', params: 300 }]],
    ['add_time: 5m', 'actions per_hour 0', { actions: { per_step: 5, per_hour: 0 } }, []],
    [
      'remove_time: 5m',
      'relief is never refused by actions',
      { actions: { per_step: 5, per_hour: 0 } },
      [{ name: 'remove_time', params: 300 }],
    ],
  ] as const)('%s: %s (%j)', async (then, _, limits, bodies) => {
    await using services = await openServices()
    await using home = household(services, { limits, rules: { one: always(then) } })
    const daemon = home.start('run')
    const rows = await settled(home, daemon, 1)
    await readings(services, daemon, 1)
    expect(services.posts().map((call) => call.body)).toEqual(bodies)
    expect(rows.map((row) => row.state)).toEqual([bodies.length === 0 ? 'refused' : 'applied'])
    if (bodies.length === 0) expect(rows[0]?.note).not.toBe('')
  })

  test('what was clamped is said to be', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: { one: always('add_time: 5h\n      - log: { title: A, description: "{{ did }}" }') },
    })
    const daemon = home.start('run')
    await settled(home, daemon, 2)
    const history = (await home.run(['history'])).out
    expect(history).toMatch(/add_time 1 h: applied: .*clamped/)
    expect(services.posts('/api/apps/v1/logs/custom')[0]?.body).toMatchObject({ description: 'added 1 h' })
  })

  test('the wearer’s own ceiling at Chastify holds too; where the timer is hidden nothing is added, and no turn is used up', async () => {
    await using services = await openServices()
    services.maxRemaining = 8 * 3600 + 600
    await using home = household(services, { rules: { one: always('add_time: 1h') } })
    const daemon = home.start('run')
    await settled(home, daemon, 1)
    expect(services.posts().map((call) => call.body)).toEqual([{ name: 'add_time', params: expect.closeTo(600, -1.5) }])
    await using blind = await openServices()
    blind.data = { timeRemainingSeconds: null }
    await using other = household(blind, { rules: { one: always('add_time: 1h') } })
    const second = other.start('run')
    await readings(blind, second, 3)
    expect(await other.history()).toEqual([])
    expect(blind.posts()).toEqual([])
    expect((await other.run(['status'])).all.replace(/\s+/g, ' ')).toContain('it is not shown, as a hidden timer is')
  })

  test('per_day is for all rules together, and outlives a restart', async () => {
    await using services = await openServices()
    const rules = `rules:\n${[1, 2, 3].map((n) => onPoints(`r${n}`, n, 'add_time: 1h 30m'.replace(' 30m', '30m'))).join('')}`
    await using home = household(services, {
      limits: { add_time: { each: '2h', per_day: '3h30m' } },
      rules: { one: rules },
    })
    const first = home.start('run')
    services.points = 3
    await first.until('two additions', () => services.done.length === 2)
    await readings(services, first, 2)
    await first.kill('SIGKILL')
    const second = home.start('run')
    await readings(services, second, 1)
    services.points = 4
    await second.until('the third', () => services.done.length === 3)
    home.write('rules/two.yaml', `rules:\n${onPoints('r4', 3, 'add_time: 10m')}`)
    await second.term()
    const third = home.start('run')
    const rows = await settled(home, third, 1)
    expect(services.done).toEqual(['time 5400', 'time 5400', 'time 1800'])
    expect(rows.map((row) => row.state)).toEqual(['applied', 'applied', 'applied', 'refused'])
  })

  test('removing buys nothing back', async () => {
    await using services = await openServices()
    await using home = household(services, {
      limits: { add_time: { each: '1h', per_day: '1h' } },
      rules: { one: always('add_time: 1h', 'remove_time: 1h', 'add_time: 1h') },
    })
    const daemon = home.start('run')
    const rows = await settled(home, daemon, 3)
    expect(services.done).toEqual(['time 3600', 'time -3600'])
    expect(rows.map((row) => row.state)).toEqual(['applied', 'applied', 'refused'])
  })

  test('times_per_day counts freezes, tasks and games', async () => {
    await using services = await openServices()
    const rules = `rules:\n${[1, 2, 3]
      .flatMap((n) => [
        onPoints(`task-${n}`, n, 'task.assign: { text: Write, points: 1, duration: 5m }'),
        onPoints(`game-${n}`, n, 'tracker.game: dice'),
        onPoints(`freeze-${n}`, n, 'freeze: 1h'),
      ])
      .join('')}`
    await using home = household(services, {
      tracker: true,
      limits: {
        task: { times_per_day: 2 },
        game: { times_per_day: 2 },
        freeze: { times_per_day: 2 },
        actions: { per_step: 9 },
      },
      rules: { one: rules },
    })
    const daemon = home.start('run')
    for (const [at, points] of [2, 3, 4].entries()) {
      services.points = points
      services.task = false
      services.frozen = false
      await settled(home, daemon, 3 * (at + 1))
      await readings(services, daemon, 1)
    }
    expect(services.done.toSorted()).toEqual([
      'freeze',
      'freeze',
      'game dice',
      'game dice',
      'task.assign',
      'task.assign',
    ])
    const states = (await home.history()).slice(0, 3).map((row) => row.state)
    expect(states).toEqual(['refused', 'refused', 'refused'])
  })

  test('a frozen lock is not frozen again', async () => {
    await using services = await openServices()
    services.frozen = true
    await using home = household(services, { rules: { one: always('freeze: 1h') } })
    const daemon = home.start('run')
    expect((await settled(home, daemon, 1)).map((row) => row.state)).toEqual(['refused'])
    expect(services.posts(freeze)).toEqual([])
  })

  test('a limit for one lock holds over the general one', async () => {
    await using services = await openServices()
    await using home = household(services, {
      limits: { add_time: { each: '1h' } },
      lock: { limits: { add_time: { each: '2m' } } },
      rules: { one: always('add_time: 1h') },
    })
    const daemon = home.start('run')
    await settled(home, daemon, 1)
    expect(services.done).toEqual(['time 120'])
  })
})

describe.concurrent('a new lock', () => {
  const rules = { one: always('add_time: 10m', 'log: hello') }

  test.each([
    ['ask', { new_lock: 'ask' }],
    ['the default without expect', { new_lock: undefined }],
    ['ask with the right wearer', { new_lock: 'ask', expect: { wearer: 'alice' } }],
  ])('%s: nothing until accept, over a restart too, and again for the next lock', async (_, lock) => {
    await using services = await openServices()
    await using home = household(services, { lock, rules })
    const first = home.start('run')
    await readings(services, first, 3)
    expect(services.posts()).toEqual([])
    expect((await home.run(['status'])).out).toMatch(/accept/)
    expect(await home.run(['accept'])).toMatchObject({ code: 0 })
    await first.until('both', () => services.done.length === 2)
    await first.term()
    services.lockId = 'bbbbbbbbbbbbbbbbbbbbbbbb'
    services.lockedSince = Date.now()
    const second = home.start('run')
    await readings(services, second, 3)
    expect(services.done.length).toBe(2)
    expect(await home.run(['accept', '--lock', 'main'])).toMatchObject({ code: 0 })
    await second.until('both for the new lock', () => services.done.length === 4)
    await second.kill('SIGKILL')
    const third = home.start('run')
    await readings(services, third, 2)
    expect(services.done.length).toBe(4)
  })

  test('the expected wearer needs no yes', async () => {
    await using services = await openServices()
    await using home = household(services, { lock: { new_lock: undefined, expect: { wearer: 'alice' } }, rules })
    const daemon = home.start('run')
    await daemon.until('both', () => services.done.length === 2)
  })

  test.each([
    ['another wearer', { wearerUsername: 'mallory' }],
    ['a wearer in other letters', { wearerUsername: 'alice ' }],
    ['no wearer', { wearerUsername: null }],
    ['a wearer that is no name', { wearerUsername: 7 }],
  ])('%s is shown, never acted on, accept or not', async (_, data) => {
    await using services = await openServices()
    services.data = data
    await using home = household(services, {
      lock: { new_lock: 'auto', expect: { wearer: 'alice' } },
      rules: { one: always('add_time: 10m', 'log: hello', 'remove_time: 5m') },
    })
    const daemon = home.start('run')
    await readings(services, daemon, 2)
    await home.run(['accept'])
    await readings(services, daemon, 2)
    expect(services.posts()).toEqual([])
    expect((await home.run(['status'])).out).toMatch(/wearer|alice/)
    services.data = {}
    await daemon.until('the right wearer again', () => services.done.length > 0)
  })
})

describe.concurrent('the switch', () => {
  const rules = {
    one: `rules:\n${onPoints('harder', 5, 'add_time: 10m')}${onPoints('easier', 5, 'remove_time: 5m')}${onPoints('word', 5, 'log: six')}`,
  }

  test('stop holds what restricts, lets relief go, outlives a restart; resume sends nothing held back', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const first = home.start('run')
    await readings(services, first, 1)
    const stop = await home.run(['stop'])
    expect(stop.code).toBe(0)
    expect(stop.out).toMatch(/resume/)
    expect(stop.out).toMatch(/emergency/)
    expect(existsSync(home.path('data/STOP'))).toBe(true)
    services.points = 6
    await first.until('the relief', () => services.done.includes('time -300'))
    await readings(services, first, 2)
    expect(services.done.toSorted()).toEqual(['log', 'time -300'])
    expect(await home.json(['status'])).toMatchObject({ locks: [{ stopped: true }] })
    await first.term()
    expect(await home.json(['status'])).toMatchObject({ locks: [{ stopped: true }] })
    const second = home.start('run')
    services.points = 0
    await readings(services, second, 2)
    services.points = 7
    await second.until('the relief again', () => services.done.length === 4)
    expect(services.done.includes('time 600')).toBe(false)
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    await readings(services, second, 3)
    expect(services.done.includes('time 600')).toBe(false)
    services.points = 0
    await readings(services, second, 2)
    services.points = 8
    await second.until('the next episode', () => services.done.includes('time 600'))
  })

  test('a STOP file by hand is enough, and taking it away too', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await readings(services, daemon, 1)
    writeFileSync(home.path('data/STOP'), '')
    services.points = 6
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 1)
    expect(services.done.includes('time 600')).toBe(false)
    rmSync(home.path('data/STOP'))
    services.points = 0
    await readings(services, daemon, 2)
    services.points = 6
    await daemon.until('the addition', () => services.done.includes('time 600'))
  })

  test('a STOP beside the config stops as well', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    home.write('STOP', '')
    const daemon = home.start('run')
    services.points = 6
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 1)
    expect(services.done.includes('time 600')).toBe(false)
  })

  test('one lock is stopped alone', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await readings(services, daemon, 1)
    expect(await home.run(['stop', '--lock', 'main'])).toMatchObject({ code: 0 })
    expect(existsSync(home.path('data/STOP.main'))).toBe(true)
    services.points = 6
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 1)
    expect(services.done.includes('time 600')).toBe(false)
    expect(await home.run(['resume', '--lock', 'main'])).toMatchObject({ code: 0 })
    expect(existsSync(home.path('data/STOP.main'))).toBe(false)
  })

  test('stopping a lock that is not there is said to be wrong, so that nobody trusts it', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    for (const command of ['stop', 'resume', 'accept', 'status', 'facts', 'history']) {
      const wrong = await home.run([command, '--lock', 'nobody'])
      expect([command, wrong.code]).toEqual([command, 2])
      expect(wrong.all).toContain('nobody')
      expect(wrong.all).toContain('main')
    }
  })

  test('it takes effect before the next action of a list that is under way', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: { one: always('add_time: 10m\n      - add_time: 11m\n      - remove_time: 5m') },
    })
    services.fail('POST', action, { how: 'hold' })
    const daemon = home.start('run')
    await daemon.until('the first', () => services.posts().length === 1)
    expect(await home.run(['stop'])).toMatchObject({ code: 0 })
    services.release()
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 2)
    expect(services.done).toEqual(['time 600', 'time -300'])
  })

  test.each([
    ['unreadable YAML', 'version: 1\nlocks: [\n  "'],
    ['a fault in it', 'version: 1\nmoode: live\n'],
    ['nothing', ''],
  ])('it works with a broken config: %s', async (_, broken) => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await readings(services, daemon, 1)
    const whole = readFileSync(home.path('config.yaml'), 'utf8')
    home.write('config.yaml', broken)
    const stop = await home.run(['stop'])
    expect(stop).toMatchObject({ code: 0 })
    expect(stop.all).not.toMatch(/^ {4}at /m)
    services.points = 6
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 1)
    expect(services.done.includes('time 600')).toBe(false)
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    // While the limits cannot be read nothing restrictive is sent, either.
    home.write('config.yaml', whole)
    await daemon.says(/the config can be read again/)
    services.points = 0
    await readings(services, daemon, 2)
    services.points = 6
    await daemon.until('the addition', () => services.done.includes('time 600'))
  })

  test('it works with broken rules, and with --data alone', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await readings(services, daemon, 1)
    home.write('rules/one.yaml', 'rules: [')
    expect(await home.run(['stop'])).toMatchObject({ code: 0 })
    expect(await home.run(['resume'])).toMatchObject({ code: 0 })
    rmSync(home.path('config.yaml'))
    expect(await home.run(['stop', '--data', './data'])).toMatchObject({ code: 0 })
    expect(existsSync(home.path('data/STOP'))).toBe(true)
    services.points = 6
    await daemon.until('the relief', () => services.done.includes('time -300'))
    await readings(services, daemon, 1)
    expect(services.done.includes('time 600')).toBe(false)
  })

  test('stopping undoes our own freeze, and leaves another’s alone', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: always('freeze: 30m') } })
    const daemon = home.start('run')
    await daemon.until('the freeze', () => services.done.includes('freeze'))
    await readings(services, daemon, 2)
    await home.run(['stop'])
    await daemon.until('the unfreezing', () => services.done.includes('unfreeze'))
    services.frozen = true
    await home.run(['stop'])
    await readings(services, daemon, 3)
    expect(services.done).toEqual(['freeze', 'unfreeze'])
  })

  test('two locks: a refused token stops that one alone, and is not tried again', async () => {
    await using services = await openServices()
    await using home = household(services, {})
    const one = config(services, {})
    const { main } = one.locks as { main: Record<string, unknown> }
    // The same lock twice is caught by its id, so the second one is at a server of its own.
    await using others = await openServices()
    others.lockId = 'cccccccccccccccccccccccc'
    const second = { ...main, chastify: { token: 'dev-other', base_url: others.url }, rules: './more' }
    others.fail('GET', session, { how: 'answer', status: 401, body: { error: 'invalid_token' } }, 1000)
    home.write('config.yaml', JSON.stringify({ ...one, locks: { main, second } }))
    home.write('more/a.yaml', always('add_time: 1m'))
    home.write('rules/quiet.yaml', always('add_time: 10m'))
    const daemon = home.start('run')
    // One token is refused; the other lock goes on by itself.
    await daemon.until('the addition', () => services.done.includes('time 600'))
    await readings(services, daemon, 1)
    expect(others.posts()).toEqual([])
    expect((await home.run(['status'])).out).toMatch(/401|invalid_token|refused/)
    expect(others.calls.length).toBe(1)
  })
})
