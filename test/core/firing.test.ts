import { describe, expect, test } from 'vitest'
import { type Instant, sayInstant } from '../../src/core/calendar/time.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import type { Decision } from '../../src/core/model/decision.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { services } from '../../src/services/index.ts'
import {
  Bench,
  type BenchOptions,
  berlin,
  day,
  hour,
  lockA,
  lockB,
  minute,
  moment,
  oneRule,
  rulesOf,
  second,
  Told,
} from './bench.ts'

const clock = (at: Instant) => sayInstant(at, berlin).slice(11, 16)
/** `10:00` of each firing. */
const firedAt = (t: Told, rule = 'r') => t.firings(rule).map((text) => text.slice(11, 16))
const silence = (decisions: readonly Decision[], rule = 'r') => {
  const one = decisions.find((decision) => decision.rule === rule)
  if (!one) throw new Error(`nothing was decided for ${rule}`)
  return one.fires
    ? { why: 'fires', until: null }
    : { why: one.why, until: one.until === null ? null : clock(one.until) }
}

/** A rule with keys as they stand in YAML, on `lock.taskPoints > 0` unless it has only moments. */
function keyed(keys: string, when = 'when: lock.taskPoints > 0'): RuleSet {
  return rulesOf(`rules:\n  - { id: r, ${[when, keys].filter(Boolean).join(', ')}, then: [{ log: hello }] }\n`)
}

describe('which keys go together', () => {
  const written: Record<string, string> = {
    for: 'for: 10m',
    repeat: 'repeat: 30m',
    at: 'at: "09:00"',
    grace: 'grace: 10m',
    cooldown: 'cooldown: 1h',
    limit: 'limit: 1 per day',
    only_if: 'only_if: lock.frozen is false',
    chance: 'chance: 50%',
    enabled: 'enabled: false',
    was: 'was: old',
  }
  const names = Object.keys(written)
  const whens = {
    lasting: 'when: lock.taskPoints > 0',
    changing: 'when: lock.taskPoints rises',
    none: '',
  }

  /** By the table "When it fires" and semantics 15 and 16. */
  function allowed(keys: readonly string[], when: keyof typeof whens): boolean {
    const has = (key: string) => keys.includes(key)
    if (when === 'none' && (!has('at') || has('for'))) return false
    if (when === 'changing' && (has('for') || has('repeat') || has('at'))) return false
    if (has('at') && has('repeat')) return false
    return !has('grace') || has('at')
  }

  function faultsOf(keys: readonly string[], when: keyof typeof whens): string[] {
    const parts = ['id: r', whens[when], ...keys.map((key) => written[key]), 'then: [{ log: hello }]']
    const text = `rules:\n  - { ${parts.filter(Boolean).join(', ')} }\n`
    return compileRules([{ file: 'rules.yaml', text }], { services, zone: berlin }).faults.map(({ message }) => message)
  }

  const singles = names.map((name) => [name])
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b]))
  const triples = pairs.flatMap(([a = '', b = '']) => names.slice(names.indexOf(b) + 1).map((c) => [a, b, c]))

  test.each(['lasting', 'changing', 'none'] as const)('every one, two and three of them, the when being %s', (when) => {
    const wrong = [...singles, ...pairs, ...triples].filter(
      (keys) => (faultsOf(keys, when).length === 0) !== allowed(keys, when),
    )
    expect(wrong).toEqual([])
  })

  test.each([
    ['at: "09:00", repeat: 1h', 'repeat'],
    ['grace: 5m', 'grace'],
    ['repeat: 1h, at: "9 o clock"', '9 o clock'],
  ])('%s is told by its name', (keys, name) => {
    const text = `rules:\n  - { id: r, when: lock.taskPoints > 0, ${keys}, then: [{ log: hello }] }\n`
    const { faults } = compileRules([{ file: 'rules.yaml', text }], { services, zone: berlin })
    expect(faults.some(({ message }) => message.includes(name))).toBe(true)
  })

  test.each([
    'for: 0s',
    'repeat: 0s',
    'cooldown: 0s',
    'grace: 0s, at: "09:00"',
    'limit: 0 per day',
    'limit: 1 per month',
    'limit: []',
    'limit: 2',
    'at: []',
    'at: "24:00"',
    'at: "random 22:00-22:00"',
    'for: 1h, pause: "9 to 5"',
    'pause: "mon-fri 09:00-17:00"',
    'at: "random 09:00"',
    'at: "fry 09:00"',
    'at: "61 * * * *"',
    'chance: 0%',
    'chance: 100%',
    'chance: 120%',
    'chance: some',
    'only_if: lock.taskPoints rises',
    'only_if: []',
    'enabled: maybe',
    'was: Old One',
    'every: 1h',
  ])('%s is an error', (keys) => {
    expect(() => keyed(keys)).toThrow()
  })
})

/**
 * A reading each minute from 09:50 to 13:30. True from 10:00 to 11:00 and from 11:10 to 13:00, and frozen from 11:05
 * to 11:40.
 */
async function story(rules: RuleSet, more: { restarts?: boolean } = {}): Promise<Told> {
  const t = new Told(rules)
  const within = (at: Instant, from: string, to: string) => at >= moment(from) && at < moment(to)
  for (let at = moment('09:50'); at <= moment('13:30'); at += minute) {
    const isTrue = within(at, '10:00', '11:00') || within(at, '11:10', '13:00')
    await t.see(at, { taskPoints: isTrue ? 1 : 0, frozen: within(at, '11:05', '11:40') })
    if (more.restarts) t.restart()
  }
  return t
}

const onlyIf = 'only_if: lock.frozen is false'
const always = 'chance: 99.9999%'
const never = 'chance: 0.0001%'
const times = 'at: ["10:05", "11:15", "12:00", "13:10"]'
/** What each key, and each two of them that go together, make of that story. */
const table: [keys: string, firings: string[]][] = [
  ['', ['10:00', '11:10']],
  ['for: 10m', ['10:10', '11:20']],
  ['for: 59m', ['10:59', '12:09']],
  ['for: 1h', ['12:10']],
  ['repeat: 30m', ['10:00', '10:30', '11:10', '11:40', '12:10', '12:40']],
  ['cooldown: 90m', ['10:00', '11:30']],
  ['cooldown: 70m', ['10:00', '11:10']],
  ['cooldown: 71m', ['10:00', '11:11']],
  ['limit: 1 per hour', ['10:00', '11:10']],
  ['limit: 1 per day', ['10:00']],
  ['limit: 1 per week', ['10:00']],
  ['limit: 1 per lock', ['10:00']],
  ['limit: 1 per 70m', ['10:00', '11:10']],
  ['limit: 1 per 75m', ['10:00', '11:15']],
  ['limit: [3 per day, 1 per 2h]', ['10:00', '12:00']],
  ['limit: [1 per lock, 1 per 2h]', ['10:00']],
  [onlyIf, ['10:00']],
  [always, ['10:00', '11:10']],
  [never, []],
  ['enabled: false', []],
  ['was: old', ['10:00', '11:10']],
  [times, ['10:05', '11:15', '12:00']],
  ['at: "10:05"', ['10:05']],
  ['at: "mon 10:05"', ['10:05']],
  ['at: "tue-sun 10:05"', []],
  ['at: "mon-wed,fri 10:05"', ['10:05']],
  ['at: "fri-mon 10:05"', ['10:05']],
  ['at: "*/20 10-12 * * *"', ['10:00', '10:20', '10:40', '11:20', '11:40', '12:00', '12:20', '12:40']],
  ['at: "0 */20 11 * * *"', ['11:20', '11:40']],
  ['at: "random 10:05-10:06"', ['10:06']],
  ['at: "mon random 10:05-10:06"', ['10:06']],
  ['at: "sun random 10:05-10:06"', []],
  ['for: 10m, repeat: 30m', ['10:10', '10:40', '11:20', '11:50', '12:20', '12:50']],
  ['for: 10m, cooldown: 90m', ['10:10', '11:40']],
  ['for: 10m, limit: 1 per 100m', ['10:10', '11:50']],
  ['for: 10m, limit: 1 per day', ['10:10']],
  [`for: 10m, ${onlyIf}`, ['10:10']],
  [`for: 40m, ${onlyIf}`, ['10:40', '11:50']],
  [`for: 10m, ${always}`, ['10:10', '11:20']],
  [`for: 10m, ${never}`, []],
  ['for: 10m, enabled: false', []],
  ['for: 10m, was: old', ['10:10', '11:20']],
  [`for: 10m, ${times}`, ['12:00']],
  [`for: 5m, ${times}`, ['10:05', '11:15', '12:00']],
  ['repeat: 30m, cooldown: 45m', ['10:00', '10:45', '11:30', '12:15']],
  ['repeat: 30m, limit: 2 per 70m', ['10:00', '10:30', '11:10', '11:40', '12:20', '12:50']],
  ['repeat: 10m, limit: 2 per hour', ['10:00', '10:10', '11:10', '11:20', '12:00', '12:10']],
  [`repeat: 30m, ${onlyIf}`, ['10:00', '10:30', '11:40', '12:10', '12:40']],
  [`repeat: 30m, ${always}`, ['10:00', '10:30', '11:10', '11:40', '12:10', '12:40']],
  [`repeat: 30m, ${never}`, []],
  ['repeat: 30m, enabled: false', []],
  ['repeat: 30m, was: old', ['10:00', '10:30', '11:10', '11:40', '12:10', '12:40']],
  ['cooldown: 90m, limit: 1 per lock', ['10:00']],
  ['cooldown: 90m, limit: 1 per 100m', ['10:00', '11:40']],
  [`cooldown: 90m, ${onlyIf}`, ['10:00']],
  [`cooldown: 100m, ${onlyIf}`, ['10:00', '11:40']],
  [`cooldown: 90m, ${always}`, ['10:00', '11:30']],
  [`cooldown: 90m, ${never}`, []],
  ['cooldown: 90m, enabled: false', []],
  ['cooldown: 90m, was: old', ['10:00', '11:30']],
  [`cooldown: 70m, ${times}`, ['10:05', '11:15']],
  [`cooldown: 80m, ${times}`, ['10:05', '12:00']],
  [`limit: 2 per day, ${times}`, ['10:05', '11:15']],
  [`limit: 1 per 70m, ${times}`, ['10:05', '11:15']],
  [`limit: 1 per hour, ${onlyIf}`, ['10:00']],
  [`limit: 1 per day, ${always}`, ['10:00']],
  [`limit: 1 per day, ${never}`, []],
  ['limit: 1 per day, enabled: false', []],
  ['limit: 1 per day, was: old', ['10:00']],
  [`${onlyIf}, ${times}`, ['10:05', '12:00']],
  [`${onlyIf}, ${always}`, ['10:00']],
  [`${onlyIf}, ${never}`, []],
  [`${onlyIf}, enabled: false`, []],
  [`${onlyIf}, was: old`, ['10:00']],
  [`${times}, ${always}`, ['10:05', '11:15', '12:00']],
  [`${times}, ${never}`, []],
  [`${times}, enabled: false`, []],
  [`${times}, was: old`, ['10:05', '11:15', '12:00']],
  [`${times}, grace: 1m`, ['10:05', '11:15', '12:00']],
]

describe('every key, and every two of them', () => {
  test.each(table)('%s', async (keys, firings) => {
    expect(firedAt(await story(keyed(keys)))).toEqual(firings)
  })

  /** Within the sign of life that a `for` has each minute, a restart after every step changes nothing. */
  const untouched = table.filter(([keys]) => !keys.includes('repeat'))
  test.each(untouched)('%s, the process ending after every step', async (keys, firings) => {
    expect(firedAt(await story(keyed(keys), { restarts: true }))).toEqual(firings)
  })

  test.each(table.filter(([keys]) => keys.includes('repeat')))(
    '%s, the process ending after every step (semantics 3: observed time, restarts are none of its business)',
    async (keys, firings) => {
      expect(firedAt(await story(keyed(keys), { restarts: true }))).toEqual(firings)
    },
  )

  test('cooldown holds a moment within its grace and no longer (semantics 12)', async () => {
    expect(firedAt(await story(keyed(`cooldown: 73m, ${times}`)))).toEqual(['10:05', '11:18'])
  })

  test('a rolling limit holds a moment within its grace and no longer (semantics 12)', async () => {
    expect(firedAt(await story(keyed(`limit: 1 per 72m, ${times}`)))).toEqual(['10:05', '11:17'])
  })

  test('what only_if or chance dropped has used up neither cooldown nor limit (semantics 12)', async () => {
    // The first occurrence meets the freeze.
    const t = new Told(keyed(`${onlyIf}, repeat: 10m, cooldown: 1h, limit: 1 per day`))
    for (let at = moment('10:00'); at < moment('10:15'); at += minute) {
      await t.see(at, { taskPoints: 1, frozen: at < moment('10:05') })
    }
    expect(firedAt(t)).toEqual(['10:10'])
  })
})

describe('the names of the silences and when they may end', () => {
  async function at(keys: string, when: string, more: Readonly<Record<string, never>> = {}): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let now = moment('09:59'); now <= moment(when); now += minute) {
      await t.see(now, { taskPoints: now >= moment('10:00') ? 1 : 0, ...more })
    }
    return t
  }

  test.each([
    ['', '09:59', 'condition false', null],
    ['', '10:01', 'had its turn in this episode', null],
    ['for: 10m', '10:05', 'for', '10:10'],
    ['repeat: 30m', '10:05', 'repeat', '10:30'],
    ['repeat: 30m, cooldown: 1h', '10:45', 'cooldown', '11:00'],
    ['repeat: 5m, limit: 1 per hour', '10:45', 'limit', '11:00'],
    ['repeat: 5m, limit: 1 per day', '10:45', 'limit', '00:00'],
    ['repeat: 5m, limit: 1 per week', '10:45', 'limit', '00:00'],
    ['repeat: 5m, limit: 1 per 2h', '10:45', 'limit', '12:00'],
    ['repeat: 5m, limit: 1 per lock', '10:45', 'limit', null],
    ['only_if: lock.frozen is true', '10:00', 'only_if false', null],
    ['only_if: lock.unlockable is true', '10:00', 'only_if unknown', null],
    [never, '10:00', 'chance', null],
    ['enabled: false', '10:05', 'disabled', null],
    ['at: "10:30"', '10:05', 'not its moment', '10:30'],
    ['at: ["10:04", "10:30"], for: 20m', '10:04', 'for', '10:30'],
    ['at: ["10:01", "10:03", "10:30"], cooldown: 1h', '10:03', 'cooldown', '11:01'],
    ['at: ["10:03", "10:30"], only_if: lock.frozen is true', '10:03', 'only_if false', '10:30'],
    [`at: ["10:03", "10:30"], ${never}`, '10:03', 'chance', '10:30'],
    ['at: "10:30", enabled: false', '10:05', 'disabled', '10:30'],
  ])('%s at %s: %s until %s', async (keys, when, why, until) => {
    const t = await at(keys, when)
    expect(silence(t.last?.decisions ?? [])).toEqual({ why, until })
  })

  test('unknown has its own name', async () => {
    const t = new Told(keyed(''))
    const { decisions } = await t.see(moment('10:00'), { taskPoints: null })
    expect(silence(decisions)).toEqual({ why: 'condition unknown', until: null })
  })

  test('of several limits the one that ends last says until when', async () => {
    const t = await at('repeat: 5m, limit: [1 per hour, 1 per 2h]', '10:45')
    expect(silence(t.last?.decisions ?? []).why).toBe('limit')
    const made = t.last?.decisions[0]
    expect(made && !made.fires && made.detail).toMatch(/^1 per (hour|2h)$/)
  })

  test('each has its reading at the end: a moment waits for one that was begun at it', async () => {
    const t = new Told(keyed('at: "10:00"'))
    await t.see(moment('09:58'), { taskPoints: 1 })
    await t.see(moment('10:00') - second, { taskPoints: 1 })
    const made = await t.step(moment('10:00') + 10, [{ accepted: t.kept.session ?? '' }])
    expect(silence(made.decisions)).toEqual({ why: 'waiting for a reading', until: '10:00' })
    expect(made.wake.read).toContain('chastify.session')
    expect(firedAt(t)).toEqual([])
  })
})

describe('the wake, polled each half hour', () => {
  const slow: BenchOptions = { order: { polls: new Map([['chastify.session', { everyMs: 30 * minute }]]) } }
  const withTracker = (chastify: number, tracker: number): BenchOptions => ({
    order: {
      polls: new Map([
        ['chastify.session', { everyMs: chastify }],
        ['tracker.stats', { everyMs: tracker }],
      ]),
    },
  })
  const fired = (b: Bench, rule = 'r') => [
    ...new Map(b.kept.rows.filter((row) => row.rule === rule).map((row) => [row.occurrence, row.at])).values(),
  ]
  /** Each firing within three seconds of what was expected. */
  function expectFired(b: Bench, expected: readonly string[], rule = 'r'): void {
    const moments = fired(b, rule)
    expect(moments.map((at) => clock(at))).toEqual(expected)
    moments.forEach((at, i) => {
      expect(at - moment(expected[i] ?? '')).toBeLessThan(3 * second)
    })
  }

  test('for: 10m fires ten minutes after it became true', async () => {
    const b = new Bench(keyed('for: 10m'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:29')
    expectFired(b, ['10:10'])
    expect(b.world.reads.map(({ at }) => clock(at))).toEqual(['10:00', '10:10'])
  })

  test('for: 10m that is false again at its reading does not fire', async () => {
    const b = new Bench(keyed('for: 10m'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.world.set({ taskPoints: 0 })
    await b.until('10:25')
    expect(b.kept.rows).toEqual([])
  })

  test('cooldown ends to the second', async () => {
    const b = new Bench(keyed('repeat: 1m, cooldown: 70m'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('11:20')
    expectFired(b, ['10:00', '11:10'])
  })

  test('a limit ends to the second', async () => {
    const b = new Bench(keyed('repeat: 1m, limit: 1 per hour'), { ...slow, start: '10:35' })
    b.world.set({ taskPoints: 1 })
    await b.until('11:02')
    expectFired(b, ['10:35', '11:00'])
  })

  test('at: "10:17" fires at it', async () => {
    const b = new Bench(keyed('at: "10:17"'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:26')
    expectFired(b, ['10:17'])
  })

  test('repeat: 10m comes every ten minutes, not at every poll', async () => {
    const b = new Bench(keyed('repeat: 10m'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:32')
    expectFired(b, ['10:00', '10:10', '10:20', '10:30'])
  })

  test('moments every ten minutes each come, also after one that fired', async () => {
    const b = new Bench(keyed('at: "*/10 * * * *"'), { ...slow, start: '09:58' })
    b.world.set({ taskPoints: 1 })
    await b.until('10:23')
    expectFired(b, ['10:00', '10:10', '10:20'])
  })

  test.each([
    ['only_if', 'only_if: lock.frozen is true'],
    ['chance', never],
  ])('moments every ten minutes are each looked at, also after one that %s dropped', async (_, key) => {
    const b = new Bench(keyed(`at: "*/10 * * * *", ${key}`), { ...slow, start: '09:58' })
    b.world.set({ taskPoints: 1 })
    await b.until('10:23')
    expect(b.world.reads.map(({ at }) => clock(at))).toEqual(expect.arrayContaining(['10:00', '10:10', '10:20']))
  })

  test('a moment whose reading fails is read again within its grace (semantics 16)', async () => {
    const b = new Bench(keyed('at: "10:10"'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:09')
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:11')
    b.world.broken = {}
    await b.until('10:20')
    expect(fired(b).map(clock)).toHaveLength(1)
    expect(fired(b)[0]).toBeLessThan(moment('10:15'))
  })

  test('a moment at which its condition is unknown is read again within its grace (semantics 16)', async () => {
    const b = new Bench(keyed('at: "10:10"'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:09')
    b.world.set({ taskPoints: null })
    await b.until('10:11')
    b.world.set({ taskPoints: 1 })
    await b.until('10:20')
    expect(fired(b).map(clock)).toHaveLength(1)
  })

  test('a for whose reading fails is read again before the next poll', async () => {
    const b = new Bench(keyed('for: 10m'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:09')
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:11')
    b.world.broken = {}
    await b.until('10:20')
    expect(fired(b).map(clock)).toHaveLength(1)
  })

  test('what does not fit into a step goes in the next, not at the next poll', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ log: a1 }, { log: a2 }, { log: a3 }] }
  - { id: r, when: lock.taskPoints > 0, then: [{ log: b1 }, { log: b2 }, { log: b3 }] }
`)
    const b = new Bench(rules, slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:20')
    expect(fired(b).map(clock)).toEqual(['10:00'])
  })

  test('moments that do not fit into a step are not lost over it (semantics 17)', async () => {
    const rules = rulesOf(`rules:
  - { id: a, at: "10:10", then: [{ log: a1 }, { log: a2 }, { log: a3 }] }
  - { id: r, at: "10:10", then: [{ log: b1 }, { log: b2 }, { log: b3 }] }
`)
    const b = new Bench(rules, slow)
    await b.until('12:00')
    expect(fired(b, 'a').map(clock)).toEqual(['10:10'])
    expect(fired(b).map(clock)).toHaveLength(1)
  })

  test('a rule that is edited to a moment before the next poll has it', async () => {
    const b = new Bench(keyed('at: "12:00"'), slow)
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.rules = keyed('at: "10:10"')
    await b.until('10:15')
    expectFired(b, ['10:10'])
  })

  test('a for that ran out is decided on a reading begun since, not on an older one (semantics 1)', async () => {
    const b = new Bench(keyed('for: 10m'), withTracker(30 * minute, minute))
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.world.set({ taskPoints: 0 })
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:20')
    expect(b.kept.rows).toEqual([])
  })

  test('a repeat is decided on a reading begun since, not on an older one (semantics 1)', async () => {
    const b = new Bench(keyed('repeat: 10m'), withTracker(30 * minute, minute))
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.world.set({ taskPoints: 0 })
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:20')
    expect(b.kept.rows).toHaveLength(1)
  })

  test('at a moment only_if is asked of a reading begun since, too (semantics 1)', async () => {
    const b = new Bench(keyed('at: "10:10", only_if: tracker.locked is true'), withTracker(minute, 30 * minute))
    b.world.page.locked = false
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.world.page.locked = true
    await b.until('10:20')
    expect(fired(b).map(clock)).toEqual(['10:10'])
  })
})

describe('a restart', () => {
  /** True all the time, read each minute; a restart of a few seconds at one moment. */
  async function across(keys: string, restartAt: string, end: string, from = '10:00'): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let at = moment(from); at <= moment(end); at += minute) {
      await t.see(at, { taskPoints: 1 })
      if (at === moment(restartAt)) t.restart()
    }
    return t
  }

  test.each([
    ['for: 30m', '10:12', ['10:30']],
    ['for: 30m', '10:29', ['10:30']],
    ['for: 3h', '12:59', ['13:00']],
    ['repeat: 1h', '10:50', ['10:00', '11:00', '12:00', '13:00']],
    ['repeat: 2h', '11:30', ['10:00', '12:00']],
    ['for: 10m, repeat: 1h', '10:59', ['10:10', '11:10', '12:10']],
    ['for: 30m, at: "12:00"', '11:50', ['12:00']],
    ['for: 10m, repeat: 10m, cooldown: 1h', '11:05', ['10:10', '11:10', '12:10']],
  ])('%s, restarted at %s', async (keys, restartAt, firings) => {
    expect(firedAt(await across(keys, restartAt, '13:00'))).toEqual(firings)
  })

  test('a for that ran out while only the cooldown held it is not begun anew', async () => {
    const t = new Told(keyed('for: 10m, cooldown: 3h'))
    for (let at = moment('10:00'); at <= moment('13:30'); at += minute) {
      await t.see(at, { taskPoints: at >= moment('10:20') && at < moment('10:25') ? 0 : 1 })
      if (at === moment('12:50')) t.restart()
    }
    expect(firedAt(t)).toEqual(['10:10', '13:10'])
  })

  test('a disabled rule counts on over it', async () => {
    const t = new Told(keyed('for: 30m, enabled: false'))
    for (let at = moment('10:00'); at <= moment('10:40'); at += minute) {
      await t.see(at, { taskPoints: 1 })
      if (at === moment('10:35')) t.restart()
      if (at === moment('10:38')) t.rules = keyed('for: 30m')
    }
    expect(firedAt(t)).toEqual(['10:39'])
  })

  test('the time in which its condition was unknown is not observed, restart or not (semantics 3)', async () => {
    const t = new Told(keyed('for: 30m'))
    for (let at = moment('10:00'); at <= moment('12:20'); at += minute) {
      const blind = at >= moment('10:05') && at < moment('12:05')
      await t.see(at, { taskPoints: blind ? null : 1 })
      if (at === moment('11:00')) t.restart()
    }
    expect(firedAt(t)).toEqual([])
  })

  test('nobody pays for an outage that a restart fell into', async () => {
    const rules = rulesOf('rules: [{ id: r, when: tracker.locked is false, for: 30m, then: [{ add_time: 1h }] }]')
    const b = new Bench(rules)
    await b.until('10:01')
    b.world.page.locked = false
    await b.until('10:10')
    b.world.broken = { tracker: 'unreachable' }
    await b.until('10:40')
    b.restart()
    await b.until('12:30')
    b.world.broken = {}
    await b.until('12:45')
    expect(b.sent).toEqual([])
  })

  test('a list with only_if of a service that answers later than the other is not lost', async () => {
    const t = new Told(keyed('only_if: tracker.locked is true'), {
      order: {
        polls: new Map([
          ['chastify.session', { everyMs: minute }],
          ['tracker.stats', { everyMs: minute }],
        ]),
      },
    })
    await t.see(moment('10:00'), { taskPoints: 0 })
    await t.seePage(moment('10:00') + 300, true)
    t.restart()
    // The lock is read in 80 ms, the page in 300.
    await t.see(moment('10:01'), { taskPoints: 1 })
    await t.seePage(moment('10:01') + 220, true)
    await t.see(moment('10:02'), { taskPoints: 1 })
    expect(t.firings()).toHaveLength(1)
  })
})

describe('gaps', () => {
  /** True from 10:00 on, read each minute but for one gap. */
  async function gap(keys: string, from: string, to: string, end = '13:00'): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let at = moment('10:00'); at <= moment(end); at += minute) {
      if (at <= moment(from) || at >= moment(to)) await t.see(at, { taskPoints: 1 })
    }
    return t
  }

  test.each([
    ['for: 10m', '10:05', '10:08', ['10:10'], 'as long as the bound: it counts'],
    ['for: 10m', '10:05', '10:09', ['10:14'], 'longer than the bound: it does not'],
    ['for: 10m', '10:05', '10:15', ['10:20'], 'as long as the for: it does not, and resets nothing'],
    ['for: 10m', '10:05', '10:16', ['10:26'], 'longer than the for: it is begun anew'],
    ['for: 2m', '10:01', '10:04', ['10:04'], 'within the bound, though longer than the for: no gap'],
    ['repeat: 30m', '10:05', '10:08', ['10:00', '10:30'], 'as long as the bound: it counts'],
    ['repeat: 30m', '10:05', '10:25', ['10:00', '10:50'], 'longer than the bound: it does not'],
    ['repeat: 30m', '10:05', '11:25', ['10:00', '11:50'], 'longer than the repeat: it does not, without a burst'],
    ['cooldown: 1h, repeat: 1m', '10:05', '10:58', ['10:00', '11:00'], 'a cooldown is not observed time'],
    ['for: 20m, at: "10:40"', '10:05', '10:25', ['10:40'], 'as long as the for, and enough was seen'],
    ['for: 20m, at: "10:40"', '10:05', '10:26', [], 'longer than the for: begun anew, too late'],
  ])('%s, none from %s to %s: %j, %s', async (keys, from, to, firings) => {
    expect(firedAt(await gap(keys, from, to)).slice(0, firings.length === 0 ? 1 : firings.length)).toEqual(firings)
  })

  test('a gap of unknown counts as one of silence', async () => {
    const t = new Told(keyed('for: 10m'))
    for (let at = moment('10:00'); at <= moment('10:20'); at += minute) {
      const blind = at > moment('10:05') && at < moment('10:09')
      await t.see(at, { taskPoints: blind ? null : 1 })
    }
    expect(firedAt(t)).toEqual(['10:14'])
  })

  test('two readings of another service in it do not make it shorter (semantics 3)', async () => {
    const t = new Told(keyed('for: 10m'), {
      order: {
        polls: new Map([
          ['chastify.session', { everyMs: minute }],
          ['tracker.stats', { everyMs: minute }],
        ]),
      },
    })
    for (let at = moment('10:00'); at <= moment('10:20'); at += minute) {
      const blind = at > moment('10:04') && at < moment('10:09')
      if (!blind) await t.see(at, { taskPoints: 1 })
      await t.seePage(at + 30 * second, true)
    }
    expect(firedAt(t)).toEqual(['10:15'])
  })

  test('a fenced gap neither breaks nor resets anything (semantics 5)', async () => {
    const rules = rulesOf(`rules:
  - { id: r, when: lock.timeRemainingSeconds > 1h, for: 4m, then: [{ log: hello }] }
  - { id: w, when: lock.taskPoints > 0, then: [{ remove_time: 1m }] }
`)
    const b = new Bench(rules, { order: { polls: new Map([['chastify.session', { everyMs: 20 * second }]]) } })
    b.world.writeMs = 100 * second
    await b.until('10:02')
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    expect(b.kept.rows.filter(({ rule }) => rule === 'r').map(({ at }) => clock(at))).toEqual(['10:04'])
  })
})

describe('nights of the clock change in Berlin, midnight, a leap day', () => {
  /** True for a whole span, read each ten minutes of real time. */
  async function night(keys: string, from: string, to: string, when?: string): Promise<string[]> {
    const t = new Told(keyed(keys, when), { everyMs: 10 * minute })
    for (let at = moment(from); at <= moment(to); at += 10 * minute) await t.see(at, { taskPoints: 1 })
    return t.firings().map((text) => text.slice(5, 16))
  }

  test.each([
    // 02:00 to 03:00 is left out.
    ['2026-03-28 23:50', '2026-03-29 06:00', 'at: "02:30"', ['03-29 03:00']],
    ['2026-03-28 23:50', '2026-03-29 06:00', 'at: ["02:30", "02:10"]', ['03-29 03:00']],
    [
      '2026-03-28 23:50',
      '2026-03-29 04:30',
      'at: "0 * * * *"',
      ['03-29 00:00', '03-29 01:00', '03-29 03:00', '03-29 04:00'],
    ],
    ['2026-03-29 00:00', '2026-03-29 05:00', 'for: 4h', ['03-29 05:00']],
    ['2026-03-29 00:00', '2026-03-29 06:00', 'repeat: 2h', ['03-29 00:00', '03-29 03:00', '03-29 05:00']],
    ['2026-03-29 00:00', '2026-03-29 06:00', 'repeat: 10m, cooldown: 3h', ['03-29 00:00', '03-29 04:00']],
    [
      '2026-03-28 12:00',
      '2026-03-30 12:00',
      'repeat: 10m, limit: 1 per day',
      ['03-28 12:00', '03-29 00:00', '03-30 00:00'],
    ],
    [
      '2026-03-29 00:30',
      '2026-03-29 04:00',
      'repeat: 10m, limit: 1 per hour',
      ['03-29 00:30', '03-29 01:00', '03-29 03:00', '03-29 04:00'],
    ],
    // 02:00 to 03:00 comes twice.
    ['2026-10-24 23:50', '2026-10-25 06:00', 'at: "02:30"', ['10-25 02:30']],
    [
      '2026-10-25 00:00',
      '2026-10-25 04:00',
      'at: "0 * * * *"',
      ['10-25 01:00', '10-25 02:00', '10-25 02:00', '10-25 03:00', '10-25 04:00'],
    ],
    ['2026-10-25 00:00', '2026-10-25 05:00', 'for: 4h', ['10-25 03:00']],
    [
      '2026-10-25 00:30',
      '2026-10-25 03:00',
      'repeat: 10m, limit: 1 per hour',
      ['10-25 00:30', '10-25 01:00', '10-25 02:00', '10-25 02:00', '10-25 03:00'],
    ],
    [
      '2026-10-24 12:00',
      '2026-10-26 12:00',
      'repeat: 10m, limit: 1 per day',
      ['10-24 12:00', '10-25 00:00', '10-26 00:00'],
    ],
    [
      '2026-10-24 08:50',
      '2026-10-26 10:00',
      'at: "09:00", cooldown: 24h',
      ['10-24 09:00', '10-25 09:00', '10-26 09:00'],
    ],
    // Sunday to Monday.
    ['2026-03-08 12:00', '2026-03-09 12:00', 'repeat: 10m, limit: 1 per week', ['03-08 12:00', '03-09 00:00']],
    ['2026-03-08 23:50', '2026-03-09 00:30', 'at: "00:00"', ['03-09 00:00']],
    ['2026-03-08 23:50', '2026-03-09 00:30', 'at: "mon 00:00"', ['03-09 00:00']],
    ['2026-03-08 23:50', '2026-03-09 00:30', 'at: "sun 00:00"', []],
    // A leap day.
    ['2028-02-28 23:50', '2028-03-01 00:30', 'at: "0 0 29 2 *"', ['02-29 00:00']],
    ['2028-02-28 23:50', '2028-03-01 00:30', 'at: "00:10"', ['02-29 00:10', '03-01 00:10']],
    [
      '2028-02-28 23:50',
      '2028-03-01 00:30',
      'repeat: 10m, limit: 1 per day',
      ['02-28 23:50', '02-29 00:00', '03-01 00:00'],
    ],
    ['2028-02-28 23:50', '2028-03-01 00:30', 'at: "0 0 L 2 *"', ['02-29 00:00']],
  ])('%s to %s, %s', async (from, to, keys, firings) => {
    expect(await night(keys, from, to)).toEqual(firings)
  })

  test('a daily moment with a cooldown of a day over the night that is an hour short is held an hour, beyond its grace', async () => {
    const t = await night('at: "09:00", cooldown: 24h', '2026-03-28 08:50', '2026-03-30 10:00')
    expect(t).toEqual(['03-28 09:00', '03-30 09:00'])
  })

  test('a leap day is looked for years ahead', async () => {
    const t = new Told(keyed('at: "0 0 29 2 *"'))
    const { decisions } = await t.see(moment('2026-03-02 10:00'), { taskPoints: 1 })
    const one = decisions[0]
    expect(one && !one.fires && one.until).toBe(moment('2028-02-29 00:00'))
  })
})

describe('moments and their grace', () => {
  async function missed(keys: string, down: string, up: string): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let at = moment('09:50'); at <= moment('10:30'); at += minute) {
      if (at < moment(down) || at >= moment(up)) await t.see(at, { taskPoints: 1 })
      else t.restart()
    }
    return t
  }

  test.each([
    ['at: "10:00"', '09:59', '10:05', ['10:05']],
    ['at: "10:00"', '09:59', '10:06', []],
    ['at: "10:00", grace: 20m', '09:59', '10:20', ['10:20']],
    ['at: "10:00", grace: 20m', '09:59', '10:21', []],
    ['at: "10:00", grace: 30s', '09:59', '10:01', []],
    ['at: ["10:00", "10:02", "10:03"]', '09:59', '10:04', ['10:04']],
    ['at: ["10:00", "10:02", "10:10"]', '09:59', '10:04', ['10:04', '10:10']],
  ])('%s, down from %s to %s', async (keys, down, up, firings) => {
    const t = await missed(keys, down, up)
    expect(firedAt(t)).toEqual(firings)
  })

  test('several missed within grace count as the latest', async () => {
    const t = await missed('at: ["10:00", "10:02", "10:03"]', '09:59', '10:04')
    expect(t.kept.rows.map(({ occurrence, due }) => [occurrence, clock(due)])).toEqual([
      [`at ${moment('10:03')}`, '10:03'],
    ])
  })

  test('false at its moment uses it up, unknown waits within the grace', async () => {
    for (const [points, firings] of [
      [0, []],
      [null, ['10:03']],
    ] as const) {
      const t = new Told(keyed('at: "10:00"'))
      for (let at = moment('09:55'); at <= moment('10:20'); at += minute) {
        const then = at >= moment('10:00') && at < moment('10:03')
        await t.see(at, { taskPoints: then ? points : 1 })
      }
      expect(firedAt(t)).toEqual(firings)
    }
  })

  test('unknown until grace ends is lost', async () => {
    const t = new Told(keyed('at: "10:00"'))
    for (let at = moment('09:55'); at <= moment('10:20'); at += minute) {
      await t.see(at, { taskPoints: at >= moment('10:00') && at < moment('10:06') ? null : 1 })
    }
    expect(firedAt(t)).toEqual([])
  })

  test('a rule that is new does not look back', async () => {
    const t = new Told(rulesOf('rules: []'))
    await t.see(moment('10:00'), { taskPoints: 1 })
    t.rules = keyed('at: "10:00"')
    await t.see(moment('10:01'), { taskPoints: 1 })
    await t.see(moment('10:02'), { taskPoints: 1 })
    expect(firedAt(t)).toEqual([])
  })

  test('a moment comes whatever the episode: true all week, once a day', async () => {
    const t = new Told(keyed('at: "09:00"'), { everyMs: hour })
    for (let at = moment('08:00'); at < moment('08:00') + 7 * day; at += hour) await t.see(at, { taskPoints: 1 })
    expect(t.firings()).toHaveLength(7)
  })

  test('without a when it needs only a reading of the lock', async () => {
    const t = new Told(keyed('at: "09:00"', ''), { everyMs: hour })
    for (let at = moment('08:00'); at < moment('08:00') + 7 * day; at += hour) await t.see(at, {})
    expect(t.firings()).toHaveLength(7)
  })
})

describe('another lock, and back', () => {
  /** Lock A from 10:00, B from one moment to another, then A; the condition true on both. */
  async function swapped(keys: string, from: string, to: string, end: string): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let at = moment('10:00'); at <= moment(end); at += minute) {
      const other = at >= moment(from) && at < moment(to)
      await t.see(at, { _id: other ? lockB : lockA, taskPoints: 1 })
    }
    return t
  }
  const on = (t: Told, lock: string) => t.kept.rows.filter(({ session }) => session === lock).map(({ at }) => clock(at))

  test('the other has its own episode, and on the return nothing fires again', async () => {
    const t = await swapped('', '10:10', '10:20', '10:40')
    expect([on(t, lockA), on(t, lockB)]).toEqual([['10:00'], ['10:10']])
  })

  test('cooldown and limits are each lock’s own', async () => {
    const t = await swapped('repeat: 10m, cooldown: 30m, limit: 2 per lock', '10:15', '11:00', '13:00')
    expect([on(t, lockA), on(t, lockB)]).toEqual([
      ['10:00', '11:00'],
      ['10:15', '10:45'],
    ])
  })

  test('the time on the other lock is not observed time of this one (semantics 3, 8)', async () => {
    const t = await swapped('for: 30m', '10:05', '10:25', '10:54')
    // Seen at 10:04 and again at 10:25.
    expect([on(t, lockA), on(t, lockB)]).toEqual([['10:51'], []])
  })

  test('longer than the for on the other lock begins it anew', async () => {
    const t = await swapped('for: 10m', '10:05', '10:30', '10:50')
    expect([on(t, lockA), on(t, lockB)]).toEqual([['10:40'], ['10:15']])
  })

  test('repeat goes on where it was, without the time on the other', async () => {
    const t = await swapped('repeat: 30m', '10:10', '10:50', '11:20')
    expect([on(t, lockA), on(t, lockB)]).toEqual([
      ['10:00', '11:11'],
      ['10:10', '10:40'],
    ])
  })

  test('moments are dealt with on each lock by themselves', async () => {
    const t = await swapped('at: "*/10 * * * *"', '10:15', '10:36', '11:00')
    expect([on(t, lockA), on(t, lockB)]).toEqual([
      ['10:10', '10:40', '10:50', '11:00'],
      ['10:20', '10:30'],
    ])
  })
})

describe('dry-run, live, and back', () => {
  /** The mode by the minute; each change of it is a new process. */
  async function modes(keys: string, live: (at: Instant) => boolean, end: string): Promise<Told> {
    const t = new Told(keyed(keys), { order: { mode: 'live' } })
    for (let at = moment('10:00'); at <= moment(end); at += minute) {
      const mode = live(at) ? 'live' : 'dry-run'
      if (t.order.mode !== mode) {
        t.restart()
        t.order = { ...t.order, mode }
      }
      await t.see(at, { taskPoints: 1 })
    }
    return t
  }
  const of = (t: Told, mode: string) => t.kept.rows.filter((row) => row.mode === mode).map(({ at }) => clock(at))

  test('the return to live fires nothing again', async () => {
    const t = await modes('', (at) => at < moment('10:10') || at >= moment('10:30'), '11:00')
    expect([of(t, 'live'), of(t, 'dry-run')]).toEqual([['10:00'], ['10:10']])
  })

  test('the interval counts as a gap (semantics 19): it is not observed', async () => {
    const t = await modes('for: 30m', (at) => at < moment('10:05') || at >= moment('10:25'), '11:00')
    expect(of(t, 'live')).toEqual(['10:51'])
  })

  test('the interval counts as a gap (semantics 19): longer than the for, it begins anew', async () => {
    const t = await modes('for: 10m', (at) => at < moment('10:05') || at >= moment('10:30'), '11:00')
    expect([of(t, 'live'), of(t, 'dry-run')]).toEqual([['10:40'], ['10:15']])
  })

  test('cooldown and limit are each mode’s own', async () => {
    const t = await modes('repeat: 10m, cooldown: 20m, limit: 2 per day', (at) => at >= moment('10:30'), '12:00')
    expect([of(t, 'live'), of(t, 'dry-run')]).toEqual([
      ['10:30', '10:50'],
      ['10:00', '10:20'],
    ])
  })
})

describe('edits', () => {
  async function edited(before: RuleSet, after: RuleSet, when: string, end: string): Promise<Told> {
    const t = new Told(before)
    for (let at = moment('10:00'); at <= moment(end); at += minute) {
      if (at === moment(when)) t.rules = after
      await t.see(at, { taskPoints: 1 })
    }
    return t
  }
  const other = 'when: [lock.taskPoints > 0, lock.frozen is false]'

  test.each<[string, RuleSet, RuleSet, string, string[]]>([
    ['another when restarts an unfinished for', keyed('for: 10m'), keyed('for: 10m', other), '10:05', ['10:15']],
    ['another when leaves a finished episode alone', keyed('for: 10m'), keyed('for: 10m', other), '10:15', ['10:10']],
    [
      'another layout of the when restarts nothing',
      keyed('for: 10m'),
      keyed('for: 10m', 'when: "lock.taskPoints   >   0"'),
      '10:05',
      ['10:10'],
    ],
    ['another then changes nothing', keyed('for: 10m'), oneRule('[{ log: other }]', 'for: 10m'), '10:05', ['10:10']],
    ['a longer for counts from the beginning', keyed('for: 10m'), keyed('for: 20m'), '10:05', ['10:20']],
    ['a shorter for counts from the beginning', keyed('for: 20m'), keyed('for: 10m'), '10:15', ['10:15']],
    ['a for that is added does not fire again', keyed(''), keyed('for: 10m'), '10:05', ['10:00']],
    [
      'a repeat that is added counts from the last occurrence',
      keyed(''),
      keyed('repeat: 30m'),
      '10:20',
      ['10:00', '10:30', '11:00'],
    ],
    [
      'a shorter repeat counts from the last occurrence',
      keyed('repeat: 2h'),
      keyed('repeat: 30m'),
      '10:20',
      ['10:00', '10:30', '11:00'],
    ],
    [
      'another when leaves the repeat alone',
      keyed('repeat: 30m'),
      keyed('repeat: 30m', other),
      '10:20',
      ['10:00', '10:30', '11:00'],
    ],
    [
      'a cooldown that is added counts from the last firing',
      keyed('repeat: 10m'),
      keyed('repeat: 10m, cooldown: 45m'),
      '10:05',
      ['10:00', '10:45'],
    ],
    [
      'a limit that is added counts what was',
      keyed('repeat: 10m'),
      keyed('repeat: 10m, limit: 2 per day'),
      '10:15',
      ['10:00', '10:10'],
    ],
  ])('%s', async (_, before, after, when, firings) => {
    expect(firedAt(await edited(before, after, when, '11:00'))).toEqual(firings)
  })

  test('another when restarts no for that has run out and is held by the cooldown (semantics 18)', async () => {
    const t = new Told(keyed('for: 10m, cooldown: 1h'))
    for (let at = moment('10:00'); at <= moment('11:30'); at += minute) {
      if (at === moment('11:05')) t.rules = keyed('for: 10m, cooldown: 1h', other)
      await t.see(at, { taskPoints: at >= moment('10:20') && at < moment('10:25') ? 0 : 1 })
    }
    expect(firedAt(t)).toEqual(['10:10', '11:10'])
  })

  test('an episode that ended and is made true by an edit is new, its for included', async () => {
    const t = new Told(keyed('for: 10m'))
    for (let at = moment('10:00'); at <= moment('11:00'); at += minute) {
      if (at === moment('10:30')) t.rules = keyed('for: 10m', 'when: lock.taskPoints >= 0')
      await t.see(at, { taskPoints: at < moment('10:20') ? 1 : 0 })
    }
    expect(firedAt(t)).toEqual(['10:10', '10:40'])
  })

  test('a rule that becomes one of moments does not fire for what has passed', async () => {
    const t = await edited(keyed(''), keyed('at: ["10:19", "10:30"]'), '10:20', '11:00')
    expect(firedAt(t)).toEqual(['10:00', '10:30'])
  })
})

describe('a rule that goes and comes back', () => {
  async function away(
    keys: string,
    from: string,
    to: string,
    more: { restartAt?: string; end?: string } = {},
  ): Promise<Told> {
    const rules = keyed(keys)
    const t = new Told(rules)
    for (let at = moment('10:00'); at <= moment(more.end ?? '12:00'); at += minute) {
      t.rules = at >= moment(from) && at < moment(to) ? rulesOf('rules: []') : rules
      await t.see(at, { taskPoints: 1 })
      if (more.restartAt !== undefined && at === moment(more.restartAt)) t.restart()
    }
    return t
  }

  test.each([
    ['', '10:10', '11:00', ['10:00']],
    ['for: 30m', '10:05', '10:07', ['10:30']],
    ['for: 30m', '10:05', '10:25', ['10:51']],
    ['for: 10m', '10:05', '10:25', ['10:35']],
    ['repeat: 30m', '10:10', '11:00', ['10:00', '11:21', '11:51']],
    ['cooldown: 1h, repeat: 10m', '10:10', '10:30', ['10:00', '11:00', '12:00']],
    ['limit: 2 per day, repeat: 30m', '10:10', '10:12', ['10:00', '10:30']],
    ['at: ["10:20", "10:40"]', '10:10', '10:30', ['10:40']],
    ['at: ["10:20", "10:40"]', '10:10', '10:24', ['10:24', '10:40']],
  ])('%s, away from %s to %s', async (keys, from, to, firings) => {
    expect(firedAt(await away(keys, from, to))).toEqual(firings)
  })

  test('a restart meanwhile does not make its absence observed (semantics 18)', async () => {
    const t = await away('for: 30m', '10:05', '11:05', { restartAt: '10:40', end: '11:30' })
    expect(firedAt(t)).toEqual([])
  })
})

describe('disabled and enabled', () => {
  async function toggled(
    keys: string,
    off: string,
    on: string,
    points: (at: Instant) => number = () => 1,
  ): Promise<Told> {
    const t = new Told(keyed(keys))
    for (let at = moment('10:00'); at <= moment('11:00'); at += minute) {
      const disabled = at >= moment(off) && at < moment(on)
      t.rules = keyed([keys, disabled ? 'enabled: false' : ''].filter(Boolean).join(', '))
      await t.see(at, { taskPoints: points(at) })
    }
    return t
  }

  test.each([
    ['', '10:00', '10:20', ['10:20']],
    ['', '10:10', '10:20', ['10:00']],
    ['for: 10m', '10:05', '10:08', ['10:10']],
    ['for: 10m', '10:05', '10:20', ['10:20']],
    ['repeat: 20m', '10:10', '10:30', ['10:00', '10:30', '10:50']],
    ['cooldown: 30m, repeat: 10m', '10:05', '10:40', ['10:00', '10:40']],
    ['limit: 1 per day', '10:00', '10:20', ['10:20']],
    ['at: ["10:10", "10:30"]', '10:05', '10:20', ['10:30']],
    ['at: ["10:10", "10:30"]', '10:05', '10:13', ['10:13', '10:30']],
    ['only_if: lock.frozen is true', '10:00', '10:20', []],
  ])('%s, off from %s to %s', async (keys, off, on, firings) => {
    expect(firedAt(await toggled(keys, off, on))).toEqual(firings)
  })

  test('an episode that began and ended meanwhile is gone', async () => {
    const t = await toggled('', '10:10', '10:30', (at) => (at >= moment('10:15') && at < moment('10:25') ? 1 : 0))
    expect(firedAt(t)).toEqual([])
  })

  test('only_if and chance use nothing up while it is off', async () => {
    const t = await toggled(always, '10:00', '10:20')
    expect(t.kept.memory[`dry-run ${lockA} r`]?.lost).toBeNull()
    expect(firedAt(t)).toEqual(['10:20'])
  })
})

describe('was', () => {
  const named = (id: string, keys: string) =>
    rulesOf(`rules:\n  - { id: ${id}, when: lock.taskPoints > 0, ${keys}${keys ? ', ' : ''}then: [{ log: hello }] }\n`)
  async function renamed(keys: string, end = '11:00'): Promise<Told> {
    const t = new Told(named('old', keys))
    for (let at = moment('10:00'); at <= moment(end); at += minute) {
      if (at === moment('10:05')) t.rules = named('r', [keys, 'was: old'].filter(Boolean).join(', '))
      await t.see(at, { taskPoints: 1 })
    }
    return t
  }

  test.each([
    ['', ['10:00'], []],
    ['for: 10m', [], ['10:10']],
    ['repeat: 30m', ['10:00'], ['10:30', '11:00']],
    ['repeat: 1m, cooldown: 45m', ['10:00'], ['10:45']],
    ['repeat: 10m, limit: 2 per day', ['10:00'], ['10:10']],
    ['at: ["10:04", "10:20"]', ['10:04'], ['10:20']],
  ])('%s goes on under the new id', async (keys, before, after) => {
    const t = await renamed(keys)
    expect([firedAt(t, 'old'), firedAt(t)]).toEqual([before, after])
  })

  test('what the facts tell of it goes on, too', async () => {
    const t = new Told(named('old', ''))
    await t.see(moment('10:00'), { taskPoints: 1 })
    t.rules = rulesOf(`rules:
  - { id: r, was: old, when: lock.taskPoints > 0, then: [{ log: hello }] }
  - { id: seen, when: rule.r.firedTimesThisLock >= 1, then: [{ log: seen }] }
`)
    await t.see(moment('10:10'), { taskPoints: 1 })
    expect(firedAt(t, 'seen')).toEqual(['10:10'])
  })

  test('renamed and renamed back, it does not fire again for what it has fired for', async () => {
    const t = new Told(named('old', ''))
    const points = (at: Instant) => (at >= moment('10:05') ? 1 : 0)
    for (let at = moment('10:00'); at <= moment('10:30'); at += minute) {
      if (at === moment('10:02')) t.rules = named('r', 'was: old')
      if (at === moment('10:10')) t.rules = named('old', 'was: r')
      await t.see(at, { taskPoints: points(at) })
    }
    expect([...firedAt(t, 'r'), ...firedAt(t, 'old')]).toEqual(['10:05'])
  })

  test('the random moment of a day is had once over it, neither twice nor never', async () => {
    const twice: string[] = []
    const at = 'at: "random 08:00-20:00", grace: 10m, then: [{ log: hello }]'
    for (let i = 0; i < 20; i++) {
      const t = new Told(rulesOf(`rules: [{ id: old, ${at} }]`), {
        everyMs: 10 * minute,
        kept: emptyKept(`seed-${i}`),
      })
      for (let now = moment('07:00'); now < moment('21:00'); now += 10 * minute) {
        if (now === moment('14:00')) t.rules = rulesOf(`rules: [{ id: r, was: old, ${at} }]`)
        await t.see(now, {})
      }
      if (t.firings('old').length + t.firings('r').length !== 1) twice.push(`seed-${i}`)
    }
    expect(twice).toEqual([])
  })
})

describe('only_if of a file, and of both', () => {
  const both = (file: string, own: string) =>
    rulesOf(
      `only_if: ${file}\nrules:\n  - { id: r, when: lock.taskPoints > 0, ${own ? `only_if: ${own}, ` : ''}then: [{ log: hello }] }\n`,
    )

  test.each([
    ['lock.frozen is false', '', 1],
    ['lock.frozen is true', '', 0],
    ['lock.unlockable is true', '', 0],
    ['lock.frozen is false', 'lock.taskPoints < 5', 1],
    ['lock.frozen is false', 'lock.taskPoints > 5', 0],
    ['lock.frozen is true', 'lock.taskPoints < 5', 0],
    ['[lock.frozen is false, lock.taskPoints < 5]', '', 1],
    ['{ any: [lock.unlockable is true, lock.frozen is false] }', '', 1],
    ['{ any: [lock.unlockable is true, lock.frozen is true] }', '', 0],
  ])('file %s, own %s: %i', async (file, own, firings) => {
    const t = new Told(both(file, own))
    await t.see(moment('10:00'), { taskPoints: 1 })
    await t.see(moment('10:01'), { taskPoints: 1, frozen: true })
    await t.see(moment('10:02'), { taskPoints: 1, frozen: false })
    expect(t.firings()).toHaveLength(firings)
  })

  test('it stands for the rules of its own file alone', async () => {
    const { rules } = compileRules(
      [
        {
          file: 'a.yaml',
          text: 'only_if: lock.frozen is true\nrules: [{ id: a, when: lock.taskPoints > 0, then: [{ log: a }] }]',
        },
        { file: 'b.yaml', text: 'rules: [{ id: b, when: lock.taskPoints > 0, then: [{ log: b }] }]' },
      ],
      { services, zone: berlin },
    )
    if (!rules) throw new Error('no rules')
    const t = new Told(rules)
    await t.see(moment('10:00'), { taskPoints: 1 })
    expect(t.kept.rows.map(({ rule }) => rule)).toEqual(['b'])
  })

  test('why nothing came of it is remembered', async () => {
    const t = new Told(both('lock.frozen is true', ''))
    await t.see(moment('10:00'), { taskPoints: 1 })
    expect(t.kept.memory[`dry-run ${lockA} r`]?.lost).toEqual({
      occurrence: 'e1',
      at: moment('10:00'),
      why: 'only_if false',
    })
  })
})
