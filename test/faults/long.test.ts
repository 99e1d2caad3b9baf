// The whole promise: every fault at every call, hundreds of kills, and what else goes wrong. `npm run test:faults`.
import { afterAll, describe, expect, test } from 'vitest'
import { endings } from './endings.ts'
import { type Deaths, killLane, lanes } from './kills.ts'
import { lags } from './lags.ts'
import type { Line } from './line.ts'
import { strike } from './matrix.ts'
import { meet, meetings } from './others.ts'
import { endless, endlessSpeed, everyCall, everyReading, unreadable } from './plan.ts'
import { pool } from './pool.ts'
import { deathsTable, strokesTable, trialsTable, wrongIn } from './report.ts'
import { storage } from './storage.ts'
import { hold } from './trials.ts'

const long = process.env.LOCKWARDEN_LONG === '1'
const seed = Number(process.env.LOCKWARDEN_SEED ?? 1)
const rounds = 45
const width = 4
const patience = 1_200_000

const said: string[] = []
const say = (title: string, table: string) => said.push(`\n## ${title}\n\n${table}`)

describe.skipIf(!long)('in the long form', () => {
  afterAll(() => {
    process.stdout.write(`${said.join('\n')}\n`)
  })

  test('every fault at every call', { timeout: patience }, async () => {
    const lines = (
      await pool(
        everyCall.map((blows) => () => strike(blows)),
        width,
      )
    ).flat()
    say('Every fault at every call', strokesTable(lines))
    expect(wrongIn(lines)).toEqual([])
  })

  test('every fault at every reading', { timeout: patience }, async () => {
    const slow = endless.map((blows) => () => strike(blows, endlessSpeed))
    const fast = [...everyReading, ...unreadable].map((blows) => () => strike(blows))
    // Those that hang take their time and nothing else.
    const lines = (await Promise.all([pool(slow, slow.length), pool(fast, width)])).flat(2)
    say('Every fault at every reading', strokesTable(lines))
    expect(wrongIn(lines)).toEqual([])
  })

  test('kill -9 at every state', { timeout: patience }, async () => {
    const ran = await Promise.all(lanes.map((lane, place) => killLane(lane, rounds, 1000 * seed + place)))
    const deaths: Deaths = new Map()
    for (const one of ran) for (const [state, count] of one.deaths) deaths.set(state, (deaths.get(state) ?? 0) + count)
    say('kill -9', deathsTable(deaths))
    const lines = ran.flatMap((one) => one.lines)
    expect(wrongIn(lines)).toEqual([])
    // Where nearly all that was decided was carried out in time, the kills have shown something.
    const done = lines.filter(({ state }) => !/expired|not-applied/.test(state)).length
    expect(done / lines.length).toBeGreaterThan(0.9)
    expect([...deaths.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(200)
    expect([...deaths.keys()]).toEqual(
      expect.arrayContaining([
        ...['planned', 'sending, not yet away', 'sending, under way', 'sending, answered'],
        ...['not-sent', 'unknown', 'not-applied'],
      ]),
    )
  })

  test('somebody else at the same time', { timeout: patience }, async () => {
    const lines = await pool(
      meetings.map((meeting) => () => meet(meeting)),
      width,
    )
    say('Somebody else at the same time', trialsTable(lines))
    expect(wrongIn(lines)).toEqual([])
  })

  test('disks, clocks, signals, the switch', { timeout: patience }, async () => {
    const lines: Line[] = await pool(
      [...storage, ...endings, ...lags].map((trial) => () => hold('trial', trial)),
      width,
    )
    say('Disks, clocks, signals, the switch', trialsTable(lines))
    expect(wrongIn(lines)).toEqual([])
  })
})
