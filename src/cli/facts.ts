import { fixedOrder } from '../app/lockports.ts'
import type { Config } from '../config/load.ts'
import { catalogueOf } from '../core/language/catalogue.ts'
import { emptyKept } from '../core/model/kept.ts'
import type { News } from '../core/model/order.ts'
import { nothingSeen } from '../core/model/passing.ts'
import { noRules } from '../core/model/rule.ts'
import { step } from '../core/step.ts'
import { ask } from '../daemon/control.ts'
import { Faulty, Mistake, suggestion } from '../document/fault.ts'
import { connect } from '../services/connect.ts'
import { type FactLine, factRows, factSheet, factsNamed, showFacts } from '../views/facts.ts'
import { configOf } from './setting.ts'
import { evenIfFaulty } from './stored.ts'
import { columns, printJson, type Terminal } from './terminal.ts'

interface LockFacts {
  lock: string
  facts: FactLine[]
}

/**
 * The present facts: from the running daemon, else read once from the services, without deciding anything. With a name:
 * that fact with all that is known of it, or the facts whose names begin so.
 */
export async function facts(
  terminal: Terminal,
  name: string | undefined,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await evenIfFaulty(terminal, options)
  const told = await ask(socket, 'facts', query)
  // The tokens are needed only to read the services.
  const known = told ?? (await readOnce(await configOf(terminal, options), options.lock, terminal))
  const asked = known.map(({ lock, facts: all }) => ({ lock, facts: name === undefined ? all : factsNamed(all, name) }))
  if (name !== undefined && asked.every(({ facts: lines }) => lines.length === 0)) {
    const names = known.flatMap(({ facts: lines }) => lines.map((line) => line.name))
    throw new Mistake(`there is no fact "${name}"; ${suggestion(name, new Set(names))}`)
  }
  if (options.json) {
    printJson(terminal, asked)
    return 0
  }
  if (!told) terminal.err('no daemon is running; this was read from the services just now')
  for (const { lock, facts: lines } of asked) {
    if (asked.length > 1) terminal.out(`${lock}:`)
    const [only] = lines
    if (only && only.name === name) {
      for (const line of factSheet(only)) terminal.out(line)
      continue
    }
    // What a faulty config does not tell is no reason to leave anything out.
    const absent = config instanceof Faulty ? [] : absentFrom(config, lock)
    const { rows, notes } = factRows(lines, { absent, asked: name !== undefined })
    for (const line of [...columns(rows), ...notes]) terminal.out(line)
  }
  return 0
}

/** The services that a lock entry has no section of. */
function absentFrom({ locks, services }: Config, lock: string): string[] {
  const credentials = locks.find(({ name }) => name === lock)?.credentials ?? {}
  return services.flatMap(({ name }) => (name in credentials ? [] : name))
}

async function readOnce(config: Config, wanted: string | undefined, terminal: Terminal): Promise<LockFacts[]> {
  const all: LockFacts[] = []
  for (const lock of config.locks) {
    if (wanted !== undefined && lock.name !== wanted) continue
    const send = connect(config.services, lock.credentials, { now: Date.now })
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
    const catalogue = catalogueOf(config.services, made.kept.extras)
    all.push({ lock: lock.name, facts: showFacts(made.passing.facts, catalogue, now, config.zone) })
  }
  return all
}
