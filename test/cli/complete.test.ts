// What shells are told of a command line, from the commands' own definitions; and the manual page made from the same.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { expected, shells } from '../../src/cli/complete.ts'
import { manualOf } from '../../src/cli/manual.ts'
import { definitions } from '../../src/cli/program.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { Household, project } from '../e2e/daemon.ts'
import { oneLockAt } from '../household.ts'

const lockwarden = definitions()
const takes = (...words: string[]) => {
  const { takes: what } = expected(lockwarden, words)
  return typeof what === 'string' ? what : what.map(({ word }) => word)
}

describe('what may stand there', () => {
  test('commands, but for those that nobody types', () => {
    const commands = takes('')
    expect(commands).toEqual(expect.arrayContaining(['run', 'status', 'completion', 'support']))
    expect(commands).not.toContain('complete')
    expect(takes('-')).toEqual(expect.arrayContaining(['--version', '--help']))
  })
  test.each<[string[], string | string[]]>([
    [['why', ''], 'rules'],
    [['why', 'night', ''], 'nothing'],
    [['why', '--lock', ''], 'locks'],
    [['why', '--lock', 'main', ''], 'rules'],
    [['why', '--json', ''], 'rules'],
    [['history', '--rule', ''], 'rules'],
    [['history', '--since', ''], 'nothing'],
    [['set', ''], 'inputs'],
    [
      ['set', 'vacation', ''],
      ['on', 'off', 'press'],
    ],
    [['settle', ''], 'unsettled'],
    [
      ['settle', '--as', ''],
      ['wearer', 'keyholder'],
    ],
    [['facts', ''], 'facts'],
    [['release', ''], 'rules'],
    [['backup', ''], 'files'],
    [['status', '--config', ''], 'files'],
    [['check', 'a.yaml', 'b.yaml', ''], 'files'],
    [
      ['schema', ''],
      ['config', 'rules', 'test'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['run', '--log', ''],
      ['pretty', 'json'],
    ],
    [
      ['tell', '--test', '--js'],
      ['--test', '--json', '--config', '--help'],
    ],
    [['nonsense', ''], 'nothing'],
  ])('%j', (words, is) => {
    const what = takes(...words)
    if (Array.isArray(is) && Array.isArray(what)) expect([...what].sort()).toEqual([...is].sort())
    else expect(what).toEqual(is)
  })
})

const isThere = (shell: string) => spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0

describe.each(shells)('the script for %s', (shell) => {
  test.runIf(isThere(shell))('is read by it without a word', async () => {
    await using home = new Household()
    const { code, out } = await home.run(['completion', shell])
    expect(code).toBe(0)
    const { status, stderr } = spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

test.runIf(isThere('bash'))('bash completes commands, files, and the names that the running daemon knows', async () => {
  const world = await startSandbox()
  await using home = new Household()
  onTestFinished(() => world.close())
  home.write('config.yaml', JSON.stringify({ ...oneLockAt(world), data: './data' }))
  home.write(
    'rules/ours.yaml',
    'inputs:\n  vacation: { type: switch, by: [keyholder] }\nrules:\n  - id: night-owl\n    when: lock.frozen is true\n    then: [add_time: 10m]\n',
  )
  const bin = mkdtempSync(join(tmpdir(), 'lockwarden-bin-'))
  onTestFinished(() => rmSync(bin, { recursive: true }))
  writeFileSync(join(bin, 'lockwarden'), `#!/bin/sh\nexec "${process.execPath}" "${inject('program')}" "$@"\n`)
  chmodSync(join(bin, 'lockwarden'), 0o755)
  writeFileSync(join(bin, 'script'), (await home.run(['completion', 'bash'])).out)
  const completed = (...words: string[]) => {
    const quoted = ['lockwarden', ...words].map((word) => `'${word}'`).join(' ')
    const script = `. ${bin}/script; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _lockwarden; printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...home.env, PATH: `${bin}:${process.env.PATH}` }
    return execFileSync('bash', ['-c', script], { cwd: home.folder, env, encoding: 'utf8' }).trim().split('\n')
  }
  expect(completed('wh')).toEqual(['why'])
  expect(completed('check', 'conf')).toEqual(['config.yaml'])
  // Without a daemon there is nothing to tell, and no word of trouble.
  expect(completed('why', '')).toEqual([''])
  const daemon = home.start('run')
  await daemon.says('the lock is')
  expect(completed('why', 'ni')).toEqual(['night-owl'])
  expect(completed('set', '')).toEqual(['vacation'])
  expect(completed('why', '--lock', '')).toEqual(['main'])
  await daemon.term()
})

describe('the manual page', () => {
  const page = readFileSync(join(project, 'docs/man/lockwarden.1'), 'utf8')

  test('is up to date; "node scripts/man.ts" writes it', () => {
    expect(page).toBe(manualOf(definitions()))
  })

  test('names every command and option', () => {
    const plain = page.replaceAll('\\-', '-')
    for (const command of lockwarden.commands) {
      if (command.name() === 'complete') continue
      expect(plain).toContain(`.SS ${command.name()}`)
      for (const { flags } of command.options) expect(plain).toContain(`.B ${flags}`)
    }
  })

  test.runIf(isThere('man'))('is read by man without a warning', () => {
    const file = join(project, 'docs/man/lockwarden.1')
    const { status, stderr, stdout } = spawnSync('man', ['--warnings', '-l', file], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('EXIT STATUS')
  })
})
