import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seenMsSince } from '../../src/core/reading/gap.ts'
import { Bench, day, hour, lockA, minute, moment, oneRule, rulesOf, second } from './bench.ts'

test.each([
  ['no gaps', [], 60],
  ['a gap within', [[10, 20]], 50],
  ['a gap that began before', [[-30, 20]], 40],
  ['one that is over before', [[-30, -20]], 60],
  [
    'two',
    [
      [0, 5],
      [50, 60],
    ],
    45,
  ],
  ['all of it', [[-5, 70]], 0],
] as const)('the time in sight: %s', (_, gaps, seen) => {
  expect(
    seenMsSince(
      0,
      60,
      gaps.map(([from, to]) => ({ from, to })),
    ),
  ).toBe(seen)
})

describe('a gap', () => {
  const deadline = rulesOf(`inputs: { checkin: { type: button, by: [wearer] } }
rules: [{ id: r, when: input.checkin.agoSeconds > 3h, then: [{ add_time: 10m }] }]
`)

  test.each([5 * hour, 20 * hour])('of the service is left out of the age of a press', async (lasts) => {
    const b = new Bench(deadline, { limits: { after_outage: 60 } })
    await b.until('11:00')
    b.world.broken = { chastify: 'unreachable' }
    await b.until({ later: lasts })
    b.world.broken = {}
    const back = b.now
    await b.until({ later: 110 * minute })
    expect(b.sent).toEqual([])
    await b.until({ later: hour })
    expect(b.sent).toEqual(['add_time 600'])
    expect(b.row(0).at - back).toBeGreaterThan(118 * minute)
  })

  test('of our own, too', async () => {
    const b = new Bench(deadline)
    await b.until('12:00')
    b.restart()
    b.now += 9 * hour
    await b.until({ later: 30 * minute })
    expect(b.kept.gaps).toHaveLength(1)
    expect(b.sent).toEqual([])
    await b.until({ later: 2 * hour })
    expect(b.kept.gaps).toHaveLength(1)
    expect(b.sent).toEqual(['add_time 600'])
  })

  test('of a task is time nobody was late by', async () => {
    const rules = rulesOf('rules: [{ id: r, when: task.openSeconds > 2h, then: [{ add_time: 10m }] }]')
    const b = new Bench(rules, { limits: { after_outage: 60 } })
    b.world.set({ taskAssigned: true })
    await b.until('10:30')
    b.world.broken = { chastify: 'server-error' }
    await b.until('16:00')
    b.world.broken = {}
    await b.until('17:25')
    expect(b.sent).toEqual([])
    await b.until('17:40')
    expect(b.sent).toEqual(['add_time 600'])
  })
})

/** Restrictive actions that were sent by each hour, by rule. */
function tally(b: Bench, end: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of b.kept.rows) {
    if (row.state !== 'applied' || row.effect.toward !== 'restricts' || (row.sentAt ?? 0) > end) continue
    counts.set(row.rule, (counts.get(row.rule) ?? 0) + 1)
  }
  return counts
}

describe('an outage', () => {
  const rules = rulesOf(`inputs: { checkin: { type: button, by: [wearer] } }
rules:
  - { id: level, when: lock.taskPoints > 2, then: [{ add_time: 1m }] }
  - { id: again, when: lock.taskPoints > 1, repeat: 50m, then: [{ add_time: 2m }] }
  - { id: waited, when: lock.taskPoints > 0, for: 95m, then: [{ add_time: 3m }] }
  - { id: change, when: lock.taskPoints rises, then: [{ add_time: 4m }] }
  - { id: clock, at: ["09:30", "15:00", "21:10"], when: lock.taskPoints > 0, grace: 10m, then: [{ add_time: 5m }] }
  - { id: late, when: input.checkin.agoSeconds > 5h, repeat: 1h, then: [{ add_time: 6m }] }
  - { id: slow, when: lock.taskPoints > 0, cooldown: 2h, then: [{ add_time: 7m }] }
`)
  const story = fc.array(
    fc.record({ laterMin: fc.integer({ min: 5, max: 200 }), points: fc.integer({ min: 0, max: 4 }) }),
    {
      minLength: 4,
      maxLength: 14,
    },
  )
  const outage = fc.record({
    fromMin: fc.integer({ min: 1, max: 600 }),
    lastsMin: fc.integer({ min: 1, max: 900 }),
    trouble: fc.constantFrom('unreachable' as const, 'server-error' as const, 'timeout' as const),
    dead: fc.boolean(),
  })

  const lastHour = moment('06:00') + 30 * hour
  /** A restart reads at once what would else have been read with the next poll. */
  const pollsApart = 7 * minute

  async function lived(
    script: readonly { laterMin: number; points: number }[],
    out: {
      fromMin: number
      lastsMin: number
      trouble: 'unreachable' | 'server-error' | 'timeout'
      dead: boolean
    } | null,
  ): Promise<Bench> {
    const unlimited = { add_time: null, actions: null, remaining: null } as const
    const polls = new Map([['chastify.session', { everyMs: 3 * minute }] as const])
    const b = new Bench(rules, { start: '06:00', limits: unlimited, order: { polls } })
    const [from, to] = out
      ? [b.now + out.fromMin * minute, b.now + (out.fromMin + out.lastsMin) * minute]
      : [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    /** Runs to a moment, through the begin and the end of the outage. */
    const run = async (end: number) => {
      while (b.now < end) {
        const inside = b.now >= from && b.now < to
        const next = Math.min(end, ...[from, to].filter((edge) => edge > b.now))
        if (inside && out?.dead) b.now = next
        else {
          b.world.broken = inside && out ? { chastify: out.trouble } : {}
          await b.until({ later: next - b.now })
        }
        if (out?.dead && b.now === to) b.restart()
        b.world.pass(b.now)
      }
    }
    for (const { laterMin, points } of script) {
      b.world.set({ taskPoints: points })
      await run(b.now + laterMin * minute)
    }
    await run(lastHour + pollsApart)
    return b
  }

  test('of any length leads to nothing restrictive that would not have been without it', async () => {
    await fc.assert(
      fc.asyncProperty(story, outage, async (script, out) => {
        const [quiet, broken] = [await lived(script, null), await lived(script, out)]
        for (let end = moment('07:00'); end <= lastHour; end += hour) {
          const allowed = tally(quiet, end + pollsApart)
          for (const [rule, count] of tally(broken, end))
            expect([rule, count <= (allowed.get(rule) ?? 0)]).toEqual([rule, true])
        }
      }),
      { numRuns: 12 },
    )
  })
})

describe('our own clock', () => {
  test.each([2 * minute, day, 400 * day])(
    'set back by %i ms: everything is read again, and nothing waits for it',
    async (by) => {
      const b = new Bench(oneRule('[{ add_time: 10m }]'))
      await b.until('12:00')
      b.now -= by
      b.world.aheadMs = -by
      b.tell = [{ jump: -by }]
      await b.until({ later: 5 * second })
      expect(Object.values(b.passing.asked).every((asked) => asked <= b.now)).toBe(true)
      expect(b.world.reads.filter(({ at }) => at <= b.now && at >= b.now - 5 * second).length).toBeGreaterThan(0)
      // Put right again, it goes on.
      b.now += by
      b.world.aheadMs = 0
      b.tell = [{ jump: by }]
      b.world.set({ taskPoints: 1 })
      await b.until({ later: 2 * minute })
      expect(b.sent).toEqual(['add_time 600'])
    },
  )

  test('a little back, with an answer outstanding: it is read back all the same', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout, but done']
    while (b.states[0] !== 'sending') await b.until({ later: 50 })
    await b.until({ later: 250 })
    b.jump(-100 * second)
    await b.until({ later: 5 * second })
    expect(b.states).toEqual(['applied'])
  })

  test('a machine that slept has not observed what it slept through', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]', 'for: 3h'))
    b.world.set({ taskPoints: 1 })
    await b.until('12:00')
    b.now += 7 * hour
    b.tell = [{ jump: 7 * hour }]
    await b.until({ later: 170 * minute })
    expect(b.sent).toEqual([])
    await b.until({ later: 30 * minute })
    expect(b.sent).toEqual(['add_time 600'])
  })

  test('a box that boots in the wrong year decides nothing, and remembers nothing of it', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    const right = b.now
    b.jump(moment('1970-01-01 00:05') - right)
    await b.until({ later: minute })
    expect(b.last?.standstill).toBe('clock doubtful')
    expect([b.kept.rows, b.kept.storedAt]).toEqual([[], null])
    b.jump(right - moment('1970-01-01 00:05'))
    await b.until({ later: minute })
    expect(b.sent).toEqual(['add_time 600'])
  })
})

describe('two entries for one lock', () => {
  test('the other one acts, this one stands still, and goes on once it is alone', async () => {
    let other: string | false | null = null
    const b = new Bench(oneRule('[{ add_time: 10m }]'), {
      order: { actsElsewhere: (id) => (id === lockA ? other : false) },
    })
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    expect([b.last?.standstill, b.sent]).toEqual(['no reading yet', []])
    other = 'first'
    await b.until('10:10')
    expect([b.last?.standstill, b.sent]).toEqual(['another entry acts on this lock', []])
    other = false
    await b.until('10:12')
    expect(b.sent).toEqual(['add_time 600'])
  })
})
