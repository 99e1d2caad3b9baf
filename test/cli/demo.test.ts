// The demo's day as a person sees it, drawn from made-up moments; and on a screen, from the program itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pacedClock } from '../../src/cli/demo-clock.ts'
import { asPlayed } from '../../src/cli/demo-day.ts'
import { frame, type Happening, happeningLines, happeningOf, type Scene } from '../../src/cli/demo-view.ts'
import { program } from '../../src/cli/program.ts'
import { screenOf } from '../../src/cli/screen.ts'
import { noRules } from '../../src/core/model/rule.ts'
import { ruleFiles } from '../rules/examples.ts'

const noon = Date.UTC(2026, 2, 2, 12)
const fires: Happening = { kind: 'fires', at: noon, rule: 'noon-ice', words: 'Frozen over noon', why: 'it is noon' }
const scene: Scene = {
  now: noon + 65_000,
  zone: 'UTC',
  speed: 1800,
  remainingSeconds: 5 * 3600 + 59,
  mostSeconds: 10 * 3600,
  frozen: true,
  running: true,
  happened: [fires],
  next: [{ at: noon + 5_400_000, rule: 'away', words: 'Six hours without a look' }],
  foot: ['', '  The console: http://127.0.0.1:1', '    keyholder  secret'],
}
const plain = (lines: readonly string[]) => lines.map((line) => stripVTControlCharacters(line))

describe('a frame', () => {
  test('has the clock, what is left as a bar, whether it is frozen, what happened and why, and what comes next', () => {
    const text = plain(frame(scene, { columns: 100, rows: 40 })).join('\n')
    expect(text).toMatch(/ {2}12:01 {2}█{20}░{20} {2}5 h left +frozen/)
    expect(text).toMatch(/12:00 {2}noon-ice: Frozen over noon\n +because it is noon/)
    expect(text).toMatch(/What comes next\n +13:30 {2}away: Six hours without a look/)
    expect(text.trimEnd().split('\n').slice(-2)).toEqual(['  The console: http://127.0.0.1:1', '    keyholder  secret'])
  })

  test.each([
    [24, 9],
    [40, 12],
    [80, 24],
    [200, 70],
  ])('fits %d columns and %d rows, with the newest and the foot in sight', (columns, rows) => {
    const long: Happening = { kind: 'action', at: noon, words: `a: ${'x'.repeat(300)}`, isBad: true }
    const last: Happening = { kind: 'deed', at: noon, words: 'last of all' }
    const happened = [...Array.from({ length: 90 }, (_, i) => (i % 2 ? fires : long)), last]
    const lines = plain(frame({ ...scene, happened }, { columns, rows }))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns)
    expect(lines.length).toBeLessThan(rows)
    const text = lines.join('\n')
    for (const words of ['last', '12:01', 'keyholder']) expect(text).toContain(words)
  })

  test('a rule without a description is named by its id alone', () => {
    const bare: Happening = { ...fires, words: '' }
    expect(happeningLines(bare, 'UTC')).toEqual(['12:00  rule noon-ice fires: it is noon'])
    const text = plain(frame({ ...scene, happened: [bare] }, { columns: 100, rows: 40 })).join('\n')
    expect(text).toMatch(/12:00 {2}noon-ice\n +because it is noon/)
  })

  test('says that lockwarden is not there after a power cut, and shows an empty bar at the end', () => {
    const text = plain(frame({ ...scene, running: false, remainingSeconds: 0 }, { columns: 100, rows: 40 })).join('\n')
    expect(text).toContain('lockwarden is not running')
    expect(text).not.toContain('█')
  })

  test('shows what a rule says as text, whatever is in it', () => {
    const evil: Happening = { ...fires, words: 'a\u001b[2Jb\u202ec' }
    const drawn = frame({ ...scene, happened: [evil] }, { columns: 100, rows: 40 }).join('\n')
    for (const mark of ['\u001b[2J', '\u202e']) expect(drawn).not.toContain(mark)
  })
})

describe('of the log', () => {
  const at = (line: object) => happeningOf(JSON.stringify({ level: 30, ...line }), noRules, noon, [])

  test.each([
    ['a firing', { rule: 'a', msg: 'rule a fires: x is 1' }, { kind: 'fires', rule: 'a', why: 'x is 1' }],
    [
      'an end',
      { rule: 'a', state: 'applied', msg: 'a: log: applied' },
      { kind: 'action', words: 'a: log: applied', isBad: false },
    ],
    ['a trouble', { level: 40, msg: 'no answer' }, { kind: 'action', words: 'no answer', isBad: true }],
  ])('%s is told', (_, line, wanted) => {
    expect(at(line)).toMatchObject(wanted)
  })

  test.each([
    ['a start', { msg: 'watching with 3 rules, live' }],
    ['what is on its way', { rule: 'a', state: 'sending', msg: 'a: log: sending' }],
  ])('%s is not', (_, line) => {
    expect(at(line)).toBeNull()
  })
})

test('a clock that changes its pace goes on from where it was, and wakes who waits in time', async () => {
  const clock = pacedClock(0.001, noon)
  const signal = new AbortController().signal
  const waiting = clock.until(clock.ticks() + 3_600_000, signal)
  clock.pace(1_000_000)
  await waiting
  expect(clock.now() - noon).toBeGreaterThanOrEqual(3_600_000)
  clock.pace(1)
  expect(clock.speed).toBe(1)
})

test('of the examples two are switched on for it, and nothing else is changed', () => {
  const changed = ruleFiles.flatMap(({ text }) => {
    const played = asPlayed(text)
    const off = (one: string) => one.split('\n').filter((line) => /^ {4}enabled: false$/.test(line)).length
    expect(played.replaceAll('    enabled: false\n', '')).toBe(text.replaceAll('    enabled: false\n', ''))
    return off(text) - off(played)
  })
  expect(changed.reduce((sum, one) => sum + one, 0)).toBe(2)
})

test('where there is a screen it is drawn on, and only the end is printed', async () => {
  const [frames, printed]: [string[][], string[]] = [[], []]
  const screen = { columns: 90, rows: 30, draw: (lines: readonly string[]) => void frames.push(plain(lines)) }
  const home = resolve(import.meta.dirname, '../..')
  const terminal = { screen, env: { TZ: 'UTC' }, folder: home, home, person: true, version: '' }
  const err: string[] = []
  const code = await program(['demo', '--for', '4h', '--speed', '6000'], {
    ...terminal,
    out: (line) => printed.push(line),
    err: (line) => err.push(line),
    signal: new AbortController().signal,
  })
  expect([code, err]).toEqual([0, []])
  const last = frames.at(-1)?.join('\n') ?? ''
  expect(last).toMatch(/daily-reward: Half an hour off/)
  expect(last).toContain('The keyholder adds 20 min by hand')
  expect(printed.join('\n')).not.toMatch(/rule daily-reward fires/)
  expect(printed.at(-1)).toMatch(/lockwarden -- init|cp config\.example\.yaml config\.yaml/)
})

test('rules of one file are played, and named as they were given', async () => {
  const said: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-demo-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(
    join(folder, 'mine.txt'),
    'rules:\n  - id: mine\n    when: lock.active is true\n    then: [log: Hello]\n',
  )
  const out = (line: string) => void said.push(line)
  const around = { out, err: out, env: { TZ: 'UTC' }, folder, home: folder, person: false, version: '' }
  const run = (...words: string[]) => program(['demo', ...words], { ...around, signal: new AbortController().signal })
  expect(await run('--rules', 'mine.txt', '--for', '1h')).toBe(0)
  expect(said.join('\n')).toMatch(/The rules are mine\.txt\.[\s\S]*mine: log “Hello”: applied/)
  said.length = 0
  expect(await run('--rules', 'none')).toBe(2)
  expect(said.join('\n')).toMatch(/^lockwarden: the rules .*none cannot be read: there is no such file or folder$/)
})

describe('a screen', () => {
  const said: string[] = []
  const stream = { isTTY: true, columns: 80, rows: 24, write: (text: string) => said.push(text) > 0 }

  test('is written over in its place', () => {
    const screen = screenOf(stream as never, { TERM: 'xterm' })
    screen?.draw(['one', 'two'])
    screen?.draw(['three'])
    expect(said).toEqual(['\rone\u001b[K\ntwo\u001b[K\n\u001b[J', '\u001b[2A\rthree\u001b[K\n\u001b[J'])
  })

  test.each([
    ['a pipe', { ...stream, isTTY: false }, { TERM: 'xterm' }],
    ['a dumb terminal', stream, { TERM: 'dumb' }],
    ['an unknown terminal', stream, {}],
  ])('%s has none', (_, given, env) => {
    expect(screenOf(given as never, env)).toBeNull()
  })
})
