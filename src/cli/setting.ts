import { relative, resolve } from 'node:path'
import { type Config, dataFolderOf, type LoadOptions, loadConfig } from '../config/load.ts'
import { Faulty, Mistake } from '../document/fault.ts'
import { secretsIn } from '../services/credentials.ts'
import type { Secret } from '../services/secret.ts'
import { servicesHere, type Terminal } from './terminal.ts'

/**
 * The config a command was pointed at; with `tokens: 'unread'` for commands that need none. Throws `Mistake`, or
 * `Faulty` with places relative to the present folder.
 */
export async function configOf(
  terminal: Terminal,
  options: { config: string },
  wants: Pick<LoadOptions, 'tokens'> = {},
): Promise<Config> {
  const path = resolve(terminal.folder, options.config)
  try {
    return await loadConfig(path, terminal.env, { ...wants, services: servicesHere(terminal) })
  } catch (error) {
    if (!(error instanceof Faulty)) throw error
    const short = relative(terminal.folder, path)
    const file = short.startsWith('..') ? path : short
    throw new Faulty(error.faults.map((fault) => ({ ...fault, place: { ...fault.place, file } })))
  }
}

/**
 * The data folder of `--data`, or of the config, even if the rest of the config is faulty. Throws a `Mistake` if there
 * is none.
 */
export async function dataOf(terminal: Terminal, options: { config: string; data?: string }): Promise<string> {
  if (options.data !== undefined) return resolve(terminal.folder, options.data)
  const data = await dataFolderOf(resolve(terminal.folder, options.config), terminal.env)
  if (data === null) throw new Mistake(`${options.config} does not say where the data folder is; use --data`, 2)
  return data
}

/** Every secret of a config: whatever its services and wires were given. */
export function secretsOf({ locks, reach }: Config): Secret[] {
  const held = locks.map(({ credentials, tokens }) => [credentials, tokens])
  return [...new Set([...secretsIn(held), ...(reach?.secrets ?? [])])]
}
