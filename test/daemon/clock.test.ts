// The clock is set while a device runs: the real loop on the real clock, over a machine whose time is made up.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { emptyKept, type Kept } from '../../src/core/model/kept.ts'
import type { Order } from '../../src/core/model/order.ts'
import type { Journal, Send } from '../../src/core/model/ports.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { Request } from '../../src/core/model/service.ts'
import type { Step } from '../../src/core/step.ts'
import { systemClock } from '../../src/daemon/clock.ts'
import { type Loop, startLoop } from '../../src/daemon/loop.ts'
import { services } from '../../src/services/index.ts'
import { berlin, hour, moment, oneRule, second, World, wordsOf } from '../core/bench.ts'

const start = moment('10:00')
const day = 24 * hour
const agreed = limitsSchema.parse({
  allow: ['device'],
  device: { commands: ['vibration.start'], times_per_hour: 'unlimited', each: '8s' },
})
const pollMs = 30 * second
const eachMs = 8 * second
/** How long a request takes. */
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

/** One lock and its service; the service's clock is right whatever ours is set to. */
class House {
  readonly world = new World(start)
  readonly abort = new AbortController()
  readonly #began = performance.now()
  readonly sent: { what: string; at: number }[] = []
  readonly reads: number[] = []
  kept: Kept = emptyKept('seed')
  version = 0
  stopped = false
  down = false
  last: Step | null = null
  loop: Loop | null = null

  /** Real milliseconds since the beginning. */
  get passed(): number {
    return performance.now() - this.#began
  }

  /** Sets our clock, not the service's. */
  set(by: number): void {
    vi.setSystemTime(Date.now() + by)
  }

  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  async open(then: string): Promise<this> {
    const clock = systemClock()
    const rules = oneRule(then)
    const order: Omit<Order, 'underway' | 'closing' | 'ticks' | 'stopped'> = {
      lock: 'main',
      mode: 'live',
      zone: berlin,
      limits: limitsOf([agreed], berlin),
      services: services.filter(({ name }) => name === 'chastify'),
      polls: new Map([['chastify.session', { everyMs: pollMs }]]),
      expect: null,
      newLock: 'auto',
      run: 'run',
    }
    const journal: Journal = {
      open: async () => ({ kept: this.kept, version: this.version }),
      version: async () => this.version,
      commit: async (_, __, { head, memory, added, moved }) => {
        const rows = this.kept.rows.map((row) => moved.find((one) => sameKey(one, row)) ?? row)
        this.kept = {
          ...head,
          memory: { ...this.kept.memory, ...Object.fromEntries(memory) },
          rows: [...rows, ...added],
        }
        return ++this.version
      },
      gone: () => null,
      rest: () => undefined,
    }
    this.loop = await startLoop(
      'main',
      {
        clock,
        journal,
        send: (request, signal) => this.#answer(request, signal),
        rules: () => rules,
        order: () => ({ ...order, stopped: this.stopped }),
        observe: (step) => {
          this.last = step
        },
        unstored: (is) => {
          throw new Error(is?.words)
        },
      },
      this.abort.signal,
    )
    return this
  }

  #answer: Send = async (request: Request) => {
    const at = this.passed
    const asked = Date.now()
    if (request.method === 'GET') this.reads.push(at)
    else this.sent.push({ what: wordsOf(request), at })
    await new Promise((resolve) => setTimeout(resolve, roundTripMs))
    if (this.down && request.method === 'GET') this.world.broken.chastify = 'unreachable'
    const answer = this.world.answer(request, start + at)
    if (answer === null) throw new Error('everything is answered')
    return { ...answer, asked, answered: Date.now() }
  }

  /** When the device was set going, and how long after it was told to stop; null where it was not. */
  get lasted(): number | null {
    const [begun, stop] = ['device vibration.start', 'device all.stop'].map((what) =>
      this.sent.find((one) => one.what === what),
    )
    return begun && stop ? stop.at - begun.at : null
  }

  async close(): Promise<void> {
    this.abort.abort()
    await this.pass(5 * second)
    await this.loop?.done
  }
}

function sameKey(a: LedgerRow, b: LedgerRow): boolean {
  return a.rule === b.rule && a.occurrence === b.occurrence && a.position === b.position && a.session === b.session
}

/** A house whose device was set going two seconds ago. */
async function running(): Promise<House> {
  const house = await new House().open('[{ device: vibration.start }]')
  await house.pass(5 * second)
  house.world.set({ taskPoints: 1 })
  for (let passed = 0; house.sent.length === 0 && passed < 2 * pollMs; passed += 100) await house.pass(100)
  expect(house.sent).toHaveLength(1)
  await house.pass(2 * second)
  return house
}

/** Every moment that is stored, whatever it is of. */
function latestStored(kept: Kept): number {
  const numbers = JSON.stringify(kept).match(/\b1[0-9]{12}\b/g) ?? []
  return Math.max(...numbers.map(Number))
}

const jumps = [20 * second, 60 * second, hour, 400 * day].flatMap((by) => [by, -by])

describe.each(jumps)('the clock set by %i ms while a device runs', (by) => {
  test.each([
    ['for good', Number.POSITIVE_INFINITY],
    ['for a moment', 5 * second],
    ['for less than anybody looks', 400],
  ])('%s', async (_, forMs) => {
    const house = await running()
    house.set(by)
    const setAt = house.passed
    const rightAgain = forMs < Number.POSITIVE_INFINITY
    await house.pass(Math.min(forMs, 20 * second))
    if (rightAgain) {
      house.set(-by)
      await house.pass(20 * second)
    }
    expect(house.lasted).not.toBeNull()
    expect(house.lasted).toBeLessThanOrEqual(eachMs + second)
    await house.pass(2 * pollMs)
    expect(house.reads.some((at) => at > setAt && at < setAt + 2 * pollMs)).toBe(true)
    // What is stored is never far ahead of the service's clock, and put right, it acts at once.
    if (!rightAgain) house.set(-by)
    await house.pass(2 * pollMs)
    expect(house.last?.standstill).not.toBe('clock doubtful')
    expect(house.last?.standstill).not.toBe('clock went back')
    expect(house.last?.standstill).not.toBe('clock was set')
    expect(latestStored(house.kept)).toBeLessThanOrEqual(start + house.passed)
    expect(house.sent.map(({ what }) => what)).toEqual(['device vibration.start', 'device all.stop'])
    house.world.set({ taskPoints: 0 })
    await house.pass(2 * pollMs)
    house.world.set({ taskPoints: 1 })
    await house.pass(2 * pollMs)
    expect(house.sent.slice(2, 3).map(({ what }) => what)).toEqual(['device vibration.start'])
    await house.close()
  })

  test.each([
    [
      'the switch',
      (house: House) => {
        house.stopped = true
        house.loop?.nudge()
      },
    ],
    ['the end of the process', (house: House) => house.abort.abort()],
  ])('%s stops it at once, although nothing can be read', async (_, happens) => {
    const house = await running()
    house.down = true
    house.set(by)
    await house.pass(1500)
    happens(house)
    await house.pass(second)
    expect(house.sent.some(({ what }) => what === 'device all.stop')).toBe(true)
    house.world.broken = {}
    await house.close()
  })
})

describe('the clock', () => {
  const waits = (tick: number, signal = new AbortController().signal, clock = systemClock()) => {
    let over = false
    void clock.until(tick, signal).then(() => {
      over = true
    })
    return () => over
  }

  test('ends a wait in its time, not before', async () => {
    const over = waits(performance.now() + hour)
    await vi.advanceTimersByTimeAsync(hour - 1)
    expect(over()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(over()).toBe(true)
  })

  test.each([-400 * day, -3 * second, 3 * second, 400 * day])(
    'ends a wait soon after it was set by %i ms',
    async (by) => {
      const over = waits(performance.now() + hour)
      await vi.advanceTimersByTimeAsync(10 * second)
      vi.setSystemTime(Date.now() + by)
      await vi.advanceTimersByTimeAsync(second)
      expect(over()).toBe(true)
    },
  )

  test('ends a wait at once by its signal', async () => {
    const abort = new AbortController()
    const over = waits(performance.now() + hour, abort.signal)
    abort.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect([over(), vi.getTimerCount()]).toEqual([true, 0])
  })

  test('looks once for all who wait', () => {
    const clock = systemClock()
    for (let i = 0; i < 100; i++) void clock.until(performance.now() + hour, new AbortController().signal)
    expect(vi.getTimerCount()).toBe(101)
  })
})
