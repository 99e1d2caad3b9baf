import { describe, expect, test } from 'vitest'
import { type Instant, sayInstant } from '../../src/core/calendar/time.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import type { Json } from '../../src/core/model/service.ts'
import { services } from '../../src/services/index.ts'
import { Bench, berlin, day, hour, lockA, lockB, minute, moment, rulesOf, second, Told } from './bench.ts'

type LockData = Readonly<Record<string, Json>>

function ruleFor(when: string, keys = '', id = 'r'): RuleSet {
  return rulesOf(`rules:\n  - { id: ${id}, when: ${when}, ${keys}${keys ? ', ' : ''}then: [{ log: hello }] }\n`)
}

const firedAt = (t: Told, rule = 'r') => t.firings(rule).map((text) => text.slice(11, 16))
const clock = (at: Instant) => sayInstant(at, berlin).slice(11, 16)

/** Tells one reading a minute from 10:00 on, a restart where it says so; at which of them the rule fired. */
async function through(rules: RuleSet, story: readonly (LockData | 'restart')[]): Promise<string[]> {
  const t = new Told(rules)
  let at = moment('10:00')
  for (const saw of story) {
    if (saw === 'restart') t.restart()
    else {
      await t.see(at, saw)
      at += minute
    }
  }
  return firedAt(t)
}

const points = (...values: (number | null)[]): LockData[] => values.map((taskPoints) => ({ taskPoints }))
const frozen = (...values: (boolean | null)[]): LockData[] => values.map((value) => ({ frozen: value }))

describe('what is a change', () => {
  test.each<[string, readonly (LockData | 'restart')[], string[]]>([
    ['lock.taskPoints changes', points(3, 3, 3), []],
    ['lock.taskPoints changes', points(3, 4, 4, 3), ['10:01', '10:03']],
    ['lock.taskPoints changes', points(null, null, 3), []],
    ['lock.taskPoints changes', points(3, null, 3), []],
    ['lock.taskPoints changes', points(3, null, 4), ['10:02']],
    ['lock.taskPoints changes', [...points(3), 'restart', ...points(4)], ['10:01']],
    ['lock.taskPoints changes', [...points(3), 'restart', ...points(3)], []],
    ['lock.taskPoints changes', [...points(3, null), 'restart', ...points(null, 4)], ['10:03']],
    ['lock.taskPoints changes', [...points(3, 4), 'restart', ...points(4)], ['10:01']],
    ['lock.taskPoints becomes 4', points(4, 4), []],
    ['lock.taskPoints becomes 4', points(3, 4, 4, 5, 4), ['10:01', '10:04']],
    ['lock.taskPoints becomes 4', points(4, null, 4), []],
    ['lock.taskPoints becomes 4', [...points(3), 'restart', ...points(4)], ['10:01']],
    ['lock.taskPoints rises', points(3, 4, 3, 5), ['10:01', '10:03']],
    ['lock.taskPoints falls', points(3, 4, 3, 5), ['10:02']],
    ['lock.frozen becomes true', frozen(true, true), []],
    ['lock.frozen becomes true', frozen(false, true, true, false, true), ['10:01', '10:04']],
    ['lock.frozen becomes true', frozen(false, null, true), ['10:02']],
    ['lock.frozen becomes false', frozen(true, 'x' as unknown as null, false), ['10:02']],
    ['lock.frozen changes', frozen(false, true, false), ['10:01', '10:02']],
    ['lock.lockTitle changes', [{ lockTitle: 'a' }, { lockTitle: 'a' }, { lockTitle: 'b' }], ['10:02']],
    ['lock.lockTitle becomes b', [{ lockTitle: 'a' }, { lockTitle: 'b' }, { lockTitle: 'b' }], ['10:01']],
    [
      'lock.wearerLastSeenTimestamp rises',
      [1, 1, 2].map((n) => ({ wearerLastSeenTimestamp: 1.7e12 + n * 1000 })),
      ['10:02'],
    ],
    [
      'lock.wearerLastSeenAgoSeconds changes',
      [1, 1, 1].map((n) => ({ wearerLastSeenTimestamp: 1.7e12 + n * 1000 })),
      [],
    ],
  ])('%s: %j', async (leaf, story, firings) => {
    expect(await through(ruleFor(leaf), story)).toEqual(firings)
  })

  test('lists of texts change with their members', async () => {
    const t = new Told(ruleFor('lock.scopes changes'))
    const see = (at: string, scopes: string[]) => {
      const body = { role: 'keyholder', scopes, lockData: { _id: lockA } }
      const reading = {
        topic: 'chastify.session',
        asked: moment(at),
        answered: moment(at),
        serverTime: null,
        ok: true,
        body,
      } as const
      return t.step(moment(at), [{ reading }])
    }
    await see('10:00', ['read'])
    await see('10:01', ['read'])
    const scopes = t.passing.facts.get('lock.scopes')
    expect(scopes?.known).toBe(true)
    await see('10:02', ['read', 'write'])
    expect(firedAt(t)).toEqual(['10:02'])
  })

  test('the tracker’s page, too', async () => {
    const b = new Bench(ruleFor('tracker.locked becomes false'))
    await b.until('10:06')
    b.world.page.locked = false
    await b.until('10:20')
    b.world.page.locked = true
    await b.until('10:30')
    b.world.page.locked = false
    await b.until('10:40')
    expect(b.sent).toEqual(['log hello', 'log hello'])
  })

  test('one reading is one change, whatever else is read meanwhile', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises'), {
      order: {
        polls: new Map([
          ['chastify.session', { everyMs: minute }],
          ['tracker.stats', { everyMs: minute }],
        ]),
      },
    })
    await t.see(moment('10:00'), { taskPoints: 1 })
    await t.see(moment('10:01'), { taskPoints: 2 })
    await t.seePage(moment('10:01') + second, true)
    await t.seePage(moment('10:01') + 2 * second, true)
    expect(firedAt(t)).toEqual(['10:01'])
  })

  test('another lock has none of this one’s values, and this one its own on the return', async () => {
    const t = new Told(ruleFor('lock.taskPoints changes'))
    await t.see(moment('10:00'), { taskPoints: 3 })
    await t.see(moment('10:01'), { _id: lockB, taskPoints: 9 })
    await t.see(moment('10:02'), { _id: lockB, taskPoints: 9 })
    await t.see(moment('10:03'), { taskPoints: 3 })
    expect(firedAt(t)).toEqual([])
    await t.see(moment('10:04'), { _id: lockB, taskPoints: 8 })
    await t.see(moment('10:05'), { taskPoints: 4 })
    expect(firedAt(t)).toEqual(['10:04', '10:05'])
  })

  test('nothing is decided, so nothing is lost, while the clock is in doubt', async () => {
    const b = new Bench(ruleFor('lock.taskPoints rises'))
    await b.until('10:02')
    b.world.aheadMs = hour
    b.world.set({ taskPoints: 5 })
    await b.until('10:10')
    expect(b.sent).toEqual([])
    b.world.aheadMs = 0
    await b.until('10:12')
    expect(b.sent).toEqual(['log hello'])
  })
})

test.each([
  ['falls', -30 * second],
  ['rises', -30 * second],
  ['falls', -90 * second],
])('a clock that is set back is nobody’s doing: lock.timeRemainingSeconds %s, set by %d ms', async (how, by) => {
  const b = new Bench(ruleFor(`lock.timeRemainingSeconds ${how}`))
  await b.until('10:20')
  b.jump(by)
  await b.until('10:40')
  expect(b.world.sent).toEqual([])
  // What somebody does afterwards is a change as ever.
  b.world.set({ timeRemainingSeconds: how === 'falls' ? 60_000 : 90_000 })
  await b.until('10:45')
  expect(b.world.sent).toHaveLength(1)
})

describe('rises and falls by so much', () => {
  test.each<[string, (number | null)[], string[]]>([
    ['rises by 5', [0, 4, 5, 9, 10, 14, 15], ['10:02', '10:04', '10:06']],
    ['rises by 5', [0, 12, 13, 17], ['10:01', '10:01', '10:03']],
    ['rises by 5', [0, 4, 1, 5], []],
    ['rises by 5', [0, 4, 1, 6], ['10:03']],
    ['rises by 5', [12, 0, 5], ['10:02']],
    ['rises by 5', [0, 10], ['10:01', '10:01']],
    ['rises by 5', [0, 9, 11], ['10:01', '10:02']],
    ['rises by 5', [0, 9, 8, 9, 12], ['10:01']],
    ['rises', [12, 10, 11], ['10:02']],
    ['falls by 10', [12, 32, 20], ['10:02']],
    ['rises by 5', [0, 4, 0, 4], []],
    ['rises by 5', [0, 6, 3, 8], ['10:01', '10:03']],
    ['rises by 5', [0, 6, 3, 11], ['10:01', '10:03']],
    ['rises by 5', [0, 3, null, 6], ['10:03']],
    ['falls by 5', [20, 16, 15, 11, 10], ['10:02', '10:04']],
    ['falls by 5', [20, 14, 17, 12], ['10:01', '10:03']],
  ])('%s: %j (from where it turned, the rest kept)', async (words, values, firings) => {
    expect(await through(ruleFor(`lock.taskPoints ${words}`), points(...values))).toEqual(firings)
  })

  test('each rule counts from its own', async () => {
    const rules = rulesOf(`rules:
  - { id: five, when: lock.taskPoints rises by 5, then: [{ log: five }] }
  - { id: seven, when: lock.taskPoints rises by 7, then: [{ log: seven }] }
`)
    const t = new Told(rules)
    for (const [i, saw] of points(0, 5, 7, 10, 14).entries()) await t.see(moment('10:00') + i * minute, saw)
    expect([firedAt(t, 'five'), firedAt(t, 'seven')]).toEqual([
      ['10:01', '10:03'],
      ['10:02', '10:04'],
    ])
  })

  test('each whole five is one occurrence, whether it fires or is used up by a cooldown or only_if', async () => {
    for (const key of ['cooldown: 3m', 'only_if: lock.frozen is false']) {
      const t = new Told(ruleFor('lock.taskPoints rises by 5', key))
      for (const [i, taskPoints] of [0, 5, 10, 11, 12].entries()) {
        await t.see(moment('10:00') + i * minute, { taskPoints, frozen: i === 2 })
      }
      // The second five came too early, or while frozen.
      expect(firedAt(t)).toEqual(['10:01'])
    }
  })

  test('across a restart', async () => {
    expect(
      await through(ruleFor('lock.taskPoints rises by 5'), [
        ...points(0, 3),
        'restart',
        ...points(4),
        'restart',
        ...points(5),
      ]),
    ).toEqual(['10:03'])
  })
})

describe('blind to the clock', () => {
  const times = (remaining: number, locked: number, isFrozen = false) => ({
    timeRemainingSeconds: remaining,
    timeLockedSeconds: locked,
    frozen: isFrozen,
  })
  const any = '{ any: [lock.timeRemainingSeconds changes, lock.timeLockedSeconds changes] }'

  test.each([
    ['runs', 1, false],
    ['stands still, frozen', 0, true],
  ])('a count that %s does not change', async (_, pace, isFrozen) => {
    const t = new Told(ruleFor(any))
    for (let i = 0; i < 500; i++) {
      await t.see(moment('10:00') + i * minute, times(900_000 - i * 60 * pace, 5000 + i * 60 * pace, isFrozen))
    }
    expect(firedAt(t)).toEqual([])
  })

  test('freezing and thawing between two readings is no change of the counts', async () => {
    const t = new Told(ruleFor(any), { everyMs: 10 * minute })
    let [remaining, locked] = [900_000, 5000]
    for (let i = 0; i < 40; i++) {
      const isFrozen = Math.floor(i / 3) % 2 === 1
      await t.see(moment('10:00') + i * 10 * minute, times(remaining, locked, isFrozen))
      // Somewhere within the ten minutes it turns.
      const turns = isFrozen !== (Math.floor((i + 1) / 3) % 2 === 1)
      const ran = turns ? 200 : isFrozen ? 0 : 600
      remaining -= ran
      locked += ran
    }
    expect(firedAt(t)).toEqual([])
  })

  test('a machine whose clock goes wrong by a twenty thousandth sees no change in a week (semantics 15)', async () => {
    const t = new Told(ruleFor(any), { everyMs: 10 * minute })
    for (let at = 0; at < 7 * day; at += 10 * minute) {
      const theirs = Math.floor((at * (1 - 5e-5)) / 1000)
      await t.see(moment('10:00') + at, times(9_000_000 - theirs, 5000 + theirs))
    }
    expect(t.firings()).toEqual([])
  })

  test('a count that has run out stays at 0', async () => {
    const t = new Told(ruleFor('lock.timeRemainingSeconds changes'))
    for (let i = 0; i < 10; i++) await t.see(moment('10:00') + i * minute, times(Math.max(0, 200 - 60 * i), 5000))
    expect(firedAt(t)).toEqual([])
  })

  test('what somebody adds is a rise, what somebody takes a fall, frozen or not', async () => {
    for (const isFrozen of [false, true]) {
      for (const [words, sign] of [
        ['rises', 1],
        ['falls', -1],
      ] as const) {
        const t = new Told(ruleFor(`lock.timeRemainingSeconds ${words}`))
        for (let i = 0; i < 10; i++) {
          const ran = isFrozen ? 0 : 60 * i
          await t.see(
            moment('10:00') + i * minute,
            times(90_000 - ran + (i >= 5 ? sign * 600 : 0), 5000 + ran, isFrozen),
          )
        }
        expect(firedAt(t)).toEqual(['10:05'])
      }
    }
  })

  test('rises by 10m counts exactly ten minutes, not a second less, over hours of clock', async () => {
    for (const [added, firings] of [
      [600, ['13:20']],
      [590, []],
    ] as const) {
      const t = new Told(ruleFor('lock.timeRemainingSeconds rises by 10m'), { everyMs: 10 * minute })
      for (let i = 0; i < 30; i++) {
        await t.see(moment('10:00') + i * 10 * minute, times(90_000 - 600 * i + (i >= 20 ? added : 0), 5000 + 600 * i))
      }
      expect(firedAt(t)).toEqual(firings)
    }
  })
})

describe('exactly enough, whatever the fractions of a second', () => {
  test('an hour that somebody adds is a rise by 1h, read at any moment of the second', async () => {
    const missed: number[] = []
    for (let phase = 0; phase < 1000; phase += 50) {
      const t = new Told(ruleFor('lock.timeRemainingSeconds rises by 1h'))
      const end = moment('2026-03-03 10:00')
      for (let i = 0; i < 4; i++) {
        // Each reading at another fraction of a second; the service says whole ones.
        const at = moment('10:00') + i * minute + (i === 2 ? phase : 0)
        const left = Math.floor((end + (i >= 2 ? hour : 0) - at) / 1000)
        await t.see(at, { timeRemainingSeconds: left })
      }
      if (t.firings().length !== 1) missed.push(phase)
    }
    expect(missed).toEqual([])
  })

  test('three times twenty minutes are an hour', async () => {
    const b = new Bench(ruleFor('lock.timeRemainingSeconds rises by 1h'))
    for (let i = 0; i < 3; i++) {
      await b.until({ later: 2 * minute })
      b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + 1200 })
    }
    await b.until({ later: 2 * minute })
    expect(b.sent).toEqual(['log hello'])
  })
})

describe('blind to our own writes', () => {
  const watching = (words: string, doing: string) =>
    rulesOf(`rules:
  - { id: doing, when: tracker.locked is false, repeat: 30m, then: [{ ${doing} }] }
  - { id: r, when: ${words}, then: [{ log: seen }] }
`)
  const seen = (b: Bench) => b.sent.filter((what) => what === 'log seen').length

  test.each([
    ['lock.timeRemainingSeconds rises', 'add_time: 10m'],
    ['lock.timeRemainingSeconds changes', 'add_time: 10m'],
    ['lock.timeRemainingSeconds falls', 'remove_time: 10m'],
    ['lock.timeRemainingSeconds rises', 'apply_time: 10m'],
    ['lock.timeRemainingSeconds falls', 'apply_time: -10m'],
    ['lock.frozen becomes true', 'freeze: 2h'],
    ['lock.frozen changes', 'freeze: 2h'],
    ['lock.taskAssigned becomes true', 'task.assign: write'],
  ])('%s is not what our own %s did', async (words, doing) => {
    const b = new Bench(watching(words, doing), {
      limits: { allow: ['add_time', 'remove_time', 'freeze', 'task.assign', 'log'] },
    })
    await b.until('10:03')
    b.world.page.locked = false
    await b.until('11:30')
    expect(b.kept.rows.filter((row) => row.rule === 'doing' && row.state === 'applied').length).toBeGreaterThan(0)
    expect(seen(b)).toBe(0)
  })

  test('nor across a restart between the write and the reading after it', async () => {
    for (const words of ['lock.timeRemainingSeconds rises', 'lock.timeRemainingSeconds changes']) {
      const b = new Bench(watching(words, 'add_time: 10m'))
      await b.until('10:03')
      b.world.page.locked = false
      while (!b.states.includes('applied')) await b.until({ later: 50 })
      b.restart()
      await b.until('10:20')
      expect(b.sent).toEqual(['add_time 600'])
    }
  })

  test('nor where the answer was lost and it was done', async () => {
    const b = new Bench(watching('lock.timeRemainingSeconds rises', 'add_time: 10m'))
    await b.until('10:03')
    b.world.page.locked = false
    b.world.replies = ['timeout, but done']
    await b.until('10:20')
    expect(b.sent).toEqual(['add_time 600'])
  })

  test('somebody else’s is, before and after an own one', async () => {
    const b = new Bench(watching('lock.timeRemainingSeconds rises', 'add_time: 10m'))
    await b.until('10:03')
    b.world.page.locked = false
    await b.until('10:10')
    b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + 300 })
    await b.until('10:12')
    expect(seen(b)).toBe(1)
  })

  test('somebody else’s between the same two readings is (semantics 15: what our own writes do not explain)', async () => {
    const b = new Bench(watching('lock.timeRemainingSeconds rises by 30m', 'add_time: 10m'), {
      order: {
        polls: new Map([
          ['chastify.session', { everyMs: 30 * minute }],
          ['tracker.stats', { everyMs: minute }],
        ]),
      },
    })
    await b.until('10:03')
    b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + 3600 })
    b.world.page.locked = false
    await b.until('10:29')
    expect(b.sent).toContain('add_time 600')
    expect(seen(b)).toBe(2)
  })

  test('somebody else’s after an own write that changed nothing is, also across a restart', async () => {
    const b = new Bench(watching('lock.frozen becomes true', 'unfreeze: null'))
    await b.until('10:03')
    b.world.page.locked = false
    await b.until('10:10')
    expect(b.sent).toEqual(['unfreeze'])
    b.restart()
    b.world.set({ frozen: true })
    await b.until('10:12')
    expect(seen(b)).toBe(1)
  })

  test('rises by 1h counts what others added around an own hour, and not that', async () => {
    const b = new Bench(watching('lock.timeRemainingSeconds rises by 1h', 'add_time: 1h'))
    const others = () => b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + 1260 })
    await b.until('10:03')
    b.world.page.locked = false
    await b.until('10:08')
    others()
    await b.until('10:10')
    others()
    await b.until('10:12')
    expect(seen(b)).toBe(0)
    others()
    await b.until('10:14')
    expect(seen(b)).toBe(1)
  })
})

describe('a change that is lost', () => {
  const memory = (t: Told) => t.kept.memory[`dry-run ${lockA} r`]

  test('over another leaf that is unknown it is remembered as lost (semantics 15)', async () => {
    const t = new Told(ruleFor('[lock.taskPoints rises, lock.taskAssigned is true]'))
    await t.see(moment('10:00'), { taskPoints: 1, taskAssigned: true })
    await t.see(moment('10:01'), { taskPoints: 2, taskAssigned: null })
    expect(firedAt(t)).toEqual([])
    expect(memory(t)?.lost).toMatchObject({ at: moment('10:01'), why: 'condition unknown' })
    // It does not come again once the other is known.
    await t.see(moment('10:02'), { taskPoints: 2, taskAssigned: true })
    expect(firedAt(t)).toEqual([])
    await t.see(moment('10:03'), { taskPoints: 3, taskAssigned: true })
    expect(firedAt(t)).toEqual(['10:03'])
  })

  test('where nothing changed, an unknown leaf loses nothing', async () => {
    const t = new Told(ruleFor('[lock.taskPoints rises, lock.taskAssigned is true]'))
    await t.see(moment('10:00'), { taskPoints: 1, taskAssigned: true })
    await t.see(moment('10:01'), { taskPoints: 1, taskAssigned: null })
    await t.see(moment('10:02'), { taskPoints: null, taskAssigned: null })
    expect(memory(t)?.lost ?? null).toBeNull()
  })

  test.each([
    ['cooldown: 1h', 'cooldown'],
    ['limit: 1 per day', 'limit'],
    ['only_if: lock.frozen is true', 'only_if false'],
    ['only_if: lock.unlockable is true', 'only_if unknown'],
    ['chance: 0.0001%', 'chance'],
  ])('%s consumes it, and it is remembered', async (keys, why) => {
    const t = new Told(ruleFor('lock.taskPoints rises', keys))
    for (const [i, saw] of points(1, 2, 3, 3, 3).entries()) await t.see(moment('10:00') + i * minute, saw)
    expect(memory(t)?.lost).toMatchObject({ at: moment('10:02'), why })
    expect(firedAt(t).length).toBeLessThanOrEqual(1)
  })

  test('a cooldown does not hold it: it does not come when that is over', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises', 'cooldown: 3m'))
    for (const [i, saw] of points(1, 2, 3, 3, 3, 3, 3, 4).entries()) await t.see(moment('10:00') + i * minute, saw)
    expect(firedAt(t)).toEqual(['10:01', '10:07'])
  })

  test('a disabled rule follows along: what changed meanwhile is not news on enabling', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises', 'enabled: false'))
    await t.see(moment('10:00'), { taskPoints: 1 })
    await t.see(moment('10:01'), { taskPoints: 2 })
    t.rules = ruleFor('lock.taskPoints rises')
    await t.see(moment('10:02'), { taskPoints: 2 })
    expect(firedAt(t)).toEqual([])
    await t.see(moment('10:03'), { taskPoints: 3 })
    expect(firedAt(t)).toEqual(['10:03'])
  })

  test('what does not fit into the step waits whole (semantics 17)', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints rises, then: [{ log: a1 }, { log: a2 }, { log: a3 }] }
  - { id: r, when: lock.taskPoints rises, then: [{ log: b1 }, { log: b2 }, { log: b3 }] }
`)
    const t = new Told(rules)
    for (const [i, saw] of points(1, 2, 2, 2).entries()) await t.see(moment('10:00') + i * minute, saw)
    expect([firedAt(t, 'a'), firedAt(t).length]).toEqual([['10:01'], 1])
  })
})

describe('edits of a rule about changes', () => {
  test('another fact in the place of the old is not compared with it: without a known value it is unknown', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises'))
    await t.see(moment('10:00'), { taskPoints: 3, frozen: true })
    t.rules = ruleFor('lock.frozen becomes true')
    await t.see(moment('10:01'), { taskPoints: 3, frozen: true })
    expect(firedAt(t)).toEqual([])
  })

  test('nor a number with another number', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises'))
    await t.see(moment('10:00'), { taskPoints: 3, taskPointsRequired: 50 })
    t.rules = ruleFor('lock.taskPointsRequired rises by 10')
    await t.see(moment('10:01'), { taskPoints: 3, taskPointsRequired: 50 })
    expect(firedAt(t)).toEqual([])
  })

  test('a leaf put before it takes nothing from it', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises'))
    await t.see(moment('10:00'), { taskPoints: 3 })
    t.rules = ruleFor('[lock.frozen is false, lock.taskPoints rises]')
    await t.see(moment('10:01'), { taskPoints: 4 })
    expect(firedAt(t)).toEqual(['10:01'])
  })

  test('another then or cooldown leaves what it compares with', async () => {
    const t = new Told(ruleFor('lock.taskPoints rises by 5'))
    await t.see(moment('10:00'), { taskPoints: 0 })
    await t.see(moment('10:01'), { taskPoints: 3 })
    t.rules = rulesOf('rules: [{ id: r, when: lock.taskPoints rises by 5, cooldown: 1h, then: [{ log: other }] }]')
    await t.see(moment('10:02'), { taskPoints: 5 })
    expect(firedAt(t)).toEqual(['10:02'])
  })

  test('a rule that was away compares with what it last saw', async () => {
    const t = new Told(ruleFor('lock.taskPoints changes'))
    await t.see(moment('10:00'), { taskPoints: 3 })
    t.rules = rulesOf('rules: []')
    await t.see(moment('10:01'), { taskPoints: 4 })
    t.rules = ruleFor('lock.taskPoints changes')
    await t.see(moment('10:02'), { taskPoints: 4 })
    expect(firedAt(t)).toEqual(['10:02'])
  })
})

describe('several changes in one rule', () => {
  test.each<[string, LockData[], string[]]>([
    [
      '[lock.taskPoints rises, lock.frozen becomes true]',
      [{ taskPoints: 1 }, { taskPoints: 2 }, { taskPoints: 2, frozen: true }],
      [],
    ],
    [
      '[lock.taskPoints rises, lock.frozen becomes true]',
      [{ taskPoints: 1 }, { taskPoints: 2, frozen: true }],
      ['10:01'],
    ],
    [
      '{ any: [lock.taskPoints rises, lock.frozen becomes true] }',
      [{ taskPoints: 1 }, { taskPoints: 2 }, { taskPoints: 2, frozen: true }],
      ['10:01', '10:02'],
    ],
    [
      '{ any: [lock.taskPoints rises, lock.frozen becomes true] }',
      [{ taskPoints: 1 }, { taskPoints: 2, frozen: null }],
      ['10:01'],
    ],
    [
      '[lock.taskPoints rises, { any: [lock.frozen is true, lock.taskAssigned is true] }]',
      [{ taskPoints: 1 }, { taskPoints: 2, frozen: true }],
      ['10:01'],
    ],
    ['[lock.taskPoints rises, { not: lock.frozen is true }]', [{ taskPoints: 1 }, { taskPoints: 2 }], ['10:01']],
  ])('%s: %j', async (when, story, firings) => {
    expect(await through(ruleFor(when), story)).toEqual(firings)
  })
})

describe('where a change has no place', () => {
  const faultsOf = (text: string) =>
    compileRules([{ file: 'rules.yaml', text }], { services, zone: berlin }).faults.map(({ message }) => message)

  test.each(['changes', 'becomes 3', 'rises', 'rises by 3', 'falls', 'falls by 3'])('%s', (words) => {
    const leaf = `lock.taskPoints ${words}`
    for (const [when, keys] of [
      [leaf, 'for: 10m'],
      [leaf, 'repeat: 10m'],
      [leaf, 'at: "09:00"'],
      [`{ not: ${leaf} }`, ''],
      [`[lock.frozen is true, { not: { all: [${leaf}] } }]`, ''],
      [`{ not: { not: ${leaf} } }`, ''],
      [`{ any: [${leaf}, lock.frozen is true] }`, ''],
      [`{ any: [lock.frozen is true, { all: [${leaf}, lock.taskAssigned is true] }] }`, ''],
      ['lock.frozen is true', `only_if: ${leaf}`],
      ['lock.frozen is true', `only_if: { any: [lock.frozen is true, ${leaf}] }`],
      [`[lock.frozen is true, ${leaf}]`, 'for: 10m'],
    ] as const) {
      const text = `rules:\n  - { id: r, when: ${when}, ${keys}${keys ? ', ' : ''}then: [{ log: hello }] }\n`
      expect(faultsOf(text), text).not.toEqual([])
    }
    expect(
      faultsOf(
        `rules:\n  - { id: r, when: ${leaf}, cooldown: 1h, limit: 1 per day, chance: 50%, then: [{ log: x }] }\n`,
      ),
    ).toEqual([])
  })

  test('a file’s only_if', () => {
    expect(
      faultsOf('only_if: lock.taskPoints rises\nrules: [{ id: r, when: lock.frozen is true, then: [{ log: x }] }]'),
    ).not.toEqual([])
  })

  test.each([
    'lock.frozen rises',
    'lock.lockTitle falls by 3',
    'lock.taskPoints rises by -3',
    'lock.taskPoints becomes',
    'lock.taskPoints changes 3',
    'lock.timeRemainingSeconds rises by many',
  ])('%s is no condition', (leaf) => {
    expect(faultsOf(`rules: [{ id: r, when: ${leaf}, then: [{ log: x }] }]`)).not.toEqual([])
  })
})

test('a change that waits delayed needs its other leaves still to be true (semantics 22)', async () => {
  for (const [frozenThen, sent] of [
    [false, 2],
    [true, 1],
  ] as const) {
    const b = new Bench(
      rulesOf('rules: [{ id: r, when: [lock.taskPoints rises, lock.frozen is false], then: [{ log: hello }] }]'),
      {
        order: { polls: new Map([['chastify.session', { everyMs: 30 * second }]]) },
      },
    )
    await b.until('10:01')
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs: 60_000 }]
    await b.until('10:01:40')
    expect(clock(b.row(0).at)).toBe('10:01')
    b.world.set({ frozen: frozenThen })
    await b.until('10:04')
    expect(b.sent).toHaveLength(sent)
  }
})
