// The database is taken away under a running daemon, or is not the one that was here at its start.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/core/model/finding.ts'
import { ask, socketNow } from '../../src/daemon/control.ts'
import { type Daemon, type Household, household } from './daemon.ts'
import { openServices, type Services } from './services.ts'

const session = '/api/apps/v1/session'
const rules = { one: 'rules:\n  - { id: more, when: lock.taskPoints rises, then: [add_time: 10m] }\n' }

const databaseOf = (home: Household) => home.path('data/lockwarden.db')
const away = (home: Household) => renameSync(databaseOf(home), home.path('away.db'))
const back = (home: Household) => renameSync(home.path('away.db'), databaseOf(home))

async function readings(services: Services, daemon: Daemon, count = 2): Promise<void> {
  const before = services.gets(session).length
  await daemon.until(`${count} more readings`, () => services.gets(session).length >= before + count)
}

/** A daemon that has done the rule once. */
async function acting(services: Services, home: Household): Promise<Daemon> {
  const daemon = home.start('run')
  await readings(services, daemon)
  services.points += 1
  await daemon.says(/"state":"applied"/)
  await readings(services, daemon)
  return daemon
}

async function doctor(home: Household): Promise<{ code: number | null; wrong: string[]; out: string }> {
  const said = await home.run(['doctor', '--json'])
  const { findings } = JSON.parse(said.out) as { findings: Finding[] }
  const wrong = findings.filter(({ severity }) => severity === 'fault')
  return {
    code: said.code,
    wrong: wrong.map(({ about, message, mend }) => `${about}: ${message}; ${mend}`),
    out: said.out,
  }
}

/** A webhook that takes what people are told. */
async function listener() {
  const told: string[] = []
  const server = createServer((incoming, outgoing) => {
    let text = ''
    incoming.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    incoming.on('end', () => {
      told.push(text)
      outgoing.end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    told,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return port
}

const count = (text: string, words: RegExp) => [...text.matchAll(new RegExp(words, 'g'))].length

describe.concurrent('a database that is taken away under the daemon', () => {
  test('nothing is sent, every place says so with the mend, and it goes on when the file is back', async () => {
    await using services = await openServices()
    await using people = await listener()
    const port = await freePort()
    await using home = household(services, {
      rules,
      rest: {
        metrics: { listen: `127.0.0.1:${port}` },
        tell: { channels: { hook: { webhook: people.url } }, about: ['storage'], wording: 'plain' },
      },
    })
    const daemon = await acting(services, home)
    expect((await doctor(home)).wrong).toEqual([])
    const monitor = async (path: string) => {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`)
      return `${reply.status} ${await reply.text()}`
    }
    const glance = async () => (await ask(socketNow(home.data), 'glance'))?.[0]?.standstill
    expect(await monitor('/healthz')).toBe('200 ok\n')

    away(home)
    services.points += 1
    await daemon.says('lockwarden.db was taken away while the daemon was running; put it back, and it goes on')
    await readings(services, daemon, 4)
    expect(services.done).toEqual(['time 600'])
    expect((await home.run(['status'])).out.replace(/\s+/g, ' ')).toMatch(
      /NOTHING IS DECIDED: database gone; nothing is sent: \S+lockwarden\.db was taken away .* "lockwarden restore" a backup/,
    )
    expect(await home.run(['health'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^main: .* was taken away/),
    })
    expect(await glance()).toBe('database gone')
    expect(await monitor('/healthz')).toBe('503 main: database gone\n')
    expect(await monitor('/metrics')).toContain('lockwarden_standstill{lock="main",reason="database gone"} 1')
    await daemon.until('people to be told', () => people.told.length > 0)
    expect(people.told.join()).toContain('main: the database was taken away or replaced, and nothing is sent')
    const red = await doctor(home)
    expect(red.code).toBe(1)
    expect(red.wrong).toEqual([
      expect.stringMatching(/^database: the database \S+ is gone: .* its ledger held an action/),
      expect.stringMatching(/^daemon: it decides nothing: database gone; .*put it back, and it goes on/),
    ])
    expect(services.done).toEqual(['time 600'])
    expect(existsSync(databaseOf(home))).toBe(false)

    back(home)
    await daemon.until('what was due', () => services.done.length === 2)
    await daemon.says(/can be stored again; it goes on/)
    await readings(services, daemon)
    expect(services.done).toEqual(['time 600', 'time 600'])
    expect(count(daemon.said, /was taken away/)).toBe(1)
    expect(await monitor('/healthz')).toBe('200 ok\n')
    expect(await home.run(['health'])).toMatchObject({ code: 0, out: 'alive\n' })
    expect((await doctor(home)).wrong).toEqual([])
    expect((await home.history()).map(({ state }) => state)).toEqual(['applied', 'applied'])
  })

  test('replaced by a copy, it stands still too, and starts again with what was put back', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = await acting(services, home)
    away(home)
    copyFileSync(home.path('away.db'), databaseOf(home))
    services.points += 1
    await daemon.says('another file was put in the place of')
    await readings(services, daemon, 3)
    expect((await doctor(home)).wrong).toEqual([expect.stringMatching(/^daemon: it decides nothing: database gone/)])
    await daemon.term()
    expect(services.done).toEqual(['time 600'])
    rmSync(databaseOf(home))
    back(home)
    const again = home.start('run')
    await again.until('what was due', () => services.done.length === 2)
    expect((await home.history()).length).toBe(2)
  })

  test('a device that runs is stopped at once', async () => {
    await using services = await openServices()
    const limits = {
      allow: ['device'],
      device: { each: '10m', times_per_hour: 'unlimited', quiet: 'unlimited', commands: ['vibration.start'] },
    }
    const starts = { one: 'rules:\n  - { id: go, when: lock.taskPoints > 0, then: [device: vibration.start] }\n' }
    const chastify = { token: 'dev-Ch4stifySecretTokenAAAA1111', base_url: services.url, device: { route: 'app' } }
    await using home = household(services, { limits, rules: starts, lock: { chastify } })
    const daemon = home.start('run')
    services.points = 1
    const told = () =>
      services.posts('/api/apps/v1/device-command').map(({ body }) => (body as { command: string }).command)
    await daemon.until('the start', () => told().length === 1)
    await daemon.says(/"state":"applied"/)
    away(home)
    await daemon.until('the stop', () => told().length === 2)
    back(home)
    await daemon.says(/can be stored again; it goes on/)
    await readings(services, daemon, 3)
    expect(told()).toEqual(['vibration.start', 'all.stop'])
    expect((await home.history()).map(({ rule, state }) => `${rule} ${state}`)).toEqual([
      '(device) applied',
      'go applied',
    ])
  })
})

describe.concurrent('a data folder that is moved away under the daemon', () => {
  const isLinux = process.platform === 'linux'
  test.skipIf(!isLinux)(
    'doctor finds the daemon, says where its folder is, and it goes on once that is back',
    async () => {
      await using services = await openServices()
      await using home = household(services, { rules })
      const daemon = await acting(services, home)
      const { pid } = daemon.process
      const elsewhere = home.path('moved')
      renameSync(home.data, elsewhere)
      services.points += 1
      await daemon.says('lockwarden.db was taken away while the daemon was running')
      const { code, wrong } = await doctor(home)
      expect(code).toBe(1)
      expect(wrong).toEqual([
        `daemon: process ${pid} was started here and runs, but its folder was moved to ${elsewhere}: it decides nothing, and cannot be asked; move it back, and it goes on; else end it first: kill ${pid}`,
      ])
      // Another folder in its place is not the daemon's.
      mkdirSync(home.data, { mode: 0o700 })
      expect((await doctor(home)).wrong).toEqual(wrong)
      rmSync(home.data, { recursive: true })
      renameSync(elsewhere, home.data)
      await daemon.until('what was due', () => services.done.length === 2)
      expect((await doctor(home)).wrong).toEqual([])

      rmSync(home.data, { recursive: true })
      expect((await doctor(home)).wrong).toEqual([
        `daemon: process ${pid} was started here and runs, but its folder was taken away: it decides nothing, and cannot be asked; end it first: kill ${pid}`,
      ])
      await daemon.term()
      expect((await doctor(home)).out).toContain('none runs on this data folder')
    },
  )
})

describe.concurrent('at a start', () => {
  test.each<[string, words: string, spoil: (home: Household) => void]>([
    ['no database', 'is gone: it is not the one that was here', (home) => rmSync(databaseOf(home))],
    ['an empty one', 'is empty: it is not the one that was here', (home) => writeFileSync(databaseOf(home), '')],
    ['an older one', 'main has 1 of 2', (home) => renameSync(home.path('older.db'), databaseOf(home))],
  ])(
    '%s is a fault to run, doctor, status and backup, and what was there is not done again',
    async (_, words, spoil) => {
      await using services = await openServices()
      await using home = household(services, { rules })
      const daemon = await acting(services, home)
      await daemon.term()
      copyFileSync(databaseOf(home), home.path('older.db'))
      const second = await acting(services, home)
      await second.term()
      copyFileSync(databaseOf(home), home.path('whole.db'))
      const done = services.done.length
      spoil(home)
      for (const command of [['run'], ['status'], ['backup', 'b.backup']]) {
        const said = await home.run(command)
        expect([command, said.code]).toEqual([command, 1])
        expect(said.err).toContain(words)
        expect(said.err).toContain('Put it back')
      }
      const { code, wrong } = await doctor(home)
      expect(code).toBe(1)
      expect(wrong).toEqual([expect.stringContaining(words)])
      copyFileSync(home.path('whole.db'), databaseOf(home))
      const third = home.start('run')
      await readings(services, third)
      expect(services.done.length).toBe(done)
      expect((await home.history()).length).toBe(done)
    },
  )

  test('a backup that is restored is no older copy', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = await acting(services, home)
    expect(await home.run(['backup', 'one.backup'])).toMatchObject({ code: 0 })
    services.points += 1
    await daemon.until('the second', () => services.done.length === 2)
    await readings(services, daemon)
    await daemon.term()
    rmSync(databaseOf(home))
    expect((await home.run(['run'])).err).toContain('"lockwarden restore" a backup')
    expect(await home.run(['restore', 'one.backup'])).toMatchObject({ code: 0 })
    const again = home.start('run')
    await readings(services, again)
    expect((await doctor(home)).wrong).toEqual([])
    expect((await home.history()).length).toBe(1)
  })
})
