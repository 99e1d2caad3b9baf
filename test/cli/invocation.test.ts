// A command that is named as the next step can be typed as it stands.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { firstConfig, typed, withInvocations } from '../../src/cli/invocation.ts'
import { program } from '../../src/cli/program.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

const home = mkdtempSync(join(tmpdir(), 'lockwarden-typed-'))
afterAll(() => rmSync(home, { recursive: true }))
const [clone, installed] = [join(home, 'clone'), join(home, 'installed')]
for (const folder of ['clone/src', 'clone/docs', 'installed']) mkdirSync(join(home, folder), { recursive: true })
writeFileSync(join(clone, 'src/main.ts'), '')

describe('where it is typed', () => {
  test.each([
    ['in a clone', clone, clone, 'npm run lockwarden -- run', 'init --folder lock'],
    ['in a folder of a clone', clone, join(clone, 'docs'), 'npm run lockwarden -- run', 'init --folder lock'],
    ['beside a clone, to which somebody has linked', clone, installed, 'lockwarden run', 'init'],
    ['where it is installed', installed, installed, 'lockwarden run', 'init'],
  ])('%s', (_, home, folder, run, first) => {
    expect(typed({ home, folder }, 'run')).toBe(run)
    expect(firstConfig({ home, folder })).toBe(first)
  })
})

describe('what a text names in quotes', () => {
  const said = (home: string, args: readonly string[], text: string) => {
    const lines: string[] = []
    const out = (line: string) => void lines.push(line)
    withInvocations({ home, folder: home, out } as unknown as Terminal, args).out(text)
    return lines.join()
  }
  test.each([
    ['start "lockwarden run"', 'start "npm run lockwarden -- run"'],
    ['"lockwarden settle a1 --applied", or not', '"npm run lockwarden -- settle a1 --applied", or not'],
    ['("lockwarden --help" lists the commands)', '("npm run lockwarden -- --help" lists the commands)'],
    ['"lockwarden init" makes one', '"npm run lockwarden -- init --folder lock" makes one'],
    ['{"message":"start \\"lockwarden run\\""}', '{"message":"start \\"lockwarden run\\""}'],
    ['a,"start ""lockwarden run"""', 'a,"start ""lockwarden run"""'],
    ['lockwarden: no daemon is running', 'lockwarden: no daemon is running'],
  ])('%s', (text, is) => {
    expect(said(clone, ['status'], text)).toBe(is)
  })

  test.each([
    [
      ['status', '--config', 'lock/config.yaml'],
      '"lockwarden resume" and "lockwarden demo"',
      ' --config lock/config.yaml',
    ],
    [['status', '--config=a b.yaml'], '"lockwarden resume" and "lockwarden demo"', " --config 'a b.yaml'"],
    [['status'], '"lockwarden resume" and "lockwarden demo"', ''],
  ])('goes on with the config of %j', (args, text, config) => {
    expect(said(installed, args, text)).toBe(`"lockwarden resume${config}" and "lockwarden demo"`)
  })
})

test('a config that is not there is answered with commands that can be typed', async () => {
  const errors: string[] = []
  const terminal: Terminal = {
    out: () => undefined,
    err: (line) => void errors.push(line),
    env: {},
    folder: clone,
    home: clone,
    person: false,
    signal: new AbortController().signal,
    version: '0',
  }
  expect(await program(['status'], terminal)).toBe(2)
  expect(errors.join()).toContain('"npm run lockwarden -- init --folder lock" makes one')
  expect(errors.join()).toContain('"npm run lockwarden -- demo" shows')
})
