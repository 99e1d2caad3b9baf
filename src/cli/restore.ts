import { resolve } from 'node:path'
import { restore as restoreBackup } from '../store/backup.ts'
import { noteDown } from './noted.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/** Puts a backup in the place of the database, which is kept aside; refused while a daemon is running. */
export async function restore(
  terminal: Terminal,
  file: string,
  options: { config: string; data?: string },
): Promise<number> {
  const data = await dataOf(terminal, options)
  const { manifest, aside, unsettled, carried } = restoreBackup(data, resolve(terminal.folder, file), Date.now())
  const when = new Date(manifest.madeAt).toISOString()
  const since =
    carried === null
      ? 'The old database could not be read, so the limits do not count what was done since then'
      : `${carried === 1 ? '1 action' : `${carried} actions`} since then stayed in the ledger`
  await noteDown(terminal, data, { what: 'restore', lock: null, said: `restored the backup of ${when}. ${since}` })
  terminal.out(`The backup of ${when} is in place in ${data}.`)
  if (aside !== null) terminal.out(`The old database is kept: ${aside}`)
  terminal.out(`${since}.`)
  terminal.out('A condition that holds at the next start counts as having had its turn.')
  if (unsettled > 0) {
    const actions = unsettled === 1 ? '1 action was' : `${unsettled} actions were`
    terminal.out(
      `${actions} on the way when it was made; "lockwarden status" lists them, "lockwarden settle" says whether`,
    )
    terminal.out('they happened. None is sent again.')
  }
  if (manifest.stopped.length > 0) {
    terminal.out(
      'The switch was set at that time, and is set again: nothing restrictive is sent until "lockwarden resume".',
    )
  }
  return 0
}
