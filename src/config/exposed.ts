import { readdirSync, readFileSync, statSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { dirname, join, sep } from 'node:path'
import type { Secret } from '../services/secret.ts'
import { isLoopback } from './console.ts'
import type { Config, Environment } from './load.ts'
import { isReadOnTheWay, type ReachConfig } from './reach.ts'

/** A file by whose permissions, or by what it says, others get at a secret, at the limits, at the rules, or at what is told. */
export interface Exposed {
  kind: 'config' | 'token file' | 'rules'
  path: string
  /** A sentence about it, with `it` for its path. */
  message: string
  mend: string
}

const [readable, writable] = [0o044, 0o022]

/**
 * The config, the files of secrets and the rules that others than their owner can read or change, and what others on the
 * network can. What systemd and containers hand over as a secret has permissions of its own kind, in folders that
 * nobody else can enter.
 */
export function exposed(config: Config, secrets: readonly Secret[], env: Environment): Exposed[] {
  const found: Exposed[] = []
  const mode = modeOf(config.file)
  const tell = (kind: Exposed['kind'], path: string, message: string) =>
    found.push({ kind, path, message, mend: `chmod 600 ${path}` })
  if ((mode & writable) !== 0) {
    tell('config', config.file, 'others on this machine can change it, and with it the limits')
  } else if ((mode & readable) !== 0 && holdsAny(config.file, secrets)) {
    const keys = keysWithin(config)
    const held = keys.length === 0 ? 'it holds a token' : `it holds a token (${keys.join(', ')})`
    tell('config', config.file, `${held}, and others on this machine can read it`)
  }
  for (const { message, mend } of [...wires(config.reach), ...people(config), ...proxies(config)])
    found.push({ kind: 'config', path: config.file, message, mend })
  const folders = ['/run/secrets', ...(env.CREDENTIALS_DIRECTORY ? [join(env.CREDENTIALS_DIRECTORY, '.')] : [])]
  const tokenFiles = config.locks.flatMap(({ tokens }) => tokens.flatMap(({ file }) => file ?? []))
  for (const path of new Set([...tokenFiles, ...(config.secretFiles ?? [])])) {
    if (folders.some((folder) => `${dirname(path)}${sep}`.startsWith(`${folder.replace(/\/+$/, '')}${sep}`))) continue
    // What is no file is told where it is read.
    const open = isFile(path) ? modeOf(path) : 0
    if ((open & writable) !== 0) tell('token file', path, 'others on this machine can change it')
    else if ((open & readable) !== 0) tell('token file', path, 'others on this machine can read it')
  }
  for (const root of new Set(config.locks.map(({ rules }) => rules))) {
    const [open, ...more] = rulePaths(root).filter((path) => (modeOf(path) & writable) !== 0)
    if (open === undefined) continue
    const others = more.length > 0 ? ` (and ${more.length} more below ${root})` : ''
    const message = `others on this machine can change it${others}, and with it what is done to the lock`
    found.push({ kind: 'rules', path: open, message, mend: `chmod -R go-w ${root}` })
  }
  return found
}

/** What others on the network can read: passwords on their way in the clear, and numbers that anybody may ask for. */
function wires(reach: ReachConfig | undefined): { message: string; mend: string }[] {
  const found: { message: string; mend: string }[] = []
  const clear = (key: string, what: string, mend: string) =>
    found.push({ message: `${key}: ${what} can be read on its way to another machine`, mend })
  const { metrics = null, mqtt = null, tell = null } = reach ?? {}
  if (mqtt && mqtt.password !== null && isReadOnTheWay(mqtt.url)) clear('mqtt.url', 'the password', 'use mqtts://')
  for (const channel of tell?.channels ?? []) {
    const token = 'token' in channel ? channel.token : null
    if (token === null || !isReadOnTheWay(channel.url.reveal())) continue
    clear(`tell.channels.${channel.name}`, 'the token', 'use https://')
  }
  if (metrics && !isLoopback(metrics.host)) {
    const message = `metrics.listen: whoever reaches ${metrics.host}:${metrics.port} reads how the locks stand, without being asked for anything`
    found.push({ message, mend: 'listen at 127.0.0.1, or let a firewall or the published port keep others from it' })
  }
  return found
}

/** That one password opens the locks of several people. */
function people({ console: pages, locks }: Config): { message: string; mend: string }[] {
  const wearers = [...new Set(locks.flatMap(({ expect }) => expect?.wearer ?? []))]
  if (!pages || Object.values(pages.passwordFiles).every((file) => file === null) || wearers.length < 2) return []
  const message = `console: who has the password of a role sees and does for all locks, those of ${wearers.join(' and ')} alike`
  return [{ message, mend: 'run a daemon, with a console, for each wearer' }]
}

/** A proxy whose word is not asked for, so that all who come through it are one; and a word that anybody can give. */
function proxies({ console: pages }: Config): { message: string; mend: string }[] {
  if (!pages) return []
  const found = pages.trustedProxies.filter(isNearlyAll).map((network) => ({
    message: `console.trusted_proxy: ${network} trusts whoever connects, who can then say to be anybody and try passwords without end`,
    mend: 'name the address of the proxy alone',
  }))
  // The console itself speaks plain HTTP.
  if (pages.url?.startsWith('https:') && pages.trustedProxies.length === 0) {
    const message =
      'console.url: by https it is reached through a proxy, and without trusted_proxy all who come that way have one address, and share its tries of passwords and its connections'
    found.push({ message, mend: 'name the address of the proxy under console.trusted_proxy' })
  }
  return found
}

/** Whether a network holds so many addresses that it is nobody's own. */
function isNearlyAll(network: string): boolean {
  const [address = '', bits] = network.split('/')
  return bits !== undefined && Number(bits) < (isIPv6(address) ? 7 : 8)
}

/** A path of rules with all that is below it: who may write to a folder may put other rules there. */
function rulePaths(root: string): string[] {
  try {
    if (!statSync(root).isDirectory()) return [root]
    const below = readdirSync(root, { withFileTypes: true, recursive: true })
    const rules = below.filter((one) => one.isDirectory() || /\.ya?ml$/.test(one.name))
    return [root, ...rules.map(({ parentPath, name }) => join(parentPath, name))]
  } catch {
    return []
  }
}

/** Under which keys tokens stand in the config itself. */
function keysWithin({ file, locks, reach }: Config): string[] {
  const named: [key: string, secret: Secret][] = [
    ...locks.flatMap(({ name, tokens }) =>
      tokens.map(({ key, secret }): [string, Secret] => [`locks.${name}.${key}`, secret]),
    ),
    ...(reach?.tell?.channels ?? []).map(({ name, url }): [string, Secret] => [`tell.channels.${name}`, url]),
  ]
  return named.flatMap(([key, secret]) => (holdsAny(file, [secret]) ? key : []))
}

function holdsAny(file: string, secrets: readonly Secret[]): boolean {
  try {
    const text = readFileSync(file, 'utf8')
    return secrets.some((secret) => text.includes(secret.reveal()))
  } catch {
    return false
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** What cannot be looked at is told where it is read. */
function modeOf(path: string): number {
  try {
    return statSync(path).mode & 0o777
  } catch {
    return 0
  }
}
