import type { Config } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { ask } from '../daemon/control.ts'
import { distinctFaults, type Fault, Faulty, faultLine } from '../document/fault.ts'
import type { StatusTold } from '../queries/status.ts'
import { shelfStatus } from '../store/backups.ts'
import { openSwitch } from '../store/switch.ts'
import { sayBackups } from '../views/backups.ts'
import { wrapped } from '../views/lines.ts'
import { type LockStatus, showStatus } from '../views/status.ts'
import { statusLines } from '../views/statuslines.ts'
import { deadWires, otherWires } from '../views/wires.ts'
import { otherBuild } from './other.ts'
import { chosenLocks, evenIfFaulty, storedExtras, storedLocks } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'
import { sayZone, zoneStatus } from './zone.ts'

/** The state of each lock, its services and rules: from the running daemon, else from what the last one stored. */
export async function status(
  terminal: Terminal,
  options: { config: string; lock?: string; all?: boolean; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await evenIfFaulty(terminal, options)
  const told: StatusTold | null = await ask(socket, 'status', query)
  const known = told ?? (config instanceof Faulty ? null : await stored(config, options.lock, terminal.folder))
  // Without a daemon, the earlier state of a faulty config is unknown.
  if (known === null) throw config
  const zone = config instanceof Faulty ? null : zoneStatus(config.zone, terminal.env, Date.now())
  const other = otherBuild(terminal)
  if (options.json) {
    printJson(terminal, { running: told !== null, otherBuild: other, ...known, ...(zone ? { zone } : {}) })
    return 0
  }
  if (other !== null) for (const line of wrapped(`${other}: start it again`, 2)) terminal.out(line)
  if (known.limitsFaulty) terminal.out('THE CONFIG IS FAULTY: nothing restrictive is sent until it is fixed')
  if (known.faults.length > 0) {
    const meanwhile = told ? 'so the rules and limits from before stay in force' : 'so no daemon can start'
    terminal.out(`THE FILES HAVE FAULTS, ${meanwhile}:`)
    for (const line of known.faults.flatMap((fault) => wrapped(`  ${fault}`, 6))) terminal.out(line)
  }
  if (known.restartNeeded) terminal.out('the config has changed; limits apply now, everything else after a restart')
  for (const line of deadWires(known.wires ?? []).flatMap((one) => wrapped(one, 2))) terminal.out(line)
  if (!told) terminal.out(`no daemon is running; ${storedWords(known.locks)}`)
  for (const line of known.locks.flatMap((lock) => statusLines(lock, options.all))) terminal.out(line)
  if (known.newer) terminal.out(`lockwarden ${known.newer} is out; this command is ${terminal.version}`)
  for (const line of otherWires(known.wires ?? []).flatMap((one) => wrapped(one, 2))) terminal.out(line)
  if (known.backups)
    for (const line of wrapped(`backups: ${sayBackups(known.backups, Date.now())}`, 2)) terminal.out(line)
  if (zone) for (const line of wrapped(`clock of ${sayZone(zone)}`, 2)) terminal.out(line)
  return 0
}

function storedWords(locks: readonly LockStatus[]): string {
  if (locks.length === 0) return 'nothing is stored yet'
  const ages = locks.flatMap(({ storedSecondsAgo }) => storedSecondsAgo ?? [])
  return `this is what the last one stored${ages.length > 0 ? ` ${sayDuration(Math.min(...ages))} ago` : ''}`
}

async function stored(config: Config, wanted: string | undefined, from: string): Promise<StatusTold> {
  const wearersSwitch = openSwitch(config.data, config.folder)
  const locks: LockStatus[] = []
  const faults: Fault[] = []
  const inForce = new Map<string, RuleSet | null>()
  for (const { name, rules: path, limits } of chosenLocks(config, wanted)) {
    const extras = await storedExtras(config, name)
    const language = { services: config.services, zone: config.zone, extras, longestList: limits.actions.per_step }
    const loaded = await loadRules(path, language, from)
    inForce.set(name, loaded.rules)
    faults.push(...loaded.faults.filter(({ severity }) => severity === 'fault'))
  }
  for (const { lock, kept } of await storedLocks(config, wanted)) {
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
        configured: Object.fromEntries(config.services.map(({ name }) => [name, name in lock.credentials])),
        limits: lock.limits,
        rules: inForce.get(lock.name) ?? null,
        now: Date.now(),
        zone: config.zone,
      }),
    )
  }
  const backups = shelfStatus(config.backups)
  return { faults: distinctFaults(faults).map(faultLine), limitsFaulty: false, restartNeeded: false, backups, locks }
}
