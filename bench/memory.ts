import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serviceApart } from './child.ts'
import type { Figure } from './figure.ts'
import { Folder } from './house.ts'
import { builtOnce, configFileIn } from './package.ts'
import { quietRules } from './quietrules.ts'

const collecting = fileURLToPath(new URL('collecting.mjs', import.meta.url))

/** What the built daemon holds of the machine's memory while idle, against its libraries alone. */
export async function memoryFigures(size: { idleMs: number; rounds: number }): Promise<Figure[]> {
  using folder = new Folder()
  const built = await builtOnce()
  const { service, url } = await serviceApart()
  await using _ = service
  await using idle = new Idle(folder)
  // All of them idle side by side: nobody is in anybody's way.
  for (let round = 0; round < size.rounds; round++) {
    const config = configFileIn(folder, `round-${round}`, url, quietRules)
    idle.start(`ours-${round}`, [built.main, 'run', '--config', config])
    idle.start(`base-${round}`, [built.libraries])
    idle.start(`bundled-${round}`, [built.bundledLibraries])
    const listen = `127.0.0.1:${await freePort()}`
    const withConsole = configFileIn(folder, `console-${round}`, url, quietRules, { console: { listen } })
    idle.start(`console-${round}`, [built.main, 'run', '--config', withConsole])
    await answered(`http://${listen}/`)
  }
  await sleep(size.idleMs)
  const [ours, base, bundled, console] = [[] as number[], [] as number[], [] as number[], [] as number[]]
  for (let round = 0; round < size.rounds; round++) {
    ours.push(await idle.residentMiB(`ours-${round}`))
    base.push(await idle.residentMiB(`base-${round}`))
    bundled.push(await idle.residentMiB(`bundled-${round}`))
    console.push(await idle.residentMiB(`console-${round}`))
  }
  const held = (baseline: string, base: readonly number[]): Figure => ({
    what: `resident memory, one lock, console off, idle ${size.idleMs / 1000} s, after a collection`,
    unit: 'MiB',
    ours,
    baseline,
    base,
    compared: ours.map((one, i) => one / (base[i] ?? Number.NaN)),
    comparedUnit: 'times as much',
  })
  return [
    {
      ...held('a Node process importing the same libraries', base),
      wanted: { of: 'median', atMost: 1.25 },
    },
    held('the same libraries in one bundle, as they are shipped', bundled),
    {
      what: 'the same with the console on, one page of it having been asked for',
      unit: 'MiB',
      ours: console,
      baseline: 'the console off',
      base: ours,
      compared: console.map((one, i) => one - (ours[i] ?? Number.NaN)),
      comparedUnit: 'MiB more',
      wanted: { of: 'median', atMost: 10 },
    },
  ]
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const patienceMs = 20_000

/** Settles when a page is answered at an address. Rejects where nobody answers for long. */
async function answered(url: string): Promise<void> {
  const until = Date.now() + patienceMs
  for (;;) {
    try {
      const response = await fetch(url)
      await response.text()
      if (!response.ok) throw new Error(`${url} answered ${response.status}`)
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(50)
    }
  }
}

/** Processes that idle, and tell what they hold when asked. */
class Idle implements AsyncDisposable {
  readonly #folder: Folder
  readonly #processes = new Map<string, ChildProcess>()

  constructor(folder: Folder) {
    this.#folder = folder
  }

  start(name: string, words: readonly string[]): void {
    const env = { ...process.env, LOCKWARDEN_BENCH_OUT: this.#out(name), LOG_LEVEL: 'warn' }
    const child = spawn(process.execPath, ['--expose-gc', '--import', collecting, ...words], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    this.#processes.set(name, child)
  }

  #out(name: string): string {
    return join(this.#folder.path, `${name}.rss`)
  }

  async residentMiB(name: string): Promise<number> {
    const out = this.#out(name)
    rmSync(out, { force: true })
    const child = this.#processes.get(name)
    child?.kill('SIGUSR2')
    for (;;) {
      if (!child || child.exitCode !== null) throw new Error(`${name} has ended`)
      await sleep(50)
      const text = existsSync(out) ? readFileSync(out, 'utf8') : ''
      if (text !== '') return Number(text) / 1024 / 1024
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
  }
}
