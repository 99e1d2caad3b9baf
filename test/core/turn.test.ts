import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Instant, localTime } from '../../src/core/calendar/time.ts'
import { judge } from '../../src/core/judging/judge.ts'
import { nextTrue } from '../../src/core/judging/turn.ts'
import { type Fact, type Facts, fixed, running } from '../../src/core/model/fact.ts'
import type { Condition } from '../../src/core/model/rule.ts'
import { Bench, berlin, day, hour, minute, moment, rulesOf, second } from './bench.ts'

function conditionOf(when: string): Condition {
  const rules = rulesOf(
    `tallies: { strikes: { lasts: 2h } }\nrules: [{ id: r, when: ${when}, then: [{ log: hello }] }]`,
  )
  const [rule] = rules.rules
  if (!rule?.when) throw new Error('no condition')
  return rule.when
}

const now = moment('10:00')
const facts: Record<string, Fact> = {
  'lock.timeRemainingSeconds': running(7200, -1, now),
  'lock.timeLockedSeconds': running(3000, 1, now),
  'lock.frozen': fixed(false, now),
  'lock.taskPoints': fixed(3, now),
}

function turn(when: string, more: Record<string, Fact> = {}, at = now): Instant | null {
  return nextTrue(conditionOf(when), new Map(Object.entries({ ...facts, ...more })), at, berlin)
}

const later = (ms: number) => now + ms

describe('when a condition may next be true by the clock alone', () => {
  test.each<[string, Instant | null]>([
    ['lock.timeRemainingSeconds < 1h', later(hour + second)],
    ['lock.timeRemainingSeconds <= 1h', later(hour)],
    ['lock.timeRemainingSeconds > 3h', null],
    ['lock.timeLockedSeconds >= 1h', later(10 * minute)],
    ['lock.timeLockedSeconds > 1h', later(10 * minute + second)],
    ['lock.timeLockedSeconds is 3600', later(10 * minute)],
    ['lock.timeLockedSeconds between 1h and 2h', later(10 * minute)],
    ['lock.timeLockedSeconds > lock.timeRemainingSeconds', later(2101 * second)],
    ['lock.taskPoints > 5', null],
    ['lock.frozen is true', null],
    ['tracker.lockedSeconds > 1h', null],
    ['time.clock >= 22:00', moment('22:00')],
    ['time.clock > 22:00', moment('22:00:01')],
    ['time.clock < 09:00', moment('2026-03-03 00:00')],
    ['time.clock between 22:00 and 06:00', moment('22:00')],
    ['time.clock between 08:00 and 09:00', moment('2026-03-03 08:00')],
    ['time.weekday is sat', moment('2026-03-07 00:00')],
    ['"time.weekday in [thu, fri]"', moment('2026-03-05 00:00')],
    ['time.week between fri 18:00 and sun 22:00', moment('2026-03-06 18:00')],
    ['time.week between sun 22:00 and mon 09:00', moment('2026-03-08 22:00')],
    ['time.date >= 2026-12-24', moment('2026-12-24 00:00')],
    ['time.date < 2026-01-01', null],
    ['[time.clock >= 22:00, lock.timeRemainingSeconds < 1h]', moment('22:00')],
    ['[time.clock >= 10:30, lock.taskPoints > 5]', null],
    ['{ any: [time.clock >= 22:00, lock.timeRemainingSeconds < 1h] }', later(hour + second)],
    ['{ not: lock.timeRemainingSeconds > 1h }', later(hour)],
    ['{ not: { any: [lock.timeRemainingSeconds > 1h, lock.taskPoints > 5] } }', later(hour)],
    ['lock.taskPoints rises', null],
  ])('%s', (when, expected) => {
    expect(turn(when)).toBe(expected)
  })

  test('when two counts meet, wherever on its line each of them was read', () => {
    const when = 'lock.timeLockedSeconds > lock.timeRemainingSeconds'
    const remaining = [0, 60].map((s) => running(7200 - s, -1, later(s * second + 700)))
    const locked = [0, 90].map((s) => running(3000 + s, 1, later(s * second + 300)))
    for (const left of remaining) {
      for (const right of locked) {
        const more = { 'lock.timeRemainingSeconds': left, 'lock.timeLockedSeconds': right }
        expect(turn(when, more, later(100 * second))).toBe(later(2100 * second + 1300))
      }
    }
  })

  test('in the short night, at the end of the hour that is skipped', () => {
    const at = moment('2026-03-29 01:00')
    expect(turn('time.clock >= 02:30', {}, at)).toBe(moment('2026-03-29 03:00'))
  })

  test('the end of our own freeze, of a tally’s point, of a day: it may be anything then', () => {
    const turnsAt = later(20 * minute)
    expect(turn('lock.frozen is false', { 'lock.frozen': { ...fixed(true, now), turnsAt } })).toBe(turnsAt)
    expect(turn('tally.strikes is 0', { 'tally.strikes': { ...fixed(2, now), turnsAt } })).toBe(turnsAt)
    expect(turn('{ not: tally.strikes > 1 }', { 'tally.strikes': { ...fixed(2, now), turnsAt } })).toBe(turnsAt)
    expect(turn('[tally.strikes is 0, lock.taskPoints > 5]', { 'tally.strikes': { ...fixed(2, now), turnsAt } })).toBe(
      null,
    )
  })

  test('it is never later than the truth: no moment before it is true', async () => {
    const leaf = fc.oneof(
      fc.integer({ min: 0, max: 9000 }).map((s) => `lock.timeRemainingSeconds < ${s}`),
      fc.integer({ min: 2900, max: 9000 }).map((s) => `lock.timeLockedSeconds >= ${s}`),
      fc.integer({ min: 2900, max: 9000 }).map((s) => `lock.timeLockedSeconds between ${s} and ${s + 40}`),
      fc
        .integer({ min: 600, max: 700 })
        .map((m) => `time.clock > ${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}`),
      fc.constantFrom(
        'lock.timeLockedSeconds > lock.timeRemainingSeconds',
        'lock.taskPoints > 5',
        'lock.taskPoints > 1',
      ),
    )
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((all) => `{ all: [${all.join(', ')}] }`),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((any) => `{ any: [${any.join(', ')}] }`),
        tie('node').map((not) => `{ not: ${not} }`),
      ),
    })).node
    await fc.assert(
      fc.asyncProperty(tree, async (when) => {
        const rules = rulesOf(`rules: [{ id: r, when: ${when}, then: [{ log: hello }] }]`)
        const condition = rules.rules[0]?.when
        if (!condition) throw new Error('no condition')
        const known = (at: Instant): Facts =>
          new Map(Object.entries({ ...facts, 'time.clock': fixed(localTime(at, berlin).clock, at) }))
        const truthAt = async (at: Instant) =>
          (await judge(rules, known(at), at, () => null)).get('r')?.when?.truth ?? null
        fc.pre((await truthAt(now)) === false)
        const found = nextTrue(condition, known(now), now, berlin) ?? now + 2 * hour
        const end = Math.min(found, now + 2 * hour)
        for (let at = now; at < end; at += 20 * second) expect([at - now, await truthAt(at)]).toEqual([at - now, false])
        if (end > now + second) expect(await truthAt(end - second)).toBe(false)
        if (found < now + 2 * hour) expect(await truthAt(found)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a rule about time has its reading in its moment, however seldom it is polled', () => {
  const slow = { order: { polls: new Map([['chastify.session', { everyMs: 30 * minute }] as const]) } }

  test.each<[when: string, at: string]>([
    ['time.clock between 12:07 and 12:09', '12:07'],
    ['lock.timeRemainingSeconds < 2h', '11:43:21'],
    ['lock.timeLockedSeconds >= 26h', '12:00:00'],
  ])('%s', async (when, at) => {
    const b = new Bench(rulesOf(`rules: [{ id: r, when: ${when}, then: [{ log: hello }] }]`), slow)
    b.world.set({ timeRemainingSeconds: 7200 + 6200, timeLockedSeconds: 24 * 3600 })
    const before = new Bench(rulesOf('rules: [{ id: r, when: lock.taskPoints > 100, then: [{ log: hello }] }]'), slow)
    for (const bench of [b, before]) await bench.until('16:00')
    expect(b.sent).toEqual(['log hello'])
    const late = (b.world.sent[0]?.at ?? 0) - moment(at)
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(900)
    expect(b.world.reads.length - before.world.reads.length).toBeLessThanOrEqual(2)
  })

  test('the end of our own freeze', async () => {
    const rules = rulesOf(`rules:
  - { id: cold, when: lock.taskPoints > 0, then: [{ freeze: 47m }] }
  - { id: warm, when: [lock.frozen is false, rule.cold.firedTimesThisLock > 0], then: [{ log: thawed }] }
`)
    const b = new Bench(rules, slow)
    await b.until('10:01')
    b.world.set({ taskPoints: 1 })
    await b.until('10:40')
    expect(b.sent).toEqual(['freeze 2820'])
    const end = (b.row(0).sentAt ?? 0) + 47 * minute
    await b.until({ later: end - b.now - 10 })
    b.world.set({ frozen: false })
    await b.until({ later: 5 * second })
    expect(b.sent).toEqual(['freeze 2820', 'log thawed'])
  })

  test('nothing to come by the clock: no reading more', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, when: lock.taskPoints > 5, then: [{ log: hello }] }]'), slow)
    await b.until({ later: day })
    expect(b.world.reads.length).toBeLessThanOrEqual(54)
  })
})
