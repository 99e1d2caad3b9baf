import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ask, socketOf } from '../daemon/control.ts'
import { databaseName, openDatabase } from '../store/database.ts'
import { readKept } from '../store/journal.ts'
import { type HistoryLine, showHistory } from '../views/history.ts'
import { configOf } from './setting.ts'
import { columns, printJson, type Terminal } from './terminal.ts'

/** The ledger, newest first: what was done, refused, or may have happened, and by which rule. */
export async function history(
  terminal: Terminal,
  options: { config: string; lock?: string; most: string; json?: boolean },
): Promise<number> {
  const config = await configOf(terminal, options)
  const most = Math.max(1, Math.floor(Number(options.most)) || 50)
  const query = { most: String(most), ...(options.lock === undefined ? {} : { lock: options.lock }) }
  const lines =
    (await ask<HistoryLine[]>(socketOf(config.data), 'history', query)) ?? stored(config, options.lock, most)
  if (options.json) {
    printJson(terminal, lines)
    return 0
  }
  if (lines.length === 0) terminal.out('nothing was done yet')
  const several = config.locks.length > 1
  const rows = lines.map((line) => [line.at, ...(several ? [line.lock] : []), line.rule, line.said])
  for (const line of columns(rows)) terminal.out(line)
  return 0
}

function stored(config: Awaited<ReturnType<typeof configOf>>, wanted: string | undefined, most: number): HistoryLine[] {
  if (!existsSync(join(config.data, databaseName))) return []
  const database = openDatabase(config.data, { readonly: true })
  try {
    return config.locks
      .filter((lock) => wanted === undefined || lock.name === wanted)
      .flatMap((lock) => showHistory(readKept(database, lock.name)?.kept.rows ?? [], config.zone, most))
  } finally {
    database.close()
  }
}
