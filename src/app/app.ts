import { randomUUID } from 'node:crypto'
import { InForce } from '../config/inforce.ts'
import { wiresOf } from '../config/wires.ts'
import type { Console } from '../console/server.ts'
import type { Clock } from '../core/model/ports.ts'
import type { Mode } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { systemClock } from '../daemon/clock.ts'
import { listen, socketOf } from '../daemon/control.ts'
import { quitting } from '../daemon/ending.ts'
import { Holders } from '../daemon/holders.ts'
import { type Loop, startLoop } from '../daemon/loop.ts'
import { type Releases, watchReleases } from '../daemon/releases.ts'
import { withTrail } from '../daemon/trail.ts'
import { Wires } from '../daemon/wires.ts'
import { faultLine, Mistake } from '../document/fault.ts'
import type { DaemonView, LockPorts } from '../queries/daemon.ts'
import { answersOf } from '../queries/index.ts'
import type { Reach } from '../reach/index.ts'
import { Agreed } from '../store/agreed.ts'
import { shelfStatus } from '../store/backups.ts'
import { Nightly } from '../store/nightly.ts'
import { sqliteStore } from '../store/sqlite.ts'
import { openSwitch } from '../store/switch.ts'
import { openConsole, openOutside } from './doors.ts'
import { lengthsOf, portsOf } from './lockports.ts'
import type { App, AppOptions } from './options.ts'
import { tellChangedLimits, trailOf } from './trail.ts'
import { lookAgain, watchFolder, watchInForce, watchPasswords } from './watching.ts'

/**
 * The daemon, composed: folder, database, services, one loop a lock, and the socket on which commands ask. Ends with
 * the signal, in the opposite order. Throws `Faulty` for faulty rules, `Mistake` where the folder or database cannot
 * be used.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is opened here is closed in the opposite order, in one scope
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
  const isLength = lengthsOf(config.services)
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
  const watching = [watchFolder(config, { wearersSwitch, store, loops, log }, signals)]
  if (!options.once) {
    // One look at a time: an earlier look must not end later and put older rules in force.
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
      ledger: store,
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

function startWords(mode: Mode, rules: RuleSet): string {
  const count = `${rules.rules.length} ${rules.rules.length === 1 ? 'rule' : 'rules'}`
  return mode === 'live' ? `watching with ${count}, live` : `watching with ${count}, dry run: nothing is sent`
}
