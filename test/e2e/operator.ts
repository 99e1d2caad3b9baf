// An operator's folder in which everything is in order, for mistakes to be made in, and what commands say to each.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { program } from '../../src/cli/program.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { project } from './daemon.ts'

export const asked = ['check', 'doctor', 'run', 'status'] as const
export type Asked = (typeof asked)[number]
/** How grave something is in what a command says: it stops, it is odd, it is only told; or it is not told at all. */
export type Grade = 'fault' | 'lint' | 'note' | 'silent'

export interface Line {
  grade: Exclude<Grade, 'silent'>
  text: string
}

type Config = Record<string, unknown> & { locks: { main: Record<string, unknown> } }

export class Operator {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockwarden-operator-'))
  readonly sandbox: Sandbox
  readonly env: Record<string, string> = { TZ: 'UTC', HOME: this.folder, PATH: process.env.PATH ?? '' }
  /** What is undone at the end, last first. */
  readonly deferred: (() => unknown)[] = []

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
    this.write('secrets/chastify', `${sandbox.tokens.chastify}\n`)
    this.write('rules/one.yaml', 'rules:\n  - id: one\n    when: lock.taskPoints > 1000\n    then: [add_time: 10m]\n')
    this.config({})
    mkdirSync(this.path('data'), { mode: 0o700 })
    for (const name of ['.', 'rules', 'secrets']) chmodSync(this.path(name), 0o700)
  }

  static async open(options: SandboxOptions = {}): Promise<Operator> {
    return new Operator(await startSandbox(options))
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  write(name: string, text: string | Uint8Array, mode = 0o600): void {
    mkdirSync(dirname(this.path(name)), { recursive: true, mode: 0o700 })
    writeFileSync(this.path(name), text)
    chmodSync(this.path(name), mode)
  }

  /** The config with this of a lock, and the rest, otherwise. */
  config(lock: Record<string, unknown>, rest: Record<string, unknown> = {}): void {
    const config: Config = {
      version: 1,
      timezone: 'UTC',
      data: './data',
      locks: { main: { chastify: this.chastify({}), expect: { wearer: 'alice' }, ...lock } },
      ...rest,
    }
    this.write('config.yaml', stringify(config))
  }

  /** The section of Chastify; what is undefined is left out. */
  chastify(more: Record<string, unknown>): Record<string, unknown> {
    return { token_file: './secrets/chastify', base_url: this.sandbox.url, ...more }
  }

  rules(text: string): void {
    this.write('rules/one.yaml', `rules:\n${text}`)
  }

  /** A copy of the program's own examples. */
  examples(): void {
    cpSync(join(project, 'rules'), this.path('rules'), { recursive: true })
  }

  /**
   * What a command says, line by line, each as grave as the command shows it. A daemon looks once and ends, or else goes
   * on (`stays`) until it says something grave.
   */
  async says(command: Asked, stays = false): Promise<{ code: number; lines: Line[] }> {
    const lines: Line[] = []
    const words = command === 'run' && !stays ? ['run', '--once'] : [command]
    const enough = new AbortController()
    const code = await program(words, {
      out: (text) => {
        lines.push(...lineOf(command, text))
        if (stays && lines.at(-1)?.grade === 'fault') enough.abort()
      },
      err: (text) => void lines.push({ grade: 'fault', text }),
      env: this.env,
      folder: this.folder,
      home: project,
      person: false,
      signal: AbortSignal.any([AbortSignal.timeout(30_000), enough.signal]),
      version: '0.0.0',
    })
    return { code, lines }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.deferred.reverse()) await undo()
    await this.sandbox.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const ofDoctor: Readonly<Record<string, Line['grade']>> = { ok: 'note', warn: 'lint', fault: 'fault' }

function lineOf(command: Asked, text: string): Line[] {
  if (command === 'doctor') return [{ grade: ofDoctor[text.split(' ')[0] ?? ''] ?? 'note', text }]
  if (command === 'run') {
    const { level, msg, message } = JSON.parse(text) as { level: number; msg?: string; message?: string }
    const grade = level >= 50 ? 'fault' : level >= 40 ? 'lint' : 'note'
    return [{ grade, text: [msg, message].filter(Boolean).join(': ') }]
  }
  if (command === 'check' && /:\d+:\d+: lint: /.test(text)) return [{ grade: 'lint', text }]
  const isFault = command === 'check' ? /:\d+:\d+: /.test(text) : /^ {2}\S+:\d+:\d+: /.test(text)
  return [{ grade: isFault ? 'fault' : 'note', text }]
}
