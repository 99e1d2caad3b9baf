import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Config, LockConfig } from '../config/load.ts'
import { oddIn } from '../config/odd.ts'
import { channelsOf } from '../config/reach.ts'
import { loadRules, testedIds } from '../config/rulefiles.ts'
import { bounds } from '../core/acting/bounds.ts'
import { limitLines } from '../core/acting/limits.ts'
import { isZone } from '../core/calendar/time.ts'
import { lint } from '../core/language/lint.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { FactType } from '../core/model/fact.ts'
import type { Lack } from '../core/model/lack.ts'
import { countOf, distinctFaults, type Fault, Faulty, faultLine, inReadingOrder, Mistake } from '../document/fault.ts'
import { lacking } from '../services/credentials.ts'
import { boundLines } from '../views/bounds.ts'
import { wrapped } from '../views/lines.ts'
import { configOf, secretsOf } from './setting.ts'
import { storedExtras } from './stored.ts'
import { printJson, servicesHere, type Terminal } from './terminal.ts'
import { readTests } from './test.ts'

/** Rules to check together, and what is known about where they will run. */
interface Checked {
  /** The lock they are for; null without a config. */
  lock: LockConfig | null
  paths: string | readonly string[]
  zone: string
  extras: Readonly<Record<string, FactType>>
  limits: Limits | null
  /** The tokens that its config lacks. */
  lacks: readonly Lack[] | null
  channels?: readonly string[]
}

/**
 * Checks the config and its rules, or only the files of rules and tests named: prints a line for each fault and lint,
 * then the zone, the limits in force, and the worst case. 1 if there is any fault; lints are not faults.
 */
export async function check(
  terminal: Terminal,
  paths: readonly string[],
  options: { config: string; json?: boolean },
): Promise<number> {
  const faults: Fault[] = []
  let config: Config | null = null
  if (paths.length === 0) {
    try {
      config = await configOf(terminal, options)
    } catch (error) {
      if (!(error instanceof Faulty)) throw error
      faults.push(...error.faults)
    }
  }
  let rules = 0
  const worst: Record<string, ReturnType<typeof bounds>> = {}
  const isTest = (path: string) => /\.test\.ya?ml$/.test(path)
  const [tests, rulePaths] = [paths.filter(isTest), paths.filter((path) => !isTest(path))]
  const bare = rulePaths.length > 0 ? [filesOf(terminal, rulePaths)] : []
  for (const checked of config ? await locksOf(config) : bare) {
    const { zone, extras, limits } = checked
    const longestList = limits?.actions.per_step ?? null
    const loaded = await loadRules(
      checked.paths,
      { services: servicesHere(terminal), zone, extras, longestList },
      terminal.folder,
    )
    faults.push(...loaded.faults)
    if (!loaded.rules) continue
    rules += loaded.rules.rules.length
    const { lock } = checked
    if (lock) worst[lock.name] = bounds(loaded.rules, lock.limits, pollsOf(lock))
    faults.push(...lint(loaded.rules, { ...checked, tested: await testedIds(checked.paths), now: Date.now() }))
  }
  const stories = await testsOf(terminal, tests)
  faults.push(...stories.faults)
  faults.push(...(config ? openFiles(config, terminal) : []))
  const told = distinctFaults(inReadingOrder(faults))
  const wrong = countOf(told.filter(({ severity }) => severity === 'fault'))
  const locks = wrong === 0 ? (config?.locks ?? []) : []
  if (options.json) {
    const places = told.map(({ place, severity, message, hint = null }) => ({ ...place, severity, message, hint }))
    const limits = Object.fromEntries(locks.map((lock) => [lock.name, lock.limits]))
    const timezone = config?.zone ?? zoneOf(terminal)
    printJson(terminal, {
      ok: wrong === 0,
      rules,
      tests: stories.cases,
      timezone,
      faults: places,
      limits,
      worst: wrong === 0 ? worst : {},
    })
    return wrong > 0 ? 1 : 0
  }
  for (const fault of told) terminal.out(faultLine(fault))
  if (config && wrong === 0) terminal.out(`times are those of ${config.zone}`)
  for (const lock of locks) {
    terminal.out(`${lock.name}: limits in force`)
    for (const line of limitLines(lock.limits, config?.zone ?? 'UTC')) terminal.out(`  ${line}`)
    const most = worst[lock.name]
    if (most) tellWorst(terminal, lock.name, most)
  }
  if (config && wrong === 0) terminal.out('tokens, clock and folders were not tried: "lockwarden doctor" does that')
  const count = (n: number, word: string) => `${Number.isFinite(n) ? n : 'many'} ${word}${n === 1 ? '' : 's'}`
  const read = [
    ...(rulePaths.length > 0 || paths.length === 0 ? [count(rules, 'rule')] : []),
    ...(tests.length > 0 ? [count(stories.cases, 'test')] : []),
  ]
  terminal.out(wrong > 0 ? count(wrong, 'fault') : `${read.join(' and ')}, no fault`)
  if (wrong === 0 && tests.length > 0) terminal.out('the tests were only read; "lockwarden test" runs them')
  return wrong > 0 ? 1 : 0
}

/** Lints for files that others on this machine can read or change. */
function openFiles(config: Config, terminal: Terminal): Fault[] {
  return oddIn(config, secretsOf(config), terminal.env).map(({ path, message, mend }) => {
    const short = relative(terminal.folder, path)
    const file = short.startsWith('..') ? path : short
    return { place: { file, line: 1, column: 1 }, message, hint: mend, severity: 'lint' }
  })
}

/** The two worst cases: of these rules, and of any rules. */
function tellWorst(terminal: Terminal, lock: string, most: ReturnType<typeof bounds>): void {
  const cases = [
    ['under these rules', most.underTheseRules],
    ['under any rules these limits allow', most.underAnyRules],
  ] as const
  for (const [words, worst] of cases) {
    terminal.out(`${lock}: worst case ${words}`)
    for (const line of boundLines(worst)) for (const part of wrapped(`  ${line}`, 4)) terminal.out(part)
  }
}

/** The polls of the lock's services, which tell how long an action may wait. */
function pollsOf({ polls, credentials }: LockConfig) {
  return Object.entries(polls).flatMap(([service, poll]) => (service in credentials ? poll : []))
}

function locksOf(config: Config): Promise<Checked[]> {
  const checked = config.locks.map(async (lock) => ({
    lock,
    paths: lock.rules,
    zone: config.zone,
    extras: await storedExtras(config, lock.name),
    limits: lock.limits,
    lacks: lacking(config.services, lock.credentials),
    channels: channelsOf(config.reach),
  }))
  return Promise.all(checked)
}

/** Rule files without a config: nothing is known of the lock, and times are in the zone of `TZ`. */
function filesOf(terminal: Terminal, paths: readonly string[]): Checked {
  return {
    lock: null,
    paths: paths.map((path) => resolve(terminal.folder, path)),
    zone: zoneOf(terminal),
    extras: {},
    limits: null,
    lacks: null,
  }
}

function zoneOf({ env }: Terminal): string {
  const zone = env.TZ?.trim() ?? ''
  return zone !== '' && isZone(zone) ? zone : 'UTC'
}

/** Tests named on the command line, read with the rules beside them. */
async function testsOf(terminal: Terminal, paths: readonly string[]): Promise<{ cases: number; faults: Fault[] }> {
  const files = paths.map((path) => resolve(terminal.folder, path))
  const missing = paths.find((_, i) => !existsSync(files[i] ?? ''))
  if (missing !== undefined) throw new Mistake(`there is no file ${missing}`, 2)
  const { cases, faults } = await readTests(files, terminal.folder, servicesHere(terminal), async () =>
    zoneOf(terminal),
  )
  return { cases: cases.length, faults }
}
