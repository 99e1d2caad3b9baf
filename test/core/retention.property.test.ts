// Whatever happens: who retains only what is still asked for decides, sends and tells exactly as who retains every row.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limitsSchema } from '../../src/core/acting/limits.ts'
import { usedOf } from '../../src/core/acting/used.ts'
import { changeOf } from '../../src/core/memory/changes.ts'
import { firingsOf } from '../../src/core/memory/firings.ts'
import { wordOf } from '../../src/core/memory/word.ts'
import { unchanged } from '../../src/core/model/kept.ts'
import { noPast } from '../../src/core/model/past.ts'
import { asksForPast, retained } from '../../src/core/retention.ts'
import type { Step } from '../../src/core/step.ts'
import { MemoryStore } from '../store/memory.ts'
import { Bench, berlin, day, hour, lockA, lockB, minute, type Reply, rulesOf, second } from './bench.ts'
import { Watched } from './watched.ts'

const long = process.env.LOCKWARDEN_LONG === '1'

const inputs = 'inputs: { go: { type: button }, vacation: { type: switch } }\n'
/** What rules may ask of the past: at first little, then much further back, and under other names. */
const ruleSets = [
  `${inputs}tallies: { strikes: {}, week: { lasts: 5d }, own: {} }
rules:
  - { id: often, when: lock.taskPoints > 0, repeat: 5h, limit: [2 per day, 25 per lock, 3 per 2d], then: [{ add_time: 10m }, { tally.add: strikes }] }
  - { id: moment, at: "0 */7 * * *", cooldown: 10h, then: [{ tally.add: week }, { log: "{{ tally.week }}" }] }
  - { id: change, when: lock.taskPoints changes, then: [{ tally.add: strikes }, { remove_time: 5m }] }
  - { id: full, when: tally.strikes >= 9, then: [{ tally.reset: strikes }, { add_time: { steps: [5m, 10m, 20m], by: tally.week } }] }
  - { id: cold, at: random 20:00-24:00, limit: 9 per lock, then: [{ freeze: 1h }], otherwise: [{ log: spared }] }
  - { id: later, after: { rule: cold, wait: 40h }, limit: 6 per lock, then: [{ tally.add: strikes }, { log: "{{ rule.later.firedTimesThisLock }}" }], otherwise: [{ log: late }] }
  - { id: first, when: rule.often.firedTimesThisLock > 6, repeat: 1d, then: [{ log: many }] }
  - { id: ago, when: rule.often.lastFiredAgoSeconds > 30h, repeat: 12h, then: [{ task.assign: { text: Write, if_open: replace } }] }
  - { id: buzz, when: lock.taskPoints > 2, repeat: 9h, then: [{ device: vibration.start }] }
  - { id: own, when: tally.own rises, then: [{ tally.add: own }] }
  - { id: seed, when: input.go rises, then: [{ tally.add: own }] }
  - { id: others, when: lock.timeRemainingSeconds rises by 1h, then: [{ log: longer }] }
  - { id: frost, when: lock.frozen becomes true, then: [{ unfreeze: {} }, { tally.add: strikes }] }
  - { id: game, at: "13:00", then: [{ tracker.game: dice }] }
`,
  `${inputs}tallies: { strikes: { lasts: 9d }, week: { lasts: 12d }, own: {} }
rules:
  - { id: frequent, was: often, when: lock.taskPoints > 0, repeat: 5h, limit: [9 per 9d, 40 per lock], then: [{ add_time: 10m }, { tally.add: strikes }] }
  - { id: moment, at: "0 */7 * * *", cooldown: 8d, then: [{ tally.add: week }, { log: "{{ tally.week }}" }] }
  - { id: first, when: rule.frequent.firedTimesThisWeek > 3, repeat: 1d, then: [{ log: many }] }
  - { id: full, when: tally.strikes >= 7, repeat: 1d, then: [{ add_time: { steps: [5m, 10m, 20m], by: tally.week } }] }
`,
  `${inputs}tallies: { strikes: {}, week: {}, own: { lasts: 3d } }
rules:
  - { id: change, when: lock.taskPoints changes, limit: 20 per 12d, then: [{ tally.add: strikes }, { apply_time: -5m }] }
  - { id: sums, when: done.addedThisLockSeconds > 2h, repeat: 1d, then: [{ log: "{{ rule.change.removedThisLockSeconds }}" }] }
  - { id: own, when: tally.own rises, then: [{ tally.add: own }] }
  - { id: seed, when: input.go rises, then: [{ tally.add: own }, { tally.reset: week }] }
  - { id: frost, when: lock.frozen changes, then: [{ toggle_freeze: 30m }] }
  - { id: others, when: lock.timeRemainingSeconds falls by 1h, then: [{ log: shorter }] }
`,
].map(rulesOf)

const limits = limitsSchema.parse({
  allow: ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'log', 'tracker.game', 'device'],
  add_time: { per_day: '1h', per_week: '4h', per_lock: '8h', times_per_lock: 60 },
  freeze: { times_per_lock: 12, per_lock: '9h' },
  remove_time: { per_lock: '5h' },
  game: { times_per_day: 1, times_per_lock: 15 },
  device: { commands: ['vibration.start'], times_per_lock: 20, times_per_hour: 'unlimited', quiet: 'unlimited' },
  actions: { per_hour: 5 },
})

interface Event {
  afterMs: number
  what:
    | 'points'
    | 'freeze'
    | 'thaw'
    | 'longer'
    | 'lost'
    | 'outage'
    | 'restart'
    | 'edit'
    | 'mode'
    | 'stop'
    | 'press'
    | 'settle'
    | 'lock'
    | 'clock'
  n: number
}
const event: fc.Arbitrary<Event> = fc.record({
  afterMs: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 600, max: 12 * 3600 }).map((n) => n * second + 337) },
    { weight: 1, arbitrary: fc.integer({ min: 86_400, max: 6 * 86_400 }).map((n) => n * second + 337) },
  ),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Event['what']>('points') },
    { weight: 6, arbitrary: fc.constantFrom<Event['what'][]>('freeze', 'thaw', 'longer', 'lost', 'restart', 'press') },
    {
      weight: 5,
      arbitrary: fc.constantFrom<Event['what'][]>('edit', 'mode', 'stop', 'settle', 'lock', 'outage', 'clock'),
    },
  ),
  n: fc.nat({ max: 6 }),
})

const lost: readonly Reply[] = ['timeout', 'timeout, but done', { landsMs: 3000 }, { trouble: 'server-error' }]

/** One life of a story: what was decided, sent and known at each step, and all rows that there were. */
class Life {
  readonly store = new MemoryStore()
  readonly b: Bench
  readonly world: Watched
  readonly told: string[] = []
  #version = 0
  #run = 1
  readonly #isLean: boolean

  constructor(isLean: boolean) {
    this.#isLean = isLean
    this.b = new Bench(ruleSets[0] ?? rulesOf(''), {
      limits,
      order: {
        polls: new Map([
          ['chastify.session', { everyMs: 2 * hour }],
          ['tracker.stats', { everyMs: 6 * hour }],
        ]),
      },
    })
    this.world = new Watched(this.b.now)
    this.b.world = this.world
    this.world.set({ timeRemainingSeconds: 600_000 })
  }

  async open(): Promise<void> {
    const { b } = this
    b.kept = (await this.store.open('main')).kept
    b.before = () => this.#before()
    b.after = (made) => this.#after(made)
  }

  /** Rules that look further back than what is retained have all of it again. */
  async #before(): Promise<void> {
    const { b } = this
    const { kept, rules, order, now } = b
    if (!asksForPast({ kept, rules, order, now })) return
    const change = { ...unchanged({ ...kept, past: noPast }), recalled: true }
    this.#version = Number(await this.store.commit('main', this.#version, change))
    b.kept = (await this.store.open('main')).kept
  }

  async #after(made: Step): Promise<Step['kept']> {
    const { b } = this
    const { rules, order, now } = b
    this.told.push(
      JSON.stringify([now, made.standstill, made.decisions, made.wake, [...made.passing.facts], made.changed]),
    )
    const kept = this.#isLean && made.kept !== b.kept ? retained({ ...made, rules, order, now }, 0) : made.kept
    const change = changeOf(b.kept, kept)
    if (change) this.#version = Number(await this.store.commit('main', this.#version, change))
    return kept
  }

  async #restart(): Promise<void> {
    const { b } = this
    b.restart(`run-${++this.#run}`)
    b.kept = (await this.store.open('main')).kept
  }

  async happen({ what, n }: Event): Promise<void> {
    const { b, world } = this
    world.pass(b.now)
    const seconds = (world.lock?.timeRemainingSeconds ?? 0) + n * 4000
    if (what === 'points') world.set({ taskPoints: n })
    if (what === 'freeze') world.touch(b.now, () => world.set({ frozen: true }))
    if (what === 'thaw') world.touch(b.now, () => world.set({ frozen: false, taskAssigned: false }))
    if (what === 'longer') world.touch(b.now, () => world.set({ timeRemainingSeconds: seconds }))
    if (what === 'lost') world.replies.push(...Array<Reply>((n % 3) + 1).fill(lost[n % lost.length] ?? 'timeout'))
    if (what === 'lock') world.touch(b.now, () => world.set({ id: world.lock?.id === lockA ? lockB : lockA }))
    if (what === 'stop') b.order = { ...b.order, stopped: !b.order.stopped }
    if (what === 'edit') b.rules = ruleSets[n % ruleSets.length] ?? b.rules
    if (what === 'press') b.tell.push({ input: 'go', set: 'press' })
    if (what === 'clock') {
      // It is put right by and by, as what is stored is.
      b.jump((n - 3) * 20 * minute)
      await b.until({ later: hour })
      b.jump((3 - n) * 20 * minute)
    }
    if (what === 'settle') {
      const row = b.kept.rows.find(({ state }) => state === 'unsettled')
      const happened = n % 2 === 0
      const [by] = row ? wordOf(row, happened) : []
      if (row && by) b.tell.push({ settled: row, happened, by })
    }
    if (what === 'restart') await this.#restart()
    if (what === 'mode') {
      b.order = { ...b.order, mode: b.order.mode === 'live' ? 'dry-run' : 'live' }
      await this.#restart()
    }
    if (what === 'outage') {
      world.broken = { [n === 6 ? 'tracker' : 'chastify']: 'unreachable' }
      await b.until({ later: (n + 1) * 3 * hour })
      world.broken = {}
    }
  }

  /** What people are told is used up and was done. */
  summary(): unknown {
    const { kept, order, now } = this.b
    const { rows, past } = kept
    const session = kept.session ?? 'none'
    const { limits, mode } = order
    const fired = [...firingsOf(kept, session, mode)].map(([rule, { times, recent }]) => [rule, times, recent.at(-1)])
    return {
      used: usedOf({ limits, rows, past, session, mode, now, zone: berlin }),
      fired: Object.fromEntries(fired.map(([rule, ...rest]) => [rule, rest])),
    }
  }
}

async function lived(events: readonly Event[], days: number, isLean: boolean): Promise<Life> {
  const life = new Life(isLean)
  await life.open()
  const { b } = life
  const end = b.now + days * day
  for (const one of events) {
    if (b.now + one.afterMs >= end) break
    await b.until({ later: one.afterMs })
    await life.happen(one)
  }
  await b.until({ later: Math.max(0, end - b.now) })
  return life
}

describe('over weeks of edits, restarts, other locks and mishaps', () => {
  test(
    'what is not retained any more is missed by nothing',
    async () => {
      let spared = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(event, { minLength: 10, maxLength: 40 }),
          fc.constantFrom(16, 23, 37),
          async (events, days) => {
            const [whole, lean] = [await lived(events, days, false), await lived(events, days, true)]
            for (const [i, told] of whole.told.entries()) if (told !== lean.told[i]) expect(lean.told[i]).toBe(told)
            expect(lean.told.length).toBe(whole.told.length)
            expect(lean.b.sent).toEqual(whole.b.sent)
            expect(await lean.store.history('main')).toEqual(whole.b.kept.rows)
            expect(lean.summary()).toEqual(whole.summary())
            spared = Math.max(spared, whole.b.kept.rows.length - lean.b.kept.rows.length)
          },
        ),
        { numRuns: long ? 400 : 12, interruptAfterTimeLimit: long ? 1_500_000 : 60_000 },
      )
      expect(spared).toBeGreaterThan(100)
    },
    long ? 1_600_000 : 180_000,
  )
})
