// A loop that stands still is seen to: the real loop on made-up time, over a disk and a service that let it down.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import type { Answer } from '../../src/core/model/service.ts'
import { systemClock } from '../../src/daemon/clock.ts'
import { type Loop, type LoopPorts, startLoop } from '../../src/daemon/loop.ts'
import { stuckMs } from '../../src/daemon/stuck.ts'
import type { DaemonView } from '../../src/queries/daemon.ts'
import { answersOf } from '../../src/queries/index.ts'
import { services } from '../../src/services/index.ts'
import { berlin, hour, minute, moment, oneRule, second, World } from '../core/bench.ts'

const start = moment('10:00')
const graceMs = minute
/** How long a request takes; time that stood still would let no reading be newer than a write. */
const roundTripMs = 100

beforeEach(() => {
  vi.useFakeTimers({
    now: start,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms))
const forEver = () => new Promise<never>(() => undefined)

class House {
  readonly world = new World(start)
  readonly abort = new AbortController()
  loop: Loop | null = null
  reads = 0
  commits = 0
  send: () => Promise<void> = async () => undefined
  commit: () => Promise<void> = async () => undefined

  async open(): Promise<this> {
    const rules = oneRule('[add_time: 10m]')
    const ports: LoopPorts = {
      clock: systemClock(),
      journal: {
        open: async () => ({ kept: emptyKept('seed'), version: this.commits }),
        version: async () => this.commits,
        commit: async () => {
          await this.commit()
          return ++this.commits
        },
        gone: () => null,
        rest: () => undefined,
      },
      send: async (request): Promise<Answer> => {
        if (request.method === 'GET') this.reads++
        const asked = Date.now()
        await this.send()
        await new Promise((resolve) => setTimeout(resolve, roundTripMs))
        const answer = this.world.answer(request, asked)
        if (answer === null) throw new Error('everything is answered')
        return answer
      },
      rules: () => rules,
      order: () => ({
        lock: 'main',
        mode: 'live',
        zone: berlin,
        limits: limitsOf([], berlin),
        services: services.filter(({ name }) => name === 'chastify'),
        polls: new Map([['chastify.session', { everyMs: 30 * second, calmMs: 10 * minute }]]),
        expect: null,
        newLock: 'auto',
        run: 'run',
        stopped: false,
      }),
      observe: () => undefined,
      unstored: () => undefined,
    }
    this.loop = await startLoop('main', ports, this.abort.signal)
    return this
  }

  get stuck(): number {
    return this.loop?.stuckMs ?? Number.NaN
  }

  /** What `lockwarden health` is told. */
  get health(): Promise<unknown> {
    const loops = new Map(this.loop ? [['main', this.loop]] : [])
    return answersOf({ config: { zone: berlin }, loops } as unknown as DaemonView).health({})
  }
}

test.each([
  ['not due yet', 1000, [], 0, 0],
  ['a little late', 1000, [], 1000 + graceMs - 1, 0],
  ['a minute late', 1000, [], 1000 + graceMs, graceMs],
  ['with a request within its time', 1_000_000, [0], 30 * second + graceMs - 1, 0],
  ['with one beyond it', 1_000_000, [50_000, 0], 30 * second + graceMs, graceMs],
])('a loop %s', (_, due, since, ticks, stuck) => {
  const inAir = since.map((one) => ({ since: one }))
  expect(stuckMs(due, inAir, ticks)).toBe(stuck)
})

describe('a loop', () => {
  test('that goes round is never stuck, be it calm, without an answer, or the clock set', async () => {
    const house = await new House().open()
    const seen: number[] = []
    const look = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await pass(20 * second)
        seen.push(house.stuck)
      }
    }
    await look(360)
    house.world.broken.chastify = 'unreachable'
    await look(100)
    house.world.broken = {}
    for (const by of [hour, -2 * hour, hour]) {
      vi.setSystemTime(Date.now() + by)
      await look(30)
    }
    expect(house.reads).toBeGreaterThan(30)
    expect(Math.max(...seen)).toBe(0)
    expect(await house.health).toEqual({ ok: true, troubles: [] })
  })

  test('whose reading never ends is stuck, although it goes on stepping', async () => {
    const house = await new House().open()
    await pass(minute)
    const { reads } = house
    house.send = forEver
    for (let passed = 0; house.reads === reads && passed < hour; passed += second) await pass(second)
    expect(house.stuck).toBe(0)
    await pass(3 * minute)
    expect(house.reads).toBe(reads + 1)
    expect(house.stuck).toBeGreaterThan(graceMs)
    expect(await house.health).toEqual({
      ok: false,
      troubles: [expect.stringContaining('its loop has stood still for')],
    })
  })

  test('whose disk refuses each commit goes round, and says that it cannot store', async () => {
    const house = await new House().open()
    await pass(minute)
    house.commit = () => Promise.reject(new Error('no space'))
    house.world.set({ taskPoints: 1 })
    for (let i = 0; i < 60; i++) {
      await pass(10 * second)
      expect(house.stuck).toBe(0)
    }
    expect(await house.health).toEqual({ ok: false, troubles: ['main: no space'] })
    house.commit = async () => undefined
    await pass(minute)
    expect(await house.health).toEqual({ ok: true, troubles: [] })
  })

  test('whose disk never ends a commit is stuck', async () => {
    const house = await new House().open()
    await pass(minute)
    house.commit = forEver
    // The next hour's sign of life is to be stored.
    await pass(hour + 2 * minute)
    expect(house.stuck).toBeGreaterThan(0)
    await pass(2 * minute)
    expect(house.stuck).toBeGreaterThan(2 * minute)
  })
})
