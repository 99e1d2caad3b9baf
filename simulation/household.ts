import { fixedOrder } from '../src/app/lockports.ts'
import { limitsOf, limitsSchema } from '../src/core/acting/limits.ts'
import { compileRules } from '../src/core/language/compile.ts'
import { keyText } from '../src/core/memory/ledger.ts'
import type { Limits } from '../src/core/model/agreement.ts'
import type { News, Order } from '../src/core/model/order.ts'
import type { Journal } from '../src/core/model/ports.ts'
import type { RuleSet } from '../src/core/model/rule.ts'
import type { Request } from '../src/core/model/service.ts'
import { type Loop, startLoop } from '../src/daemon/loop.ts'
import { connect } from '../src/services/connect.ts'
import { services } from '../src/services/index.ts'
import { Secret } from '../src/services/secret.ts'
import type { MachineClock, Timeline } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Network } from './network.ts'
import type { Oracle } from './oracle.ts'
import type { Setup } from './setup.ts'
import { tokens } from './world.ts'

const lockName = 'main'

/** One process of the daemon. A dead one is never answered, and has no effect any more. */
class Process {
  readonly run: string
  readonly ending = new AbortController()
  isAlive = true
  loop: Loop | null = null
  /** It dies at so many awaits from now. */
  left = Number.POSITIVE_INFINITY
  readonly #died: () => void

  constructor(run: string, died: () => void) {
    this.run = run
    this.#died = died
  }

  /** An await: the process may die at it. */
  async passes(): Promise<void> {
    if (this.isAlive && --this.left <= 0) this.die()
    if (!this.isAlive) await new Promise<never>(() => {})
  }

  die(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#died()
  }
}

/** The machine on which the daemon runs, with its files: the real loop over what is made up. */
export class Household {
  readonly setup: Setup
  rules: RuleSet
  limits: Limits
  limitsFaulty = false
  stopped = false
  process: Process | null = null
  readonly clock: MachineClock
  readonly #timeline: Timeline
  readonly #disk: Disk
  readonly #network: Network
  readonly #oracle: Oracle
  readonly #log: (line: string) => void
  readonly #keys = new WeakMap<Request, string>()
  #runs = 0
  /** Whether nobody starts it again. */
  over = false

  constructor(
    setup: Setup,
    files: { rules: readonly string[]; limits: unknown },
    parts: { timeline: Timeline; clock: MachineClock; disk: Disk; network: Network; oracle: Oracle },
    log: (line: string) => void,
  ) {
    this.setup = setup
    this.#timeline = parts.timeline
    this.clock = parts.clock
    this.#disk = parts.disk
    this.#network = parts.network
    this.#oracle = parts.oracle
    this.#log = log
    this.limits = limitsIn(files.limits, setup.zone)
    const rules = this.read(files.rules)
    if (typeof rules === 'string') throw new Error(`the rules are at fault: ${rules}`)
    this.rules = rules
  }

  /** Reads rule files as the daemon does; a text where they have a fault. */
  read(texts: readonly string[]): RuleSet | string {
    return rulesIn(texts, this.setup.zone, this.limits)
  }

  /** Takes up other limits, as the daemon does when its config has changed. */
  agree(written: unknown): void {
    this.limits = limitsIn(written, this.setup.zone)
    this.nudge()
  }

  nudge(): void {
    this.process?.loop?.nudge()
  }

  tell(news: News): void {
    this.process?.loop?.tell(news)
  }

  get loop(): Loop | null {
    return this.process?.loop ?? null
  }

  /** Starts a process; one that cannot start is started again, as a supervisor does. */
  start(): void {
    if (this.process || this.over) return
    const one = new Process(`run-${++this.#runs}`, () => this.#ended(one, 'died'))
    this.process = one
    this.#log(`process ${one.run} starts`)
    this.#oracle.started(one.run)
    startLoop(lockName, this.#portsOf(one), one.ending.signal).then(
      (loop) => {
        one.loop = loop
        loop.done.then(
          () => one.isAlive && this.#ended(one, 'ended'),
          (error) => one.isAlive && this.#oracle.broke('goes on', `the loop broke: ${error?.stack ?? error}`),
        )
      },
      () => one.isAlive && this.#ended(one, 'could not start'),
    )
  }

  /** Ends the process as it is meant to end, or at once. */
  end(how: 'dies' | 'ends'): void {
    if (how === 'dies') this.process?.die()
    else this.process?.ending.abort()
  }

  /** Has the process die at one of its next awaits. */
  dieWithin(awaits: number): void {
    if (this.process) this.process.left = awaits
  }

  #ended(one: Process, how: string): void {
    one.isAlive = false
    if (this.process !== one) return
    this.process = null
    this.#log(`process ${one.run} ${how}`)
    this.#oracle.ended()
    this.#timeline.after(10_000, () => this.start())
  }

  #portsOf(one: Process): Parameters<typeof startLoop>[1] {
    const { clock, setup } = this
    const disk = this.#disk
    const journal: Journal = {
      open: (lock) => at(disk.open.bind(disk, lock)),
      version: (lock) => at(disk.version.bind(disk, lock)),
      commit: (lock, from, change) => at(disk.commit.bind(disk, lock, from, change)),
      gone: () => null,
      rest: () => {},
    }
    async function at<T>(run: () => Promise<T>): Promise<T> {
      await one.passes()
      const came = await run()
      await one.passes()
      return came
    }
    const connection = connect(services, credentials, {
      now: clock.now,
      way: () => this.#network.way(() => one.isAlive),
    })
    let fixed: { rules: RuleSet; order: ReturnType<typeof fixedOrder> } | null = null
    return {
      clock: { now: clock.now, ticks: clock.ticks, until: (tick, signal) => at(() => clock.until(tick, signal)) },
      journal,
      send: async (request, signal) => {
        await one.passes()
        const key = this.#keys.get(request) ?? null
        this.#network.key = key
        const read = request.path.endsWith('/session') ? this.#oracle.reads() : null
        const sent = connection(request, signal)
        this.#network.key = null
        const answer = await sent
        read?.()
        await one.passes()
        if (key !== null) this.#oracle.answered(key, answer)
        this.#oracle.heard(request.service, answer)
        return answer
      },
      rules: () => this.rules,
      order: (): Omit<Order, 'underway' | 'closing' | 'ticks' | 'unstored'> => {
        if (fixed?.rules !== this.rules) fixed = { rules: this.rules, order: orderOf(setup, one.run, this.rules) }
        const { limits, stopped, limitsFaulty } = this
        return { ...fixed.order, limits, stopped, limitsFaulty }
      },
      observe: (made, before, news) => {
        if (!one.isAlive) return
        for (const row of made.changed) {
          if (row.state === 'sending' && row.request) this.#keys.set(row.request, keyText(row))
        }
        this.#oracle.stepped(made, before, news, this.rules)
      },
      unstored: (is) => one.isAlive && this.#log(is ? `nothing can be stored: ${is.words}` : 'it can be stored again'),
    }
  }
}

const credentials = {
  chastify: {
    baseUrl: 'http://chastify.invalid',
    token: new Secret(tokens.chastify),
    device: { route: 'app' as const },
  },
  tracker: {
    baseUrl: 'http://tracker.invalid',
    token: new Secret(tokens.tracker),
    domToken: new Secret(tokens.dom),
  },
}

function limitsIn(written: unknown, zone: string): Limits {
  return limitsOf([limitsSchema.parse(written)], zone)
}

function rulesIn(texts: readonly string[], zone: string, limits: Limits): RuleSet | string {
  const files = texts.map((text, place) => ({ file: `rules-${place}.yaml`, text }))
  const read = compileRules(files, { services, zone, longestList: limits.actions.per_step })
  return read.rules ?? read.faults.map(({ message }) => message).join('; ')
}

function orderOf({ zone, mode, newLock, expect, polls }: Setup, run: string, rules: RuleSet) {
  const lock = {
    name: lockName,
    credentials,
    expect,
    newLock,
    polls,
    rules: '',
    limits: limitsOf([], zone),
    tokens: [],
  }
  const config = { file: '', folder: '', mode, zone, data: '', services, locks: [lock] }
  return fixedOrder(
    lock as Parameters<typeof fixedOrder>[0],
    config as Parameters<typeof fixedOrder>[1],
    mode,
    run,
    rules,
  )
}
