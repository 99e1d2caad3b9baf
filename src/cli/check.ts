import { resolve } from 'node:path'
import type { Config } from '../config/load.ts'
import { loadRules, testedIds } from '../config/rulefiles.ts'
import type { FactType } from '../core/fact.ts'
import { type Limits, limitLines } from '../core/limits.ts'
import { lint } from '../core/rules/lint.ts'
import { isZone } from '../core/time.ts'
import { type Fault, Faulty, faultLine, inReadingOrder } from '../document/fault.ts'
import { services } from '../services/index.ts'
import { lookIntoDatabase } from '../store/database.ts'
import { readKept } from '../store/journal.ts'
import { configOf } from './setting.ts'
import { printJson, type Terminal } from './terminal.ts'

/** Rules to check together, and what is known of where they are to run. */
interface Checked {
  paths: string | readonly string[]
  zone: string
  extras: Readonly<Record<string, FactType>>
  limits: Limits | null
  hasTracker: boolean | null
}

/**
 * Checks the config and its rules, or only the rule files named: every fault and lint a line, then the limits in
 * force. 1 where there is any fault; lints alone are none.
 */
export async function check(
  terminal: Terminal,
  paths: readonly string[],
  options: { config: string; json?: boolean },
): Promise<number> {
  const faults: Fault[] = []
  let config: Config | null = null
  if (paths.length === 0) {
    try {
      config = await configOf(terminal, options)
    } catch (error) {
      if (!(error instanceof Faulty)) throw error
      faults.push(...error.faults)
    }
  }
  let rules = 0
  for (const checked of config ? locksOf(config) : paths.length > 0 ? [filesOf(terminal, paths)] : []) {
    const { zone, extras, limits } = checked
    const longestList = limits?.actions.per_step ?? Number.POSITIVE_INFINITY
    const loaded = await loadRules(checked.paths, { services, zone, extras, longestList }, terminal.folder)
    faults.push(...loaded.faults)
    if (!loaded.rules) continue
    rules += loaded.rules.rules.length
    faults.push(...lint(loaded.rules, { ...checked, tested: await testedIds(checked.paths), now: Date.now() }))
  }
  const told = distinct(inReadingOrder(faults))
  const wrong = told.filter(({ severity }) => severity === 'fault').length
  const locks = wrong === 0 ? (config?.locks ?? []) : []
  if (options.json) {
    const places = told.map(({ place, severity, message, hint = null }) => ({ ...place, severity, message, hint }))
    const limits = Object.fromEntries(locks.map((lock) => [lock.name, lock.limits]))
    printJson(terminal, { ok: wrong === 0, rules, faults: places, limits })
    return wrong > 0 ? 1 : 0
  }
  for (const fault of told) terminal.out(faultLine(fault))
  for (const lock of locks) {
    terminal.out(`${lock.name}: limits in force`)
    for (const line of limitLines(lock.limits, config?.zone ?? 'UTC')) terminal.out(`  ${line}`)
  }
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  terminal.out(wrong > 0 ? count(wrong, 'fault') : `${count(rules, 'rule')}, no fault`)
  return wrong > 0 ? 1 : 0
}

function locksOf(config: Config): Checked[] {
  return config.locks.map((lock) => ({
    paths: lock.rules,
    zone: config.zone,
    extras: extrasOf(config, lock.name),
    limits: lock.limits,
    hasTracker: lock.credentials.tracker !== null,
  }))
}

/** Rule files without a config: nothing is known of the lock, and times are those of `TZ`. */
function filesOf(terminal: Terminal, paths: readonly string[]): Checked {
  const zone = terminal.env.TZ?.trim() ?? ''
  return {
    paths: paths.map((path) => resolve(terminal.folder, path)),
    zone: zone !== '' && isZone(zone) ? zone : 'UTC',
    extras: {},
    limits: null,
    hasTracker: null,
  }
}

/** Two locks may share their rules, and then their faults. */
function distinct(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [faultLine(fault), fault])).values()]
}

/** Undocumented facts that readings were seen to have; none where the daemon has never run. */
function extrasOf(config: Config, lock: string): Checked['extras'] {
  try {
    const database = lookIntoDatabase(config.data)
    try {
      return (database && readKept(database, lock)?.kept.extras) ?? {}
    } finally {
      database?.close()
    }
  } catch {
    return {}
  }
}
