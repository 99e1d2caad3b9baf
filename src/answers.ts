import type { InForce } from './config/inforce.ts'
import type { Config } from './config/load.ts'
import { catalogueOf } from './core/catalogue.ts'
import type { Facts } from './core/fact.ts'
import { firingsOf } from './core/firing.ts'
import { withDerived } from './core/gather.ts'
import type { Mode } from './core/ledger.ts'
import type { Clock } from './core/ports.ts'
import { noLock } from './core/session.ts'
import type { Answers } from './daemon/control.ts'
import type { Loop } from './daemon/loop.ts'
import { faultLine, Mistake, suggestion } from './document/fault.ts'
import { services } from './services/index.ts'
import { showFacts } from './views/facts.ts'
import { showHistory } from './views/history.ts'
import { showStatus } from './views/status.ts'
import { showWhy } from './views/why.ts'

/** What the daemon's answers are made from. */
export interface Asked {
  config: Config
  clock: Clock
  mode: Mode
  loops: ReadonlyMap<string, Loop>
  inForce: InForce
  stopped(lock: string): boolean
}

type Query = Readonly<Record<string, string>>

/** What the daemon answers to commands on its socket. */
export function answersOf(asked: Asked): Answers {
  const { config, clock, mode, loops, inForce } = asked
  const { zone } = config
  const chosen = (query: Query) => {
    const all = inForce.locks.flatMap((force) => {
      const loop = loops.get(force.lock.name)
      return loop ? { ...force, name: force.lock.name, loop } : []
    })
    const some = all.filter(({ name }) => query.lock === undefined || name === query.lock)
    if (some.length > 0) return some
    throw noSuchLock(query.lock ?? '', config)
  }
  return {
    health: () => ({ ok: true }),
    status: (query) => ({
      faults: inForce.faults.map(faultLine),
      limitsFaulty: inForce.limitsFaulty,
      restartNeeded: inForce.restartNeeded,
      locks: chosen(query).map(({ name, lock, rules, loop }) =>
        showStatus({
          lock: name,
          mode,
          asks: lock.newLock === 'ask',
          stopped: asked.stopped(name),
          kept: loop.kept,
          running: { passing: loop.passing, last: loop.last },
          rules,
          now: clock.now(),
          zone,
        }),
      ),
    }),
    facts: (query) =>
      chosen(query).map((one) => {
        const { rules, loop } = one
        const known = catalogueOf(services, loop.kept.extras, rules.byId.keys(), rules.inputs, rules.tallies.keys())
        return { lock: one.name, facts: showFacts(everyFact(one, asked), known, clock.now(), zone) }
      }),
    history: (query) =>
      chosen(query).flatMap(({ loop }) => showHistory(loop.kept.rows, zone, Number(query.most ?? 50))),
    accept: (query) =>
      chosen(query).map(({ name, loop }) => {
        const session = loop.kept.session
        if (session !== null) loop.tell({ accepted: session })
        return { lock: name, session }
      }),
    why: (query) => {
      const some = chosen(query)
      const id = query.rule ?? ''
      const found = some.flatMap(({ name, rules, loop }) => {
        const rule = rules.byId.get(id)
        if (!rule) return []
        const { kept, passing, last } = loop
        const standstill = last?.standstill ?? null
        return showWhy({ lock: name, mode, rule, kept, passing, standstill, now: clock.now(), zone })
      })
      if (found.length > 0) return found
      throw new Mistake(
        `there is no rule "${id}"; ${suggestion(id, new Set(some.flatMap(({ rules }) => [...rules.byId.keys()])))}`,
      )
    },
    set: (query) =>
      chosen(query).flatMap(({ name, rules, loop }) => {
        const input = rules.inputs.get(query.input ?? '')
        if (!input) return []
        loop.tell({ input: query.input ?? '', set: positionOf(query, input.type) })
        return { lock: name, type: input.type }
      }),
    inputs: (query) => chosen(query).flatMap(({ rules }) => [...rules.inputs.keys()]),
    nudge: () => {
      for (const loop of loops.values()) loop.nudge()
      return { ok: true }
    },
  }
}

export function noSuchLock(name: string, config: Config): Mistake {
  const names = config.locks.map((lock) => lock.name)
  return new Mistake(`there is no lock "${name}"; ${suggestion(name, names)}`, 2)
}

function positionOf({ input, value = '' }: Query, type: 'switch' | 'button'): boolean | 'press' {
  if (type === 'button') {
    if (value === '' || value === 'press') return 'press'
    throw new Mistake(`"${input}" is a button: it is pressed, not set to ${value}`, 2)
  }
  if (value === 'on' || value === 'true' || value === 'yes') return true
  if (value === 'off' || value === 'false' || value === 'no') return false
  throw new Mistake(`"${input}" is a switch: set it to on or off`, 2)
}

/** All facts, those that no rule asks for included. */
function everyFact(
  {
    rules,
    limits,
    loop,
  }: { rules: InForce['locks'][number]['rules']; limits: InForce['locks'][number]['limits']; loop: Loop },
  asked: Asked,
): Facts {
  const { clock, config, mode } = asked
  const session = loop.kept.session ?? noLock
  return withDerived(new Map(loop.passing.facts), {
    passing: loop.passing,
    rules: { ...rules, uses: new Set(rules.catalogue.keys()) },
    kept: loop.kept,
    firings: firingsOf(loop.kept.rows, session, mode),
    session,
    mode,
    limits,
    now: clock.now(),
    zone: config.zone,
  })
}
