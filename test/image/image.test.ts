import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Daemon, project, until } from '../e2e/daemon.ts'
import { build, contextFilter, type Image, stepsOf } from './dockerfile.ts'
import { alongside, canJail, jailed, jailedProcess, makeBase, memoryLimiter, memoryUsed } from './jail.ts'

const scratch = mkdtempSync(join(tmpdir(), 'lockwarden-image-'))
const megabyte = 1024 * 1024
const commit = '0123456789abcdef0123456789abcdef01234567'
const sandboxUrl = 'http://127.0.0.1:8780'
/** The sandbox of a jail has the same tokens each time. */
let token = ''
let image: Image
let base = ''

beforeAll(async () => {
  const env = {
    ...process.env,
    PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
    // What is on this machine already need not be fetched.
    npm_config_prefer_offline: 'true',
  }
  image = await build(project, scratch, env, { COMMIT: commit, COMMIT_DATE: '2026-03-02' })
  base = join(scratch, 'base')
  makeBase(base)
}, 300_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A data folder as the README has it made, of user 1000. */
function dataFolder(name: string): string {
  const data = join(scratch, name)
  const config = {
    version: 1,
    mode: 'live',
    data: '.',
    locks: {
      main: {
        chastify: { token_file: './secrets/chastify', base_url: sandboxUrl },
        new_lock: 'auto',
        poll: { chastify: '1s' },
        rules: './rules',
      },
    },
  }
  mkdirSync(join(data, 'secrets'), { recursive: true, mode: 0o700 })
  mkdirSync(join(data, 'rules'))
  writeFileSync(join(data, 'config.yaml'), JSON.stringify(config), { mode: 0o600 })
  writeFileSync(join(data, 'secrets/chastify'), token, { mode: 0o600 })
  writeFileSync(
    join(data, 'rules/one.yaml'),
    'rules:\n  - id: one\n    when: lock.active is true\n    then: [add_time: 1m]\n',
  )
  const owned = ['', 'secrets', 'rules', 'config.yaml', 'secrets/chastify', 'rules/one.yaml']
  if (process.getuid?.() === 0) for (const path of owned) chownSync(join(data, path), 1000, 1000)
  return data
}

describe('the Dockerfile', () => {
  const steps = stepsOf(readFileSync(join(project, 'Dockerfile'), 'utf8'))
  const named = (name: string) => steps.filter((step) => step.name === name)

  test('has two stages, of which only the first runs anything', () => {
    expect(named('FROM').map(({ words, flags }) => [words.join(' '), flags.platform])).toEqual([
      ['node:24-slim AS build', '$BUILDPLATFORM'],
      ['node:24-slim', undefined],
    ])
    const second = steps.lastIndexOf(named('FROM')[1] as (typeof steps)[number])
    expect(steps.findLastIndex(({ name }) => name === 'RUN')).toBeLessThan(second)
    for (const { text } of named('RUN')) expect(text).not.toMatch(/apt|apk|gcc|g\+\+|make |python/)
  })

  test('says how it runs, stops, and is known to be well', () => {
    expect(image).toMatchObject({
      user: '1000:1000',
      workdir: '/data',
      volumes: ['/data'],
      stopsignal: 'SIGTERM',
      entrypoint: ['node', '/app/bin/lockwarden.js'],
      command: ['run', '--wait', '--config', '/data/config.yaml'],
      env: { NODE_ENV: 'production', NODE_OPTIONS: '--disable-sigusr1' },
    })
    expect(image.healthcheck?.command).toEqual([...image.entrypoint, 'health', '--config', '/data/config.yaml'])
    expect(Object.keys(image.healthcheck?.options ?? {})).toEqual(['interval', 'timeout', 'start-period', 'retries'])
    expect(image.labels['org.opencontainers.image.title']).toBe('lockwarden')
    expect(image.labels['org.opencontainers.image.licenses']).toBe('MIT')
  })

  test('is handed no secret, and nothing but what it takes', () => {
    const kept = contextFilter(readFileSync(join(project, '.dockerignore'), 'utf8'))
    for (const path of ['src/main.ts', 'package-lock.json', 'rules/presence.yaml']) expect(kept(path)).toBe(true)
    for (const path of ['config.yaml', 'data/secrets/chastify', '.git/config', '.env', 'node_modules/ky', 'test'])
      expect(kept(path)).toBe(false)
  })

  test('ships the bundle, one binary, and the terms of what is in them', () => {
    const library = join(image.root, 'app/node_modules/better-sqlite3')
    expect(readdirSync(join(image.root, 'app'))).toEqual(
      expect.arrayContaining(['bin', 'dist', 'node_modules', 'package.json', 'rules', 'LICENSE']),
    )
    expect(readdirSync(join(image.root, 'app/node_modules'))).toEqual(['better-sqlite3'])
    expect(readdirSync(join(library, 'prebuilds'))).toEqual([`linux-${process.arch}.node`])
    expect(existsSync(join(library, 'LICENSE'))).toBe(true)
    expect(readFileSync(join(image.root, 'app/dist/licences.txt'), 'utf8')).toContain('better-sqlite3')
    expect(existsSync(join(image.root, 'app/src'))).toBe(false)
    expect(statSync(join(image.root, 'usr/local/bin/lockwarden')).mode & 0o111).toBe(0o111)
    if (process.getuid?.() === 0) expect(statSync(join(image.root, 'data')).uid).toBe(1000)
  })
})

const jailable = canJail(join(scratch, 'trial'))
const neighbour = {
  words: [process.execPath, join(project, 'src/main.ts'), 'sandbox', '--port', '8780'],
  env: { HOME: '/', TZ: 'UTC' },
}

describe.skipIf(!jailable)('in a jail: root read-only, no network, no rights, user 1000', () => {
  beforeAll(async () => {
    const sandbox = new Daemon(
      (await import('node:child_process')).spawn(process.execPath, [...neighbour.words.slice(1, -1), '0']),
    )
    await sandbox.says('chastify:')
    token = /token: "(dev_[0-9a-f]+)"/.exec(sandbox.out)?.[1] ?? ''
    await sandbox.term()
  })

  const jail = (name: string) => {
    const root = join(scratch, `${name}-root`)
    mkdirSync(root)
    return {
      image: image.root,
      base,
      root,
      data: dataFolder(name),
      user: image.user,
      workdir: image.workdir,
      env: { PATH: '/usr/local/bin:/bin', HOME: '/', ...image.env },
      memory: 128 * megabyte,
    }
  }

  test('it starts as an engine would start it, acts, is well, and ends when told to', async () => {
    const here = jail('starts')
    const started = jailed(here, [...image.entrypoint, ...image.command], neighbour)
    await started.says('"state":"applied"', 30_000)
    const inside = await until('the process', () => jailedProcess(started))
    const status = readFileSync(`/proc/${inside}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    const run = async (...command: string[]) => {
      const other = alongside(inside, image.user, command)
      return { ...(await other.ended), out: other.out, err: other.err }
    }
    expect(await run(...(image.healthcheck?.command ?? []))).toMatchObject({ code: 0, out: 'alive\n' })
    const told = await run('/usr/local/bin/lockwarden', 'status')
    expect([told.code, told.out]).toEqual([0, expect.stringContaining('main')])
    const write = "require('node:fs').writeFileSync('/app/x', '')"
    expect((await run('/usr/local/bin/node', '-e', write)).err).toMatch(/EROFS|EACCES/)
    process.kill(inside, image.stopsignal as NodeJS.Signals)
    expect((await started.ended).code).toBe(0)
    expect(started.said).toContain('"msg":"ended"')
    const files = readdirSync(here.data)
    expect(files).toContain('lockwarden.db')
    expect(files).not.toContain('control.sock')
    const used = memoryUsed(started)
    expect(used.refused).toBe(0)
    if (memoryLimiter()) expect(used.most).toBeGreaterThan(megabyte)
    // Nobody answers any more, and that is ill health.
    const dead = jailed({ ...here, root: jail('dead').root }, image.healthcheck?.command ?? [], null)
    expect((await dead.ended).code).toBe(1)
    expect(memoryUsed(dead).refused).toBe(0)
  })

  test('an hour and more of fast time passes in 128 MB without a fault', { timeout: 240_000 }, async () => {
    const command = [...image.entrypoint, 'demo', '--for', '2h', '--speed', '600']
    const started = jailed(jail('hour'), command, null)
    const ended = await started.ended
    expect([ended.code, started.err]).toEqual([0, ''])
    const [, applied = '', arrived = ''] =
      /(\d+) actions were applied; the services saw (\d+) arrive/.exec(started.out) ?? []
    expect(Number(applied)).toBeGreaterThan(0)
    expect(arrived).toBe(applied)
    expect(started.out).not.toMatch(/fault|error|unsettled/i)
    expect(memoryUsed(started).refused).toBe(0)
  })
})

test('without a jail it starts all the same, from the files of the image alone', async () => {
  const [program = '', entry = ''] = image.entrypoint
  expect(program).toBe('node')
  const { spawn } = await import('node:child_process')
  const options = { cwd: scratch, env: { PATH: join(process.execPath, '..'), ...image.env } }
  const said = new Daemon(spawn(process.execPath, [join(image.root, entry), '--version'], options))
  expect(await said.ended).toMatchObject({ code: 0 })
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  expect(said.out.trim()).toBe(`${version} (0123456, 2026-03-02)`)
  const demo = new Daemon(spawn(process.execPath, [join(image.root, entry), 'demo', '--for', '30m'], options))
  expect(await demo.ended).toMatchObject({ code: 0 })
  expect(demo.err).toBe('')
})
