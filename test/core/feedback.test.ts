import { describe, expect, test } from 'vitest'
import { Bench, lockB, minute, rulesOf, second } from './bench.ts'

const everyMinute = { polls: new Map([['chastify.session', { everyMs: minute }]] as const) }

/** A world that shows each write so late that a reading takes it for somebody's change. */
function late(when: string, then: string): Bench {
  const b = new Bench(rulesOf(`rules:\n  - { id: r, when: ${when}, then: [${then}] }\n`), {
    limits: { allow: ['add_time', 'freeze', 'log'], add_time: { per_day: null }, actions: { per_hour: null } },
    order: everyMinute,
  })
  b.world.showsAfterMs = 90 * second
  return b
}

const addOthers = (b: Bench, seconds: number) =>
  b.world.set({ timeRemainingSeconds: (b.world.lock?.timeRemainingSeconds ?? 0) + seconds })
const firings = (b: Bench) => new Set(b.kept.rows.filter(({ rule }) => rule === 'r').map((row) => row.occurrence)).size
const why = (b: Bench) => b.kept.memory[`live ${b.kept.session} r`]?.lost?.why

describe('a rule that keeps setting itself off', () => {
  test('is held after three times in a row, and goes on when a person says so', async () => {
    const b = late('lock.timeRemainingSeconds rises', '{ add_time: 10m }')
    await b.until('10:02')
    addOthers(b, 600)
    await b.until('11:00')
    // The first firing was on what somebody else did.
    expect(firings(b)).toBe(4)
    expect(why(b)).toBe('sets itself off')
    addOthers(b, 3600)
    await b.until('11:10')
    expect(firings(b)).toBe(4)
    b.restart()
    addOthers(b, 3600)
    await b.until('11:20')
    expect(firings(b)).toBe(4)
    b.tell.push({ released: ['r'] })
    addOthers(b, 3600)
    await b.until('11:22')
    expect(firings(b)).toBe(5)
  })

  test('by a tally that only it adds to', async () => {
    const b = new Bench(
      rulesOf(`tallies:
  x: {}
rules:
  - { id: first, when: lock.taskPoints > 0, then: [{ tally.add: x }] }
  - { id: r, when: tally.x rises, then: [{ tally.add: x }] }
`),
      { order: everyMinute, limits: { actions: { per_hour: null } } },
    )
    await b.until('10:02')
    b.world.set({ taskPoints: 1 })
    await b.until('10:30')
    expect(firings(b)).toBe(4)
  })

  test('but not where others do as much in between', async () => {
    const b = new Bench(
      rulesOf('rules:\n  - { id: r, when: lock.timeRemainingSeconds rises by 10m, then: [{ add_time: 20m }] }\n'),
      { order: everyMinute, limits: { add_time: { per_day: null }, actions: { per_hour: null } } },
    )
    for (let i = 0; i < 8; i++) {
      await b.until({ later: 20 * minute })
      addOthers(b, 900)
    }
    await b.until({ later: 5 * minute })
    expect(firings(b)).toBe(12)
  })

  test('on this lock only', async () => {
    const b = late('lock.timeRemainingSeconds rises', '{ add_time: 10m }')
    await b.until('10:02')
    addOthers(b, 600)
    await b.until('11:00')
    b.world.set({ id: lockB })
    await b.until('11:05')
    addOthers(b, 600)
    await b.until('11:07')
    expect(b.kept.rows.some(({ session }) => session === lockB)).toBe(true)
  })
})
