import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Aedes } from 'aedes'
import { quietRules } from './quietrules.ts'

const pausing = fileURLToPath(new URL('pausing.mjs', import.meta.url))
const topic = 'lockwarden/main'

/** The ways to the wearer's switch. */
export const ways = ['page', 'command', 'message', 'file'] as const
export type Way = (typeof ways)[number]

/** What a daemon tells of itself. */
export interface Told {
  /** The longest pause of its loop since it was last asked, in milliseconds. */
  pauseMs: number
  /** The most memory it ever held. */
  peakMiB: number
}

/** A broker in this process that notes whether the daemon says that it is stopped. */
export class Board implements AsyncDisposable {
  readonly #broker: Aedes
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isStopped: boolean | null = null

  private constructor(broker: Aedes) {
    this.#broker = broker
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)))
      broker.handle(socket)
    })
    broker.on('publish', (packet) => {
      if (packet.topic === `${topic}/state`) this.#isStopped = JSON.parse(packet.payload.toString()).stopped === 'ON'
    })
  }

  static async open(): Promise<Board> {
    const board = new Board(await Aedes.createBroker())
    await once(board.#server.listen(0, '127.0.0.1'), 'listening')
    return board
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Settles when the daemon has said so. Rejects where it does not for long. */
  async says(isStopped: boolean): Promise<void> {
    const until = performance.now() + 60_000
    while (this.#isStopped !== isStopped) {
      if (performance.now() > until)
        throw new Error(`the daemon does not say that it is ${isStopped ? '' : 'not '}stopped`)
      await sleep(1)
    }
  }

  press(): Promise<void> {
    const packet = { topic: `${topic}/stop/set`, payload: 'PRESS', cmd: 'publish', qos: 1, dup: false, retain: false }
    return new Promise((done, fail) => {
      this.#broker.publish(packet as never, (error) => (error ? fail(error) : done()))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => this.#broker.close(done))
    await closed
  }
}

/** How many ask at once. */
export interface Crowd {
  signIns: number
  drafts: number
  connections: number
}

/** The built daemon with its console, in a process of its own. */
export class Stormed implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #main: string
  readonly #config: string
  readonly #data: string
  readonly #out: string
  readonly #port: number
  #cookie = ''
  /** Each storm comes from addresses that have not tried before, or they would be told to wait. */
  #storms = 0

  private constructor(main: string, config: string, port: number) {
    this.#main = main
    this.#config = config
    this.#data = join(dirname(config), 'data')
    this.#out = join(dirname(config), 'told')
    this.#port = port
    const env = { ...process.env, LOCKWARDEN_BENCH_OUT: this.#out, LOG_LEVEL: 'error' }
    this.#child = spawn(process.execPath, ['--import', pausing, main, 'run', '--config', config], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  /** Starts it, and signs in as the keyholder. */
  static async start(main: string, config: string, port: number, password: string): Promise<Stormed> {
    const daemon = new Stormed(main, config, port)
    for (let tries = 0; (await daemon.#ask('/api/session').catch(() => null)) === null; tries++) {
      if (tries > 600) throw new Error('the console did not come up')
      await sleep(50)
    }
    daemon.#cookie = await daemon.#ask('/api/sign-in', { role: 'keyholder', password })
    return daemon
  }

  /** From the press to the moment at which the daemon says that it is stopped, in ms; then the switch is taken off again. */
  async stop(way: Way, board: Board): Promise<number> {
    const began = performance.now()
    if (way === 'page') await this.#ask('/api/stop', { lock: 'main' }, this.#cookie)
    if (way === 'command') await promisify(execFile)(process.execPath, [this.#main, 'stop', '--config', this.#config])
    if (way === 'message') await board.press()
    if (way === 'file') writeFileSync(join(this.#data, 'STOP'), '')
    await board.says(true)
    const took = performance.now() - began
    for (const name of readdirSync(this.#data)) if (/^STOP\b/.test(name)) rmSync(join(this.#data, name))
    await board.says(false)
    return took
  }

  /** All of them at once, and meanwhile something of one's own; ends when both have. */
  async storm<T>({ signIns, drafts, connections }: Crowd, meanwhile: () => Promise<T>): Promise<T> {
    const net = `127.${++this.#storms}`
    const silent = Array.from({ length: connections }, () => connect(this.#port, '127.0.0.1').on('error', () => {}))
    const draft = { lock: 'main', name: 'rules.yaml', text: quietRules }
    // Whose connection is ended to make room is no fault of the daemon's.
    const asked = Promise.allSettled([
      ...Array.from({ length: signIns }, (_, i) =>
        this.#ask('/api/sign-in', { role: 'keyholder', password: `no ${i}` }, '', `${net}.0.${i + 1}`),
      ),
      ...Array.from({ length: drafts }, () => this.#ask('/api/rule-files/preview', draft, this.#cookie)),
    ])
    try {
      return await meanwhile()
    } finally {
      await asked
      for (const socket of silent) socket.destroy()
    }
  }

  async told(): Promise<Told> {
    rmSync(this.#out, { force: true })
    this.#child.kill('SIGUSR2')
    while (!existsSync(this.#out) || readFileSync(this.#out, 'utf8') === '') await sleep(20)
    return JSON.parse(readFileSync(this.#out, 'utf8'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  /** A GET, or with a body a POST; its cookie where it gives one. Rejects where the connection is ended. */
  #ask(path: string, body?: object, cookie = '', localAddress = '127.0.0.1'): Promise<string> {
    return new Promise((done, fail) => {
      const origin = `http://127.0.0.1:${this.#port}`
      const headers = { 'content-type': 'application/json', 'x-lockwarden': '1', origin, cookie }
      const method = body === undefined ? 'GET' : 'POST'
      const asking = request(`${origin}${path}`, { method, headers, agent: false, localAddress }, (reply) => {
        const given = (reply.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ')
        reply.resume().on('end', () => done(given))
      })
      asking.on('error', fail)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}
