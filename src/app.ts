import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { answersOf } from './answers.ts'
import { InForce } from './config/inforce.ts'
import type { Config, Environment, LockConfig } from './config/load.ts'
import type { Mode } from './core/ledger.ts'
import type { Order } from './core/order.ts'
import { nothingSeen } from './core/passing.ts'
import type { Clock } from './core/ports.ts'
import type { RuleSet } from './core/rules/compile.ts'
import type { Topic } from './core/service.ts'
import type { Step } from './core/step.ts'
import type { Poll } from './core/wake.ts'
import { systemClock } from './daemon/clock.ts'
import { listen, socketOf } from './daemon/control.ts'
import { type Loop, type LoopPorts, startLoop } from './daemon/loop.ts'
import { watchFiles } from './daemon/reload.ts'
import { faultLine } from './document/fault.ts'
import { connect, services } from './services/index.ts'
import { openDatabase } from './store/database.ts'
import { holdFolder } from './store/folder.ts'
import { openJournal } from './store/journal.ts'
import { openSwitch, type Switch } from './store/switch.ts'
import { tell } from './views/story.ts'

export interface AppOptions {
  config: Config
  log: Logger
  /** Fills `${NAME}` when the config is read again. Without it, files are not watched. */
  env?: Environment
  /** Overrides the config: nothing is sent. */
  dryRun?: boolean
  /** One poll and one step for each lock, and what it leads to; then the end. */
  once?: boolean
  /** Default: the machine's. */
  clock?: Clock
  /** Names in faults are relative to this folder. */
  from?: string
}

export interface App {
  /** Settles when all is closed; rejects where the daemon could not go on. */
  readonly done: Promise<void>
  readonly locks: ReadonlyMap<string, Loop>
}

/** How often the switch is looked at while nothing else happens. */
const switchLookMs = 1000

/**
 * The daemon, composed: folder, database, services, one loop a lock, and the socket on which commands ask. Ends with
 * the signal, in the opposite order. Throws `Faulty` for faulty rules, `Mistake` where the folder or database cannot
 * be used.
 */
export async function startApp(options: AppOptions, signal: AbortSignal): Promise<App> {
  const { config, log } = options
  const clock = options.clock ?? systemClock()
  const mode: Mode = options.dryRun ? 'dry-run' : config.mode
  const run = randomUUID()
  await using opening = new AsyncDisposableStack()

  const socket = socketOf(config.data)
  const hold = holdFolder(config.data, { pid: process.pid, run, socket })
  opening.defer(() => hold.release())
  const database = openDatabase(config.data)
  opening.defer(() => void database.close())
  const journal = openJournal(database)
  const wearersSwitch = openSwitch(config.data, config.folder)

  const loops = new Map<string, Loop>()
  const stored = new Map<string, Awaited<ReturnType<typeof journal.open>>>()
  for (const { name } of config.locks) stored.set(name, await journal.open(name))
  const extras = (lock: string) => (loops.get(lock) ?? stored.get(lock))?.kept.extras ?? {}
  const { inForce, lints } = await InForce.open(config, options.env ?? {}, options.from ?? config.folder, extras)
  for (const lint of lints) log.warn(faultLine(lint))

  const ended = new AbortController()
  const signals = AbortSignal.any([signal, ended.signal])
  for (const { lock, rules } of inForce.locks) {
    const ports = portsOf(lock, {
      config,
      mode,
      run,
      clock,
      inForce,
      wearersSwitch,
      log: log.child({ lock: lock.name }),
    })
    loops.set(lock.name, await startLoop(lock.name, { ...ports, journal }, signals, options.once === true))
    log.info({ lock: lock.name, mode, rules: rules.rules.length, zone: config.zone }, startWords(mode, rules))
  }

  const watching = [watchSwitch(config, wearersSwitch, loops, log, signals)]
  if (!options.once) {
    if (options.env) watching.push(watchInForce(config, inForce, loops, log, signals))
    const stopped = (lock: string) => wearersSwitch.isStopped(lock)
    const control = await listen(socket, answersOf({ config, clock, mode, loops, inForce, stopped }))
    opening.defer(() => control.close())
  }

  const closing = opening.move()
  const done = (async () => {
    try {
      await Promise.all([...loops.values()].map((loop) => loop.done))
    } finally {
      ended.abort()
      await Promise.allSettled([...loops.values()].map((loop) => loop.done))
      await Promise.all(watching)
      await closing.disposeAsync()
    }
  })()
  return { done, locks: loops }
}

function startWords(mode: Mode, rules: RuleSet): string {
  const count = `${rules.rules.length} ${rules.rules.length === 1 ? 'rule' : 'rules'}`
  return mode === 'live' ? `watching with ${count}, live` : `watching with ${count}, dry run: nothing is sent`
}

interface Surroundings {
  config: Config
  mode: Mode
  run: string
  clock: Clock
  inForce: InForce
  wearersSwitch: Switch
  log: Logger
}

/** What one lock's loop needs of the world, but for the journal. */
function portsOf(lock: LockConfig, around: Surroundings): Omit<LoopPorts, 'journal'> {
  const { config, mode, run, clock, inForce, wearersSwitch, log } = around
  let standstill: Step['standstill'] = null
  let passing = nothingSeen
  return {
    clock,
    send: connect(lock.credentials, clock),
    rules: () => inForce.of(lock.name).rules,
    order() {
      const { rules, limits } = inForce.of(lock.name)
      return {
        ...fixedOrder(lock, config, mode, run, rules),
        limits,
        stopped: wearersSwitch.isStopped(lock.name),
        limitsFaulty: inForce.limitsFaulty,
      }
    },
    observe(step, before, news) {
      for (const line of tell(step, { kept: before, passing, standstill }, news, clock.now(), config.zone)) {
        log[line.level](line.fields, line.text)
      }
      if (step.standstill !== 'nothing new read') standstill = step.standstill
      passing = step.passing
    },
    trouble: (error, doing) => log.error({ error: error instanceof Error ? error.message : String(error) }, doing),
  }
}

/** The part of an order that follows from the config and from what the rules ask for. */
export function fixedOrder(
  lock: LockConfig,
  config: Config,
  mode: Mode,
  run: string,
  rules: RuleSet,
): Omit<Order, 'underway' | 'closing' | 'stopped'> {
  const configured = services.filter(({ name }) => name !== 'tracker' || lock.credentials.tracker?.token != null)
  const polls = new Map<Topic, Poll>()
  // What only disabled rules ask for need not be read.
  const uses = rules.rules.filter(({ enabled }) => enabled).flatMap((rule) => [...rule.uses])
  const asked = new Set(uses.map((name) => rules.catalogue.get(name)?.source))
  for (const service of configured) {
    const poll = lock.polls[service.name as keyof LockConfig['polls']]
    for (const { topic, standing } of service.topics) if (standing || asked.has(topic)) polls.set(topic, poll)
  }
  // Histories are of a session, which must be known first.
  if (polls.has('tracker.histories')) polls.set('tracker.sessions', lock.polls.tracker)
  return {
    lock: lock.name,
    mode,
    zone: config.zone,
    limits: lock.limits,
    services: configured,
    polls,
    expect: lock.expect,
    newLock: lock.newLock,
    run,
  }
}

/** Has the loops look again as soon as the switch is pressed or released. */
async function watchSwitch(
  { locks }: Config,
  wearersSwitch: Switch,
  loops: ReadonlyMap<string, Loop>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const was = new Map<string, boolean>()
  while (!signal.aborted) {
    for (const { name } of locks) {
      const is = wearersSwitch.isStopped(name)
      const before = was.get(name)
      was.set(name, is)
      if (before === is || (before === undefined && !is)) continue
      const words = is ? 'stopped by the wearer: nothing restrictive is sent until "lockwarden resume"' : 'resumed'
      log.warn({ lock: name, stopped: is }, words)
      loops.get(name)?.nudge()
    }
    await sleep(switchLookMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Takes up rules, limits and token files when they change. */
async function watchInForce(
  config: Config,
  inForce: InForce,
  loops: ReadonlyMap<string, Loop>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const look = async () => {
    const { said, changed, tokens } = await inForce.look()
    for (const { level, text } of said) log[level](text)
    for (const { lock, service } of tokens) {
      log.info({ lock, service }, `the token of ${service} was read again`)
      loops.get(lock)?.tell({ token: service })
    }
    if (changed) for (const loop of loops.values()) loop.nudge()
  }
  const files = config.locks.flatMap(({ rules, tokenFiles }) => [rules, ...tokenFiles.map(({ path }) => dirname(path))])
  await watchFiles([...new Set([config.file, ...files])], look, signal)
}
