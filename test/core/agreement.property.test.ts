// Whatever the two do in turn, each as far as they may, and by word of what they may not: what reaches the lock stays
// within what was agreed. The wearer says that restriction did not happen only where it did not, and the keyholder
// that relief did not: a false word of theirs gives room that is theirs to give.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { idOf } from '../../src/core/memory/ledger.ts'
import { restored } from '../../src/core/memory/restored.ts'
import type { Kept } from '../../src/core/model/kept.ts'
import type { LedgerRow, Person } from '../../src/core/model/row.ts'
import { fromColumn, stored } from '../../src/store/stored.ts'
import { Bench, berlin, hour, minute, type Reply, rulesOf, second } from './bench.ts'
import { hourOf, sumsOf, Watched } from './watched.ts'

const long = process.env.LOCKWARDEN_LONG === '1'

const inputs = 'inputs: { vacation: { type: switch }, checkin: { type: button } }\ntallies: { strikes: {} }\n'
/** What the keyholder may have the rules be; their ids come and go. */
const ruleSets = [
  `rules:
  - { id: a, when: lock.taskPoints > 0, repeat: 25m, then: [{ add_time: 50m }, { tally.add: strikes }] }
  - { id: e, at: "*/30 * * * *", then: [{ add_time: 9s }, { apply_time: -9s }] }
  - { id: b, when: lock.taskPoints changes, then: [{ add_time: 9s }, { freeze: 20m }] }
`,
  `rules:
  - { id: e, at: "*/30 * * * *", then: [{ remove_time: 9s }] }
  - { id: a, when: lock.taskPoints > 1, repeat: 10m, then: [{ apply_time: 40m }] }
  - { id: c, when: input.checkin rises, then: [{ add_time: { steps: [9s, 30m], by: tally.strikes } }, { remove_time: 20m }] }
`,
  `rules:
  - { id: b, when: input.vacation is false, repeat: 30m, then: [{ toggle_freeze: 10m }] }
  - { id: c, at: "*/20 * * * *", then: [{ add_time: 9s }, { tracker.game: dice }, { apply_time: -15m }] }
  - { id: d, when: lock.taskPoints changes, then: [{ add_time: 45m }, { log: changed }] }
`,
].map((rules) => rulesOf(inputs + rules))

const limits = limitsSchema.parse({
  add_time: { each: '1h', per_hour: '100m', per_day: '3h', per_week: '15h', per_lock: '20h', times_per_day: 9 },
  freeze: { per_day: '5h', per_lock: '20h', times_per_day: 4 },
  remove_time: { per_day: '1h', per_lock: '5h' },
  game: { times_per_day: 4, times_per_lock: 12 },
  actions: { per_hour: 6 },
})
const agreed = limitsOf([limits], berlin)

type Deed =
  | { what: 'settle'; by: Person; happened: boolean; n: number }
  | { what: 'edit' | 'lost' | 'points' | 'others' | 'keep' | 'restore'; n: number }
  | { what: 'stop' | 'resume' | 'accept' | 'press' | 'set' | 'release' | 'restart' | 'mode' }

const n = fc.nat({ max: 5 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('settle' as const),
      by: fc.constantFrom<Person[]>('keyholder', 'wearer'),
      happened: fc.boolean(),
      n,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constantFrom('lost' as const, 'lost' as const, 'points' as const), n }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('edit' as const, 'others' as const, 'keep' as const, 'restore' as const),
      n,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'stop' as const,
        'resume' as const,
        'resume' as const,
        'accept' as const,
        'press' as const,
        'set' as const,
        'release' as const,
        'restart' as const,
        'mode' as const,
      ),
    }),
  },
)
const course = fc.array(
  // At odd moments: nobody does anything in the very second in which a rule acts.
  fc.tuple(
    deed,
    fc.integer({ min: 1, max: 5 * 3600 }).map((seconds) => seconds * second + 337),
  ),
  { minLength: 10, maxLength: 60 },
)

const replies: readonly Reply[] = ['timeout', 'timeout, but done', { landsMs: 3000 }, 'timeout', 'timeout, but done']

/** What is remembered, as it comes back from the disk. */
function fromDisk(kept: Kept): Kept {
  const { memory, rows, ...head } = kept
  const back = <T>(schema: Parameters<typeof fromColumn<T>>[0], value: T) =>
    fromColumn(schema, JSON.stringify(value), 'it')
  return {
    ...back(stored.head, head),
    memory: Object.fromEntries(Object.entries(memory).map(([key, one]) => [key, back(stored.memory, one)])),
    rows: rows.map((row) => back(stored.row, row)),
  }
}

/** Whether any sending of a row may have reached the lock. */
function mayHaveReached({ at, endedAt }: LedgerRow, { reached }: Watched): boolean {
  return reached.some((one) => one.at >= at && one.at <= (endedAt ?? Number.POSITIVE_INFINITY))
}

class House {
  readonly b = new Bench(ruleSets[0] ?? rulesOf(''), {
    limits,
    order: { newLock: 'ask', polls: new Map([['chastify.session', { everyMs: 10 * minute }]]) },
  })
  readonly world = new Watched(this.b.now)
  #kept: Kept[] = []
  #runs = 1

  constructor() {
    this.b.world = this.world
    this.world.set({ timeRemainingSeconds: 400_000, taskPoints: 2 })
  }

  async do(one: Deed): Promise<void> {
    const { b, world } = this
    const run = () => `run-${++this.#runs}`
    switch (one.what) {
      case 'settle': {
        const unsettled = b.kept.rows.filter(({ state }) => state === 'unsettled')
        // By and by something is tried that readings still tell.
        const open = one.n === 0 ? b.kept.rows.filter(({ state }) => state === 'unknown') : unsettled
        const row = open.at(-1 - (one.n % Math.max(1, open.length)))
        if (!row) return
        const { toward } = row.effect
        const isTheirs = one.by === 'wearer' ? toward === 'restricts' : toward === 'relief'
        // What is theirs to give away is not given away here.
        if (!one.happened && isTheirs && mayHaveReached(row, world)) return
        b.tell.push({ settled: row, happened: one.happened, by: one.by })
        await b.until({ later: 0 })
        return
      }
      case 'edit':
        b.rules = ruleSets[one.n % ruleSets.length] ?? b.rules
        return
      case 'lost':
        for (let i = 0; i <= 2 * one.n; i++) world.replies.push(replies[(i + one.n) % replies.length] ?? 'ok')
        return
      case 'points':
        world.set({ taskPoints: one.n })
        return
      case 'others':
        world.touch(b.now, () =>
          world.set({ timeRemainingSeconds: (world.lock?.timeRemainingSeconds ?? 0) + 1000 * one.n }),
        )
        return
      case 'keep':
        this.#kept.push(fromDisk(b.kept))
        return
      case 'restore': {
        const backup = this.#kept[one.n % Math.max(1, this.#kept.length)]
        if (!backup) return
        const there = fromDisk(b.kept)
        b.restart(run())
        b.kept = fromDisk(restored(backup, b.now, there))
        return
      }
      case 'stop':
      case 'resume':
        b.order = { ...b.order, stopped: one.what === 'stop' }
        return
      case 'accept':
        b.tell.push({ accepted: b.kept.session ?? 'none' })
        return
      case 'press':
        b.tell.push({ input: 'checkin', set: 'press' })
        return
      case 'set':
        b.tell.push({ input: 'vacation', set: b.kept.inputs.vacation?.value !== true })
        return
      case 'release':
        b.tell.push({ released: ['a', 'b', 'c', 'd'] })
        return
      case 'restart':
        b.restart(run())
        b.kept = fromDisk(b.kept)
        return
      case 'mode':
        b.restart(run())
        b.order = { ...b.order, mode: b.order.mode === 'live' ? 'dry-run' : 'live' }
    }
  }

  /** Whose word each row rests on must be one that counts for it. */
  wrongWords(): string[] {
    return this.b.kept.rows.flatMap(({ effect: { toward }, state, settledBy, ...row }) => {
      const isWrong =
        (settledBy === 'keyholder' && toward === 'restricts' && state === 'not-applied') ||
        (settledBy === 'wearer' && toward === 'relief' && state === 'not-applied') ||
        (settledBy === 'keyholder' && toward === 'relief' && state === 'applied')
      return isWrong ? [`${idOf(row)} ${toward} ${state} by the ${settledBy}`] : []
    })
  }

  /** What was sent beyond what was agreed, in words. */
  passed(): string[] {
    const wrong: string[] = []
    for (const { what, per, key, times, seconds } of sumsOf(this.world.reached)) {
      if (what === 'log') continue
      const bound = agreed[what]
      const [most, often] = [bound[`per_${per}`], bound[`times_per_${per}`]]
      if (most !== null && seconds > most) wrong.push(`${what} ${seconds} s in the ${per} ${key}, agreed are ${most}`)
      if (often !== null && times > often)
        wrong.push(`${what} ${times} times in the ${per} ${key}, agreed are ${often}`)
    }
    const hours = new Map<string, number>()
    for (const { at, what } of this.world.reached) {
      const before = hours.get(hourOf(at)) ?? 0
      hours.set(hourOf(at), before + 1)
      const restricts = what === 'add_time' || what === 'freeze' || what === 'game'
      if (restricts && before >= (agreed.actions.per_hour ?? 0))
        wrong.push(`${what} after ${before} actions in an hour`)
    }
    return wrong
  }
}

describe('over weeks of whatever the two may do', () => {
  test(
    'nothing passes what was agreed, and nobody’s word counts for what is the other’s to say',
    async () => {
      let [acted, said, restores] = [0, 0, 0]
      await fc.assert(
        fc.asyncProperty(course, async (deeds) => {
          const house = new House()
          await house.b.until({ later: minute })
          await house.do({ what: 'accept' })
          for (const [one, laterMs] of deeds) {
            await house.do(one)
            await house.b.until({ later: laterMs })
            house.world.pass(house.b.now)
            if (one.what === 'restore') restores += 1
          }
          await house.b.until({ later: hour })
          acted += house.world.reached.length
          said += house.b.kept.rows.filter(({ settledBy }) => settledBy !== undefined).length
          expect([...house.passed(), ...house.wrongWords()]).toEqual([])
        }),
        { numRuns: long ? 600 : 40, interruptAfterTimeLimit: long ? 1_500_000 : 60_000 },
      )
      // Otherwise it would hold of nothing.
      expect(Math.min(acted, said, restores), `${acted} ${said} ${restores}`).toBeGreaterThan(0)
    },
    long ? 1_600_000 : 120_000,
  )
})
