import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { type Household, household, type Row, type Setting } from '../e2e/daemon.ts'
import { openServices, type Services, tokens } from '../e2e/services.ts'

/** Rules that fire one after another, each once, with lists: at any moment some have fired, and some are to. They stay within the twenty requests that are sent a minute. */
const staggered = `rules:
${Array.from({ length: 8 }, (_, i) => {
  const wait = i === 0 ? '' : `\n    for: ${i}s`
  return `  - id: turn-${i}\n    when: lock.active is true${wait}
    then: [add_time: 1m, log: "Turn ${i}"]`
}).join('\n')}
  - id: points
    when: lock.taskPoints rises
    then: [add_time: 2m]
  - id: often
    at: "*/7 * * * * *"
    limit: 2 per day
    then: [log: Often]
`
const limits = { actions: { per_step: 20, per_hour: 'unlimited' }, task: { times_per_day: 'unlimited' } }

/** Another household with the same config and rules, and nothing remembered. */
function sister(services: Services, setting: Setting, home: Household): Household {
  const other = household(services, setting)
  for (const name of ['config.yaml', 'rules/one.yaml']) other.write(name, readFileSync(home.path(name), 'utf8'))
  return other
}

describe('a backup', () => {
  test('taken while the daemon acts restores to one that sends nothing again', async () => {
    const sandbox = await startSandbox()
    const services = { url: sandbox.url } as Services
    const lock = {
      chastify: { token: sandbox.tokens.chastify, base_url: sandbox.url },
      expect: { wearer: 'alice' },
    }
    const setting: Setting = { rules: { one: staggered }, lock, limits }
    await using home = household(services, setting)
    const daemon = home.start('run')
    const files: string[] = []
    const counts: number[] = []
    for (const at of [2, 7, 12]) {
      await daemon.until(`${at} actions`, () => sandbox.applied.length >= at)
      if (at === 7) sandbox.lock.closeTask('points')
      counts.push(sandbox.applied.length)
      const said = await home.run(['backup', `${at}.backup`])
      expect(said).toMatchObject({ code: 0, err: '' })
      files.push(home.path(`${at}.backup`))
    }
    await daemon.until('the last turn', () => sandbox.applied.length >= 16)
    await daemon.kill('SIGKILL')
    const before = sandbox.applied.length
    expect(counts.at(0)).toBeLessThan(before)
    for (const file of files) {
      await using other = sister(services, setting, home)
      // Nothing of the moments that recur by the clock: those of after the start are new ones.
      other.write('rules/one.yaml', staggered.slice(0, staggered.indexOf('  - id: often')))
      const said = await other.run(['restore', file])
      expect(said).toMatchObject({ code: 0, err: '' })
      const restarted = other.start('run')
      const reads = sandbox.seen.length
      await restarted.until('readings', () => sandbox.seen.length >= reads + 5)
      expect(sandbox.applied.slice(before)).toEqual([])
      const rows = await other.history()
      expect(rows.length).toBeGreaterThanOrEqual(2)
      expect(rows.filter(({ state }) => state !== 'applied' && state !== 'unsettled')).toEqual([])
      await restarted.term()
    }
    await sandbox.close()
  })

  test('with an action in the air holds it as one that may have happened, and never sends it', async () => {
    await using services = await openServices()
    const setting: Setting = {
      rules: { one: 'rules:\n  - id: one\n    when: lock.active is true\n    then: [add_time: 1m, log: After]\n' },
    }
    await using home = household(services, setting)
    services.fail('POST', '/*', { how: 'hold' }, 100)
    const daemon = home.start('run')
    await daemon.until('the request', () => services.posts().length === 1)
    expect((await home.run(['backup', 'b'])).code).toBe(0)
    await daemon.kill('SIGKILL')
    services.mend()
    await using other = sister(services, setting, home)
    const said = await other.run(['restore', home.path('b')])
    expect(said.out).toMatch(/2 actions were on the way when it was made; "lockwarden status"/)
    const restarted = other.start('run')
    const reads = services.calls.length
    await restarted.until('readings', () => services.calls.length >= reads + 4)
    expect(services.posts()).toHaveLength(1)
    const rows = await other.history()
    expect(rows.map(({ state }: Row) => state)).toEqual(['unsettled', 'unsettled'])
    // It is a person's to say, and whatever is said, it is not sent.
    expect((await other.run(['settle', String(rows[0]?.id), '--not-applied'])).code).toBe(0)
    await restarted.until('a reading', () => services.calls.length >= reads + 7)
    expect(services.posts()).toHaveLength(1)
    await restarted.term()
  })

  test('is one private file without tokens, rules or config', async () => {
    await using services = await openServices()
    await using home = household(services, { tracker: true })
    await home.run(['run', '--once'])
    expect((await home.run(['backup', 'kept/b'])).err).toMatch(/^lockwarden: there is no folder .*; make it first\n$/)
    mkdirSync(home.path('kept'))
    expect((await home.run(['backup', 'kept/b'])).code).toBe(0)
    expect(readdirSync(home.path('kept'))).toEqual(['b'])
    expect(statSync(home.path('kept/b')).mode & 0o777).toBe(0o600)
    const content = readFileSync(home.path('kept/b'), 'latin1')
    for (const token of Object.values(tokens)) expect(content).not.toContain(token)
    expect(content).not.toContain('taskPoints > 1000000')
    const again = await home.run(['backup', 'kept/b'])
    expect(again).toMatchObject({ code: 2, out: '' })
    expect(again.err).toMatch(/there is a file .*kept\/b already/)
    expect(readFileSync(home.path('kept/b'), 'latin1')).toBe(content)
  })

  test('of nothing is refused', async () => {
    await using services = await openServices()
    await using home = household(services)
    const said = await home.run(['backup', 'b'])
    expect(said.code).toBe(1)
    expect(said.err).toMatch(/^lockwarden: there is nothing to back up: .*\n$/)
    expect(existsSync(home.path('b'))).toBe(false)
  })

  test('sets the switch again where it was set', async () => {
    await using services = await openServices()
    await using home = household(services)
    await home.run(['run', '--once'])
    await home.run(['stop', '--lock', 'main'])
    expect((await home.run(['backup', 'b'])).out).toMatch(/switch is set/)
    await home.run(['resume'])
    expect((await home.run(['restore', 'b'])).out).toMatch(/switch was set at that time/)
    expect(existsSync(home.path('data/STOP.main'))).toBe(true)
  })
})

describe('restore', () => {
  async function lived(): Promise<{ services: Services; home: Household }> {
    const services = await openServices()
    const rules = { one: 'rules:\n  - id: one\n    when: lock.active is true\n    then: [add_time: 1m]\n' }
    const home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('the action', () => services.done.length === 1)
    await daemon.until('its row', async () => (await home.history())[0]?.state === 'applied')
    await daemon.term()
    return { services, home }
  }

  test('is refused while a daemon runs, and all is as it was', async () => {
    const { services, home } = await lived()
    await using _ = services
    await using __ = home
    await home.run(['backup', 'b'])
    const daemon = home.start('run')
    await daemon.until('the socket', () => existsSync(home.path('data/control.sock')))
    const said = await home.run(['restore', 'b'])
    expect(said.code).toBe(1)
    expect(said.err).toMatch(/^lockwarden: another lockwarden \(process \d+\) is running on .*data\n$/)
    expect((await home.run(['health'])).code).toBe(0)
    await daemon.term()
    expect(readdirSync(home.data).filter((name) => /before|restoring/.test(name))).toEqual([])
  })

  test('keeps what was there aside, whole', async () => {
    const { services, home } = await lived()
    await using _ = services
    await using __ = home
    await home.run(['backup', 'b'])
    const said = await home.run(['restore', 'b'])
    const aside = /kept: (.*)\n/.exec(said.out)?.[1] ?? ''
    expect(dirname(aside)).toBe(home.data)
    const old = new Database(aside, { readonly: true })
    expect(old.prepare('SELECT count(*) AS rows FROM ledger').get()).toEqual({ rows: 1 })
    old.close()
    expect((await home.history()).map(({ state }) => state)).toEqual(['applied'])
    expect(readdirSync(home.data).filter((name) => name.includes('restoring'))).toEqual([])
  })

  test('keeps what was there aside after a crash, too, with the commits that were only in its log', async () => {
    const { services, home } = await lived()
    await using _ = services
    await using __ = home
    await home.run(['backup', 'b'])
    home.write('rules/two.yaml', 'rules:\n  - id: two\n    when: lock.active is true\n    then: [log: Two]\n')
    const daemon = home.start('run')
    await daemon.until('the second action', () => services.done.length === 2)
    await daemon.until('its row', async () => (await home.history())[0]?.state === 'applied')
    await daemon.kill('SIGKILL')
    expect(statSync(home.path('data/lockwarden.db-wal')).size).toBeGreaterThan(0)
    const said = await home.run(['restore', 'b'])
    const old = new Database(/kept: (.*)\n/.exec(said.out)?.[1] ?? '', { readonly: true })
    expect(old.prepare('SELECT count(*) AS rows FROM ledger').get()).toEqual({ rows: 2 })
    old.close()
    expect(existsSync(home.path('data/lockwarden.db-wal'))).toBe(false)
    // What was done since is known, and counts.
    expect(said.out).toContain('1 action since then stayed in the ledger.')
    expect((await home.history()).map(({ rule, state }) => [rule, state])).toEqual([
      ['two', 'applied'],
      ['one', 'applied'],
    ])
    // The rule that the backup knows nothing of has acted since: it does not act again.
    const again = home.start('run')
    const reads = services.calls.length
    await again.until('readings', () => services.calls.length >= reads + 3)
    expect(services.done).toHaveLength(2)
    await again.term()
  })

  test('puts a whole database in the place of a damaged one', async () => {
    const { services, home } = await lived()
    await using _ = services
    await using __ = home
    await home.run(['backup', 'b'])
    writeFileSync(home.path('data/lockwarden.db'), 'no database at all')
    expect((await home.run(['restore', 'b'])).code).toBe(0)
    expect((await home.history()).map(({ state }) => state)).toEqual(['applied'])
  })

  test.each([
    ['a file that is not there', () => undefined, /there is no file/],
    [
      'a text',
      (file: string) => writeFileSync(file, 'hello\n'.repeat(1000)),
      /cannot be read as a backup: it is damaged/,
    ],
    ['a folder', (file: string) => mkdirSync(file), /is no file/],
    ['an empty file', (file: string) => writeFileSync(file, ''), /no backup; name the file/],
    [
      'a plain database',
      (file: string) => new Database(file).exec('CREATE TABLE other (x)').close(),
      /no backup; name the file/,
    ],
    [
      'a damaged backup',
      (file: string, backup: string) => {
        const whole = readFileSync(backup)
        writeFileSync(file, whole.fill(0xff, Math.floor(whole.length / 2)))
      },
      /damaged/,
    ],
    [
      'half a backup',
      (file: string, backup: string) =>
        writeFileSync(file, readFileSync(backup).subarray(0, Math.floor(statSync(backup).size / 2))),
      /damaged/,
    ],
    [
      'one of a newer program',
      (file: string, backup: string) => {
        writeFileSync(file, readFileSync(backup))
        const newer = new Database(file)
        newer.pragma('user_version = 99')
        newer.close()
      },
      /newer lockwarden/,
    ],
  ] as const)('refuses %s in one line, and leaves all as it was', async (_, make, words) => {
    const { services, home } = await lived()
    await using __ = services
    await using ___ = home
    await home.run(['backup', 'b'])
    const before = readFileSync(home.path('data/lockwarden.db'))
    rmSync(home.path('odd'), { force: true })
    make(home.path('odd'), home.path('b'))
    const said = await home.run(['restore', 'odd'])
    expect(said.code).toBeGreaterThan(0)
    expect(said.err.trim().split('\n')).toHaveLength(1)
    expect(said.err).toMatch(words)
    expect(readFileSync(home.path('data/lockwarden.db')).equals(before)).toBe(true)
    expect(readdirSync(home.data).filter((name) => /before|restoring/.test(name))).toEqual([])
  })
})

describe('export', () => {
  test('gives every row oldest first, as JSON and as CSV, whole or since a moment', async () => {
    await using services = await openServices()
    const rules = {
      one: `rules:
  - id: first
    when: lock.active is true
    then: [add_time: 1m, log: { title: '=HYPERLINK("x")', description: "a, \\"b\\" and\\nmore" }]
`,
    }
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('both', () => services.done.length === 2)
    await daemon.until('the rows', async () => (await home.history()).every(({ state }) => state === 'applied'))
    const rows = (await home.json(['export'])) as Row[]
    expect(rows.map(({ rule, action, state }) => [rule, action, state])).toEqual([
      ['first', 'add_time', 'applied'],
      ['first', 'log', 'applied'],
    ])
    const { out } = await home.run(['export', '--csv'])
    expect(out).not.toContain('\r')
    const [head = '', first = '', ...rest] = out.trimEnd().split('\n')
    expect(head.split(',').slice(0, 4)).toEqual(['id', 'at', 'lock', 'session'])
    expect(first.split(',').length).toBeGreaterThanOrEqual(head.split(',').length)
    expect(first).toMatch(/,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,/)
    expect(first.split(',')[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
    expect(rest.join('\n')).toContain('""title"":""=HYPERLINK(')
    expect(await home.json(['export', '--since', '1h'])).toHaveLength(2)
    expect(await home.json(['export', '--since', '2099-01-01'])).toEqual([])
    expect((await home.run(['export', '--since', '2099-01-01', '--csv'])).out.trim()).toBe(head)
    expect((await home.run(['export'])).err).toMatch(/name the format: --json or --csv/)
    expect((await home.run(['export', '--json', '--csv'])).code).toBe(2)
    await daemon.term()
    // Without a daemon it is the same.
    expect(await home.json(['export'])).toEqual(rows)
  })
})

test('their help fits a screen', async () => {
  await using services = await openServices()
  await using home = household(services)
  for (const command of ['backup', 'restore', 'export', 'demo']) {
    const { out, code } = await home.run([command, '--help'])
    expect(code).toBe(0)
    expect(out.split('\n').length).toBeLessThanOrEqual(24)
  }
})
