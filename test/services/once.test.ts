import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import type { Answer, Request } from '../../src/core/model/service.ts'
import { Budgets } from '../../src/services/budget.ts'
import { exchange } from '../../src/services/http.ts'

const long = process.env.LOCKWARDEN_LONG !== undefined
const read: Request = {
  service: 'chastify',
  as: 'owner',
  method: 'GET',
  path: '/',
  body: null,
  lockId: null,
  budget: 'read',
}
const write: Request = { ...read, method: 'POST', body: { deltaSeconds: 600 }, budget: 'action' }

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function ask(port: number, request: Request, patienceMs = 2000, signal?: AbortSignal): Promise<Answer> {
  const free = { read: 1e6, write: 1e6, action: 1e6 }
  return exchange(
    request,
    { holder: 'owner', bearer: null },
    {
      baseUrl: `http://127.0.0.1:${port}`,
      budgets: new Budgets(free),
      troubles: new Map(),
      secrets: [],
      readTimeoutMs: patienceMs,
      writeTimeoutMs: patienceMs,
    },
    { now: Date.now, ...(signal ? { signal } : {}) },
  )
}

async function serving(answer: (reply: ServerResponse) => void): Promise<number> {
  const server = createServer((asked, reply) => {
    asked.resume()
    answer(reply)
  })
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A collection of everything that nothing holds. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('a body that stalls after its head', () => {
  const patienceMs = 1500

  test.each([
    ['is silent', (_: ServerResponse) => undefined],
    [
      'trickles',
      (reply: ServerResponse) => {
        const drip = setInterval(() => reply.write(' '), 20)
        reply.on('close', () => clearInterval(drip))
        closing.push(() => clearInterval(drip))
      },
    ],
  ])('is given up at the deadline, whatever is collected meanwhile: one that %s', async (_, go) => {
    const port = await serving((reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' })
      reply.write('{"a":')
      go(reply)
      // It does end, long after the deadline.
      const end = setTimeout(() => reply.end('1}'), 50 * patienceMs)
      closing.push(() => clearTimeout(end))
    })
    const collect = collector()
    const collecting = setInterval(collect, 200)
    closing.push(() => clearInterval(collecting))
    for (let batch = 0; batch < (long ? 10 : 1); batch++) {
      const tries = Array.from({ length: long ? 50 : 20 }, (_, i) => ask(port, i % 2 === 0 ? read : write, patienceMs))
      // On a busy machine every timer is late: the deadline is held against one that cannot be forgotten.
      const rang = new Promise<number>((done) => setTimeout(() => done(Date.now()), patienceMs))
      const answers = await Promise.all(tries)
      const late = answers.map(({ answered }) => answered).reduce((one, other) => Math.max(one, other)) - (await rang)
      expect(late).toBeLessThan(1000)
      for (const answer of answers) expect(answer).toMatchObject({ ok: false, sent: 'perhaps', trouble: 'timeout' })
    }
  })

  test('ends at once when the program is to stop', async () => {
    const port = await serving((reply) => {
      reply.writeHead(200)
      reply.write('{')
    })
    const stop = new AbortController()
    const tries = [read, write].map((one) => ask(port, one, 60_000, stop.signal))
    await new Promise((resolve) => setTimeout(resolve, 200))
    collector()()
    stop.abort()
    for (const answer of await Promise.all(tries)) expect(answer).toMatchObject({ sent: 'perhaps', trouble: 'stopped' })
  })
})

describe('a request leaves once', () => {
  const final = Array.from({ length: 400 }, (_, i) => 200 + i)

  test('whatever the status, from 100 to 599', async () => {
    let came = 0
    let status = 0
    const server = createRawServer((socket: Socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {
        came++
        const body = status < 200 || status === 204 || status === 304 ? '' : '{}'
        socket.end(`HTTP/1.1 ${status} Said\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
      })
    })
    closing.push(() => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const twice: string[] = []
    for (status of [...Array.from({ length: 100 }, (_, i) => 100 + i), ...final]) {
      for (const request of [read, write]) {
        came = 0
        await ask(port, request)
        if (came !== 1) twice.push(`${status} ${request.method}: ${came}`)
      }
    }
    expect(twice).toEqual([])
  })

  test('also where a connection that was kept is cut under it', async () => {
    let came = 0
    const server = createRawServer((socket: Socket) => {
      socket.on('error', () => {})
      let first = true
      socket.on('data', () => {
        came++
        if (first) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
        else socket.destroy()
        first = false
      })
    })
    closing.push(() => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await ask(port, write)).toMatchObject({ ok: true })
    expect(await ask(port, write)).toMatchObject({ ok: false, sent: 'perhaps', trouble: 'cut-off' })
    expect(came).toBe(2)
  })

  test('to a port that browsers refuse, too', async () => {
    expect(await ask(6667, write)).toMatchObject({ ok: false, sent: 'no', trouble: 'unreachable' })
  })
})

describe('a 2xx that tells of an error', () => {
  const answerTo = async (body: unknown, request: Request) => {
    const port = await serving((reply) => reply.writeHead(200).end(JSON.stringify(body)))
    return ask(port, request)
  }

  test.each([
    [{ error: 'lock_ended' }],
    [{ error: { code: 'lock_ended', message: 'it is over' } }],
    [{ ok: 'false' }],
    [{ ok: 0 }],
    [{ ok: null, error: 'x' }],
    [{ success: false }],
    [{ ok: true, error: 'half of it' }],
    [{ errors: ['no such lock'] }],
  ])('may have happened or not: %j', async (body) => {
    expect(await answerTo(body, write)).toMatchObject({ ok: false, sent: 'perhaps', trouble: 'unreadable' })
    expect(await answerTo(body, read)).toMatchObject({ ok: false, sent: 'perhaps', trouble: 'unreadable' })
  })

  test.each([[{}], [{ ok: true }], [{ error: null }], [{ ok: true, error: '' }], [{ errors: [] }], [{ ok: 'true' }]])(
    'is none: %j',
    async (body) => expect(await answerTo(body, write)).toMatchObject({ ok: true }),
  )
})
