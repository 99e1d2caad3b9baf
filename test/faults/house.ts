// A household under faults: the sandbox in this process, the daemon as one of its own, both on one fast clock.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { isOpen } from '../../src/core/memory/ledger.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { type FaultRule, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { Daemon, pause } from '../e2e/daemon.ts'
import { ledgerIn } from './ledger.ts'
import { clockOf, type Pace, paceFrom } from './pace.ts'

const program = fileURLToPath(new URL('./daemon.ts', import.meta.url))
const main = inject('program')
const day = 86_400
export const idle = 'idle'

export interface Setting {
  rules: string
  speed?: number
  sandbox?: SandboxOptions
  /** Whether a lock that was never seen waits for its wearer's yes. */
  newLock?: 'ask' | 'auto'
}

export interface Starting {
  pace?: Pace
  /** Words of a command that runs the rest of its line, such as a shell with a limit. */
  through?: readonly string[]
  uid?: number
}

/** An effect at the services, and by how much it came after its connection had ended. */
export interface Effect {
  readonly at: number
  readonly call: string
  readonly body: unknown
  readonly lateMs: number
}

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockwarden-faults-'))
  readonly sandbox: Sandbox
  readonly #time: { pace: Pace }
  daemon: Daemon | null = null
  /** How often a daemon was started. */
  starts = 0
  #said = ''
  readonly #late = new Map<number, number>()
  readonly #ends: (() => void)[] = []

  private constructor(time: { pace: Pace }, sandbox: Sandbox) {
    this.#time = time
    this.sandbox = sandbox
  }

  static async open({ rules, speed = 20, sandbox = {}, newLock = 'auto' }: Setting): Promise<House> {
    const time = { pace: paceFrom('2026-03-02T12:00:00Z', speed) }
    const world = await startSandbox({
      ...sandbox,
      clock: { now: () => clockOf(time.pace).now() },
      chastify: {
        ...sandbox.chastify,
        lock: {
          timeRemainingSeconds: 20 * day,
          maxTimeRemainingSeconds: null,
          lockTitle: idle,
          ...sandbox.chastify?.lock,
        },
      },
      tracker: { scheduledEndInSeconds: 40 * day, ...sandbox.tracker },
    })
    const house = new House(time, world)
    house.write('config.yaml', JSON.stringify(configFor(world, newLock)))
    house.write('rules/rules.yaml', rules)
    return house
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  /** The clock of the sandbox and of every daemon from now on. */
  get pace(): Pace {
    return this.#time.pace
  }

  /** All clocks go back; a daemon that runs keeps its own. */
  goBack(ms: number): void {
    this.#time.pace = { ...this.pace, epoch: this.pace.epoch - ms }
  }

  get now(): number {
    return clockOf(this.pace).now()
  }

  /** What every daemon of this household said. */
  get said(): string {
    return this.#said + (this.daemon?.said ?? '')
  }

  write(name: string, content: string): void {
    const path = join(this.folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
  }

  atEnd(run: () => void): void {
    this.#ends.push(run)
  }

  start({ pace = this.pace, through = [], uid }: Starting = {}): Daemon {
    this.#said += this.daemon?.said ?? ''
    const [command = process.execPath, ...words] = [
      ...through,
      process.execPath,
      program,
      'config.yaml',
      JSON.stringify(pace),
    ]
    const child = spawn(command, words, {
      cwd: this.folder,
      env: { PATH: process.env.PATH ?? '', HOME: this.folder, TZ: 'UTC', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    this.starts += 1
    this.daemon = new Daemon(child)
    return this.daemon
  }

  /** What a command says to its end, and its exit code. */
  async command(...words: string[]): Promise<{ code: number | null; said: string }> {
    const command = new Daemon(
      spawn(process.execPath, [main, ...words], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    const { code } = await command.ended
    return { code, said: command.said }
  }

  /** `kill -9`, at once; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.daemon?.process.kill('SIGKILL')
    await this.daemon?.ended
  }

  /** The rule of this name is to fire at the next reading. */
  call(rule: string): void {
    this.sandbox.lock.patch({ lockTitle: rule })
  }

  fault(rule: FaultRule): () => void {
    return this.sandbox.fault(rule)
  }

  rows(rule?: string): LedgerRow[] {
    return ledgerIn(this.data).filter((row) => rule === undefined || row.rule === rule)
  }

  /** Rows of a rule, once there are so many and nothing more is expected of any of them. */
  async settled(rule: string, count: number, within = 60_000): Promise<LedgerRow[]> {
    return await this.until(`${count} settled rows of ${rule}`, within, () => {
      const rows = this.rows(rule)
      return rows.length >= count && !rows.some(isOpen) ? rows : null
    })
  }

  /** So many good readings of the lock more. */
  async readings(count: number, within = 60_000): Promise<void> {
    const good = () =>
      this.sandbox.seen.filter(({ path, status, fault }) => {
        return path.endsWith('/session') && status === 200 && fault === null
      }).length
    const before = good()
    await this.until(`${count} readings`, within, () => good() >= before + count || null)
  }

  /** The first request to change something that arrives from now on. */
  async arrival(from: number, within = 60_000): Promise<void> {
    const arrived = () => this.sandbox.seen.slice(from).some(({ method }) => method === 'POST')
    await this.until('a request', within, () => arrived() || null, 1)
  }

  /** Until the clock shows this. */
  async moment(at: number): Promise<void> {
    await pause(Math.max(0, (at - this.now) / this.pace.speed))
  }

  /** Asks until the answer is one; fails in words where it never is, or where the daemon has ended. */
  async until<T>(what: string, within: number, ask: () => T | null, every = 5): Promise<T> {
    const end = Date.now() + within
    for (;;) {
      const answer = ask()
      if (answer !== null) return answer
      const over = this.daemon?.over === true
      if (over || Date.now() > end) {
        const rows = this.rows().filter(isOpen)
        const open = rows.map(({ rule, action, state, note }) => `${rule} ${action} ${state} ${note}`).join('; ')
        const last = this.daemon?.said.split('\n').slice(-8).join('\n') ?? ''
        throw new Error(
          `${over ? 'the daemon ended' : `${within} ms were over`} before ${what}; open: ${open}\n${last}`,
        )
      }
      await pause(every)
    }
  }

  /** Remembers that what lands at this moment had lost its connection so long before. */
  lands(at: number, lateMs: number): void {
    this.#late.set(at, lateMs)
  }

  /** What happened at the services by requests of the daemon; what people did bears a sign. */
  effects(from = 0, to = Number.POSITIVE_INFINITY): Effect[] {
    return this.sandbox.applied.slice(from, to).flatMap(({ at, call, body }) => {
      return isByHand(body) ? [] : { at, call, body, lateMs: this.#late.get(at) ?? 0 }
    })
  }

  /** Somebody does it at the services, not the daemon. */
  async byHand(path: string, body: Record<string, unknown>, who: 'chastify' | 'tracker' | 'dom'): Promise<number> {
    const response = await fetch(this.sandbox.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.sandbox.tokens[who]}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...body, by: 'hand' }),
    })
    await response.text()
    return response.status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.sandbox.close()
    for (const end of this.#ends) end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function isByHand(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'by' in body && body.by === 'hand'
}

/** Everything is allowed and nothing limited, so that faults alone decide; JSON is YAML too. */
function configFor({ url, tokens }: Sandbox, newLock: 'ask' | 'auto'): Record<string, unknown> {
  const allow = [
    ...['add_time', 'remove_time', 'freeze', 'unfreeze', 'pillory', 'pillory.end', 'task.assign', 'task.complete'],
    ...['log', 'notify', 'tracker.game', 'tracker.game.link', 'tracker.session.start'],
  ]
  const free = ['add_time', 'remove_time', 'freeze', 'remaining', 'task', 'game', 'actions']
  return {
    version: 1,
    mode: 'live',
    timezone: 'UTC',
    data: './data',
    locks: {
      main: {
        chastify: { token: tokens.chastify, base_url: url },
        tracker: { token: tokens.tracker, dom_token: tokens.dom, base_url: url },
        new_lock: newLock,
        poll: { chastify: '5s', tracker: '20s' },
        rules: './rules',
      },
    },
    limits: { allow, ...Object.fromEntries(free.map((name) => [name, 'unlimited'])) },
  }
}

/** A rule that fires once when the lock bears its name as a title. */
export function ruleFile(rules: readonly { id: string; then: readonly string[]; more?: string }[]): string {
  const texts = rules.map(({ id, then, more = '' }) => {
    const list = then.map((item) => `      - ${item}\n`).join('')
    return `  - id: ${id}\n    when: lock.lockTitle is ${id}\n${more}    then:\n${list}`
  })
  return `rules:\n${texts.join('')}`
}
