// The real daemon with its console, against the simulated services, in a folder of its own.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startApp } from '../../src/app/app.ts'
import type { App } from '../../src/app/options.ts'
import { openLogbook } from '../../src/cli/log.ts'
import { secretsOf } from '../../src/cli/setting.ts'
import { type Role, roles } from '../../src/config/console.ts'
import { loadConfig } from '../../src/config/load.ts'
import { hashPassword } from '../../src/config/password.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { oneLockAt } from '../household.ts'

export const passwords: Readonly<Record<Role, string>> = { keyholder: 'kept by bob 1', wearer: 'worn by alice 2' }
const hashes = Promise.all(roles.map(async (role) => [role, await hashPassword(passwords[role])] as const))

export const home = resolve(import.meta.dirname, '../..')

export const usualRules = `# Ours.
inputs:
  vacation: { type: switch, by: [keyholder, wearer] }
  checkin: { type: button, by: [wearer] }
rules:
  - id: many-points
    description: Never, in these tests
    when: lock.taskPoints > 100000
    then:
      - log: Many points
`

export interface Reply {
  status: number
  headers: IncomingMessage['headers']
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what is read from it is asserted on
  json: any
}

export interface Sending {
  method?: string
  body?: unknown
  /** Sent as it is, in place of a body. */
  raw?: string | Buffer
  headers?: Record<string, string | undefined>
}

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockwarden-console-'))
  readonly world: Sandbox
  app: App | null = null
  #ending = new AbortController()
  /** What is put over the config. */
  readonly #more: Record<string, unknown>
  said = ''

  constructor(world: Sandbox, more: Record<string, unknown>) {
    this.world = world
    this.#more = more
  }

  static async open(
    given: {
      rules?: Record<string, string>
      console?: Record<string, unknown>
      config?: Record<string, unknown>
      lock?: Record<string, unknown>
      withoutPasswords?: true
    } = {},
  ): Promise<House> {
    const world = await startSandbox({ chastify: { lock: { timeRemainingSeconds: 500_000 } } })
    const house = new House(world, given.config ?? {})
    const section: Record<string, unknown> = { listen: '127.0.0.1:8787', ...given.console }
    if (!given.withoutPasswords) {
      for (const [role, hash] of await hashes) {
        house.write(`secrets/${role}`, `${hash}\n`)
        section[`${role}_password_file`] = `./secrets/${role}`
      }
    }
    const config = { ...oneLockAt(world, given.lock), console: section, ...house.#more }
    house.write('config.yaml', JSON.stringify(config))
    for (const [name, text] of Object.entries(given.rules ?? { 'ours.yaml': usualRules })) {
      house.write(`rules/${name}`, text)
    }
    await house.start()
    return house
  }

  async start(): Promise<void> {
    this.#ending = new AbortController()
    const config = await loadConfig(join(this.folder, 'config.yaml'), {})
    const out = (line: string) => {
      this.said += `${line}\n`
    }
    const { log, book } = openLogbook(
      { out, env: {}, person: false },
      { secrets: secretsOf(config), zone: config.zone },
    )
    const listening = config.console ? { console: { ...config.console, port: 0 } } : {}
    this.app = await startApp(
      {
        config: { ...config, ...listening },
        log,
        book,
        env: {},
        from: this.folder,
        home,
        version: '1.2.3',
        end: () => this.#ending.abort(),
      },
      this.#ending.signal,
    )
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.app?.done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    await this.world.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.path(name), '..'), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** The port the console has now. */
  get port(): number {
    return this.app?.console?.port ?? 0
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** A request as a page of the console sends it; `headers` are put over its own, undefined leaves one out. */
  async ask(path: string, { method, body, raw, headers = {} }: Sending = {}): Promise<Reply> {
    const changes = body !== undefined || raw !== undefined
    const usual: Record<string, string | undefined> = changes
      ? { origin: this.origin, 'x-lockwarden': '1', 'content-type': 'application/json' }
      : {}
    const sent = Object.entries({ ...usual, ...headers }).filter((one): one is [string, string] => one[1] !== undefined)
    const written = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    return await new Promise<Reply>((done, fail) => {
      const asking = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          method: method ?? (changes ? 'POST' : 'GET'),
          headers: Object.fromEntries(sent),
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', fail)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            const isJson = String(response.headers['content-type']).startsWith('application/json')
            const json = isJson && text !== '' ? JSON.parse(text) : null
            done({ status: response.statusCode ?? 0, headers: response.headers, text, json })
          })
        },
      )
      asking.on('error', fail)
      asking.end(written)
    })
  }

  /** Signs in, and asks as that person from then on. */
  async as(role: Role): Promise<Person> {
    const reply = await this.ask('/api/sign-in', { body: { role, password: passwords[role] } })
    if (reply.status !== 200) throw new Error(`signing in as ${role}: ${reply.status} ${reply.text}`)
    const cookie = String(reply.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    return {
      cookie,
      ask: (path, sending = {}) => this.ask(path, { ...sending, headers: { cookie, ...sending.headers } }),
    }
  }
}

export interface Person {
  cookie: string
  ask(path: string, sending?: Sending): Promise<Reply>
}

/** Asks until the answer is one. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false | null>): Promise<T> {
  const end = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    if (Date.now() > end) throw new Error(`waited for: ${what}`)
    await new Promise((done) => setTimeout(done, 30))
  }
}
