// biome-ignore-all lint/style/noExcessiveLinesPerFile: one reading of the config, from its text to its secrets
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { limitsOf } from '../core/acting/limits.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { Expect } from '../core/model/expect.ts'
import type { Mode } from '../core/model/row.ts'
import { type Fault, Faulty, inReadingOrder, Mistake, suggestion } from '../document/fault.ts'
import { issueFaults, withoutEchoes } from '../document/issues.ts'
import { type Path, parseYaml, type YamlDocument } from '../document/yaml.ts'
import { errorCode, lacksFiles, systemWords } from '../errno.ts'
import { type Credentials, services } from '../services/index.ts'
import { redact, Secret } from '../services/secret.ts'
import { type BackupsConfig, backupsOf } from './backups.ts'
import { type ConsoleConfig, readConsole } from './console.ts'
import type { LogConfig } from './log.ts'
import { migrated, removedFaults, versionFault } from './migrate.ts'
import { fileFault, pathSchema } from './path.ts'
import { readPlainFile } from './plainfile.ts'
import { type ReachConfig, readReach } from './reach.ts'
import {
  configSchema,
  isZoneName,
  lockName,
  type Poll,
  tokenFault,
  type WrittenConfig,
  type WrittenLock,
} from './schema.ts'
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
  polls: { chastify: Poll; tracker: Poll }
  rules: string
  /** The limits for all, overlaid by this lock's own. */
  limits: Limits
  /** The files among the credentials, and what each held; they are to be read again when they change. */
  tokenFiles: readonly { path: string; secret: Secret }[]
}

/** How often the services are read, cron expressions never less often than they say. */
function pollsOf({ calm, ...written }: NonNullable<WrittenLock['poll']>): LockConfig['polls'] {
  const polls = { ...defaults.polls, ...given(written) }
  if (calm === undefined) return polls
  const stretched = (poll: Poll): Poll => ('cron' in poll ? poll : { ...poll, calmMs: calm * 1000 })
  return { chastify: stretched(polls.chastify), tracker: stretched(polls.tracker) }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Where Chastify is, unless a config names another address. */
export const chastifyUrl = 'https://chastify.net'

const defaults = {
  trackerUrl: 'https://www.chastitytracker.org',
  polls: { chastify: { everyMs: 30_000 }, tracker: { everyMs: 300_000 } },
  data: './data',
  rules: './rules',
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
  { tokens: wants = 'needed' }: { tokens?: 'needed' | 'unread' } = {},
): Promise<Config> {
  const { document, faults } = parseYaml(file, await readConfigFile(file))
  if (document === null) throw new Faulty(inReadingOrder(faults.map(withoutLongWords)))
  if (document.value === null) {
    throw new Faulty([document.fault([], 'the config is empty', { hint: 'copy config.example.yaml over it' })])
  }
  const version = versionFault(document)
  const folder = dirname(resolve(file))
  const filled = fillIn(document, env, wants === 'unread' ? mayHoldToken : undefined)
  const read = configSchema.safeParse(migrated(filled.value))
  const shape = read.success ? [] : read.error.issues.filter(({ path }) => path[0] !== 'version')
  const removed = removedFaults(document)
  const shown = { ...document, value: presentable(document.value, []) }
  const tokens = await readTokens(document, filled.value, folder, wants)
  const zone = zoneOf(document, filled.value, env)
  const section = isMap(filled.value) ? filled.value.console : undefined
  const reached = await readConsole(document, section, folder, wants)
  const told = await readReach(document, filled.value, folder, wants === 'needed' ? readTokenFile : null)
  const wrong = [
    ...(version === null ? [] : [version]),
    ...shape.flatMap((issue) => issueFaults(shown, configSchema, issue, [])).map(withoutLongWords),
    ...nameFaults(document),
    ...allowFaults(document),
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
    backups: backupsOf(read.data.backups, { data, folder }),
    locks: inFileOrder(document, read.data.locks).map(([name, lock]) =>
      lockConfig(name, lock, read.data, { folder, zone: zone.name, files: tokens.files, wants }),
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

const largestTokenFile = 10_000

/**
 * Reads a file that holds a token and nothing else, for the start and whenever it changes. What is wrong with it is
 * said without its contents and without its path, which may itself be a token written in the wrong place.
 */
export async function readTokenFile(path: string): Promise<{ secret: Secret } | { wrong: string }> {
  let text: string
  try {
    const found = await stat(path)
    if (!found.isFile()) return { wrong: 'this is no file' }
    if (found.size > largestTokenFile) return { wrong: `the file is larger than ${largestTokenFile / 1000} KB` }
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return { wrong: 'there is no such file' }
    if (code === 'EACCES' || code === 'EPERM') return { wrong: 'the file may not be read by this user' }
    return { wrong: `the file cannot be read (${systemWords(error)})` }
  }
  if (text === '') return { wrong: 'the file is empty' }
  if (/\p{Cc}/u.test(text)) return { wrong: 'the file holds more than the one line of a token' }
  const wrong = tokenFault(text)
  return wrong === null ? { secret: new Secret(text) } : { wrong }
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readPlainFile(file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Mistake(`there is no config ${file}: copy config.example.yaml to it, or run \`lockwarden demo\``, 2)
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
function mayHoldToken(path: Path): boolean {
  if (path[0] === 'tell' || path[0] === 'mqtt' || path[0] === 'heartbeat') return true
  const key = String(path.at(-1))
  return key.endsWith('_file') || (path[0] === 'locks' && (key === 'token' || key === 'dom_token'))
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
    (root === 'locks' && (path.length < 3 || section === 'chastify' || section === 'tracker'))
  const isPlain = path.at(-1) === 'route' || (path.at(-1) === 'base_url' && !/@/.test(String(value)))
  return nearTokens && !isPlain ? hidden : value
}

/** Tokens end up under all sorts of keys, and as keys; no word of ours is as long as they are. */
function withoutLongWords(fault: Fault): Fault {
  return { ...fault, message: fault.message.replace(/[^\s"]{25,}/g, hidden) }
}

interface Tokens {
  /** What each file held, by the path of its key in the config. */
  files: ReadonlyMap<string, { path: string; secret: Secret }>
  faults: Fault[]
  secrets: Secret[]
}

/** Reads every token file and judges the tokens together. Looks at the raw values: other keys may be faulty. */
async function readTokens(
  document: YamlDocument,
  value: unknown,
  folder: string,
  wants: 'needed' | 'unread',
): Promise<Tokens> {
  const files = new Map<string, { path: string; secret: Secret }>()
  const faults: Fault[] = []
  const secrets: Secret[] = []
  const owners = new Map<string, string>()
  const pages = new Map<string, string>()

  /** The token a key or its `_file` gives; null where neither does, or not well. */
  const tokenAt = async (section: Path, map: Record<string, unknown>, key: string) => {
    const written = map[key]
    if (written !== undefined && map[`${key}_file`] !== undefined) {
      const both = `${key} and ${key}_file are both given`
      faults.push(document.fault([...section, `${key}_file`], both, { key: true, hint: 'keep one of them' }))
    }
    if (typeof written === 'string') {
      const secret = new Secret(written)
      secrets.push(secret)
      return tokenFault(written) === null ? { secret, at: [...section, key] } : null
    }
    return fileAt(section, map, `${key}_file`)
  }
  const fileAt = async (section: Path, map: Record<string, unknown>, key: string) => {
    const at = [...section, key]
    const written = pathSchema.safeParse(map[key]).data
    if (written === undefined || wants === 'unread') return null
    const path = resolve(folder, written)
    const read = await readTokenFile(path)
    if ('wrong' in read) {
      const { message, ...more } = fileFault(written, folder, read.wrong)
      faults.push(document.fault(at, message, more))
      return null
    }
    files.set(at.join('\0'), { path, secret: read.secret })
    secrets.push(read.secret)
    return { secret: read.secret, at }
  }

  const locks = isMap(value) && isMap(value.locks) ? value.locks : {}
  for (const [name, lock] of inFileOrder(document, locks)) {
    if (!isMap(lock)) continue
    const { chastify, tracker } = lock
    if (isMap(chastify)) {
      const section = ['locks', name, 'chastify']
      const token = await tokenAt(section, chastify, 'token')
      if (chastify.token === undefined && chastify.token_file === undefined) {
        faults.push(document.fault(section, '"token" is missing', { hint: 'or token_file' }))
      }
      const owner = token && owners.get(token.secret.reveal())
      if (token && owner !== undefined) {
        const hint = 'each Chastify token stands for one lock; take one of the two entries out'
        faults.push(document.fault(token.at, `the lock "${owner}" has the same Chastify token`, { hint }))
      } else if (token) {
        owners.set(token.secret.reveal(), name)
      }
      if (isMap(chastify.device) && chastify.device.route === 'extension') {
        await fileAt([...section, 'device'], chastify.device, 'app_key_file')
        await fileAt([...section, 'device'], chastify.device, 'main_token_file')
      }
    }
    if (isMap(tracker)) {
      const token = await tokenAt(['locks', name, 'tracker'], tracker, 'token')
      const owner = token && pages.get(token.secret.reveal())
      if (token && owner !== undefined) {
        const hint = "limits.game is agreed for the tracker's page; leave it to one of the two entries"
        faults.push(document.fault(token.at, `the lock "${owner}" has the same tracker token`, { hint }))
      } else if (token) {
        pages.set(token.secret.reveal(), name)
      }
      await tokenAt(['locks', name, 'tracker'], tracker, 'dom_token')
    }
  }
  return { files, faults, secrets }
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

function nameFaults(document: YamlDocument): Fault[] {
  const locks = isMap(document.value) && isMap(document.value.locks) ? document.value.locks : {}
  const wrong = Object.keys(locks).filter((name) => !lockName.test(name))
  const message = 'the name of a lock is made of small letters, digits and hyphens, at most 60 of them'
  return wrong.map((name) => document.fault(['locks', name], message, { key: true }))
}

/** What `limits.allow` may name: every action, and what it needs leave for by another name. */
const allowable = new Set(
  services.flatMap(({ actions }) => actions.flatMap(({ name, leave }) => [name, ...Object.keys(leave)])),
)

/** A misspelt name in `limits.allow` would silently forbid what the wearer agreed to. */
function allowFaults(document: YamlDocument): Fault[] {
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
  around: { folder: string; zone: string; files: Tokens['files']; wants: 'needed' | 'unread' },
): LockConfig {
  const tokenFiles: { path: string; secret: Secret }[] = []
  const fromFile = (...at: string[]): Secret | null => {
    const found = around.files.get(['locks', name, ...at].join('\0'))
    if (found) tokenFiles.push(found)
    return found?.secret ?? null
  }
  const must = (secret: Secret | null): Secret => {
    if (secret !== null) return secret
    if (around.wants === 'unread') return new Secret('unread')
    throw new Error('a config without a fault lacks a token')
  }
  const written = (token: string | undefined) => (token === undefined ? null : new Secret(token))
  const { chastify, tracker } = lock
  const device = chastify.device
  const credentials: Credentials = {
    chastify: {
      baseUrl: chastify.base_url ?? chastifyUrl,
      token: must(written(chastify.token) ?? fromFile('chastify', 'token_file')),
      ...(device?.route === 'app' ? { device } : {}),
      ...(device?.route === 'extension'
        ? {
            device: {
              route: device.route,
              sessionId: device.session_id,
              appKey: must(fromFile('chastify', 'device', 'app_key_file')),
              mainToken: must(fromFile('chastify', 'device', 'main_token_file')),
            },
          }
        : {}),
    },
    tracker: tracker
      ? {
          baseUrl: tracker.base_url ?? defaults.trackerUrl,
          token: written(tracker.token) ?? fromFile('tracker', 'token_file'),
          domToken: written(tracker.dom_token) ?? fromFile('tracker', 'dom_token_file'),
        }
      : null,
  }
  const limits = [config.limits, lock.limits].filter((section) => section !== undefined)
  return {
    name,
    credentials,
    expect: lock.expect ?? null,
    newLock: lock.new_lock ?? (lock.expect?.wearer === undefined ? 'ask' : 'auto'),
    polls: pollsOf(lock.poll ?? {}),
    rules: resolve(around.folder, lock.rules ?? defaults.rules),
    limits: limitsOf(limits, around.zone),
    tokenFiles,
  }
}

function given<T extends object>(section: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as never
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function position(fault: Fault): string {
  return `${fault.place.line}:${fault.place.column}`
}
