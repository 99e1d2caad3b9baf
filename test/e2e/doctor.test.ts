// The doctor as a real process against the sandbox, with each trouble provoked; it only ever reads.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/core/model/finding.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { Household } from './daemon.ts'

const addsTen = 'rules:\n  - id: ten-more\n    when: lock.taskPoints > 100\n    then: [add_time: 10m]\n'

interface Setting {
  sandbox?: SandboxOptions
  lock?: Record<string, unknown>
  tracker?: boolean
  rules?: string
  rest?: Record<string, unknown>
}

class Practice {
  readonly home = new Household()
  readonly sandbox: Sandbox

  constructor(sandbox: Sandbox, setting: Setting) {
    this.sandbox = sandbox
    const { home } = this
    const { url, tokens } = sandbox
    const tracker = setting.tracker === false ? {} : { tracker: { token_file: './tracker', base_url: url } }
    home.write('tracker', tokens.tracker)
    home.write('token', tokens.chastify)
    const config = {
      version: 1,
      timezone: 'UTC',
      data: './data',
      locks: { main: { chastify: { token_file: './token', base_url: url }, ...tracker, ...setting.lock } },
      ...setting.rest,
    }
    home.write('config.yaml', JSON.stringify(config))
    home.write('rules/one.yaml', setting.rules ?? addsTen)
    mkdirSync(home.data)
    chmodSync(home.data, 0o700)
    for (const name of ['config.yaml', 'token', 'tracker']) chmodSync(home.path(name), 0o600)
  }

  async findings(...more: string[]): Promise<{ code: number | null; findings: Finding[] }> {
    const said = await this.home.run(['doctor', '--json', ...more])
    const { ok, findings } = JSON.parse(said.out) as { ok: boolean; findings: Finding[] }
    expect(ok).toBe(said.code === 0)
    return { code: said.code, findings }
  }

  /** What is not in order, as `severity about`, but for the daemon that no test has started. */
  async wrong(): Promise<string[]> {
    const { findings } = await this.findings()
    const wrong = findings.filter(({ severity }) => severity !== 'ok')
    // Of a file, the fault itself says what would be right.
    const files = new Set(['config', 'rules', 'database'])
    for (const { about, mend } of wrong) if (!files.has(about)) expect([about, mend]).not.toEqual([about, ''])
    return wrong.map(({ severity, about }) => `${severity} ${about}`).filter((line) => line !== 'warn daemon')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]()
    await this.sandbox.close()
  }
}

async function practice(setting: Setting = {}): Promise<Practice> {
  return new Practice(await startSandbox(setting.sandbox), setting)
}

const ahead = (milliseconds: number) => ({ clock: { now: () => Date.now() + milliseconds } })
const root = process.getuid?.() === 0

describe.concurrent('doctor', () => {
  test('finds nothing where all is in order, and has only read', async () => {
    await using here = await practice({ lock: { expect: { wearer: 'alice' } } })
    const said = await here.home.run(['doctor'])
    expect([said.code, said.err]).toEqual([0, ''])
    const lines = said.out.trim().split('\n')
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual(['all is well'])
    expect(said.out).toContain('ok     daemon: none runs on this data folder yet; start "lockwarden run"')
    expect(said.out).toMatch(/main: role: the token acts as the wearer/)
    expect(said.out).toMatch(/main: scopes: session:read, lock:write/)
    expect(said.out).toMatch(/main: lock id: actions are pinned to [0-9a-f]{24}/)
    expect(here.sandbox.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/apps/v1/session',
      'GET /api/v2/stats.php',
      'GET /api/v2/sessions.php',
    ])
    expect(here.sandbox.applied).toEqual([])
    expect(readdirSync(here.home.data)).toEqual([])
    for (const token of [here.sandbox.tokens.chastify, here.sandbox.tokens.tracker]) {
      expect(said.all).not.toContain(token)
    }
  })

  test('a revoked token', async () => {
    await using here = await practice()
    here.sandbox.revoke('chastify')
    expect(await here.wrong()).toEqual(['fault chastify.token'])
    expect((await here.home.run(['doctor'])).out).toMatch(/^fault {2}main: chastify\.token: .*revoked.*Developer API/m)
  })

  test('a token that is none, of either service', async () => {
    await using here = await practice()
    here.home.write('token', 'dev_wrong')
    here.home.write('tracker', 'wrong')
    expect(await here.wrong()).toEqual(['fault chastify.token', 'fault tracker.token'])
  })

  test('no active lock is no trouble', async () => {
    await using here = await practice({ sandbox: { chastify: { lock: null } } })
    expect(await here.wrong()).toEqual([])
  })

  test.each([
    ['far off', 600_000, ['fault clock', 'fault clock']],
    ['a little off', -50_000, ['warn clock', 'warn clock']],
    ['right', 0, []],
  ] as const)('a clock that is %s', async (_, milliseconds, expected) => {
    await using here = await practice({ sandbox: ahead(milliseconds) })
    expect(await here.wrong()).toEqual(expected)
  })

  test('a missing tracker, where a rule needs it', async () => {
    const rules = 'rules:\n  - id: beside\n    when: tracker.locked is false\n    then: [log: Apart]\n'
    await using here = await practice({ tracker: false, rules })
    expect(await here.wrong()).toEqual(['warn tracker.token'])
    expect((await here.home.run(['doctor'])).out).toMatch(/tracker\.token: not configured, but the rule beside/)
    await using without = await practice({ tracker: false })
    expect(await without.wrong()).toEqual([])
  })

  test('a missing dom token, where a game needs it', async () => {
    const rules =
      'rules:\n  - id: dice\n    when: lock.taskPoints > 100\n    then: [tracker.game: { game: dice, as: dom }]\n'
    await using here = await practice({ rules })
    expect(await here.wrong()).toEqual(['warn tracker.dom_token'])
  })

  test('a service that cannot be reached', async () => {
    await using here = await practice({ tracker: false })
    await here.sandbox.close()
    expect(await here.wrong()).toEqual(['fault chastify.token'])
  })

  test('a data folder in a file', async () => {
    await using here = await practice({ rest: { data: './config.yaml/data' } })
    expect(await here.wrong()).toEqual(['fault data folder'])
  })

  test.skipIf(process.platform !== 'linux')('a data folder that nobody can write to', async () => {
    await using here = await practice({ rest: { data: '/proc/sys' } })
    expect(await here.wrong()).toEqual(['fault data folder'])
  })

  test.skipIf(root)('a data folder that is not ours to write to', async () => {
    await using here = await practice()
    chmodSync(here.home.data, 0o500)
    expect(await here.wrong()).toEqual(['fault data folder'])
    chmodSync(here.home.data, 0o700)
  })

  test('what others can read', async () => {
    await using here = await practice()
    chmodSync(here.home.data, 0o755)
    chmodSync(here.home.path('token'), 0o644)
    expect(await here.wrong()).toEqual(['warn data folder', 'warn token file'])
    const { code, findings } = await here.findings()
    expect(code).toBe(0)
    expect(findings.find(({ about }) => about === 'token file')?.mend).toBe(`chmod 600 ${here.home.path('token')}`)
  })

  test('a config that others can change, or read a token in', async () => {
    await using here = await practice()
    chmodSync(here.home.path('config.yaml'), 0o666)
    expect(await here.wrong()).toEqual(['warn config'])
    const { url, tokens } = here.sandbox
    const config = {
      version: 1,
      timezone: 'UTC',
      locks: { main: { chastify: { token: tokens.chastify, base_url: url } } },
    }
    here.home.write('config.yaml', JSON.stringify(config))
    chmodSync(here.home.path('config.yaml'), 0o644)
    expect(await here.wrong()).toEqual(['warn config'])
    const { findings } = await here.findings()
    const words = 'it holds a token (locks.main.chastify.token), and others on this machine can read it'
    expect(findings.find(({ about, severity }) => about === 'config' && severity === 'warn')?.message).toBe(words)
    chmodSync(here.home.path('config.yaml'), 0o600)
    expect(await here.wrong()).toEqual([])
  })

  test('another wearer', async () => {
    await using here = await practice({ lock: { expect: { wearer: 'somebody' } } })
    expect(await here.wrong()).toEqual(['fault expect.wearer'])
  })

  test('a lock without an id, with a token that may not read it', async () => {
    await using here = await practice({ sandbox: { chastify: { lockId: false } } })
    expect(await here.wrong()).toEqual(['warn lock id'])
    await using closed = await practice({ sandbox: { chastify: { scopes: ['lock:write'] } } })
    expect(await closed.wrong()).toEqual(['fault chastify.token'])
  })

  test('the switch', async () => {
    await using here = await practice()
    writeFileSync(here.home.path('data/STOP'), '')
    expect(await here.wrong()).toEqual(['warn switch'])
    expect((await here.home.run(['doctor'])).out).toMatch(/warn {3}switch: it is set \(.*STOP\).*lockwarden resume/)
  })

  test('a rule that is not allowed, and limits that ended', async () => {
    await using here = await practice({ rest: { limits: { allow: ['log'], ends: '2020-01-01 12:00' } } })
    const { code, findings } = await here.findings()
    const said = findings.filter(({ severity }) => severity === 'warn').map(({ message }) => message)
    expect(code).toBe(0)
    expect(said).toContainEqual(expect.stringMatching(/rules\/one\.yaml:4:\d+: add_time is always refused/))
    expect(said).toContainEqual(expect.stringMatching(/ended 2020-01-01/))
  })

  test('a rule with a fault', async () => {
    await using here = await practice({ rules: addsTen.replace('taskPoints', 'taskPiont') })
    expect(await here.wrong()).toEqual(['fault rules'])
    expect((await here.home.run(['doctor'])).out).toMatch(/rules\/one\.yaml:3:\d+: unknown fact/)
  })

  test('a config with a fault is told, and the rest is looked at all the same', async () => {
    await using here = await practice()
    here.home.write('config.yaml', '{ "version": 1, "moode": "live", "locks": {} }')
    writeFileSync(here.home.path('data/lockwarden.db'), 'no database')
    chmodSync(here.home.path('data/lockwarden.db'), 0o600)
    const wrong = await here.wrong()
    expect(wrong).toContain('fault config')
    expect(wrong).toContain('fault database')
  })

  test('a token that is not there is told, and what needs none is looked at', async () => {
    await using here = await practice({ rules: addsTen.replace('taskPoints', 'taskPiont') })
    here.home.write('token', '')
    expect(await here.wrong()).toEqual(['fault config', 'fault rules'])
    expect(here.sandbox.seen).toEqual([])
  })

  test('a damaged database', async () => {
    await using here = await practice()
    await here.home.run(['run', '--once'])
    expect(await here.wrong()).toEqual([])
    const file = here.home.path('data/lockwarden.db')
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xff, 8192))
    expect(await here.wrong()).toEqual(['fault database'])
    const { out } = await here.home.run(['doctor'])
    const [line = ''] = out.split('\n').filter((one) => one.includes('database:'))
    expect(line).toBe(`fault  database: cannot use ${file}: it is damaged; restore a backup`)
    for (const words of ['damaged', 'restore a backup']) expect(line.split(words)).toHaveLength(2)
    writeFileSync(file, bytes.fill(0xff))
    const whole = (await here.home.run(['doctor'])).out.split('\n').filter((one) => one.includes('database:'))
    expect(whole).toEqual([`fault  database: cannot use ${file}: it is damaged; restore a backup`])
  })

  test('another time zone than the machine’s', async () => {
    await using here = await practice({ rest: { timezone: 'Europe/Berlin' } })
    expect(await here.wrong()).toEqual([])
    const { findings } = await here.findings()
    expect(findings.find(({ about }) => about === 'timezone')?.message).toContain('this machine uses UTC')
    here.home.env.TZ = 'Nowhere/Else'
    expect(await here.wrong()).toEqual(['warn timezone'])
  })

  test('two entries for one lock', async () => {
    await using here = await practice({ tracker: false })
    await using other = await practice({ tracker: false, sandbox: { chastify: { token: 'dev_other' } } })
    other.sandbox.lock.start({}, here.sandbox.lock.id() ?? '')
    const entry = (token: string, url: string) => ({ chastify: { token, base_url: url } })
    const locks = {
      main: entry(here.sandbox.tokens.chastify, here.sandbox.url),
      second: entry('dev_other', other.sandbox.url),
    }
    here.home.write('config.yaml', JSON.stringify({ version: 1, timezone: 'UTC', locks }))
    expect(await here.wrong()).toEqual(['fault lock id'])
    const { findings } = await here.findings('--lock', 'second')
    expect(findings.some(({ lock }) => lock === 'main')).toBe(false)
  })

  test('what the running daemon knows', async () => {
    await using here = await practice({ rest: { mode: 'live' } })
    const daemon = here.home.start('run')
    await daemon.until('the socket', () => existsSync(here.home.path('data/control.sock')))
    await daemon.until('a reading', () => here.sandbox.seen.length > 0)
    const said = await here.home.run(['doctor'])
    expect(said.out).toMatch(/^ok {5}daemon: it runs/m)
    expect(said.out).toMatch(/^warn {3}main: daemon: it decides nothing: not accepted; .*lockwarden accept/m)
    daemon.process.kill('SIGSTOP')
    expect(await here.wrong()).toContain('fault daemon')
    daemon.process.kill('SIGCONT')
  })
})

test('its help fits a screen', async () => {
  await using here = await practice()
  const said = await here.home.run(['doctor', '--help'])
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out.split('\n').length).toBeLessThanOrEqual(24)
  expect(Math.max(...said.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})
