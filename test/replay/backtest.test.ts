// What a replay of recorded readings says was fired, against what the daemon itself had fired.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Instant } from '../../src/core/calendar/time.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import type { Value } from '../../src/core/model/fact.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { type Line, type Look, lockIdLine, type Recorded, type RecordedLine } from '../../src/core/reading/recorded.ts'
import { type Backtest, backtest, type Trial } from '../../src/replay/backtest.ts'
import { services } from '../../src/services/index.ts'
import { differenceLine, differencesOf } from '../../src/views/backtest.ts'
import { berlin, day, minute, moment, rulesOf } from '../core/bench.ts'
import { Life, orderOf } from '../store/life.ts'

let folder: string
const lives: Life[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-backtest-'))
})
afterEach(() => {
  for (const life of lives.splice(0)) life.close()
  rmSync(folder, { recursive: true, force: true })
})

function lifeOf(options: Omit<ConstructorParameters<typeof Life>[0], 'folder'>): Life {
  const life = new Life({ ...options, folder })
  lives.push(life)
  return life
}

/** The example rules, those switched on that are delivered switched off. */
function exampleRules(): RuleSet {
  const root = resolve(import.meta.dirname, '../../rules')
  const files = readdirSync(root)
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8').replaceAll(/^ *enabled: false\n/gm, '') }))
  const { rules, faults } = compileRules(files, { services, zone: berlin })
  if (!rules) throw new Error(JSON.stringify(faults))
  return rules
}

async function run(life: Life, rules: RuleSet, more: Partial<Trial> = {}, since = 0): Promise<Backtest> {
  const { kept, recorded } = life.stored()
  const made = await backtest({ rules, kept, order: life.order, ...more }, recorded, since, Number.POSITIVE_INFINITY)
  if (!made) throw new Error('nothing is recorded')
  return made
}

interface Told {
  rule: string
  at: number
  said: string
}

/** Firings as `rule: actions with sizes`, in the order of their moments. */
function ledgerFirings(rows: readonly LedgerRow[]): Told[] {
  const firings = Map.groupBy(rows, (row) => `${row.session} ${row.rule} ${row.occurrence}`)
  const sizeOf = ({ state, effect }: LedgerRow) => (state === 'applied' || state === 'dry-run' ? effect.seconds : 0)
  return [...firings.values()].map((all) => ({
    rule: all[0]?.rule ?? '',
    at: all[0]?.at ?? 0,
    said: all.map((row) => `${row.rule}: ${row.action} ${sizedOf(row) ? sizeOf(row) : 0} ${row.state}`).join(', '),
  }))
}

function sizedOf({ effect: { counts } }: LedgerRow): boolean {
  return counts === 'add_time' || counts === 'remove_time' || counts === 'freeze'
}

function replayFirings({ firings }: Backtest): Told[] {
  return firings.map(({ rule, at, does }) => ({
    rule,
    at,
    said: does
      .map(({ action, what, seconds, state }) => `${rule}: ${action} ${what ? seconds : 0} ${state}`)
      .join(', '),
  }))
}

/** Two days with all that may happen to a lock. */
async function livedThrough(life: Life): Promise<void> {
  const { world } = life
  await life.begin()
  await life.until('12:00')
  world.set({ timeRemainingSeconds: 5 * 3600 })
  await life.until('13:10')
  world.set({ frozen: true })
  await life.until('14:00')
  world.set({ frozen: false, taskAssigned: true })
  await life.until('15:30')
  world.set({ taskAssigned: false, taskPoints: 8 })
  life.press('checkin')
  await life.until('19:00')
  world.broken = { chastify: 'server-error' }
  await life.until('19:40')
  world.broken = {}
  await life.until('2026-03-03 00:30')
  await life.end()
  await life.until('2026-03-03 02:00')
  await life.begin()
  world.set({ timeRemainingSeconds: 30 * 60 })
  await life.until('2026-03-03 09:00')
  world.set({ timeRemainingSeconds: 3 * 86_400, taskPoints: 12 })
  await life.until('2026-03-04 11:00')
  await life.end()
}

describe('the rules that were in force', () => {
  test('sizes by facts, values and budgets come to the same again', async () => {
    const rules = rulesOf(`values: { long: 1h, step: 5m }
budgets: { misc: { add_time: 40m per day } }
tallies: { n: {} }
rules:
  - { id: points, when: lock.taskPoints rises, then: [{ tally.add: { name: n, points: { of: change } } }, { remove_time: { each: values.step, of: change } }] }
  - { id: more, when: lock.taskAssigned is false, repeat: values.long, budget: misc, then: [{ tally.add: n }, { add_time: { from: 5m, times: 2, by: tally.n, most: 1h } }] }
  - { id: fill, at: "15:07", then: [{ add_time: { up_to: 6h, most: 1h } }] }
`)
    const life = lifeOf({ rules, mode: 'live' })
    await livedThrough(life)
    const was = ledgerFirings(life.stored().kept.rows)
    const is = replayFirings(await run(life, rules))
    expect(is.map(({ said }) => said)).toEqual(was.map(({ said }) => said))
    const fired = new Set(was.map(({ rule }) => rule))
    expect([...fired].sort()).toEqual(['fill', 'more', 'points'])
    expect(life.stored().kept.rows.some(({ note }) => note.includes('budget misc'))).toBe(true)
  })

  test.each(['live', 'dry-run'] as const)('%s: the replay fires what the ledger says was fired', async (mode) => {
    const rules = exampleRules()
    const life = lifeOf({ rules, mode })
    await livedThrough(life)
    const was = ledgerFirings(life.stored().kept.rows)
    const is = replayFirings(await run(life, rules))
    expect(is.map(({ said }) => said)).toEqual(was.map(({ said }) => said))
    for (const [i, { at }] of was.entries()) expect(Math.abs(at - (is[i]?.at ?? 0))).toBeLessThanOrEqual(1000)
    expect(was.length).toBeGreaterThan(10)
    expect(new Set(was.map(({ rule }) => rule)).size).toBeGreaterThan(5)
    // A replay looks at a reading when it was answered, the daemon a moment later.
    const half = was.findIndex(({ at }, i) => i > 4 && at - (was[i - 1]?.at ?? 0) > minute)
    const late = replayFirings(await run(life, rules, {}, (was[half]?.at ?? 0) - 30_000))
    expect(late.map(({ said }) => said)).toEqual(was.slice(half).map(({ said }) => said))
    expect(replayFirings(await run(life, rules, { unhurried: true }))).toEqual(is)
  })
})

const inForce = rulesOf(`rules:
  - { id: nearly-done, when: lock.timeRemainingSeconds < 1h, limit: 2 per day, then: [ add_time: 30m ] }
  - { id: points, when: lock.taskPoints > 10, then: [ remove_time: 10m, log: hello ] }
  - { id: going, when: lock.timeRemainingSeconds < 3h, then: [ log: hello ] }
`)
const changed = rulesOf(`rules:
  - { id: nearly-done, when: lock.timeRemainingSeconds < 2h, repeat: 30m, limit: 3 per day, then: [ add_time: 30m ] }
  - { id: points, when: lock.taskPoints > 10, then: [ remove_time: 10m, log: hello ] }
  - { id: coming, when: lock.frozen is false, at: "20:00", then: [ freeze: 1h ] }
`)

/** Five days in which the keyholder sets the time back every day at ten. */
async function fiveDays(life: Life): Promise<void> {
  await life.begin()
  for (let days = 0; days < 5; days++) {
    life.world.set({ timeRemainingSeconds: 20 * 3600, taskPoints: days === 3 ? 20 : 0 })
    await life.until({ later: day })
  }
  await life.end()
}

describe('changed rules', () => {
  test('the difference is said in words, rule by rule', async () => {
    const life = lifeOf({ rules: inForce, mode: 'dry-run', start: '2026-03-02 10:00' })
    await fiveDays(life)
    const [before, after] = [await run(life, inForce), await run(life, changed)]
    const said = (made: Backtest) => differencesOf(before, made).map((one) => differenceLine(one, made.until, berlin))
    const counts = Map.groupBy(before.firings, ({ rule }) => rule)
    expect([...counts].map(([rule, firings]) => [rule, firings.length])).toEqual([
      ['going', 5],
      ['nearly-done', 5],
      ['points', 1],
    ])
    expect(said(before)).toEqual([])
    // Twenty hours are over at six in the morning.
    expect(said(after)).toEqual([
      'nearly-done: 5 firings → 15, +5 h, first on Tuesday 04:00',
      'going: 5 firings → none, for it is not there, the first left out on Tuesday 03:00',
      'coming: new, 5 firings, 5 h more frozen, first on Monday 20:00',
    ])
    expect(differencesOf(after, before).map((one) => differenceLine(one, before.until, berlin))[0]).toBe(
      'nearly-done: 15 firings → 5, -5 h, the first left out on Tuesday 04:00',
    )
    // At the end the time is up, and the rule had its turn; that of the other set did not.
    expect(before.atOnce).toEqual([])
    expect(after.lacking).toEqual([])
  })

  test('what would fire at once is told from what is remembered now', async () => {
    const life = lifeOf({ rules: inForce, mode: 'dry-run' })
    await life.begin()
    life.world.set({ timeRemainingSeconds: 1800 })
    await life.until('12:00')
    await life.end()
    const other = rulesOf(`rules:
  - { id: nearly-done, when: lock.timeRemainingSeconds < 1h, then: [ add_time: 30m ] }
  - { id: another, when: lock.timeRemainingSeconds < 1h, then: [ add_time: 30m ] }
  - { id: frozen, when: lock.frozen is true, then: [ log: hello ] }
`)
    expect((await run(life, other)).atOnce).toEqual(['another'])
  })

  test('gaps and facts that were never read are told; nothing recorded is nothing', async () => {
    const life = lifeOf({ rules: inForce, mode: 'dry-run' })
    await life.begin()
    await life.until('12:00')
    await life.end()
    await life.until('14:00')
    await life.begin()
    await life.until('15:00')
    await life.end()
    const asking = rulesOf('rules: [{ id: r, when: tracker.lastGameSeconds > 1h, then: [ log: hello ] }]')
    const made = await run(life, asking)
    expect(made.lacking).toEqual(['tracker.lastGameSeconds'])
    const [unseen] = made.unseen
    expect(Math.abs((unseen?.from ?? 0) - moment('12:00'))).toBeLessThan(5 * minute)
    expect(Math.abs((unseen?.to ?? 0) - moment('14:00'))).toBeLessThan(minute)
    const { kept, recorded } = life.stored()
    const trial = { rules: asking, kept, order: life.order }
    expect(await backtest(trial, recorded, moment('18:00'), moment('20:00'))).toBeNull()
    const nothing = { looks: new Map(), lines: new Map(), presses: [], begun: [] }
    expect(await backtest(trial, nothing, 0, moment('20:00'))).toBeNull()
  })
})

const kindsOfRules = [
  'when: lock.timeRemainingSeconds < 20h, then: [ log: a ]',
  'when: lock.timeRemainingSeconds < 22h, for: 20m, then: [ add_time: 5m ]',
  'when: lock.frozen is true, repeat: 30m, limit: 3 per day, then: [ log: a ]',
  'when: lock.frozen is false, for: 10m, repeat: 25m, cooldown: 1h, then: [ "tally.add": strikes ]',
  'when: lock.taskPoints rises by 5, then: [ log: a ]',
  'when: lock.taskPoints changes, cooldown: 40m, then: [ remove_time: 5m ]',
  'when: lock.timeRemainingSeconds rises, then: [ log: a ]',
  'when: lock.wearerLastSeenAgoSeconds > 45m, chance: 50%, then: [ log: a ]',
  'when: "time.clock between 11:10 and 12:40", then: [ log: a ]',
  'when: lock.taskAssigned is true, at: "*/20 * * * *", then: [ log: a ]',
  'when: tally.strikes > 1, then: [ "tally.reset": strikes ]',
  'when: rule.r3.lastFiredAgoSeconds < 30m, then: [ log: a ]',
  'when: rule.r0.firedTimesToday > 0, only_if: lock.frozen is false, then: [ log: a ]',
  'when: task.openSeconds > 30m, then: [ log: a ]',
  'when: lock.roomSeconds < 700h, then: [ log: a ]',
  'when: lock.wearerLastSeenAgoSeconds is unknown, then: [ log: a ]',
  'when: service.chastify.healthy is false, then: [ log: a ]',
  'when: lock.frozen is false, at: "random 10:30-14:00", then: [ freeze: 5m ]',
  'when: lock.taskPoints > 7, then: [ log: a ]',
  'when: { any: [ "time.clock between 11:10 and 11:40", "time.clock between 12:10 and 12:40" ] }, then: [ log: a ]',
  'when: { not: lock.taskPoints > 4 }, for: 5m, then: [ log: a ]',
  'when: { any: [ "time.clock between 02:10 and 02:40", "time.clock < 00:20" ] }, repeat: 10m, then: [ log: a ]',
  'when: ["time.weekday is sun", "time.week > sun 02:30"], for: 10m, then: [ log: a ]',
]
/** Some of these rules, with those that they ask about. */
function someRules(indices: readonly number[]): RuleSet {
  const all = new Set([...indices, ...(indices.includes(11) ? [3] : []), ...(indices.includes(12) ? [0] : [])])
  const rules = [...all].sort((a, b) => a - b).map((i) => `  - { id: r${i}, ${kindsOfRules[i]} }\n`)
  return rulesOf(`tallies: { strikes: { lasts: 2h } }\nrules:\n${rules.join('')}`)
}

describe('readings at which nothing can come of a step', () => {
  test('are left out without a difference', async () => {
    const happens = fc.constantFrom('frozen', 'points', 'task', 'seen', 'hidden', 'time', 'lost', 'down')
    const story = fc.array(fc.record({ after: fc.integer({ min: 1, max: 40 }), happens, by: fc.nat(20) }), {
      maxLength: 20,
    })
    const some = fc.subarray(
      kindsOfRules.map((_, i) => i),
      { minLength: 1, maxLength: 4 },
    )
    let looked = 0
    let stepped = 0
    await fc.assert(
      fc.asyncProperty(
        story,
        some,
        fc.constantFrom('live' as const, 'dry-run' as const),
        // In two of these nights the clock is set, on or back.
        fc.constantFrom('2026-03-02 10:00', '2026-03-28 23:30', '2026-10-24 23:30'),
        async (story, indices, mode, start) => {
          const rules = someRules(indices)
          const order = orderOf({ rules, folder, mode })
          const recorded = told(story, moment(start))
          const all = async (unhurried: boolean) => {
            const made = await backtest(
              {
                rules,
                kept: emptyKept('seed'),
                order,
                unhurried,
                rest: () => {
                  if (unhurried) stepped++
                  else looked++
                  return null
                },
              },
              recorded,
              0,
              Number.POSITIVE_INFINITY,
            )
            return made?.firings.map(({ rule, at, does }) => `${at} ${rule} ${JSON.stringify(does)}`)
          }
          expect(await all(false)).toEqual(await all(true))
        },
      ),
      { numRuns: 80 },
    )
    expect(looked).toBeGreaterThan(1000)
    expect(stepped).toBeGreaterThan(1.2 * looked)
  })

  /** Five hours of readings a minute apart, in which this and that happens. */
  function told(story: readonly { after: number; happens: string; by: number }[], start: Instant): Recorded {
    const looks: Look[] = []
    const lines = new Map<string, RecordedLine[]>()
    const put = (at: number, name: string, value: Value | null, pace: -1 | 0 | 1 = 0) => {
      const known: Line =
        value === null ? { known: false, why: 'null' } : { known: true, value, since: at, pace, runs: pace }
      const ofFact = lines.get(name) ?? []
      lines.set(name, [...ofFact.filter((one) => one.at !== at), { at, line: known }])
    }
    const now = { frozen: false, points: 0, task: false, remaining: 86_400, locked: 3600, at: start }
    const counts = (at: number) => {
      const passed = now.frozen ? 0 : (at - now.at) / 1000
      Object.assign(now, { remaining: now.remaining - passed, locked: now.locked + passed, at })
    }
    const runs = (at: number) => {
      put(at, 'lock.timeRemainingSeconds', now.remaining, now.frozen ? 0 : -1)
      put(at, 'lock.timeLockedSeconds', now.locked, now.frozen ? 0 : 1)
    }
    put(start, lockIdLine, 'a'.repeat(24))
    put(start, 'lock.active', true)
    put(start, 'lock.frozen', false)
    put(start, 'lock.taskPoints', 0)
    put(start, 'lock.taskAssigned', false)
    put(start, 'lock.maxTimeRemainingSeconds', null)
    put(start, 'lock.wearerLastSeenAgoSeconds', 60, 1)
    runs(start)
    const events = story.values()
    let next = events.next().value
    let due = next?.after ?? Number.POSITIVE_INFINITY
    const begun = [start]
    for (let minutes = 0; minutes < 300; minutes++) {
      const at = start + minutes * minute
      const look = { asked: at, answered: at, intervalMs: minute, trouble: null as Look['trouble'] }
      if (minutes >= due && next) {
        const { happens, by } = next
        next = events.next().value
        due = minutes + (next?.after ?? Number.POSITIVE_INFINITY)
        if (happens === 'down') {
          minutes += by
          begun.push(start + (minutes + 1) * minute)
          continue
        }
        counts(at)
        if (happens === 'frozen') now.frozen = !now.frozen
        if (happens === 'points') put(at, 'lock.taskPoints', by)
        if (happens === 'task') put(at, 'lock.taskAssigned', by % 2 === 0)
        if (happens === 'seen') put(at, 'lock.wearerLastSeenAgoSeconds', by, 1)
        if (happens === 'hidden') put(at, 'lock.wearerLastSeenAgoSeconds', null)
        if (happens === 'time') now.remaining += by * 600
        if (happens === 'frozen') put(at, 'lock.frozen', now.frozen)
        if (happens === 'frozen' || happens === 'time') runs(at)
        if (happens === 'lost') look.trouble = 'timeout'
      }
      looks.push(look)
    }
    return {
      looks: new Map([['chastify.session', looks]]),
      lines: new Map([['chastify.session', lines]]),
      presses: [],
      begun,
    }
  }
})
