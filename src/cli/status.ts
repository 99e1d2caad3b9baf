import type { Config } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import { sayDuration } from '../core/duration.ts'
import { ask } from '../daemon/control.ts'
import { services } from '../services/index.ts'
import { openSwitch } from '../store/switch.ts'
import { wrapped } from '../views/lines.ts'
import { type LockStatus, showStatus, statusLines } from '../views/status.ts'
import { deadWires, otherWires, type WireStatus } from '../views/wires.ts'
import { questionOf, storedLocks } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'
import { sayZone, zoneStatus } from './zone.ts'

interface Status {
  /** What is wrong with the rule files or the config as they stand. */
  faults: readonly string[]
  limitsFaulty: boolean
  restartNeeded: boolean
  locks: LockStatus[]
  /** How channels, broker and doors do; not there without a daemon. */
  wires?: readonly WireStatus[]
  /** A newer release, where the config has anybody look. */
  newer?: string | null
}

/** How each lock, its services and rules stand; from the running daemon, else from what the last one stored. */
export async function status(
  terminal: Terminal,
  options: { config: string; lock?: string; all?: boolean; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await questionOf(terminal, options)
  const told = await ask<Status>(socket, 'status', query)
  const known = told ?? (await stored(config, options.lock, terminal.folder))
  const zone = zoneStatus(config.zone, terminal.env, Date.now())
  if (options.json) {
    printJson(terminal, { running: told !== null, ...known, zone })
    return 0
  }
  if (known.limitsFaulty) terminal.out('THE CONFIG IS FAULTY: nothing restrictive is sent until it is mended')
  if (known.faults.length > 0) {
    terminal.out('THE FILES HAVE FAULTS, so what was in force before stays so:')
    for (const line of known.faults.flatMap((fault) => wrapped(`  ${fault}`, 6))) terminal.out(line)
  }
  if (known.restartNeeded) terminal.out('the config has changed; but for the limits it is taken up by a restart')
  for (const line of deadWires(known.wires ?? []).flatMap((one) => wrapped(one, 2))) terminal.out(line)
  if (!told) terminal.out(`no daemon is running; ${storedWords(known.locks)}`)
  for (const line of known.locks.flatMap((lock) => statusLines(lock, options.all))) terminal.out(line)
  if (known.newer) terminal.out(`lockwarden ${known.newer} is out; this command is ${terminal.version}`)
  for (const line of otherWires(known.wires ?? []).flatMap((one) => wrapped(one, 2))) terminal.out(line)
  for (const line of wrapped(`clock of ${sayZone(zone)}`, 2)) terminal.out(line)
  return 0
}

function storedWords(locks: readonly LockStatus[]): string {
  if (locks.length === 0) return 'nothing is stored yet'
  const ages = locks.flatMap(({ storedSecondsAgo }) => storedSecondsAgo ?? [])
  return `this is what the last one stored${ages.length > 0 ? ` ${sayDuration(Math.min(...ages))} ago` : ''}`
}

async function stored(config: Config, wanted: string | undefined, from: string): Promise<Status> {
  const wearersSwitch = openSwitch(config.data, config.folder)
  const locks: LockStatus[] = []
  for (const { lock, kept } of storedLocks(config, wanted)) {
    const { rules } = await loadRules(lock.rules, { services, zone: config.zone, extras: kept.extras }, from)
    locks.push(
      showStatus({
        lock: lock.name,
        mode: config.mode,
        asks: lock.newLock === 'ask',
        expects: lock.expect,
        stopped: wearersSwitch.isStopped(lock.name),
        kept,
        running: null,
        goingLive: null,
        // Tokens are not read for this, so only the section tells.
        configured: { chastify: true, tracker: lock.credentials.tracker !== null },
        limits: lock.limits,
        rules,
        now: Date.now(),
        zone: config.zone,
      }),
    )
  }
  return { faults: [], limitsFaulty: false, restartNeeded: false, locks }
}
