// Channels, the broker and the doors that do not work are seen: by check, status, doctor, the metrics and the commands.
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { untried, wentWell, wentWrong } from '../../src/core/model/wire.ts'
import { startHeartbeat } from '../../src/reach/heartbeat/beat.ts'
import { Secret } from '../../src/services/secret.ts'
import { deadWires, otherWires, showWires } from '../../src/views/wires.ts'
import { faultsOf, load, said as sayFault } from '../config/files.ts'
import { House, until } from './house.ts'

const noon = Date.UTC(2026, 2, 2, 12)

describe('a wire', () => {
  test('counts failures in a row, and since the start', () => {
    const bad = wentWrong(wentWrong(untried('mqtt'), 'refused', noon), 'refused', noon + 1000)
    expect(bad).toMatchObject({ failures: 2, failed: 2, lastGood: null, lastBad: noon + 1000, words: 'refused' })
    expect(wentWell(bad, noon + 2000)).toMatchObject({ failures: 0, failed: 2, lastGood: noon + 2000 })
  })

  test('is told with what mends it, the dead ones first', () => {
    const wires = [
      wentWell(untried('console'), noon - 120_000),
      untried('heartbeat'),
      wentWrong(untried('tell.channels.phone'), 'it answered 401', noon),
    ]
    const shown = showWires(wires, noon, 'UTC')
    expect(shown.map(({ name, up }) => [name, up])).toEqual([
      ['tell.channels.phone', false],
      ['console', true],
      ['heartbeat', null],
    ])
    expect(deadWires(shown)).toEqual([
      'DEAD: tell.channels.phone: it answered 401 (once; never good since the start); check its address and token; "lockwarden tell --test phone" tries it',
    ])
    expect(otherWires(shown)).toEqual(['doors and channels good: console; not used since the start: heartbeat'])
    expect(otherWires([])).toEqual([])
  })
})

describe('two doors at one port are a fault of the config', () => {
  const around = 'version: 1\nlocks:\n  main:\n    chastify: { token: a-token }\n'
  const wrong = async (text: string) => (await faultsOf(around + text, {}, {})).map(sayFault)
  const hint = 'choose another port for one of them: metrics.listen'
  test.each([
    ['console: { listen: "127.0.0.1:9464" }\nmetrics: {}', 9464],
    ['console: {}\nmetrics: { listen: "127.0.0.1:8787" }', 8787],
    ['console: {}\nmetrics: { listen: "0.0.0.0:8787" }', 8787],
    ['console: { listen: "localhost:9000" }\nmetrics: { listen: "127.0.0.1:9000" }', 9000],
  ])('%s', async (text, port) => {
    expect(await wrong(text)).toEqual([`console and metrics both listen at port ${port}; ${hint}`])
  })
  test.each(['console: {}\nmetrics: {}', 'console: { listen: "127.0.0.1:9000" }\nmetrics: { listen: "[::1]:9000" }'])(
    'not so %s',
    async (text) => {
      expect((await load(around + text, {}, {})).console).toBeDefined()
    },
  )
})

interface Post {
  method: string
  path: string
  body: string
}

/** Answers every request with what is planned, else 200, and keeps what came. */
async function office(
  plan: (post: Post) => number = () => 200,
): Promise<{ url: string; posts: Post[]; server: Server }> {
  const posts: Post[] = []
  const server = createHttpServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (part: Buffer) => {
      body += part.toString('utf8')
    })
    incoming.on('end', () => {
      const post = { method: incoming.method ?? '', path: incoming.url ?? '', body }
      posts.push(post)
      outgoing.writeHead(plan(post)).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts, server }
}

async function takenPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A command of the program in the folder of a house, in this process. */
async function command(house: House, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await program([...words, '--config', join(house.folder, 'config.yaml')], {
    out: (line) => {
      out += `${line}\n`
    },
    err: (line) => {
      err += `${line}\n`
    },
    env: { TZ: 'UTC' },
    folder: house.folder,
    home: house.folder,
    person: false,
    signal: new AbortController().signal,
    version: '1.2.3',
  })
  return { code, out, err }
}

const secretTopic = 'topic-of-alice'

test('a channel that nobody takes, a port that is taken and a broker that is away are shown everywhere', async () => {
  const there = await office(() => 401)
  const port = await takenPort()
  await using house = await House.open({
    config: {
      metrics: {},
      mqtt: { url: 'mqtt://127.0.0.1:9' },
      console: { listen: `127.0.0.1:${port}` },
      tell: { channels: { phone: { ntfy: `${there.url}/${secretTopic}` } } },
    },
  })
  house.write('data/STOP', 'by hand\n')
  const dead = ['console', 'mqtt', 'tell.channels.phone']
  await until('all three in the numbers', async () => {
    const { text } = await house.ask('/metrics')
    return dead.every((name) => text.includes(`lockwarden_channel_up{channel="${name}"} 0`))
  })
  const { text } = await house.ask('/metrics')
  expect(text).toContain('lockwarden_channel_up{channel="metrics"} 1')
  expect(text).toMatch(/lockwarden_channel_failures_total\{channel="console"\} 1/)
  const status = await command(house, 'status')
  for (const name of dead) expect(status.out).toContain(`DEAD: ${name}: `)
  expect(status.out).toContain('another program listens there')
  expect(status.out).toContain('doors and channels good: metrics')
  const doctor = await command(house, 'doctor')
  expect(doctor.code).toBe(1)
  for (const name of dead) expect(doctor.out).toMatch(new RegExp(`^fault  ${name}: the daemon says: `, 'm'))
  expect(status.out + doctor.out + text).not.toContain(secretTopic)
})

test('without a daemon the doctor asks each of them by itself, and sends nobody anything', async () => {
  const there = await office(({ path }) => (path.includes('getChat') ? 401 : 200))
  const port = await takenPort()
  await using house = await House.open()
  await house.end()
  const config = JSON.parse(house.read('config.yaml')) as Record<string, unknown>
  const more = {
    console: { listen: `127.0.0.1:${port}` },
    metrics: { listen: '127.0.0.1:29466' },
    mqtt: { url: 'mqtt://127.0.0.1:9' },
    tell: {
      channels: {
        phone: { ntfy: `${there.url}/${secretTopic}` },
        bot: { telegram: 4711, token_file: './bot', base_url: there.url },
        hook: { webhook: `${there.url}/hook` },
      },
    },
    heartbeat: { url: `${there.url}/ping` },
  }
  house.write('bot', '123456:telegram-secret')
  house.write('config.yaml', JSON.stringify({ ...config, ...more }))
  const { code, out } = await command(house, 'doctor')
  expect(code).toBe(1)
  const lines = out.split('\n').filter((line) => /^\w+ +(console|metrics|mqtt|tell\.|heartbeat)/.test(line))
  expect(lines.map((line) => line.replace(/\d{4,5}/g, 'N'))).toEqual([
    'fault  console: nothing can listen at 127.0.0.1:N (EADDRINUSE); free the port or choose another under console.listen, and restart',
    'ok     metrics: 127.0.0.1:N is free for it',
    expect.stringMatching(
      /^fault {2}mqtt: the broker does not let us in \(.*ECONNREFUSED.*\); see that the broker runs/,
    ),
    'ok     tell.channels.phone: its server answers; only "lockwarden tell --test phone" shows whether messages are taken',
    'fault  tell.channels.bot: a try that sends nothing failed: it answered 401; check its address and token; "lockwarden tell --test bot" tries it',
    'ok     tell.channels.hook: only "lockwarden tell --test hook" shows whether messages are taken',
    'ok     heartbeat: only the running daemon calls it, since a call says that all is well',
  ])
  expect(there.posts.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/health',
    'GET /bot123456:telegram-secret/getChat?chat_id=4711',
  ])
  expect(out).not.toMatch(/telegram-secret|topic-of-alice/)
})

describe('tell --test', () => {
  async function house(plan: (post: Post) => number) {
    const there = await office(plan)
    const opened = await House.open()
    await opened.end()
    const config = JSON.parse(opened.read('config.yaml')) as Record<string, unknown>
    const channels = {
      phone: { ntfy: `${there.url}/${secretTopic}` },
      chat: { webhook: `${there.url}/chat` },
    }
    opened.write('config.yaml', JSON.stringify({ ...config, tell: { channels } }))
    return { there, opened }
  }

  test('sends through each, and says what came of it', async () => {
    const { there, opened } = await house(({ path }) => (path === '/chat' ? 500 : 200))
    await using _ = opened
    const { code, out } = await command(opened, 'tell', '--test')
    expect(code).toBe(1)
    expect(out).toBe(
      'phone (ntfy): taken; check that it arrived\nchat (webhook): NOT TAKEN: it answered 500; check its address and token\n',
    )
    expect(there.posts.map(({ path }) => path)).toEqual([`/${secretTopic}`, '/chat'])
    expect(there.posts[0]?.body).toBe('this is a test; nothing is wrong')
  })

  test('or through one; a wrong name is told with the right one', async () => {
    const { there, opened } = await house(() => 200)
    await using _ = opened
    expect(await command(opened, 'tell', '--test', 'chat')).toMatchObject({ code: 0 })
    expect(there.posts.map(({ path }) => path)).toEqual(['/chat'])
    expect(await command(opened, 'tell', '--test', 'phon')).toMatchObject({
      code: 2,
      err: 'lockwarden: there is no channel "phon"; did you mean phone?\n',
    })
    expect(await command(opened, 'tell')).toMatchObject({ code: 2 })
  })
})

describe('the heartbeat', () => {
  test('is heard while all goes round, and is silent while it does not', async () => {
    const there = await office()
    const url = new Secret(`${there.url}/ping-of-alice`)
    let isWell = false
    const went: (string | null)[] = []
    const log = { info: () => undefined, warn: () => undefined }
    const beats = startHeartbeat({
      heartbeat: { url, everyMs: 10 },
      isWell: () => isWell,
      went: (words) => void went.push(words),
      log,
    })
    await new Promise((done) => setTimeout(done, 100))
    expect(there.posts).toEqual([])
    isWell = true
    await until('two pings', () => there.posts.length >= 2)
    await beats.close()
    expect(there.posts[0]).toEqual({ method: 'GET', path: '/ping-of-alice', body: '' })
    expect(went[0]).toBeNull()
  })

  test('of the daemon comes at once, and a monitor that is away is shown without its address', async () => {
    const there = await office(() => 404)
    await using house = await House.open({ config: { heartbeat: { url: `${there.url}/ping-of-alice` } } })
    await until('the ping', () => there.posts.length > 0)
    const { out } = await until('the word of it', async () => {
      const said = await command(house, 'status')
      return said.out.includes('DEAD: heartbeat: it answered 404') ? said : null
    })
    expect(out + house.said).not.toContain('ping-of-alice')
  })
})

describe('files of secrets are taken up when they change', () => {
  test('the token of a channel, without a restart', async () => {
    const seen: (string | undefined)[] = []
    const server = createHttpServer((incoming, outgoing) => {
      seen.push(incoming.headers.authorization)
      outgoing.writeHead(incoming.headers.authorization === 'Bearer tk_second' ? 200 : 401).end()
      incoming.resume()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/topic`
    await using house = await House.open({
      config: { tell: { channels: { phone: { ntfy: url, token_file: './secrets/phone' } } } },
      files: { 'secrets/phone': 'tk_first' },
    })
    house.write('data/STOP', 'by hand\n')
    await until('the refusal', () => seen.includes('Bearer tk_first'))
    house.write('secrets/phone', 'tk_second')
    await until('the new token', () => house.said.includes('tell.channels.phone.token_file was read again'), 20_000)
    const told = await command(house, 'status', '--json')
    expect(JSON.parse(told.out).restartNeeded).toBe(false)
    expect(house.said).not.toMatch(/tk_first|tk_second/)
  })

  test('an address that stands in the config itself waits for a restart, and status says so', async () => {
    const there = await office()
    const channels = (topic: string) => ({ tell: { channels: { phone: { ntfy: `${there.url}/${topic}` } } } })
    await using house = await House.open({ config: channels('one') })
    const config = JSON.parse(house.read('config.yaml')) as Record<string, unknown>
    house.write('config.yaml', JSON.stringify({ ...config, ...channels('two') }))
    await until(
      'the word of it',
      async () => {
        const told = await command(house, 'status', '--json')
        return JSON.parse(told.out).restartNeeded === true
      },
      20_000,
    )
  })
})

/** A broker that lets in whoever says the password, as far as the first packets go. */
async function broker(password: () => string): Promise<{ url: string; tries: string[] }> {
  const tries: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (packet) => {
      if (packet[0] !== 0x10) return
      // The password is what stands last in the packet.
      const said = packet.subarray(packet.length - password().length).toString('latin1')
      tries.push(said)
      socket.write(Buffer.from([0x20, 2, 0, said === password() ? 0 : 5]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, tries }
}

test('a broker that refuses the password is shown, and let in with another one, without a restart', async () => {
  const there = await broker(() => 'second')
  await using house = await House.open({
    config: { mqtt: { url: there.url, username: 'warden', password_file: './secrets/mqtt' } },
    files: { 'secrets/mqtt': 'firstt' },
  })
  const refused = await until('the refusal', async () => {
    const said = await command(house, 'status')
    return said.out.includes('DEAD: mqtt: ') ? said : null
  })
  expect(refused.out).toMatch(/DEAD: mqtt: .*Not authorized/)
  const doctor = await command(house, 'doctor')
  expect(doctor.out).toMatch(/^fault {2}mqtt: the daemon says: .*Not authorized/m)
  house.write('secrets/mqtt', 'second')
  await until('the broker', async () => (await command(house, 'status')).out.includes('good: mqtt'), 25_000)
  expect(house.said).toContain('mqtt.password_file was read again')
  expect(house.said).not.toMatch(/firstt|second"/)
})
