import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import type { Fault } from '../document/fault.ts'
import { fileFault } from '../document/path.ts'
import { parseYaml, type YamlDocument } from '../document/yaml.ts'
import { errorCode, systemWords } from '../errno.ts'
import { isSameHash, type PasswordHash, parsePasswordHash } from './password.ts'
import { readPlainFile } from './plainfile.ts'

/** How the console is to be reached, and by whom; the program has none without it. */
export interface ConsoleConfig {
  host: string
  /** 0: any free one. */
  port: number
  /** The origin under which browsers reach it, beside those of this machine. */
  url: string | null
  /** Null: nobody can sign in as that. */
  passwords: Readonly<Record<Role, PasswordHash | null>>
  /** Where these hashes are kept; null where the config names no file. */
  passwordFiles: Readonly<Record<Role, string | null>>
  /** Addresses and networks (`10.0.0.0/8`) whose word on whom they ask for is believed. */
  trustedProxies: readonly string[]
}

/** Who signs in: the keyholder writes the rules; the wearer owns the limits and alone resumes. */
export type Role = 'keyholder' | 'wearer'
export const roles: readonly Role[] = ['keyholder', 'wearer']

const usualPort = 8787
const listenPattern = /^(localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/

/** Where something listens, as `127.0.0.1:8787`; `usual` is the port of the example in what is said of others. */
export const listenSchema = (usual: number) => {
  const words = `an address and a port such as 127.0.0.1:${usual} or "[::1]:${usual}"`
  return z
    .string({ error: words })
    .transform((text, context) => {
      const [, host = '', port] = listenPattern.exec(text) ?? []
      const number = Number(port)
      const isAddress = host !== '' && URL.canParse(`http://${host}`)
      if (isAddress && number >= 1 && number <= 65_535) return { host: host.replace(/[[\]]/g, ''), port: number }
      context.addIssue(words)
      return z.NEVER
    })
    .meta({ pattern: listenPattern.source })
}

const url = z.string().transform((text, context) => {
  const read = URL.parse(text)
  const refuse = (words: string) => {
    context.addIssue(words)
    return z.NEVER
  }
  if (!read || !/^https?:\/\//i.test(text)) return refuse('an address such as https://lock.example.net')
  if (read.username || read.password || read.search || read.hash || read.pathname !== '/') {
    return refuse('the address is a host (and a port) alone, such as https://lock.example.net')
  }
  if (read.protocol === 'http:' && !isLoopback(read.hostname)) {
    return refuse('passwords are only sent by https; http is for an address on this machine')
  }
  return read.origin
})

// The same rules as for other paths, said here so that the two files do not import each other.
const path = z
  .string()
  .min(1, 'the path is empty')
  .regex(/^[^~\p{Cc}]\P{Cc}*$/u, 'a path, its folders written out')

/** Whether a text is an address (`192.168.1.5`, `::1`) or a network of them (`172.16.0.0/12`). */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)))
}

const network = z
  .string()
  .refine(isNetwork, 'an address or a network such as 127.0.0.1 or 172.16.0.0/12')
  .meta({ pattern: '^[0-9a-fA-F:.]+(/[0-9]{1,3})?$' })

/** The `console` section of the config. */
export const consoleSchema = z.strictObject({
  listen: listenSchema(usualPort).optional().meta({ description: 'Where the console listens: 127.0.0.1:8787' }),
  url: url.optional().meta({ description: 'Under which address browsers reach it, as https://lock.example.net' }),
  trusted_proxy: z
    .union([network, z.array(network).min(1).max(20)])
    .optional()
    .meta({ description: 'Whose X-Forwarded-For is believed: the address or network of the proxy before the console' }),
  keyholder_password_file: path
    .optional()
    .meta({ description: 'File made by "lockwarden password keyholder"' })
    .meta({ pattern: '^[^~\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
  wearer_password_file: path
    .optional()
    .meta({ description: 'File made by "lockwarden password wearer"' })
    .meta({ pattern: '^[^~\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
})

/** Whether a host is this machine, and no other can reach it. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/[[\]]/g, '')
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare)
}

const largestHashFile = 1000

/**
 * Reads the `console` section with its password files; null where there is none, or where its shape is at fault, which
 * the schema says. What is wrong is said without what a file holds: it may be the password itself. With
 * `files: 'unread'` nobody can sign in, for commands that only look.
 */
export async function readConsole(
  document: YamlDocument,
  section: unknown,
  folder: string,
  files: 'needed' | 'unread',
): Promise<{ console: ConsoleConfig | null; faults: Fault[] }> {
  const written = section === undefined ? null : consoleSchema.safeParse(section).data
  if (!written) return { console: null, faults: [] }
  const faults: Fault[] = []
  const passwords: Record<Role, PasswordHash | null> = { keyholder: null, wearer: null }
  const passwordFiles: Record<Role, string | null> = { keyholder: null, wearer: null }
  for (const role of roles) {
    const key = `${role}_password_file` as const
    const file = written[key]
    if (file === undefined) continue
    passwordFiles[role] = resolve(folder, file)
    if (files === 'unread') continue
    const read = await readHashFile(resolve(folder, file))
    if ('hash' in read) passwords[role] = read.hash
    else {
      const { message, hint } = fileFault(file, folder, read.wrong)
      const made = `"lockwarden password ${role}" makes the file${hint === undefined ? '' : `; ${hint}`}`
      faults.push(document.fault(['console', key], message, { hint: made }))
    }
  }
  if (passwords.keyholder !== null && isSameHash(passwords.keyholder, passwords.wearer)) {
    const hint = '"lockwarden password" makes one for each; whoever knows it is both'
    faults.push(document.fault(['console', 'wearer_password_file'], 'both roles have one password', { hint }))
  }
  const { host, port } = written.listen ?? { host: '127.0.0.1', port: usualPort }
  const origin = written.url ?? null
  const open = !isLoopback(host)
  const named = origin !== null && !isLoopback(new URL(origin).hostname)
  const missing = roles.filter((role) => written[`${role}_password_file`] === undefined)
  if ((open || named) && missing.length > 0) {
    const at = open ? ['console', 'listen'] : ['console', 'url']
    const hint = `name a ${missing.map((role) => `${role}_password_file`).join(' and a ')}, or keep it to this machine`
    faults.push(document.fault(at, 'a console that others can reach needs a password for each role', { hint }))
  }
  if (open && origin === null) {
    const hint = 'write under which address browsers reach it, such as url: https://lock.example.net'
    faults.push(document.fault(['console', 'listen'], 'a console that others can reach needs its url', { hint }))
  }
  const trustedProxies = [written.trusted_proxy ?? []].flat()
  return { console: { host, port, url: origin, passwords, passwordFiles, trustedProxies }, faults }
}

/** The password file of a role that a config names, whatever else is wrong with it; null where it tells none. Never throws. */
export async function passwordFileOf(config: string, role: Role): Promise<string | null> {
  const text = await readPlainFile(config).catch(() => '')
  const value = parseYaml(config, text).document?.value as { console?: Record<string, unknown> } | null | undefined
  const file = path.safeParse(value?.console?.[`${role}_password_file`]).data
  return file === undefined ? null : resolve(dirname(resolve(config)), file)
}

/** Reads the file of a password's hash. Never throws; `isGone`: there is nothing to read, and not just no way to it. */
export async function readHashFile(file: string): Promise<{ hash: PasswordHash } | { wrong: string; isGone: boolean }> {
  try {
    if ((await stat(file)).size > largestHashFile) return { wrong: 'this is no hash of a password', isGone: true }
    const hash = parsePasswordHash(await readPlainFile(file))
    if (hash) return { hash }
    return { wrong: 'this is no hash of a password; a password itself is not kept in files', isGone: true }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { wrong: 'there is no such file', isGone: true }
    return { wrong: `the file cannot be read (${systemWords(error)})`, isGone: false }
  }
}
