// A household: a folder with a config and rules, the real program started in it, and all it said kept.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { type Services, tokens } from './services.ts'

export const project = fileURLToPath(new URL('../..', import.meta.url))
const main = inject('program')

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }
export type Said = Ended & { readonly out: string; readonly err: string; readonly all: string }

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** Asks until the answer is one, and says at the end what was waited for and what there was instead. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  {
    within = 90_000,
    every = 50,
    otherwise = () => '',
  }: { within?: number; every?: number; otherwise?: () => string } = {},
): Promise<T> {
  const end = Date.now() + within
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false && answer !== null) return answer
    if (Date.now() > end) throw new Error(`waited ${within} ms for: ${what}\n${otherwise()}`)
    await pause(every)
  }
}

export class Daemon {
  readonly process: ChildProcess
  out = ''
  err = ''
  readonly ended: Promise<Ended>
  #over = false

  constructor(process: ChildProcess) {
    this.process = process
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.ended = new Promise((resolve) => {
      process.once('close', (code, signal) => {
        this.#over = true
        resolve({ code, signal })
      })
    })
  }

  get said(): string {
    return this.out + this.err
  }

  get over(): boolean {
    return this.#over
  }

  until<T>(
    what: string,
    ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
    within = 90_000,
  ): Promise<T> {
    return until(what, ask, { within, otherwise: () => `it said:\n${this.said}` })
  }

  says(text: string | RegExp, within = 90_000): Promise<true> {
    return this.until(`the words ${text}`, () => this.said.search(text) >= 0 || undefined, within)
  }

  async kill(signal: NodeJS.Signals, within = 8_000): Promise<Ended & { readonly took: number }> {
    const began = Date.now()
    this.process.kill(signal)
    const late = pause(within).then(() => {
      if (this.over) return
      this.process.kill('SIGKILL')
      throw new Error(`${signal} did not end it within ${within} ms; it said:\n${this.said}`)
    })
    const ended = await Promise.race([this.ended, late.then(() => this.ended)])
    late.catch(() => undefined)
    return { ...ended, took: Date.now() - began }
  }

  term(): Promise<Ended & { readonly took: number }> {
    return this.kill('SIGTERM')
  }
}

export type Setting = {
  readonly mode?: 'live' | 'dry-run' | null
  readonly tracker?: boolean | Record<string, unknown>
  readonly lock?: Record<string, unknown>
  readonly limits?: Record<string, unknown>
  readonly rules?: Readonly<Record<string, string>>
  readonly rest?: Record<string, unknown>
  readonly env?: Readonly<Record<string, string>>
}

/** The names of a household may not run away with a test: what is here is real, and on this disk only. */
export class Household {
  readonly folder: string
  readonly daemons: Daemon[] = []
  /** All that any command or daemon of this household ever printed. */
  said = ''
  env: Record<string, string>

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'lockwarden-e2e-'))
    this.env = { PATH: process.env.PATH ?? '', HOME: this.folder, TZ: 'UTC', NO_COLOR: '1', ...env }
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  get data(): string {
    return this.path('data')
  }

  write(name: string, content: string): void {
    const path = this.path(name)
    mkdirSync(dirname(path), { recursive: true })
    // Tokens stand in the config of some, and others must not read it.
    writeFileSync(path, content, { mode: 0o600 })
  }

  start(...words: string[]): Daemon {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const daemon = new Daemon(child)
    this.daemons.push(daemon)
    void daemon.ended.then(() => {
      this.said += daemon.said
    })
    return daemon
  }

  /** A command to its end. */
  async run(words: readonly string[], within = 90_000): Promise<Said> {
    const daemon = this.start(...words)
    const ended = await Promise.race([
      daemon.ended,
      pause(within).then(() => {
        if (daemon.over) return daemon.ended
        daemon.process.kill('SIGKILL')
        throw new Error(`lockwarden ${words.join(' ')} had not ended after ${within} ms; it said:\n${daemon.said}`)
      }),
    ])
    return { ...ended, out: daemon.out, err: daemon.err, all: daemon.said }
  }

  async json(words: readonly string[]): Promise<unknown> {
    const said = await this.run([...words, '--json'])
    try {
      return JSON.parse(said.out)
    } catch (cause) {
      throw new Error(`${words.join(' ')} --json gave no JSON (exit ${said.code}):\n${said.all}`, { cause })
    }
  }

  async history(): Promise<Row[]> {
    const rows = await this.json(['history'])
    if (!Array.isArray(rows)) throw new Error(`history is no list: ${JSON.stringify(rows)}`)
    return rows as Row[]
  }

  /** Every file in the data folder, as bytes read as Latin-1: a token in it would be seen. */
  stored(): Map<string, string> {
    const found = new Map<string, string>()
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name)
        const stat = statSync(path)
        if (stat.isDirectory()) walk(path)
        else if (stat.isFile()) found.set(path, readFileSync(path, 'latin1'))
      }
    }
    if (existsSync(this.data)) walk(this.data)
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.daemons) {
      if (daemon.over) continue
      daemon.process.kill('SIGKILL')
      await daemon.ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A line of `history --json`. */
export type Row = {
  readonly rule: string
  readonly action: string
  readonly state: string
  readonly mode: string
  readonly [key: string]: unknown
}

const quiet = 'rules:\n  - id: quiet\n    when: lock.taskPoints > 1000000\n    then: [log: Never]\n'

/** A household whose config points to these services; JSON is YAML too. */
export function household(services: Services, setting: Setting = {}): Household {
  const home = new Household(setting.env)
  home.write('config.yaml', JSON.stringify(config(services, setting), null, 2))
  mkdirSync(home.path('rules'), { recursive: true })
  for (const [name, content] of Object.entries(setting.rules ?? { quiet })) home.write(`rules/${name}.yaml`, content)
  return home
}

export function config(services: Services, setting: Setting = {}): Record<string, unknown> {
  const tracker = setting.tracker ?? false
  const url = services.url
  return {
    version: 1,
    ...(setting.mode === null ? {} : { mode: setting.mode ?? 'live' }),
    timezone: 'UTC',
    data: './data',
    locks: {
      main: {
        chastify: { token: tokens.chastify, base_url: url },
        ...(tracker === false
          ? {}
          : { tracker: tracker === true ? { token: tokens.tracker, dom_token: tokens.dom, base_url: url } : tracker }),
        new_lock: 'auto',
        poll: { chastify: '1s', tracker: '3s' },
        rules: './rules',
        ...setting.lock,
      },
    },
    ...(setting.limits === undefined ? {} : { limits: setting.limits }),
    ...setting.rest,
  }
}
