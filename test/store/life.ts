import { setImmediate as turn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { fixedOrder } from '../../src/app/lockports.ts'
import type { Config, LockConfig } from '../../src/config/load.ts'
import { limitsOf, type WrittenLimits } from '../../src/core/acting/limits.ts'
import type { Instant } from '../../src/core/calendar/time.ts'
import type { Kept } from '../../src/core/model/kept.ts'
import type { Clock, Unstored } from '../../src/core/model/ports.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { heardOf, type Recorded } from '../../src/core/reading/recorded.ts'
import type { Step } from '../../src/core/step.ts'
import { type Loop, startLoop } from '../../src/daemon/loop.ts'
import type { Trial } from '../../src/replay/backtest.ts'
import { sessionTopic } from '../../src/services/chastify/session.ts'
import { services } from '../../src/services/index.ts'
import { Secret } from '../../src/services/secret.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { openRecorder, readRecorded } from '../../src/store/record.ts'
import { berlin, minute, moment, second, World } from '../core/bench.ts'

const lengths = new Set(
  services.flatMap(({ facts }) => facts.filter(({ type }) => type === 'seconds').map(({ name }) => name)),
)

/** A clock that goes on to the next moment somebody waits for, as soon as nobody has anything to do. */
export class FastClock implements Clock {
  #now: Instant
  #waiting: { at: Instant; resolve: () => void }[] = []

  constructor(start: Instant) {
    this.#now = start
  }

  now = () => this.#now
  ticks = () => this.#now

  until(moment: Instant, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const one = { at: moment, resolve }
      this.#waiting.push(one)
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== one)
        resolve()
      })
    })
  }

  async runTo(end: Instant): Promise<void> {
    for (;;) {
      await turn()
      const next = this.#waiting.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.resolve()
    }
    this.#now = Math.max(this.#now, end)
  }
}

interface LifeOptions {
  rules: RuleSet
  folder: string
  mode?: Config['mode']
  limits?: WrittenLimits
  start?: string
  /** How often the lock is read. */
  pollMs?: number
  /** Whether storing may fail. */
  maySpoil?: boolean
}

/** One lock with the daemon's own loop, journal and record, on a clock that skips what nobody waits for. */
export class Life {
  readonly world: World
  readonly clock: FastClock
  commits = 0
  ownWrites = 0
  last: Step | null = null
  /** What was told of storing. */
  unstored: (Unstored | null)[] = []
  #options: LifeOptions
  #database: Database.Database
  #loop: Loop | null = null
  #ending = new AbortController()
  #recorder: ReturnType<typeof openRecorder> | null = null
  #run = 0

  constructor(options: LifeOptions) {
    this.#options = options
    const start = moment(options.start ?? '10:00')
    this.clock = new FastClock(start)
    this.world = new World(start)
    this.#database = openDatabase(options.folder)
  }

  get database(): Database.Database {
    return this.#database
  }

  get order(): Trial['order'] {
    return orderOf(this.#options)
  }

  /** Whether the present process has ended by itself. */
  over = false

  /** Begins a process; one of a single round ends by itself. */
  async begin(once = false): Promise<void> {
    this.#ending = new AbortController()
    const database = this.#database
    const recorder = openRecorder(
      database,
      (fact) => lengths.has(fact),
      this.#options.maySpoil ? () => undefined : fail,
    )
    this.#recorder = recorder
    const journal = openJournal(database, recorder.store)
    const run = `run-${++this.#run}`
    this.#loop = await startLoop(
      'main',
      {
        clock: this.clock,
        journal: {
          ...journal,
          commit: (...of) => {
            this.commits++
            return journal.commit(...of)
          },
        },
        send: async (request) => {
          const answer = this.world.answer(request, this.clock.now())
          if (!answer) throw new Error('no answer')
          await this.clock.until(answer.answered)
          return answer
        },
        rules: () => this.#options.rules,
        order: () => ({ ...this.order, run, stopped: false }),
        observe: (made, _before, news) => {
          this.last = made
          const { rules } = this.#options
          for (const item of news) {
            const heard = 'reading' in item ? heardOf(item.reading, made.passing, rules, sessionTopic) : null
            if (heard) recorder.hear('main', heard)
            if ('input' in item) recorder.press('main', { at: this.clock.now(), input: item.input, set: item.set })
          }
        },
        unstored: (is) => {
          this.unstored.push(is)
          if (!this.#options.maySpoil) fail(new Error(is?.words))
        },
      },
      this.#ending.signal,
      once,
    )
    this.over = false
    void this.#loop.done.then(() => {
      this.over = true
    })
  }

  /** Puts other rules in force. */
  edit(rules: RuleSet): void {
    this.#options = { ...this.#options, rules }
    this.#loop?.nudge()
  }

  /** What the running process has in memory. */
  get kept(): Kept {
    if (!this.#loop) throw new Error('no process is running')
    return this.#loop.kept
  }

  press(input: string): void {
    this.#loop?.tell({ input, set: 'press' })
  }

  async until(end: string | { later: number }): Promise<void> {
    await this.clock.runTo(typeof end === 'string' ? moment(end) : this.clock.now() + end.later)
  }

  /** Ends the process as it is meant to end. */
  async end(): Promise<void> {
    const done = this.#loop?.done
    this.#ending.abort()
    for (let i = 0; i < 5; i++) await this.clock.runTo(this.clock.now() + second)
    await done
    this.#recorder?.close()
    this.#loop = null
  }

  stored(): { kept: Kept; recorded: Recorded } {
    const found = readKept(this.#database, 'main')
    if (!found) throw new Error('nothing is stored')
    return { kept: found.kept, recorded: readRecorded(this.#database, 'main') }
  }

  close(): void {
    this.#database.close()
  }
}

/** What a daemon with these rules goes by. */
export function orderOf(options: LifeOptions): Trial['order'] {
  const { rules, mode = 'live' } = options
  const { run: _, ...order } = fixedOrder(lockFor(options), configFor(options), mode, '', rules)
  return order
}

function fail(error: unknown): never {
  throw error
}

function lockFor({ limits, folder, pollMs = 2 * minute }: LifeOptions): LockConfig {
  return {
    name: 'main',
    credentials: {
      chastify: { baseUrl: 'http://127.0.0.1', token: new Secret('a') },
      tracker: { baseUrl: 'http://127.0.0.1', token: new Secret('b'), domToken: new Secret('c') },
    },
    expect: null,
    newLock: 'auto',
    polls: { chastify: { everyMs: pollMs }, tracker: { everyMs: 5 * minute } },
    rules: folder,
    limits: limitsOf(limits ? [limits] : [], berlin),
    tokens: [],
  }
}

function configFor(options: LifeOptions): Config {
  const { folder, mode = 'live' } = options
  return { file: '', folder, mode, zone: berlin, services, data: folder, locks: [lockFor(options)] }
}
