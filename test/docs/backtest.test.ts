// Every command of the book on backtests can be given as it stands.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { sayInstant } from '../../src/core/calendar/time.ts'
import { berlin, day, hour, rulesOf } from '../core/bench.ts'
import { Life } from '../store/life.ts'

const book = readFileSync(resolve(import.meta.dirname, '../../docs/backtest.md'), 'utf8')
const commands = [...book.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, inner = '']) => inner.trim().split('\n'))
  .map((line) => line.replace(/^npm run lockwarden -- /, ''))

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-book-'))
  for (const name of ['rules', 'changed', 'data', 'broken']) mkdirSync(join(folder, name))
  const text = (hours: number) =>
    `rules:\n  - { id: nearly-done, when: lock.timeRemainingSeconds < ${hours}h, then: [ add_time: 30m ] }\n`
  writeFileSync(join(folder, 'rules/a.yaml'), text(1))
  writeFileSync(join(folder, 'changed/a.yaml'), text(1).replace('then', 'repeat: 20m, then'))
  writeFileSync(join(folder, 'broken/a.yaml'), 'rules: [ { id: r } ]\n')
  writeFileSync(
    join(folder, 'config.yaml'),
    `version: 1\ntimezone: ${berlin}\nlocks:\n  main:\n    chastify: { token: t }\n    poll: { chastify: 2m }\n`,
  )
  const start = Math.floor((Date.now() - day) / 60_000) * 60_000
  const life = new Life({
    rules: rulesOf(text(1)),
    folder: join(folder, 'data'),
    mode: 'dry-run',
    start: sayInstant(start, berlin),
  })
  await life.begin()
  await life.until({ later: hour })
  life.world.set({ timeRemainingSeconds: 2 * 3600 })
  await life.until({ later: 4 * hour })
  await life.end()
  life.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function given(line: string): Promise<{ code: number; out: string; err: string; drawn: string[] }> {
  const said = { out: [] as string[], err: [] as string[], drawn: [] as string[] }
  const code = await program(line.split(' '), {
    out: (text) => void said.out.push(`${text}\n`),
    err: (text) => void said.err.push(`${text}\n`),
    progress: (text) => void said.drawn.push(text),
    env: {},
    folder,
    home: resolve('.'),
    person: false,
    signal: new AbortController().signal,
    version: '0',
  })
  return { code, out: said.out.join(''), err: said.err.join(''), drawn: said.drawn }
}

describe('the book on backtests', () => {
  test('has commands', () => {
    expect(commands.length).toBeGreaterThan(3)
    expect(commands.every((line) => line.startsWith('backtest'))).toBe(true)
  })

  test.each(commands)('%s', async (line) => {
    const { code, out, err, drawn } = await given(line)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('nearly-done')
    expect(drawn.at(-1)).toBe('')
  })

  test('the difference, and what would fire at once', async () => {
    const { out } = await given('backtest --rules ./changed')
    expect(out).toMatch(/main: .* by the rules in rules\n/)
    expect(out).toMatch(/nearly-done +1 +30 min added\n/)
    expect(out).toMatch(/nearly-done: 1 firing → \d+, \+.*, first on \w+day \d\d:\d\d\n/)
    expect(out).toMatch(/Put in force now, .* would fire at once\./)
    expect(out).toContain('The record begins at')
    const data = JSON.parse((await given('backtest --rules ./changed --json')).out)
    expect(data[0].differences[0]).toMatchObject({ rule: 'nearly-done', before: 1 })
    expect(data[0].inForce.firings[0].does[0]).toMatchObject({ action: 'add_time', what: 'added', seconds: 1800 })
  })

  test.each([
    ['backtest --since tomorrow', 2, /since: "tomorrow" is not a length of time such as 7d/],
    ['backtest --lock other', 2, /there is no lock "other"/],
    ['backtest --rules ./broken', 2, /broken\/a\.yaml:1/],
    ['backtest --since 1s', 1, /nothing is recorded since 1s/],
  ])('%s: %d', async (line, wanted, words) => {
    const { code, err } = await given(line)
    expect(err).toMatch(words)
    expect(code).toBe(wanted)
  })
})
