import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { InForce } from './config/inforce.ts'
import type { Config, Environment, LockConfig } from './config/load.ts'
import { wiresOf } from './config/wires.ts'
import type { Console, ConsolePorts } from './console/server.ts'
import { limitLines } from './core/acting/limits.ts'
import type { Instant } from './core/calendar/time.ts'
import { noLock } from './core/model/lock.ts'
import { loudness } from './core/model/loudness.ts'
import { type News, type Order, scheduledTopics } from './core/model/order.ts'
import { nothingSeen } from './core/model/passing.ts'
import type { Clock, Journal } from './core/model/ports.ts'
import type { Mode } from './core/model/row.ts'
import type { RuleSet } from './core/model/rule.ts'
import { lockTopic, type Poll, serviceOf, type Topic } from './core/model/service.ts'
import { heardOf } from './core/reading/recorded.ts'
import type { Step } from './core/step.ts'
import { systemClock } from './daemon/clock.ts'
import { listen, socketOf } from './daemon/control.ts'
import { quitting } from './daemon/ending.ts'
import { Holders } from './daemon/holders.ts'
import type { Logbook } from './daemon/logbook.ts'
import { type Loop, type LoopPorts, startLoop } from './daemon/loop.ts'
import { type Releases, watchReleases } from './daemon/releases.ts'
import { watchFiles } from './daemon/reload.ts'
import { inputEntry, withTrail } from './daemon/trail.ts'
import { Wires } from './daemon/wires.ts'
import { faultLine, Mistake } from './document/fault.ts'
import type { DaemonView, LockPorts } from './queries/daemon.ts'
import { answersOf } from './queries/index.ts'
import type { Reach } from './reach/index.ts'
import { connect, services } from './services/index.ts'
import { Agreed } from './store/agreed.ts'
import { Audit, type Entry } from './store/audit.ts'
import { shelfStatus } from './store/backups.ts'
import { Nightly } from './store/nightly.ts'
import { RaisedNotices } from './store/raised.ts'
import { sqliteStore } from './store/sqlite.ts'
import type { OpenStore } from './store/store.ts'
import { Sums } from './store/sums.ts'
import { clearSwitch, openSwitch, type Switch, setSwitch } from './store/switch.ts'
import { tell } from './views/story.ts'

export interface AppOptions {
  config: Config
  log: Logger
  /** The last lines of the log, and its level. Without it nobody can ask for them. */
  book?: Logbook
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
  /** The folder the program is installed in, with its example rules. */
  home?: string
  version?: string
  /** The version with the commit it was made of. */
  build?: string
  /** Ends the program, so that who started it starts it again, or for good. Without it, nobody is asked to. */
  end?: (again: boolean) => void
  /** Has `look` called when somebody asks for the files to be read again. */
  onReread?: (look: () => void) => void
}

export interface App {
  /** Where the console listens; null without one. */
  readonly console: { url: string; port: number } | null
  /** Where monitors ask; null without. */
  readonly metrics: { port: number } | null
  /** Settles when all is closed; rejects where the daemon could not go on. */
  readonly done: Promise<void>
  readonly locks: ReadonlyMap<string, Loop>
}

/** How often the switch and the database's file are looked at while nothing else happens. */
const folderLookMs = 1000

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
  const place = sqliteStore(config.data)
  const hold = await place.hold({ pid: process.pid, run, socket, version: options.build ?? '' })
  opening.defer(() => hold.release())
  const trouble = (error: unknown) =>
    log.error({ error: error instanceof Error ? error.message : String(error) }, 'keeping what was read')
  const { store, upgrade } = await place.open({ version: options.version ?? '', now: clock.now(), isLength, trouble })
  opening.defer(() => store.close())
  if (upgrade) {
    const { from, to, copy } = upgrade
    log.info({ copy }, `the database was brought up to date (schema ${from} to ${to}); as it was it is kept in ${copy}`)
  }
  const wearersSwitch = openSwitch(config.data, config.folder)

  const loops = new Map<string, Loop>()
  const stored = new Map<string, Awaited<ReturnType<typeof store.open>>>()
  for (const { name } of config.locks) stored.set(name, await store.open(name))
  const extras = (lock: string) => (loops.get(lock) ?? stored.get(lock))?.kept.extras ?? {}
  const { inForce, lints } = await InForce.open(config, options.env ?? {}, options.from ?? config.folder, extras)
  for (const lint of lints) log.warn(faultLine(lint))

  const ended = new AbortController()
  const signals = AbortSignal.any([signal, ended.signal])
  const holders = new Holders(config.locks.map(({ name }) => name))
  const asked = new Map<string, LockPorts>()
  let pages: Console | null = null
  let reach: Reach | null = null
  for (const { lock, rules } of inForce.locks) {
    const ports = portsOf(lock, {
      config,
      mode,
      run,
      clock,
      inForce,
      wearersSwitch,
      holders,
      store,
      stepped(step, news, tookMs) {
        pages?.stir()
        reach?.stepped(lock.name, step, news, tookMs)
      },
      log: log.child({ lock: lock.name }),
    })
    asked.set(lock.name, ports)
    loops.set(lock.name, await startLoop(lock.name, { ...ports, journal: store }, signals, options.once === true))
    log.info({ lock: lock.name, mode, rules: rules.rules.length, zone: config.zone }, startWords(mode, rules))
  }

  const agreed = new Agreed(config.data)
  const trail = trailOf(options)
  opening.defer(() => trail.sums.close())
  const tellLimits = () => tellChangedLimits(agreed, inForce, options, trail)
  tellLimits()
  const watching = [watchFolder(config, wearersSwitch, store, loops, log, signals)]
  if (!options.once) {
    // One after the other: a look that began earlier must not end with older rules in force.
    let turn: Promise<void> = Promise.resolve()
    const renewed = (key: string) => reach?.renewed(key)
    const look = () => {
      turn = turn.then(() => lookAgain(inForce, loops, options, tellLimits, renewed))
      return turn
    }
    if (options.env) watching.push(watchInForce(config, look, signals))
    options.onReread?.(() => {
      log.info('the files are read again, as somebody asked for it')
      if (options.env) void look()
      void pages?.lookAtPasswords()
    })
    watching.push(watchPasswords(config, () => pages?.lookAtPasswords() ?? Promise.resolve(), signals))
    const stopped = (lock: string) => wearersSwitch.isStopped(lock)
    const nightly = nightlyOf(options, clock)
    if (nightly) opening.defer(() => nightly.close())
    nightly?.start()
    const releases = releasesOf(options, signals)
    if (releases) watching.push(releases.done)
    const wires = new Wires(wiresOf(config), clock.now)
    const around: DaemonView = {
      config,
      clock,
      mode,
      loops,
      ports: asked,
      inForce,
      wires,
      book: options.book ?? null,
      newer: () => releases?.newer ?? null,
      stopped,
      backups: () => shelfStatus(config.backups, nightly?.trouble),
    }
    const answers = answersOf(around)
    try {
      const control = await listen(
        socket,
        { ...withTrail(answers, trail.write), ...(options.end ? { quit: quitting(options.end) } : {}) },
        options.build,
      )
      opening.defer(() => control.close())
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      // Rules and the switch need no socket; only the commands that ask do.
      log.error(`${error.message}; going on without it, so that "status" and its like show what is stored`)
    }
    pages = await openConsole(around, options, { look, recorded: store, trail })
    if (pages) opening.defer(() => pages?.close())
    reach = await openOutside(around, options, trail)
    if (reach) opening.defer(() => reach?.close())
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
  return { console: pages, metrics: reach?.metrics ?? null, done, locks: loops }
}

/** Backups by themselves; null where the config wants none. */
function nightlyOf({ config, log, version = '' }: AppOptions, { now }: Clock): Nightly | null {
  if (!config.backups) return null
  const { at, ...shelf } = config.backups
  const told: ConstructorParameters<typeof Nightly>[0]['told'] = ({ level, text }) => log[level](text)
  return new Nightly({ data: config.data, shelf, at, zone: config.zone, version, now, told })
}

/** Looks for newer releases, where the config asks for it. */
function releasesOf({ config: { updates }, version, log }: AppOptions, signal: AbortSignal): Releases | null {
  if (!updates?.check || updates.url === undefined || version === undefined) return null
  const said = { info: (text: string) => log.info(text), warn: (text: string) => log.warn(text) }
  return watchReleases(updates.url, version, said, signal)
}

/** The console, where the config names one; nothing of it is loaded otherwise. The rest goes on where it cannot be. */
async function openConsole(
  daemon: DaemonView,
  options: AppOptions,
  { look, recorded, trail }: { look(): Promise<void>; trail: Trail } & Required<Pick<ConsolePorts, 'recorded'>>,
): Promise<Console | null> {
  const { config, loops, wires } = daemon
  const { log } = options
  if (!config.console) return null
  const { startConsole } = await import('./console/server.ts')
  const folders = [...new Set([config.data, config.folder])]
  try {
    const opened = await startConsole({
      console: config.console,
      daemon,
      recorded,
      examples: options.home === undefined ? null : join(options.home, 'rules'),
      version: options.version ?? '',
      audit: trail.audit,
      sums: trail.sums,
      stop: (lock, words) => setSomewhere(folders, lock, words),
      resume: (lock) => folders.flatMap((folder) => clearSwitch(folder, lock, [...loops.keys()])).length,
      reload: async () => {
        if (options.env) await look()
      },
      trouble: (error, doing) => log.error({ error: error instanceof Error ? error.message : String(error) }, doing),
    })
    log.info({ url: opened.url }, 'the console is open')
    wires.good('console')
    return opened
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    log.error(`${error.message}; going on without it`)
    wires.bad('console', error.message)
    return null
  }
}

/** Monitors, a broker and people, where the config names any; nothing of it is loaded otherwise. */
async function openOutside(
  asked: DaemonView,
  { config, log, version = '' }: AppOptions,
  { sums }: Trail,
): Promise<Reach | null> {
  if (!config.reach) return null
  const { openReach } = await import('./reach/index.ts')
  const folders = [...new Set([config.data, config.folder])]
  const who = { role: 'mqtt', address: config.reach.mqtt?.topic ?? '' } as const
  const stop = (lock: string, words: string) => {
    setSomewhere(folders, lock, words)
    sums.count(`mqtt stop ${lock}`, { who, what: 'stop', lock, said: `stopped ${lock}`, difference: [] })
  }
  const pressed = (lock: string, input: string, set: boolean | 'press') => {
    const entry = inputEntry(lock, input, set)
    sums.count(`mqtt ${lock} ${entry.said}`, { who, ...entry })
  }
  return await openReach({ reach: config.reach, asked, version, stop, pressed, log })
}

/** Where it is written down what people, commands and messages did. */
interface Trail {
  audit: Audit
  sums: Sums
  write(entry: Omit<Entry, 'at'>): void
}

function trailOf({ config, log }: AppOptions): Trail {
  const audit = new Audit(config.data)
  const trouble = (error: unknown, doing: string) =>
    log.error({ error: error instanceof Error ? error.message : String(error) }, doing)
  const write = (entry: Omit<Entry, 'at'>) => {
    try {
      audit.add(entry)
    } catch (error) {
      // What was done is done; a full disk must not keep the switch from being set.
      trouble(error, `writing down "${entry.said}"`)
    }
  }
  return { audit, write, sums: new Sums(audit, () => performance.now(), trouble) }
}

/** Where the limits are others than this folder was last run under, the wearer is shown it, and it is written down. */
function tellChangedLimits(agreed: Agreed, { locks }: InForce, { config, log }: AppOptions, { write }: Trail): void {
  const notices = new RaisedNotices(config.data, (words) => log.warn(words))
  for (const { lock, limits } of locks) {
    const after = limitLines(limits, config.zone)
    try {
      agreed.note(lock.name, after, (before) => {
        const who = { role: 'config', address: config.file } as const
        const said = 'changed the limits'
        notices.add({ lock: lock.name, what: 'limits', who, said, worst: { before, after } })
        const difference = [
          ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
          ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
        ]
        write({ who, what: 'limits', lock: lock.name, said, difference })
        log.warn({ lock: lock.name }, `the limits are others than before: ${difference.join('; ')}`)
      })
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'writing down the limits')
    }
  }
}

/** Sets the switch in the first of its folders that can be written to. Throws where none can. */
function setSomewhere(folders: readonly string[], lock: string | null, words: string): void {
  const troubles: unknown[] = []
  for (const folder of folders) {
    try {
      setSwitch(folder, lock, words)
      return
    } catch (error) {
      troubles.push(error)
    }
  }
  throw troubles[0]
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
  holders: Holders
  store: Pick<OpenStore, 'hear' | 'press'>
  /** Told of each step, and how long it took. */
  stepped(step: Step, news: readonly News[], tookMs: number): void
  log: Logger
}

/** A household's locks are read at once; more of them are spread over a minute. */
const household = 20
const spreadMs = 60_000

/** How long after the start a lock is read for the first time. */
function turnMs(lock: LockConfig, { locks }: Config): number {
  return locks.length <= household ? 0 : (locks.indexOf(lock) / locks.length) * spreadMs
}

/** What one lock's loop needs of the world, but for the journal. */
function portsOf(lock: LockConfig, around: Surroundings): Omit<LoopPorts, 'journal'> & LockPorts {
  const { config, mode, run, clock, inForce, wearersSwitch, holders, store, stepped, log } = around
  let standstill: Step['standstill'] = null
  let passing = nothingSeen
  const send = connect(lock.credentials, clock)
  const firstTick = clock.ticks() + turnMs(lock, config)
  let fixed: { rules: RuleSet; order: ReturnType<typeof fixedOrder> } | null = null
  const orderFor = (rules: RuleSet) => {
    if (fixed?.rules !== rules) fixed = { rules, order: fixedOrder(lock, config, mode, run, rules) }
    return fixed.order
  }
  return {
    clock,
    send,
    spent: send.spent,
    rules: () => inForce.of(lock.name).rules,
    order() {
      const { rules, limits } = inForce.of(lock.name)
      return {
        ...orderFor(rules),
        firstAt: clock.now() + Math.max(0, firstTick - clock.ticks()),
        limits,
        stopped: wearersSwitch.isStopped(lock.name),
        limitsFaulty: inForce.limitsFaulty,
        actsElsewhere: (lockId) => holders.elsewhere(lock.name, lockId),
      }
    },
    observe(step, before, news, tookMs) {
      record(store, lock.name, step, news, inForce.of(lock.name).rules, clock.now())
      for (const line of tell(step, { kept: before, passing, standstill }, news, clock.now(), config.zone)) {
        log[line.level](line.fields, line.text)
      }
      if (step.standstill !== 'nothing new read') standstill = step.standstill
      if (step.passing.asked[lockTopic] !== undefined) {
        holders.saw(lock.name, step.kept.session === noLock ? null : (step.passing.latestLock?.id ?? null))
      }
      passing = step.passing
      stepped(step, news, tookMs)
    },
    unstored(is) {
      if (is)
        log.error({ standstill: is.why }, `${is.words}. Nothing is decided, and nothing is sent until it can be stored`)
      else log.info('what is decided can be stored again; it goes on')
    },
  }
}

const lengths = new Set(
  services.flatMap(({ facts }) => facts.flatMap(({ name, type }) => (type === 'seconds' ? name : []))),
)

function isLength(fact: string): boolean {
  return lengths.has(fact)
}

/** Keeps what a step was told. */
function record(
  store: Surroundings['store'],
  lock: string,
  { passing }: Step,
  news: readonly News[],
  rules: RuleSet,
  now: Instant,
): void {
  for (const item of news) {
    const heard = 'reading' in item ? heardOf(item.reading, passing, rules) : null
    if (heard) store.hear(lock, heard)
    if ('input' in item && rules.inputs.has(item.input)) {
      store.press(lock, { at: now, input: item.input, set: item.set })
    }
  }
}

/** The part of an order that follows from the config and from what the rules ask for. */
export function fixedOrder(
  lock: LockConfig,
  config: Config,
  mode: Mode,
  run: string,
  rules: RuleSet,
): Omit<Order, 'underway' | 'closing' | 'stopped' | 'ticks'> {
  const configured = services.filter(({ name }) => name !== 'tracker' || lock.credentials.tracker?.token != null)
  const polls = new Map<Topic, Poll>()
  for (const topic of scheduledTopics(configured, rules))
    polls.set(topic, lock.polls[serviceOf(topic) as keyof LockConfig['polls']])
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

/** Has the loops look again as soon as the switch is pressed or released, or the database is taken away or put back. */
async function watchFolder(
  { locks }: Config,
  wearersSwitch: Switch,
  journal: Pick<Journal, 'gone'>,
  loops: ReadonlyMap<string, Loop>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const was = new Map<string, boolean>()
  let goneBefore: string | null = null
  while (!signal.aborted) {
    const gone = journal.gone()
    if (gone !== goneBefore) for (const loop of loops.values()) loop.nudge()
    goneBefore = gone
    for (const { name } of locks) {
      const is = wearersSwitch.isStopped(name)
      const before = was.get(name)
      was.set(name, is)
      if (before === is || (before === undefined && !is)) continue
      const words = is ? 'stopped by the wearer: nothing restrictive is sent until "lockwarden resume"' : 'resumed'
      log.warn({ lock: name, stopped: is }, words)
      loops.get(name)?.nudge()
    }
    await sleep(folderLookMs, undefined, { signal }).catch(() => undefined)
  }
}

async function lookAgain(
  inForce: InForce,
  loops: ReadonlyMap<string, Loop>,
  { log, book, env }: AppOptions,
  tellLimits: () => void,
  renewed: (key: string) => void,
): Promise<void> {
  const { said, changed, tokens, secrets, logLevel } = await inForce.look()
  // What was said at the start, in the environment, goes before the config.
  const level = logLevel === undefined || env?.LOG_LEVEL ? book?.level : logLevel
  const isQuieter = book !== undefined && level !== undefined && loudness[level] > loudness[book.level]
  if (level !== undefined && !isQuieter) book?.setLevel(level)
  for (const { level: loud, text } of said) log[loud](text)
  if (level !== undefined && isQuieter) book.setLevel(level)
  for (const { lock, service } of tokens) {
    log.info({ lock, service }, `the token of ${service} was read again`)
    loops.get(lock)?.tell({ token: service })
  }
  for (const key of secrets) {
    log.info(`${key} was read again`)
    renewed(key)
  }
  if (!changed) return
  tellLimits()
  for (const loop of loops.values()) loop.nudge()
}

/** Takes up passwords of the console that were replaced, which ends the sessions of their roles. */
async function watchPasswords({ console: pages }: Config, look: () => Promise<void>, signal: AbortSignal) {
  const files = Object.values(pages?.passwordFiles ?? {}).filter((file) => file !== null)
  if (files.length > 0) await watchFiles([...new Set(files.map((file) => dirname(file)))], look, signal)
}

/** Takes up rules, limits and token files when they change. */
async function watchInForce(config: Config, look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const files = config.locks.flatMap(({ rules, tokenFiles }) => [rules, ...tokenFiles.map(({ path }) => dirname(path))])
  const more = (config.reach?.files ?? []).map(({ path }) => dirname(path))
  await watchFiles([...new Set([config.file, ...files, ...more])], look, signal)
}
