// Rows that a rare thing asks for after a long time stay in memory, or what it would do is done as if they did.
import { describe, expect, test } from 'vitest'
import { limitsSchema } from '../../src/core/acting/limits.ts'
import { withWrite } from '../../src/core/judging/ownwrite.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { Anchor } from '../../src/core/model/rulememory.ts'
import type { Effect } from '../../src/core/model/service.ts'
import { asksForPast, retained } from '../../src/core/retention.ts'
import { Bench, type BenchOptions, day, hour, minute, oneRule, rulesOf, second } from './bench.ts'
import { rowOf } from './rows.ts'

const agreed = limitsSchema.parse({
  allow: ['device', 'log', 'add_time', 'freeze', 'unfreeze'],
  device: { commands: ['vibration.start'], times_per_hour: 'unlimited', quiet: 'unlimited' },
})
const adding: Effect = { toward: 'restricts', counts: 'add_time', seconds: 0, least: 1, allow: 'add_time' }
const polls = new Map([['chastify.session', { everyMs: 6 * hour }]] as const)

function bench(rules = oneRule(), options: BenchOptions = {}): Bench {
  return new Bench(rules, { limits: agreed, ...options, order: { polls, ...options.order } })
}

/** Lets go of what may go by now, as the daemon's loop does. */
function letGo(b: Bench): number {
  const before = b.kept.rows.length
  b.kept = retained(b, 0)
  return before - b.kept.rows.length
}

/** A bench after this and twenty days more, and how many rows it let go of then. */
async function later(b: Bench, happens: (b: Bench) => Promise<void>): Promise<number> {
  await b.until('10:01')
  await happens(b)
  await b.until({ later: 20 * day })
  return letGo(b)
}

describe('devices', () => {
  const buzzes = async (b: Bench, times: number) => {
    for (let i = 0; i < times; i++) {
      b.world.set({ taskPoints: 1 })
      await b.until({ later: 7 * hour })
      b.world.set({ taskPoints: 0 })
      await b.until({ later: 7 * hour })
    }
  }
  const press = async (b: Bench) => {
    b.order = { ...b.order, stopped: true }
    await b.until({ later: 7 * hour })
    b.order = { ...b.order, stopped: false }
    await b.until({ later: 7 * hour })
  }
  const stops = (b: Bench) => b.sent.filter((what) => what === 'device all.stop').length

  test('the last one that was begun is stopped by the switch, however long ago it was', async () => {
    const b = bench(oneRule('[{ device: vibration.start }]'))
    expect(await later(b, () => buzzes(b, 3))).toBe(4)
    const before = stops(b)
    expect(before).toBe(3)
    await press(b)
    expect(stops(b)).toBe(4)
    // Nothing of it is stopped again by itself.
    await b.until({ later: 20 * day })
    expect(stops(b)).toBe(4)
  })

  test('each press after that stops it again, under a name of its own', async () => {
    const b = bench(oneRule('[{ device: vibration.start }]'))
    const presses = async () => {
      await buzzes(b, 1)
      for (let i = 0; i < 3; i++) await press(b)
    }
    expect(await later(b, presses)).toBeGreaterThan(0)
    expect(stops(b)).toBe(4)
    await press(b)
    await press(b)
    expect(stops(b)).toBe(6)
    const names = b.kept.rows.flatMap(({ rule, occurrence }) => (rule === '(stop)' ? occurrence : []))
    expect(names.slice(-2)).toEqual(['press 4', 'press 5'])
  })

  test('one that goes on without an end keeps its row until the end of the program has stopped it', async () => {
    const endless = {
      commands: ['vibration.start'],
      times_per_hour: 'unlimited',
      each: 'unlimited',
      quiet: 'unlimited',
    }
    const limits = limitsSchema.parse({ allow: ['device'], device: endless })
    const b = bench(oneRule('[{ device: vibration.start }]'), { limits })
    expect(await later(b, () => buzzes(b, 3))).toBe(0)
    b.order = { ...b.order, closing: true }
    await b.until({ later: minute })
    expect(stops(b)).toBe(3)
  })
})

describe('nothing leaves', () => {
  const fires = async (b: Bench) => {
    for (const taskPoints of [1, 0, 1, 0, 1, 0]) {
      b.world.set({ taskPoints })
      await b.until({ later: 7 * hour })
    }
  }

  test('while no service tells the time', async () => {
    const b = bench()
    b.world.tellsTime = false
    expect(await later(b, () => fires(b))).toBe(0)
    const c = bench()
    expect(await later(c, () => fires(c))).toBe(2)
  })

  test('within 35 days', async () => {
    const b = bench()
    await later(b, async () => undefined)
    const [first] = b.kept.rows
    expect(first).toBeUndefined()
    await fires(b)
    await b.until({ later: 33 * day })
    expect(retained(b)).toBe(b.kept)
    await b.until({ later: 3 * day })
    expect(retained(b).rows).toHaveLength(1)
  })

  test('of what is to be settled, of a moment that is still to come, or of a freeze that lasts', async () => {
    const b = bench()
    await later(b, () => fires(b))
    const like = (more: Partial<LedgerRow>): LedgerRow => {
      const at = b.now - 200 * day
      return rowOf('log', { session: b.kept.session ?? '', state: 'applied', at, due: at, endedAt: at, ...more })
    }
    const { effect } = like({})
    const rows = [
      like({ rule: 'a', occurrence: 'e1', state: 'unsettled' }),
      like({ rule: 'a', occurrence: `at ${b.now + day}` }),
      like({ rule: 'a', occurrence: 'e2', effect: { ...effect, counts: 'freeze', seconds: 300 * 86_400 } }),
      like({ rule: 'a', occurrence: 'e3' }),
      like({ rule: 'a', occurrence: 'e4' }),
      like({ rule: 'b', occurrence: 'e1' }),
    ]
    const { rows: left } = retained({ ...b, kept: { ...b.kept, rows } })
    // e4 and the one of b are the last firings of theirs.
    expect(left.map(({ occurrence }) => occurrence)).toEqual(['e1', `at ${b.now + day}`, 'e2', 'e4', 'e1'])
  })
})

test('over years what is retained does not grow', async () => {
  const b = bench(rulesOf('tallies: { t: {} }\nrules: []\n'))
  await b.until('10:01')
  const session = b.kept.session ?? ''
  const sizes: number[] = []
  let written = 0
  for (let week = 0; week < 10 * 52; week++) {
    const at = b.now + week * 7 * day
    const like = (action: string, n: number, more: Partial<LedgerRow> = {}): LedgerRow => {
      const made = rowOf(action, { session, rule: `r${n % 8}`, occurrence: `e${week}-${n}`, at, due: at, endedAt: at })
      const { effect } = made
      return { ...made, state: 'applied', effect: { ...effect, toward: 'neutral' }, sentAt: at, ...more }
    }
    const rows = [
      ...Array.from({ length: 12 }, (_, n) => like('log', n)),
      ...Array.from({ length: 6 }, (_, n) => like('tally.add', n, { params: { name: 't', points: 1 }, sentAt: null })),
      ...Array.from({ length: 6 }, (_, n) => like('add_time', n, { effect: { ...adding, seconds: 60 } })),
      like('freeze', 1, { effect: { ...adding, counts: 'freeze', seconds: 600 } }),
      like('task.assign', 2),
      like('log', 3, { state: 'refused', sentAt: null }),
      like('log', 3, { mode: 'dry-run', state: 'dry-run', sentAt: null }),
    ]
    written += rows.length
    const kept = { ...b.kept, rows: [...b.kept.rows, ...rows] }
    b.kept = retained({ ...b, kept, now: at + hour })
    sizes.push(b.kept.rows.length)
  }
  expect(written).toBeGreaterThan(14_000)
  const [second, last] = [sizes.slice(52, 104), sizes.slice(-52)].map((year) => Math.max(...year))
  expect(last).toBe(second)
  expect(last).toBeLessThan(250)
  const sums = b.kept.past.sums[`live ${session}`]
  const counted = (rows: readonly LedgerRow[]) => rows.filter(({ effect }) => effect.counts === 'add_time').length
  expect((sums?.used.add_time?.times ?? 0) + counted(b.kept.rows)).toBe(10 * 52 * 6)
})

test('a tally goes on from its sum, whatever is retained of before it', async () => {
  const b = bench(
    rulesOf(`tallies: { t: {} }
rules:
  - { id: once, when: lock.frozen is true, then: [{ tally.add: t }, { tally.add: { name: t, points: 10 } }] }
  - { id: r, when: lock.taskPoints > 0, then: [{ tally.add: t }] }
  - { id: none, when: lock.taskPoints > 8, then: [{ tally.reset: t }] }
`),
  )
  const point = async (taskPoints: number) => {
    b.world.set({ taskPoints })
    await b.until({ later: 7 * hour })
    b.world.set({ taskPoints: 0 })
    await b.until({ later: 7 * hour })
  }
  const stands = () => b.passing.facts.get('tally.t')
  b.world.set({ frozen: true })
  expect(await later(b, async () => b.until({ later: 7 * hour }))).toBe(0)
  for (let i = 0; i < 4; i++) await point(1)
  expect(stands()).toMatchObject({ value: 15 })
  await b.until({ later: 20 * day })
  expect(letGo(b)).toBe(3)
  await point(1)
  expect(stands()).toMatchObject({ value: 16 })
  await b.until({ later: 20 * day })
  expect(letGo(b)).toBe(1)
  await point(9)
  expect(stands()).toMatchObject({ value: 0 })
  await point(1)
  await b.until({ later: 20 * day })
  letGo(b)
  await b.until({ later: 7 * hour })
  expect(stands()).toMatchObject({ value: 1 })
})

describe('rules that look further back', () => {
  const rules = (cooldown: string) => oneRule('[{ log: hello }]', `cooldown: ${cooldown}`)

  test('than any row left memory ask for all of them; others do not', async () => {
    const b = bench(rules('1h'))
    await later(b, async () => {
      for (const taskPoints of [1, 0, 1, 0, 1]) {
        b.world.set({ taskPoints })
        await b.until({ later: 7 * hour })
      }
    })
    expect(asksForPast(b)).toBe(false)
    b.rules = rules('12d')
    expect(asksForPast(b)).toBe(true)
    // A clock that was ahead is no reason to go by less.
    b.rules = rules('1h')
    b.now -= 40 * day
    expect(asksForPast(b)).toBe(true)
  })
})

describe('what a write may still bring about', () => {
  const anchor: Anchor = { last: { value: 5, since: 0, pace: 0 }, asked: 10 * second }
  const write = (doing: Parameters<typeof withWrite>[1]['doing'], endedAt = 20 * second) => {
    return { doing, endedAt, settledAt: endedAt + 20 * second }
  }

  test('is remembered by who has not looked since, each value once', () => {
    const twice = withWrite(withWrite(anchor, write({ by: 60 })), write({ by: -20 }))
    expect(twice.loose?.late).toEqual({ least: -20, most: 60 })
    const values = withWrite(
      withWrite(withWrite(anchor, write({ to: true })), write({ to: false })),
      write({ to: true }),
    )
    expect(values.loose?.late).toEqual([true, false])
  })

  test('is nothing to who has seen it, or where nobody can tell', () => {
    expect(withWrite(anchor, write({ by: 60 }, 10 * second))).toBe(anchor)
    expect(withWrite(anchor, write(null))).toBe(anchor)
    const none: Anchor = { ...anchor, none: true }
    expect(withWrite(none, write({ by: 60 }))).toBe(none)
  })
})
