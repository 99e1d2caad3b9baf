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
      ? 'What was there could not be read: the limits know of nothing done since then'
      : `Of what was done since, ${carried === 1 ? '1 action is' : `${carried} actions are`} kept in the ledger`
  await noteDown(terminal, data, { what: 'restore', lock: null, said: `restored the backup of ${when}. ${since}` })
  terminal.out(`The backup of ${when} is in place in ${data}.`)
  if (aside !== null) terminal.out(`What was there before is kept: ${aside}`)
  terminal.out(`${since}.`)
  terminal.out('A condition that holds at the next start counts as having had its turn.')
  if (unsettled > 0) {
    const actions = unsettled === 1 ? '1 action was' : `${unsettled} actions were`
    terminal.out(`${actions} on the way in it; "lockwarden status" lists them, "lockwarden settle" says whether`)
    terminal.out('they happened. None is sent again.')
  }
  if (manifest.stopped.length > 0) {
    terminal.out('The switch was set then, and is set again: nothing restrictive is sent until "lockwarden resume".')
  }
  return 0
}
