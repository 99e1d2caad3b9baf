import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { roles } from '../config/console.ts'
import { type Config, loadConfig } from '../config/load.ts'
import { hashPassword } from '../config/password.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode, systemWords } from '../errno.ts'
import { asPlayed, ownRules } from './demo-day.ts'

/** The folder of a demo: its config, and the passwords of its console. */
export interface DemoHome {
  config: Config
  passwords: readonly (readonly [role: string, password: string])[]
}

/**
 * Writes the folder of a demo. The rules are copied into it (`given`, or the examples as the demo plays them): changes
 * saved in the console end with the demo. Throws a `Mistake` if they cannot be read.
 */
export async function makeDemoHome(
  data: string,
  around: {
    baseUrl: string
    tokens: { chastify: string; tracker: string; dom: string }
    zone: string
    rules: { given: string } | { examples: string }
    withConsole: boolean
  },
): Promise<DemoHome> {
  const { baseUrl: base_url, tokens, zone, rules, withConsole } = around
  const copied = 'given' in rules ? await copyGiven(rules.given, data) : await copyExamples(rules.examples, data)
  const passwords = withConsole ? roles.map((role) => [role, randomBytes(9).toString('base64url')] as const) : []
  await mkdir(join(data, 'secrets'))
  for (const [role, password] of passwords) {
    await writeFile(join(data, 'secrets', role), `${await hashPassword(password)}\n`)
  }
  const file = join(data, 'config.yaml')
  const pages = {
    keyholder_password_file: './secrets/keyholder',
    wearer_password_file: './secrets/wearer',
  }
  const written = {
    version: 1,
    mode: 'live',
    timezone: zone,
    data: '.',
    locks: {
      main: {
        chastify: { token: tokens.chastify, base_url },
        tracker: { token: tokens.tracker, dom_token: tokens.dom, base_url },
        expect: { wearer: 'alice' },
        new_lock: 'auto',
        poll: { chastify: withConsole ? '5m' : '20m', tracker: '1h' },
        rules: copied,
      },
    },
    ...(withConsole ? { console: { listen: `127.0.0.1:${await freePort()}`, ...pages } } : {}),
  }
  await writeFile(file, JSON.stringify(written, null, 2))
  return { config: await loadConfig(file, {}), passwords }
}

/** Returns the folder of the copies, as the config names it. */
async function copyGiven(from: string, data: string): Promise<string> {
  try {
    const copied = (await stat(from)).isDirectory() ? 'rules' : join('rules', basename(from))
    await cp(from, join(data, copied), { recursive: true })
    return `./${copied}`
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file or folder' : systemWords(error)
    throw new Mistake(`the rules ${from} cannot be read: ${why}`, 2)
  }
}

async function copyExamples(from: string, data: string): Promise<string> {
  const to = join(data, 'rules')
  await mkdir(to)
  for (const name of await readdir(from)) {
    if (name.endsWith('.test.yaml')) continue
    await writeFile(join(to, name), asPlayed(await readFile(join(from, name), 'utf8')))
  }
  await writeFile(join(to, 'demo.yaml'), ownRules)
  return './rules'
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/**
 * Keeps what a power cut at this moment would leave on the disk. Returns a function that puts it back once the program
 * has ended, so that nothing it did while ending counts.
 */
export function onDisk(data: string): () => void {
  const files = () => readdirSync(data).filter((name) => /^(lockwarden\.db|ledger\.json)/.test(name))
  const was = files().map((name) => [name, readFileSync(join(data, name))] as const)
  return () => {
    for (const name of files()) rmSync(join(data, name))
    for (const [name, bytes] of was) writeFileSync(join(data, name), bytes)
  }
}
