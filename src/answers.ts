import type { InForce } from './config/inforce.ts'
import type { Config } from './config/load.ts'
import { limitLines } from './core/acting/limits.ts'
import { usedOf } from './core/acting/used.ts'
import { sayInstant } from './core/calendar/time.ts'
import { withDerived } from './core/facts/gather.ts'
import { heldRules } from './core/firing/feedback.ts'
import { goingLive } from './core/golive.ts'
import { catalogueOf } from './core/language/catalogue.ts'
import { firingsOf } from './core/memory/firings.ts'
import { idOf } from './core/memory/ledger.ts'
import { toldUntil, wordOf } from './core/memory/word.ts'
import type { Facts } from './core/model/fact.ts'
import { inputIn } from './core/model/kept.ts'
import { noLock } from './core/model/lock.ts'
import type { Order } from './core/model/order.ts'
import type { Clock } from './core/model/ports.ts'
import type { LedgerRow, Mode, Person } from './core/model/row.ts'
import { expiryMs } from './core/waking/wake.ts'
import type { Logbook } from './daemon/logbook.ts'
import type { Loop } from './daemon/loop.ts'
import type { Wires } from './daemon/wires.ts'
import { faultLine, Mistake } from './document/fault.ts'
import { type Answers, refuseUnknown, WrongQuestion } from './questions.ts'
import type { Spent } from './services/budget.ts'
import { configuredServices, services } from './services/index.ts'
import { showAhead } from './views/ahead.ts'
import type { BackupStatus } from './views/backups.ts'
import { showFacts } from './views/facts.ts'
import { glanceOf } from './views/glance.ts'
import { showHistory } from './views/history.ts'
import { sayAction } from './views/say.ts'
import { sayRule } from './views/sentence.ts'
import { type LockStatus, sayStuck, showStatus, stuckMend } from './views/status.ts'
import { showWhy } from './views/why.ts'
import { showWires } from './views/wires.ts'

/** What of a lock's surroundings answers tell. */
export interface AskedPorts {
  order(): Omit<Order, 'underway' | 'closing'>
  spent(): Spent[]
}

/** What the daemon's answers are made from. */
export interface Asked {
  config: Config
  clock: Clock
  mode: Mode
  loops: ReadonlyMap<string, Loop>
  ports: ReadonlyMap<string, AskedPorts>
  inForce: InForce
  wires: Wires
  /** The last lines of the log; null where nobody keeps them. */
  book: Logbook | null
  /** A release that is newer than this one, as far as anybody looks. */
  newer(): string | null
  stopped(lock: string): boolean
  /** How the backups stand that are made by themselves; null where none are. */
  backups?(): BackupStatus | null
}

/** Whether the daemon goes round and can store. A service that is down is not its ill health. */
export interface Health {
  ok: boolean
  /** Locks whose loop stands still, or of which nothing can be stored, each with the mend. */
  troubles: readonly string[]
}

type OfLock = { lock?: string | undefined }
type Chosen = InForce['locks'][number] & { name: string; loop: Loop }

/** What the daemon answers to commands on its socket. */
export function answersOf(asked: Asked): Answers {
  const { config, clock, mode, loops, inForce } = asked
  const { zone } = config
  const chosen = (query: OfLock) => {
    if (query.lock !== undefined) {
      const names = config.locks.map(({ name }) => name)
      refuseUnknown('lock', query.lock, names)
    }
    const all = inForce.locks.flatMap((force) => {
      const loop = loops.get(force.lock.name)
      return loop ? { ...force, name: force.lock.name, loop } : []
    })
    return all.filter(({ name }) => query.lock === undefined || name === query.lock)
  }
  return {
    health: (): Health => {
      const troubles = [...loops].flatMap(([lock, { stuckMs, unstored }]) => [
        ...(stuckMs > 0 ? [`${lock}: ${sayStuck(Math.round(stuckMs / 1000))}; ${stuckMend}`] : []),
        ...(unstored ? [`${lock}: ${unstored.words}`] : []),
      ])
      return { ok: troubles.length === 0, troubles }
    },
    status: async (query) => ({
      faults: inForce.faults.map(faultLine),
      limitsFaulty: inForce.limitsFaulty,
      restartNeeded: inForce.restartNeeded,
      backups: asked.backups?.() ?? null,
      newer: asked.newer(),
      wires: showWires(asked.wires.all, clock.now(), zone),
      locks: await Promise.all(chosen(query).map((one) => standing(one, asked))),
    }),
    facts: (query) => {
      const all = chosen(query).map((one) => {
        const { rules, loop } = one
        const known = catalogueOf(services, loop.kept.extras, rules.byId.keys(), rules.inputs, rules.tallies.keys())
        return { lock: one.name, facts: showFacts(everyFact(one, asked), known, clock.now(), zone) }
      })
      const wanted = query.names?.split(',')
      if (!wanted) return all
      const names = all.flatMap(({ facts }) => facts.map(({ name }) => name))
      for (const name of wanted) refuseUnknown('fact', name, names)
      return all.map(({ lock, facts }) => ({ lock, facts: facts.filter(({ name }) => wanted.includes(name)) }))
    },
    history: ({ most, rule, state, since, ...query }) => {
      const some = chosen(query)
      const rows = some.flatMap(({ loop }) => loop.kept.rows)
      // What a rule did that is gone is history, too.
      if (rule !== undefined) refuseUnknown('rule', rule, [...ruleNames(some), ...rows.map((row) => row.rule)])
      return showHistory(rows, zone, { most, rule, state, since: since?.(clock.now(), zone) })
    },
    settle: ({ id, happened, by, ...query }) => {
      for (const { name, loop } of chosen(query)) {
        const row = loop.kept.rows.find((one) => idOf(one) === id)
        if (!row) continue
        const said = `${row.rule}: ${sayAction(row)}`
        mustBeSettled(row, said, name, asked)
        const theirs = wordOf(row, happened)
        if (!theirs.includes(by)) {
          const what = happened ? 'happened' : 'did not happen'
          throw new NotTheirs(`that ${said} ${what} is for the ${theirs.join(' or the ')} to say, not for the ${by}`)
        }
        loop.tell({ settled: row, happened, by })
        return { lock: name, said, by }
      }
      throw new Mistake(`there is no action ${id}; "lockwarden history --state unsettled" shows those that there are`)
    },
    settled: (query) =>
      chosen(query).flatMap(({ name, loop }) =>
        loop.kept.rows.flatMap((row): Settled[] => {
          const { settledBy: by, rule, state } = row
          if (by === undefined) return []
          const at = row.endedAt ?? row.at
          return [{ lock: name, id: idOf(row), at, by, rule, said: sayAction(row), happened: state === 'applied' }]
        }),
      ),
    accept: (query) =>
      chosen(query).map(({ name, loop }) => {
        const session = loop.kept.session
        if (session !== null) loop.tell({ accepted: session })
        return { lock: name, session }
      }),
    release: ({ rule: id, ...query }) => {
      const some = chosen(query)
      refuseUnknown('rule', id, ruleNames(some), 1)
      const here = some.filter(({ rules, loop }) => heldRules(loop.kept, mode, rules).includes(id))
      for (const { loop } of here) loop.tell({ released: [id] })
      if (here.length > 0) return here.map(({ name }) => ({ lock: name, rule: id }))
      const held = some.flatMap(({ rules, loop }) => heldRules(loop.kept, mode, rules))
      throw new Mistake(`no rule "${id}" is held; ${held.length > 0 ? `held: ${held.join(', ')}` : 'none is'}`)
    },
    why: ({ rule: id, ...query }) => {
      const some = chosen(query)
      refuseUnknown('rule', id, ruleNames(some), 1)
      return some.flatMap(({ name, rules, loop }) => {
        const rule = rules.byId.get(id)
        if (!rule) return []
        const { kept, passing, last } = loop
        const standstill = last?.standstill ?? null
        return showWhy({ lock: name, mode, rule, kept, passing, standstill, now: clock.now(), zone })
      })
    },
    set: ({ input, value, ...query }) => {
      const some = chosen(query)
      const names = some.flatMap(({ rules }) => [...rules.inputs.keys()])
      refuseUnknown('input', input, names, 1)
      const here = some.flatMap(({ name, rules, loop }) => {
        const type = rules.inputs.get(input)?.type
        return type === undefined ? [] : { name, type, loop }
      })
      const sets = here.map((one) => ({ ...one, set: positionOf(input, value, one.type) }))
      for (const { loop, set } of sets) loop.tell({ input, set })
      return sets.map(({ name, type }) => ({ lock: name, type }))
    },
    glance: async (query) =>
      Promise.all(chosen(query).map(async (one) => glanceOf(await standing(one, { ...asked, mayRehearse: false })))),
    rules: (query) =>
      chosen(query).map(({ name, rules }) => ({
        lock: name,
        rules: rules.rules.map((rule) => ({
          id: rule.id,
          file: rule.file,
          line: rule.line,
          description: rule.description,
          enabled: rule.enabled,
          sentence: sayRule(rule, { ...rules, zone }),
        })),
      })),
    limits: (query) =>
      chosen(query).map(({ name, limits, loop }) => ({
        lock: name,
        lines: limitLines(limits, zone),
        limits,
        used: usedOf({
          limits,
          rows: loop.kept.rows,
          session: loop.kept.session ?? noLock,
          mode,
          now: clock.now(),
          zone,
        }),
      })),
    pressable: (query) =>
      chosen(query).map(({ name, rules, loop }) => ({
        lock: name,
        inputs: [...rules.inputs].map(([input, { type, by }]) => {
          const state = inputIn(loop.kept.inputs, input)
          const secondsAgo = state ? Math.max(0, Math.round((clock.now() - state.at) / 1000)) : null
          return { name: input, type, by, value: state?.value ?? (type === 'switch' ? false : 0), secondsAgo }
        }),
      })),
    ahead: (query) =>
      chosen(query).map(({ name, rules, loop }) => ({
        lock: name,
        moments: showAhead({ rules, passing: loop.passing, last: loop.last, now: clock.now(), zone }),
      })),
    log: (query) => bookOf(asked).page(query),
    logLevel: ({ level }) => {
      const book = bookOf(asked)
      if (level !== undefined) book.setLevel(level)
      return { level: book.level }
    },
    nudge: () => {
      for (const loop of loops.values()) loop.nudge()
      return { ok: true }
    },
  }
}

function bookOf({ book }: Asked): Logbook {
  if (book) return book
  throw new Mistake('this daemon keeps no lines of its log')
}

/** Something that is another's to say. */
export class NotTheirs extends Mistake {}

/** What somebody said of an action that nothing could tell. */
export interface Settled {
  lock: string
  id: string
  /** When it was said, in epoch milliseconds. */
  at: number
  by: Person
  rule: string
  said: string
  happened: boolean
}

function mustBeSettled(row: LedgerRow, said: string, lock: string, { ports, clock, config }: Asked): void {
  if (row.state === 'unsettled') return
  const order = ports.get(lock)?.order()
  const until = order ? toldUntil(row, expiryMs(order, clock.now())) : null
  if (until === null) throw new Mistake(`${said} is ${row.state}; only what is unsettled can be settled`)
  const [service] = row.request === null ? ['its service'] : [row.request.service]
  const when = sayInstant(until, config.zone)
  throw new Mistake(
    `what became of ${said} can still be read; it is a person's to say when no reading has told, by ${when} at the ` +
      `latest, or as soon as ${service} answers again`,
  )
}

function ruleNames(some: readonly Chosen[]): string[] {
  return some.flatMap(({ rules }) => [...rules.byId.keys()])
}

function positionOf(input: string, value: boolean | 'press' | undefined, type: 'switch' | 'button'): boolean | 'press' {
  if (type === 'button') {
    if (value === undefined || value === 'press') return 'press'
    throw new WrongQuestion(`"${input}" is a button: it is pressed, not set to ${value ? 'on' : 'off'}`)
  }
  if (typeof value === 'boolean') return value
  throw new WrongQuestion(`"${input}" is a switch: set it to on or off`)
}

async function standing(
  { name, lock, rules, limits, loop }: Chosen,
  asked: Asked & { mayRehearse?: boolean },
): Promise<LockStatus> {
  const { config, clock, mode, ports } = asked
  const { kept, passing, last } = loop
  const around = ports.get(name)
  const rehearses = asked.mayRehearse !== false && mode === 'dry-run' && passing.sessionSeen
  const rehearsed = rehearses ? around?.order() : undefined
  const now = clock.now()
  return showStatus({
    lock: name,
    mode,
    asks: lock.newLock === 'ask',
    expects: lock.expect,
    stopped: asked.stopped(name),
    kept,
    running: {
      passing,
      last,
      stuckMs: loop.stuckMs,
      requests: around?.spent() ?? [],
      unstored: loop.unstored?.words ?? null,
    },
    goingLive: rehearsed ? await goingLive(now, rules, kept, passing, rehearsed) : null,
    configured: configuredServices(lock.credentials),
    limits,
    rules,
    now,
    zone: config.zone,
  })
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
    order: { mode, limits, zone: config.zone },
    now: clock.now(),
  })
}
