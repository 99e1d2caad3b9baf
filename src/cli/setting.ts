import { relative, resolve } from 'node:path'
import { type Config, loadConfig } from '../config/load.ts'
import { Faulty } from '../document/fault.ts'
import type { Secret } from '../services/secret.ts'
import type { Terminal } from './terminal.ts'

/**
 * The config a command was pointed at. Throws `Mistake`, or `Faulty` with places named as seen from where the person
 * stands.
 */
export async function configOf(terminal: Terminal, options: { config: string }): Promise<Config> {
  const path = resolve(terminal.folder, options.config)
  try {
    return await loadConfig(path, terminal.env)
  } catch (error) {
    if (!(error instanceof Faulty)) throw error
    const short = relative(terminal.folder, path)
    const file = short.startsWith('..') ? path : short
    throw new Faulty(error.faults.map((fault) => ({ ...fault, place: { ...fault.place, file } })))
  }
}

/** Every secret of a config. */
export function secretsOf(config: Config): Secret[] {
  return config.locks.flatMap(({ credentials: { chastify, tracker } }) => {
    const device = chastify.device?.route === 'extension' ? [chastify.device.appKey, chastify.device.mainToken] : []
    return [chastify.token, ...device, tracker?.token, tracker?.domToken].filter((secret) => secret != null)
  })
}
