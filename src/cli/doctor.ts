import { accessSync, constants, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Config, dataFolderOf, type LockConfig } from '../config/load.ts'
import { oddIn } from '../config/odd.ts'
import { channelsOf } from '../config/reach.ts'
import { loadRules } from '../config/rulefiles.ts'
import { localTime } from '../core/calendar/time.ts'
import { lint } from '../core/language/lint.ts'
import { type Finding, finding } from '../core/model/finding.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Answer } from '../core/model/service.ts'
import { distinctFaults, type Fault, Faulty, faultLine } from '../document/fault.ts'
import { errorCode, isFull, lacksFiles, notOurs, systemWords } from '../errno.ts'
import { connect } from '../services/connect.ts'
import { lacking } from '../services/credentials.ts'
import { Audit } from '../store/audit.ts'
import { backupsIn, begunAt, drill, shelfStatus } from '../store/backups.ts'
import { databaseFile, newestSchema, schemaOf } from '../store/database.ts'
import { sqliteStore } from '../store/sqlite.ts'
import { switchFiles } from '../store/switch.ts'
import { areBackupsOld, sayBackups } from '../views/backups.ts'
import { doctorLines, missingFinding, needsOf, ruleFindings, tokenFindings } from '../views/doctor.ts'
import { absentFinding, daemonFindings } from './doctordaemon.ts'
import { wireFindings } from './doctorwires.ts'
import { configOf, secretsOf } from './setting.ts'
import { chosenLocks, storedExtras } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'
import { sayZone, zoneDiffers, zoneStatus } from './zone.ts'

interface Options {
  config: string
  lock?: string
  json?: boolean
}

/**
 * Finds what will not work, and says how to fix it: the machine, the files, each lock with its tokens, the daemon. From
 * the services it only reads. 1 if there is any fault.
 */
export async function doctor(terminal: Terminal, options: Options): Promise<number> {
  const findings: Finding[] = [nodeFinding()]
  const read = await readConfig(terminal, options, findings)
  const config = read?.config
  const data = config?.data ?? (await dataFolderOf(resolve(terminal.folder, options.config), terminal.env))
  if (data !== null) findings.push(...folderFindings(data))
  // Nothing more can be said of a folder that cannot be read.
  const strange = data !== null && (notOurs(data) ?? notOurs(databaseFile(data)))
  const folder = data !== null && isFolder(data) && !strange ? data : null
  if (folder !== null) findings.push(...(await databaseFindings(folder)), ...auditFindings(folder))
  if (folder !== null && config) findings.push(...backupFindings(folder, config))
  if (config) {
    const locks = chosenLocks(config, options.lock)
    findings.push(...configFindings(config, terminal), ...(strange ? [] : switchFindings(folder, config, locks)))
    const ids = new Map<string, string>()
    for (const lock of locks) {
      const { rules, findings: found } = await rulesOf(config, lock, terminal)
      findings.push(...found)
      if (read.tokens) findings.push(...(await serviceFindings(config, lock, rules, terminal, ids)))
    }
  }
  const absent = strange || data === null ? [] : [absentFinding(data)]
  const told = folder === null ? { findings: absent, wires: null } : await daemonFindings(folder, terminal)
  findings.push(...told.findings)
  if (config) findings.push(...(await wireFindings(config, read.tokens, told.wires, terminal.signal)))
  const wrong = findings.some(({ severity }) => severity === 'fault')
  if (options.json) printJson(terminal, { ok: !wrong, findings })
  else for (const line of doctorLines(findings)) terminal.out(line)
  return wrong ? 1 : 0
}

const leastNode = 24

function nodeFinding(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= leastNode) return finding('ok', 'node', `version ${node}`)
  return finding('fault', 'node', `version ${node} is too old`, `install Node ${leastNode} or newer`)
}

/** The config, and whether its tokens are there too. Its faults are added to the findings. */
async function readConfig(
  terminal: Terminal,
  options: Options,
  findings: Finding[],
): Promise<{ config: Config; tokens: boolean } | null> {
  try {
    const config = await configOf(terminal, options)
    findings.push(finding('ok', 'config', config.file))
    return { config, tokens: true }
  } catch (error) {
    if (!(error instanceof Faulty)) throw error
    findings.push(...error.faults.map((fault) => fileFinding('config', fault)))
  }
  try {
    return { config: await configOf(terminal, options, { tokens: 'unread' }), tokens: false }
  } catch {
    return null
  }
}

function fileFinding(about: string, fault: Fault, lock: string | null = null): Finding {
  const { hint: _, ...said } = fault
  const line = faultLine({ ...said, severity: 'fault' })
  return finding(fault.severity === 'fault' ? 'fault' : 'warn', about, line, fault.hint, lock)
}

const freeWarning = 100_000_000
const freeFault = 10_000_000

function folderFindings(data: string): Finding[] {
  const at = (severity: Finding['severity'], message: string, mend = '') =>
    finding(severity, 'data folder', message, mend)
  const user = typeof process.getuid === 'function' ? ` by user ${process.getuid()}` : ''
  const unusable = (error: unknown) => {
    const isInTheWay = errorCode(error) === 'ENOTDIR'
    const mend = isInTheWay ? 'a file is in its way: name another one: data:' : writingMend(error)
    return at('fault', `${data} cannot be written to${user} (${systemWords(error)})`, mend)
  }
  const strange = notOurs(data) ?? notOurs(databaseFile(data))
  if (strange !== null) return [at('fault', strange, 'the rest can be checked after that')]
  let existing = data
  try {
    while (modeOf(existing) === null && dirname(existing) !== existing) existing = dirname(existing)
    if (existing !== data) {
      accessSync(existing, constants.W_OK)
      return [at('ok', `${data} is not there; the first run makes it`)]
    }
    if (!statSync(data).isDirectory()) return [at('fault', `${data} is no folder`, 'name another one: data:')]
    // The permissions may allow writing and the disk may not: only a try shows a full or read-only disk.
    const trial = join(data, `doctor-${process.pid}.tmp`)
    try {
      writeFileSync(trial, 'trial\n', { flag: 'wx' })
    } finally {
      rmSync(trial, { force: true })
    }
  } catch (error) {
    return [unusable(error)]
  }
  const findings = [at('ok', `${data} can be written to`)]
  if (((modeOf(data) ?? 0) & 0o077) !== 0) {
    findings.push(at('warn', 'others on this machine can look into it', `chmod 700 ${data}`))
  }
  const { bavail, bsize } = statfsSync(data)
  const free = bavail * bsize
  const said = `${Math.floor(free / 1_000_000)} MB are free on its disk`
  if (free < freeWarning) findings.push(at(free < freeFault ? 'fault' : 'warn', said, 'make room'))
  return findings
}

/** How to make a folder writable again, by the reason. */
function writingMend(error: unknown): string {
  if (lacksFiles(error)) return ''
  if (isFull(error)) return 'make room on its disk'
  if (errorCode(error) === 'EROFS') return 'make its disk writable, or name another folder: data:'
  return 'change its owner, or name another one: data:'
}

/** The age of the newest automatic backup, and whether it can be restored, by restoring it elsewhere. */
function backupFindings(data: string, { backups }: Config): Finding[] {
  const at = (severity: Finding['severity'], message: string, mend = '') => finding(severity, 'backups', message, mend)
  const status = shelfStatus(backups)
  if (!backups || !status) {
    return [at('warn', 'no automatic backups are made: backups.keep is 0', 'set it')]
  }
  const [now, begun] = [Date.now(), begunAt(databaseFile(data))]
  const said = sayBackups(status, now)
  if (status.trouble !== null)
    return [at('fault', `none can be found: ${status.trouble}`, 'check who may use that folder')]
  const isOld = areBackupsOld(status, begun, now)
  const age = at(isOld ? 'warn' : 'ok', said, isOld ? 'check that the daemon runs; its log says why none was made' : '')
  const [newest] = backupsIn(backups.folder)
  if (!newest) return [age]
  try {
    const wrong = drill(newest.file, data, now)
    if (wrong === null) return [age, at('ok', 'the newest was restored on trial')]
    return [age, at('fault', `the newest cannot be restored: ${wrong}`, '"lockwarden backup" makes another')]
  } catch (error) {
    return [age, at('warn', `the newest was not restored on trial (${systemWords(error)})`, writingMend(error))]
  }
}

async function databaseFindings(data: string): Promise<Finding[]> {
  try {
    const schema = schemaOf(data)
    const stored = await sqliteStore(data).look()
    if (!stored) return [finding('ok', 'database', 'nothing is stored yet')]
    try {
      const wrong = await stored.damage()
      const older = `intact, of an older build (schema ${schema}); the next start brings it up to date, and a trial of that worked`
      if (wrong === null) {
        // Reads every part of the database to check it. A database of an older build is checked after the upgrade of a
        // copy.
        for (const name of await stored.locks()) await stored.read(name)
        return [finding('ok', 'database', schema === newestSchema ? 'intact, and of this version' : older)]
      }
      return [finding('fault', 'database', `it is damaged: ${wrong}`, 'restore a backup')]
    } finally {
      await stored.close()
    }
  } catch (error) {
    return [finding('fault', 'database', wordsOf(error))]
  }
}

/** Whether anything in the audit was removed or changed. */
function auditFindings(data: string): Finding[] {
  try {
    const { entries, gaps } = new Audit(data).check()
    if (gaps.length === 0) return [finding('ok', 'audit', `${entries} entries, each following from the one before`)]
    const mend = 'somebody changed the file, or a disk lost a part of it; check who can write to the data folder'
    return gaps.map((gap) => finding('warn', 'audit', gap, mend))
  } catch (error) {
    const mend = lacksFiles(error) ? '' : 'change the owner of audit.jsonl'
    return [finding('warn', 'audit', `it cannot be read (${systemWords(error)})`, mend)]
  }
}

function configFindings(config: Config, terminal: Terminal): Finding[] {
  const live = 'live: lockwarden does what the rules decide'
  const dry = 'dry run: nothing is sent until the config says "mode: live"'
  const findings = [
    finding('ok', 'mode', config.mode === 'live' ? live : dry),
    zoneFinding(config, terminal),
    zoneDataFinding(config, terminal),
  ]
  for (const { kind, path, message, mend } of oddIn(config, secretsOf(config), terminal.env)) {
    findings.push(finding('warn', kind, kind === 'config' ? message : `${path}: ${message}`, mend))
  }
  return findings
}

/** Winter and summer of the year, so that zones with one offset and different rules are told apart. */
function zoneFinding({ zone }: Config, terminal: Terminal): Finding {
  const written = terminal.env.TZ?.trim().replace(/^:/, '') ?? ''
  const system = written === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : written
  const now = Date.now()
  const clocks = (name: string) => [0, 91, 182, 273].map((days) => localTime(now + days * 86_400_000, name).week)
  try {
    if (clocks(zone).join() === clocks(system).join()) return finding('ok', 'timezone', zone)
  } catch {
    return finding(
      'warn',
      'timezone',
      `rules and limits use ${zone}; this machine's "${system}" is not a time zone`,
      'correct TZ',
    )
  }
  // Only a zone in the config can differ from the machine's, and a server's zone often means nothing.
  return finding('ok', 'timezone', `rules and limits use ${zone}, as the config says; this machine uses ${system}`)
}

/** The zone's offset by Node's data, and whether other programs on this machine have another. */
function zoneDataFinding({ zone }: Config, terminal: Terminal): Finding {
  const status = zoneStatus(zone, terminal.env, Date.now())
  if (!zoneDiffers(status)) return finding('ok', 'zone data', sayZone(status))
  const mend =
    'the data of the program count; bring the older of the two up to date (docs/operating.md, Clock and time zones)'
  return finding('warn', 'zone data', sayZone(status), mend)
}

function switchFindings(data: string | null, config: Config, locks: readonly LockConfig[]): Finding[] {
  const names = locks.map(({ name }) => name)
  const files = switchFiles(data === null ? [config.folder] : [data, config.folder], names)
  if (files.length === 0) return [finding('ok', 'switch', 'not set')]
  const message = `it is set (${files.join(', ')}): nothing restrictive is sent`
  return [finding('warn', 'switch', message, '"lockwarden resume" takes it off')]
}

/** The rules of a lock, and their faults and lints. */
async function rulesOf(
  config: Config,
  { name, rules: path, limits }: LockConfig,
  terminal: Terminal,
): Promise<{ rules: RuleSet | null; findings: Finding[] }> {
  const { services, zone } = config
  const language = { services, zone, extras: await storedExtras(config, name), longestList: limits.actions.per_step }
  const { rules, faults } = await loadRules(path, language, terminal.folder)
  const now = Date.now()
  const channels = channelsOf(config.reach)
  const told = rules ? [...faults, ...lint(rules, { limits, lacks: null, channels, tested: null, now, zone })] : faults
  const findings = distinctFaults(told).map((fault) => fileFinding('rules', fault, name))
  if (rules) findings.push(...ruleFindings(name, rules, limits, now, zone))
  return { rules, findings }
}

/** What the services answer to a lock's tokens; `ids` are those of the locks before it. */
async function serviceFindings(
  config: Config,
  lock: LockConfig,
  rules: RuleSet | null,
  terminal: Terminal,
  ids: Map<string, string>,
): Promise<Finding[]> {
  const { services, zone } = config
  const { name, limits, credentials, expect: expects } = lock
  const findings: Finding[] = []
  const send = connect(services, credentials, { now: Date.now })
  const lacks = new Set(lacking(services, credentials).map(({ token }) => token))
  for (const service of services) {
    const needs = rules ? needsOf(service.name, rules) : { owner: [], dom: [] }
    for (const { key, as, tries } of service.section.tokens) {
      const token = `${service.name}.${key}`
      const needed = as === 'owner' ? needs.owner : as === 'dom' ? needs.dom : []
      if (lacks.has(token)) {
        if (as === 'owner' || needed.length > 0) findings.push(missingFinding(name, token, needed))
        continue
      }
      const kinds = tries.flatMap((topic) => service.topics.find((kind) => kind.topic === topic) ?? [])
      const answers: Answer[] = []
      for (const kind of kinds) {
        const request = kind.request(new Map())
        if (request) answers.push(await send({ ...request, as }, terminal.signal))
      }
      const [kind] = kinds
      if (!kind) continue
      const told = tokenFindings(answers, {
        lock: name,
        service,
        token,
        as,
        kind,
        reads: tries,
        expects,
        rules,
        limits,
        zone,
      })
      findings.push(...told.findings, ...sharedFindings(name, told.lockId, ids))
    }
  }
  return findings
}

/** That another entry is about the same lock. */
function sharedFindings(name: string, lockId: string | null, ids: Map<string, string>): Finding[] {
  if (lockId === null) return []
  const other = ids.get(lockId)
  ids.set(lockId, other ?? name)
  if (other === undefined) return []
  const message = `${other} has the same lock, so this entry does nothing`
  return [finding('fault', 'lock id', message, 'remove one of the two from the config', name)]
}

/** The permissions of a file or folder; null if it does not exist. Throws if it cannot be looked at. */
function modeOf(path: string): number | null {
  try {
    return statSync(path).mode & 0o777
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
