import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Circumstances, limitsOf, limitsSchema, type Ruling, rule } from '../../src/core/acting/limits.ts'
import { type Fact, fixed, running, unknown } from '../../src/core/model/fact.ts'
import { noPast } from '../../src/core/model/past.ts'
import type { LedgerRow, State } from '../../src/core/model/row.ts'
import type { Effect } from '../../src/core/model/service.ts'
import { Bench, berlin, hour, lockB, minute, moment, oneRule, type Reply, rulesOf, second } from './bench.ts'
import { rowOf } from './rows.ts'

const h = 3600

const add = (seconds: number): Effect => ({
  toward: 'restricts',
  counts: 'add_time',
  seconds,
  least: 1,
  allow: 'add_time',
})
const remove = (seconds: number): Effect => ({
  toward: 'relief',
  counts: 'remove_time',
  seconds,
  least: 1,
  allow: 'remove_time',
})
const freeze = (seconds: number): Effect => ({
  toward: 'restricts',
  counts: 'freeze',
  seconds,
  least: 60,
  allow: 'freeze',
})
const task: Effect = { toward: 'restricts', counts: 'task', seconds: 0, least: 0, allow: 'task.assign' }
const game: Effect = { toward: 'restricts', counts: 'game', seconds: 0, least: 0, allow: 'tracker.game' }
const log: Effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: 'log' }
const unfreeze: Effect = { toward: 'relief', counts: null, seconds: 0, least: 0, allow: 'unfreeze' }

const device = (command: string): Effect => ({
  toward: 'restricts',
  counts: 'device',
  seconds: 0,
  least: 0,
  allow: 'device',
  command,
})
const halt: Effect = { toward: 'relief', counts: null, seconds: 0, least: 0, allow: '', command: 'all.stop' }

/** A row of this effect that was sent at a moment of day and has been applied, unless told otherwise. */
function done(effect: Effect, at: string, more: Partial<LedgerRow> = {}): LedgerRow {
  const sentAt = moment(at)
  return rowOf(effect.allow, {
    effect,
    state: 'applied',
    at: sentAt,
    due: sentAt,
    sentAt,
    endedAt: sentAt + 200,
    attempts: 1,
    ...more,
  })
}

interface Given {
  now?: string
  facts?: Record<string, Fact>
  session?: string
}

/** The ruling on an effect under written limits, after these rows. */
function ruled(effect: Effect, written: unknown, rows: readonly LedgerRow[] = [], given: Given = {}): Ruling {
  const now = moment(given.now ?? '10:30')
  const facts = given.facts ?? { 'lock.timeRemainingSeconds': running(0, -1, now) }
  const around: Circumstances = {
    limits: limitsOf([limitsSchema.parse(written)], berlin),
    rows,
    past: noPast,
    session: given.session ?? 'a',
    mode: 'live',
    facts: new Map(Object.entries(facts)),
    now,
    zone: berlin,
  }
  return rule(effect, around)
}

describe('each limit', () => {
  test.each<[string, Effect, unknown, LedgerRow[], number]>([
    ['each', add(2 * h), { add_time: { each: '30m' } }, [], 1800],
    ['per_hour', add(h), { add_time: { per_hour: '40m' } }, [done(add(600), '10:05')], 1800],
    ['per_day', add(h), { add_time: { per_day: '2h' } }, [done(add(5400), '00:05')], 1800],
    ['per_week', add(h), { add_time: { per_week: '2h', per_day: '3h' } }, [done(add(5400), '00:05')], 1800],
    ['per_lock', add(h), { add_time: { per_lock: '2h' } }, [done(add(5400), '2026-01-05 10:00')], 1800],
    ['each', remove(3 * h), { remove_time: { each: '2h' } }, [], 7200],
    ['per_day', remove(2 * h), { remove_time: { per_day: '6h' } }, [done(remove(5 * h), '08:00')], 3600],
    ['each', freeze(20 * h), { freeze: { each: '10h' } }, [], 36_000],
    ['per_day', freeze(9 * h), { freeze: { per_day: '10h' } }, [done(freeze(5 * h), '01:00')], 18_000],
    ['per_lock', freeze(9 * h), { freeze: { per_lock: '7d' } }, [done(freeze(596_160), '2026-02-20 01:00')], 8640],
  ])('%s clamps what is over it, and says so', (limit, effect, written, rows, seconds) => {
    const ruling = ruled(effect, written, rows)
    expect(ruling).toMatchObject({ seconds, note: expect.stringContaining(`limits.${effect.counts}.${limit} is`) })
  })

  test.each<[string, Effect, unknown, LedgerRow[]]>([
    ['add_time.per_hour', add(h), { add_time: { per_hour: '10m' } }, [done(add(600), '10:05')]],
    ['add_time.per_day', add(h), {}, [done(add(3 * h), '00:05')]],
    ['add_time.per_week', add(h), { add_time: { per_week: '1h' } }, [done(add(h), '00:05')]],
    ['add_time.per_lock', add(h), {}, [done(add(3 * 24 * h), '2026-01-05 10:00')]],
    ['remove_time.per_day', remove(h), {}, [done(remove(6 * h), '01:00')]],
    ['freeze.per_day', freeze(h), { freeze: { per_day: '59s' } }, []],
    ['freeze.times_per_day', freeze(h), {}, ['01:00', '02:00', '03:00'].map((at) => done(freeze(60), at))],
    ['task.times_per_day', task, { task: { times_per_day: 1 } }, [done(task, '00:10')]],
    ['task.times_per_hour', task, { task: { times_per_hour: 1 } }, [done(task, '10:10')]],
    ['task.times_per_week', task, { task: { times_per_week: 1 } }, [done(task, '00:10')]],
    ['task.times_per_lock', task, { task: { times_per_lock: 1 } }, [done(task, '2026-01-05 10:00')]],
    ['game.times_per_day', game, { game: { times_per_day: 1 } }, [done(game, '00:10')]],
    ['game.times_per_day', game, { game: { times_per_day: 0 } }, []],
    ['actions.per_hour', log, { actions: { per_hour: 2 } }, [done(log, '10:01'), done(unfreeze, '10:02')]],
    ['allow', add(h), { allow: ['log'] }, []],
    ['allow', log, { allow: [] }, []],
    ['ends', add(h), { ends: '2026-03-02 10:30' }, []],
  ])('limits.%s refuses, by name', (limit, effect, written, rows) => {
    expect(ruled(effect, written, rows)).toMatchObject({ refused: expect.stringContaining(`limits.${limit}`) })
  })

  test('exactly what is left is granted without a word', () => {
    expect(ruled(add(h), { add_time: { per_day: '2h' } }, [done(add(h), '01:00')])).toEqual({ seconds: h, note: '' })
    expect(ruled(task, { task: { times_per_day: 2 } }, [done(task, '01:00')])).toEqual({ seconds: 0, note: '' })
  })

  test('the tightest of several clamps', () => {
    const written = { add_time: { each: '50m', per_hour: '20m', per_day: '30m' } }
    expect(ruled(add(h), written)).toMatchObject({ seconds: 1200, note: expect.stringContaining('per_hour') })
  })

  test('ends holds back what restricts, from that moment, and nothing else', () => {
    const written = { ends: '2026-03-02 10:30' }
    expect(ruled(add(60), written, [], { now: '10:29:59' })).toEqual({ seconds: 60, note: '' })
    expect(ruled(add(60), written, [], { now: '10:30' })).toMatchObject({ held: true })
    expect(ruled(remove(60), written)).toEqual({ seconds: 60, note: '' })
    expect(ruled(log, written)).toEqual({ seconds: 0, note: '' })
  })

  test('relief is never refused by actions', () => {
    const rows = [done(log, '10:01'), done(log, '10:02')]
    expect(ruled(unfreeze, { actions: { per_hour: 1 } }, rows)).toEqual({ seconds: 0, note: '' })
    expect(ruled(remove(60), { actions: { per_hour: 1 } }, rows)).toEqual({ seconds: 60, note: '' })
  })

  test('removing buys nothing back', () => {
    const rows = [done(add(3 * h), '01:00'), done(remove(3 * h), '02:00')]
    expect(ruled(add(h), {}, rows)).toHaveProperty('refused')
  })

  test.each<[State, boolean]>([
    ['planned', true],
    ['sending', true],
    ['not-applied', true],
    ['not-sent', true],
    ['unknown', true],
    ['unsettled', true],
    ['applied', true],
    ['rejected', false],
    ['refused', false],
    ['cancelled', false],
    ['expired', false],
  ])('a row that is %s counts: %s', (state, counts) => {
    const ruling = ruled(task, { task: { times_per_day: 1 } }, [done(task, '01:00', { state })])
    expect('refused' in ruling).toBe(counts)
  })

  test('a clamped row counts at its clamped size', () => {
    expect(ruled(add(h), { add_time: { per_day: '2h' } }, [done(add(1200), '01:00')])).toEqual({ seconds: h, note: '' })
  })
})

describe('devices', () => {
  const start = device('vibration.start')
  const agreed = { allow: ['device'], device: { commands: ['vibration.start'] } }

  test('what is agreed is granted, for as long as one may go on', () => {
    expect(ruled(start, agreed)).toEqual({ seconds: 5, note: '' })
    const given = { ...agreed, device: { commands: ['vibration.start'], each: '20s' } }
    expect(ruled(start, given)).toEqual({ seconds: 20, note: '' })
    expect(ruled(start, { ...agreed, device: { ...given.device, each: 'unlimited' } })).toEqual({
      seconds: 0,
      note: '',
    })
  })

  test.each<[string, Effect, unknown, LedgerRow[]]>([
    ['allow', start, { ...agreed, allow: ['log'] }, []],
    ['allow', start, {}, []],
    ['device.commands', start, { allow: ['device'] }, []],
    ['device.commands', device('shock.start'), agreed, []],
    ['device.commands', device('shock.random.set'), agreed, []],
    [
      'device.times_per_hour',
      start,
      agreed,
      ['10:01', '10:02', '10:03', '10:04'].map((at) =>
        done(start, at, { state: at === '10:01' ? 'unsettled' : 'applied' }),
      ),
    ],
    [
      'device.times_per_day',
      start,
      { ...agreed, device: { ...agreed.device, times_per_day: 1 } },
      [done(device('shock.start'), '08:30')],
    ],
    ['actions.per_hour', start, { ...agreed, actions: { per_hour: 1 } }, [done(log, '10:01')]],
    ['ends', start, { ...agreed, ends: '2026-03-02 10:30' }, []],
  ])('limits.%s refuses, by name', (limit, effect, written, rows) => {
    expect(ruled(effect, written, rows)).toMatchObject({ refused: expect.stringContaining(`limits.${limit}`) })
  })

  test('the stops count nowhere, and nothing refuses one', () => {
    const rows = ['10:01', '10:02', '10:03', '10:04'].map((at) => done(halt, at))
    expect(ruled(start, { ...agreed, actions: { per_hour: 1 } }, rows)).toEqual({ seconds: 5, note: '' })
    const harsh = { allow: [], device: { commands: [], quiet: '00:00-24:00', times_per_hour: 0 }, ends: '2020-01-01' }
    expect(ruled(halt, { ...harsh, actions: { per_hour: 0 } }, [done(start, '10:20')])).toEqual({
      seconds: 0,
      note: '',
    })
  })

  test.each<[quiet: string, now: string, refused: boolean]>([
    ['22:00-08:00', '21:59:59', false],
    ['22:00-08:00', '22:00', true],
    ['22:00-08:00', '23:59:59', true],
    ['22:00-08:00', '2026-03-03 00:00', true],
    ['22:00-08:00', '07:59:59', true],
    ['22:00-08:00', '08:00', false],
    ['12:00-14:00', '11:59:59', false],
    ['12:00-14:00', '12:00', true],
    ['12:00-14:00', '13:59:59', true],
    ['12:00-14:00', '14:00', false],
    ['00:00-24:00', '00:00', true],
    ['00:00-24:00', '23:59:59', true],
    ['22:00-00:00', '23:59:59', true],
    ['22:00-00:00', '00:00', false],
    ['24:00-08:00', '00:00', true],
    ['24:00-08:00', '23:59:59', false],
    // At 02:00 the clocks of 29 March go on to 03:00.
    ['22:00-02:30', '2026-03-29 01:59:59', true],
    ['22:00-02:30', '2026-03-29 03:00', false],
    ['02:15-03:15', '2026-03-29 01:59:59', false],
    ['02:15-03:15', '2026-03-29 03:00', true],
    ['22:00-08:00', '2026-03-29 07:59:59', true],
    ['22:00-08:00', '2026-03-29 08:00', false],
    // In the winter before it that is an hour later by the sun.
    ['22:00-08:00', '2026-03-28 08:00', false],
  ])('quiet %s at %s: refused is %s', (quiet, now, refused) => {
    const ruling = ruled(start, { ...agreed, device: { ...agreed.device, quiet } }, [], { now })
    if (refused) expect(ruling).toEqual({ refused: `limits.device.quiet is ${quiet}` })
    else expect(ruling).toEqual({ seconds: 5, note: '' })
  })

  test.each([
    ['the first 02:20', '2026-10-25T00:20:00Z', true],
    ['the first 02:40', '2026-10-25T00:40:00Z', false],
    ['the second 02:20', '2026-10-25T01:20:00Z', true],
    ['the second 02:40', '2026-10-25T01:40:00Z', false],
  ])('of the doubled hour both are quiet: %s', (_, now, refused) => {
    const limits = limitsOf(
      [limitsSchema.parse({ ...agreed, device: { ...agreed.device, quiet: '22:00-02:30' } })],
      berlin,
    )
    const around = {
      limits,
      rows: [],
      past: noPast,
      session: 'a',
      mode: 'live' as const,
      facts: new Map(),
      zone: berlin,
    }
    expect('refused' in rule(start, { ...around, now: Date.parse(now) })).toBe(refused)
  })

  test('quiet hours may be taken away, but not by leaving none over', () => {
    const late = { now: '23:00' }
    expect(ruled(start, { ...agreed, device: { ...agreed.device, quiet: 'unlimited' } }, [], late)).toHaveProperty(
      'seconds',
    )
    expect(ruled(start, agreed, [], late)).toHaveProperty('refused')
    for (const quiet of ['22:00-22:00', '22:00', '25:00-08:00', '22-8']) {
      expect(limitsSchema.safeParse({ device: { quiet } }).success).toBe(false)
    }
  })

  test('unlimited still needs the commands by name, and keeps the quiet hours', () => {
    const limits = limitsOf([limitsSchema.parse(agreed), limitsSchema.parse({ device: 'unlimited' })], berlin).device
    expect(limits).toMatchObject({ each: null, times_per_hour: null, commands: ['vibration.start'] })
    expect(limits.quiet).toEqual({ from: 22 * h, to: 8 * h })
  })
})

describe('whose rows count', () => {
  const written = { task: { times_per_lock: 1 }, game: { times_per_day: 1 } }
  test('those of this lock session, but games of every one', () => {
    expect(ruled(task, written, [done(task, '09:00', { session: 'b' })])).toEqual({ seconds: 0, note: '' })
    expect(ruled(game, written, [done(game, '09:00', { session: 'b' })])).toHaveProperty('refused')
    expect(ruled(add(h), {}, [done(add(3 * h), '09:00', { session: 'b' })])).toEqual({ seconds: h, note: '' })
  })
  test('on one lock, games of that lock alone', () => {
    const once = { game: { times_per_lock: 1, times_per_day: 'unlimited' } }
    expect(ruled(game, once, [done(game, '09:00', { session: 'b' })])).toEqual({ seconds: 0, note: '' })
    expect(ruled(game, once, [done(game, '09:00')])).toHaveProperty('refused')
  })
  test('what is still planned counts at what it can be clamped to', () => {
    const waits = { state: 'planned', sentAt: null, endedAt: null } as const
    const rows = [done(add(5 * h), '10:20', waits)]
    expect(ruled(add(h), { add_time: { each: '1h', per_day: '2h' } }, rows)).toEqual({ seconds: h, note: '' })
    const now = moment('10:30')
    const facts = { 'lock.timeRemainingSeconds': running(8 * h, -1, now) }
    const written = { add_time: { each: '1h', per_day: 'unlimited' }, remaining: '10h' }
    expect(ruled(add(h), written, rows, { facts })).toEqual({ seconds: h, note: '' })
  })
  test('those of this mode', () => {
    expect(ruled(game, written, [done(game, '09:00', { mode: 'dry-run', state: 'dry-run' })])).toEqual({
      seconds: 0,
      note: '',
    })
  })
})

describe('periods are those of the calendar in Berlin', () => {
  test.each<[string, string, string, 'hour' | 'day' | 'week', boolean]>([
    ['the last minute of the hour', '10:59', '11:00', 'hour', false],
    ['the first of the hour', '11:00', '11:59', 'hour', true],
    ['an hour before midnight', '23:30', '2026-03-03 00:10', 'day', false],
    ['just before midnight', '23:59:59', '2026-03-03 00:00', 'day', false],
    ['just after midnight', '2026-03-03 00:00', '2026-03-03 23:59', 'day', true],
    ['the day of 23 hours', '2026-03-29 00:01', '2026-03-29 23:59', 'day', true],
    ['the day before it', '2026-03-28 23:59', '2026-03-29 00:01', 'day', false],
    ['the day after it', '2026-03-29 23:59', '2026-03-30 00:01', 'day', false],
    ['the day of 25 hours', '2026-10-25 00:01', '2026-10-25 23:59', 'day', true],
    ['the day after that', '2026-10-25 23:59', '2026-10-26 00:00', 'day', false],
    ['Sunday and Monday', '2026-03-08 23:59', '2026-03-09 00:00', 'week', false],
    ['Monday and Sunday', '2026-03-02 00:00', '2026-03-08 23:59', 'week', true],
    ['a week with the change of clocks', '2026-03-23 00:00', '2026-03-29 23:59', 'week', true],
  ])('%s', (_, sent, now, unit, counts) => {
    const ruling = ruled(task, { task: { times_per_day: 'unlimited', [`times_per_${unit}`]: 1 } }, [done(task, sent)], {
      now,
    })
    expect('refused' in ruling).toBe(counts)
    const sized = ruled(add(600), { add_time: { per_day: '1h', [`per_${unit}`]: '10m' } }, [done(add(600), sent)], {
      now,
    })
    expect('refused' in sized).toBe(counts)
  })

  test('of the doubled hour each counts by itself', () => {
    const first = Date.parse('2026-10-25T00:30:00Z')
    const rows = [done(task, '01:00', { sentAt: first, at: first })]
    const around = (now: string) => ({
      limits: limitsOf([{ task: { times_per_hour: 1 } }], berlin),
      rows,
      past: noPast,
      session: 'a',
      mode: 'live' as const,
      facts: new Map(),
      now: Date.parse(now),
      zone: berlin,
    })
    expect(rule(task, around('2026-10-25T00:50:00Z'))).toHaveProperty('refused')
    expect(rule(task, around('2026-10-25T01:10:00Z'))).not.toHaveProperty('refused')
  })

  test('a row counts on the day of its last sending, not of its planning', () => {
    const row = done(task, '2026-03-03 00:01', { at: moment('23:58') })
    expect(ruled(task, { task: { times_per_day: 1 } }, [row], { now: '2026-03-03 12:00' })).toHaveProperty('refused')
    const planned = done(task, '23:58', { state: 'planned', sentAt: null, endedAt: null })
    expect(ruled(task, { task: { times_per_day: 1 } }, [planned], { now: '2026-03-03 12:00' })).not.toHaveProperty(
      'refused',
    )
  })
})

describe('what is written', () => {
  test('unlimited is without a bound, and what is left out keeps its default', () => {
    const limits = limitsOf(
      [
        limitsSchema.parse({
          add_time: 'unlimited',
          freeze: { each: 'unlimited' },
          actions: { per_hour: 'unlimited' },
        }),
      ],
      berlin,
    )
    expect(Object.values(limits.add_time).every((bound) => bound === null)).toBe(true)
    expect(limits.freeze).toMatchObject({ each: null, per_day: 36_000, per_lock: 604_800, times_per_day: 3 })
    expect(limits.actions).toEqual({ per_step: 5, per_hour: null })
    expect(limits.remaining).toBe(30 * 24 * h)
  })

  test('the defaults are those of the book', () => {
    expect(limitsOf([], berlin)).toMatchObject({
      ends: null,
      allow: ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'log', 'notify', 'tracker.game'],
      add_time: { each: h, per_day: 3 * h, per_lock: 72 * h, per_hour: null, per_week: null },
      remove_time: { each: 2 * h, per_day: 6 * h, per_lock: null },
      freeze: { each: 10 * h, per_day: 10 * h, per_lock: 168 * h, times_per_day: 3 },
      remaining: 720 * h,
      task: { times_per_day: 5 },
      game: { times_per_day: 3 },
      actions: { per_step: 5, per_hour: 20 },
    })
  })

  test('the section of a lock goes before the one for all, key by key', () => {
    const all = limitsSchema.parse({
      add_time: { each: '10m', per_day: '20m' },
      remaining: '1d',
      task: { times_per_day: 1 },
    })
    const one = limitsSchema.parse({ add_time: { each: '30m' }, task: 'unlimited' })
    expect(limitsOf([all, one], berlin)).toMatchObject({
      add_time: { each: 1800, per_day: 1200, per_lock: 72 * h },
      remaining: 24 * h,
      task: { times_per_day: null },
    })
  })

  test('ends is a moment of the configured zone', () => {
    expect(limitsOf([{ ends: '2026-07-01 12:00' }], berlin).ends).toBe(Date.parse('2026-07-01T10:00:00Z'))
  })
})

describe('remaining', () => {
  const now = moment('10:30')
  const facts = (remaining: number | null, most: number | null = null): Record<string, Fact> => ({
    'lock.timeRemainingSeconds': remaining === null ? unknown('null', now) : running(remaining, -1, now),
    'lock.maxTimeRemainingSeconds': fixed(most, now),
  })
  const written = { remaining: '10h' }

  test.each<[string, Record<string, Fact>, LedgerRow[], Partial<Ruling>]>([
    ['room enough', facts(8 * h), [], { seconds: h, note: '' }],
    ['up to the ceiling', facts(9.5 * h), [], { seconds: 1800 }],
    ['none left', facts(10 * h), [], { refused: expect.stringContaining('limits.remaining is 10 h') }],
    ['beyond it already', facts(11 * h), [], { refused: expect.stringContaining('limits.remaining') }],
    [
      'the lock’s own maximum is nearer',
      facts(8 * h, 8.25 * h),
      [],
      { seconds: 900, note: expect.stringContaining('own maximum') },
    ],
    ['the lock’s own maximum is further', facts(9.5 * h, 20 * h), [], { seconds: 1800 }],
    [
      'what is planned before it counts as if it were there',
      facts(9 * h),
      [done(add(1800), '10:29', { state: 'planned', sentAt: null, endedAt: null })],
      { seconds: 1800 },
    ],
    [
      'what was not sent yet counts just so',
      facts(9 * h),
      [done(add(1800), '10:29', { state: 'not-sent' })],
      { seconds: 1800 },
    ],
    [
      'what did not arrive and will be sent once more counts just so',
      facts(9 * h),
      [done(add(1800), '10:29', { state: 'not-applied', lost: 1 })],
      { seconds: 1800 },
    ],
    [
      'a freeze that did not arrive will take all of its length',
      facts(7 * h),
      [done(freeze(3 * h), '08:30', { state: 'not-applied', lost: 1 })],
      { refused: expect.stringContaining('limits.remaining') },
    ],
    [
      'what did not arrive and is over counts no more',
      facts(9 * h),
      [done(add(1800), '10:29', { state: 'not-applied', lost: 2 })],
      { seconds: h, note: '' },
    ],
    [
      'of a freeze that was taken back nothing is left',
      { ...facts(7 * h), 'lock.frozen': fixed(false, now) },
      [done(freeze(3 * h), '10:00')],
      { seconds: h, note: '' },
    ],
    [
      'a freeze that may have arrived is not taken back by a reading from before it',
      { ...facts(7 * h), 'lock.frozen': unknown('fenced', now) },
      [done(freeze(3 * h), '10:00', { state: 'unknown' })],
      { seconds: 1800 },
    ],
    ['what was applied is in the reading', facts(9 * h), [done(add(1800), '10:29')], { seconds: h, note: '' }],
    ['a freeze counts by what is left of it', facts(7 * h), [done(freeze(3 * h), '10:00')], { seconds: 1800 }],
    ['a freeze that is over counts no more', facts(9 * h), [done(freeze(h), '09:00')], { seconds: h, note: '' }],
    [
      'a freeze that was rejected never counted',
      facts(9 * h),
      [done(freeze(h), '10:29', { state: 'rejected' })],
      { seconds: h, note: '' },
    ],
    ['unknown refuses', facts(null), [], { refused: expect.stringContaining('unknown') }],
  ])('%s', (_, given, rows, ruling) => {
    expect(ruled(add(h), written, rows, { facts: given })).toMatchObject(ruling)
  })

  test('a freeze is held against it by its length', () => {
    expect(ruled(freeze(3 * h), written, [], { facts: facts(8 * h) })).toMatchObject({ seconds: 2 * h })
    expect(ruled(freeze(3 * h), written, [], { facts: facts(9.99 * h) })).toHaveProperty('refused')
  })

  test.each(['stale', 'fenced'] as const)('%s is waited for', (why) => {
    const given = { 'lock.timeRemainingSeconds': unknown(why, now), 'lock.maxTimeRemainingSeconds': unknown(why, now) }
    expect(ruled(add(60), written, [], { facts: given })).toEqual({ waitsFor: 'lock' })
  })

  test('with no agreed ceiling the lock’s own still holds, and is waited for where it is stale', () => {
    expect(ruled(add(h), { remaining: 'unlimited' }, [], { facts: facts(8 * h, 8.5 * h) })).toMatchObject({
      seconds: 1800,
    })
    const given = {
      'lock.timeRemainingSeconds': unknown('stale', now),
      'lock.maxTimeRemainingSeconds': unknown('stale', now),
    }
    expect(ruled(add(h), { remaining: 'unlimited' }, [], { facts: given })).toEqual({ waitsFor: 'lock' })
  })

  test('removing needs no room', () => {
    expect(ruled(remove(h), written, [], { facts: facts(null) })).toEqual({ seconds: h, note: '' })
  })

  test('in a dry run, time added yesterday or a freeze long over takes no room', async () => {
    const rules = oneRule('[{ freeze: 1h }]')
    const b = new Bench(rules, { order: { mode: 'dry-run' }, limits: limitsSchema.parse({ remaining: '3h' }) })
    b.order = { ...b.order, polls: new Map([['chastify.session', { everyMs: 5 * minute }]]) }
    for (let at = 0; at < 4; at++) {
      b.world.set({ taskPoints: 1, timeRemainingSeconds: 1.5 * h })
      await b.until({ later: 10 * minute })
      b.world.set({ taskPoints: 0 })
      await b.until({ later: 24 * hour })
    }
    expect(b.states).toEqual(['dry-run', 'dry-run', 'dry-run', 'dry-run'])
    expect(b.kept.rows.map(({ effect }) => effect.seconds)).toEqual([h, h, h, h])
  })
})

describe('through the whole step', () => {
  test('what is clamped is sent clamped, is no failure, and says so', async () => {
    const b = new Bench(oneRule('[{ add_time: 2h }, { log: "{{ did }}" }]'))
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.sent).toEqual(['add_time 3600', 'log added 1 h'])
    expect(b.row(0)).toMatchObject({ state: 'applied', note: 'clamped from 2 h: limits.add_time.each is 1 h' })
  })

  test('what is refused is a failure, and cancels the rest', async () => {
    const b = new Bench(oneRule('[{ add_time: 2h }, { log: more }]'), { limits: { allow: ['log'] } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.states).toEqual(['refused', 'cancelled'])
  })

  test('what ends holds back is no failure: later items are judged by themselves', async () => {
    const b = new Bench(oneRule('[{ add_time: 1h }, { log: more }]'), { limits: { ends: '2026-03-02 09:00' } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.states).toEqual(['refused', 'applied'])
  })

  describe('a list that is longer than limits.actions.per_step, lowered since', () => {
    const three = '[{ log: a }, { log: b }, { log: c }]'
    const limits = limitsSchema.parse({ actions: { per_step: 2 } })
    const why = (b: Bench) => b.passing.decisions.map((one) => (one.fires ? 'fires' : `${one.why}: ${one.detail}`))

    test('is held, by name, without asking the service again and again', async () => {
      const b = new Bench(oneRule(three), { limits })
      b.world.set({ taskPoints: 1 })
      await b.until('10:10')
      expect(b.kept.rows).toEqual([])
      expect(why(b)).toEqual(['over limits.actions.per_step: it is 2'])
      expect(b.world.reads.length).toBeLessThan(30)
      b.order = { ...b.order, limits: limitsOf([], berlin) }
      await b.until('10:12')
      expect(b.sent).toEqual(['log a', 'log b', 'log c'])
    })

    test('does not hold up others', async () => {
      const rules = rulesOf(
        `rules:\n  - { id: long, when: lock.taskPoints > 0, then: ${three} }\n` +
          '  - { id: short, when: lock.taskPoints > 0, then: [{ log: x }, { log: y }] }\n',
      )
      const b = new Bench(rules, { limits })
      b.world.set({ taskPoints: 1 })
      await b.until('10:02')
      expect(b.sent).toEqual(['log x', 'log y'])
    })

    test('loses a change', async () => {
      const rules = rulesOf(`rules:\n  - { id: r, when: lock.taskPoints rises, then: ${three} }\n`)
      const b = new Bench(rules, { limits })
      await b.until('10:02')
      b.world.set({ taskPoints: 1 })
      await b.until('10:04')
      b.order = { ...b.order, limits: limitsOf([], berlin) }
      await b.until('10:06')
      expect(b.sent).toEqual([])
      b.world.set({ taskPoints: 2 })
      await b.until('10:08')
      expect(b.sent).toEqual(['log a', 'log b', 'log c'])
    })

    test('waits with a moment for as long as its grace lasts', async () => {
      const rules = rulesOf(`rules:\n  - { id: r, at: "10:02", grace: 10m, then: ${three} }\n`)
      for (const [raised, sent] of [
        ['10:08', 3],
        ['10:20', 0],
      ] as const) {
        const b = new Bench(rules, { limits })
        await b.until(raised)
        expect(b.sent).toEqual([])
        b.order = { ...b.order, limits: limitsOf([], berlin) }
        await b.until('10:30')
        expect(b.sent).toHaveLength(sent)
      }
    })
  })

  test('a positive apply_time is added time, a negative one removed time', async () => {
    const limits = limitsSchema.parse({ add_time: { each: '5m' }, remove_time: { each: '2m' } })
    const b = new Bench(oneRule('[{ apply_time: 10m }, { apply_time: -10m }]'), { limits })
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.sent).toEqual(['apply_time 300', 'apply_time -120'])
  })

  test('a game on one lock counts on the next, time on it does not', async () => {
    const limits = limitsSchema.parse({ game: { times_per_day: 1 }, add_time: { per_day: '10m' } })
    const b = new Bench(oneRule('[{ add_time: 10m }, { tracker.game: dice }]'), { limits })
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    b.world.set({ id: lockB })
    await b.until('10:10')
    expect(b.states).toEqual(['applied', 'applied', 'applied', 'refused'])
  })

  const amounts = rulesOf(`rules:
  - { id: a, when: 'lock.taskPoints in [1, 3, 5]', then: [{ add_time: 25m }, { log: a }] }
  - { id: b, when: 'lock.taskPoints in [2, 3, 4]', then: [{ apply_time: 7m }, { freeze: 40m }] }
  - { id: c, when: 'lock.taskPoints in [4, 5]', then: [{ freeze: 3h }, { add_time: 11m }] }
  - { id: d, when: tracker.locked is false, then: [{ tracker.game: dice }, { add_time: 3m }] }
`)
  const agreed = limitsSchema.parse({
    add_time: { each: '20m', per_hour: '30m', per_day: '50m', per_week: '80m', per_lock: '2h', times_per_day: 4 },
    freeze: { each: '1h', per_day: '90m', per_lock: '4h', times_per_day: 2 },
    game: { times_per_day: 2 },
    remaining: '24h30m',
    actions: { per_hour: 6 },
  })
  const part = (at: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: berlin, ...options }).format(at)
  const dayOf = (at: number) => part(at, { dateStyle: 'short' })
  const hourOf = (at: number) => `${dayOf(at)} ${part(at, { hour: '2-digit', timeZoneName: 'short' })}`

  /** Sums of what was or may have been done, by a name for the period each row falls into. */
  function sums(rows: readonly LedgerRow[], counts: Effect['counts'], period: (row: LedgerRow, at: number) => string) {
    const found = new Map<string, { seconds: number; times: number }>()
    for (const row of rows) {
      if (row.effect.counts !== counts || !['sending', 'applied', 'unsettled', 'not-sent'].includes(row.state)) continue
      const name = period(row, row.sentAt ?? row.at)
      const sum = found.get(name) ?? { seconds: 0, times: 0 }
      found.set(name, { seconds: sum.seconds + row.effect.seconds, times: sum.times + 1 })
    }
    const all = [...found.values()]
    return {
      seconds: Math.max(0, ...all.map(({ seconds }) => seconds)),
      times: Math.max(0, ...all.map(({ times }) => times)),
    }
  }

  test('whatever rules and services do, no sum of a period is ever beyond its limit', async () => {
    const happening = fc.record({
      taskPoints: fc.integer({ min: 0, max: 5 }),
      locked: fc.boolean(),
      frozen: fc.boolean(),
      id: fc.constantFrom('a'.repeat(24), 'a'.repeat(24), lockB),
      replies: fc.array(
        fc.constantFrom<Reply[]>('ok', 'ok', 'timeout', 'timeout, but done', 'refused connection', {
          trouble: 'conflict',
        }),
        { maxLength: 4 },
      ),
      laterMs: fc.oneof(fc.integer({ min: second, max: 15 * minute }), fc.integer({ min: minute, max: 9 * hour })),
      restart: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 25 }), async (story) => {
        const polls = new Map([
          ['chastify.session', { everyMs: 10 * minute }],
          ['tracker.stats', { everyMs: 10 * minute }],
        ] as const)
        // Over the Sunday on which the clocks change.
        const b = new Bench(amounts, { start: '2026-03-28 20:00', limits: agreed, order: { polls } })
        const answer = b.world.answer.bind(b.world)
        b.world.answer = (request, now) => {
          const answered = answer(request, now)
          if (request.method === 'POST' && b.sent.at(-1)?.match(/add_time|apply_time/)) {
            expect(b.world.lock?.timeRemainingSeconds ?? 0).toBeLessThanOrEqual(24.5 * h)
          }
          return answered
        }
        for (const it of story) {
          b.world.set({ taskPoints: it.taskPoints, id: it.id, frozen: it.frozen })
          b.world.page.locked = it.locked
          b.world.replies = [...it.replies]
          if (it.restart) b.restart(`run-${b.steps}`)
          await b.until({ later: it.laterMs })
        }
        const { rows } = b.kept
        const hourly = sums(rows, 'add_time', (row, at) => `${row.session} ${hourOf(at)}`)
        const daily = sums(rows, 'add_time', (row, at) => `${row.session} ${dayOf(at)}`)
        const whole = sums(rows, 'add_time', (row) => row.session)
        expect(hourly.seconds).toBeLessThanOrEqual(1800)
        expect(daily.seconds).toBeLessThanOrEqual(3000)
        expect(daily.times).toBeLessThanOrEqual(4)
        expect(whole.seconds).toBeLessThanOrEqual(7200)
        const freezes = sums(rows, 'freeze', (row, at) => `${row.session} ${dayOf(at)}`)
        expect(freezes.seconds).toBeLessThanOrEqual(5400)
        expect(freezes.times).toBeLessThanOrEqual(2)
        expect(sums(rows, 'game', (_, at) => dayOf(at)).times).toBeLessThanOrEqual(2)
        for (const row of rows)
          if (row.effect.counts === 'add_time' && row.sentAt) expect(row.effect.seconds).toBeLessThanOrEqual(1200)
      }),
      { numRuns: 40 },
    )
  })
})

test('what is allowed is so once, however often it is written', () => {
  expect(limitsOf([{ allow: ['log', 'add_time', 'log'] }], 'UTC').allow).toEqual(['log', 'add_time'])
})
