import { resolve } from 'node:path'
import { sqliteStore } from '../store/sqlite.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/** Writes the database into one file, whether a daemon is running or not. */
export async function backup(
  terminal: Terminal,
  file: string,
  options: { config: string; data?: string },
): Promise<number> {
  const data = await dataOf(terminal, options)
  const made = { version: terminal.version, now: Date.now() }
  const { locks, stopped } = await sqliteStore(data).backUp(resolve(terminal.folder, file), made)
  terminal.out(`${file} holds all that is remembered of ${locks.length === 0 ? 'no lock yet' : locks.join(', ')}.`)
  if (stopped.length > 0) terminal.out('The switch is set, and will be set again by "lockwarden restore".')
  terminal.out('The config, the rules and the tokens are not in it: keep those yourself.')
  return 0
}
