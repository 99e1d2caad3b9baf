import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { Answer, Request, Trouble } from '../../src/core/model/service.ts'
import { Budgets } from '../../src/services/budget.ts'
import { exchange, type HttpDeps, type Pass, type Reach } from '../../src/services/http.ts'
import { Secret } from '../../src/services/secret.ts'

const token = 'tok_1f4a9c"77/+e'
const mainToken = 'main-8e1d02cc'
const now = Date.parse('2026-02-03T10:00:00Z')

const read: Request = {
  service: 'chastify',
  as: 'owner',
  method: 'GET',
  path: '/api/read',
  body: null,
  lockId: null,
  budget: 'read',
}
const write: Request = { ...read, method: 'POST', path: '/api/write', body: { deltaSeconds: 600 }, budget: 'action' }

const running: (() => void)[] = []
afterEach(() => {
  for (const stop of running.splice(0)) stop()
})

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  running.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** An HTTP server on loopback; every request is kept. */
async function serve(answer: (asked: IncomingMessage & { text: string }, reply: ServerResponse) => void) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; text: string }[] = []
  const server = createServer((asked, reply) => {
    let text = ''
    asked.on('data', (chunk) => {
      text += chunk
    })
    asked.on('end', () => {
      seen.push({ method: asked.method ?? '', url: asked.url ?? '', headers: asked.headers, text })
      answer(Object.assign(asked, { text }), reply)
    })
  })
  return { base: `http://127.0.0.1:${await portOf(server)}`, seen }
}

/** A server that speaks by hand: `talk` gets each connection. */
async function serveRaw(talk: (socket: Socket, connection: number) => void) {
  let connections = 0
  const server = createRawServer((socket) => talk(socket, ++connections))
  const port = await portOf(server)
  return { base: `http://127.0.0.1:${port}`, tls: `https://localhost:${port}`, connections: () => connections }
}

function reach(baseUrl: string, more: Partial<Reach> = {}): Reach {
  const budgets = new Budgets({ read: 100, write: 100, action: 100 })
  const troubles = new Map<string, Trouble>([['no_active_lock_session', 'no-lock']])
  return { baseUrl, budgets, troubles, secrets: [new Secret(token), new Secret(mainToken)], ...more }
}

const pass: Pass = { holder: 'owner', bearer: new Secret(token) }
const deps: HttpDeps = { now: () => now }

const ask = (base: string, request = read, more: Partial<Reach> = {}) =>
  exchange(request, pass, reach(base, more), deps)

/** What an answer says, in a word or three. */
function verdict(answer: Answer): string {
  return answer.ok ? 'ok' : `${answer.sent} ${answer.trouble}`
}

const json = (reply: ServerResponse, status: number, body: unknown, headers = {}) => {
  reply.writeHead(status, { 'content-type': 'application/json', ...headers })
  reply.end(typeof body === 'string' ? body : JSON.stringify(body))
}

describe('what is sent', () => {
  test('a write: address with the base’s own path, headers, body', async () => {
    const { base, seen } = await serve((_, reply) => json(reply, 200, { ok: true }))
    const headers = { 'x-chastify-lock-id': 'abc', 'x-chastify-main-token': new Secret(mainToken) }
    const answer = await exchange(write, { ...pass, headers }, reach(`${base}/prefix/`), deps)
    expect(answer).toMatchObject({ ok: true, body: { ok: true }, asked: now, answered: now })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/prefix/api/write',
      text: '{"deltaSeconds":600}',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'lockwarden',
        'x-chastify-lock-id': 'abc',
        'x-chastify-main-token': mainToken,
      },
    })
  })

  test('a read without a token has neither body nor authorization', async () => {
    const { base, seen } = await serve((_, reply) => json(reply, 200, {}))
    await exchange(read, { holder: 'public', bearer: null }, reach(base), deps)
    expect(seen[0]?.text).toBe('')
    expect(seen[0]?.headers.authorization).toBeUndefined()
    expect(seen[0]?.headers['content-type']).toBeUndefined()
  })

  test.each([
    ['a line break in the token', { ...pass, bearer: new Secret('tok\nen-1') }, 'no invalid-token'],
    ['letters beyond ASCII in the token', { ...pass, bearer: new Secret('tokén-œ1') }, 'no invalid-token'],
    ['a secret header', { ...pass, headers: { 'x-main': new Secret('a\rbcd') } }, 'no invalid-token'],
    ['a plain header', { ...pass, headers: { 'x-lock': 'a\rb' } }, 'no invalid'],
  ])('%s: refused before sending, and not quoted', async (_, given: Pass, expected) => {
    const answer = await exchange(read, given, reach('http://127.0.0.1:9'), deps)
    expect(verdict(answer)).toBe(expected)
    expect(JSON.stringify(answer)).not.toMatch(/en-1|bcd|œ/)
  })

  test.each([
    ['http://', '/api'],
    ['http://127.0.0.1:9', '@evil.example/'],
  ])('%s with %s is no address', async (base, path) => {
    expect(verdict(await ask(base, { ...read, path }))).toBe('no invalid')
  })
})

describe('statuses', () => {
  test.each<[number, unknown, string, string]>([
    [200, { ok: true, data: 1 }, 'ok', 'ok'],
    [201, { message: 'started' }, 'ok', 'ok'],
    [204, '', 'perhaps unreadable', 'ok'],
    [200, '', 'perhaps unreadable', 'ok'],
    [200, ' \n', 'perhaps unreadable', 'ok'],
    [200, '<html>Please log in</html>', 'perhaps unreadable', 'perhaps unreadable'],
    [200, '{"ok":tru', 'perhaps unreadable', 'perhaps unreadable'],
    [200, { ok: false, error: { code: 'cooldown', message: 'wait' } }, 'yes invalid', 'yes invalid'],
    [200, { ok: false, error: 'no_active_lock_session' }, 'yes no-lock', 'yes no-lock'],
    [304, '', 'perhaps redirected', 'perhaps redirected'],
    [400, {}, 'yes invalid', 'yes invalid'],
    [401, {}, 'yes invalid-token', 'yes invalid-token'],
    [403, {}, 'yes forbidden', 'yes forbidden'],
    [404, '<html>', 'yes not-found', 'yes not-found'],
    [405, {}, 'yes wrong-method', 'yes wrong-method'],
    [408, {}, 'perhaps timeout', 'perhaps timeout'],
    [409, {}, 'yes conflict', 'yes conflict'],
    [409, { error: { code: 'no_active_lock_session' } }, 'yes no-lock', 'yes no-lock'],
    [418, {}, 'yes invalid', 'yes invalid'],
    [422, {}, 'yes invalid', 'yes invalid'],
    [429, {}, 'no rate-limited', 'no rate-limited'],
    [500, { error: { code: 'no_active_lock_session' } }, 'perhaps server-error', 'perhaps server-error'],
    [503, '<html>', 'perhaps server-error', 'perhaps server-error'],
  ])('%i %j: read %s, write %s', async (status, body, onRead, onWrite) => {
    const { base, seen } = await serve((_, reply) => json(reply, status, body))
    expect(verdict(await ask(base, read))).toBe(onRead)
    expect(verdict(await ask(base, write))).toBe(onWrite)
    expect(seen).toHaveLength(2)
  })

  test('an empty answer to a write has the body null', async () => {
    const { base } = await serve((_, reply) => reply.writeHead(204).end())
    expect(await ask(base, write)).toMatchObject({ ok: true, body: null })
  })

  test.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const { base, seen } = await serve((_, reply) => json(reply, status, {}, { location: `/secret-place` }))
    const answer = await ask(base, write)
    expect(verdict(answer)).toBe('perhaps redirected')
    expect(JSON.stringify(answer)).not.toContain('secret-place')
    expect(seen).toHaveLength(1)
  })

  test('a redirect to another server takes no token there', async () => {
    const other = await serve((_, reply) => json(reply, 200, {}))
    const { base } = await serve((_, reply) => json(reply, 307, {}, { location: `${other.base}/api` }))
    expect(verdict(await ask(base, write))).toBe('perhaps redirected')
    expect(other.seen).toEqual([])
  })

  test.each([
    ['120', 120_000],
    ['0', 0],
    ['999999', 3_600_000],
    ['Tue, 03 Feb 2026 10:01:30 GMT', 90_000],
    ['Tue, 03 Feb 2026 09:00:00 GMT', 0],
    ['soon', null],
    [undefined, null],
  ])('429 with Retry-After %s', async (header, retryAfterMs) => {
    const headers = {
      date: 'Tue, 03 Feb 2026 10:00:00 GMT',
      ...(header === undefined ? {} : { 'retry-after': header }),
    }
    const { base } = await serve((_, reply) => json(reply, 429, { error: 'slow_down' }, headers))
    expect(await ask(base, write)).toMatchObject({ sent: 'no', trouble: 'rate-limited', retryAfterMs })
  })

  test('Retry-After as a date goes by the service’s clock', async () => {
    const headers = { date: 'Tue, 03 Feb 2026 12:00:00 GMT', 'retry-after': 'Tue, 03 Feb 2026 12:00:10 GMT' }
    const { base } = await serve((_, reply) => json(reply, 503, {}, headers))
    expect(await ask(base)).toMatchObject({ trouble: 'server-error', retryAfterMs: 10_000 })
  })

  test('the service’s clock', async () => {
    const dates = ['Tue, 03 Feb 2026 10:00:07 GMT', 'yesterday', '']
    const { base } = await serve((_, reply) => {
      reply.sendDate = false
      const date = dates.shift() ?? ''
      json(reply, 200, {}, date === '' ? {} : { date })
    })
    expect((await ask(base)).serverTime).toBe(now + 7000)
    expect((await ask(base)).serverTime).toBeNull()
    expect((await ask(base)).serverTime).toBeNull()
  })
})

describe('messages', () => {
  const messageOf = async (status: number, body: unknown) => {
    const { base } = await serve((_, reply) => json(reply, status, body))
    const answer = await ask(base)
    return answer.ok ? null : answer.message
  }
  test.each<[unknown, string]>([
    [{ error: 'lock_ended', message: 'The lock is over' }, 'lock_ended: The lock is over'],
    [{ error: { code: 'lock_ended', message: 'The lock is over' } }, 'lock_ended: The lock is over'],
    [{ error: 'lock_ended' }, 'lock_ended'],
    [{ error: { message: 'Over' } }, 'Over'],
    [{ message: 'Missing startdate' }, 'Missing startdate'],
    [{ error: 42, message: ['x'] }, '409 Conflict'],
    [{ __proto__: null, error: null }, '409 Conflict'],
    ['no json', '409 Conflict'],
    [{ error: 'a\u0007\u001b[31mb\nc\u0085d' }, 'a[31mbcd'],
    [{ error: 'x'.repeat(5000) }, `${'x'.repeat(199)}…`],
  ])('%#', async (body, message) => {
    expect(await messageOf(409, body)).toBe(message)
  })

  test('secrets that the server sends back are in no answer', async () => {
    const hidden = `${token.slice(0, 5)}\u0000${token.slice(5)}`
    const echo = { [token]: token, deep: [{ list: [`Bearer ${token}`, encodeURIComponent(token), mainToken] }] }
    for (const [status, body] of [
      [200, { ok: true, ...echo }],
      [200, { ok: false, error: { code: token, message: `${hidden} ${mainToken}` } }],
      [400, { error: `your ${token}`, message: hidden }],
      [500, { error: { code: 'x', message: `${'y'.repeat(190)}${token}` } }],
    ] as const) {
      const { base } = await serve((asked, reply) =>
        json(reply, status, { ...body, authorization: asked.headers.authorization }),
      )
      const answer = JSON.stringify(await ask(base))
      expect(answer).not.toContain(JSON.stringify(token).slice(1, -1))
      expect(answer).not.toContain(encodeURIComponent(token))
      expect(answer).not.toContain(mainToken)
      expect(answer).not.toContain('tok_1f')
    }
  })
})

describe('hostile bodies', () => {
  test('more than 2 MB', async () => {
    const { base } = await serve((_, reply) => json(reply, 200, `"${'x'.repeat(2_100_000)}"`))
    expect(verdict(await ask(base))).toBe('perhaps unreadable')
    expect(verdict(await ask(base, write))).toBe('perhaps unreadable')
  })
  test('more than 2 MB once unpacked', async () => {
    const { base } = await serve((_, reply) => {
      reply.writeHead(200, { 'content-encoding': 'gzip' })
      reply.end(gzipSync(`"${'x'.repeat(20_000_000)}"`))
    })
    expect(verdict(await ask(base))).toBe('perhaps unreadable')
  })
  test('an endless body ends at 2 MB', async () => {
    const { base } = await serve((_, reply) => {
      reply.writeHead(200)
      const more = () => {
        while (!reply.destroyed && reply.write('x'.repeat(65_536)));
      }
      reply.on('drain', more)
      more()
    })
    expect(verdict(await ask(base))).toBe('perhaps unreadable')
  })
  test('nested beyond all measure', async () => {
    const { base } = await serve((_, reply) => json(reply, 200, '['.repeat(500_000) + ']'.repeat(500_000)))
    expect(verdict(await ask(base))).toBe('perhaps unreadable')
  })
  test('packed wrongly', async () => {
    const { base } = await serve((_, reply) => {
      reply.writeHead(200, { 'content-encoding': 'gzip' })
      reply.end('not gzip')
    })
    expect(verdict(await ask(base))).toBe('perhaps unreadable')
  })
  test('__proto__ is data', async () => {
    const { base } = await serve((_, reply) => json(reply, 200, '{"__proto__":{"ok":false},"a":1}'))
    const answer = await ask(base)
    expect(verdict(answer)).toBe('ok')
    expect(Object.keys(answer.ok ? (answer.body as object) : {})).toEqual(['__proto__', 'a'])
  })
})

describe('connections that never came about', () => {
  test('refused', async () => {
    const { base } = await serve(() => {})
    running.splice(0).forEach((stop) => {
      stop()
    })
    const answer = await ask(base, write)
    expect(answer).toMatchObject({ ok: false, sent: 'no', trouble: 'unreachable' })
    expect(answer.ok || answer.message).toContain('ECONNREFUSED')
    expect(verdict(await ask(base.replace('127.0.0.1', 'localhost'), write))).toBe('no unreachable')
  })
  // The runtime's own `fetch` refuses these ports, and its error does not tell that nothing was sent.
  test.each([6000, 10080, 6697])('port %i, which browsers block, is one like others', async (port) => {
    expect(verdict(await ask(`http://127.0.0.2:${port}`, write))).toBe('no unreachable')
    const server = createServer((_, reply) => reply.end('{"ok":true}'))
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.3', () => resolve(true))
    })
    running.push(() => server.close())
    if (listens) expect(await ask(`http://127.0.0.3:${port}`, write)).toMatchObject({ ok: true })
    server.closeAllConnections()
  })
  test('unknown host', async () => {
    expect(verdict(await ask('http://lockwarden.invalid', write))).toBe('no unreachable')
  })
  test('unreachable network', async () => {
    expect(verdict(await ask('http://255.255.255.255', write))).toBe('no unreachable')
  })
  test('a certificate nobody vouches for', async () => {
    const server = createTlsServer(certificate(), (_, reply) => reply.end('{}'))
    const answer = await ask(`https://localhost:${await portOf(server)}`, write)
    expect(answer).toMatchObject({ sent: 'no', trouble: 'unreachable' })
    expect(answer.ok || answer.message).toMatch(/self-signed/)
  })
  test('HTTP where TLS was expected', async () => {
    const { base } = await serve((_, reply) => json(reply, 200, {}))
    expect(verdict(await ask(base.replace('http:', 'https:'), write))).toBe('no unreachable')
  })
  test.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ])('%s within the handshake', async (_, end) => {
    const { tls } = await serveRaw((socket) => socket.once('data', () => end(socket)))
    expect(verdict(await ask(tls, write))).toBe('no unreachable')
  })
})

describe('connections that broke', () => {
  const headers = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'
  test.each<[string, (socket: Socket) => void, string]>([
    ['reset after the request', (socket) => socket.resetAndDestroy(), 'perhaps cut-off'],
    ['closed after the request', (socket) => socket.end(), 'perhaps cut-off'],
    ['closed within the body', (socket) => socket.end(`${headers}{"ok"`), 'perhaps cut-off'],
    [
      'reset within the body',
      (socket) => socket.write(`${headers}{"ok"`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      'perhaps cut-off',
    ],
    [
      'closed within the body of a refusal',
      (socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\n{"er'),
      'yes forbidden',
    ],
    ['no HTTP at all', (socket) => socket.end('SSH-2.0-hello\r\n'), 'perhaps unreadable'],
    ['endless headers', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(200_000)}`), 'perhaps unreadable'],
  ])('%s', async (_, talk, expected) => {
    const { base, connections } = await serveRaw((socket) => socket.once('data', () => talk(socket)))
    expect(verdict(await ask(base, write))).toBe(expected)
    expect(connections()).toBe(1)
  })

  test.each([
    ['a read', read],
    ['a write', write],
  ])('reset on a reused connection: %s is not sent again', async (_, request) => {
    let requests = 0
    const { base, connections } = await serveRaw((socket) =>
      socket.on('data', () => {
        requests++
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
        else socket.resetAndDestroy()
      }),
    )
    expect(verdict(await ask(base, request))).toBe('ok')
    // The connection goes back to the pool a moment after its answer ended.
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(verdict(await ask(base, request))).toBe('perhaps cut-off')
    expect([connections(), requests]).toEqual([1, 2])
  })
})

describe('time', () => {
  const short = { readTimeoutMs: 60, writeTimeoutMs: 60 }
  test('no headers in time', async () => {
    const { base } = await serve(() => {})
    expect(await ask(base, write, short)).toMatchObject({
      sent: 'perhaps',
      trouble: 'timeout',
      message: 'no answer within 0.06 s',
    })
    expect(verdict(await ask(base, read, { readTimeoutMs: 60 }))).toBe('perhaps timeout')
  })
  test('no whole body in time', async () => {
    const { base } = await serve((_, reply) => {
      reply.writeHead(200)
      reply.write('{"ok":')
    })
    expect(await ask(base, write, short)).toMatchObject({
      sent: 'perhaps',
      trouble: 'timeout',
      message: 'no complete answer within 0.06 s',
    })
  })
  test('the status of a refusal stands though its body never ends', async () => {
    const { base } = await serve((_, reply) => {
      reply.writeHead(429, { 'retry-after': '5' })
      reply.write('{')
    })
    expect(await ask(base, write, short)).toMatchObject({ sent: 'no', trouble: 'rate-limited', retryAfterMs: 5000 })
  })
  test('stopped before and during', async () => {
    const { base, seen } = await serve(() => stop.abort())
    const stop = new AbortController()
    const stopping = { ...deps, signal: stop.signal }
    expect(verdict(await exchange(write, pass, reach(base), stopping))).toBe('perhaps stopped')
    expect(verdict(await exchange(write, pass, reach(base), stopping))).toBe('no stopped')
    expect(seen).toHaveLength(1)
  })
})

test('over our own budget nothing is sent until there is room', async () => {
  const { base, seen } = await serve((_, reply) => json(reply, 200, {}))
  let moment = now
  const budgets = new Budgets({ read: 5, write: 5, action: 2 })
  const send = (request: Request, holder = 'owner') =>
    exchange(request, { ...pass, holder }, reach(base, { budgets }), { now: () => moment })
  expect(verdict(await send(write))).toBe('ok')
  moment += 10_000
  expect(verdict(await send(write))).toBe('ok')
  expect(await send(write)).toMatchObject({ sent: 'no', trouble: 'budget', retryAfterMs: 50_000 })
  expect(verdict(await send(read))).toBe('ok')
  expect(verdict(await send(write, 'device'))).toBe('ok')
  moment += 50_000
  expect(verdict(await send(write))).toBe('ok')
  expect(seen).toHaveLength(5)
})

/** A certificate that is good for nothing but being refused. */
function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost']
    execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
