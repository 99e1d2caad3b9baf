// The commands as somebody at a terminal, a container or a script meets them.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Household, household, project } from './daemon.ts'
import { openServices } from './services.ts'

const session = '/api/apps/v1/session'
const addsTen = { ten: 'rules:\n  - id: ten-more\n    when: lock.frozen is false\n    then: [add_time: 10m]\n' }

type Fact = { readonly name: string; readonly value: unknown; readonly type: string; readonly unit?: string }

async function facts(home: Household): Promise<Map<string, Fact>> {
  const [main] = (await home.json(['facts'])) as readonly { lock: string; facts: readonly Fact[] }[]
  expect(main?.lock).toBe('main')
  return new Map(main?.facts.map((fact) => [fact.name, fact]))
}

describe.concurrent('one daemon a folder', () => {
  test('a second one goes away with one clear line, and the first goes on', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    const first = home.start('run')
    await first.until('a reading', () => services.gets(session).length >= 2)
    for (const words of [['run'], ['run', '--once'], ['run', '--dry-run']]) {
      const second = await home.run(words)
      expect(second.code).not.toBe(0)
      expect(second.all.trim().split('\n').length).toBe(1)
      expect(second.all).toMatch(/already|another|other|running/)
      expect(second.all).toContain('data')
    }
    const seen = services.gets(session).length
    await first.until('two more readings', () => services.gets(session).length >= seen + 2)
    expect(services.posts().length).toBe(1)
    await first.kill('SIGKILL')
    const third = home.start('run')
    const before = services.gets(session).length
    await third.until('its reading', () => services.gets(session).length > before)
  })
})

describe('an older Node', () => {
  const older = ['/usr/local/bin/node', '/usr/bin/node', '/opt/node20/bin/node'].find((path) => {
    try {
      return Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 24
    } catch {
      return false
    }
  })
  test.skipIf(older === undefined)('is told in one line which it needs (skipped where there is none)', () => {
    for (const words of [[], ['run'], ['--help']]) {
      const said = spawnSync(older ?? '', [join(project, 'bin/lockwarden.js'), ...words], { encoding: 'utf8' })
      expect(said.status).toBeGreaterThan(0)
      expect(said.stdout).toBe('')
      expect(said.stderr.trim().split('\n').length).toBe(1)
      expect(said.stderr).toMatch(/Node(\.js)? 24/)
    }
  })

  test('the same file starts under this one', () => {
    const said = spawnSync(process.execPath, [join(project, 'bin/lockwarden.js'), '--version'], { encoding: 'utf8' })
    expect(said).toMatchObject({ status: 0, stderr: '' })
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }
    expect(said.stdout.trim().replace(/ \([0-9a-f]{7,}, \d{4}-\d{2}-\d{2}\)$/, '')).toBe(version)
  })
})

describe.concurrent('facts, status, history, health', () => {
  test('with a daemon', async () => {
    await using services = await openServices()
    services.points = 12
    services.data = { taskPointsRequired: undefined, unlockable: 'maybe', keyholderLastSeenTimestamp: null }
    await using home = household(services, { rules: addsTen, tracker: true })
    const daemon = home.start('run')
    await daemon.until('the addition', () => services.done.length === 1)
    await daemon.says(/"state":"applied"/)
    const known = await facts(home)
    const value = (name: string): unknown => known.get(name)?.value
    expect(value('lock.taskPoints')).toBe(12)
    expect(value('lock.frozen')).toBe(false)
    expect(value('lock.active')).toBe(true)
    expect(value('lock.role')).toBe('keyholder')
    expect(value('lock.wearerUsername')).toBe('alice')
    expect(value('lock.keyholderLastSeenTimestamp')).toBe(null)
    expect(value('lock.keyholderLastSeenAgoSeconds')).toBe(null)
    // Missing and of the wrong type: unknown, for that key alone.
    expect(value('lock.taskPointsRequired')).toBe(null)
    expect(value('lock.unlockable')).toBe(null)
    expect(value('lock.timeRemainingSeconds')).toBeGreaterThan(8 * 3600)
    expect(value('lock.wearerLastSeenAgoSeconds')).toBeCloseTo(60, -1)
    expect(value('tracker.locked')).toBe(true)
    expect(value('tracker.lockedSeconds')).toBeCloseTo(3 * 86_400, -2)
    expect(value('service.chastify.healthy')).toBe(true)
    expect(value('service.tracker.healthy')).toBe(true)
    expect(value('time.date')).toBe(new Date().toISOString().slice(0, 10))
    expect(await home.json(['status'])).toMatchObject({
      running: true,
      locks: [
        {
          lock: 'main',
          mode: 'live',
          stopped: false,
          session: services.lockId,
          wearer: 'alice',
          frozen: false,
          rules: [{ id: 'ten-more', enabled: true, firedTimes: 1 }],
          unsettled: [],
        },
      ],
    })
    expect((await home.history()).map((row) => [row.rule, row.action, row.state])).toEqual([
      ['ten-more', 'add_time', 'applied'],
    ])
    for (const command of ['facts', 'status', 'history']) {
      const said = await home.run([command])
      expect([command, said.code, said.err]).toEqual([command, 0, ''])
      expect(said.out).toContain('ten-more')
    }
    expect(await home.run(['health'])).toMatchObject({ code: 0 })
    expect(services.posts().length).toBe(1)
  })

  test('a rule’s own facts are known once a reading is there', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    const daemon = home.start('run')
    await daemon.says(/"state":"applied"/)
    await daemon.until('two more readings', () => services.gets(session).length >= 4)
    const known = await facts(home)
    expect(known.get('rule.ten-more.firedTimesToday')?.value).toBe(1)
    expect(known.get('rule.ten-more.firedTimesThisLock')?.value).toBe(1)
    expect(known.get('rule.ten-more.lastFiredAgoSeconds')?.value).toBeLessThan(30)
  })

  test('a field of lockData that no catalogue knows is shown', async () => {
    await using services = await openServices()
    services.data = { wearerMood: 'good' }
    await using home = household(services, { rules: addsTen })
    const daemon = home.start('run')
    await daemon.says(/"state":"applied"/)
    expect((await facts(home)).get('lock.wearerMood')?.value).toBe('good')
  })

  test('status without a daemon still knows the rules and what they did', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    await home.run(['run', '--once'])
    expect(await home.json(['status'])).toMatchObject({ locks: [{ rules: [{ id: 'ten-more', firedTimes: 1 }] }] })
  })

  test('without one, before and after', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    expect(await home.json(['status'])).toMatchObject({ running: false })
    expect(await home.history()).toEqual([])
    expect(await home.run(['health'])).toMatchObject({ code: 1 })
    const known = await facts(home)
    expect(known.get('lock.frozen')).toMatchObject({ type: 'boolean' })
    expect(known.size).toBeGreaterThan(30)
    expect(services.posts()).toEqual([])

    expect(await home.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(await home.json(['status'])).toMatchObject({
      running: false,
      locks: [{ lock: 'main', session: services.lockId }],
    })
    expect((await home.history()).map((row) => row.state)).toEqual(['applied'])
    for (const command of ['facts', 'status', 'history']) {
      const said = await home.run([command])
      expect([command, said.code]).toEqual([command, 0])
    }
    expect((await home.run(['status'])).out).toContain('no daemon')
    expect(await home.run(['health'])).toMatchObject({ code: 1 })
    expect(services.posts().length).toBe(1)
  })

  test('health tells of a daemon that is gone or cannot work', async () => {
    await using services = await openServices()
    await using home = household(services, {})
    const daemon = home.start('run')
    await daemon.until('a reading', () => services.gets(session).length >= 1)
    expect((await home.run(['health'])).code).toBe(0)
    expect((await home.run(['health', '--data', './data'])).code).toBe(0)
    daemon.process.kill('SIGSTOP')
    expect((await home.run(['health'])).code).toBe(1)
    daemon.process.kill('SIGCONT')
    expect((await home.run(['health'])).code).toBe(0)
    await daemon.kill('SIGKILL')
    expect((await home.run(['health'])).code).toBe(1)
  })

  test('history keeps to --most, newest first', async () => {
    await using services = await openServices()
    const logs = [1, 2, 3, 4].map((n) => `      - log: number ${n}\n`).join('')
    await using home = household(services, {
      rules: { one: `rules:\n  - id: one\n    when: lock.active is true\n    then:\n${logs}` },
    })
    const daemon = home.start('run')
    await daemon.until('four', () => services.done.length === 4)
    const rows = (await home.json(['history', '--most', '2'])) as readonly { position: number }[]
    expect(rows.map((row) => row.position)).toEqual([3, 2])
  })

  test('a --most that is no number is wrong usage', async () => {
    await using services = await openServices()
    await using home = household(services, {})
    for (const most of ['x', '-1', '1.5']) {
      expect([most, (await home.run(['history', '--most', most])).code]).toEqual([most, 2])
    }
  })
})

describe.concurrent('run --once', () => {
  test('one round of what is due, then away; a second one does nothing more', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen, lock: { poll: { chastify: '10m', tracker: '10m' } } })
    expect(await home.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(services.done).toEqual(['time 600'])
    expect(await home.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(services.done).toEqual(['time 600'])
    expect((await home.history()).map((row) => row.state)).toEqual(['applied'])
  })

  test('a whole list goes, a game with the id it needs too', async () => {
    await using services = await openServices()
    await using home = household(services, {
      tracker: true,
      lock: { poll: { chastify: '10m', tracker: '10m' } },
      rules: {
        one: 'rules:\n  - id: one\n    when: lock.active is true\n    then:\n      - add_time: 10m\n      - log: added\n      - tracker.game: dice\n',
      },
    })
    expect(await home.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(services.done).toEqual(['time 600', 'log', 'game dice'])
  })

  test('it ends when the service is away', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    await services.close()
    const said = await home.run(['run', '--once'])
    expect(said.signal).toBe(null)
    expect(said.all).toMatch(/refused/i)
    expect(said.all).not.toMatch(/^ {4}at /m)
  })
})

describe.concurrent('services that come and go', () => {
  test('one that is down at the start is found when it comes up', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    await services.close()
    const daemon = home.start('run')
    await daemon.says(/refused/i)
    expect((await facts(home)).get('service.chastify.healthy')?.value).toBe(false)
    expect((await home.run(['health'])).code).toBe(0)
    await services.listen()
    await daemon.until('the addition', () => services.done.length === 1)
    expect(daemon.said.split('\n').length).toBeLessThan(30)
  })

  test('one that goes away for a while does not make anything happen twice', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    const daemon = home.start('run')
    await daemon.until('the addition', () => services.done.length === 1)
    await services.close()
    await daemon.says(/refused|cut-off/i)
    await services.listen()
    const seen = services.gets(session).length
    await daemon.until('three readings', () => services.gets(session).length >= seen + 3)
    expect(services.done).toEqual(['time 600'])
  })

  test('the tracker’s outage does not hold the lock’s rules', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen, tracker: true })
    services.fail('GET', '/api/v2/*', { how: 'hang' }, 1000)
    const daemon = home.start('run')
    await daemon.until('the addition', () => services.done.length === 1)
  })

  test.each([[403], [404], [500], [401]])('a reading answered %i is said in the log and in status', async (status) => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    const body = { error: { code: 'some_code', message: 'Some words.' } }
    services.fail('GET', session, { how: 'answer', status, body }, 1000)
    const daemon = home.start('run')
    await daemon.says(/"level":(40|50).*some_code|"level":(40|50).*Some words/)
    expect((await home.run(['status'])).out).toMatch(/chastify: (?!answers|not read)/)
    expect((await facts(home)).get('service.chastify.healthy')?.value).toBe(false)
    if (status === 401) expect(services.calls.length).toBe(1)
  })

  test('a write answered 401 stops the token, and the log says so once', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: addsTen })
    services.fail('POST', '/api/apps/v1/action', { how: 'answer', status: 401, body: { error: 'revoked_token' } }, 1000)
    const daemon = home.start('run')
    await daemon.says(/revoked_token/)
    await daemon.says(/"level":(40|50).*token.*(restart|stops|refused)/)
    expect((await home.run(['status'])).out).toMatch(/chastify: (?!answers|not read)/)
  })
})

describe('the demo', () => {
  test('ends by itself, and shows what matters: firings with reasons, and what became of each action', {
    timeout: 300_000,
  }, async () => {
    await using services = await openServices()
    await using home = household(services, {})
    const said = await home.run(['demo'], 280_000)
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(said.out).toMatch(/rule daily-reward fires: .* \(it is /)
    expect(said.out).toMatch(/daily-reward: remove_time 30 min: applied/)
    expect(said.out).toMatch(/daily-reward: log “A day held out”: applied/)
    expect(said.out).toMatch(/evening-dice: tracker\.game: applied: rolled dice: (added|removed) /)
    expect(said.out).toMatch(/too-much: add_time 1 h: applied: clamped from 5 h: limits\.add_time\.each is 1 h/)
    for (const whose of ['keyholder adds 20 min by hand', 'wearer presses the button "checkin"'])
      expect(said.out).toContain(whose)
    expect(said.out).not.toMatch(/is silent|read chastify|unsettled|not-applied/)
    const order = [
      'rule noon-ice fires',
      'Power cut',
      'lockwarden is started again',
      'noon-ice: freeze 1 h 30 min: unknown: it may have arrived: the program ended',
      'noon-ice: freeze 1 h 30 min: applied: its answer was lost; it was read back',
      'away: add_time 10 min: unknown',
      'away: add_time 10 min: applied: its answer was lost; it was read back',
    ].map((words) => said.out.indexOf(words))
    expect(order).toEqual([...order].sort((one, other) => one - other))
    expect(order).not.toContain(-1)
    const [, claimed, seen] = /ledger says that (\d+) actions were applied; the services saw (\d+)/.exec(said.out) ?? []
    expect(Number(claimed)).toBeGreaterThan(5)
    expect(claimed).toBe(seen)
    expect(said.out).toContain('nothing was done twice')
    expect(said.out.trimEnd().split('\n').at(-1)).toBe('    lockwarden init')
    expect(services.calls).toEqual([])
  })

  test('with a console, its address and passwords are said again at the end', async () => {
    await using services = await openServices()
    await using home = household(services, {})
    const running = home.start('demo', '--console')
    await running.says('The console: http://127.0.0.1:')
    await running.term()
    expect(running.out.match(/The console: http/g)).toHaveLength(2)
    expect(running.out.match(/^ {4}keyholder {2}\S{12}$/gm)).toHaveLength(2)
  })
})

describe.concurrent('help', () => {
  test.each([
    '',
    'run',
    'demo',
    'sandbox',
    'check',
    'facts',
    'status',
    'history',
    'accept',
    'stop',
    'resume',
    'health',
  ])('%s --help fits a screen and goes to stdout', async (command) => {
    await using services = await openServices()
    await using home = household(services, {})
    const said = await home.run([...(command === '' ? [] : [command]), '--help'])
    expect(said).toMatchObject({ code: 0, err: '' })
    const lines = said.out.split('\n')
    expect(lines.length).toBeLessThanOrEqual(command === '' ? 45 : 24)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    if (!['', 'demo', 'sandbox'].includes(command)) expect(said.out).toContain('--config')
  })

  test.each([
    ['an unknown command', ['rnu']],
    ['an unknown option', ['run', '--bogus']],
    ['a config that is not there', ['run', '--config', 'nowhere.yaml']],
    ['a speed that is no number', ['demo', '--speed', 'fast']],
    ['a port that is none', ['sandbox', '--port', '99999']],
  ])('%s: exit 2, and no stack', async (_, words) => {
    await using services = await openServices()
    await using home = household(services, {})
    const said = await home.run(words)
    expect([said.code, said.out]).toEqual([2, ''])
    expect(said.err).not.toMatch(/^ {4}at /m)
    expect(said.err.trim().split('\n').length).toBeLessThanOrEqual(3)
  })
})
