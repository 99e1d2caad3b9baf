import type { Config } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import { ask } from '../daemon/control.ts'
import { services } from '../services/index.ts'
import { openSwitch } from '../store/switch.ts'
import { type LockStatus, showStatus, statusLines } from '../views/status.ts'
import { questionOf, storedLocks } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'

interface Status {
  /** What is wrong with the rule files or the config as they stand. */
  faults: readonly string[]
  limitsFaulty: boolean
  restartNeeded: boolean
  locks: LockStatus[]
}

/** How each lock, its services and rules stand; from the running daemon, else from what the last one stored. */
export async function status(
  terminal: Terminal,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await questionOf(terminal, options)
  const told = await ask<Status>(socket, 'status', query)
  const known = told ?? (await stored(config, options.lock, terminal.folder))
  if (options.json) {
    printJson(terminal, { running: told !== null, ...known })
    return 0
  }
  if (!told) terminal.out('no daemon is running; this is what the last one stored')
  if (known.locks.length === 0) terminal.out('nothing is stored yet')
  for (const line of known.locks.flatMap(statusLines)) terminal.out(line)
  if (known.faults.length > 0) terminal.out('the files have faults, so what was in force before stays so:')
  for (const line of known.faults) terminal.out(`  ${line}`)
  if (known.limitsFaulty) terminal.out('the config is faulty: nothing restrictive is sent until it is mended')
  if (known.restartNeeded) terminal.out('the config has changed; but for the limits it is taken up by a restart')
  return 0
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
        stopped: wearersSwitch.isStopped(lock.name),
        kept,
        running: null,
        rules,
        now: Date.now(),
        zone: config.zone,
      }),
    )
  }
  return { faults: [], limitsFaulty: false, restartNeeded: false, locks }
}
