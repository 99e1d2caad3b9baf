import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ask, socketOf } from '../daemon/control.ts'
import { databaseName, openDatabase } from '../store/database.ts'
import { readKept } from '../store/journal.ts'
import { openSwitch } from '../store/switch.ts'
import { type LockStatus, showStatus, statusLines } from '../views/status.ts'
import { configOf } from './setting.ts'
import { printJson, type Terminal } from './terminal.ts'

/** How each lock, its services and rules stand; from the running daemon, else from what the last one stored. */
export async function status(
  terminal: Terminal,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const config = await configOf(terminal, options)
  const query = options.lock === undefined ? {} : { lock: options.lock }
  const told = await ask<LockStatus[]>(socketOf(config.data), 'status', query)
  const known = told ?? stored(config, options.lock)
  if (options.json) printJson(terminal, { running: told !== null, locks: known })
  else {
    if (!told) terminal.out('no daemon is running; this is what the last one stored')
    if (known.length === 0) terminal.out('nothing is stored yet')
    for (const line of known.flatMap(statusLines)) terminal.out(line)
  }
  return 0
}

function stored(config: Awaited<ReturnType<typeof configOf>>, wanted: string | undefined): LockStatus[] {
  if (!existsSync(join(config.data, databaseName))) return []
  const database = openDatabase(config.data, { readonly: true })
  const wearersSwitch = openSwitch(config.data, config.folder)
  try {
    return config.locks.flatMap((lock) => {
      const found = wanted === undefined || lock.name === wanted ? readKept(database, lock.name) : null
      if (!found) return []
      return showStatus(
        lock.name,
        config.mode,
        wearersSwitch.isStopped(lock.name),
        found.kept,
        null,
        Date.now(),
        config.zone,
      )
    })
  } finally {
    database.close()
  }
}
