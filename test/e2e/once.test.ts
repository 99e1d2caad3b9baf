// Exactly once, whatever becomes of the process or the answer.
import { describe, expect, test } from 'vitest'
import { type Daemon, household, pause, until } from './daemon.ts'
import { openServices, type Services } from './services.ts'

const session = '/api/apps/v1/session'
const action = '/api/apps/v1/action'

const addsTen = `rules:
  - id: ten-more
    when: lock.frozen is false
    then:
      - add_time: 10m
`

/** So many further readings have come in: what was to be done on them has been done. */
async function readings(services: Services, daemon: Daemon, count: number): Promise<void> {
  const before = services.gets(session).length
  await daemon.until(`${count} more readings`, () => services.gets(session).length >= before + count)
}

describe.concurrent('a rule that stays true', () => {
  test('adds its ten minutes once in ten seconds of looking each second', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    const began = Date.now()
    const daemon = home.start('run')
    await daemon.until('the first addition', () => services.posts().length > 0)
    await daemon.until('eight readings', () => services.gets(session).length >= 8)
    await pause(Math.max(0, 10_000 - (Date.now() - began)))
    expect(services.posts().map((call) => call.body)).toEqual([{ name: 'add_time', params: 600 }])
    expect(services.done).toEqual(['time 600'])
    expect(services.gets(session).length).toBeLessThan(25)
  })

  test.each([
    ['SIGTERM', 'bare'],
    ['SIGKILL', 'wrapped'],
  ] as const)('adds them once across %s and a new start, with a %s envelope', async (signal, shape) => {
    await using services = await openServices()
    services.shape = shape
    await using home = household(services, { rules: { ten: addsTen } })
    const first = home.start('run')
    await first.until('the addition', () => services.posts().length > 0)
    await readings(services, first, 2)
    await first.kill(signal)
    const second = home.start('run')
    await readings(services, second, 4)
    expect(services.done).toEqual(['time 600'])
    await second.kill(signal)
    const third = home.start('run')
    await readings(services, third, 2)
    expect(services.done).toEqual(['time 600'])
    await third.term()
    const rows = await home.history()
    expect(rows.map((row) => [row.rule, row.action, row.state])).toEqual([['ten-more', 'add_time', 'applied']])
  })

  test('acts again in a new episode, and only then', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: { ten: 'rules:\n  - id: points\n    when: lock.taskPoints > 5\n    then: [add_time: 10m]\n' },
    })
    const daemon = home.start('run')
    await readings(services, daemon, 2)
    expect(services.done).toEqual([])
    services.points = 6
    await daemon.until('the first', () => services.done.length === 1)
    services.points = 0
    await readings(services, daemon, 2)
    services.points = 7
    await daemon.until('the second', () => services.done.length === 2)
    await readings(services, daemon, 2)
    expect(services.done).toEqual(['time 600', 'time 600'])
  })
})

describe.concurrent('an answer that does not come', () => {
  test('SIGTERM while a request hangs: away in five seconds with 0, then read back, and done once', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    services.fail('POST', action, { how: 'hang' })
    const first = home.start('run')
    await first.until('the hanging request', () => services.posts().length === 1)
    const ended = await first.term()
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(ended.took).toBeLessThan(5_000)
    services.mend()
    const second = home.start('run')
    await readings(services, second, 4)
    expect(services.posts().length).toBe(1)
    expect((await home.history()).map((row) => row.state)).toEqual(['unknown'])
    await second.until('the second sending', () => services.posts().length === 2)
    await readings(services, second, 3)
    expect(services.done).toEqual(['time 600'])
    expect((await home.history()).map((row) => row.state)).toEqual(['applied'])
  })

  test('SIGTERM while nothing happens ends it at once with 0; SIGINT too', async () => {
    await using services = await openServices()
    await using home = household(services, {})
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const daemon = home.start('run')
      await readings(services, daemon, 1)
      const ended = await daemon.kill(signal)
      expect(ended).toMatchObject({ code: 0, signal: null })
      expect(ended.took).toBeLessThan(2_000)
    }
  })

  test('SIGTERM while a reading hangs: away in five seconds with 0', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    services.fail('GET', session, { how: 'hang' }, 100)
    const daemon = home.start('run')
    await daemon.until('the hanging reading', () => services.gets(session).length > 0)
    const ended = await daemon.term()
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(ended.took).toBeLessThan(5_000)
  })

  test('kill -9 while a request hangs: read back, too', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    services.fail('POST', action, { how: 'hang' })
    const first = home.start('run')
    await first.until('the hanging request', () => services.posts().length === 1)
    await first.kill('SIGKILL')
    services.mend()
    const second = home.start('run')
    await second.until('the second sending', () => services.posts().length === 2)
    await readings(services, second, 3)
    await second.term()
    expect(services.done).toEqual(['time 600'])
    expect((await home.history()).map((row) => row.state)).toEqual(['applied'])
  })

  test.each([
    ['a socket dropped after it was done', { how: 'drop-after' }, 1],
    ['a socket dropped before it was done', { how: 'drop-before' }, 2],
    ['a 500', { how: 'answer', status: 500, body: { error: 'oops' } }, 2],
    ['a 408', { how: 'answer', status: 408, body: { error: 'slow' } }, 2],
    ['a 200 that is no JSON', { how: 'answer', status: 200, body: '<html>hello</html>' }, 2],
    ['a redirect', { how: 'answer', status: 307, body: '', headers: { location: '/api/apps/v1/lock/apply-time' } }, 2],
  ] as const)('%s: read back, and done once', async (_, failure, sendings) => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    services.fail('POST', action, failure)
    const daemon = home.start('run')
    await daemon.until('the request', () => services.posts().length > 0)
    await until('the row to be settled', async () => (await home.history())[0]?.state === 'applied', {
      every: 2_000,
    })
    expect(services.posts().length).toBe(sendings)
    expect(services.done).toEqual(['time 600'])
    const [first, second] = services.posts()
    if (second) expect(second.at - (first?.at ?? 0)).toBeGreaterThan(20_000)
  })

  test.each([
    ['a 400', { how: 'answer', status: 400, body: { error: 'invalid_params', message: 'No.' } }],
    ['a 403', { how: 'answer', status: 403, body: { error: { code: 'insufficient_scope', message: 'No.' } } }],
    [
      'a 200 with ok: false',
      { how: 'answer', status: 200, body: { ok: false, error: { code: 'no', message: 'No.' } } },
    ],
  ] as const)('%s is a rejection, final, and ends the list', async (_, failure) => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: `${addsTen}      - log: Added\n` } })
    services.fail('POST', action, failure)
    const daemon = home.start('run')
    await daemon.until('the request', () => services.posts().length > 0)
    await readings(services, daemon, 3)
    expect(services.posts().map((call) => call.path)).toEqual([action])
    expect((await home.history()).map((row) => [row.action, row.state])).toEqual([
      ['log', 'cancelled'],
      ['add_time', 'rejected'],
    ])
  })

  test('a 429 is tried again after its Retry-After, and done once', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    services.fail('POST', action, { how: 'answer', status: 429, headers: { 'retry-after': '3' } })
    const daemon = home.start('run')
    await daemon.until('the second request', () => services.posts().length === 2)
    const [first, second] = services.posts()
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(2_500)
    await readings(services, daemon, 3)
    expect(services.done).toEqual(['time 600'])
    expect((await home.history()).map((row) => row.state)).toEqual(['applied'])
  })

  test('redirects are never followed', async () => {
    await using services = await openServices()
    await using elsewhere = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    const to = (path: string) => ({ location: `${elsewhere.url}${path}` })
    services.fail('GET', session, { how: 'answer', status: 302, headers: to(session) }, 2)
    services.fail('POST', action, { how: 'answer', status: 307, headers: to(action) })
    const daemon = home.start('run')
    await daemon.until('the request', () => services.posts().length === 1)
    await readings(services, daemon, 2)
    expect(elsewhere.calls).toEqual([])
  })
})

describe.concurrent('a dry run', () => {
  const rules = {
    ten: `${addsTen}      - log: { title: Added, description: "{{ did }}" }\n      - tracker.game: dice\n      - freeze: 30m\n`,
  }
  test.each([
    ['a config without a mode', null, ['run']],
    ['--dry-run over a live config', 'live', ['run', '--dry-run']],
    ['--dry-run --once', 'live', ['run', '--once', '--dry-run']],
    ['mode: dry-run', 'dry-run', ['run']],
  ] as const)('%s: nothing is sent, and history says what would have been', async (_, mode, words) => {
    await using services = await openServices()
    await using home = household(services, { mode, rules, tracker: true })
    const daemon = home.start(...words)
    if (words.some((word) => word === '--once')) expect(await daemon.ended).toMatchObject({ code: 0 })
    else {
      await daemon.until('a firing', () => daemon.said.includes('rule ten-more fires') || undefined)
      await readings(services, daemon, 3)
    }
    const rows = await home.history()
    expect(rows.map((row) => [row.rule, row.action, row.state, row.mode])).toEqual(
      ['freeze', 'tracker.game', 'log', 'add_time'].map((name) => ['ten-more', name, 'dry-run', 'dry-run']),
    )
    expect((await home.run(['history'])).out).toContain('add_time 10 min: dry-run')
    expect(services.posts()).toEqual([])
  })

  test('going live afterwards starts fresh', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { ten: addsTen } })
    const dry = home.start('run', '--dry-run')
    await readings(services, dry, 2)
    await dry.term()
    expect(services.posts()).toEqual([])
    const live = home.start('run')
    await live.until('the addition', () => services.done.length === 1)
    await live.term()
  })
})
