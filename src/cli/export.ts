import { Mistake } from '../document/fault.ts'
import { sinceOf } from '../queries/given.ts'
import { exportCsv, exportRows } from '../views/export.ts'
import { configOf } from './setting.ts'
import { storedRows } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'

interface Options {
  config: string
  lock?: string
  since?: string
  json?: boolean
  csv?: boolean
}

/** The whole ledger as it is on disk, oldest first, for other programs: JSON, or a table in CSV. */
export async function exportLedger(terminal: Terminal, options: Options): Promise<number> {
  if (options.json && options.csv) throw new Mistake('--json and --csv are two formats; name one of them', 2)
  if (!options.json && !options.csv) throw new Mistake('name the format: --json or --csv', 2)
  const config = await configOf(terminal, options, { tokens: 'unread' })
  const since = options.since === undefined ? undefined : sinceOf(options.since, Date.now(), config.zone)
  const rows = await storedRows(config, options.lock, { since })
  const lines = exportRows(rows, config.zone, since)
  if (options.json) printJson(terminal, lines)
  else terminal.out(exportCsv(lines))
  return 0
}
