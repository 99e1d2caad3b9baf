import { resolve } from 'node:path'
import { type Config, loadConfig } from '../config/load.ts'
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
