import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { type HistoryLine, showHistory } from '../views/history.ts'
import { questionOf, storedLocks } from './stored.ts'
import { columns, printJson, type Terminal } from './terminal.ts'

/** The ledger, newest first: what was done, refused, or may have happened, and by which rule. */
export async function history(
  terminal: Terminal,
  options: { config: string; lock?: string; most: string; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await questionOf(terminal, options)
  const most = Number(options.most)
  if (!Number.isInteger(most) || most < 1)
    throw new Mistake(`--most takes a whole number from 1, not ${options.most}`, 2)
  const lines =
    (await ask<HistoryLine[]>(socket, 'history', { ...query, most: String(most) })) ??
    storedLocks(config, options.lock).flatMap(({ kept }) => showHistory(kept.rows, config.zone, most))
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
