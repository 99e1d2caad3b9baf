import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Request } from '../../src/core/model/service.ts'
import type { ChastifyCredentials } from '../../src/services/chastify/client.ts'
import { deviceRequest } from '../../src/services/chastify/device.ts'
import { connect } from '../../src/services/connect.ts'
import type { Credentials } from '../../src/services/credentials.ts'
import { services } from '../../src/services/index.ts'
import { Secret } from '../../src/services/secret.ts'
import type { TrackerCredentials } from '../../src/services/tracker/client.ts'

const now = Date.parse('2026-02-03T10:00:00Z')
const id = '65f0c0ffee65f0c0ffee65f0'
let server: Server
let base: string
let seen: { url: string; headers: IncomingHttpHeaders }[]
let answer: { status: number; body: unknown }

beforeEach(async () => {
  seen = []
  answer = { status: 200, body: { ok: true } }
  server = createServer((asked, reply) => {
    seen.push({ url: asked.url ?? '', headers: asked.headers })
    asked.resume()
    reply.writeHead(answer.status)
    reply.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const request = (service: string, as: Request['as'], more: Partial<Request> = {}): Request => ({
  service,
  as,
  method: 'GET',
  path: '/x',
  body: null,
  lockId: null,
  budget: 'read',
  ...more,
})
const write = { method: 'POST', body: {}, budget: 'action', lockId: id } as const

function credentials(more: Partial<ChastifyCredentials> = {}, tracker?: Partial<TrackerCredentials> | null) {
  return {
    chastify: { baseUrl: base, token: new Secret('dev-token'), ...more },
    tracker: tracker === null ? null : { baseUrl: base, token: new Secret('owner-token'), domToken: null, ...tracker },
  } satisfies Credentials
}
const send = (given: Credentials, what: Request) => connect(services, given, { now: () => now })(what)
const extension = {
  device: {
    route: 'extension',
    sessionId: 'sess',
    appKey: new Secret('app-key-1'),
    mainToken: new Secret('main-token-1'),
  },
} as const

test('the two services', () => expect(services.map(({ name }) => name)).toEqual(['chastify', 'tracker']))

test('names of facts and actions are no two services’', () => {
  const names = services.flatMap(({ facts, actions }) => [...facts, ...actions].map(({ name }) => name))
  expect(new Set(names).size).toBe(names.length)
})

describe('who a request goes out as', () => {
  test.each<[Request, () => Credentials, Record<string, string | undefined>]>([
    [request('chastify', 'owner'), () => credentials(), { authorization: 'Bearer dev-token' }],
    [
      request('chastify', 'owner', write),
      () => credentials(),
      { authorization: 'Bearer dev-token', 'x-chastify-lock-id': id },
    ],
    [
      request('chastify', 'owner', { ...write, lockId: null }),
      () => credentials(),
      { authorization: 'Bearer dev-token', 'x-chastify-lock-id': undefined },
    ],
    [
      deviceRequest('all.stop', null, id),
      () => credentials({ device: { route: 'app' } }),
      { authorization: 'Bearer dev-token', 'x-chastify-lock-id': id, 'x-chastify-main-token': undefined },
    ],
    [
      deviceRequest('all.stop', null),
      () => credentials(extension),
      { authorization: 'Bearer app-key-1', 'x-chastify-main-token': 'main-token-1' },
    ],
    [
      request('tracker', 'owner', write),
      () => credentials(),
      { authorization: 'Bearer owner-token', 'x-chastify-lock-id': undefined },
    ],
    [
      request('tracker', 'dom'),
      () => credentials({}, { domToken: new Secret('dom-token') }),
      { authorization: 'Bearer dom-token' },
    ],
    [request('tracker', 'public'), () => credentials({}, { token: null }), { authorization: undefined }],
  ])('%j', async (what, given, headers) => {
    expect(await send(given(), what)).toMatchObject({ ok: true })
    expect(seen).toHaveLength(1)
    for (const [name, value] of Object.entries(headers)) expect([name, seen[0]?.headers[name]]).toEqual([name, value])
  })

  test.each<[Request, () => Credentials, string, RegExp]>([
    [request('chastify', 'device'), () => credentials(), 'missing-token', /chastify\.device/],
    [request('chastify', 'dom'), () => credentials(), 'missing-token', /dom/],
    [request('tracker', 'owner'), () => credentials({}, null), 'missing-token', /^tracker is not set/],
    [request('tracker', 'owner'), () => credentials({}, { token: null }), 'missing-token', /tracker\.token_file/],
    [request('tracker', 'dom'), () => credentials(), 'missing-token', /tracker\.dom_token_file/],
    [request('tracker', 'device'), () => credentials(), 'missing-token', /device/],
    [request('chaster', 'owner'), () => credentials(), 'invalid', /chaster/],
  ])('%j has none', async (what, given, trouble, message) => {
    const made = await send(given(), what)
    expect(made).toMatchObject({ ok: false, sent: 'no', trouble, asked: now, answered: now, retryAfterMs: null })
    expect(made.ok || made.message).toMatch(message)
    expect(seen).toEqual([])
  })
})

describe('Chastify’s codes', () => {
  test.each([
    [401, 'missing_token', 'missing-token'],
    [401, 'invalid_token', 'invalid-token'],
    [401, 'revoked_token', 'revoked-token'],
    [401, 'other', 'invalid-token'],
    [403, 'insufficient_scope', 'forbidden'],
    [409, 'no_active_lock_session', 'no-lock'],
    [409, 'lock_ended', 'lock-ended'],
    [409, 'other', 'conflict'],
    [400, 'toString', 'invalid'],
  ])('%i %s: %s', async (status, code, trouble) => {
    for (const body of [
      { error: code, message: 'm' },
      { ok: false, error: { code, message: 'm' } },
    ]) {
      answer = { status, body }
      expect(await send(credentials(), request('chastify', 'owner', write))).toMatchObject({
        ok: false,
        sent: 'yes',
        trouble,
        message: `${code}: m`,
      })
    }
  })
})

test('a session that overlaps is a conflict', async () => {
  answer = { status: 409, body: { message: 'Overlapping session exists' } }
  expect(await send(credentials(), request('tracker', 'owner', write))).toMatchObject({
    sent: 'yes',
    trouble: 'conflict',
  })
})

test('a secret of one service does not come back from the other', async () => {
  answer = { status: 200, body: { ok: true, a: 'dev-token', b: ['owner-token app-key-1', 'main-token-1'] } }
  const made = await send(credentials(extension), request('tracker', 'owner'))
  expect(JSON.stringify(made)).not.toMatch(/dev-token|owner-token|app-key-1|main-token-1/)
})

test('budgets: well below the published ones, each credential’s own', async () => {
  const out = connect(services, credentials({ device: { route: 'app' } }, { domToken: new Secret('dom-token') }), {
    now: () => now,
  })
  const granted = async (what: Request, times: number) => {
    let count = 0
    for (let i = 0; i < times; i++) if ((await out(what)).ok) count++
    return count
  }
  expect(await granted(request('chastify', 'owner'), 160)).toBe(150)
  expect(await granted(request('chastify', 'owner', write), 15)).toBe(15)
  expect(await granted(request('chastify', 'device', write), 15)).toBe(5)
  expect(await granted(request('tracker', 'owner'), 125)).toBe(120)
  expect(await granted(request('tracker', 'owner', { ...write, budget: 'write' }), 15)).toBe(10)
  expect(await granted(request('tracker', 'dom', { ...write, budget: 'write' }), 15)).toBe(10)
  expect(await out(request('chastify', 'owner'))).toMatchObject({ sent: 'no', trouble: 'budget', retryAfterMs: 60_000 })
})

test('a stop that was asked for before', async () => {
  const out = connect(services, credentials(), { now: () => now })
  expect(await out(request('chastify', 'owner', write), AbortSignal.abort())).toMatchObject({
    sent: 'no',
    trouble: 'stopped',
  })
  expect(seen).toEqual([])
})
