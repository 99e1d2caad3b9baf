import { resolve } from 'node:path'
import { type Config, loadConfig } from '../config/load.ts'
import { type LoadedRules, loadRules } from '../config/rulefiles.ts'
import { services } from '../services/index.ts'
import type { Secret } from '../services/secret.ts'
import type { Terminal } from './terminal.ts'

/** The config a command was pointed at. Throws `Faulty` or `Mistake`. */
export async function configOf(terminal: Terminal, options: { config: string }): Promise<Config> {
  return await loadConfig(resolve(terminal.folder, options.config), terminal.env)
}

/** Every secret of a config. */
export function secretsOf(config: Config): Secret[] {
  return config.locks.flatMap(({ credentials: { chastify, tracker } }) => {
    const device = chastify.device?.route === 'extension' ? [chastify.device.appKey, chastify.device.mainToken] : []
    return [chastify.token, ...device, tracker?.token, tracker?.domToken].filter((secret) => secret != null)
  })
}

/** The rules of each lock of a config, each set of files read once. */
export async function rulesOf(
  config: Config,
  extras: Readonly<Record<string, LoadedRulesExtras>>,
  from: string,
): Promise<{ lock: string; loaded: LoadedRules }[]> {
  const all: { lock: string; loaded: LoadedRules }[] = []
  for (const lock of config.locks) {
    const longestList = lock.limits.actions.per_step ?? Number.POSITIVE_INFINITY
    const language = { services, zone: config.zone, extras: extras[lock.name] ?? {}, longestList }
    all.push({ lock: lock.name, loaded: await loadRules(lock.rules, language, from) })
  }
  return all
}

type LoadedRulesExtras = NonNullable<Parameters<typeof loadRules>[1]['extras']>
