// The real loop over a store whose answers are lost: nothing doubled, nothing lost, no lock blocked.
import { describe, expect, test } from 'vitest'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { isOpen } from '../../src/core/memory/ledger.ts'
import { unchanged } from '../../src/core/model/kept.ts'
import type { Order } from '../../src/core/model/order.ts'
import type { Unstored } from '../../src/core/model/ports.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { type Loop, startLoop } from '../../src/daemon/loop.ts'
import { services } from '../../src/services/index.ts'
import { berlin, hour, minute, moment, rulesOf, second, World } from '../core/bench.ts'
import { FastClock } from '../store/life.ts'
import { type Fate, MemoryStore } from '../store/memory.ts'

const start = moment('10:00')

const limits = limitsSchema.parse({
  allow: ['log', 'add_time', 'device'],
  actions: { per_hour: 'unlimited' },
  add_time: { each: '1h', per_day: 'unlimited', per_lock: 'unlimited' },
  device: { commands: ['vibration.start'], times_per_hour: 'unlimited', each: '10m' },
})

/** A lock with the daemon's own loop over a store in memory, on a clock that skips what nobody waits for. */
class House {
  readonly world = new World(start)
  readonly clock = new FastClock(start)
  readonly store = new MemoryStore()
  readonly told: (Unstored | null)[] = []
  stopped = false
  #loop: Loop | null = null
  #ending = new AbortController()
  #rules: RuleSet

  constructor(rules: RuleSet) {
    this.#rules = rules
  }

  async begin(run = 'run-1'): Promise<this> {
    this.#ending = new AbortController()
    const order: Omit<Order, 'underway' | 'closing' | 'ticks' | 'stopped'> = {
      lock: 'main',
      mode: 'live',
      zone: berlin,
      limits: limitsOf([limits], berlin),
      services: services.filter(({ name }) => name === 'chastify'),
      polls: new Map([['chastify.session', { everyMs: 30 * second }]]),
      expect: null,
      newLock: 'auto',
      run,
    }
    this.#loop = await startLoop(
      'main',
      {
        clock: this.clock,
        journal: this.store,
        send: async (request) => {
          const answer = this.world.answer(request, this.clock.now())
          if (!answer) throw new Error('everything is answered')
          await this.clock.until(answer.answered)
          return answer
        },
        rules: () => this.#rules,
        order: () => ({ ...order, stopped: this.stopped }),
        observe: () => undefined,
        unstored: (is) => void this.told.push(is),
      },
      this.#ending.signal,
    )
    return this
  }

  press(): void {
    this.#loop?.tell({ input: 'go', set: 'press' })
  }

  async pass(ms: number): Promise<void> {
    await this.clock.runTo(this.clock.now() + ms)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    for (let i = 0; i < 5; i++) await this.pass(second)
    await this.#loop?.done
  }

  get sent(): string[] {
    return this.world.sent.map(({ what }) => what)
  }

  get states(): string[] {
    return this.store.kept().rows.map(({ rule, occurrence, state }) => `${rule} ${occurrence} ${state}`)
  }
}

const button = 'inputs: { go: { type: button, by: [keyholder] } }\nrules:\n'
const onPress = (then: string) => rulesOf(`${button}  - { id: r, when: input.go changes, then: ${then} }\n`)

/**
 * A house that has read its lock, and of whose next commits each has one of these fates. From the first of them on so
 * many looks at what is stored have no answer.
 */
async function meeting(fates: readonly Fate[], unanswered = 0, rules = onPress('[log: hello]')): Promise<House> {
  const house = await new House(rules).begin()
  await house.pass(2 * minute)
  meet(house, fates, unanswered)
  return house
}

function meet({ store }: House, fates: readonly Fate[], unanswered: number): void {
  const left = [...fates]
  let lost = unanswered
  store.fate = () => left.shift() ?? 'answered'
  store.answersLooks = () => left.length === fates.length || lost-- <= 0
}

describe('a commit whose answer was lost', () => {
  test.each<[string, Fate[], number]>([
    ['and which was stored', ['stored, not answered'], 0],
    ['and which was not stored', ['not stored, not answered'], 0],
    ['and which is stored after somebody looked', ['stored later, not answered'], 0],
    ['and which was stored, while looking has no answer either', ['stored, not answered'], 3],
    ['and which is stored later, while looking has no answer either', ['stored later, not answered'], 3],
    ['twice in a row', ['stored, not answered', 'stored, not answered'], 0],
    ['twice in a row, not stored', ['not stored, not answered', 'not stored, not answered'], 0],
    ['twice in a row, each of them late', ['stored later, not answered', 'stored later, not answered'], 0],
    ['many times in a row', Array<Fate>(8).fill('stored later, not answered'), 4],
  ])('%s: what it decided is done once, and the lock goes on', async (_, fates, unanswered) => {
    const house = await meeting(fates, unanswered)
    house.press()
    await house.pass(2 * minute)
    expect(house.sent).toEqual(['log hello'])
    expect(house.states).toEqual(['r c1 applied'])
    house.press()
    await house.pass(minute)
    expect(house.sent).toEqual(['log hello', 'log hello'])
    expect(house.states).toEqual(['r c1 applied', 'r c2 applied'])
    expect(house.told.at(-1) ?? null).toBeNull()
    await house.end()
  })

  test('is told only where it was not stored, or nobody knows', async () => {
    const house = await meeting(['stored, not answered'])
    house.press()
    await house.pass(minute)
    expect(house.told).toEqual([])
    meet(house, ['not stored, not answered'], 0)
    house.press()
    await house.pass(minute)
    expect(house.told).toEqual([{ why: 'nothing can be stored', words: 'no answer' }, null])
    await house.end()
  })

  test('what it claimed goes through the gates anew, once it is known: the switch was pressed meanwhile', async () => {
    const house = await meeting(['stored, not answered'], 3, onPress('[add_time: 10m]'))
    house.press()
    await house.pass(3 * second)
    expect(house.store.kept().rows.map(({ state }) => state)).toEqual(['sending'])
    house.stopped = true
    await house.pass(minute)
    expect(house.sent).toEqual([])
    expect(house.states).toEqual(['r c1 refused'])
    await house.end()
  })

  test('what people do while nobody knows counts once it is known', async () => {
    const house = await meeting(['stored, not answered'], 5)
    house.press()
    await house.pass(3 * second)
    house.press()
    await house.pass(2 * second)
    house.press()
    await house.pass(2 * minute)
    expect(house.store.kept().inputs.go?.value).toBe(3)
    // Those that came in between are one change.
    expect(house.sent).toEqual(['log hello', 'log hello'])
    expect(house.states).toEqual(['r c1 applied', 'r c2 applied'])
    await house.end()
  })

  test.each<[string, Fate]>([
    ['stored', 'stored, not answered'],
    ['stored later', 'stored later, not answered'],
    ['not stored', 'not stored, not answered'],
  ])('%s, while a device runs: it is stopped at once, and its stop is in the ledger', async (_, fate) => {
    const house = await meeting([], 0, onPress('[device: vibration.start]'))
    house.press()
    await house.pass(minute)
    expect(house.sent).toEqual(['device vibration.start'])
    meet(house, [fate, ...Array<Fate>(100).fill('not stored, not answered')], 101)
    house.press()
    await house.pass(minute)
    expect(house.sent).toEqual(['device vibration.start', 'device all.stop'])
    await house.pass(hour)
    // The second start left once it was known, if it was not too late, and was stopped as well.
    const starts = house.sent.filter((what) => what === 'device vibration.start').length
    expect(house.sent.filter((what) => what === 'device all.stop')).toHaveLength(starts)
    const { rows } = house.store.kept()
    expect(rows.filter(({ rule, state }) => rule === '(device)' && state === 'applied')).toHaveLength(starts)
    expect(rows.filter(isOpen)).toEqual([])
    await house.end()
  })

  test('is looked up by the next process where this one ends before', async () => {
    const house = await meeting(['stored, not answered'], 1000, onPress('[add_time: 10m]'))
    house.press()
    await house.pass(3 * second)
    await house.end()
    expect(house.sent).toEqual([])
    house.store.answersLooks = () => true
    await house.begin('run-2')
    await house.pass(2 * minute)
    // Nobody but the first process knew that it had not left.
    expect(house.sent).toEqual(['add_time 600'])
    expect(house.states).toEqual(['r c1 applied'])
    await house.end()
  })
})

test('what another process has stored is told, kept, and gone on from', async () => {
  const house = await meeting([])
  const { kept, version } = await house.store.open('main')
  await house.store.commit('main', version, { ...unchanged(kept), head: { ...kept, seed: 'another' } })
  house.press()
  await house.pass(minute)
  expect(house.told).toEqual([
    { why: 'nothing can be stored', words: 'another process has changed the stored data of main; end that process' },
    null,
  ])
  house.press()
  await house.pass(minute)
  expect(house.sent.length).toBeGreaterThan(0)
  expect(house.store.kept().seed).toBe('another')
  await house.end()
})

/** Chance that is the same in each run. */
function chanceOf(seed: number): () => number {
  let n = seed
  return () => {
    n = (Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return ((n ^ (n >>> 12)) >>> 0) / 2 ** 32
  }
}
const fates: readonly Fate[] = ['stored, not answered', 'stored later, not answered', 'not stored, not answered']
const isLong = process.env.LOCKWARDEN_LONG === '1'

/** Each life begins with nothing stored. Of some few answers are lost, of others every second one. */
const lives = Array.from({ length: isLong ? 10 : 1 }, (_, i) => [i + 1, isLong ? 1000 : 400, i % 2 === 0 ? 0.5 : 0.1])

test.each(lives)(
  'life %d: of the answers to %d commits, and to looks, a share of %d is lost: nothing is doubled, nothing lost, no lock blocked',
  async (life, most, share) => {
    const chance = chanceOf(1000 * Number(process.env.LOCKWARDEN_SEED ?? 1) + life)
    const rules = rulesOf(
      `${button}  - { id: pressed, when: input.go rises by 1, then: [log: "press {{ input.go }}"] }
  - { id: points, when: lock.taskPoints rises by 1, then: [add_time: 10m, log: more] }\n`,
    )
    const house = await new House(rules).begin()
    await house.pass(2 * minute)
    house.store.fate = () =>
      chance() < share ? (fates[Math.floor(chance() * fates.length)] ?? 'answered') : 'answered'
    house.store.answersLooks = () => chance() >= share
    let [presses, points] = [0, 0]
    while (house.store.commits < most) {
      if (chance() < 0.5) {
        presses++
        house.press()
      } else house.world.set({ taskPoints: ++points })
      await house.pass(Math.ceil(chance() * 2 * minute))
    }
    house.store.fate = () => 'answered'
    house.store.answersLooks = () => true
    await house.pass(5 * minute)
    const { rows } = house.store.kept()
    const done = (what: string) => house.sent.filter((one) => one === what).length
    const others = rows.filter(({ state }) => state !== 'applied')
    expect(others.map(({ rule, occurrence, state, note }) => `${rule} ${occurrence} ${state} ${note}`)).toEqual([])
    const pressesOf = house.sent.filter((what) => what.startsWith('log press'))
    expect(pressesOf).toHaveLength(presses)
    expect(new Set(house.told.map((is) => is?.words))).toEqual(new Set(['no answer', 'no connection', undefined]))
    expect(done('add_time 600')).toBe(points)
    expect(done('log more')).toBe(points)
    expect(house.sent).toHaveLength(rows.length)
    house.press()
    await house.pass(minute)
    expect(house.sent.at(-1)).toBe(`log press ${presses + 1}`)
    await house.end()
  },
  900_000,
)
