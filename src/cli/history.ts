import type { Config } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import { ask } from '../daemon/control.ts'
import { Faulty } from '../document/fault.ts'
import { refuseUnknown, taken } from '../queries/given.ts'
import { type Asked, questions } from '../queries/index.ts'
import { type HistoryLine, historyLines, showHistory } from '../views/history.ts'
import { chosenLocks, evenIfFaulty, readable, storedExtras, storedRows } from './stored.ts'
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
  const { lock, rule, state, since, most } = options
  const asked = { lock, rule, state, since, most }
  const wanted = taken(questions.history.in, asked)
  const { config, socket } = await evenIfFaulty(terminal, options)
  const told = await ask(socket, 'history', asked)
  const lines = told ?? (await stored(readable(config), wanted, terminal.folder))
  if (options.json) {
    printJson(terminal, lines)
    return 0
  }
  const filtered = rule !== undefined || state !== undefined || since !== undefined
  if (lines.length === 0) terminal.out(filtered ? 'nothing like that was done' : 'nothing was done yet')
  const named = config instanceof Faulty ? lines.map((line) => line.lock) : config.locks.map(({ name }) => name)
  for (const line of historyLines(lines, new Set(named).size > 1 && lock === undefined)) terminal.out(line)
  return 0
}

async function stored(config: Config, wanted: Asked<'history'>, from: string): Promise<HistoryLine[]> {
  const { lock, rule, state, most } = wanted
  const since = wanted.since?.(Date.now(), config.zone)
  const rows = await storedRows(config, lock, { rule, state, since, most })
  if (rule !== undefined && rows.length === 0 && (await storedRows(config, lock, { rule, most: 1 })).length === 0) {
    const sets = await Promise.all(
      chosenLocks(config, lock).map(async ({ name, rules }) => {
        const around = { services: config.services, zone: config.zone, extras: await storedExtras(config, name) }
        return (await loadRules(rules, around, from)).rules
      }),
    )
    const inForce = sets.flatMap((set) => [...(set?.byId.keys() ?? [])])
    // Faulty files may have a rule of that name.
    if (!sets.includes(null)) {
      const past = await storedRows(config, lock)
      refuseUnknown('rule', rule, [...inForce, ...past.map((row) => row.rule)])
    }
  }
  return showHistory(rows, config.zone, { ...wanted, since })
}
