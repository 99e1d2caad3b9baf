import { describe, expect, test } from 'vitest'
import { Bench, day, hour, minute, rulesOf, second } from './bench.ts'

const polls = (calmMs?: number) =>
  new Map([['chastify.session', { everyMs: 30 * second, ...(calmMs === undefined ? {} : { calmMs }) }] as const])
const quiet = rulesOf('rules: [{ id: r, when: lock.taskPoints > 5, then: [{ log: hello }] }]')

describe('polls stretch while nothing moves', () => {
  test('up to what is configured, and not without it', async () => {
    const reads: number[] = []
    for (const calm of [undefined, 10 * minute]) {
      const b = new Bench(quiet, { order: { polls: polls(calm) } })
      await b.until({ later: day })
      reads.push(b.world.reads.length)
    }
    expect(reads[0]).toBeGreaterThan(2600)
    expect(reads[1]).toBeLessThan(180)
    expect(reads[1]).toBeGreaterThan(130)
  })

  test('they tighten as soon as something moves, and the facts are never stale meanwhile', async () => {
    const b = new Bench(quiet, { order: { polls: polls(10 * minute) } })
    await b.until({ later: 3 * hour })
    b.world.set({ taskPoints: 1 })
    const before = b.world.reads.length
    await b.until({ later: 18 * minute })
    expect(b.world.reads.length - before).toBeGreaterThanOrEqual(10)
    expect(b.passing.facts.get('lock.taskPoints')).toMatchObject({ known: true, value: 1 })
  })

  test('what is observed seldom is observed: a for runs on', async () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, for: 5h, then: [{ log: hello }] }]')
    const b = new Bench(rules, { order: { polls: polls(10 * minute) } })
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 5 * hour + 5 * second })
    expect(b.sent).toEqual(['log hello'])
    expect(b.kept.gaps).toEqual([])
  })

  test('a moment of the clock is met to the second', async () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.timeRemainingSeconds < 12h, then: [{ log: hello }] }]')
    const b = new Bench(rules, { order: { polls: polls(30 * minute) } })
    await b.until({ later: 13 * hour })
    const late = (b.world.sent[0]?.at ?? 0) - (b.now - 13 * hour + 43_201 * second)
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(700)
  })
})
