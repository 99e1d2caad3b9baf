import { resolve } from 'node:path'
import type { Config } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import { limitLines } from '../core/limits.ts'
import { type Fault, Faulty, faultLine, inReadingOrder } from '../document/fault.ts'
import { services } from '../services/index.ts'
import { lookIntoDatabase } from '../store/database.ts'
import { readKept } from '../store/journal.ts'
import { configOf } from './setting.ts'
import { printJson, type Terminal } from './terminal.ts'

/**
 * Checks the config and its rules, or only the rule files named: every fault and lint a line, then the limits in
 * force. 1 where there is any fault.
 */
export async function check(
  terminal: Terminal,
  paths: readonly string[],
  options: { config: string; json?: boolean },
): Promise<number> {
  const faults: Fault[] = []
  let rules = 0
  let config: Config | null = null
  if (paths.length > 0) {
    const zone = terminal.env.TZ ?? 'UTC'
    for (const path of paths) {
      const loaded = await loadRules(resolve(terminal.folder, path), { services, zone }, terminal.folder)
      faults.push(...loaded.faults)
      rules += loaded.rules?.rules.length ?? 0
    }
  } else {
    try {
      config = await configOf(terminal, options)
    } catch (error) {
      if (!(error instanceof Faulty)) throw error
      faults.push(...error.faults)
    }
    for (const lock of config?.locks ?? []) {
      const language = {
        services,
        zone: config?.zone ?? 'UTC',
        extras: extrasOf(config, lock.name),
        longestList: lock.limits.actions.per_step ?? Number.POSITIVE_INFINITY,
      }
      const loaded = await loadRules(lock.rules, language, terminal.folder)
      faults.push(...loaded.faults)
      rules += loaded.rules?.rules.length ?? 0
    }
  }
  const wrong = faults.filter(({ severity }) => severity === 'fault')
  if (options.json) printJson(terminal, { ok: wrong.length === 0, rules, faults: inReadingOrder(faults) })
  else {
    for (const line of new Set(inReadingOrder(faults).map(faultLine))) terminal.out(line)
    for (const lock of wrong.length === 0 ? (config?.locks ?? []) : []) {
      terminal.out(`${lock.name}: limits in force`)
      for (const line of limitLines(lock.limits, config?.zone ?? 'UTC')) terminal.out(`  ${line}`)
    }
    const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
    terminal.out(wrong.length > 0 ? count(wrong.length, 'fault') : `${count(rules, 'rule')}, no fault`)
  }
  return wrong.length > 0 ? 1 : 0
}

/** Undocumented facts that readings were seen to have; none where the daemon has never run. */
function extrasOf(config: Config | null, lock: string) {
  try {
    if (!config) return {}
    const database = lookIntoDatabase(config.data)
    if (!database) return {}
    try {
      return readKept(database, lock)?.kept.extras ?? {}
    } finally {
      database.close()
    }
  } catch {
    return {}
  }
}
