import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Config } from '../config/load.ts'
import { readPlainFile } from '../config/plainfile.ts'
import { loadRules } from '../config/rulefiles.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { finalParams } from '../core/memory/ledger.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Service } from '../core/model/service.ts'
import { silences } from '../core/model/silence.ts'
import { type Fault, Faulty, inReadingOrder, Mistake } from '../document/fault.ts'
import { type Case, casesOf, readTestFile } from '../replay/cases.ts'
import { momentOfRow } from '../replay/expectation.ts'
import { type Difference, runCase, type Verdict } from '../replay/verdict.ts'
import { sayAction, sayReason, sayState } from '../views/say.ts'
import { sayDecision, sayWait } from '../views/why.ts'
import { configOf } from './setting.ts'
import { columns, printJson, servicesHere, type Terminal } from './terminal.ts'

interface Options {
  config: string
  json?: boolean
  verbose?: boolean
}

/**
 * Runs the tests of rules: those of the files and folders named, else of the config's rules folders, else of ./rules. 0
 * if all pass, 1 if one fails; throws `Faulty` if a file cannot be used.
 */
export async function test(terminal: Terminal, paths: readonly string[], options: Options): Promise<number> {
  const isThere = existsSync(resolve(terminal.folder, options.config))
  let config: Config | null = null
  const loaded = async () => {
    if (isThere) config ??= await configOf(terminal, options, { tokens: 'unread' })
    return config
  }
  if (!isThere && options.config !== './config.yaml') throw new Mistake(`there is no config ${options.config}`, 2)
  const locks = paths.length > 0 ? [] : ((await loaded())?.locks ?? [])
  const roots = locks.length > 0 ? locks.map(({ rules }) => rules) : paths.length > 0 ? paths : ['./rules']
  const files = new Set<string>()
  for (const root of roots) for (const file of await testFiles(resolve(terminal.folder, root), root)) files.add(file)
  if (files.size === 0) throw new Mistake(`there is no test in ${[...roots].join(', ')}; tests end in .test.yaml`, 2)

  const { cases, faults } = await readTests(
    [...files].sort(),
    terminal.folder,
    servicesHere(terminal),
    async () => (await loaded())?.zone ?? 'UTC',
  )
  if (faults.length > 0) throw new Faulty(faults)

  const verdicts: Verdict[] = []
  for (const { one, zone } of cases) {
    const verdict = await runCase(one)
    verdicts.push(verdict)
    if (options.json) continue
    if (!verdict.passed) for (const line of failureLines(verdict, one, zone)) terminal.out(line)
    else if (options.verbose) terminal.out(`${placeOf(verdict)}: ${verdict.name}: passed`)
  }
  const failed = verdicts.filter(({ passed }) => !passed).length
  if (options.json) printJson(terminal, { tests: verdicts.length, failed, results: verdicts.map(asData) })
  else {
    const count = `${verdicts.length} ${verdicts.length === 1 ? 'test' : 'tests'}`
    terminal.out(failed > 0 ? `${count}, ${failed} failed` : `${count}, all passed`)
  }
  return failed > 0 ? 1 : 0
}

/** A test with the zone of its file. */
export interface ZonedCase {
  one: Case
  zone: string
}

/**
 * Reads test files with the rules beside each, without running anything; `zone` is called if a file names none. Returns
 * every fault of the files and of those rules.
 */
export async function readTests(
  paths: readonly string[],
  from: string,
  services: readonly Service[],
  zone: () => Promise<string>,
): Promise<{ cases: ZonedCase[]; faults: Fault[] }> {
  const faults: Fault[] = []
  const cases: ZonedCase[] = []
  const known = new Map<string, RuleSet | null>()
  for (const path of paths) {
    const read = readTestFile(shortName(path, from), await readPlainFile(path))
    faults.push(...read.faults)
    if (!read.document) continue
    const language = { services, zone: read.zone ?? (await zone()) }
    const folder = dirname(path)
    const key = `${language.zone} ${folder}`
    let rules = known.get(key)
    if (rules === undefined) {
      const compiled = await loadRules(folder, language, from)
      faults.push(...compiled.faults.filter(({ severity }) => severity === 'fault'))
      rules = compiled.rules
      known.set(key, rules)
    }
    if (!rules) continue
    const made = casesOf(read.document, { rules, ...language })
    faults.push(...made.faults)
    cases.push(...made.cases.map((one) => ({ one, zone: language.zone })))
  }
  return { cases, faults: unique(inReadingOrder(faults)) }
}

async function testFiles(path: string, named: string): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (!found) throw new Mistake(`there is no file or folder ${named}`, 2)
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => !entry.isDirectory() && /\.test\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(path, file)
          .split(/[/\\]/)
          .some((part) => part.startsWith('.')),
    )
}

function shortName(file: string, from: string): string {
  const short = relative(from, file)
  return short === '' || short.startsWith('..') ? file : short
}

function unique(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>()
  return faults.filter(({ place, message }) => {
    const key = `${place.file}:${place.line}:${place.column} ${message}`
    return seen.size < seen.add(key).size
  })
}

function placeOf({ place }: Verdict): string {
  return `${place.file}:${place.line}`
}

/** A failed test: what was expected against what was sent, line by line, and then why. */
function failureLines(verdict: Verdict, one: Case, zone: string): string[] {
  const table = verdict.compared.map(({ rule, expected, actual }) => [
    expected && actual ? ' ' : '✗',
    expected ? `${say(expected.at, zone)} ${rule}: ${expected.said}` : '-',
    actual ? `${say(momentOfRow(actual), zone)} ${actual.rule}: ${sayRow(actual)}` : '-',
  ])
  const all = new Set(verdict.differences.flatMap((difference) => explanation(difference, one, zone)))
  // A line that says less than another of them is left out.
  const told = [...all].filter((line) => ![...all].some((other) => other !== line && other.startsWith(line)))
  return [
    `${placeOf(verdict)}: ${verdict.name}`,
    ...columns([[' ', 'EXPECTED', 'ACTUAL'], ...table]).map((line) => `  ${line}`),
    ...told,
    '',
  ]
}

function say(at: Instant, zone: string): string {
  const said = sayInstant(at, zone)
  return said.endsWith(':00') ? said.slice(0, -3) : said
}

/** A row with its request. */
function sayRow(row: LedgerRow): string {
  const params = finalParams(row)
  const said = row.state === 'applied' ? '' : ` (${sayState(row)})`
  if (row.effect.seconds > 0 || typeof params !== 'object' || params === null) return `${sayAction(row)}${said}`
  const texts = Object.entries(params).flatMap(([key, value]) =>
    value === null || value === false || typeof value === 'object'
      ? []
      : `${key} ${key === 'duration' ? sayDuration(Number(value)) : value}`,
  )
  return `${row.action} ${texts.join(', ')}${said}`
}

/** Why a rule fired, or did not. */
function explanation({ kind, moment }: Difference, one: Case, zone: string): string[] {
  if (!moment) return ['  nothing was decided near that moment']
  const { rule, decision, when, onlyIf, rows, now } = moment
  const at = say(now, zone)
  const reason = when ? sayReason(when, zone) : ''
  if (decision.fires) {
    const did = rows.map((row) => `${sayAction(row)}: ${sayState(row)}`).join('; ')
    const because = reason ? `, because ${reason}` : ''
    return [`  ${rule} fired at ${at}${because}${kind === 'missing' ? `; it did: ${did}` : ''}`]
  }
  const aboutOnlyIf = silences[decision.why].awaits?.condition === 'onlyIf'
  const seen = aboutOnlyIf && onlyIf ? sayReason(onlyIf, zone) : reason
  const found = one.rules.byId.get(rule)
  const wait = found ? sayWait(decision, found, now, zone) : null
  const parts = [`${rule} did not fire at ${at}: ${sayDecision(decision, zone)}`, wait, seen]
  return [`  ${parts.filter((part) => part !== null && part !== '').join('; ')}`]
}

function asData(verdict: Verdict) {
  const { name, place, passed, compared, differences } = verdict
  return {
    name,
    file: place.file,
    line: place.line,
    passed,
    compared: compared.map(({ rule, expected, actual }) => ({
      rule,
      expected: expected && { at: new Date(expected.at).toISOString(), said: expected.said },
      actual: actual && {
        at: new Date(momentOfRow(actual)).toISOString(),
        action: actual.action,
        seconds: actual.effect.seconds,
        params: finalParams(actual),
        state: actual.state,
        note: actual.note,
      },
    })),
    differences: differences.map(({ kind, compared: { rule }, moment }) => ({
      kind,
      rule,
      silence: moment && !moment.decision.fires ? moment.decision.why : null,
    })),
  }
}
