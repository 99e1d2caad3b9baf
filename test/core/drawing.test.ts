import { describe, expect, test } from 'vitest'
import { type Firing, plan } from '../../src/core/acting/plan.ts'
import { earliestMoment, parseMoments } from '../../src/core/calendar/moment.ts'
import { localTime } from '../../src/core/calendar/time.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { draw } from '../../src/core/model/draw.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { services } from '../../src/services/index.ts'
import { Bench, berlin, hour, lockA, minute, moment, rulesOf, second, Told } from './bench.ts'

const seeds = Array.from({ length: 10_000 }, (_, i) => `seed-${i}`)

/** Chi squared of counts against what was to be expected. */
function chiSquared(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0)
}

/** Fifty slots of the unit interval; beyond 86 lies one uniform sample in a thousand. */
function unevenness(values: readonly number[]): number {
  const counts = Array.from({ length: 50 }, () => 0)
  for (const value of values) {
    const slot = Math.floor(value * 50)
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  return chiSquared(
    counts,
    counts.map(() => values.length / 50),
  )
}

describe('the draw itself', () => {
  const keys: [string, (i: number) => string[]][] = [
    ['by seed', (i) => [`seed-${i}`, 'main', 'live', lockA, 'r', 'e1', 'chance']],
    ['by episode', (i) => ['seed', 'main', 'live', lockA, 'r', `e${i}`, 'chance']],
    ['by repeat', (i) => ['seed', 'main', 'live', lockA, 'r', `e1.${i}`, 'chance']],
    ['by moment', (i) => ['seed', 'main', 'live', lockA, 'r', `at ${moment('10:00') + i * minute}`, 'chance']],
    ['by rule', (i) => ['seed', 'main', 'live', lockA, `rule-${i}`, 'e1', 'chance']],
    ['by date', (i) => ['seed', 'main', 'live', lockA, 'r', 'at', new Date(i * 86_400_000).toISOString().slice(0, 10)]],
  ]
  test.each(keys)('is even %s', (_, key) => {
    const values = seeds.map((_seed, i) => draw(...(key(i) as [string, ...string[]])))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(unevenness(values)).toBeLessThan(86)
  })

  test.each(keys)('%s one says nothing of the next', (_, key) => {
    const values = seeds.map((_seed, i) => draw(...(key(i) as [string, ...string[]])))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    let [together, alone] = [0, 0]
    for (const [i, value] of values.entries()) {
      alone += (value - mean) ** 2
      together += (value - mean) * ((values[i + 1] ?? mean) - mean)
    }
    expect(Math.abs(together / alone)).toBeLessThan(0.04)
  })

  test('keys that read the same when put together are not the same', () => {
    expect(draw('s', 'ab', 'c')).not.toBe(draw('s', 'a', 'bc'))
    expect(draw('s', 'a', '')).not.toBe(draw('s', 'a'))
  })
})

/** The rows of one firing by a seed of its own. */
function planned(rules: RuleSet, seed: string, occurrence = 'e1') {
  const rule = rules.rules[0]
  if (!rule) throw new Error('no rule')
  const key = { lock: 'main', session: lockA, mode: 'live', occurrence } as const
  const firing: Firing = {
    key,
    due: 0,
    draw: (...slot) => draw(seed, 'main', 'live', lockA, rule.id, occurrence, ...slot),
    change: null,
  }
  return plan(rule, firing, { rules, facts: new Map(), now: moment('10:00'), order: { zone: berlin } })
}

describe('draw by weight', () => {
  const wheel = (choices: string) => rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: [${choices}] }]`)
  const names = (rules: RuleSet, seed: string) =>
    planned(rules, seed).map(({ action, params }) => `${action} ${typeof params === 'number' ? params : ''}`.trim())

  test('10,000 seeds come out as the weights say', () => {
    const rules = wheel(
      '{ draw: [{ weight: 6, then: [{ add_time: 10m }] }, { weight: 3, then: [{ add_time: 20m }] }, { then: [{ add_time: 30m }] }] }',
    )
    const counts = new Map<string, number>()
    for (const seed of seeds) {
      const name = names(rules, seed).join()
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(['add_time 1200', 'add_time 1800', 'add_time 600'])
    const found = ['add_time 600', 'add_time 1200', 'add_time 1800'].map((name) => counts.get(name) ?? 0)
    // One in a thousand beyond 13.8 with two degrees of freedom.
    expect(chiSquared(found, [6000, 3000, 1000])).toBeLessThan(13.8)
  })

  test('weights below one, and one far heavier than the other', () => {
    const rules = wheel('{ draw: [{ weight: 0.1, then: [{ log: rare }] }, { weight: 0.9, then: [unfreeze] }] }')
    const rare = seeds.filter((seed) => names(rules, seed)[0] === 'log').length
    expect(rare).toBeGreaterThan(900)
    expect(rare).toBeLessThan(1100)
  })

  test('two wheels in a list, and a wheel in a wheel, turn by themselves', () => {
    const half = (a: string, b: string) => `{ draw: [{ then: [${a}] }, { then: [${b}] }] }`
    const rules = wheel(
      `${half(half('{ add_time: 1m }', '{ add_time: 2m }'), '{ add_time: 3m }')}, ${half('unfreeze', 'pillory.end')}`,
    )
    const counts = new Map<string, number>()
    for (const seed of seeds) {
      const name = names(rules, seed).join()
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const shares = [
      ['add_time 60,unfreeze', 1250],
      ['add_time 60,pillory.end', 1250],
      ['add_time 120,unfreeze', 1250],
      ['add_time 120,pillory.end', 1250],
      ['add_time 180,unfreeze', 2500],
      ['add_time 180,pillory.end', 2500],
    ] as const
    expect(counts.size).toBe(shares.length)
    // One in a thousand beyond 20.5 with five degrees of freedom.
    expect(
      chiSquared(
        shares.map(([name]) => counts.get(name) ?? 0),
        shares.map(([, share]) => share),
      ),
    ).toBeLessThan(20.5)
  })

  test('the same occurrence draws the same, another one anew', () => {
    const rules = wheel('{ draw: [{ then: [{ log: a }] }, { then: [unfreeze] }] }')
    for (const seed of seeds.slice(0, 100)) expect(names(rules, seed)).toEqual(names(rules, seed))
    const outcomes = new Set(Array.from({ length: 50 }, (_, i) => planned(rules, 'seed', `e${i}`)[0]?.action))
    expect(outcomes).toEqual(new Set(['log', 'unfreeze']))
  })

  test('an empty choice is a blank', () => {
    const rules = wheel('{ draw: [{ weight: 3, then: [] }, { weight: 1, then: [{ log: hit }] }] }')
    const hits = seeds.filter((seed) => names(rules, seed)[0] === 'log').length
    expect(hits).toBeGreaterThan(2300)
    expect(hits).toBeLessThan(2700)
  })

  test('rows of a list around a wheel keep their places', () => {
    const rules = wheel(
      '{ log: before }, { draw: [{ then: [{ log: a }, { log: b }] }, { then: [{ log: c }, { log: d }] }] }, { log: after }',
    )
    for (const seed of seeds.slice(0, 50)) {
      const rows = planned(rules, seed)
      expect(rows).toHaveLength(4)
      expect(new Set(rows.map(({ position }) => position)).size).toBe(4)
      expect(rows.map(({ position }) => position)).toEqual(
        [...rows.map(({ position }) => position)].sort((a, b) => a - b),
      )
    }
  })

  test('a wheel of unequal lists never has two rows of one key, nor a wrong order, when it is run', async () => {
    const rules = rulesOf(`rules:
  - id: r
    when: lock.taskPoints > 0
    repeat: 5m
    then:
      - draw: [{ then: [{ log: a }, { log: b }, { log: c }] }, { then: [{ log: d }] }, { then: [] }]
      - log: after
`)
    const b = new Bench(rules, { limits: { actions: { per_hour: 1000 } } })
    b.world.set({ taskPoints: 1 })
    await b.until('12:00')
    const lists = b.sent.join(' ').split('log after')
    expect(lists.length).toBeGreaterThan(20)
    for (const list of lists) expect(['', 'log a log b log c', 'log d']).toContain(list.trim())
  })
})

describe('a size between two', () => {
  /** What a firing with a seed of its own sends. */
  async function drawn(then: string, seed: string): Promise<string[]> {
    const b = new Bench(rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: ${then} }]`), {
      kept: emptyKept(seed),
    })
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 3 * second })
    return b.sent
  }

  test('lies within its ends, both of them included, and all over between them', async () => {
    const found: number[] = []
    for (const seed of seeds.slice(0, 400)) {
      const [what = ''] = await drawn('[{ add_time: { between: [10s, 19s] } }]', seed)
      found.push(Number(what.split(' ')[1]))
    }
    const counts = Array.from({ length: 10 }, (_, i) => found.filter((value) => value === 10 + i).length)
    expect(counts.reduce((sum, count) => sum + count)).toBe(400)
    // One in a thousand beyond 27.9 with nine degrees of freedom.
    expect(
      chiSquared(
        counts,
        counts.map(() => 40),
      ),
    ).toBeLessThan(27.9)
  })

  test('two in one list are drawn by themselves', async () => {
    const pairs = new Set<string>()
    for (const seed of seeds.slice(0, 60))
      pairs.add(
        (await drawn('[{ add_time: { between: [1s, 2s] } }, { add_time: { between: [1s, 2s] } }]', seed)).join(),
      )
    expect(pairs.size).toBe(4)
  })

  test('it is the same whatever happens between the plan and the sending, restarts included', async () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, then: [{ add_time: { between: [1m, 50m] } }] }]')
    for (const seed of seeds.slice(0, 10)) {
      const [expected] = await drawn('[{ add_time: { between: [1m, 50m] } }]', seed)
      const b = new Bench(rules, { kept: emptyKept(seed) })
      b.world.set({ taskPoints: 1 })
      b.world.replies = ['refused connection', 'refused connection']
      await b.until({ later: second })
      b.restart()
      await b.until({ later: 30 * second })
      b.restart('run-3')
      await b.until({ later: 2 * minute })
      expect(b.states).toEqual(['applied'])
      expect(new Set(b.sent)).toEqual(new Set([expected]))
    }
  })

  test('a choice of lists is the same after a restart before its sending, too', async () => {
    const rules = rulesOf(
      'rules: [{ id: r, when: lock.taskPoints > 0, then: [{ draw: [{ then: [{ add_time: 1m }] }, { then: [{ add_time: 2m }] }] }] }]',
    )
    for (const seed of seeds.slice(0, 10)) {
      const b = new Bench(rules, { kept: emptyKept(seed) })
      b.world.set({ taskPoints: 1 })
      b.world.replies = ['refused connection']
      await b.until({ later: second })
      b.restart()
      await b.until({ later: minute })
      expect(b.sent).toHaveLength(2)
      expect(new Set(b.sent).size).toBe(1)
    }
  })

  test.each([
    '{ between: [1h, 10m] }',
    '{ between: [10m] }',
    '{ between: [10m, 1h, 2h] }',
    '{ between: 10m }',
    '{ between: [0s, 10m] }',
    '{ steps: [] , by: lock.taskPoints }',
    '{ steps: [10m] }',
    '{ steps: [10m], by: tally.nothing }',
    '{ steps: [10m], by: lock.frozen }',
    '{ until: "25:00" }',
  ])('add_time: %s is an error', (size) => {
    expect(() => rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: [{ add_time: ${size} }] }]`)).toThrow()
  })

  test('the worst it may be is what is held against the limits at load', () => {
    const text =
      'rules: [{ id: r, when: lock.taskPoints is unknown, then: [{ apply_time: { between: [-10m, 10m] } }] }]'
    expect(compileRules([{ file: 'rules.yaml', text }], { services, zone: berlin }).rules).toBeNull()
  })
})

describe('freeze until a time of day', () => {
  async function lasts(start: string, until: string, each: number | null = null): Promise<Bench> {
    const b = new Bench(
      rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: [{ freeze: { until: "${until}" } }] }]`),
      {
        start,
        limits: { freeze: each === null ? null : { each } },
      },
    )
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 3 * second })
    return b
  }

  test.each([
    ['2026-03-02 22:00', '07:00', 9 * 3600],
    ['2026-03-02 01:00', '07:00', 6 * 3600],
    ['2026-03-02 06:58', '07:00', 120],
    ['2026-03-02 07:01', '07:00', 86_400 - 60],
    ['2026-03-02 12:00', '00:00', 12 * 3600],
    ['2026-03-28 22:00', '07:00', 8 * 3600],
    ['2026-03-28 22:00', '02:30', 4 * 3600],
    ['2026-03-29 01:00', '02:30', 3600],
    ['2026-10-24 22:00', '07:00', 10 * 3600],
    ['2026-10-24 22:00', '02:30', 4.5 * 3600],
    ['2028-02-28 22:00', '07:00', 9 * 3600],
    ['2028-02-29 22:00', '07:00', 9 * 3600],
    ['2026-12-31 22:00', '07:00', 9 * 3600],
  ])('from %s until %s', async (start, until, seconds) => {
    const b = await lasts(start, until)
    const [, sent = 'nothing'] = (b.sent[0] ?? '').split(' ')
    expect(Math.abs(Number(sent) - seconds)).toBeLessThanOrEqual(2)
  })

  test('it is clamped as any freeze is', async () => {
    const b = await lasts('2026-03-02 08:00', '07:00', 36_000)
    expect(b.sent).toEqual(['freeze 36000'])
    expect(b.row(0).note).toContain('freeze.each')
  })

  test('never longer than the day that a freeze lasts at most, the night of the clock change included', async () => {
    const b = await lasts('2026-10-24 07:01', '07:00')
    const [, sent = 'nothing'] = (b.sent[0] ?? '').split(' ')
    expect(Number(sent)).toBeLessThanOrEqual(86_400)
  })

  test.each(['07:00', '07:00:01', '07:00:59'])('at %s its own moment has come, and nothing is left', async (start) => {
    const b = await lasts(start, '07:00')
    expect(b.sent).toEqual([])
    expect(b.row(0)).toMatchObject({ state: 'refused', note: 'until 07:00 nothing is left: that moment has come' })
  })

  test('a rule of that moment freezes for nothing, not for a day', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, at: "07:00", then: [{ freeze: { until: "07:00" } }] }]'), {
      start: '06:50',
    })
    await b.until('07:10')
    expect([b.states, b.sent]).toEqual([['refused'], []])
  })

  test('one that was delayed over it is not sent for the day after', async () => {
    const b = new Bench(
      rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, then: [{ freeze: { until: "07:00" } }] }]'),
      { start: '06:57' },
    )
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs: 240_000 }]
    await b.until('07:10')
    expect(b.sent).toEqual(['freeze 180'])
    expect(b.states).toEqual(['refused'])
  })

  test('a toggle that ends a freeze relieves at that moment, too', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, at: "07:00", then: [{ toggle_freeze: { until: "07:00" } }] }]'), {
      start: '06:50',
    })
    b.world.set({ frozen: true })
    await b.until('07:10')
    expect([b.states, b.world.lock?.frozen]).toEqual([['applied'], false])
  })

  test('less than a minute before it, it is refused and says why', async () => {
    const b = await lasts('2026-03-02 06:59:30', '07:00')
    expect(b.states).toEqual(['refused'])
    expect(b.row(0).note).not.toBe('')
  })

  test('its length is counted from the sending, not from the plan', async () => {
    const b = new Bench(
      rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, then: [{ freeze: { until: "11:00" } }] }]'),
    )
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs: 120_000 }]
    await b.until('10:04')
    const [first, second_] = b.world.sent
    expect(b.states).toEqual(['applied'])
    expect(first?.what).toMatch(/^freeze 3(600|599)$/)
    const ends = (second_?.at ?? 0) + Number(second_?.what.split(' ')[1]) * 1000
    expect(Math.abs(ends - moment('11:00'))).toBeLessThanOrEqual(1500)
  })

  test.each(['24:00', '7', '7am', '25:00', '07:60', ''])('until %s is an error', (until) => {
    expect(() =>
      rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: [{ freeze: { until: "${until}" } }] }]`),
    ).toThrow()
  })
})

describe('chance', () => {
  test('a quarter of 2,000 occurrences, each drawn once', async () => {
    const t = new Told(
      rulesOf(
        'rules: [{ id: r, when: lock.taskPoints > 0, repeat: 1m, chance: 25%, then: [{ tally.add: n }] }]\ntallies: { n: {} }',
      ),
    )
    for (let i = 0; i < 2000; i++) await t.see(moment('10:00') + i * minute, { taskPoints: 1 })
    const fired = t.kept.rows.length
    // Four standard deviations.
    expect(fired).toBeGreaterThan(500 - 78)
    expect(fired).toBeLessThan(500 + 78)
  })

  test('the same lives through restarts at every step', async () => {
    const run = async (restarts: boolean) => {
      const t = new Told(rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, chance: 50%, then: [{ log: hit }] }]'))
      for (let i = 0; i < 200; i++) {
        await t.see(moment('10:00') + i * minute, { taskPoints: i % 2 })
        if (restarts) t.restart()
      }
      return t.firings()
    }
    const fired = await run(false)
    expect(fired.length).toBeGreaterThan(30)
    expect(fired.length).toBeLessThan(70)
    expect(await run(true)).toEqual(fired)
  })

  test('what was lost stays lost while the episode lasts, and is written down', async () => {
    const t = new Told(rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, chance: 0.0001%, then: [{ log: hit }] }]'))
    for (let i = 0; i < 100; i++) await t.see(moment('10:00') + i * minute, { taskPoints: 1 })
    expect(t.firings()).toEqual([])
    expect(t.kept.memory[`dry-run ${lockA} r`]?.lost).toEqual({ occurrence: 'e1', at: moment('10:00'), why: 'chance' })
  })

  test('two rules of one moment draw by themselves', async () => {
    const both = Array.from(
      { length: 8 },
      (_, i) => `  - { id: r${i}, when: lock.taskPoints > 0, chance: 50%, then: [{ log: hit }] }`,
    )
    const rules = rulesOf(`rules:\n${both.join('\n')}\n`)
    const counts = new Set<number>()
    for (const seed of seeds.slice(0, 40)) {
      const t = new Told(rules, { kept: emptyKept(seed), limits: { actions: { per_step: 50 } } })
      await t.see(moment('10:00'), { taskPoints: 1 })
      counts.add(t.kept.rows.length)
    }
    expect(counts.size).toBeGreaterThan(4)
  })
})

describe('random moments', () => {
  const range = (text: string) => {
    const read = parseMoments(text)
    if (typeof read === 'string') throw new Error(read)
    return read
  }

  test('10,000 days are spread evenly over the range', () => {
    const moments = [range('random 09:00-22:00')]
    const start = moment('2026-06-01 00:00')
    const places = seeds.map((seed) => {
      const at = earliestMoment(moments, start, berlin, (date) => draw(seed, 'at', date)) ?? 0
      return (localTime(at, berlin).clock - 9 * 3600) / (13 * 3600)
    })
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...places)).toBeLessThan(1)
    expect(unevenness(places)).toBeLessThan(86)
  })

  test('one installation draws another on every day, evenly', () => {
    const moments = [range('random 00:00-24:00')]
    const places: number[] = []
    let at = moment('2026-01-01 00:00')
    for (let i = 0; i < 1500; i++) {
      at = earliestMoment(moments, at, berlin, (date) => draw('seed', 'main', 'live', lockA, 'r', 'at', date)) ?? 0
      places.push(localTime(at, berlin).clock / 86_400)
      expect(localTime(at, berlin).date).toBe(localTime(moment('2026-01-01 12:00') + i * 24 * hour, berlin).date)
    }
    expect(unevenness(places)).toBeLessThan(86)
  })

  test('they keep to their days, and to their range in the night of the clock change', () => {
    for (const seed of seeds.slice(0, 200)) {
      const on = (text: string, after: string) =>
        localTime(earliestMoment([range(text)], moment(after), berlin, (date) => draw(seed, date)) ?? 0, berlin)
      expect(on('sat,sun random 10:00-12:00', '2026-03-02 00:00')).toMatchObject({ date: '2026-03-07' })
      const short = on('random 01:00-04:00', '2026-03-29 00:00')
      expect(short.date).toBe('2026-03-29')
      expect(short.clock >= 3600 && short.clock < 4 * 3600).toBe(true)
      const long = on('random 01:00-04:00', '2026-10-25 00:00')
      expect(long.date).toBe('2026-10-25')
      expect(long.clock >= 3600 && long.clock < 4 * 3600).toBe(true)
    }
  })

  test('the moment told in the morning is the one it comes at, restarts or not', async () => {
    for (const seed of seeds.slice(0, 20)) {
      const rules = rulesOf('rules: [{ id: r, at: "random 09:00-22:00", then: [{ log: now }] }]')
      const b = new Bench(rules, {
        start: '2026-03-02 00:10',
        kept: emptyKept(seed),
        order: { polls: new Map([['chastify.session', { everyMs: 30 * minute }]]) },
      })
      await b.until({ later: minute })
      const told = b.passing.decisions[0]
      const until = told && !told.fires ? told.until : null
      b.restart()
      await b.until('2026-03-02 08:00')
      b.restart('run-3')
      await b.until('2026-03-02 23:59')
      expect(b.kept.rows.map(({ due }) => due)).toEqual([until])
      expect(Math.abs((b.kept.rows[0]?.at ?? 0) - (until ?? 0))).toBeLessThan(5 * second)
    }
  })
})

describe('a list after a failure', () => {
  const list = (more: string) =>
    rulesOf(
      `rules: [{ id: r, when: lock.taskPoints > 0, ${more}then: [{ log: one }, { add_time: 10m }, { log: three }] }]`,
    )

  test.each([
    ['rejected', 'conflict', 'stop', ['applied', 'rejected', 'cancelled']],
    ['rejected', 'conflict', 'continue', ['applied', 'rejected', 'applied']],
  ] as const)('%s, on_failure: %s', async (_, trouble, onFailure, states) => {
    const b = new Bench(list(`on_failure: ${onFailure}, `))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['ok', { trouble }]
    await b.until('10:10')
    expect(b.states).toEqual(states)
  })

  test.each([
    ['stop', ['applied', 'unsettled', 'cancelled']],
    ['continue', ['applied', 'unsettled', 'applied']],
  ] as const)('unsettled, on_failure: %s', async (onFailure, states) => {
    const then = '[{ log: one }, { pillory: 10m }, { log: three }]'
    const rules = rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, on_failure: ${onFailure}, then: ${then} }]`)
    const b = new Bench(rules, { limits: { allow: ['log', 'pillory'] } })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['ok', 'timeout']
    await b.until('10:10')
    expect(b.states).toEqual(states)
  })

  test.each([
    ['', ['applied', 'refused', 'cancelled']],
    ['on_failure: continue, ', ['applied', 'refused', 'applied']],
  ])('refused by the limits, %s', async (more, states) => {
    const b = new Bench(list(more), { limits: { allow: ['log'] } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect(b.states).toEqual(states)
  })

  test('clamped is success', async () => {
    const b = new Bench(list(''), { limits: { add_time: { each: 60 } } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect(b.states).toEqual(['applied', 'applied', 'applied'])
    expect(b.sent[1]).toBe('add_time 60')
  })

  test('continue does not overrule a lock change, nor the switch', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: lock.taskPoints > 0, on_failure: continue, then: [{ add_time: 10m }, { add_time: 20m }] }]',
      ),
      {
        order: { stopped: true },
      },
    )
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect([b.states, b.sent]).toEqual([['refused', 'refused'], []])
  })

  test('in a wheel, only what stands before it counts', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: lock.taskPoints > 0, then: [{ draw: [{ then: [{ add_time: 10m }] }, { then: [{ add_time: 11m }] }] }, { log: after }] }]',
      ),
    )
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'conflict' }]
    await b.until('10:10')
    expect(b.states).toEqual(['rejected', 'cancelled'])
  })
})

describe('if_open', () => {
  const assign = (more: string) =>
    new Bench(
      rulesOf(`rules: [{ id: r, when: tracker.locked is false, then: [{ task.assign: { text: write${more} } }] }]`),
    )

  test.each([
    ['', true, ['refused'], 0],
    [', if_open: skip', true, ['refused'], 0],
    [', if_open: replace', true, ['applied'], 1],
    [', if_open: replace', false, ['applied'], 1],
    ['', false, ['applied'], 1],
  ])('"%s" with one open: %s', async (more, taskAssigned, states, sent) => {
    const b = assign(more)
    b.world.set({ taskAssigned })
    await b.until('10:02')
    b.world.page.locked = false
    await b.until('10:10')
    expect([b.states, b.sent.length]).toEqual([states, sent])
  })

  test('replace counts against the limit as any other', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: lock.taskPoints >= 0, repeat: 5m, then: [{ task.assign: { text: write, if_open: replace } }] }]',
      ),
      { limits: { task: { times_per_day: 2 } } },
    )
    await b.until('10:30')
    expect(b.sent).toHaveLength(2)
    expect(b.states.slice(0, 3)).toEqual(['applied', 'applied', 'refused'])
  })
})

describe('rows that are late', () => {
  const polls = new Map([['chastify.session', { everyMs: 30 * second }]] as const)
  async function late(more: string, then: (b: Bench) => void, replies: number): Promise<Bench> {
    const b = new Bench(rulesOf(`rules: [{ id: r, ${more}, then: [{ add_time: 10m }] }]`), { order: { polls } })
    await b.until('10:01')
    b.world.set({ taskPoints: 1 })
    b.world.replies = Array.from({ length: replies }, () => 'refused connection' as const)
    await b.until('10:02')
    then(b)
    await b.until('10:08')
    return b
  }
  const level = 'when: lock.taskPoints > 0'

  test.each<[string, string, (b: Bench) => void, string]>([
    ['still true', level, () => undefined, 'applied'],
    ['false by now', level, (b) => b.world.set({ taskPoints: 0 }), 'cancelled'],
    ['unknown by now, and it stays so', level, (b) => b.world.set({ taskPoints: null }), 'expired'],
    ['a moment without a when', 'at: "10:01"', () => undefined, 'applied'],
    ['a change has no second time', 'when: lock.taskPoints rises', () => undefined, 'applied'],
  ])('%s', async (_, more, then, state) => {
    const b = await late(more, then, 5)
    expect(b.states).toEqual([state])
  })

  test.each([
    [45 * second, '{ add_time: 10m }'],
    [4 * minute, '{ add_time: 10m }'],
    [4 * minute, '{ log: hello }'],
    [4 * minute, '{ toggle_freeze: 1h }'],
  ])('after a pause of %i ms a verdict from before it is not fresh (semantics 22): %s', async (retryAfterMs, then) => {
    const b = new Bench(rulesOf(`rules: [{ id: r, ${level}, then: [${then}] }]`), {
      order: { polls },
      limits: { allow: ['add_time', 'log', 'freeze'] },
    })
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs }]
    await b.until({ later: 5 * second })
    b.world.set({ taskPoints: 0 })
    await b.until('10:10')
    expect(b.states).toEqual(['cancelled'])
    expect(b.sent).toHaveLength(1)
  })

  test('within one poll it needs none', async () => {
    const b = new Bench(rulesOf(`rules: [{ id: r, ${level}, then: [{ log: hello }] }]`), {
      order: { polls: new Map([['chastify.session', { everyMs: 10 * minute }]]) },
    })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until('10:05')
    expect(b.states).toEqual(['applied'])
  })
})
