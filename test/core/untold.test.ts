import { describe, expect, test } from 'vitest'
import type { Passing } from '../../src/core/model/passing.ts'
import { services } from '../../src/services/index.ts'
import { tell } from '../../src/views/story.ts'
import { Bench, berlin, minute, rulesOf } from './bench.ts'

const states = (b: Bench, rule: string) => b.kept.rows.filter((row) => row.rule === rule).map(({ state }) => state)

describe('a timer that is hidden', () => {
  const rules = rulesOf(`rules:
  - { id: level, when: lock.taskPoints > 5, limit: 1 per day, then: [{ add_time: 10m }] }
  - { id: change, when: lock.taskPoints rises, then: [{ log: seen }, { freeze: 1h }] }
  - { id: moment, at: "11:00", grace: 5m, then: [{ add_time: 10m }] }
  - { id: free, when: lock.taskPoints rises, then: [{ log: rose }] }
`)

  test('uses up no firing of what adds time or freezes, and holds nothing else back', async () => {
    const b = new Bench(rules, { start: '10:50' })
    b.world.set({ timeRemainingSeconds: null })
    await b.until({ later: 2 * minute })
    b.world.set({ taskPoints: 6 })
    await b.until('11:10')
    expect(['level', 'change', 'moment'].flatMap((rule) => states(b, rule))).toEqual([])
    expect(states(b, 'free')).toEqual(['applied'])
    expect(b.passing.decisions.find(({ rule }) => rule === 'level')).toMatchObject({
      why: 'room unknown',
      detail: expect.stringContaining('hidden'),
    })
    b.world.set({ timeRemainingSeconds: 3600 })
    await b.until('11:20')
    // What still holds has its turn; a change and a moment are over.
    expect(['level', 'change', 'moment'].map((rule) => states(b, rule))).toEqual([['applied'], [], []])
  })

  test('is no matter where no ceiling was agreed', async () => {
    const b = new Bench(rules, { start: '10:50', limits: { remaining: null } })
    b.world.set({ timeRemainingSeconds: null, taskPoints: 6 })
    await b.until('10:55')
    expect(states(b, 'level')).toEqual(['applied'])
  })
})

describe('what cannot be read', () => {
  const rules = rulesOf('rules:\n  - { id: cold, when: lock.frozen is true, then: [{ log: cold }] }\n')

  test('is said once, and that it can be read again', async () => {
    const b = new Bench(rules)
    const said: string[] = []
    let before: { passing: Passing } = { passing: b.passing }
    const watch = async (minutes: number) => {
      for (let i = 0; i < minutes; i++) {
        await b.until({ later: minute })
        const last = b.last
        if (!last) throw new Error('no step')
        const lines = tell(last, { kept: b.kept, passing: before.passing, standstill: null }, [], {
          ...{ now: b.now, zone: berlin, services },
        })
        said.push(...lines.map(({ text }) => text).filter((text) => text.startsWith('lock.frozen')))
        before = { passing: b.passing }
      }
    }
    b.world.set({ frozen: 'mostly' as never })
    await watch(5)
    expect(said).toEqual(['lock.frozen cannot be read ("mostly" was sent): it is unknown to rules'])
    b.world.set({ frozen: 1 as never })
    await watch(3)
    expect(said.slice(1)).toEqual(['lock.frozen can be read again'])
    expect(states(b, 'cold')).toEqual(['applied'])
  })
})

describe('what there was none of yet', () => {
  const rules = rulesOf(`rules:
  - { id: any, when: tracker.lastFull changes, then: [{ log: changed }] }
  - { id: later, when: tracker.lastFull rises, then: [{ log: later }] }
  - { id: much, when: tracker.lastFull rises by 1d, then: [{ log: much later }] }
  - { id: end, when: tracker.scheduledEnd changes, then: [{ log: end }] }
`)

  test('has changed with its first value', async () => {
    const b = new Bench(rules, { start: '10:00' })
    b.world.stats = { last_full: null, scheduled_end: null }
    await b.until('10:20')
    b.restart()
    b.world.stats = { last_full: '2026-03-01 09:00:00 UTC', scheduled_end: '2026-04-01 09:00:00 UTC' }
    await b.until('10:40')
    expect(['any', 'later', 'much', 'end'].map((rule) => states(b, rule))).toEqual([['applied'], ['applied'], [], []])
    b.world.stats = { ...b.world.stats, last_full: '2026-03-02 09:30:00 UTC' }
    await b.until('11:00')
    expect(['any', 'later', 'much'].map((rule) => states(b, rule).length)).toEqual([2, 2, 1])
  })

  test('is no change where the first value is there at the first look', async () => {
    const b = new Bench(rules, { start: '10:00' })
    b.world.stats = { last_full: '2026-03-01 09:00:00 UTC' }
    await b.until('10:20')
    expect(b.kept.rows).toEqual([])
  })
})
