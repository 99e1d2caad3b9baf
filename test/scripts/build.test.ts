// What is built, in a copy without git: it tells what it was made of, and its threads are there and start.
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mustBeReadable } from '../../src/store/backup.ts'
import { Daemon, household, project } from '../e2e/daemon.ts'
import { openServices } from '../e2e/services.ts'

const run = promisify(execFile)
const copy = mkdtempSync(join(tmpdir(), 'lockwarden-build-'))
const entry = join(copy, 'bin/lockwarden.js')
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))

const build = (env: Readonly<Record<string, string>>) =>
  run(process.execPath, ['scripts/build.ts'], { cwd: copy, env: { PATH: process.env.PATH ?? '', ...env } })
const saidVersion = async () => (await run(process.execPath, [entry, '--version'])).stdout.trim()

beforeAll(async () => {
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE', 'scripts', 'src', 'bin']) {
    cpSync(join(project, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  await build({ COMMIT: '0123456789abcdef0123456789abcdef01234567', COMMIT_DATE: '2026-03-02' })
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

test('it tells the commit and the day that the builder names', async () => {
  expect(await saidVersion()).toBe(`${version} (0123456, 2026-03-02)`)
})

test('it makes the nightly backup that is due, and the backup can be read', async () => {
  await using services = await openServices()
  await using home = household(services)
  const shelf = home.path('data/backups')
  const old = 'lockwarden-20200101T040000Z.backup'
  mkdirSync(shelf, { recursive: true, mode: 0o700 })
  writeFileSync(join(shelf, old), 'of a night long ago')
  // Its looks at every minute come at once.
  home.write(
    'hurry.mjs',
    'const later = globalThis.setInterval\nglobalThis.setInterval = (done, ms, ...rest) => later(done, ms === 60_000 ? 50 : ms, ...rest)\n',
  )
  const words = ['--import', home.path('hurry.mjs'), entry, 'run']
  const daemon = new Daemon(spawn(process.execPath, words, { cwd: home.folder, env: home.env }))
  home.daemons.push(daemon)
  await daemon.says('a backup was made')
  await daemon.term()
  const made = readdirSync(shelf).filter((name) => name !== old)
  expect(made).toEqual([expect.stringMatching(/^lockwarden-\d{8}T\d{6}Z\.backup$/)])
  expect(() => mustBeReadable(join(shelf, made[0] ?? ''))).not.toThrow()
})

test('built by nobody who knows of what, it tells the version alone', async () => {
  await build({})
  expect(await saidVersion()).toBe(version)
  await build({ COMMIT: 'main', COMMIT_DATE: 'today' })
  expect(await saidVersion()).toBe(version)
})
