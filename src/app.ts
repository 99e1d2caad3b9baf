import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config, LockConfig } from './config/load.ts'
import { loadRules } from './config/rulefiles.ts'
import type { Kept } from './core/kept.ts'
import type { Mode } from './core/ledger.ts'
import type { Order } from './core/order.ts'
import { nothingSeen } from './core/passing.ts'
import type { Clock } from './core/ports.ts'
import type { RuleSet } from './core/rules/compile.ts'
import type { Topic } from './core/service.ts'
import type { Step } from './core/step.ts'
import type { Poll } from './core/wake.ts'
import { systemClock } from './daemon/clock.ts'
import { type Answers, listen, socketOf } from './daemon/control.ts'
import { type Loop, startLoop } from './daemon/loop.ts'
import { Faulty, Mistake } from './document/fault.ts'
import { connect, services } from './services/index.ts'
import { openDatabase } from './store/database.ts'
import { holdFolder } from './store/folder.ts'
import { openJournal } from './store/journal.ts'
import { openSwitch } from './store/switch.ts'
import { showFacts } from './views/facts.ts'
import { showHistory } from './views/history.ts'
import { showStatus } from './views/status.ts'
import { tell } from './views/story.ts'

export interface AppOptions {
  config: Config
  log: Logger
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

  const prepared: { lock: LockConfig; rules: RuleSet; extras: Kept['extras'] }[] = []
  for (const lock of config.locks) {
    const { kept } = await journal.open(lock.name)
    const rules = await rulesOf(lock, config, kept.extras, options.from ?? config.folder)
    for (const { place, message } of rules.lints)
      log.warn({ lock: lock.name, file: place.file, line: place.line }, message)
    prepared.push({ lock, rules: rules.rules, extras: kept.extras })
  }

  const loops = new Map<string, Loop>()
  const ended = new AbortController()
  const signals = AbortSignal.any([signal, ended.signal])
  for (const { lock, rules } of prepared) {
    const fixed = fixedOrder(lock, config, mode, run, rules)
    const order = (): Omit<Order, 'underway' | 'closing'> => ({
      ...fixed,
      stopped: wearersSwitch.isStopped(lock.name),
    })
    const told = log.child({ lock: lock.name })
    let standstill: Step['standstill'] = null
    let passing = nothingSeen
    const loop = await startLoop(
      lock.name,
      {
        clock,
        journal,
        send: connect(lock.credentials, clock),
        rules: () => rules,
        order,
        observe(step, before, news) {
          for (const line of tell(step, { kept: before, passing, standstill }, news, clock.now(), config.zone)) {
            told[line.level](line.fields, line.text)
          }
          if (step.standstill !== 'nothing new read') standstill = step.standstill
          passing = step.passing
        },
        trouble: (error, doing) => told.error({ error: error instanceof Error ? error.message : String(error) }, doing),
      },
      signals,
      options.once === true,
    )
    loops.set(lock.name, loop)
    log.info({ lock: lock.name, mode, rules: rules.rules.length, zone: config.zone }, startWords(mode, rules))
  }

  const watching = watchSwitch(prepared, wearersSwitch, loops, log, signals)
  if (!options.once) {
    const answers = answersOf({
      config,
      clock,
      mode,
      loops,
      prepared,
      stopped: (lock) => wearersSwitch.isStopped(lock),
    })
    const control = await listen(socket, answers)
    opening.defer(() => control.close())
  }

  const closing = opening.move()
  const done = (async () => {
    try {
      await Promise.all([...loops.values()].map((loop) => loop.done))
    } finally {
      ended.abort()
      await Promise.allSettled([...loops.values()].map((loop) => loop.done))
      await watching
      await closing.disposeAsync()
    }
  })()
  return { done, locks: loops }
}

function startWords(mode: Mode, rules: RuleSet): string {
  const count = `${rules.rules.length} ${rules.rules.length === 1 ? 'rule' : 'rules'}`
  return mode === 'live' ? `watching with ${count}, live` : `watching with ${count}, dry run: nothing is sent`
}

async function rulesOf(lock: LockConfig, config: Config, extras: Kept['extras'], from: string) {
  const language = {
    services,
    zone: config.zone,
    extras,
    longestList: lock.limits.actions.per_step ?? Number.POSITIVE_INFINITY,
  }
  const { rules, faults } = await loadRules(lock.rules, language, from)
  if (!rules) throw new Faulty(faults.filter(({ severity }) => severity === 'fault'))
  return { rules, lints: faults }
}

/** The part of an order that does not change while the daemon runs. */
export function fixedOrder(
  lock: LockConfig,
  config: Config,
  mode: Mode,
  run: string,
  rules: RuleSet,
): Omit<Order, 'underway' | 'closing' | 'stopped'> {
  const configured = services.filter(({ name }) => name !== 'tracker' || lock.credentials.tracker?.token != null)
  const polls = new Map<Topic, Poll>()
  const asked = new Set([...rules.uses].map((name) => rules.catalogue.get(name)?.source))
  for (const service of configured) {
    const poll = lock.polls[service.name as keyof LockConfig['polls']]
    for (const { topic, standing } of service.topics) if (standing || asked.has(topic)) polls.set(topic, poll)
  }
  // Histories are of a session, which must be known first.
  const { tracker } = lock.polls
  if (polls.has('tracker.histories')) polls.set('tracker.sessions', tracker)
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
  prepared: readonly { lock: LockConfig }[],
  wearersSwitch: ReturnType<typeof openSwitch>,
  loops: ReadonlyMap<string, Loop>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const was = new Map<string, boolean>()
  while (!signal.aborted) {
    for (const { lock } of prepared) {
      const is = wearersSwitch.isStopped(lock.name)
      const before = was.get(lock.name)
      was.set(lock.name, is)
      if (before === is || (before === undefined && !is)) continue
      const words = is ? 'stopped by the wearer: nothing restrictive is sent until "lockwarden resume"' : 'resumed'
      log.warn({ lock: lock.name, stopped: is }, words)
      loops.get(lock.name)?.nudge()
    }
    await sleep(switchLookMs, undefined, { signal }).catch(() => undefined)
  }
}

interface Asked {
  config: Config
  clock: Clock
  mode: Mode
  loops: ReadonlyMap<string, Loop>
  prepared: readonly { lock: LockConfig; rules: RuleSet }[]
  stopped(lock: string): boolean
}

/** What the daemon answers on its socket. */
function answersOf({ config, clock, mode, loops, prepared, stopped }: Asked): Answers {
  const { zone } = config
  const chosen = (query: Readonly<Record<string, string>>) => {
    const some = prepared.filter(({ lock }) => query.lock === undefined || lock.name === query.lock)
    if (some.length > 0) return some
    throw new Mistake(`there is no lock "${query.lock}"; there is ${prepared.map(({ lock }) => lock.name).join(', ')}`)
  }
  return {
    health: () => ({ ok: true }),
    status: (query) =>
      chosen(query).map(({ lock, rules }) => {
        const loop = loops.get(lock.name)
        if (!loop) return null
        const running = { passing: loop.passing, last: loop.last, rules }
        return showStatus(lock.name, mode, stopped(lock.name), loop.kept, running, clock.now(), zone)
      }),
    facts: (query) =>
      chosen(query).map(({ lock, rules }) => ({
        lock: lock.name,
        facts: showFacts(loops.get(lock.name)?.passing.facts ?? new Map(), rules.catalogue, clock.now(), zone),
      })),
    history: (query) =>
      chosen(query).flatMap(({ lock }) =>
        showHistory(loops.get(lock.name)?.kept.rows ?? [], zone, Number(query.most ?? 50)),
      ),
    accept: (query) =>
      chosen(query).map(({ lock }) => {
        const loop = loops.get(lock.name)
        const session = loop?.kept.session ?? null
        if (loop && session !== null) loop.tell({ accepted: true })
        return { lock: lock.name, session }
      }),
    nudge: () => {
      for (const loop of loops.values()) loop.nudge()
      return { ok: true }
    },
  }
}
