// The real daemon against the simulated services, with what its config says of monitors, a broker and people.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pino from 'pino'
import { startApp } from '../../src/app/app.ts'
import type { App } from '../../src/app/options.ts'
import { secretsOf } from '../../src/cli/setting.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import type { Secret } from '../../src/services/secret.ts'
import { oneLockAt } from '../household.ts'

export const usualRules = `inputs:
  vacation: { type: switch, by: [keyholder, wearer] }
  checkin: { type: button, by: [wearer] }
  strict: { type: switch, by: [keyholder] }
rules:
  - id: many-points
    when: lock.taskPoints > 100
    then:
      - add_time: 10m
  - id: frozen
    when: lock.frozen is true
    for: 1h
    only_if: [input.vacation is false, input.strict is false, input.checkin < 1000]
    then:
      - add_time: 10m
  - id: resting
    enabled: false
    when: lock.frozen is true
    then:
      - add_time: 10m
`

export interface Reply {
  status: number
  type: string
  text: string
}

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockwarden-reach-'))
  readonly world: Sandbox
  app: App | null = null
  said = ''
  secrets: readonly Secret[] = []
  #ending = new AbortController()
  /** Told at the end, last first. */
  readonly #deferred: (() => void | Promise<void>)[] = []

  constructor(world: Sandbox) {
    this.world = world
  }

  static async open(
    given: {
      config?: Record<string, unknown>
      lock?: Record<string, unknown>
      rules?: string
      files?: Record<string, string>
    } = {},
  ): Promise<House> {
    const world = await startSandbox({ chastify: { lock: { timeRemainingSeconds: 500_000 } } })
    const house = new House(world)
    const config = { ...oneLockAt(world, given.lock), ...given.config }
    house.write('config.yaml', JSON.stringify(config))
    house.write('rules/ours.yaml', given.rules ?? usualRules)
    for (const [name, text] of Object.entries(given.files ?? {})) house.write(name, text)
    await house.start()
    return house
  }

  async start(): Promise<void> {
    this.#ending = new AbortController()
    const config = await loadConfig(join(this.folder, 'config.yaml'), {})
    this.secrets = secretsOf(config)
    const write = (line: string) => {
      this.said += line
    }
    const log = pino({ level: 'info' }, { write })
    const reach = config.reach?.metrics
      ? { reach: { ...config.reach, metrics: { ...config.reach.metrics, port: 0 } } }
      : {}
    const options = { config: { ...config, ...reach }, log, env: {}, from: this.folder, version: '1.2.3' }
    this.app = await startApp(options, this.#ending.signal)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.app?.done
  }

  defer(end: () => void | Promise<void>): void {
    this.#deferred.push(end)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    for (const end of this.#deferred.reverse()) await end()
    await this.world.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true })
    writeFileSync(join(this.folder, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  /** A file of any kind; nothing where it is none. */
  bytes(name: string): string {
    const path = join(this.folder, name)
    return statSync(path).isFile() ? readFileSync(path, 'latin1') : ''
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name))
  }

  /** Asks the monitors' door. */
  async ask(path: string, { method = 'GET', host }: { method?: string; host?: string } = {}): Promise<Reply> {
    const port = this.app?.metrics?.port ?? 0
    return await new Promise<Reply>((done, fail) => {
      const headers = host === undefined ? {} : { host }
      const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', fail)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          done({ status: response.statusCode ?? 0, type: String(response.headers['content-type']), text })
        })
      })
      asking.on('error', fail)
      asking.end()
    })
  }
}

/** Asks until the answer is one. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  withinMs = 60_000,
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    if (Date.now() > end) throw new Error(`waited for: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}
