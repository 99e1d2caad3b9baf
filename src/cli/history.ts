import type { Config } from '../config/load.ts'
import { parseDuration } from '../core/duration.ts'
import type { Instant } from '../core/fact.ts'
import { states } from '../core/ledger.ts'
import { instantOf } from '../core/time.ts'
import { ask } from '../daemon/control.ts'
import { Mistake, suggestion } from '../document/fault.ts'
import { type HistoryLine, historyLines, showHistory } from '../views/history.ts'
import { questionOf, storedLocks } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'

interface Options {
  config: string
  lock?: string
  most: string
  rule?: string
  state?: string
  since?: string
  json?: boolean
}

/** The ledger, newest first: what was done, refused, or may have happened, and by which rule. */
export async function history(terminal: Terminal, options: Options): Promise<number> {
  const { config, socket, query } = await questionOf(terminal, options)
  const { rule, state } = options
  const most = Number(options.most)
  if (!Number.isInteger(most) || most < 1)
    throw new Mistake(`--most takes a whole number from 1, not ${options.most}`, 2)
  if (state !== undefined && !states.some((one) => one === state)) {
    throw new Mistake(`there is no state "${state}"; ${suggestion(state, states)}`, 2)
  }
  const since = options.since === undefined ? undefined : sinceOf(options.since, config)
  const wanted = { most, rule, state, since }
  const asked = Object.entries(wanted).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))
  const lines =
    (await ask<HistoryLine[]>(socket, 'history', { ...query, ...Object.fromEntries(asked) })) ??
    showHistory(
      storedLocks(config, options.lock).flatMap(({ kept }) => kept.rows),
      config.zone,
      wanted,
    )
  if (options.json) {
    printJson(terminal, lines)
    return 0
  }
  const filtered = rule !== undefined || state !== undefined || since !== undefined
  if (lines.length === 0) terminal.out(filtered ? 'nothing of the kind was done' : 'nothing was done yet')
  for (const line of historyLines(lines, config.locks.length > 1 && options.lock === undefined)) terminal.out(line)
  return 0
}

/** The moment a length of time ago, or of a date in the config's zone. */
export function sinceOf(text: string, config: Config): Instant {
  const seconds = parseDuration(text)
  const moment = seconds === null ? instantOf(text, config.zone) : Date.now() - seconds * 1000
  if (moment !== null) return moment
  throw new Mistake(`--since takes a length of time such as 7d or 12h, or a date such as 2026-02-28, not "${text}"`, 2)
}
