// SIGTERM ends the daemon within five seconds, with its usual exit code, whatever is in the air.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Daemon, type Household, household, pause, type Setting } from './daemon.ts'
import { openServices, type Services, tokens } from './services.ts'

const session = '/api/apps/v1/session'
const action = '/api/apps/v1/action'
const addsTen = { ten: 'rules:\n  - id: ten\n    when: lock.frozen is false\n    then: [add_time: 10m]\n' }
/** So long may the end take; that the machine is slow is no excuse. */
const boundMs = 5000

interface World {
  services: Services
  home: Household
  /** Undone at the end. */
  defer(undo: () => void): void
}

/** Something that takes connections and says what it is told to, once for each; then nothing more. */
async function mute(world: World, greeting: Buffer | null = null): Promise<{ port: number; came: () => number }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    if (greeting) socket.once('data', () => socket.write(greeting))
    else socket.pause()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  world.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, came: () => sockets.length }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A port at which nobody takes a connection, and nobody refuses one. */
async function unaccepting(world: World): Promise<number> {
  const words =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"
  const child: ChildProcess = spawn(process.execPath, ['-e', words], { stdio: ['ignore', 'pipe', 'inherit'] })
  world.defer(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  child.kill('SIGSTOP')
  const port = Number(line)
  const filling = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  world.defer(() => {
    for (const socket of filling) socket.destroy()
  })
  return port
}

const collecting = `import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
setInterval(runInNewContext('gc'), 1000).unref()
`

interface State {
  setting?(world: World): Promise<Setting> | Setting
  prepare?(world: World): Promise<void> | void
  /** Resolves once it is in the air. */
  hangs(daemon: Daemon, world: World): Promise<unknown>
}

const readingHangs = (how: 'hang' | 'stall'): State => ({
  prepare: ({ services }) => services.fail('GET', session, { how }, 100),
  hangs: (daemon, { services }) => daemon.until('the reading', () => services.gets(session).length > 0),
})
const writeHangs = (how: 'hang' | 'stall'): State => ({
  prepare: ({ services }) => services.fail('POST', action, { how }, 100),
  hangs: (daemon, { services }) => daemon.until('the write', () => services.posts(action).length > 0),
})
const reading = (daemon: Daemon, { services }: World) =>
  daemon.until('a reading', () => services.gets(session).length > 0)

/** Answers a CONNECT, and nothing after it. */
const welcome = Buffer.from([0x20, 0x02, 0x00, 0x00])
const brokerHangs = (greeting: Buffer | null, protocol = 'mqtt'): State => {
  let came = () => 0
  return {
    async setting(world) {
      const broker = await mute(world, greeting)
      came = broker.came
      return { rest: { mqtt: { url: `${protocol}://127.0.0.1:${broker.port}` } } }
    },
    async hangs(daemon, world) {
      await reading(daemon, world)
      await daemon.until('the connection', () => came() > 0)
      if (greeting) await daemon.says('connected to the broker')
    },
  }
}
const channelHangs = (greeting: Buffer | null, restMs = 0): State => {
  let came = () => 0
  return {
    async setting(world) {
      const channel = await mute(world, greeting)
      came = channel.came
      const channels = { phone: { webhook: `http://127.0.0.1:${channel.port}/hook` } }
      return {
        rest: { tell: { channels } },
        rules: { say: 'rules:\n  - id: say\n    when: lock.frozen is false\n    then: [tell: Look]\n' },
      }
    },
    async hangs(daemon) {
      await daemon.until('the message', () => came() > 0)
      await pause(restMs)
    },
  }
}

const states: Record<string, State> = {
  'a reading whose answer does not begin': readingHangs('hang'),
  'a reading whose body stalls': readingHangs('stall'),
  'a write whose answer does not begin': writeHangs('hang'),
  'a write whose body stalls': writeHangs('stall'),
  'a connection that nobody takes': {
    async setting(world) {
      const base_url = `http://127.0.0.1:${await unaccepting(world)}`
      return { lock: { chastify: { token: tokens.chastify, base_url } } }
    },
    hangs: (daemon) => daemon.says('watching with'),
  },
  'a handshake that stalls': {
    async setting(world) {
      const { port } = await mute(world)
      return { lock: { chastify: { token: tokens.chastify, base_url: `https://127.0.0.1:${port}` } } }
    },
    hangs: (daemon) => daemon.says('watching with'),
  },
  'open pages of the console': {
    setting: async () => ({ rest: { console: { listen: `127.0.0.1:${await freePort()}` } } }),
    async hangs(daemon, world) {
      await reading(daemon, world)
      await daemon.says('the console is open')
      const url = /"url":"(http:[^"]+)"/.exec(daemon.said)?.[1]
      const page = await fetch(`${url}/api/events`, { headers: { accept: 'text/event-stream' } })
      expect(page.status).toBe(200)
      await page.body?.getReader().read()
      // Somebody begins a request and never ends it.
      const half = connect(Number(new URL(url ?? '').port), '127.0.0.1').on('error', () => undefined)
      half.write('GET / HTTP/1.1\r\nHost: ')
      world.defer(() => half.destroy())
    },
  },
  'a commit that is refused': {
    setting: () => ({
      rules: { many: 'rules:\n  - id: many\n    when: lock.taskPoints > 5\n    then: [add_time: 10m]\n' },
    }),
    async hangs(daemon, world) {
      await reading(daemon, world)
      await daemon.until('the database', () => existsSync(world.home.path('data/lockwarden.db')))
      renameSync(world.home.path('data/lockwarden.db'), world.home.path('data/taken-away'))
      world.services.points = 6
      await daemon.says('nothing is sent until it can be')
    },
  },
  'a broker that says nothing': brokerHangs(null),
  'a broker that falls silent once it was connected': brokerHangs(welcome),
  'a broker whose handshake stalls': brokerHangs(null, 'mqtts'),
  'a channel that does not answer': channelHangs(null),
  'a channel whose body stalls': channelHangs(
    Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nhalf'),
  ),
  'a channel that asks for patience': channelHangs(
    Buffer.from('HTTP/1.1 503 Later\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n'),
    2000,
  ),
  'a thread that does not come back, such as one that looks up a name': {
    prepare({ home }) {
      // Opening a pipe that nobody writes to takes as long as a name server that does not answer.
      execFileSync('/usr/bin/mkfifo', [home.path('pipe')])
      home.write('first.mjs', `${collecting}import { open } from 'node:fs'\nopen('pipe', 'r', () => undefined)\n`)
    },
    hangs: reading,
  },
}

describe.concurrent('SIGTERM', () => {
  test.for(Object.entries(states))('while there is %s', async ([, state], { expect }) => {
    const undoing: (() => void)[] = []
    await using services = await openServices()
    const world = { services, defer: (undo: () => void) => void undoing.push(undo) } as World
    const setting = (await state.setting?.(world)) ?? {}
    await using home = household(services, { rules: addsTen, ...setting })
    world.home = home
    // What nothing holds is collected all the time: no end may rest on it.
    home.write('first.mjs', collecting)
    home.env = { ...home.env, NODE_OPTIONS: `--import=${home.path('first.mjs')}` }
    await state.prepare?.(world)
    try {
      const daemon = home.start('run')
      await state.hangs(daemon, world)
      const ended = await daemon.kill('SIGTERM', boundMs)
      expect({ code: ended.code, signal: ended.signal, said: daemon.said }).toMatchObject({ code: 0, signal: null })
      expect(daemon.said).toContain('ended')
    } finally {
      for (const undo of undoing) undo()
    }
  })
})
