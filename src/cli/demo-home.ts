import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { roles } from '../config/console.ts'
import { type Config, loadConfig } from '../config/load.ts'
import { hashPassword } from '../config/password.ts'
import { asPlayed, ownRules } from './demo-day.ts'

/** The folder that a demo runs in: its config, and who gets in at its console. */
export interface DemoHome {
  config: Config
  passwords: readonly (readonly [role: string, password: string])[]
}

/**
 * Writes the folder of a demo. The rules are copied into it (`given`, or the examples as the demo plays them): what is
 * saved in the console ends with the demo.
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
  if ('given' in rules) await cp(rules.given, join(data, 'rules'), { recursive: true })
  else await copyExamples(rules.examples, join(data, 'rules'))
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
        rules: './rules',
      },
    },
    ...(withConsole ? { console: { listen: `127.0.0.1:${await freePort()}`, ...pages } } : {}),
  }
  await writeFile(file, JSON.stringify(written, null, 2))
  return { config: await loadConfig(file, {}), passwords }
}

async function copyExamples(from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const name of await readdir(from)) {
    if (name.endsWith('.test.yaml')) continue
    await writeFile(join(to, name), asPlayed(await readFile(join(from, name), 'utf8')))
  }
  await writeFile(join(to, 'demo.yaml'), ownRules)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/**
 * What a power cut at this very moment would leave on the disk of what is remembered. Answers how to put that back once
 * the program has ended, so that nothing it still did on its way out counts.
 */
export function onDisk(data: string): () => void {
  const files = () => readdirSync(data).filter((name) => /^(lockwarden\.db|ledger\.json)/.test(name))
  const was = files().map((name) => [name, readFileSync(join(data, name))] as const)
  return () => {
    for (const name of files()) rmSync(join(data, name))
    for (const [name, bytes] of was) writeFileSync(join(data, name), bytes)
  }
}
