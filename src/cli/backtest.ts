import { relative, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fixedOrder } from '../app/lockports.ts'
import type { Config, LockConfig } from '../config/load.ts'
import { loadRules } from '../config/rulefiles.ts'
import type { Instant } from '../core/calendar/time.ts'
import type { Kept } from '../core/model/kept.ts'
import { noPast } from '../core/model/past.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Recorded } from '../core/reading/recorded.ts'
import { Faulty, Mistake } from '../document/fault.ts'
import { sinceOf } from '../queries/given.ts'
import { type Backtest, backtest as replayed } from '../replay/backtest.ts'
import { differenceLine, differencesOf, saySpan, totalRows, totalsOf, unknowable } from '../views/backtest.ts'
import { configOf } from './setting.ts'
import { chosenLocks, lookingAt } from './stored.ts'
import { columns, printJson, type Terminal } from './terminal.ts'

interface Options {
  config: string
  since: string
  rules?: string
  lock?: string
  json?: boolean
}

/** The data of a lock for a backtest. */
interface Stored {
  lock: LockConfig
  kept: Kept
  recorded: Recorded
}

/** The result of a lock's backtest: for the rules in force, and for the changed ones if there are any. */
interface Outcome {
  lock: string
  inForce: Backtest
  changed: Backtest | null
}

/**
 * Shows what the rules would have done in the recorded time, and what other rules would have done differently. Throws
 * `Faulty` for faulty rules, `Mistake` if nothing is recorded.
 */
export async function backtest(terminal: Terminal, options: Options): Promise<number> {
  const config = await configOf(terminal, options, { tokens: 'unread' })
  const since = sinceOf(options.since, Date.now(), config.zone)
  const now = Date.now()
  const stored = await storedOf(config, options.lock)
  const rulesOf = (path: string, of: Stored) => rulesAt(path, of, config, terminal)
  const changed = options.rules === undefined ? null : resolve(terminal.folder, options.rules)
  const sets = await Promise.all(
    stored.map(async (of) => ({
      of,
      inForce: await rulesOf(of.lock.rules, of),
      changed: changed === null ? null : await rulesOf(changed, of),
    })),
  )
  const bar = barOf(terminal, stored.length * (changed === null ? 1 : 2))
  const outcomes: Outcome[] = []
  for (const { of, ...rules } of sets) {
    const run = (set: RuleSet) => {
      const { run: _, ...order } = fixedOrder(of.lock, config, config.mode, '', set)
      const rest = bar.of(of.recorded)
      return replayed({ rules: set, kept: of.kept, order, rest }, of.recorded, since, now)
    }
    const inForce = await run(rules.inForce)
    if (!inForce) continue
    outcomes.push({ lock: of.lock.name, inForce, changed: rules.changed && (await run(rules.changed)) })
  }
  bar.clear()
  if (outcomes.length === 0) {
    throw new Mistake(`nothing is recorded since ${options.since}; the daemon stores what it reads once an hour`)
  }
  if (options.json)
    printJson(
      terminal,
      outcomes.map((one) => asData(one, since, config.zone)),
    )
  else
    for (const one of outcomes)
      for (const line of linesOf(one, since, options, config, terminal.folder)) terminal.out(line)
  return 0
}

async function storedOf(config: Config, wanted: string | undefined): Promise<Stored[]> {
  const chosen = chosenLocks(config, wanted)
  const found = await lookingAt(config, (stored) =>
    Promise.all(
      chosen.map(async (lock) => {
        const found = await stored.read(lock.name)
        if (!found) return []
        const kept = { ...found.kept, rows: await stored.history(lock.name), past: noPast }
        return [{ lock, kept, recorded: await stored.recorded(lock.name) }]
      }),
    ),
  )
  if (!found) throw new Mistake('nothing is recorded yet: the daemon has not run on this data folder')
  return found.flat()
}

async function rulesAt(
  path: string,
  { lock, kept }: Stored,
  { services, zone }: Config,
  { folder }: Terminal,
): Promise<RuleSet> {
  const longestList = lock.limits.actions.per_step
  const { rules, faults } = await loadRules(path, { services, zone, extras: kept.extras, longestList }, folder)
  if (!rules) throw new Faulty(faults.filter(({ severity }) => severity === 'fault'))
  return rules
}

const barWidth = 30
/** How often the replay pauses, so that others have their turn and the bar is drawn; in milliseconds. */
const restMs = 50

/** Shows the progress of several replays on one line. */
function barOf(terminal: Terminal, replays: number) {
  let done = -1
  let rested = 0
  return {
    of({ looks }: Recorded) {
      const moments = [...looks.values()].flatMap((ofTopic) => [
        ofTopic[0]?.answered ?? [],
        ofTopic.at(-1)?.answered ?? [],
      ])
      const [from, to] = [Math.min(...moments.flat()), Math.max(...moments.flat())]
      done++
      return (now: Instant): Promise<void> | null => {
        if (terminal.signal.aborted) throw new Mistake('it was stopped before the end')
        const real = performance.now()
        if (real - rested < restMs) return null
        rested = real
        const share = Math.min(1, (done + Math.min(1, (now - from) / Math.max(1, to - from))) / replays)
        const full = Math.floor(share * barWidth)
        terminal.progress?.(`[${'='.repeat(full)}${' '.repeat(barWidth - full)}] ${Math.floor(share * 100)} %`)
        return turn()
      }
    },
    clear: () => terminal.progress?.(''),
  }
}

function linesOf(
  { lock, inForce, changed }: Outcome,
  since: Instant,
  options: Options,
  config: Config,
  from: string,
): string[] {
  const { zone } = config
  const own = config.locks.find(({ name }) => name === lock)?.rules ?? ''
  const path = relative(from, own)
  const lines = [
    `${lock}: ${saySpan(inForce, zone)}, by the rules in ${path.startsWith('..') ? own : path || '.'}`,
    '',
    ...columns([['RULE', 'FIRINGS', 'DID'], ...totalRows(inForce)]).map((line) => `  ${line}`.trimEnd()),
    '',
  ]
  if (changed) {
    const differences = differencesOf(inForce, changed)
    const said = differences.map((one) => differenceLine(one, changed.until, zone))
    const atOnce = changed.atOnce.length > 0 ? changed.atOnce.join(', ') : 'none of them'
    lines.push(`By the rules in ${options.rules}:`, '')
    lines.push(...(said.length > 0 ? said : ['no difference']).map((line) => `  ${line}`), '')
    lines.push(`Put in force now, ${atOnce} would fire at once.`, '')
  }
  lines.push('What a replay cannot know:')
  lines.push(...unknowable(changed ? [inForce, changed] : [inForce], since, zone).map((line) => `  ${line}`), '')
  return lines
}

function asData({ lock, inForce, changed }: Outcome, since: Instant, zone: string) {
  const all = changed ? [inForce, changed] : [inForce]
  const dated = (one: Backtest) => ({
    totals: totalsOf(one).map((total) => ({ ...total, first: isoOf(total.first) })),
    firings: one.firings.map((fired) => ({ ...fired, at: isoOf(fired.at) })),
    atOnce: one.atOnce,
    lacking: one.lacking,
  })
  return {
    lock,
    since: isoOf(inForce.since),
    until: isoOf(inForce.until),
    inForce: dated(inForce),
    changed: changed && dated(changed),
    differences: changed
      ? differencesOf(inForce, changed).map((one) => ({
          ...one,
          first: one.first && { ...one.first, at: isoOf(one.first.at) },
          said: differenceLine(one, changed.until, zone),
        }))
      : null,
    unseen: inForce.unseen.map(({ from, to }) => ({ from: isoOf(from), to: isoOf(to) })),
    unknowable: unknowable(all, since, zone),
  }
}

function isoOf(moment: Instant | null): string | null {
  return moment === null ? null : new Date(moment).toISOString()
}
