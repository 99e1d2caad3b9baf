// No token is in anything that is printed or kept, not even where a service sends it back.
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { config, type Household, household, project } from './daemon.ts'
import { openServices, tokens } from './services.ts'

const link = 'AbCdEf123456'
const secrets = Object.values(tokens)
const session = '/api/apps/v1/session'

const rules = {
  one: `rules:
  - id: one
    when: lock.active is true
    then:
      - log: { title: "{{ lock.lockTitle }}", description: "{{ lock.wearerUsername }}" }
  - id: two
    when: lock.active is true
    then:
      - add_time: 1m
      - log: { title: Time, description: "{{ did }}" }
  - id: three
    when: tracker.locked is true
    then:
      - tracker.game: { game: dice, as: dom }
  - id: four
    when: tracker.locked is true
    then:
      - tracker.game: dice
      - log: { title: Games, description: "{{ did }}" }
`,
}

/** Whole, in its encodings, and by its telling middle. */
function forms(secret: string): string[] {
  const middle = secret.slice(4, -4)
  return [
    secret,
    middle,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(middle).toString('hex'),
  ]
}

async function everything(home: Household): Promise<void> {
  const asked = [['status'], ['status', '--json'], ['facts', '--json'], ['history'], ['history', '--json']]
  for (const words of asked) await home.run(words)
}

async function whatIsLeft(home: Household): Promise<void> {
  await home.run(['status'])
  await home.run(['history'])
}

function expectNone(home: Household, among: readonly string[] = secrets): void {
  for (const secret of among) {
    for (const form of forms(secret)) {
      const at = home.said.indexOf(form)
      expect(at < 0 ? 'silence' : home.said.slice(Math.max(0, at - 200), at + 80)).toBe('silence')
      for (const [file, content] of home.stored()) {
        const place = content.indexOf(form)
        expect(place < 0 ? 'silence' : `${file}: ${content.slice(Math.max(0, place - 200), place + 80)}`).toBe(
          'silence',
        )
      }
    }
  }
}

describe.concurrent('no token is told or kept', () => {
  test('when all goes well', async () => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const daemon = home.start('run')
    await daemon.until('the actions', () => services.done.length >= 4)
    await everything(home)
    for (const words of [['facts'], ['check'], ['check', '--json'], ['health'], ['accept'], ['stop'], ['resume']])
      await home.run(words)
    await daemon.term()
    await whatIsLeft(home)
    await home.run(['facts'])
    expect(home.said.length).toBeGreaterThan(2000)
    expect(home.stored().size).toBeGreaterThan(0)
    expectNone(home)
  })

  test.each([
    ['401', 401, (m: string): unknown => ({ error: 'invalid_token', message: m })],
    ['403, nested', 403, (m: string): unknown => ({ error: { code: m, message: m } })],
    ['400 of the tracker’s form', 400, (m: string): unknown => ({ ok: false, error: { code: 'x', message: m } })],
    ['500 in plain words', 500, (m: string): unknown => `<html>${m}</html>`],
    ['200 with ok: false', 200, (m: string): unknown => ({ ok: false, error: { code: m, message: m } })],
    ['429', 429, (m: string): unknown => ({ error: m })],
    ['302', 302, (): unknown => ''],
  ])('when writes answer %s and repeat the tokens', async (_, status, body) => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const message = `bad header "Authorization: Bearer ${secrets.join(' ')}"`
    const headers = {
      location: `${services.url}/?token=${tokens.chastify}&dom=${tokens.dom}`,
      'x-said': tokens.tracker,
    }
    const failure = { how: 'answer', status, body: body(message), headers } as const
    for (const path of ['/api/apps/v1/*', '/api/v2/*', '/api/liveinsert.php']) services.fail('POST', path, failure, 100)
    const daemon = home.start('run')
    await daemon.until('the requests', () => services.posts().length >= 3)
    await daemon.says(/"state":"(rejected|unknown|unsettled|not-sent)"/)
    await everything(home)
    await daemon.term()
    await whatIsLeft(home)
    expectNone(home)
  })

  test.each([[401], [403], [500], [404]])('when readings answer %i and repeat the tokens', async (status) => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const said = `the token ${secrets.join(', ')} is no good`
    const failure = { how: 'answer', status, body: { error: { code: said, message: said } } } as const
    services.fail('GET', '/*', failure, 1000)
    const daemon = home.start('run')
    await daemon.until('both readings', () => services.calls.length >= 2)
    await daemon.until(
      'more readings, or a word about them',
      () => services.calls.length >= 4 || daemon.said.includes('"level":50'),
    )
    await everything(home)
    await daemon.term()
    await whatIsLeft(home)
    expectNone(home)
  })

  test('when a lock’s title and other fields hold them', async () => {
    await using services = await openServices()
    services.data = { lockTitle: `my ${tokens.chastify} lock`, wearerUsername: tokens.tracker, wearerNote: tokens.dom }
    services.role = tokens.dom
    await using home = household(services, { tracker: true, rules })
    const daemon = home.start('run')
    await daemon.until('a reading and more', () => services.gets(session).length >= 3)
    await everything(home)
    await daemon.term()
    await whatIsLeft(home)
    expectNone(home)
  })

  test('when the config is at fault around them', async () => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const whole = JSON.stringify(config(services, { tracker: true }))
    const url = `base_url: "${services.url}"`
    const one = (chastify: string): string =>
      `version: 1\nlocks:\n  main:\n    chastify: ${chastify}\n    rules: ./rules\n`
    const faulty = [
      whole.replace('"token":', '"tokken":'),
      whole.replace(`"${tokens.chastify}"`, `["${tokens.chastify}"]`),
      whole.replace(`"${tokens.chastify}"`, `{"value":"${tokens.chastify}"}`),
      whole.replace(`"${tokens.chastify}"`, `"${tokens.chastify}\\nx"`),
      whole.slice(0, whole.indexOf(tokens.chastify) + tokens.chastify.length),
      one(`{ token: "${tokens.chastify}", token_file: ${tokens.dom}, ${url} }`),
      one(`{ token: "${tokens.chastify}" , ${tokens.dom}, ${url} }`),
      one(`{ ${tokens.chastify}, ${url} }`),
      one(tokens.chastify),
      one(`{ token: &${tokens.chastify} *${tokens.dom} }`),
      one(`{ token: "${tokens.chastify}\n   ${url} }`),
      one(`{ token: !!int "${tokens.chastify}", ${url} }`),
      one(`{ token: "\${${tokens.chastify}}", ${url} }`),
      one(`{ token: "${tokens.chastify}", base_url: "http://user:${tokens.dom}@example.org/${tokens.tracker}" }`),
    ]
    for (const [at, text] of faulty.entries()) {
      home.write('config.yaml', text)
      const check = await home.run(['check'])
      expect(check.code).toBe(1)
      if (at % 5 === 0) await home.run(['run', '--once'])
    }
    expectNone(home)
  })

  test('when a token file holds more than the token', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules,
      lock: {
        chastify: { token_file: './secret', base_url: services.url },
        tracker: { token: tokens.tracker, base_url: services.url },
      },
    })
    home.write('secret', `${tokens.chastify}\n${tokens.dom}\n`)
    await home.run(['check'])
    await home.run(['run', '--once'])
    home.write('secret', `${tokens.chastify}\u2028é`)
    await home.run(['check'])
    await home.run(['run', '--once'])
    expectNone(home)
    home.write('secret', `\ufeff  ${tokens.chastify}\r\n`)
    await home.run(['run', '--once'])
    expect(services.done).toContain('time 60')
    expectNone(home)
  })

  test('the link token is in no log line', async () => {
    await using services = await openServices()
    await using home = household(services, {
      tracker: true,
      limits: { allow: ['tracker.game', 'tracker.game.link'] },
      rules: {
        one: 'rules:\n  - id: one\n    when: lock.active is true\n    then:\n      - tracker.game: { game: link, as: public, type: add }\n',
      },
    })
    const daemon = home.start('run')
    await daemon.until('the vote', () => services.done.length === 1)
    await home.run(['history', '--json'])
    await home.run(['status'])
    await daemon.term()
    expectNone(home, [...secrets])
    expect(home.said.includes(link)).toBe(false)
  })

  test('the environment gives a token, and it stays there', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules,
      env: { CHASTIFY_TOKEN: tokens.chastify },
      lock: {
        chastify: { token: `$\{CHASTIFY_TOKEN}`, base_url: services.url },
        tracker: { token: tokens.tracker, base_url: services.url },
      },
    })
    const daemon = home.start('run')
    await daemon.until('an action', () => services.done.length >= 1)
    await everything(home)
    await daemon.term()
    expectNone(home)
    expect(home.path('x').startsWith(project)).toBe(false)
  })

  test('when the program fails, whatever its own error says', async () => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const said = `no way with ${secrets.join(', ')}`
    const thrown = [
      `throw Object.assign(new Error(${JSON.stringify(said)}), { config: ${JSON.stringify(secrets)} })`,
      `void Promise.reject(new Error(${JSON.stringify(said)}, { cause: ${JSON.stringify(said)} }))`,
    ]
    for (const [i, code] of thrown.entries()) {
      const when = `if (existsSync('fail-${i}')) { clearInterval(timer); ${code} }`
      const module = `import { existsSync } from 'node:fs'; const timer = setInterval(() => { ${when} }, 50)`
      home.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(module)}`
      const daemon = home.start('run')
      await daemon.says('watching with')
      home.write(`fail-${i}`, '')
      const ended = await daemon.ended
      expect(ended.code).toBe(1)
      expect(daemon.err).toMatch(
        /^lockwarden ends because of a fault in the program itself: Error: no way with \[secret\]/,
      )
    }
    delete home.env.NODE_OPTIONS
    await whatIsLeft(home)
    expectNone(home)
  })

  test('in a backup and in what is exported', async () => {
    await using services = await openServices()
    await using home = household(services, { tracker: true, rules })
    const daemon = home.start('run')
    await daemon.until('the actions', () => services.done.length >= 4)
    for (const words of [
      ['backup', 'data/b'],
      ['export', '--json'],
      ['export', '--csv'],
    ]) {
      expect((await home.run(words)).code).toBe(0)
    }
    await daemon.term()
    expect([...home.stored().keys()].some((file) => file.endsWith('/b'))).toBe(true)
    expectNone(home)
  })

  test('in a metric', async () => {
    await using services = await openServices()
    services.data = { lockTitle: tokens.chastify }
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    const rest = { metrics: { listen: `127.0.0.1:${port}` } }
    await using home = household(services, { tracker: true, rules, rest })
    const message = `no ${secrets.join(' ')}`
    services.fail(
      'POST',
      '/api/apps/v1/*',
      { how: 'answer', status: 403, body: { error: { code: message, message } } },
      2,
    )
    const daemon = home.start('run')
    await daemon.until('the requests', () => services.posts().length >= 3)
    for (const path of ['metrics', 'healthz', 'readyz']) {
      const answer = await fetch(`http://127.0.0.1:${port}/${path}`)
      home.said += await answer.text()
    }
    expect(home.said).toMatch(/^# TYPE lockwarden_/m)
    await daemon.term()
    expectNone(home)
  })

  test('a token file that others can read is told, by its path alone', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules,
      lock: {
        chastify: { token_file: './secret', base_url: services.url },
        tracker: { token: tokens.tracker, base_url: services.url },
      },
    })
    const warning = `others on this machine can read it; chmod 600 ${home.path('secret')}`
    home.write('secret', tokens.chastify)
    chmodSync(home.path('config.yaml'), 0o600)
    chmodSync(home.path('secret'), 0o640)
    const check = await home.run(['check'])
    expect([check.code, check.out]).toEqual([0, expect.stringContaining(`secret:1:1: lint: ${warning}`)])
    expect((await home.run(['run', '--once'])).out).toContain(`${home.path('secret')}: ${warning}`)
    expect((await home.run(['doctor'])).out).toContain(`${home.path('secret')}: ${warning}`)
    chmodSync(home.path('secret'), 0o600)
    for (const words of [['check'], ['run', '--once'], ['doctor']]) {
      expect((await home.run(words)).out).not.toContain('others on this machine')
    }
    expectNone(home)
  })

  test('credentials that systemd hands over are read, not complained of, and not needed to look', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules,
      lock: {
        chastify: { token_file: `$\{CREDENTIALS_DIRECTORY}/chastify`, base_url: services.url },
        tracker: { token_file: `$\{CREDENTIALS_DIRECTORY}/tracker`, base_url: services.url },
      },
    })
    chmodSync(home.path('config.yaml'), 0o600)
    home.write('credentials/chastify', tokens.chastify)
    home.write('credentials/tracker', tokens.tracker)
    // As systemd leaves them where it uses access lists.
    for (const name of ['chastify', 'tracker']) chmodSync(home.path('credentials', name), 0o440)
    const told = await home.run(['run', '--once'])
    expect([told.code, told.err]).toEqual([2, expect.stringContaining('CREDENTIALS_DIRECTORY is not set')])
    home.env.CREDENTIALS_DIRECTORY = home.path('credentials')
    const daemon = home.start('run')
    await daemon.until('the actions', () => services.done.length >= 4)
    expect(daemon.said).not.toContain('others on this machine')
    delete home.env.CREDENTIALS_DIRECTORY
    for (const words of [['status'], ['history'], ['facts'], ['stop'], ['resume'], ['backup', 'b'], ['health']]) {
      expect(await home.run(words)).toMatchObject({ code: 0, err: '' })
    }
    await daemon.term()
    expectNone(home)
  })
})
