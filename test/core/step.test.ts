import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { usedOf } from '../../src/core/acting/used.ts'
import { seenNow } from '../../src/core/judging/probe.ts'
import type { Kept } from '../../src/core/model/kept.ts'
import type { News } from '../../src/core/model/order.ts'
import { nothingSeen, type Passing } from '../../src/core/model/passing.ts'
import type { Clock, Send } from '../../src/core/model/ports.ts'
import type { Trouble } from '../../src/core/model/service.ts'
import { type Step, step } from '../../src/core/step.ts'
import { startLoop } from '../../src/daemon/loop.ts'
import {
  Bench,
  berlin,
  day,
  hour,
  lockB,
  minute,
  moment,
  oneRule,
  type Reply,
  rulesOf,
  second,
  World,
} from './bench.ts'

/** A bench on which the condition of `oneRule` has just become true. */
async function fired(b: Bench): Promise<Bench> {
  await b.until('10:01')
  b.world.set({ taskPoints: 1 })
  await b.until('10:02')
  return b
}

describe('once an episode', () => {
  test('a rule that stays true fires once', async () => {
    const b = await fired(new Bench(oneRule('[{ add_time: 10m }]')))
    await b.until('18:00')
    expect(b.sent).toEqual(['add_time 600'])
    expect(b.rows).toEqual(['r e1 0: applied'])
  })

  test('it fires at the poll that sees it, not before', async () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.timeRemainingSeconds < 50m, then: [{ add_time: 10m }] }]')
    const b = new Bench(rules)
    b.world.set({ timeRemainingSeconds: 3600 })
    await b.until('10:09')
    expect(b.sent).toEqual([])
    await b.until('10:12')
    expect(b.sent).toEqual(['add_time 600'])
    expect(b.world.sent[0]?.at).toBeGreaterThan(moment('10:10'))
  })

  test('false and then true again fires again', async () => {
    const b = await fired(new Bench(oneRule()))
    b.world.set({ taskPoints: 0 })
    await b.until('10:03')
    b.world.set({ taskPoints: 2 })
    await b.until('10:04')
    expect(b.rows).toEqual(['r e1 0: applied', 'r e2 0: applied'])
  })

  test('unknown between two truths neither ends nor starts anything', async () => {
    const b = await fired(new Bench(oneRule()))
    b.world.set({ taskPoints: null })
    await b.until('10:30')
    b.world.set({ taskPoints: 3 })
    await b.until('11:00')
    expect(b.sent).toEqual(['log hello'])
  })

  test('a service that is silent between two truths neither ends nor starts anything', async () => {
    const b = await fired(new Bench(oneRule()))
    b.world.broken = { chastify: 'unreachable' }
    await b.until('13:00')
    b.world.broken = {}
    await b.until('14:00')
    expect(b.passing.facts.get('lock.taskPoints')?.known).toBe(true)
    expect(b.sent).toEqual(['log hello'])
  })

  test('unknown never fires', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, when: { not: lock.taskPoints > 0 }, then: [{ log: hello }] }]'))
    b.world.set({ taskPoints: null })
    await b.until('10:30')
    expect(b.kept.rows).toEqual([])
    expect(b.passing.decisions).toMatchObject([{ fires: false, why: 'condition unknown' }])
  })

  test('cooldown holds an occurrence until it is over, to the second', async () => {
    const b = await fired(new Bench(oneRule('[{ log: hello }]', 'cooldown: 1h')))
    b.world.set({ taskPoints: 0 })
    await b.until('10:10')
    b.world.set({ taskPoints: 1 })
    await b.until('11:05')
    expect(b.sent).toHaveLength(2)
    const [first, next] = b.kept.rows.map(({ at }) => at)
    expect((next ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(hour)
    expect((next ?? 0) - (first ?? 0)).toBeLessThan(hour + 40 * second)
  })

  test('cooldown lets go of an occurrence whose episode has ended', async () => {
    const b = await fired(new Bench(oneRule('[{ log: hello }]', 'cooldown: 1h')))
    for (const [points, at] of [
      [0, '10:10'],
      [1, '10:20'],
      [0, '12:00'],
    ] as const) {
      b.world.set({ taskPoints: points })
      await b.until(at)
    }
    expect(b.sent).toHaveLength(1)
  })

  test.each([
    ['2 per hour', ['10:05', '10:15', '11:00']],
    ['1 per day', ['10:05', '2026-03-03 00:00']],
    ['1 per lock', ['10:05']],
    ['2 per 90m', ['10:05', '10:15', '11:35']],
  ])('limit: %s', async (limit, expected) => {
    const b = new Bench(oneRule('[{ log: hello }]', `limit: ${limit}`), {
      order: { polls: new Map([['chastify.session', { everyMs: minute }]]) },
    })
    // True for five minutes of every ten until noon, then for good.
    for (let at = 0; at < 12; at++) {
      b.world.set({ taskPoints: at % 2 })
      await b.until({ later: 5 * minute })
    }
    b.world.set({ taskPoints: 1 })
    await b.until('2026-03-03 00:10')
    expect(b.kept.rows).toHaveLength(expected.length)
    b.kept.rows.forEach((row, i) => {
      const due = moment(expected[i] ?? '')
      expect(row.at).toBeGreaterThanOrEqual(due)
      expect(row.at).toBeLessThan(due + 2 * minute)
    })
  })

  test('a disabled rule follows its episode, and enabling it fires what is still true', async () => {
    const b = await fired(new Bench(oneRule('[{ log: hello }]', 'enabled: false')))
    expect(b.kept.rows).toEqual([])
    b.rules = oneRule()
    await b.until('10:04')
    expect(b.rows).toEqual(['r e1 0: applied'])
  })

  test('rules that do not fit the step wait whole, and then go', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ log: a1 }, { log: a2 }, { log: a3 }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ log: b1 }, { log: b2 }, { log: b3 }] }
`)
    const b = new Bench(rules)
    b.world.set({ taskPoints: 1 })
    await b.until('10:03')
    expect(b.sent).toEqual(['log a1', 'log a2', 'log a3', 'log b1', 'log b2', 'log b3'])
    expect(b.row(3).at - b.row(0).at).toBeGreaterThan(0)
  })
})

describe('a step is a function', () => {
  const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 2, then: [{ log: a }, { add_time: 10m }] }
  - { id: b, when: [lock.frozen is false, lock.timeRemainingSeconds < 12h], cooldown: 10m, then: [{ freeze: 1h }] }
  - { id: c, when: { any: [tracker.locked is false, lock.taskAssigned is true] }, then: [{ tracker.game: dice }] }
`)
  const happening = fc.record({
    laterMs: fc.integer({ min: 1, max: 5 * minute }),
    taskPoints: fc.constantFrom(null, 0, 3, 5),
    frozen: fc.boolean(),
    remaining: fc.constantFrom(100, 40_000, 90_000),
    locked: fc.boolean(),
    reply: fc.constantFrom<Reply[]>('ok', 'timeout', 'refused connection', { trouble: 'conflict' }),
    chastify: fc.constantFrom<(Trouble | null)[]>(null, null, null, 'server-error', 'no-lock', 'invalid-token'),
    stopped: fc.boolean(),
    restart: fc.boolean(),
  })
  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

  async function live(b: Bench, story: readonly Happening[]): Promise<void> {
    for (const it of story) {
      b.world.set({ taskPoints: it.taskPoints })
      // Somebody who undoes exactly what is in the air cannot be told from a write that never arrived.
      const inTheAir = b.kept.rows.some(({ state }) => state === 'sending' || state === 'unknown')
      if (!inTheAir) b.world.set({ frozen: it.frozen, timeRemainingSeconds: it.remaining })
      b.world.page.locked = it.locked
      b.world.replies = [it.reply]
      b.world.broken = it.chastify === null ? {} : { chastify: it.chastify }
      b.order = { ...b.order, stopped: it.stopped }
      if (it.restart) b.restart(`run-${b.steps}`)
      await b.until({ later: it.laterMs })
    }
  }

  test('the same arguments give deeply equal results, also twice at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 6 }), fc.boolean(), async (story, heard) => {
        const b = new Bench(rules)
        await live(b, story)
        const news: News[] = heard
          ? [
              {
                reading: {
                  topic: 'chastify.session',
                  asked: b.now,
                  answered: b.now + 1,
                  serverTime: null,
                  ok: true,
                  body: { lockData: { taskPoints: 4, frozen: false, timeRemainingSeconds: 30_000 } },
                },
              },
            ]
          : []
        // A clone is judged from nothing; what known leaves saw is brought up to date only for those who look.
        const shown = async (of: Promise<Step>) => {
          const made = await of
          const { facts, verdicts } = made.passing
          const seen = verdicts.list.map((verdict) => seenNow(verdict, facts, b.now + 1))
          return { ...made, passing: { ...made.passing, verdicts: { ...verdicts, list: seen } } }
        }
        const twin = () => shown(step(b.now + 1, rules, structuredClone(b.kept), b.passing, news, b.order))
        const once = await shown(step(b.now + 1, rules, b.kept, b.passing, news, b.order))
        const [left, right] = await Promise.all([twin(), twin()])
        expect(left).toEqual(once)
        expect(right).toEqual(once)
      }),
      { numRuns: 40 },
    )
  })

  test('whatever happens: no key twice, one write at a time, nothing done that the ledger does not own up to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 15 }), async (story) => {
        // `Bench` itself asserts the first two at every step.
        const b = new Bench(rules)
        await live(b, story)
        // An unfreeze does no harm twice, and is sent again when its answer is lost.
        const rows = b.kept.rows.filter(({ action }) => action !== 'unfreeze')
        const done = b.world.done.filter((what) => what !== 'unfreeze').length
        const owned = rows.filter(({ state }) => ['applied', 'unsettled', 'unknown', 'sending'].includes(state))
        expect(done).toBeLessThanOrEqual(owned.length)
        expect(rows.filter(({ state }) => state === 'applied').length).toBeLessThanOrEqual(done)
      }),
      { numRuns: 40 },
    )
  })

  test('what was judged before saves work, and changes nothing', async () => {
    const many = rulesOf(`tallies: { strikes: { lasts: 40m } }
rules:
  - { id: a, when: lock.taskPoints > 2, then: [{ add_time: 1m }, { tally.add: strikes }] }
  - { id: b, when: [lock.frozen is false, lock.timeRemainingSeconds < 12h], cooldown: 10m, then: [{ log: b }] }
  - { id: c, when: { any: [tracker.locked is false, lock.taskAssigned is true] }, for: 4m, then: [{ log: c }] }
  - { id: d, when: { not: lock.timeRemainingSeconds > 11h }, repeat: 20m, then: [{ log: d }] }
  - { id: e, when: lock.taskPoints rises, then: [{ log: e }] }
  - { id: f, when: time.clock between 10:07 and 10:11, limit: 1 per day, then: [{ log: f }] }
  - { id: g, at: "10:05", for: 3m, when: lock.taskPoints is known, then: [{ log: g }] }
  - { id: h, when: tally.strikes > 0, then: [{ log: h }] }
  - { id: i, when: [rule.a.firedTimesToday > 0, lock.wearerUsername is alice], only_if: lock.frozen is false, then: [{ log: i }] }
  - { id: j, when: lock.taskPoints is unknown, then: [{ log: j }] }
  - { id: k, when: lock.timeLockedSeconds > lock.timeRemainingSeconds, chance: 50%, then: [{ log: k }] }
  - { id: l, enabled: false, when: lock.taskPoints > 2, then: [{ log: l }] }
`)
    /** As a process is that has read what this one has, and has judged nothing yet. */
    const unjudged = (b: Bench): Passing => ({ ...b.passing, verdicts: nothingSeen.verdicts, judged: null })
    let saved = 0
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 2, maxLength: 8 }), async (story) => {
        const b = new Bench(many)
        b.compare = async (now, news, order, warm) => {
          const same = (id: string) => warm.passing.verdicts.get(id) === b.passing.verdicts.get(id)
          saved += many.rules.filter(({ id }) => same(id)).length
          const cold = await step(now, many, b.kept, unjudged(b), news, order)
          const told = ({ kept, changed, decisions, standstill, wake }: Step) => ({
            kept,
            changed,
            decisions,
            standstill,
            wake,
          })
          expect(told(warm)).toEqual(told(cold))
          // A step that decides nothing judges nothing, either.
          if (warm.standstill !== null) return
          const traces = ({ passing: { facts, verdicts } }: Step) =>
            verdicts.list.map((one) => seenNow(one, facts, now))
          expect(traces(warm)).toEqual(traces(cold))
        }
        await live(b, story)
      }),
      { numRuns: 40 },
    )
    expect(saved).toBeGreaterThan(1000)
  })

  test('a step in which nothing happened keeps the same object, and nothing is written', async () => {
    const b = await fired(new Bench(oneRule()))
    const before = { kept: b.kept, commits: b.commits }
    await b.until('10:50')
    expect(b.kept).toBe(before.kept)
    expect(b.commits).toBe(before.commits)
  })

  test('a sign of life each hour is all that an idle day writes', async () => {
    const b = new Bench(oneRule())
    await b.until('2026-03-03 10:00')
    expect(b.commits).toBeGreaterThanOrEqual(23)
    expect(b.commits).toBeLessThanOrEqual(26)
  })
})

describe('a restart', () => {
  test('at any step fires nothing again', async () => {
    const whole = await fired(new Bench(oneRule('[{ log: one }, { add_time: 10m }]')))
    for (let at = 1; at <= whole.steps; at++) {
      const b = new Bench(oneRule('[{ log: one }, { add_time: 10m }]'))
      await b.until('10:01')
      b.world.set({ taskPoints: 1 })
      const end = moment('10:02')
      let steps = b.steps
      while (b.now < end && b.steps < at) {
        await b.until({ later: 100 })
        steps = b.steps
      }
      b.restart()
      await b.until('10:10')
      expect(steps).toBeGreaterThan(0)
      expect(new Set(b.sent).size, `restarted after step ${at}`).toBe(b.sent.length)
      expect(new Set(b.rows.map((row) => row.split(' ')[1]))).toEqual(new Set(['e1']))
    }
  })

  test('again and again, at every poll, fires nothing again', async () => {
    const b = await fired(new Bench(oneRule()))
    for (let i = 0; i < 20; i++) {
      b.restart(`run-${i + 2}`)
      await b.until({ later: 20 * second })
    }
    expect(b.sent).toEqual(['log hello'])
  })

  test('with the condition false meanwhile is a new episode only once it was seen false', async () => {
    const b = await fired(new Bench(oneRule()))
    b.restart()
    b.world.set({ taskPoints: 0 })
    b.now += hour
    b.world.set({ taskPoints: 1 })
    await b.until({ later: minute })
    expect(b.sent).toEqual(['log hello'])
  })

  test('while it goes on, what is being sent is waited for', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['no answer yet']
    await b.until('10:30')
    expect(b.states).toEqual(['sending'])
  })
})

describe('what becomes of a request', () => {
  test('a refused connection is not sent, and later it is, once', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection', 'refused connection']
    await b.until('12:00')
    expect(b.sent).toHaveLength(3)
    expect(b.rows).toEqual(['r e1 0: applied'])
    expect(b.row(0)).toMatchObject({ attempts: 3, trouble: null })
    const [first, next] = b.world.sent
    expect((next?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5 * second)
  })

  test('429 is tried again after what Retry-After says, and not before', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs: 97_000 }]
    await b.until('10:10')
    expect(b.rows).toEqual(['r e1 0: applied'])
    const [first, next] = b.world.sent.map(({ at }) => at)
    const waited = (next ?? 0) - ((first ?? 0) + b.world.writeMs)
    expect(waited).toBeGreaterThanOrEqual(97_000)
    expect(waited).toBeLessThan(110_000)
    // Neither is the service read meanwhile.
    expect(
      b.world.reads.filter(({ at }) => at > (first ?? 0) && at < (next ?? 0) - 5000 && at - (first ?? 0) > 1000),
    ).toEqual([])
  })

  test('a 4xx is rejected, and the rest of the list cancelled', async () => {
    const b = new Bench(oneRule('[{ log: one }, { add_time: 10m }, { log: three }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['ok', { trouble: 'conflict' }]
    await b.until('11:00')
    expect(b.states).toEqual(['applied', 'rejected', 'cancelled'])
    expect(b.row(2).note).toBe('add_time before it was rejected')
    expect(b.sent).toEqual(['log one', 'add_time 600'])
  })

  test('a 401 stops the service: nothing more is read or sent with that token', async () => {
    const b = new Bench(oneRule())
    await b.until('10:01')
    b.world.broken = { chastify: 'invalid-token' }
    await b.until('10:02')
    const reads = b.world.reads.filter(({ topic }) => topic.includes('session')).length
    b.world.broken = {}
    b.world.set({ taskPoints: 1 })
    await b.until('16:00')
    expect(b.world.reads.filter(({ topic }) => topic.includes('session'))).toHaveLength(reads)
    expect(b.passing.health.chastify).toMatchObject({ dead: true, healthy: false })
    expect(b.passing.health.tracker).toMatchObject({ dead: false, healthy: true })
    expect(b.sent).toEqual([])
    b.restart()
    await b.until('16:01')
    expect(b.sent).toEqual(['log hello'])
  })

  test('a 401 on a write stops the service too', async () => {
    const b = new Bench(oneRule('[{ log: one }, { log: two }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'revoked-token' }]
    await b.until('10:10')
    expect(b.sent).toEqual(['log one'])
    expect(b.world.reads.filter(({ at, topic }) => topic.includes('apps') && at > moment('10:01'))).toEqual([])
  })

  test('a 401 is not forgotten over the answer to a write that was under way', async () => {
    const b = new Bench(oneRule('[{ log: one }]'))
    b.world.set({ taskPoints: 1 })
    b.world.writeMs = minute
    await b.until('10:00:20')
    b.world.broken = { chastify: 'invalid-token' }
    await b.until('10:00:50')
    expect(b.passing.health.chastify?.dead).toBe(true)
    await b.until('10:10')
    expect(b.states).toEqual(['applied'])
    expect(b.passing.health.chastify?.dead).toBe(true)
    expect(b.world.reads.filter(({ at, topic }) => topic.includes('apps') && at > moment('10:00:50'))).toEqual([])
  })

  test('a 403 closes that action and no other', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: 'lock.taskPoints in [1, 3]', then: [{ add_time: 10m }] }
  - { id: b, when: 'lock.taskPoints in [1, 3]', then: [{ log: still }] }
`)
    const b = new Bench(rules)
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'forbidden' }]
    await b.until('10:01')
    b.world.set({ taskPoints: 0 })
    await b.until('10:02')
    b.world.set({ taskPoints: 3 })
    await b.until('10:10')
    expect(b.sent).toEqual(['add_time 600', 'log still', 'log still'])
    expect(b.rows).toEqual(['a e1 0: rejected', 'b e1 0: applied', 'a e2 0: refused', 'b e2 0: applied'])
  })
})

describe('order', () => {
  test('a list goes one at a time and in order', async () => {
    const b = new Bench(oneRule('[{ log: one }, { add_time: 1m }, { log: three }, { log: four }]'))
    b.world.set({ taskPoints: 1 })
    b.world.writeMs = 3000
    await b.until('10:02')
    expect(b.sent).toEqual(['log one', 'add_time 60', 'log three', 'log four'])
    const starts = b.world.sent.map(({ at }) => at)
    for (const [i, at] of starts.slice(1).entries()) expect(at - (starts[i] ?? 0)).toBeGreaterThanOrEqual(3000)
  })

  test('what waits in one list does not hold up another', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ tracker.game: dice }, { log: late }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ log: soon }] }
`)
    const b = new Bench(rules)
    b.world.set({ taskPoints: 1 })
    b.world.broken = { tracker: 'unreachable' }
    await b.until('10:03')
    expect(b.sent).toEqual(['log soon'])
    b.world.broken = {}
    await b.until('10:10')
    expect(b.sent).toEqual(['log soon', 'game dice', 'log late'])
  })

  test('did tells the next text what was done before it', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }, { log: "It {{ did }}, {{ did.seconds | duration }}" }]'))
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.sent).toEqual(['add_time 600', 'log It added 10 min, 10 min'])
  })
})

describe('rules that change', () => {
  test('an edited when does not fire again for what it has fired for', async () => {
    const b = await fired(new Bench(oneRule()))
    b.rules = rulesOf('rules: [{ id: r, when: [lock.taskPoints > 0, lock.frozen is false], then: [{ log: hello }] }]')
    await b.until('10:10')
    expect(b.sent).toEqual(['log hello'])
  })

  test('an episode that ended and is made true by an edit is new', async () => {
    const b = await fired(new Bench(oneRule()))
    b.world.set({ taskPoints: 0 })
    await b.until('10:05')
    b.rules = rulesOf('rules: [{ id: r, when: lock.taskPoints >= 0, then: [{ log: hello }] }]')
    await b.until('10:10')
    expect(b.sent).toHaveLength(2)
  })

  test('a rule that was away keeps its memory', async () => {
    const b = await fired(new Bench(oneRule()))
    b.rules = rulesOf('rules: []')
    await b.until('10:10')
    b.rules = oneRule()
    await b.until('10:20')
    expect(b.sent).toEqual(['log hello'])
  })

  test.each([
    ['an edited then', oneRule('[{ log: one }, { log: other }]'), 'the rule was edited'],
    ['a rule that is gone', rulesOf('rules: []'), 'the rule is gone'],
    ['a rule switched off', oneRule('[{ log: one }, { log: two }]', 'enabled: false'), 'the rule was switched off'],
  ])('%s cancels what waits', async (_, rules, note) => {
    const b = new Bench(oneRule('[{ log: one }, { log: two }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    expect(b.states).toEqual(['not-sent', 'planned'])
    b.rules = rules
    await b.until('10:10')
    expect(b.states).toEqual(['cancelled', 'cancelled'])
    expect(b.row(0).note).toBe(note)
    expect(b.sent).toEqual(['log one'])
  })

  test('an edit of the when alone cancels nothing', async () => {
    const b = new Bench(oneRule())
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.rules = rulesOf('rules: [{ id: r, when: lock.taskPoints > -1, then: [{ log: hello }] }]')
    await b.until('10:10')
    expect(b.states).toEqual(['applied'])
  })
})

describe('what waits too long', () => {
  const waiting = async (more: Partial<Bench['order']> = {}) => {
    const b = new Bench(oneRule(), {
      order: { polls: new Map([['chastify.session', { everyMs: 30 * second }]]), ...more },
    })
    b.world.set({ taskPoints: 1 })
    b.world.replies = Array.from({ length: 99 }, () => 'refused connection' as const)
    return b
  }

  test('expires after five minutes', async () => {
    const b = await waiting()
    await b.until('10:04:50')
    expect(b.states).toEqual(['not-sent'])
    await b.until('10:07')
    expect(b.states).toEqual(['expired'])
    b.world.replies = []
    const before = b.sent.length
    await b.until('12:00')
    expect(b.sent).toHaveLength(before)
  })

  test('expires after three polls where they are longer', async () => {
    const b = await waiting({ polls: new Map([['chastify.session', { everyMs: 10 * minute }]]) })
    await b.until('10:29')
    expect(b.states).toEqual(['not-sent'])
    await b.until('10:33')
    expect(b.states).toEqual(['expired'])
  })

  test('three polls of a cron expression are three of its gaps, also shortly before one of them', async () => {
    const b = await waiting({ polls: new Map([['chastify.session', { cron: '0 * * * *' }]]) })
    await b.until('10:59:30')
    expect(b.states).toEqual(['not-sent'])
  })

  test('is not sent once the condition has been seen false, if it was delayed beyond a poll', async () => {
    const b = await waiting()
    await b.until('10:01')
    b.world.set({ taskPoints: 0 })
    await b.until('10:02:30')
    const before = b.sent.length
    b.world.replies = []
    await b.until('10:04')
    expect(b.passing.verdicts.get('r')?.when?.truth).toBe(false)
    expect(b.sent).toHaveLength(before)
    expect(b.states).not.toContain('applied')
  })

  test('goes with the lock: it is cancelled, and no other lock is spoken of', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    Object.assign(b.world, { lock: null })
    await b.until('10:20')
    expect([b.states, b.row(0).note]).toEqual([['cancelled'], 'no lock is active'])
  })

  test('goes with another lock: it is cancelled, and nothing of it reaches that one', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.world.set({ id: lockB, taskPoints: 0, timeLockedSeconds: 0 })
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:01')
    b.world.broken = {}
    await b.until('10:20')
    expect(b.states).toEqual(['cancelled'])
    expect(b.row(0).note).toBe('another lock is active')
    expect(b.world.sent.every(({ request }) => request.lockId !== lockB)).toBe(true)
  })
})

describe('the switch', () => {
  const kinds = rulesOf(`rules:
  - { id: hard, when: lock.taskPoints > 0, then: [{ add_time: 10m }] }
  - { id: soft, when: lock.taskPoints > 0, then: [{ remove_time: 5m }, unfreeze] }
  - { id: words, when: lock.taskPoints > 0, then: [{ log: hello }] }
  - { id: play, when: lock.taskPoints > 0, then: [{ tracker.game: dice }] }
`)

  test('refuses what restricts and lets relief and words go; resume sends nothing of it', async () => {
    const b = new Bench(kinds, { order: { stopped: true } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:01')
    expect(b.sent).toEqual(['remove_time 300', 'unfreeze', 'log hello'])
    expect(b.rows.filter((row) => row.endsWith('refused'))).toEqual(['hard e1 0: refused', 'play e1 0: refused'])
    b.order = { ...b.order, stopped: false }
    await b.until('14:00')
    expect(b.sent).toEqual(['remove_time 300', 'unfreeze', 'log hello'])
  })

  test('judges a list item by item', async () => {
    const b = new Bench(oneRule('[{ log: one }, { add_time: 1m }, { log: three }, unfreeze]'), {
      order: { stopped: true },
    })
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.states).toEqual(['applied', 'refused', 'applied', 'applied'])
    expect(b.row(1)).toMatchObject({ failed: false, note: 'the wearer pressed stop' })
  })

  test('ends what waits to be tried again', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.order = { ...b.order, stopped: true }
    await b.until({ later: second })
    expect(b.states[0]).toMatch(/refused|cancelled/)
    b.order = { ...b.order, stopped: false }
    await b.until('10:30')
    expect(b.sent).toHaveLength(1)
  })

  test('ends what waits behind an earlier item of its list, so that resume does not send it', async () => {
    const b = new Bench(oneRule('[{ log: one }, { add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    expect(b.states).toEqual(['not-sent', 'planned'])
    b.order = { ...b.order, stopped: true }
    await b.until({ later: second })
    b.order = { ...b.order, stopped: false }
    await b.until('10:30')
    expect(b.sent).toEqual(['log one', 'log one'])
  })

  test('ends what waits from before a restart, although the lock cannot be read yet', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.restart()
    b.world.broken = { chastify: 'unreachable' }
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    b.order = { ...b.order, stopped: false }
    b.world.broken = {}
    await b.until('10:30')
    expect(b.sent).toHaveLength(1)
  })

  test('a toggle is judged as what it would do: on a frozen lock it is relief and goes', async () => {
    const b = new Bench(oneRule('[{ toggle_freeze: 1h }]'), { order: { stopped: true } })
    b.world.set({ taskPoints: 1, frozen: true })
    await b.until('10:01')
    expect(b.sent).toEqual(['toggle_freeze'])
    expect(b.world.lock?.frozen).toBe(false)
  })

  test('a toggle that would freeze is refused', async () => {
    const b = new Bench(oneRule('[{ toggle_freeze: 1h }]'), { order: { stopped: true } })
    b.world.set({ taskPoints: 1, frozen: false })
    await b.until('10:01')
    expect(b.states).toEqual(['refused'])
    expect(b.sent).toEqual([])
  })
})

describe('dry-run', () => {
  test('sends nothing, and its rows are final', async () => {
    const b = new Bench(oneRule('[{ log: one }, { add_time: 10m }, { log: "it {{ did }}" }]'), {
      order: { mode: 'dry-run' },
    })
    b.world.set({ taskPoints: 1 })
    await b.until('11:00')
    expect(b.states).toEqual(['dry-run', 'dry-run', 'dry-run'])
    expect(b.sent).toEqual([])
    expect(b.row(2).request?.body).toMatchObject({ title: 'it added 10 min' })
    const rows = b.kept.rows
    await b.until('14:00')
    expect(b.kept.rows).toBe(rows)
  })

  test('going live starts fresh, and coming back to it fires nothing again', async () => {
    const b = new Bench(oneRule('[{ log: hello }]', 'limit: 1 per lock'), { order: { mode: 'dry-run' } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    b.order = { ...b.order, mode: 'live' }
    b.restart()
    await b.until('10:20')
    expect(b.rows).toEqual(['r e1 0: dry-run', 'r e1 0: applied'])
    for (const mode of ['dry-run', 'live'] as const) {
      b.order = { ...b.order, mode }
      b.restart(mode)
      await b.until({ later: 10 * minute })
    }
    expect(b.sent).toEqual(['log hello'])
    expect(b.kept.rows).toHaveLength(2)
  })

  test('what waits is not carried into the other mode', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.order = { ...b.order, mode: 'dry-run' }
    b.restart()
    await b.until('10:01')
    expect(b.rows).toEqual(['r e1 0: cancelled', 'r e1 0: dry-run'])
  })
})

describe('whose lock it is', () => {
  test.each([
    ['another', 'bob'],
    ['an unknown', null],
  ])('%s wearer leads to no action', async (_, wearerUsername) => {
    const b = new Bench(oneRule(), { order: { expect: { wearer: 'alice' } } })
    b.world.set({ taskPoints: 1, wearerUsername })
    await b.until('10:30')
    expect(b.kept.rows).toEqual([])
    expect(b.sent).toEqual([])
  })

  test('the expected wearer is acted on', async () => {
    const b = new Bench(oneRule(), { order: { expect: { wearer: 'alice' } } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.sent).toEqual(['log hello'])
  })

  test('what waits is not sent once the wearer is another', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'), { order: { expect: { wearer: 'alice' } } })
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ trouble: 'rate-limited', retryAfterMs: 45_000 }]
    await b.until('10:00:20')
    b.world.set({ wearerUsername: 'bob' })
    b.passing = { ...b.passing, health: {} }
    await b.until('10:10')
    expect(b.sent).toHaveLength(1)
  })

  test('a new lock waits for the yes, fires once with it, and the next one waits again', async () => {
    const b = new Bench(oneRule(), { order: { newLock: 'ask' } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:30')
    expect(b.last?.standstill).toBe('not accepted')
    expect(b.kept.rows).toEqual([])
    b.tell.push({ accepted: b.kept.session ?? '' })
    await b.until('10:31')
    expect(b.sent).toEqual(['log hello'])
    b.restart()
    await b.until('10:40')
    expect(b.last?.standstill).not.toBe('not accepted')
    b.world.set({ id: lockB })
    await b.until('10:50')
    expect(b.last?.standstill).toBe('not accepted')
    expect(b.sent).toEqual(['log hello'])
  })

  test('a yes in another lock entry of time does nothing before a lock was read', async () => {
    const b = new Bench(oneRule(), { order: { newLock: 'ask' } })
    b.world.set({ taskPoints: 1 })
    b.tell.push({ accepted: b.kept.session ?? '' })
    await b.until('10:30')
    expect(b.sent).toEqual([])
  })

  test('dry-run needs no yes, and live asks afterwards all the same', async () => {
    const b = new Bench(oneRule(), { order: { newLock: 'ask', mode: 'dry-run' } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect(b.states).toEqual(['dry-run'])
    b.order = { ...b.order, mode: 'live' }
    b.restart()
    await b.until('10:20')
    expect(b.sent).toEqual([])
  })
})

describe('doubtful clocks', () => {
  test.each([
    [119 * second, true],
    [-119 * second, true],
    [123 * second, false],
    [-123 * second, false],
  ])('%i ms apart from the service: acts is %s', async (aheadMs, acts) => {
    const b = new Bench(oneRule())
    b.world.aheadMs = aheadMs
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect(b.sent).toEqual(acts ? ['log hello'] : [])
    if (!acts) expect(b.last?.standstill).toBe('clock doubtful')
  })

  test('nothing is decided before the last stored step where no service tells the time', async () => {
    const b = new Bench(oneRule())
    b.world.tellsTime = false
    await b.until('10:10')
    b.restart()
    b.now = moment('09:30')
    b.world.set({ taskPoints: 1 })
    await b.until('09:50')
    expect(b.last?.standstill).toBe('clock went back')
    expect(b.sent).toEqual([])
    await b.until('10:20')
    expect(b.sent).toEqual(['log hello'])
  })

  test('what a wrong clock has stored is put right once a service confirms the right one', async () => {
    const wrong = moment('2027-04-06 10:00')
    const b = new Bench(oneRule('[{ add_time: 10m }]', 'for: 1h'), { start: '2027-04-06 10:00' })
    b.world.set({ taskPoints: 1 })
    b.world.tellsTime = false
    await b.until({ later: 70 * minute })
    expect(b.sent).toEqual(['add_time 600'])
    expect(b.kept.storedAt).toBeGreaterThan(wrong)

    b.now = moment('10:00')
    b.world = new World(b.now)
    b.world.set({ taskPoints: 1 })
    b.restart()
    await b.until('10:02')
    expect(b.last?.standstill).not.toBe('clock went back')
    expect(b.passing.putRight?.from).toBeGreaterThan(wrong)
    const stored = (JSON.stringify(b.kept).match(/\b1[0-9]{12}\b/g) ?? []).map(Number)
    expect(Math.max(...stored)).toBeLessThanOrEqual(b.now)
    // What was sent still uses up what is agreed, today.
    const { limits } = b.order
    const { rows, past, session } = b.kept
    const around = { limits, rows, past, session: session ?? '', mode: 'live' as const, now: b.now }
    const today = usedOf({ ...around, zone: berlin }).find(({ limit, per }) => limit === 'add_time' && per === 'day')
    expect(today?.used).toBe(600)
    const before = b.passing.putRight
    b.world.set({ taskPoints: 0 })
    await b.until('10:10')
    b.world.set({ taskPoints: 1 })
    await b.until('11:20')
    expect(b.sent).toEqual(['add_time 600'])
    expect(b.passing.putRight).toBe(before)
  })

  test('a moment that a wrong clock has brought before its time does not come twice', async () => {
    const rules = rulesOf('rules: [{ id: r, at: "10:30", then: [{ log: hello }] }]')
    const b = new Bench(rules)
    await b.until('10:40')
    expect(b.sent).toEqual(['log hello'])
    b.now = moment('10:20')
    b.world = new World(b.now)
    b.restart()
    await b.until('10:50')
    expect([b.sent, b.kept.rows.length]).toEqual([[], 1])
  })

  test('a clock set far ahead for a moment leaves nothing behind, and nothing expires by it', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.jump(400 * day)
    await b.until({ later: 5 * second })
    expect(b.last?.standstill).toBe('clock doubtful')
    b.jump(-400 * day)
    await b.until({ later: 2 * minute })
    expect(b.states).toEqual(['applied'])
    expect([b.passing.putRight, b.passing.heldUntil, b.kept.gaps]).toEqual([null, {}, []])
  })

  test('where no service tells the time, a clock that was set is gone by after five minutes', async () => {
    const b = new Bench(oneRule())
    b.world.tellsTime = false
    await b.until('10:05')
    b.jump(20 * second)
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 4 * minute })
    expect([b.last?.standstill, b.sent]).toEqual(['clock was set', []])
    await b.until({ later: 2 * minute })
    expect(b.sent).toEqual(['log hello'])
  })

  test('nor is it when something is stored meanwhile', async () => {
    const b = new Bench(oneRule('[{ log: one }]'))
    b.world.tellsTime = false
    await b.until('10:10')
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['no answer yet']
    await b.until('10:11')
    b.world.set({ taskPoints: 0 })
    await b.until('10:12')
    b.restart()
    b.now = moment('09:30')
    b.world.set({ taskPoints: 1 })
    await b.until('09:50')
    expect(b.states).toEqual(['unsettled'])
    expect(b.last?.standstill).toBe('clock went back')
  })

  test('a clock that was wrong at first, and was known to be, does not silence it once it is right', async () => {
    const b = new Bench(oneRule(), { start: '2027-03-02 10:00' })
    b.world.aheadMs = moment('2027-03-02 10:00') - moment('10:00')
    await b.until({ later: minute })
    expect(b.last?.standstill).toBe('clock doubtful')
    b.restart()
    b.now = moment('10:02')
    b.world.aheadMs = 0
    b.world.set({ taskPoints: 1 })
    await b.until('10:10')
    expect(b.sent).toEqual(['log hello'])
  })
})

describe('readings that tell nothing', () => {
  test('nothing is decided on an answer that makes no sense', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, when: "time.clock >= 10:01", then: [{ log: hello }] }]'))
    await b.until('10:00:50')
    const before = b.passing
    const made = await step(moment('10:01:10'), b.rules, b.kept, before, nonsense('10:01:10'), b.order)
    expect(made.standstill).toBe('nothing new read')
    expect(made.changed).toEqual([])
  })

  const nonsense = (at: string): News[] => [
    {
      reading: {
        topic: 'chastify.session',
        asked: moment(at) - 100,
        answered: moment(at),
        serverTime: null,
        ok: true,
        body: { maintenance: true },
      },
    },
  ]

  test('without an active lock the service is asked less often, and a rule about that is judged all the same', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, when: lock.active is false, then: [{ tracker.game: dice }] }]'))
    b.world.lock = null
    await b.until('12:00')
    const reads = b.world.reads.filter(({ topic }) => topic.includes('apps'))
    expect(reads.length).toBeLessThanOrEqual(25)
    expect(b.sent).toEqual(['game dice'])
  })

  test('what was read without a lock is not stale before three of those longer intervals', async () => {
    const b = new Bench(oneRule())
    b.world.lock = null
    await b.until('10:04')
    expect(b.world.reads.filter(({ topic }) => topic.includes('apps'))).toHaveLength(1)
    const made = await step(b.now, b.rules, b.kept, b.passing, [], b.order)
    expect(made.passing.facts.get('lock.active')).toMatchObject({ known: true, value: false })
  })

  test('without a lock it stays quiet although an action for a lock was asked for', async () => {
    const b = new Bench(rulesOf('rules: [{ id: r, when: tracker.locked is true, then: [{ add_time: 10m }] }]'))
    b.world.lock = null
    await b.until('11:00')
    expect(b.world.reads.filter(({ topic }) => topic.includes('apps')).length).toBeLessThanOrEqual(20)
    expect(b.sent).toEqual([])
  })
})

describe('the wake', () => {
  /** Slow enough that days pass quickly; the bench itself throws where the wake lies in the past with nothing to do. */
  const slow = new Map([
    ['chastify.session', { everyMs: 5 * minute }],
    ['tracker.stats', { everyMs: 15 * minute }],
  ] as const)
  /** Polls, each in three steps (it is due, it has begun, it is answered), and each hour's sign of life. */
  const idle = (days: number) => 3 * days * ((day / (5 * minute)) * 1.15 + (day / (15 * minute)) * 1.15 + 24)

  test.each<[string, (b: Bench) => void]>([
    ['all is well', () => undefined],
    ['chastify is down', (b) => Object.assign(b.world.broken, { chastify: 'unreachable' })],
    ['both are down', (b) => Object.assign(b.world.broken, { chastify: 'timeout', tracker: 'server-error' })],
    [
      'the tokens are refused',
      (b) => Object.assign(b.world.broken, { chastify: 'invalid-token', tracker: 'invalid-token' }),
    ],
    ['reading is forbidden', (b) => Object.assign(b.world.broken, { chastify: 'forbidden' })],
    ['there is no lock', (b) => Object.assign(b.world, { lock: null })],
    [
      'every write is refused',
      (b) => Object.assign(b.world, { replies: Array.from({ length: 999 }, () => 'refused connection') }),
    ],
    ['a row waits for a fact that stays unknown', (b) => b.world.set({ timeRemainingSeconds: null })],
    ['a game waits for a tracker that is down', (b) => Object.assign(b.world.broken, { tracker: 'unreachable' })],
    ['the lock is not accepted', (b) => Object.assign(b.order, { newLock: 'ask' })],
    ['it is another wearer', (b) => Object.assign(b.order, { expect: { wearer: 'bob' } })],
    ['the clock is off', (b) => Object.assign(b.world, { aheadMs: hour })],
    ['it is stopped', (b) => Object.assign(b.order, { stopped: true })],
    ['nothing answers a write', (b) => Object.assign(b.world, { replies: ['no answer yet'] })],
    ['it shuts down', (b) => Object.assign(b.order, { closing: true })],
  ])('three days while %s', async (_, arrange) => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ add_time: 10m }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ freeze: 10m }, { log: frozen }] }
  - { id: c, when: tracker.locked is true, then: [{ tracker.game: dice }] }
`)
    const b = new Bench(rules, { order: { polls: slow } })
    b.world.set({ taskPoints: 1 })
    arrange(b)
    await b.until({ later: 3 * day })
    expect(b.steps).toBeGreaterThan(3)
    // What is down is tried every two minutes at the least, each service by itself, each time in a few steps.
    const tries = (2 * 3 * day) / (2 * minute)
    expect(b.steps).toBeLessThan(idle(3) + 2 * tries + 400)
  })

  test('a start after days off, with rows that waited, and a machine that slept for days', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'), { order: { polls: slow } })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    b.restart()
    b.now += 3 * day
    await b.until({ later: hour })
    expect(b.states).toEqual(['expired'])
    b.now += 3 * day
    await b.until({ later: day })
    expect(b.steps).toBeLessThan(idle(2))
  })

  /** The real loop on a clock that jumps from wake to wake; how often it slept in so much made-up time. */
  async function sleeps(b: Bench, lasts: number): Promise<number> {
    const end = b.now + lasts
    const abort = new AbortController()
    let count = 0
    const clock: Clock = {
      now: () => b.now,
      ticks: () => b.now,
      async until(at, signal) {
        // What was sent or read is answered before the clock moves on.
        await new Promise((resolve) => setImmediate(resolve))
        if (signal.aborted) return
        if (++count > 5000 || at > end) abort.abort()
        else b.now = Math.max(b.now, Math.ceil(at))
      },
    }
    const send: Send = async (request) => {
      const answer = b.world.answer(request, b.now)
      if (!answer) throw new Error('everything is answered')
      b.now = answer.answered
      return answer
    }
    let version = 0
    const loop = await startLoop(
      'main',
      {
        clock,
        send,
        journal: {
          open: async () => ({ kept: b.kept, version }),
          version: async () => version,
          commit: async () => ++version,
          gone: () => null,
          rest: () => undefined,
        },
        rules: () => b.rules,
        order: () => b.order,
        observe: () => undefined,
        unstored: (is) => {
          throw new Error(is?.words)
        },
      },
      abort.signal,
    )
    await loop.done
    b.kept = loop.kept
    return count
  }
  /** As the config has it without a tracker. */
  const withoutTracker = (b: Bench) => {
    b.order = {
      ...b.order,
      services: b.order.services.filter(({ name }) => name !== 'tracker'),
      polls: new Map([['chastify.session', { everyMs: 30 * second }]]),
    }
  }

  test('the real loop sleeps between polls', async () => {
    const b = new Bench(oneRule())
    b.world.set({ taskPoints: 1 })
    expect(await sleeps(b, hour)).toBeLessThan(600)
    expect(b.sent).toEqual(['log hello'])
  })

  test('the real loop sleeps while a game waits for a tracker that the config does not name', async () => {
    const b = new Bench(oneRule('[{ tracker.game: dice }]'))
    withoutTracker(b)
    b.world.set({ taskPoints: 1 })
    expect(await sleeps(b, hour)).toBeLessThan(600)
  })

  test('the real loop sleeps after the tracker was taken out of the config', async () => {
    const b = new Bench(oneRule('[{ tracker.game: dice }]'))
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.states).toEqual(['applied'])
    withoutTracker(b)
    expect(await sleeps(b, hour)).toBeLessThan(600)
  })
})

test('a step without anything to go by decides nothing and reads at once', async () => {
  const b = new Bench(oneRule())
  const made = await step(b.now, b.rules, b.kept, nothingSeen, [], b.order)
  expect(made).toMatchObject({ standstill: 'no reading yet', changed: [], decisions: [] })
  expect(made.kept satisfies Kept).toBe(b.kept)
  expect(made.wake).toMatchObject({ at: b.now, read: ['chastify.session', 'tracker.stats'] })
})
