// The log: its form and its level, by option, config and command; followed over the socket; without secrets.
import { spawnSync } from 'node:child_process'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { openLogbook } from '../../src/cli/log.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { Logbook } from '../../src/daemon/logbook.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { Secret } from '../../src/services/secret.ts'
import { type Daemon, Household } from '../e2e/daemon.ts'
import { oneLockAt } from '../household.ts'

function written(person: boolean, env: Terminal['env'] = {}) {
  const lines: string[] = []
  const out = (line: string) => void lines.push(line)
  return { lines, terminal: { out, env, person } }
}
const clock = { now: () => Date.UTC(2026, 2, 2, 12) }

describe('the form', () => {
  test.each([
    [false, undefined, true],
    [true, undefined, false],
    [false, 'pretty', false],
    [true, 'json', true],
  ] as const)('a person: %s, by option: %s', (person, form, isJson) => {
    const { lines, terminal } = written(person)
    openLogbook(terminal, { secrets: [], zone: 'Europe/Berlin', clock, form }).log.warn({ lock: 'main' }, 'hello')
    if (isJson) {
      expect(JSON.parse(lines[0] ?? '')).toEqual({
        level: 40,
        time: '2026-03-02T12:00:00.000Z',
        lock: 'main',
        msg: 'hello',
      })
    } else expect(lines[0]).toMatch(/13:00.* main.*hello/)
  })
})

describe('the level', () => {
  test('changes while it is written, for what was born before, too', () => {
    const { lines, terminal } = written(false)
    const { log, book } = openLogbook(terminal, { secrets: [], zone: 'UTC', clock, level: 'warn' })
    const child = log.child({ lock: 'main' })
    child.info('one')
    book.setLevel('debug')
    child.debug('two')
    log.debug('three')
    book.setLevel('silent')
    child.error('four')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['two', 'three'])
    expect(book.page({ most: 10 })).toMatchObject({ level: 'silent', last: 2, missed: 0 })
  })

  test.each([
    [{ LOG_LEVEL: 'debug' }, undefined, 'debug'],
    [{ LOG_LEVEL: 'trace' }, undefined, 'debug'],
    [{ LOG_LEVEL: 'nonsense' }, undefined, 'info'],
    [{}, undefined, 'info'],
    [{ LOG_LEVEL: 'debug' }, 'error', 'error'],
  ])('%j and %s', (env, level, is) => {
    expect(openLogbook(written(false, env).terminal, { secrets: [], zone: 'UTC', level }).book.level).toBe(is)
  })
})

describe('the last lines', () => {
  test('are kept without secrets, up to a bound, and what is gone is counted', () => {
    const { terminal } = written(true)
    const { log, book } = openLogbook(terminal, { secrets: [new Secret('tokentoken')], zone: 'UTC', clock })
    log.info('it said tokentoken')
    expect(book.page({ most: 10 }).lines[0]?.text).not.toContain('tokentoken')
    for (let i = 0; i < 10_000; i++) log.info('x')
    const page = book.page({ after: 0, most: 100 })
    expect(page.lines).toHaveLength(100)
    expect(page.missed).toBe(10_001 - 100)
    expect(book.page({ most: 100_000 }).lines.length).toBeLessThanOrEqual(4000)
  })

  test('take no more memory than their bound, however long each is', () => {
    const book = new Logbook('run', 'info', () => undefined)
    for (let i = 0; i < 100; i++) book.add(30, 'x'.repeat(100_000))
    const kept = book.page({ most: 1000 }).lines.reduce((sum, { text }) => sum + text.length, 0)
    expect(kept).toBeLessThanOrEqual(2_000_000)
    expect(book.page({ most: 1 }).lines[0]?.n).toBe(100)
  })

  test('are told by their loudness and from a line on', () => {
    const book = new Logbook('run', 'info', () => undefined)
    book.add(30, 'one')
    book.add(40, 'two')
    book.add(50, 'three')
    const texts = (asked: Parameters<Logbook['page']>[0]) => book.page(asked).lines.map(({ text }) => text)
    expect(texts({ most: 9, least: 'warn' })).toEqual(['two', 'three'])
    expect(texts({ most: 9, after: 2 })).toEqual(['three'])
    expect(texts({ most: 1 })).toEqual(['three'])
  })
})

async function household(log?: Record<string, unknown>): Promise<{ home: Household; rewrite(log: object): void }> {
  const world = await startSandbox()
  const home = new Household()
  const rewrite = (section?: object) => {
    const config = { ...oneLockAt(world), data: './data', ...(section ? { log: section } : {}) }
    home.write('config.yaml', JSON.stringify(config))
  }
  rewrite(log)
  home.write('rules/none.yaml', 'rules: []\n')
  onTestFinished(async () => {
    await home[Symbol.asyncDispose]()
    await world.close()
  })
  return { home, rewrite }
}

const isReady = (daemon: Daemon) => daemon.says('the lock is')

test('a running daemon: by option, by config and by command, followed over a restart', async () => {
  const { home, rewrite } = await household({ level: 'info', form: 'json' })
  const daemon = home.start('run', '--log', 'pretty')
  await isReady(daemon)
  expect(daemon.out).not.toMatch(/^\{/m)
  // A pipe sees no colours.
  expect(daemon.out).not.toContain('\u001b')
  const follower = home.start('log', '-f', '--json', '--most', '3')
  await follower.says('the lock is')
  const before = daemon.out.length
  const changed = await home.run(['log', '--level', 'debug'])
  expect([changed.code, changed.err]).toEqual([0, expect.stringContaining('the log says debug')])
  rewrite({ level: 'warn', form: 'json' })
  await daemon.until('the level of the config', () =>
    daemon.out.slice(before).includes('the config has the log say warn'),
  )
  const told = JSON.parse((await home.run(['status', '--json'])).out) as { restartNeeded: boolean }
  expect(told.restartNeeded).toBe(false)
  await follower.says('the config has the log say warn')
  await daemon.term()
  await follower.says('waiting for the next one')
  rewrite({ level: 'info' })
  const again = home.start('run')
  await again.says('watching with')
  expect(again.out).toMatch(/^\{"level":30/m)
  await follower.until(
    'the new daemon',
    () => follower.out.lastIndexOf('watching with') > follower.out.indexOf('the config has'),
  )
  for (const line of follower.out.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  await again.term()
  await follower.term()
  const alone = await home.run(['log'])
  expect([alone.code, alone.err]).toEqual([1, expect.stringContaining('no daemon is running')])
})

const hasScript = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0

test.runIf(hasScript)('colours are for a terminal alone, and not where NO_COLOR is set', async () => {
  const { home } = await household()
  const command = `"${process.execPath}" "${inject('program')}" run --once`
  const { NO_COLOR: _, ...env } = home.env
  const said = (more: Record<string, string>, terminal: boolean) => {
    const [name, ...words] = terminal ? ['script', '-qec', command, '/dev/null'] : ['sh', '-c', command]
    const around = { ...env, TERM: 'xterm-256color', ...more }
    return spawnSync(name ?? '', words, {
      cwd: home.folder,
      env: around,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).stdout
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour begins with
  const colour = /\u001b\[\d+m/
  expect(said({}, true)).toMatch(colour)
  expect(said({ NO_COLOR: '1' }, true)).not.toMatch(colour)
  expect(said({}, false)).not.toMatch(colour)
})
