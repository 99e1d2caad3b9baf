import { describe, expect, test } from 'vitest'
import { Bench, minute, moment, rulesOf, second } from './bench.ts'

const lockOnly = { polls: new Map([['chastify.session', { everyMs: 30 * second }]] as const) }
const states = (b: Bench, rule: string) => b.kept.rows.filter((row) => row.rule === rule).map(({ state }) => state)

describe('rules that need no reading', () => {
  const away = rulesOf(`tallies:
  x: {}
inputs:
  checkin: { type: button, by: [wearer] }
rules:
  - { id: down, when: service.chastify.healthy is false, then: [{ tell: it is away }] }
  - { id: long, when: service.chastify.healthy is false, for: 10m, then: [{ tell: still away }] }
  - { id: noon, at: "12:00", then: [{ tell: noon }] }
  - { id: pressed, when: input.checkin rises, then: [{ tally.add: x }] }
  - { id: reads, when: lock.taskPoints is unknown, for: 5m, then: [{ tell: points are unknown }] }
`)

  test('are decided on while the service is away, each once', async () => {
    const b = new Bench(away, { start: '11:30', order: lockOnly })
    await b.until('11:40')
    b.world.broken = { chastify: 'unreachable' }
    await b.until('11:42')
    expect([states(b, 'down'), states(b, 'long')]).toEqual([['applied'], []])
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('11:49')
    expect(states(b, 'long')).toEqual([])
    expect(states(b, 'pressed')).toEqual(['applied'])
    await b.until('11:52')
    expect(states(b, 'long')).toEqual(['applied'])
    await b.until('12:01')
    expect(b.kept.rows.find(({ rule }) => rule === 'noon')).toMatchObject({ state: 'applied', at: b.now - minute })
    b.restart()
    await b.until('12:30')
    b.world.broken = {}
    await b.until('13:00')
    expect(['down', 'long', 'noon', 'pressed'].map((rule) => states(b, rule))).toEqual([
      ['applied'],
      ['applied'],
      ['applied'],
      ['applied'],
    ])
    // What asks for the lock waits for a reading of it.
    expect(states(b, 'reads')).toEqual([])
  })
})

describe('what counts time and needs no reading', () => {
  const rules = rulesOf(`rules:
  - { id: long, when: service.chastify.healthy is false, for: 10m, then: [{ tell: still away }] }
  - { id: again, when: service.chastify.healthy is false, repeat: 1h, then: [{ tell: still away }] }
  - { id: evening, when: time.clock between 12:00 and 13:00, for: 30m, then: [{ tell: half past }] }
`)

  test.each([
    ['is not asked any more, its token having been refused', 'invalid-token', { everyMs: 30 * second }],
    ['cannot be reached', 'unreachable', { everyMs: 30 * second }],
    ['is hardly ever asked', 'unreachable', { cron: '0 */6 * * *' }],
  ] as const)('counts it while the service %s', async (_, trouble, poll) => {
    const b = new Bench(rules, { start: '11:50', order: { polls: new Map([['chastify.session', poll]]) } })
    await b.until('11:55')
    b.world.broken = { chastify: trouble }
    await b.until('23:00')
    const down = b.kept.rows.find(({ rule }) => rule === 'again')?.at ?? 0
    expect(states(b, 'long')).toEqual(['applied'])
    expect((b.kept.rows.find(({ rule }) => rule === 'long')?.at ?? 0) - down).toBe(10 * minute)
    const agains = b.kept.rows.filter(({ rule }) => rule === 'again').map(({ at }) => (at - down) / minute)
    expect(agains).toEqual(agains.map((_, i) => 60 * i))
    expect(agains.length).toBeGreaterThan(4)
    const half = b.kept.rows.find(({ rule }) => rule === 'evening')?.at ?? 0
    expect(Math.abs(half - moment('12:30'))).toBeLessThan(minute)
  })
})

describe('a wearer that is expected', () => {
  const rules = rulesOf(`rules:
  - { id: page, when: tracker.locked is false, then: [{ tell: unlocked }, { log: unlocked }] }
  - { id: points, when: lock.taskPoints > 0, then: [{ log: points }] }
`)
  const expecting = () =>
    new Bench(rules, {
      order: {
        expect: { wearer: 'alice' },
        polls: new Map([
          ['chastify.session', { everyMs: 30 * second }],
          ['tracker.stats', { everyMs: minute }],
        ]),
      },
    })

  test('is not taken for another one while the lock cannot be read; what is of the tracker goes on', async () => {
    const b = expecting()
    await b.until('10:05')
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:10')
    expect(b.last?.standstill).not.toBe('not the expected wearer')
    b.world.page.locked = false
    await b.until('10:12')
    // The log line is of the lock, and waits until it is known whose that is.
    expect(states(b, 'page')).toEqual(['applied', 'planned'])
    b.world.broken = {}
    await b.until('10:14')
    expect(states(b, 'page')).toEqual(['applied', 'applied'])
  })

  test.each(['bob', null])('stands still on a lock of %s', async (wearerUsername) => {
    const b = expecting()
    b.world.set({ wearerUsername, taskPoints: 1 })
    await b.until('10:05')
    expect(b.last?.standstill).toBe('not the expected wearer')
    expect(b.sent).toEqual([])
  })
})
