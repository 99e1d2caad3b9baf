import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-tests-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

async function lockwarden(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await program(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: {},
    folder,
    home: folder,
    person: false,
    signal: new AbortController().signal,
    version: '0',
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const rules = `rules:
  - id: away
    when: [lock.wearerLastSeenAgoSeconds > 6h, lock.frozen is false]
    then: [add_time: 10m]
`
const tests = (at: string, zone = '') => `${zone}tests:
  - name: six hours
    start: "2026-02-28 08:00"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 2d, lock.wearerLastSeenAgoSeconds: 0s }
    expect:
      - { at: "${at}", rule: away, do: [add_time: 10m] }
    until: "20:00"
`

describe('lockwarden test', () => {
  test('all pass: only their number, and 0', async () => {
    write({ 'rules/a.yaml': rules, 'rules/a.test.yaml': tests('14:05'), 'rules/deep/.hidden.test.yaml': 'x' })
    expect(await lockwarden('test')).toEqual({ code: 0, out: '1 test, all passed', err: '' })
    expect((await lockwarden('test', 'rules', '--verbose')).out).toBe(
      'rules/a.test.yaml:2: six hours: passed\n1 test, all passed',
    )
    expect((await lockwarden('test', 'rules/a.test.yaml')).code).toBe(0)
  })

  test('a failure shows both sides and why, and 1', async () => {
    write({ 'rules/a.yaml': rules, 'rules/a.test.yaml': tests('12:00') })
    expect(await lockwarden('test')).toEqual({
      code: 1,
      err: '',
      out: [
        'rules/a.test.yaml:2: six hours',
        '     EXPECTED                             ACTUAL',
        '  ✗  2026-02-28 12:00 away: add_time 10m  -',
        '  ✗  -                                    2026-02-28 14:00:01 away: add_time 10 min',
        '  away did not fire at 2026-02-28 12:00: its condition is not true; it may fire again from 2026-02-28 14:00:01 on; lock.wearerLastSeenAgoSeconds > 6h (it is 4 h)',
        '  away fired at 2026-02-28 14:00:01, because lock.wearerLastSeenAgoSeconds > 6h (it is 6 h), lock.frozen is false (it is false)',
        '',
        '1 test, 1 failed',
      ].join('\n'),
    })
    const { code, out } = await lockwarden('test', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      tests: 1,
      failed: 1,
      results: [
        {
          name: 'six hours',
          file: 'rules/a.test.yaml',
          line: 2,
          passed: false,
          differences: [
            { kind: 'missing', rule: 'away', silence: 'condition false' },
            { kind: 'surplus', rule: 'away', silence: null },
          ],
        },
      ],
    })
  })

  test('faulty tests and faulty rules: every fault with its place, and 2', async () => {
    write({ 'rules/a.yaml': rules, 'rules/a.test.yaml': tests('noon'), 'rules/b.test.yaml': 'tests: 7\n' })
    const { code, err } = await lockwarden('test')
    expect(code).toBe(2)
    expect(err.split('\n')).toEqual([
      'rules/a.test.yaml:6:15: "noon" is no moment; write "10:00", "2026-02-28 10:00" or "+3h"',
      expect.stringMatching(/^rules\/b\.test\.yaml:1:8: 7 is not a list/),
    ])
    write({ 'rules/a.yaml': rules.replace('lock.frozen is', 'lock.frozn is'), 'rules/a.test.yaml': tests('14:05') })
    expect((await lockwarden('test')).err).toMatch(/^rules\/a\.yaml:3:\d+: unknown fact "lock\.frozn"; did you mean/)
  })

  test('no tests, no folder: said in a line, and 2', async () => {
    write({ 'rules/a.yaml': rules })
    expect(await lockwarden('test')).toMatchObject({ code: 2, err: expect.stringContaining('there is no test in') })
    expect(await lockwarden('test', 'nowhere')).toMatchObject({
      code: 2,
      err: 'lockwarden: there is no file or folder nowhere',
    })
  })

  test('the config tells the zone and the folder; a file may name another zone', async () => {
    const config = (zone: string) =>
      `version: 1\ntimezone: ${zone}\nlocks: { main: { chastify: { token: abc }, rules: ./mine } }\n`
    const timed = `rules: [{ id: r, at: "12:00", then: [log: noon] }]\n`
    const noon = (zone = '') =>
      `${zone}tests: [{ name: noon, start: "2026-02-28 08:00", expect: [{ at: "12:00", rule: r, do: [log], within: 1s }] }]\n`
    write({ 'config.yaml': config('Asia/Tokyo'), 'mine/a.yaml': timed, 'mine/a.test.yaml': noon() })
    expect((await lockwarden('test')).out).toBe('1 test, all passed')
    write({ 'mine/a.test.yaml': noon('zone: America/New_York\n') })
    expect((await lockwarden('test')).out).toBe('1 test, all passed')
  })

  test('the rules of a test are those of its own folder', async () => {
    write({
      'rules/a.yaml': rules,
      'rules/a.test.yaml': tests('14:05'),
      'rules/more/b.yaml': rules.replace('away', 'other'),
      'rules/more/b.test.yaml': tests('14:05').replace('rule: away', 'rule: other'),
    })
    expect((await lockwarden('test', 'rules/more')).out).toBe('1 test, all passed')
    expect((await lockwarden('test', 'rules')).out).toContain('2 tests, 1 failed')
  })
})

test('why without a daemon: one line, and 1', async () => {
  write({ 'config.yaml': 'version: 1\nlocks: { main: { chastify: { token: abc } } }\n', 'rules/a.yaml': rules })
  expect(await lockwarden('why', 'away')).toEqual({
    code: 1,
    out: '',
    err: 'lockwarden: no daemon is running, so nothing was judged; start "lockwarden run" first',
  })
})
