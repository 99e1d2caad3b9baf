import { fixedOrder } from '../app.ts'
import type { Config } from '../config/load.ts'
import { catalogueOf } from '../core/catalogue.ts'
import { emptyKept } from '../core/kept.ts'
import type { News } from '../core/order.ts'
import { nothingSeen } from '../core/passing.ts'
import { noRules } from '../core/rules/compile.ts'
import { step } from '../core/step.ts'
import { ask } from '../daemon/control.ts'
import { connect, services } from '../services/index.ts'
import { type FactLine, showFacts } from '../views/facts.ts'
import { questionOf } from './stored.ts'
import { columns, printJson, type Terminal } from './terminal.ts'

interface LockFacts {
  lock: string
  facts: FactLine[]
}

/** The facts as they are now: of the running daemon, else read from the services once, without deciding anything. */
export async function facts(
  terminal: Terminal,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await questionOf(terminal, options)
  const told = await ask<LockFacts[]>(socket, 'facts', query)
  const known = told ?? (await readOnce(config, options.lock, terminal))
  if (options.json) {
    printJson(terminal, known)
    return 0
  }
  if (!told) terminal.err('no daemon is running; this was read from the services just now')
  for (const { lock, facts: lines } of known) {
    if (known.length > 1) terminal.out(`${lock}:`)
    const rows = lines.map(({ name, said, type, ageSeconds, source }) => [name, said, type, `${ageSeconds} s`, source])
    for (const line of columns([['FACT', 'VALUE', 'TYPE', 'AGE', 'SOURCE'], ...rows])) terminal.out(line)
  }
  return 0
}

async function readOnce(config: Config, wanted: string | undefined, terminal: Terminal): Promise<LockFacts[]> {
  const all: LockFacts[] = []
  for (const lock of config.locks) {
    if (wanted !== undefined && lock.name !== wanted) continue
    const send = connect(lock.credentials, { now: Date.now })
    const order = {
      ...fixedOrder(lock, config, 'dry-run', 'facts', noRules),
      stopped: true,
      closing: true,
      underway: new Set<never>(),
    }
    const news: News[] = []
    for (const kind of order.services.flatMap(({ topics }) => topics)) {
      const request = order.polls.has(kind.topic) ? kind.request(new Map()) : null
      if (request) news.push({ reading: { ...(await send(request, terminal.signal)), topic: kind.topic } })
    }
    const now = Date.now()
    const made = await step(now, noRules, emptyKept('facts'), nothingSeen, news, order)
    for (const [service, health] of Object.entries(made.passing.health)) {
      if (!health.healthy) terminal.err(`${lock.name}: ${service}: ${health.message}`)
    }
    const catalogue = catalogueOf(services, made.kept.extras)
    all.push({ lock: lock.name, facts: showFacts(made.passing.facts, catalogue, now, config.zone) })
  }
  return all
}
