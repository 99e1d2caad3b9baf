import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitsOf, rule } from '../../src/core/acting/limits.ts'
import { type Used, usedOf } from '../../src/core/acting/used.ts'
import { startOf } from '../../src/core/calendar/time.ts'
import { noPast } from '../../src/core/model/past.ts'
import type { LedgerRow, State } from '../../src/core/model/row.ts'
import type { Effect } from '../../src/core/model/service.ts'
import { berlin, day, hour, minute, moment } from './bench.ts'
import { rowOf } from './rows.ts'

const now = moment('10:30')
const limits = limitsOf([{ add_time: { per_hour: 7200 } }], berlin)
const adding = (seconds: number): Effect => ({
  toward: 'restricts',
  counts: 'add_time',
  seconds,
  least: 1,
  allow: 'add_time',
})
const added = (seconds: number, at: number, more: Partial<LedgerRow> = {}) =>
  rowOf('add_time', { effect: adding(seconds), at, sentAt: at, state: 'applied', occurrence: `e${at}`, ...more })
const used = (rows: readonly LedgerRow[]) =>
  usedOf({ limits, rows, past: noPast, session: 'a', mode: 'live', now, zone: berlin })
const of = (all: readonly Used[], limit: string, per: string, unit = 'seconds') =>
  all.find((one) => one.limit === limit && one.per === per && one.unit === unit)

test('every limit over a period is told, used or not', () => {
  const names = used([]).map(({ limit, per, unit, used: none }) => `${limit} ${per} ${unit} ${none}`)
  expect(names).toEqual([
    'add_time hour seconds 0',
    'add_time day seconds 0',
    'add_time lock seconds 0',
    'remove_time day seconds 0',
    'freeze day seconds 0',
    'freeze day times 0',
    'freeze lock seconds 0',
    'task day times 0',
    'game day times 0',
    'device hour times 0',
    'actions hour times 0',
  ])
})

test('by hour, day and lock; what is another lock’s, another mode’s or did not happen is left out', () => {
  const all = used([
    added(600, now - minute),
    added(1200, now - 2 * hour),
    added(1800, now - day),
    added(3600, now - minute, { session: 'b' }),
    added(3600, now - minute, { mode: 'dry-run' }),
    added(3600, now - minute, { state: 'refused' }),
    added(60, now - minute, { state: 'unsettled' }),
  ])
  expect(of(all, 'add_time', 'hour')).toMatchObject({ used: 660, of: 7200 })
  expect(of(all, 'add_time', 'day')).toMatchObject({ used: 1860, of: 10_800 })
  expect(of(all, 'add_time', 'lock')).toMatchObject({ used: 3660, of: 259_200 })
  expect(of(all, 'actions', 'hour', 'times')).toMatchObject({ used: 2, of: 20 })
})

const states: readonly State[] = ['planned', 'sending', 'applied', 'refused', 'unsettled', 'rejected', 'not-applied']

describe('what is said to be left', () => {
  test('is what the limits grant', () => {
    const row = fc
      .record({ seconds: fc.integer({ min: 1, max: 4000 }), ago: fc.integer({ min: 0, max: 3 * day }) })
      .chain(({ seconds, ago }) =>
        fc.constantFrom(...states).map((state) => added(seconds, now - ago, { state, resend: false })),
      )
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const unlimited = { ...limits, remaining: null, actions: { per_step: null, per_hour: null } }
        const whose = { past: noPast, session: 'a', mode: 'live' as const }
        const asked = { limits: unlimited, ...whose, facts: new Map(), now, zone: berlin }
        const ruled = rule(adding(1_000_000), { ...asked, rows })
        const left = usedOf({ ...asked, rows })
          .filter(({ limit }) => limit === 'add_time')
          .map(({ used: spent, of: most }) => most - spent)
        const room = Math.max(0, Math.min(3600, ...left))
        expect('seconds' in ruled ? ruled.seconds : 0).toBe(room)
      }),
    )
  })
})

test('the day begins where the zone has it', () => {
  const today = startOf('day', now, berlin)
  const all = used([added(600, today), added(1200, today - 1)])
  expect(of(all, 'add_time', 'day')?.used).toBe(600)
})
