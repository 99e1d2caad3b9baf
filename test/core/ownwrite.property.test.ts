import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bench, type LockData, minute, rulesOf, second } from './bench.ts'

const long = process.env.LOCKWARDEN_LONG !== undefined

/** What a rule asks changes of, what own writes do to it, and what somebody else could do. */
interface Matter {
  asks: readonly string[]
  lists: readonly string[]
  begin: Partial<LockData>
}

const hour = 3600
const time: Matter = {
  asks: ['rises', 'falls', 'changes', 'rises by 5m', 'falls by 10m'].map(
    (words) => `lock.timeRemainingSeconds ${words}`,
  ),
  lists: [
    '{ add_time: 30m }',
    '{ remove_time: 20m }',
    '{ apply_time: -10m }',
    '{ add_time: 10m }, { add_time: 10m }',
    '{ add_time: 10m }, { remove_time: 10m }',
    '{ remove_time: 1h }, { apply_time: 15m }, { add_time: 5m }',
  ],
  begin: { timeRemainingSeconds: 90 * hour },
}
const freeze: Matter = {
  asks: ['becomes true', 'becomes false', 'changes'].map((words) => `lock.frozen ${words}`),
  lists: [
    '{ freeze: 1h }',
    'unfreeze',
    '{ toggle_freeze: 1h }',
    '{ freeze: 1h }, unfreeze',
    'unfreeze, { freeze: 1h }',
  ],
  begin: {},
}
const task: Matter = {
  asks: ['becomes true', 'becomes false', 'changes'].map((words) => `lock.taskAssigned ${words}`),
  lists: ['{ task.assign: write }', 'task.complete', '{ task.assign: write }, task.complete'],
  begin: {},
}

const story = fc.constantFrom(time, freeze, task).chain((matter) =>
  fc.record({
    matter: fc.constant(matter),
    ask: fc.constantFrom(...matter.asks),
    list: fc.constantFrom(...matter.lists),
    on: fc.boolean(),
    showsAfterMs: fc.constantFrom(0, 500, 1000, 2000, 3000, 7000, 10_000),
    granted: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
    pollMs: fc.constantFrom(second, 5 * second, 30 * second, minute),
    repeatMinutes: fc.constantFrom(1, 3, 10),
    restarts: fc.array(fc.integer({ min: 3, max: 12 }), { maxLength: 2 }),
  }),
)

const everything = ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'task.complete', 'log']

function benchOf(ask: string, list: string, pollMs: number, repeatMinutes: number): Bench {
  const rules = rulesOf(`rules:
  - { id: doing, when: tracker.locked is true, for: 1m, repeat: ${repeatMinutes}m, then: [${list}] }
  - { id: seen, when: ${ask}, then: [{ log: seen }] }
`)
  return new Bench(rules, {
    limits: {
      allow: everything,
      add_time: null,
      remove_time: null,
      freeze: null,
      task: null,
      remaining: null,
      actions: null,
    },
    order: {
      polls: new Map([
        ['chastify.session', { everyMs: pollMs }],
        ['tracker.stats', { everyMs: minute }],
      ]),
    },
  })
}

const seenIn = (b: Bench) =>
  new Set(b.kept.rows.filter(({ rule }) => rule === 'seen').map(({ occurrence }) => occurrence))

describe('own writes that show late, in part or not at all', () => {
  test('are never a change', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { matter, ask, list, on, showsAfterMs, granted, pollMs, repeatMinutes, restarts } = told
        const b = benchOf(ask, list, pollMs, repeatMinutes)
        b.world.set({ ...matter.begin, frozen: on && matter === freeze, taskAssigned: on && matter === task })
        b.world.showsAfterMs = showsAfterMs
        b.world.granted = granted
        for (const minutes of [...restarts].sort((x, y) => x - y)) {
          await b.until({ later: minutes * 10 * second })
          b.restart()
        }
        await b.until({ later: 8 * minute })
        expect([...seenIn(b)]).toEqual([])
      }),
      { numRuns: long ? 10_000 : 250 },
    )
  })

  test('hide no change by somebody else once a reading after the window was seen', async () => {
    const others = fc.record({
      showsAfterMs: fc.constantFrom(0, 1000, 5000, 10_000),
      granted: fc.constantFrom(0, 0.3, 1),
      pollMs: fc.constantFrom(5 * second, 30 * second),
      list: fc.constantFrom(...time.lists),
      by: fc.constantFrom(-3600, -600, 60, 600, 1800, 3600),
      laterMs: fc.integer({ min: 25, max: 100 }).map((seconds) => seconds * second),
    })
    await fc.assert(
      fc.asyncProperty(others, async ({ showsAfterMs, granted, pollMs, list, by, laterMs }) => {
        const b = benchOf('lock.timeRemainingSeconds changes', list, pollMs, 60)
        b.world.set(time.begin)
        b.world.showsAfterMs = showsAfterMs
        b.world.granted = granted
        const doing = () => b.kept.rows.filter(({ rule }) => rule === 'doing')
        while (doing().length === 0 || doing().some(({ state }) => state !== 'applied')) await b.until({ later: 500 })
        await b.until({ later: laterMs })
        expect([...seenIn(b)]).toEqual([])
        b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + by })
        await b.until({ later: 2 * minute })
        expect(seenIn(b).size).toBe(1)
      }),
      { numRuns: long ? 3000 : 100 },
    )
  })
})
