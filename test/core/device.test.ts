// A device is never left to itself: what set it going is followed by a stop, whatever happens in between.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitsSchema } from '../../src/core/acting/limits.ts'
import { isOwnStop } from '../../src/core/acting/own.ts'
import { unstoredReasons } from '../../src/core/model/ports.ts'
import { Bench, type BenchOptions, hour, lockB, minute, oneRule, type Reply, rulesOf, second } from './bench.ts'

const start = '[{ device: vibration.start }]'
const agreed = limitsSchema.parse({
  allow: ['device', 'log', 'add_time', 'freeze', 'unfreeze'],
  device: { commands: ['vibration.start', 'shock.start', 'shock.random.set'], times_per_hour: 'unlimited' },
})

function bench(then = start, options: BenchOptions = {}): Bench {
  return new Bench(oneRule(then), { limits: agreed, ...options })
}

/** Runs until the rule's first row has left, and a moment more for its answer. */
async function begun(b: Bench, replies: Reply[] = []): Promise<number> {
  b.world.replies = replies
  b.world.set({ taskPoints: 1 })
  while (b.sent.length === 0) await b.until({ later: second })
  return b.world.sent[0]?.at ?? 0
}

/** When each stop left, in milliseconds after the first sending. */
function stops(b: Bench): number[] {
  const from = b.world.sent[0]?.at ?? 0
  return b.world.sent.filter(({ what }) => what === 'device all.stop').map(({ at }) => at - from)
}

describe('the stop that follows', () => {
  test('leaves within `each` of the sending, once, by the ledger, and no poll is waited for', async () => {
    const polls = new Map([['chastify.session', { everyMs: hour }]] as const)
    const b = bench(start, { order: { polls } })
    await b.until('10:01')
    b.world.set({ taskPoints: 1 })
    await b.until('12:10')
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(stops(b)).toEqual([4500])
    expect(b.rows[0]).toMatch(/^r e1 0: applied$/)
    expect(b.kept.rows[1]).toMatchObject({ rule: '(device)', state: 'applied', effect: { command: 'all.stop' } })
    expect(b.row(0).effect.seconds).toBe(5)
    await b.until('20:00')
    expect(b.sent).toHaveLength(2)
  })

  test.each([
    ['1s', 900],
    ['10s', 9000],
    ['20s', 19_000],
    ['2m', 119_000],
  ])('of %s', async (each, after) => {
    const b = bench(start, {
      limits: {
        ...agreed,
        device: { ...agreed.device, each: limitsSchema.parse({ device: { each } }).device?.each },
      } as never,
    })
    await begun(b)
    await b.until({ later: 5 * minute })
    expect(stops(b)).toEqual([after])
  })

  test('without an agreed length there is none', async () => {
    const b = bench(start, { limits: { ...agreed, device: { ...agreed.device, each: null } } as never })
    await begun(b)
    await b.until({ later: hour })
    expect(b.sent).toEqual(['device vibration.start'])
  })

  test('a length agreed since that is shorter holds, a longer one does not', async () => {
    const b = bench()
    await begun(b)
    const limits = b.order.limits
    b.order = { ...b.order, limits: { ...limits, device: { ...limits.device, each: 2 } } }
    await b.until({ later: 1500 })
    expect(stops(b)).toHaveLength(1)
    const c = bench()
    await begun(c)
    c.order = { ...c.order, limits: { ...limits, device: { ...limits.device, each: 60 } } }
    await c.until({ later: 10 * second })
    expect(stops(c)).toEqual([4500])
  })

  test.each(unstoredReasons)('leaves at once, and once, when it is so: %s; no other starts', async (unstored) => {
    const rules = rulesOf(`rules:
  - { id: one, when: lock.taskPoints > 0, then: [device: vibration.start] }
  - { id: two, when: lock.taskPoints > 1, then: [device: shock.start] }
`)
    const b = new Bench(rules, { limits: { ...agreed, device: { ...agreed.device, each: 600 } } as never })
    await begun(b)
    await b.until({ later: second })
    b.order = { ...b.order, unstored }
    b.world.set({ taskPoints: 2 })
    await b.until({ later: second })
    await b.until({ later: hour })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(stops(b)[0]).toBeLessThanOrEqual(3 * second)
    expect(b.last?.standstill).toBe(unstored)
  })

  test('one for each start', async () => {
    const b = bench('[{ device: vibration.start }, { device: shock.start }, { device: shock.random.set }]')
    await begun(b)
    await b.until({ later: minute })
    expect(b.sent.filter((what) => what === 'device all.stop')).toHaveLength(3)
    expect(b.sent).toHaveLength(6)
  })

  test('a stop by a rule is followed by none, and a refused or rejected start neither', async () => {
    const b = bench('[{ device: vibration.stop }]')
    await begun(b)
    const c = bench()
    await begun(c, [{ trouble: 'invalid' }])
    for (const one of [b, c]) {
      await one.until({ later: minute })
      expect(one.sent).toHaveLength(1)
    }
    const d = bench(start, { limits: { ...agreed, allow: ['log'] } })
    d.world.set({ taskPoints: 1 })
    await d.until({ later: 5 * minute })
    expect(d.sent).toEqual([])
    expect(d.states).toEqual(['refused'])
  })

  test('a dry run sends none, and plans none', async () => {
    const b = bench(start, { order: { mode: 'dry-run' } })
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 5 * minute })
    expect(b.states).toEqual(['dry-run'])
    expect(b.sent).toEqual([])
  })
})

describe('whatever came of the start', () => {
  test('a start that may have arrived is stopped, is not sent again, and ends its list', async () => {
    const b = bench('[{ device: vibration.start }, { log: more }]')
    await begun(b, ['timeout'])
    await b.until({ later: 5 * minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(b.states).toEqual(['unsettled', 'cancelled', 'applied'])
  })

  test('one that has no answer yet is stopped in time, and once more when it has one', async () => {
    const b = bench()
    b.world.writeMs = 12 * second
    await begun(b)
    await b.until({ later: 5 * minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop', 'device all.stop'])
    expect(stops(b)).toEqual([4500, 12_000])
  })

  test('each sending that is underway when its stop is due has a stop of its own', async () => {
    const b = bench()
    b.world.writeMs = 12 * second
    await begun(b, ['refused connection'])
    await b.until({ later: 5 * minute })
    expect(b.sent.filter((what) => what === 'device vibration.start')).toHaveLength(2)
    const again =
      (b.world.sent.findLast(({ what }) => what === 'device vibration.start')?.at ?? 0) - (b.world.sent[0]?.at ?? 0)
    expect(stops(b)).toEqual([4500, again + 4500, again + 12_000])
  })

  test('one that surely did not leave is not stopped; when it leaves after all, it is', async () => {
    const b = bench()
    await begun(b, ['refused connection'])
    await b.until({ later: 5 * minute })
    expect(b.sent).toEqual(['device vibration.start', 'device vibration.start', 'device all.stop'])
    expect(stops(b)[0]).toBe((b.world.sent[1]?.at ?? 0) - (b.world.sent[0]?.at ?? 0) + 4500)
  })

  test('one that a dying process left behind is stopped by the next', async () => {
    const b = bench()
    await begun(b, ['no answer yet'])
    await b.until({ later: 0 })
    b.restart()
    await b.until({ later: minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(b.states).toEqual(['unsettled', 'applied'])
  })

  test('one whose stop is overdue at the next start is stopped at once', async () => {
    const b = bench()
    await begun(b)
    b.now += 3 * hour
    b.restart()
    await b.until({ later: 2 * second })
    expect(stops(b)).toHaveLength(1)
  })

  test('what a person says of it later sends nothing', async () => {
    const b = bench()
    await begun(b, ['timeout'])
    await b.until({ later: hour })
    b.tell.push({ settled: b.row(0), happened: true, by: 'wearer' })
    await b.until({ later: hour })
    expect(b.row(0).state).toBe('applied')
    expect(stops(b)).toHaveLength(1)
  })

  test('a clock set back does not make it last longer', async () => {
    const b = bench()
    await begun(b)
    b.now -= hour
    b.tell.push({ jump: -hour })
    await b.until({ later: second })
    expect(stops(b)).toHaveLength(1)
  })
})

describe('what would hold back other rows does not hold it back', () => {
  test.each<[string, (b: Bench) => void]>([
    [
      'limits that are at fault',
      (b) => {
        b.order = { ...b.order, limitsFaulty: true }
      },
    ],
    [
      'limits that allow nothing any more',
      (b) => {
        b.order = { ...b.order, limits: { ...b.order.limits, allow: [], ends: 0 } }
      },
    ],
    [
      'a lock that waits for a yes',
      (b) => {
        b.order = { ...b.order, newLock: 'ask' }
      },
    ],
    [
      'another wearer than expected',
      (b) => {
        b.order = { ...b.order, expect: { wearer: 'nobody' } }
      },
    ],
    [
      'a doubtful clock',
      (b) => {
        b.world.aheadMs = 10 * minute
        b.now += 31 * second
      },
    ],
    [
      'rules that are gone',
      (b) => {
        b.rules = rulesOf('rules: []')
      },
    ],
    [
      'a service that fails',
      (b) => {
        b.passing = {
          ...b.passing,
          health: {
            ...b.passing.health,
            chastify: { ...b.passing.health.chastify, healthy: false, notBefore: b.now + hour } as never,
          },
        }
      },
    ],
    [
      'an outage',
      (b) => {
        b.passing = { ...b.passing, heldUntil: { chastify: b.now + hour } }
      },
    ],
    [
      'a refusal of the action, and of its token',
      (b) => {
        b.passing = { ...b.passing, forbidden: { device: 'no', 'chastify as device': 'no' } }
      },
    ],
  ])('%s', async (_, happens) => {
    const b = bench()
    await begun(b)
    happens(b)
    await b.until({ later: 40 * second })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(b.kept.rows.at(-1)?.state).toBe('applied')
  })

  test('a write that has no answer', async () => {
    const b = bench('[{ device: vibration.start }, { log: more }]')
    await begun(b, ['ok', 'no answer yet'])
    await b.until({ later: 20 * second })
    expect(b.sent).toEqual(['device vibration.start', 'log more', 'device all.stop'])
  })

  test('the end of the program: then it leaves at once', async () => {
    const b = bench()
    await begun(b)
    b.order = { ...b.order, closing: true }
    await b.until({ later: 100 })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(stops(b)[0]).toBeLessThan(2000)
  })

  test('it does not expire: it is tried until it leaves', async () => {
    const b = bench()
    await begun(b, ['ok', ...Array.from({ length: 30 }, (): Reply => 'refused connection')])
    await b.until({ later: 20 * minute })
    expect(b.sent.filter((what) => what === 'device all.stop').length).toBeGreaterThan(10)
    b.world.replies = []
    await b.until({ later: 5 * minute })
    expect(b.kept.rows.at(-1)?.state).toBe('applied')
  })

  test('the service’s own rest does not delay its next try', async () => {
    const polls = new Map([['chastify.session', { everyMs: hour }]] as const)
    const b = bench(start, { order: { polls } })
    b.world.set({ taskPoints: 1 })
    await begun(b, ['ok', 'refused connection'])
    const { chastify } = b.passing.health
    if (!chastify) throw new Error('no health')
    b.passing = { ...b.passing, health: { chastify: { ...chastify, failures: 12 } } }
    await b.until({ later: 20 * second })
    expect(stops(b)).toEqual([4500, 9700])
  })

  test('one whose answer was lost is sent once more', async () => {
    const b = bench()
    await begun(b, ['ok', 'timeout'])
    await b.until({ later: minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop', 'device all.stop'])
    expect(b.states).toEqual(['applied', 'applied'])
  })

  test('another lock: nothing of the old one is sent to it', async () => {
    const b = bench()
    await begun(b)
    b.world.set({ id: lockB, taskPoints: 0 })
    b.world.lock = { ...(b.world.lock as NonNullable<typeof b.world.lock>) }
    b.now += 31 * second
    b.restart()
    await b.until({ later: minute })
    expect(b.world.sent.filter(({ request }) => request.lockId === lockB)).toEqual([])
  })
})

describe('pressing stop', () => {
  test('sends all.stop at once, once a press, and refuses the next start', async () => {
    const b = bench('[{ device: vibration.start }]', {
      limits: { ...agreed, device: { ...agreed.device, each: 600 } } as never,
    })
    await begun(b)
    b.order = { ...b.order, stopped: true }
    await b.until({ later: second })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop'])
    expect(b.kept.rows[1]).toMatchObject({ rule: '(stop)', state: 'applied' })
    await b.until({ later: 5 * minute })
    b.restart()
    await b.until({ later: minute })
    expect(b.sent).toHaveLength(2)
    b.order = { ...b.order, stopped: false }
    await b.until({ later: minute })
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop', 'device all.stop'])
    await b.until({ later: 10 * minute })
    // What follows the start comes in spite of it.
    expect(b.sent).toHaveLength(4)
    expect(b.kept.rows.map(({ rule }) => rule)).toEqual(['r', '(stop)', '(stop)', '(device)'])
  })

  test('with a device that was never begun with, nothing', async () => {
    const b = bench('[{ device: vibration.stop }, { log: x }]')
    await begun(b)
    await b.until({ later: minute })
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    expect(b.sent).toEqual(['device vibration.stop', 'log x'])
  })

  test('while the start is on its way: at once, and once more when that has ended', async () => {
    const b = bench(start, { limits: { ...agreed, device: { ...agreed.device, each: null } } as never })
    b.world.writeMs = 10 * second
    await begun(b)
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    expect(b.sent).toEqual(['device vibration.start', 'device all.stop', 'device all.stop'])
    expect(stops(b)[0]).toBeLessThan(2000)
    expect(stops(b)[1]).toBe(10_000)
  })

  test('takes back our own freeze as well', async () => {
    const b = bench('[{ freeze: 1h }, { device: vibration.start }]')
    await begun(b)
    await b.until({ later: 2 * minute })
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    expect(b.sent).toEqual(['freeze 3600', 'device vibration.start', 'device all.stop', 'unfreeze', 'device all.stop'])
  })

  test('a list under way goes on with what stops, not with what starts', async () => {
    const b = bench('[{ log: a }, { device: vibration.start }, { device: shock.stop }]')
    b.world.writeMs = 3 * second
    await begun(b)
    b.order = { ...b.order, stopped: true }
    await b.until({ later: minute })
    expect(b.sent).toEqual(['log a', 'device shock.stop'])
  })
})

describe('refusals name what refuses', () => {
  test.each([
    [
      'a command that is not agreed',
      '{ command: shock.berserk.set }',
      {},
      '10:00',
      'shock.berserk.set is not among limits.device.commands',
    ],
    ['the hours', 'vibration.start', {}, '22:30', 'limits.device.quiet is 22:00-08:00'],
    ['how often', 'vibration.start', { times_per_hour: 0 }, '10:00', 'limits.device.times_per_hour is 0'],
  ])('%s', async (_, device, limits, at, note) => {
    const b = bench(`[{ device: ${device} }]`, {
      start: at,
      limits: { ...agreed, device: { ...agreed.device, ...limits } },
    })
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 2 * minute })
    expect(b.row(0)).toMatchObject({ state: 'refused', note })
    expect(b.sent).toEqual([])
  })

  test.each(['vibration.stop', 'shock.stop', 'all.stop'])('%s needs no leave, at no hour', async (command) => {
    const b = bench(`[{ device: ${command} }]`, { start: '23:30', limits: { allow: [], device: { commands: [] } } })
    b.order = { ...b.order, stopped: true }
    b.world.set({ taskPoints: 1 })
    await b.until({ later: 2 * minute })
    expect(b.sent).toEqual([`device ${command}`])
  })
})

test('a refused device leaves the lock’s own token alone', async () => {
  const b = bench('[{ device: vibration.start }]')
  await begun(b, [{ trouble: 'invalid-token' }])
  await b.until({ later: minute })
  expect(b.row(0)).toMatchObject({ state: 'rejected' })
  expect(b.passing.health.chastify).toMatchObject({ healthy: true, dead: false })
  expect(b.passing.forbidden).toEqual({ 'chastify as device': 'it is invalid-token' })
  const c = bench('[{ device: vibration.start }]')
  await begun(c, [{ trouble: 'forbidden' }])
  await c.until({ later: minute })
  expect(c.passing.health.chastify).toMatchObject({ healthy: true, dead: false })
  expect(c.passing.forbidden).toEqual({ device: 'it is forbidden' })
})

test('whatever services, processes and switches do, no start is left without a stop that came after it', async () => {
  const happening = fc.record({
    taskPoints: fc.integer({ min: 0, max: 2 }),
    stopped: fc.boolean(),
    restart: fc.boolean(),
    writeMs: fc.constantFrom(100, 100, 3000, 9000),
    replies: fc.array(
      fc.constantFrom<Reply[]>('ok', 'ok', 'timeout', 'timeout, but done', 'refused connection', {
        trouble: 'conflict',
      }),
      { maxLength: 3 },
    ),
    laterMs: fc.integer({ min: 500, max: 2 * minute }),
  })
  const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ log: a }, { device: vibration.start }, { log: b }] }
  - { id: b, when: lock.taskPoints > 1, then: [{ device: shock.start }, { add_time: 10m }] }
`)
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 12 }), async (story) => {
      const b = new Bench(rules, { limits: { ...agreed, actions: { per_hour: null } } as never })
      for (const it of story) {
        b.world.set({ taskPoints: it.taskPoints })
        b.world.replies = [...it.replies]
        b.world.writeMs = it.writeMs
        b.order = { ...b.order, stopped: it.stopped }
        if (it.restart) b.restart(`run-${b.steps}`)
        await b.until({ later: it.laterMs })
      }
      b.world.replies = []
      b.world.writeMs = 100
      await b.until({ later: 3 * minute })
      const lastStart = b.world.done.findLastIndex((what) => what.endsWith('.start'))
      // What the service answers with a refusal is not done, and not asked for again.
      const refused = b.kept.rows.some((row) => isOwnStop(row) && row.trouble === 'conflict')
      if (lastStart >= 0 && !refused) expect(b.world.done.slice(lastStart)).toContain('device all.stop')
      expect(b.kept.rows.filter(({ state }) => state === 'planned' || state === 'sending')).toEqual([])
    }),
    { numRuns: 60 },
  )
})

describe('what it is told', () => {
  const told = (params: object, agreedTo?: object) => {
    const device = agreedTo === undefined ? agreed.device : { ...agreed.device, params: agreedTo }
    const limits = { ...agreed, device } as typeof agreed
    return bench(`[{ device: { command: vibration.start, params: ${JSON.stringify(params)} } }]`, { limits })
  }
  const run = async (b: Bench) => {
    b.world.set({ taskPoints: 1 })
    await b.until({ later: minute })
    return b
  }

  test('is clamped to what was agreed, and the row says so', async () => {
    const b = await run(told({ intensity: 80 }, { intensity: 40 }))
    expect(b.world.sent[0]?.request.body).toEqual({ command: 'vibration.start', params: { intensity: 40 } })
    expect(b.row(0).note).toContain('limits.device.params.intensity is 40')
  })

  test('is refused where nobody named it', async () => {
    const b = await run(told({ intensity: 1, ramp: 2 }, { intensity: 40 }))
    expect(b.world.sent).toEqual([])
    expect(b.row(0)).toMatchObject({ state: 'refused', note: 'ramp is not among limits.device.params' })
    expect((await run(told({ intensity: 1 }))).row(0)).toMatchObject({ state: 'refused' })
  })
})
