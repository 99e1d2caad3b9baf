import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hashPassword } from '../src/config/password.ts'
import { serviceApart } from './child.ts'
import type { Figure } from './figure.ts'
import { Folder } from './house.ts'
import { freePort } from './memory.ts'
import { builtOnce, configFileIn } from './package.ts'
import { quietRules } from './quietrules.ts'

const pausing = fileURLToPath(new URL('pausing.mjs', import.meta.url))
/** What the compose file and the unit allow. */
const allowedMiB = 256
const password = 'kept by bob 1'

/** What strangers and drafts can have the built daemon take: memory, its loop, and the time until the switch is set. */
export async function strangersFigures(size: {
  signIns: number
  drafts: number
  connections: number
  rounds: number
}): Promise<Figure[]> {
  using folder = new Folder()
  const built = await builtOnce()
  const { service, url } = await serviceApart()
  await using _ = service
  const rounds: { quiet: Told; storm: Told; stopMs: number; quietStopMs: number }[] = []
  for (let round = 0; round < size.rounds; round++) {
    const port = await freePort()
    const hash = await hashPassword(password)
    const pages = { listen: `127.0.0.1:${port}`, keyholder_password_file: './keyholder' }
    const config = configFileIn(folder, `strangers-${round}`, url, quietRules, { console: pages })
    writeFileSync(join(dirname(config), 'keyholder'), hash, { mode: 0o600 })
    await using daemon = await Daemon.start(built.main, config, folder.path, port)
    const cookie = await daemon.signIn()
    const quietStopMs = await daemon.stop()
    const quiet = await daemon.told()
    const draft = { lock: 'main', name: 'rules.yaml', text: quietRules }
    const silent = Array.from({ length: size.connections }, () => connect(port, '127.0.0.1').on('error', () => {}))
    // Whose connection is ended to make room is no fault of the daemon's.
    const storm = Promise.allSettled([
      ...Array.from({ length: size.signIns }, (_, i) =>
        daemon.ask('/api/sign-in', { role: 'keyholder', password: `no ${i}` }),
      ),
      ...Array.from({ length: size.drafts }, () => daemon.ask('/api/rule-files/preview', draft, cookie)),
    ])
    const stopMs = await daemon.stop()
    await storm
    for (const socket of silent as Socket[]) socket.destroy()
    rounds.push({ quiet, storm: await daemon.told(), stopMs, quietStopMs })
  }
  const all = `${size.signIns} sign-ins, ${size.drafts} drafts and ${size.connections} silent connections at once`
  return [
    {
      what: `the most memory the built daemon held, ${all}`,
      unit: 'MiB',
      ours: rounds.map(({ storm }) => storm.peakMiB),
      baseline: 'what compose file and unit allow',
      base: rounds.map(() => allowedMiB),
      compared: rounds.map(({ storm }) => storm.peakMiB / allowedMiB),
      comparedUnit: 'of it',
      wanted: { of: 'max', atMost: 2 / 3 },
    },
    {
      what: 'the longest pause of its loop meanwhile',
      unit: 'ms',
      ours: rounds.map(({ storm }) => storm.pauseMs),
      baseline: 'its start, with one sign-in',
      base: rounds.map(({ quiet }) => quiet.pauseMs),
      compared: rounds.map(({ storm }) => storm.pauseMs),
      comparedUnit: 'ms',
      wanted: { of: 'median', atMost: 100 },
    },
    {
      what: 'from "lockwarden stop" to its end meanwhile, the start of the command included',
      unit: 'ms',
      ours: rounds.map(({ stopMs }) => stopMs),
      baseline: 'the same with nobody else there',
      base: rounds.map(({ quietStopMs }) => quietStopMs),
      compared: rounds.map(({ stopMs, quietStopMs }) => stopMs - quietStopMs),
      comparedUnit: 'ms more',
      wanted: { of: 'median', atMost: 1000 },
    },
  ]
}

interface Told {
  pauseMs: number
  peakMiB: number
}

class Daemon implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #main: string
  readonly #config: string
  readonly #out: string
  readonly #port: number

  private constructor(main: string, config: string, folder: string, port: number) {
    this.#main = main
    this.#config = config
    this.#out = join(folder, `pauses-${port}`)
    this.#port = port
    const env = { ...process.env, LOCKWARDEN_BENCH_OUT: this.#out, LOG_LEVEL: 'error' }
    this.#child = spawn(process.execPath, ['--import', pausing, main, 'run', '--config', config], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  static async start(main: string, config: string, folder: string, port: number): Promise<Daemon> {
    const daemon = new Daemon(main, config, folder, port)
    for (let tries = 0; (await daemon.ask('/api/session').catch(() => null)) === null; tries++) {
      if (tries > 600) throw new Error('the console did not come up')
      await sleep(50)
    }
    return daemon
  }

  /** A GET, or with a body a POST; its cookie where it gives one. Rejects where the connection is ended. */
  ask(path: string, body?: object, cookie = ''): Promise<string> {
    return new Promise((done, fail) => {
      const origin = `http://127.0.0.1:${this.#port}`
      const headers = { 'content-type': 'application/json', 'x-lockwarden': '1', origin, cookie }
      const method = body === undefined ? 'GET' : 'POST'
      const asking = request(`${origin}${path}`, { method, headers, agent: false }, (reply) => {
        const given = (reply.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ')
        reply.resume().on('end', () => done(given))
      })
      asking.on('error', fail)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  signIn(): Promise<string> {
    return this.ask('/api/sign-in', { role: 'keyholder', password })
  }

  /** How long the command takes. */
  async stop(): Promise<number> {
    const began = performance.now()
    await promisify(execFile)(process.execPath, [this.#main, 'stop', '--config', this.#config])
    return performance.now() - began
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
}
