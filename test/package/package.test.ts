import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { licencePage, licenceTexts, shippedLibraries } from '../../scripts/licences.ts'
import { project } from '../e2e/daemon.ts'

const run = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'lockwarden-package-'))
const copy = join(scratch, 'clone')
const empty = join(scratch, 'empty')
const { version, files, dependencies, devDependencies } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
)
const env = {
  ...process.env,
  PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
  TZ: 'UTC',
  NO_COLOR: '1',
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
}
let packed: string[] = []

beforeAll(async () => {
  // Of a copy, so that what is built does not get in the way of those who run from the sources.
  mkdirSync(copy)
  const left = new Set(['node_modules', '.git', 'dist', 'data', 'test', 'coverage'])
  for (const name of readdirSync(project)) {
    if (!left.has(name)) cpSync(join(project, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--silent'], { cwd: copy, env, maxBuffer: 50_000_000 })
  const [told] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { files: { path: string }[] }[]
  packed = told?.files.map(({ path }) => path) ?? []
  mkdirSync(empty)
  // The libraries that were installed for the tests are on this machine; newer ones would have to be fetched.
  const own = new Set(Object.keys({ ...dependencies, ...devDependencies }))
  const others = (await shippedLibraries()).filter(
    ({ path, name }) => path === `node_modules/${name}` && !own.has(name),
  )
  const overrides = {
    ...Object.fromEntries(others.map(({ name, version: of }) => [name, of])),
    '@types/node': devDependencies['@types/node'],
  }
  writeFileSync(join(empty, 'package.json'), JSON.stringify({ private: true, overrides }))
  await run('npm', ['install', `../clone/lockwarden-${version}.tgz`], { cwd: empty, env, maxBuffer: 50_000_000 })
}, 300_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('npm pack', () => {
  const npx = (...words: string[]) => run('npx', ['--no-install', 'lockwarden', ...words], { cwd: empty, env })

  test('holds the built program, the example rules and config, the pages, the terms, and no sources', () => {
    for (const path of [
      'bin/lockwarden.js',
      'dist/main.js',
      'dist/licences.txt',
      'dist/pages/index.html',
      'dist/pages/main.js',
      'dist/pages/console.css',
      'dist/sbom.cdx.json',
      'rules/presence.yaml',
      'config.example.yaml',
      'docs/operating.md',
      'deploy/lockwarden.service',
      'compose.yaml',
      'LICENSE',
      'README.md',
    ]) {
      expect(packed).toContain(path)
    }
    const allowed = new Set(
      [...files, 'package.json', 'README.md', 'LICENSE'].map((path: string) => path.split('/')[0]),
    )
    expect(packed.filter((path) => !allowed.has(path.split('/')[0] ?? ''))).toEqual([])
    expect(packed.filter((path) => /\.(ts|db|tgz)$|secrets/.test(path))).toEqual([])
  })

  test('says which Node it needs; the clone, which brings its own, does not', () => {
    const manifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(manifest(join(empty, 'node_modules/lockwarden')).engines).toEqual({ node: '>=24' })
    expect(manifest(copy)).toEqual(manifest(project))
    expect(manifest(project)).not.toHaveProperty('engines')
    expect(readFileSync(join(project, 'bin/lockwarden.js'), 'utf8')).toContain('const oldest = 24')
  })

  test('installed in an empty folder, it says its version and its help', async () => {
    expect((await npx('--version')).stdout.trim()).toBe(version)
    expect((await npx('--help')).stdout).toContain('Commands:')
  })

  test('installed in an empty folder, its demo runs', async () => {
    const { stdout } = await npx('demo', '--for', '2h')
    const [, applied = '', arrived = ''] =
      /(\d+) actions were applied; the services saw (\d+) arrive/.exec(stdout) ?? []
    expect(Number(applied)).toBeGreaterThan(0)
    expect(arrived).toBe(applied)
  })

  test('a demo of no length, or an unknown one, is refused', async () => {
    await expect(npx('demo', '--for', 'ever')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--for is a length of time'),
    })
  })

  test('its bill of materials is CycloneDX, and lists what is shipped', async () => {
    const bill = JSON.parse(readFileSync(join(empty, 'node_modules/lockwarden/dist/sbom.cdx.json'), 'utf8'))
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', version: 1 })
    expect(bill.specVersion).toMatch(/^1\.\d+$/)
    expect(bill.metadata.component).toMatchObject({ name: 'lockwarden', version, type: 'application' })
    const listed = new Set(bill.components.map((one: { purl: string }) => decodeURIComponent(one.purl)))
    const shipped = (await shippedLibraries()).map((one) => `pkg:npm/${one.name}@${one.version}`)
    expect(shipped.filter((purl) => !listed.has(purl))).toEqual([])
    expect(JSON.stringify(bill)).not.toMatch(/"distribution"|file:|127\.0\.0\.1/)
  })
})

describe('licences', () => {
  test('the page is what is installed; "npm run licences" writes it', async () => {
    expect(readFileSync(join(project, 'docs/licences.md'), 'utf8')).toBe(await licencePage())
  })

  test('each is one that may be handed on with a program under the MIT licence', async () => {
    const fine = new Set([
      'MIT',
      'ISC',
      'Apache-2.0',
      'BSD-2-Clause',
      'BSD-3-Clause',
      '0BSD',
      'Unlicense',
      'BlueOak-1.0.0',
    ])
    expect((await shippedLibraries()).filter(({ licence }) => !fine.has(licence))).toEqual([])
  })

  test('their texts are all there', async () => {
    const text = await licenceTexts()
    for (const { name, version: of } of await shippedLibraries()) expect(text).toContain(`${name} ${of} (`)
    expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(20)
  })
})
