// biome-ignore-all lint/style/noExcessiveLinesPerFile: one reading of the config, from its text to its secrets
import { dirname, resolve } from 'node:path'
import { limitsOf } from '../core/acting/limits.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { Expect } from '../core/model/expect.ts'
import type { Mode } from '../core/model/row.ts'
import type { Poll } from '../core/model/service.ts'
import { type Fault, Faulty, inReadingOrder, Mistake, suggestion } from '../document/fault.ts'
import { issueFaults, withoutEchoes } from '../document/issues.ts'
import { pathSchema } from '../document/path.ts'
import { type Path, parseYaml, type YamlDocument } from '../document/yaml.ts'
import { errorCode, lacksFiles, systemWords } from '../errno.ts'
import type { Credentials } from '../services/credentials.ts'
import { services as builtIn } from '../services/index.ts'
import type { Integration } from '../services/integration.ts'
import { redact, Secret } from '../services/secret.ts'
import { type BackupsConfig, backupsOf } from './backups.ts'
import { type ConsoleConfig, readConsole } from './console.ts'
import type { LogConfig } from './log.ts'
import { migrated, removedFaults, versionFault } from './migrate.ts'
import { readPlainFile } from './plainfile.ts'
import { type ReachConfig, readReach } from './reach.ts'
import { configSchemaOf, isZoneName, lockName, readPoll, type WrittenConfig, type WrittenLock } from './schema.ts'
import { readTokenFile, readTokens, type Token, type TokensRead } from './tokens.ts'
import type { UpdatesConfig } from './updates.ts'
import { doorFaults } from './wires.ts'

/** The config as the program uses it: every default filled in, every path absolute, every token hidden. */
export interface Config {
  file: string
  /** The config file's folder, where its relative paths begin. */
  folder: string
  mode: Mode
  /** IANA name of the zone all rules and limits are read in. */
  zone: string
  data: string
  /** What it may name, and what the locks are read from. */
  services: readonly Integration[]
  /** Absent: none is made. */
  backups?: BackupsConfig
  /** In the order of the file: of two entries for one lock, the first acts. */
  locks: readonly LockConfig[]
  /** Every file that the config names by a key that ends in `_file`, but for certificates. */
  secretFiles?: readonly string[]
  /** Absent: there is no console. */
  console?: ConsoleConfig
  /** What is told to monitors, a broker and people; absent where the config names none of it. */
  reach?: ReachConfig
  /** What the log says and in which form, as far as the config tells. */
  log?: LogConfig
  /** Absent: nobody looks for newer releases. */
  updates?: UpdatesConfig
}

export interface LockConfig {
  name: string
  credentials: Credentials
  expect: Expect | null
  newLock: 'ask' | 'auto'
  /** How often each service is read, by its name. */
  polls: Readonly<Record<string, Poll>>
  rules: string
  /** The limits for all, overlaid by this lock's own. */
  limits: Limits
  /** The tokens among the credentials; those of files are to be read again when they change. */
  tokens: readonly Token[]
}

/** How often the services are read, cron expressions never less often than they say. */
function pollsOf(services: readonly Integration[], { calm, ...written }: NonNullable<WrittenLock['poll']>) {
  const stretched = (poll: Poll): Poll =>
    calm === undefined || 'cron' in poll ? poll : { ...poll, calmMs: calm * 1000 }
  return Object.fromEntries(
    services.map(({ name, poll }) => {
      const given = (written as Readonly<Record<string, Poll | undefined>>)[name]
      return [name, stretched(given ?? usualPoll(poll))]
    }),
  )
}

function usualPoll(written: string): Poll {
  const poll = readPoll(written)
  if ('wrong' in poll) throw new Error(`a service is read every ${written}: ${poll.wrong}`)
  return poll
}

export type Environment = Readonly<Record<string, string | undefined>>

const defaults = {
  data: './data',
  rules: './rules',
}

export interface LoadOptions {
  tokens?: 'needed' | 'unread'
  /** What the config may name; all that there are, without it. */
  services?: readonly Integration[]
}

/**
 * Reads the config file and the token files it names; `env` fills its `${NAME}`s and tells the default zone (`TZ`).
 * With `tokens: 'unread'` it is no fault that a token cannot be had, and the credentials are of no use: for commands
 * that only look, in a terminal that knows no token. Throws a `Mistake` where there is no such file to read, and a
 * `Faulty` with all that is wrong in it. Neither ever holds a token or the value of a variable.
 */
export async function loadConfig(
  file: string,
  env: Environment,
  { tokens: wants = 'needed', services = builtIn }: LoadOptions = {},
): Promise<Config> {
  const { document, faults } = parseYaml(file, await readConfigFile(file))
  if (document === null) throw new Faulty(inReadingOrder(faults.map(withoutLongWords)))
  if (document.value === null) {
    throw new Faulty([document.fault([], 'the config is empty', { hint: 'copy config.example.yaml over it' })])
  }
  const version = versionFault(document)
  const folder = dirname(resolve(file))
  const filled = fillIn(document, env, wants === 'unread' ? mayHoldToken(services) : undefined)
  const configSchema = configSchemaOf(services)
  const read = configSchema.safeParse(migrated(filled.value))
  const shape = read.success ? [] : read.error.issues.filter(({ path }) => path[0] !== 'version')
  const removed = removedFaults(document)
  const shown = { ...document, value: presentable(document.value, []) }
  const tokens = await readTokens({ document, services, folder, wants }, inFileOrder(document, locksIn(filled.value)))
  const zone = zoneOf(document, filled.value, env)
  const section = isMap(filled.value) ? filled.value.console : undefined
  const reached = await readConsole(document, section, folder, wants)
  const told = await readReach(document, filled.value, folder, wants === 'needed' ? readTokenFile : null)
  const wrong = [
    ...(version === null ? [] : [version]),
    ...shape.flatMap((issue) => issueFaults(shown, configSchema, issue, [])).map(withoutLongWords),
    ...nameFaults(document),
    ...allowFaults(document, services),
    ...tokens.faults,
    ...reached.faults,
    ...told.faults,
    ...doorFaults(document, reached.console, told.reach),
    ...('fault' in zone ? [zone.fault] : []),
  ]
  const surer = [...filled.faults, ...removed]
  const places = new Set(surer.map(position))
  const all = withoutEchoes([...surer, ...wrong.filter((fault) => !places.has(position(fault)))])
  if (all.length > 0) {
    const secrets = [...filled.values, ...tokens.secrets, ...told.secrets]
    throw new Faulty(inReadingOrder(all).map((fault) => ({ ...fault, message: redact(fault.message, secrets) })))
  }
  if (!read.success || 'fault' in zone) throw new Error('a config without a fault was not read')
  const data = resolve(folder, read.data.data ?? defaults.data)
  return {
    file: resolve(file),
    folder,
    mode: read.data.mode ?? 'dry-run',
    zone: zone.name,
    data,
    services,
    backups: backupsOf(read.data.backups, { data, folder }),
    locks: inFileOrder(document, read.data.locks).map(([name, lock]) =>
      lockConfig(name, lock, read.data, { services, folder, zone: zone.name, tokens, wants }),
    ),
    secretFiles: secretFilesOf(filled.value, folder),
    ...(reached.console === null ? {} : { console: reached.console }),
    ...(told.reach === null ? {} : { reach: told.reach }),
    ...(read.data.log === undefined ? {} : { log: read.data.log }),
    ...(read.data.updates === undefined ? {} : { updates: read.data.updates }),
  }
}

/**
 * The data folder a config names, even where the rest of it is faulty, so that `stop` can be set with a broken
 * config; null where the file does not tell. Never throws.
 */
export async function dataFolderOf(file: string, env: Environment): Promise<string | null> {
  let text: string
  try {
    text = await readPlainFile(file)
  } catch {
    return null
  }
  const whole = parseYaml(file, text).document
  const document = whole ?? parseYaml(file, dataLineOf(text)).document
  if (document === null || !isMap(document.value)) return null
  const folder = dirname(resolve(file))
  if (document.value.data === undefined) return resolve(folder, defaults.data)
  const filled = fillIn({ ...document, value: document.value.data }, env)
  const data = pathSchema.safeParse(filled.value).data
  return data === undefined || filled.faults.length > 0 ? null : resolve(folder, data)
}

/** The line that names the data folder, for a file that is no YAML as a whole. */
function dataLineOf(text: string): string {
  const [only, ...more] = text.match(/^data *:.*$/gm) ?? []
  return only !== undefined && more.length === 0 ? only : ''
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readPlainFile(file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const without = '"lockwarden demo" shows a day without one'
      throw new Mistake(
        `there is no config ${file}: copy config.example.yaml to it, or "lockwarden init" makes one; ${without}`,
        2,
      )
    }
    if (code === 'EISDIR') throw new Mistake(`${file} is a folder: name the config file in it`, 2)
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Mistake(`the config ${file} may not be read by this user: change its owner or its permissions`, 2)
    }
    const mend = lacksFiles(error) ? '' : ': copy config.example.yaml to a place that can'
    throw new Mistake(`the config ${file} cannot be read (${systemWords(error)})${mend}`, 2)
  }
}

interface Filled {
  value: unknown
  faults: Fault[]
  /** What came out of the environment. */
  values: Secret[]
}

/** Whether a key of the config is one that may hold a token, or names its file: who only looks needs neither. */
function mayHoldToken(services: readonly Integration[]): (path: Path) => boolean {
  const keys = new Set(services.flatMap(({ section }) => section.tokens.map(({ key }) => key)))
  return (path) => {
    if (path[0] === 'tell' || path[0] === 'mqtt' || path[0] === 'heartbeat') return true
    const key = String(path.at(-1))
    return key.endsWith('_file') || (path[0] === 'locks' && keys.has(key))
  }
}

/**
 * The document's values with each `${NAME}` in a text filled in from the environment. This is done after parsing, so
 * that a value stays a text whatever it holds. What cannot be filled in stays as written, with a fault, unless it
 * `mayLack`.
 */
function fillIn(document: YamlDocument, env: Environment, mayLack: (path: Path) => boolean = () => false): Filled {
  const faults: Fault[] = []
  const values: Secret[] = []
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') {
      return value.replace(/\$\$\{|\$\{(?:([^}]*)\})?/g, (written, name?: string) => {
        if (written === '$${') return '${'
        if (name === undefined || !/^[a-z_]\w*$/i.test(name)) {
          const hint = `write \${NAME}, or $\${ where you mean the two characters`
          faults.push(document.fault(path, `a \${ must be followed by the name of a variable and a }`, { hint }))
          return written
        }
        const found = env[name]
        if (typeof found === 'string' && found.trim() !== '') {
          values.push(new Secret(found))
          return found
        }
        if (mayLack(path)) return written
        const hint = 'set it before starting, or write the value here'
        const state = typeof found === 'string' ? 'empty' : 'not set'
        faults.push(document.fault(path, `the environment variable ${name} is ${state}`, { hint }))
        return written
      })
    }
    if (Array.isArray(value)) return value.map((item, i) => fill(item, [...path, i]))
    if (isMap(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, [...path, key])]))
    }
    return value
  }
  return { value: fill(document.value, []), faults, values }
}

const hidden = '(not shown)'
/** The keys of a lock entry that are no service's. */
const withoutTokens = new Set(['expect', 'new_lock', 'poll', 'rules', 'limits'])

/**
 * The values as faults may show them: as written, variables unfilled, and nothing of what stands where a token
 * belongs or where people put one by mistake.
 */
function presentable(value: unknown, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, i) => presentable(item, [...path, i]))
  if (isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, presentable(inner, [...path, key])]))
  }
  if (value === null || (typeof value === 'string' && /^\$\{\w+\}$/.test(value))) return value
  const [root, , section] = path
  const nearTokens =
    (root === 'mqtt' && path[1] === 'url') ||
    (root === 'tell' && path[1] === 'channels') ||
    (root === 'heartbeat' && path[1] === 'url') ||
    (root === 'locks' && (path.length < 3 || !withoutTokens.has(String(section))))
  const isPlain = path.at(-1) === 'route' || (path.at(-1) === 'base_url' && !/@/.test(String(value)))
  return nearTokens && !isPlain ? hidden : value
}

/** Tokens end up under all sorts of keys, and as keys; no word of ours is as long as they are. */
function withoutLongWords(fault: Fault): Fault {
  return { ...fault, message: fault.message.replace(/[^\s"]{25,}/g, hidden) }
}

/** The files that hold secrets, whatever they are for; of those named by variables that are not set, none. */
function secretFilesOf(value: unknown, folder: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => secretFilesOf(one, folder))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const named = typeof inner === 'string' && key.endsWith('_file') && key !== 'ca_file' && !inner.includes('${')
    return named ? [resolve(folder, inner)] : secretFilesOf(inner, folder)
  })
}

function locksIn(value: unknown): Record<string, unknown> {
  return isMap(value) && isMap(value.locks) ? value.locks : {}
}

function nameFaults(document: YamlDocument): Fault[] {
  const wrong = Object.keys(locksIn(document.value)).filter((name) => !lockName.test(name))
  const message = 'the name of a lock is made of small letters, digits and hyphens, at most 60 of them'
  return wrong.map((name) => document.fault(['locks', name], message, { key: true }))
}

/** A misspelt name in `limits.allow` would silently forbid what the wearer agreed to. */
function allowFaults(document: YamlDocument, services: readonly Integration[]): Fault[] {
  // Every action, and what it needs leave for by another name.
  const allowable = new Set(
    services.flatMap(({ actions }) => actions.flatMap(({ name, leave }) => [name, ...Object.keys(leave)])),
  )
  const top = isMap(document.value) ? document.value : {}
  const locks = isMap(top.locks) ? Object.keys(top.locks) : []
  const sections: Path[] = [['limits', 'allow'], ...locks.map((name) => ['locks', name, 'limits', 'allow'])]
  return sections.flatMap((path) => {
    const names = path.reduce<unknown>((value, key) => (isMap(value) ? value[String(key)] : undefined), top)
    return (Array.isArray(names) ? names : []).flatMap((name, i) => {
      if (typeof name !== 'string' || allowable.has(name)) return []
      return document.fault([...path, i], `there is no action "${name}"`, { hint: suggestion(name, allowable) })
    })
  })
}

/** The locks as they follow each other in the file: an object would put names that are numbers first. */
function inFileOrder<T>(document: YamlDocument, locks: Readonly<Record<string, T>>): [string, T][] {
  const place = (name: string) => document.place(['locks', name], { key: true })
  return Object.entries(locks).sort(([a], [b]) => {
    const [one, other] = [place(a), place(b)]
    return one.line - other.line || one.column - other.column
  })
}

/** The zone the config names, else the environment, else the system. */
function zoneOf(document: YamlDocument, value: unknown, env: Environment): { name: string } | { fault: Fault } {
  const written = isMap(value) ? value.timezone : undefined
  // A written zone that is none is the schema's to refuse.
  if (written !== undefined) return { name: String(written) }
  const variable = env.TZ?.trim().replace(/^:/, '') ?? ''
  if (variable !== '') {
    if (isZoneName(variable)) return { name: variable }
    const hint = 'write timezone: with a name such as Europe/Berlin, or mend TZ'
    return { fault: document.fault([], 'the environment variable TZ is no time zone', { hint }) }
  }
  return { name: systemZone() }
}

/** The zone of this machine, whatever the environment says. */
function systemZone(): string {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone
  return isZoneName(system) ? system : 'UTC'
}

/** The zone that a config goes by which names none: that of `TZ`, else of this machine. */
export function usualZone(env: Environment): string {
  const variable = env.TZ?.trim().replace(/^:/, '') ?? ''
  return isZoneName(variable) ? variable : systemZone()
}

function lockConfig(
  name: string,
  lock: WrittenLock,
  config: WrittenConfig,
  around: {
    services: readonly Integration[]
    folder: string
    zone: string
    tokens: TokensRead
    wants: 'needed' | 'unread'
  },
): LockConfig {
  const { services, wants } = around
  const tokens = around.tokens.given.get(name) ?? []
  const credentials: Record<string, unknown> = {}
  for (const { name: service, section } of services) {
    const written = (lock as Readonly<Record<string, object | undefined>>)[service]
    if (written === undefined) continue
    const at = (...path: string[]): Secret | null =>
      tokens.find(({ key }) => key === [service, ...path].join('.'))?.secret ?? null
    const must = (...path: string[]): Secret => {
      const secret = at(...path)
      if (secret !== null) return secret
      if (wants === 'unread') return new Secret('unread')
      throw new Error('a config without a fault lacks a token')
    }
    credentials[service] = section.credentials(written, { at, must })
  }
  const limits = [config.limits, lock.limits].filter((section) => section !== undefined)
  return {
    name,
    credentials,
    expect: lock.expect ?? null,
    newLock: lock.new_lock ?? (lock.expect?.wearer === undefined ? 'ask' : 'auto'),
    polls: pollsOf(services, lock.poll ?? {}),
    rules: resolve(around.folder, lock.rules ?? defaults.rules),
    limits: limitsOf(limits, around.zone),
    tokens,
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function position(fault: Fault): string {
  return `${fault.place.line}:${fault.place.column}`
}
