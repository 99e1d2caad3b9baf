import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { roles } from '../config/console.ts'
import { type Config, loadConfig } from '../config/load.ts'
import { hashPassword } from '../config/password.ts'

/** A demo with a console: its config, which stands in a file so that rules can be edited, and who gets in. */
export interface DemoConsole {
  config: Config
  passwords: readonly (readonly [role: string, password: string])[]
}

/** Writes the folder of such a demo. The rules are copied into it: what is saved in the console ends with the demo. */
export async function openDemoConsole(
  data: string,
  around: { baseUrl: string; tokens: { chastify: string; tracker: string; dom: string }; zone: string; rules: string },
): Promise<DemoConsole> {
  const { baseUrl: base_url, tokens, zone, rules } = around
  await cp(rules, join(data, 'rules'), { recursive: true })
  await mkdir(join(data, 'secrets'))
  const passwords = roles.map((role) => [role, randomBytes(9).toString('base64url')] as const)
  for (const [role, password] of passwords) {
    await writeFile(join(data, 'secrets', role), `${await hashPassword(password)}\n`)
  }
  const file = join(data, 'config.yaml')
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
        poll: { chastify: '5m', tracker: '1h' },
        rules: './rules',
      },
    },
    console: {
      listen: `127.0.0.1:${await freePort()}`,
      keyholder_password_file: './secrets/keyholder',
      wearer_password_file: './secrets/wearer',
    },
  }
  await writeFile(file, JSON.stringify(written, null, 2))
  return { config: await loadConfig(file, {}), passwords }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
