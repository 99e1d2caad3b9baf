// Every command of the page is run as it stands there, in its order, but for those that say what they need.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { Daemon, project } from '../e2e/daemon.ts'

const page = readFileSync(join(project, 'docs/operating.md'), 'utf8')

interface Block {
  /** The last line of text before it. */
  above: string
  lines: string[]
}

const blocks: Block[] = [...page.matchAll(/([^\n]*)\n\n( *)```sh\n(.*?)\n *```/gs)].map(
  ([, above = '', indent = '', code = '']) => ({
    above,
    lines: code.split('\n').map((line) => line.slice(indent.length)),
  }),
)
const needs = /Needs (Docker|systemd 250 or newer, root|Tailscale|git)/
const ours = blocks.filter(({ above }) => !needs.test(above))
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
/** What the tests of the package run, in an empty folder. */
const packing = ['npm ci', 'npm pack', `npm install --global ./lockwarden-${version}.tgz`]

test('every block of commands is found, and each that is not run says what it needs', () => {
  expect(blocks.length).toBe(page.match(/```sh$/gm)?.length)
  const foreign = blocks.filter(({ above }) => needs.test(above)).flatMap(({ lines }) => lines)
  for (const line of foreign) expect(line).toMatch(/docker|tailscale|lockwarden|data|systemctl|git (pull|rev-parse)/)
  for (const { lines } of ours) for (const line of lines) expect(line).not.toMatch(/docker|sudo|systemctl|tailscale/)
  expect(ours.flatMap(({ lines }) => lines)).toEqual(expect.arrayContaining(packing))
})

test('the commands do what the page says', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lockwarden-operating-'))
  const sandbox = await startSandbox({ chastify: { token: 'paste-it-here' } })
  const clone = join(home, 'clone')
  mkdirSync(join(home, 'bin'))
  mkdirSync(clone)
  const command = join(home, 'bin/lockwarden')
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${inject('program')}" "$@"\n`)
  chmodSync(command, 0o755)
  for (const name of ['rules', 'compose.yaml', 'deploy'])
    cpSync(join(project, name), join(clone, name), { recursive: true })
  const example = readFileSync(join(project, 'config.example.yaml'), 'utf8')
  writeFileSync(
    join(clone, 'config.example.yaml'),
    example.replace('# base_url: https://chastify.net', `base_url: ${sandbox.url}`),
  )
  const lines = ours.flatMap(({ lines }) => lines).filter((line) => !packing.includes(line))
  const script = lines.flatMap((line) => {
    if (line === 'lockwarden run') {
      return [
        '(lockwarden run > run.log 2>&1 < /dev/null & echo $! > run.pid)',
        'for i in $(seq 100); do lockwarden health && break; sleep 0.2; done',
      ]
    }
    // After less than an hour there may be nothing to look back on, and it says so.
    if (line.startsWith('lockwarden backtest')) return [`${line} || [ $? = 1 ]`]
    const ends = line.startsWith('lockwarden restore ')
    return [
      ...(ends ? ['kill "$(cat run.pid)"', 'while lockwarden health; do sleep 0.2; done'] : []),
      `echo "+ ${line.replace(/["$`\\]/g, '\\$&')}"`,
      line,
    ]
  })
  // Each command that asks takes another line, as one password for both roles is refused; by their length none is cut.
  const said = new Daemon(
    spawn('bash', ['-c', `set -e\nseq -f 'pw %012.0f' 99999999 | {\n${script.join('\n')}\n}`], {
      cwd: clone,
      env: { PATH: `${join(home, 'bin')}:${process.env.PATH}`, HOME: home, TZ: 'UTC', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  try {
    const ended = await said.ended
    expect(ended.code).toBe(0)
  } catch (error) {
    throw new Error(`it said:\n${said.said.slice(-3000)}`, { cause: error })
  } finally {
    const pid = join(home, 'lock/run.pid')
    try {
      if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')))
    } catch {
      // It has ended.
    }
    await sandbox.close()
  }
  const files = readdirSync(join(home, 'lock'))
  for (const name of ['before-upgrade.backup', 'ledger.csv', 'week.json']) expect(files).toContain(name)
  expect(files.some((name) => name.startsWith('monday-'))).toBe(true)
  expect(existsSync(join(home, 'lock-moved/config.yaml'))).toBe(true)
  expect(existsSync(join(home, 'lock/data/STOP'))).toBe(false)
  rmSync(home, { recursive: true, force: true })
})

describe('the table of troubles', () => {
  const sources = execFileSync('grep', ['-rhE', '\'|"|`', join(project, 'src'), '--include=*.ts'], {
    encoding: 'utf8',
    maxBuffer: 50_000_000,
  })
  const rows = page.split('\n').filter((line) => /^\| `/.test(line))
  const quoted = rows.flatMap((line) =>
    [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, words = '']) => words),
  )

  test('is of what the program really says', () => {
    expect(rows.length).toBeGreaterThan(30)
    for (const words of quoted.flatMap((one) => one.split('…')).map((one) => one.trim())) {
      if (words.length > 3) expect([words, sources.includes(words)]).toEqual([words, true])
    }
  })

  test('knows everything that the doctor may find wrong', () => {
    const files = ['src/views/doctor.ts', 'src/cli/doctor.ts', 'src/services/chastify/checkup.ts']
    const doctor = files.map((file) => readFileSync(join(project, file), 'utf8'))
    // The words of each finding that is none of the good ones, up to the first value in them.
    const found = doctor.flatMap((text) => [
      ...text.matchAll(/(?:at|finding)\(\s*'(?:warn|fault)',\s*(?:'[^']*',\s*)?[`']([^`'$]{6,})/g),
    ])
    // Names of things, and mends, are no findings.
    const told = found.map(([, words = '']) => words.trim()).filter((words) => /^\S+ \S+ \S/.test(words))
    expect(told.length).toBeGreaterThan(8)
    const untold = told.filter((words) => !quoted.some((one) => words.includes(one) || one.includes(words)))
    // What is only odd, and asks for nothing.
    const odd = ['it is "', 'Chastify does not tell whether the token is of wearer or keyholder']
    expect(untold.filter((words) => !odd.includes(words))).toEqual([])
  })
})
