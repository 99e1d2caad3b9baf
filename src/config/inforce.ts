import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../core/model/agreement.ts'
import type { FactType } from '../core/model/fact.ts'
import type { LogLevel } from '../core/model/loudness.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { type Fault, Faulty, faultLine } from '../document/fault.ts'
import { Secret } from '../services/secret.ts'
import { type Config, type Environment, type LockConfig, loadConfig } from './load.ts'
import { readPlainFile } from './plainfile.ts'
import { addressFault } from './reach.ts'
import { type LoadedRules, loadRules, type SourceFile } from './rulefiles.ts'
import { readTokenFile } from './tokens.ts'

/** The rules and limits that one lock goes by at this moment. */
export interface LockInForce {
  lock: LockConfig
  rules: RuleSet
  /** What these rules were read from. */
  sources: readonly SourceFile[]
  limits: Limits
}

/** What a look at the files came to. */
export interface Look {
  /** Lines for the log, where anything is different from the look before. */
  said: readonly { level: 'info' | 'warn' | 'error'; text: string }[]
  /** Whether rules or limits in force were replaced. */
  changed: boolean
  /** Services whose token of a lock was replaced. */
  tokens: readonly { lock: string; service: string }[]
  /** Keys of other secrets whose file was replaced, as `mqtt.password_file`. */
  secrets: readonly string[]
  /** The level of the log, where the config says another one than before. */
  logLevel?: LogLevel
}

/**
 * Rules and limits in force, re-read when their files change, all or nothing: with one fault in any file what was in
 * force stays. While the config with the limits is faulty, nothing restrictive may be sent.
 */
export class InForce {
  #config: Config
  #env: Environment
  #from: string
  #extras: (lock: string) => Readonly<Record<string, FactType>>
  #locks: ReadonlyMap<string, LockInForce> = new Map()
  #seen = ''
  #faults: readonly Fault[] = []
  #limitsFaulty = false
  #restartNeeded = false
  #logLevel: LogLevel

  private constructor(config: Config, env: Environment, from: string, extras: InForce['extrasOf']) {
    this.#config = config
    this.#env = env
    this.#from = from
    this.#extras = extras
    this.#logLevel = config.log?.level ?? 'info'
  }

  /** Reads the rules of a config for the first time. Throws `Faulty` where any file has a fault. */
  static async open(
    config: Config,
    env: Environment,
    from: string,
    extras: InForce['extrasOf'],
  ): Promise<{ inForce: InForce; lints: readonly Fault[] }> {
    const inForce = new InForce(config, env, from, extras)
    inForce.#seen = await inForce.#fingerprint()
    const { locks, faults } = await inForce.#read(config)
    if (!locks) throw new Faulty(faults.filter(({ severity }) => severity === 'fault'))
    inForce.#locks = locks
    return { inForce, lints: faults }
  }

  extrasOf(lock: string): Readonly<Record<string, FactType>> {
    return this.#extras(lock)
  }

  of(lock: string): LockInForce {
    const found = this.#locks.get(lock)
    if (!found) throw new Error(`there is no lock ${lock}`)
    return found
  }

  get locks(): readonly LockInForce[] {
    return [...this.#locks.values()]
  }

  /** What is wrong with the files as they stand; while there is anything, older rules are in force. */
  get faults(): readonly Fault[] {
    return this.#faults
  }

  /** Whether the agreed limits cannot be told, so that nothing restrictive may be sent. */
  get limitsFaulty(): boolean {
    return this.#limitsFaulty
  }

  /** Whether the config says something that only a restart takes up. */
  get restartNeeded(): boolean {
    return this.#restartNeeded
  }

  /** Looks whether any file has another content, and takes it up if it can. Never throws. */
  async look(): Promise<Look> {
    const tokens = await this.#lookAtTokens()
    const secrets = await this.#lookAtSecrets()
    const seen = await this.#fingerprint()
    if (seen === this.#seen) return { said: [], changed: tokens.length > 0, tokens, secrets }
    this.#seen = seen
    const said: Look['said'][number][] = []
    let config = this.#config
    const wasFaulty = this.#limitsFaulty
    try {
      config = await loadConfig(this.#config.file, this.#env, { services: this.#config.services })
      this.#limitsFaulty = false
    } catch (error) {
      this.#limitsFaulty = true
      this.#faults = error instanceof Faulty ? error.faults : []
      const words = error instanceof Error ? error.message.split('\n') : [String(error)]
      for (const line of words) said.push({ level: 'error', text: line })
      said.push({ level: 'error', text: 'the config is faulty: nothing restrictive is sent until it is mended' })
      return { said, changed: true, tokens, secrets }
    }
    if (wasFaulty) said.push({ level: 'info', text: 'the config can be read again' })
    const level = config.log?.level ?? 'info'
    const logLevel = level === this.#logLevel ? {} : { logLevel: level }
    if (level !== this.#logLevel) said.push({ level: 'info', text: `the config has the log say ${level}` })
    this.#logLevel = level
    const restart = settled(config) !== settled(this.#config)
    if (restart && !this.#restartNeeded) {
      said.push({ level: 'warn', text: 'the config has changed; limits apply now, everything else after a restart' })
    }
    this.#restartNeeded = restart
    // What the wearer agreed to holds whatever the state of the rules.
    this.#locks = new Map(
      [...this.#locks].map(([name, force]) => {
        const limits = config.locks.find((lock) => lock.name === name)?.limits ?? force.limits
        return [name, { ...force, limits }]
      }),
    )
    const { locks, faults } = await this.#read(this.#config, config)
    this.#faults = faults.filter(({ severity }) => severity === 'fault')
    if (!locks) {
      for (const fault of this.#faults) said.push({ level: 'error', text: faultLine(fault) })
      said.push({ level: 'error', text: 'these rules are not taken up; those from before stay in force' })
      return { said, changed: true, tokens, secrets, ...logLevel }
    }
    this.#locks = locks
    const count = [...locks.values()].reduce((sum, { rules }) => sum + rules.rules.length, 0)
    said.push({ level: 'info', text: `rules and limits were read again: ${count} ${count === 1 ? 'rule' : 'rules'}` })
    return { said, changed: true, tokens, secrets, ...logLevel }
  }

  async #read(
    config: Config,
    limitsFrom: Config = config,
  ): Promise<{ locks: ReadonlyMap<string, LockInForce> | null; faults: readonly Fault[] }> {
    const locks = new Map<string, LockInForce>()
    const all: Fault[] = []
    // Locks with the same rules share them; there may be thousands.
    const shared = new Map<string, Pick<LoadedRules, 'rules' | 'sources'>>()
    for (const lock of config.locks) {
      const limits = limitsFrom.locks.find(({ name }) => name === lock.name)?.limits ?? lock.limits
      const longestList = limits.actions.per_step
      const extras = this.#extras(lock.name)
      const key = JSON.stringify([lock.rules, longestList, Object.entries(extras).sort()])
      let read = shared.get(key)
      if (read === undefined) {
        const loaded = await loadRules(
          lock.rules,
          { services: config.services, zone: config.zone, extras, longestList },
          this.#from,
        )
        all.push(...loaded.faults)
        read = loaded
        shared.set(key, read)
      }
      const { rules, sources } = read
      if (rules) locks.set(lock.name, { lock, rules, sources, limits })
    }
    return { locks: locks.size === config.locks.length ? locks : null, faults: all }
  }

  async #lookAtTokens(): Promise<Look['tokens'][number][]> {
    const changed: Look['tokens'][number][] = []
    for (const { name, tokens } of this.#config.locks) {
      for (const { service, file, secret } of tokens) {
        if (file === null) continue
        const read = await readTokenFile(file)
        if ('wrong' in read || read.secret.reveal() === secret.reveal()) continue
        secret.replace(read.secret.reveal())
        changed.push({ lock: name, service })
      }
    }
    return changed
  }

  /** Takes up the password of the broker, the tokens and addresses of channels, where their files were replaced. */
  async #lookAtSecrets(): Promise<string[]> {
    const changed: string[] = []
    for (const { key, path, secret, isAddress } of this.#config.reach?.files ?? []) {
      const read = await readTokenFile(path)
      if ('wrong' in read || read.secret.reveal() === secret.reveal()) continue
      if (isAddress && addressFault(read.secret.reveal()) !== null) continue
      secret.replace(read.secret.reveal())
      changed.push(key)
    }
    return changed
  }

  /** A digest of everything in the config and the rule folders. */
  async #fingerprint(): Promise<string> {
    const hash = createHash('sha256')
    const add = async (file: string) => hash.update(`${file}\0${await readPlainFile(file).catch(() => 'gone')}\0`)
    await add(this.#config.file)
    for (const path of new Set(this.#config.locks.map(({ rules }) => rules))) {
      for (const file of await filesBelow(path)) await add(file)
    }
    return hash.digest('hex')
  }
}

async function filesBelow(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const entries = await readdir(path, { withFileTypes: true, recursive: true })
    return entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.ya?ml$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  } catch {
    return []
  }
}

/** The part of a config that a running daemon does not take up. */
function settled(config: Config): string {
  const { locks, console: pages, log, services: _, ...rest } = config
  const kept = locks.map(({ limits: _, tokens: __, ...lock }) => lock)
  // Passwords are taken up by the console itself.
  // Secrets hide from JSON; one that stands in the config itself waits for a restart, as all of it does.
  const fromFiles = new Set<unknown>([
    ...(config.reach?.files ?? []).map(({ secret }) => secret),
    ...locks.flatMap(({ tokens }) => tokens.flatMap(({ file, secret }) => (file === null ? [] : secret))),
  ])
  function revealed(this: Record<string, unknown>, key: string, value: unknown): unknown {
    const held = this[key]
    return held instanceof Secret && !fromFiles.has(held) ? held.reveal() : value
  }
  return JSON.stringify([rest, log?.form, pages && { ...pages, passwords: null }, kept], revealed)
}
