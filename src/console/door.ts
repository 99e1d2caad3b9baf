import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'hono/utils/cookie'
import type { ConsoleConfig } from '../config/console.ts'
import type { Proxies } from './address.ts'
import type { Around } from './around.ts'
import { type Arrival, cookieName } from './asking.ts'
import type { Crowd } from './crowd.ts'
import { guard, headers, onlyHttps, ownHeader } from './guard.ts'
import { largestSignIn, signInPath } from './signing.ts'

/** The entry of requests, before anybody looks at what they ask. */
export interface Door {
  around: Around
  config: ConsoleConfig
  /** Where it listens. */
  port: number
  proxies: Proxies
  crowd: Crowd
  arrivals: WeakMap<object, Arrival>
  /** Answers a request that was let in. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>
}

interface Refused {
  status: number
  error: string
  code: string
}

/** Lets a request in, or refuses it. `isExpecting`: the client sends the body only after "100 Continue". */
export function receive(door: Door, incoming: IncomingMessage, outgoing: ServerResponse, isExpecting: boolean): void {
  const { around, config, crowd, proxies } = door
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
  const { socket } = incoming
  const connected = socket.remoteAddress ?? 'unknown'
  const isProxied = proxies.has(connected)
  const address = proxies.clientOf(connected, headerOf(incoming, 'x-forwarded-for'))
  const guarded = guard(askingOf(incoming), { url: config.url, port: door.port })
  const isSecure = 'origin' in guarded && guarded.origin.startsWith('https:')
  const isSecureBefore = isProxied && headerOf(incoming, 'x-forwarded-proto')?.toLowerCase() === 'https'
  if (isSecure || isSecureBefore) outgoing.setHeader(...onlyHttps)
  const session = 'status' in guarded ? null : around.sessions.find(cookieOf(incoming, cookieName(isSecure)))
  if (session !== null || !around.passwords.areSet) socket.setTimeout(0)
  crowd.place(socket, session?.role ?? 'stranger', address)
  outgoing.once('close', () => {
    if (isProxied) crowd.place(socket, 'proxy', connected)
  })
  if ('status' in guarded) {
    if (guarded.status === 403) countElsewhere(door, guarded, address)
    refuse(incoming, outgoing, guarded)
    return
  }
  const bytes = bodyBytesOf(incoming)
  const refused = session === null && around.passwords.areSet ? strangersBody(incoming, bytes) : null
  if (refused) {
    refuse(incoming, outgoing, refused)
    return
  }
  if (isExpecting) outgoing.writeContinue()
  const begin = () => outgoing.once('close', crowd.work(socket))
  if (bytes === 0) begin()
  else incoming.once('end', () => outgoing.closed || begin())
  door.arrivals.set(incoming, { origin: guarded.origin, address })
  void door.answer(incoming, outgoing)
}

function askingOf(incoming: IncomingMessage): Parameters<typeof guard>[0] {
  const { method = '', headers: sent } = incoming
  return {
    method,
    host: sent.host,
    origin: sent.origin,
    site: headerOf(incoming, 'sec-fetch-site'),
    own: headerOf(incoming, ownHeader),
    contentType: sent['content-type'],
  }
}

/** Requests from pages of other sites are written to the audit. */
function countElsewhere({ around: { sums } }: Door, { code, error }: Refused, address: string): void {
  const said = `was refused a request from elsewhere: ${error}`
  sums.count(`guard ${code}`, { who: { role: null, address }, what: 'refused', lock: null, said, difference: [] })
}

/** Why a stranger's body is refused, before it takes up time and memory; null if it is accepted. */
function strangersBody({ method, url }: IncomingMessage, bytes: number): Refused | null {
  if (bytes === 0) return null
  if (method === 'GET' || url !== signInPath) return { status: 401, error: 'sign in first', code: 'signed-out' }
  const isTooLarge = Number.isFinite(bytes) && bytes > largestSignIn
  return isTooLarge ? { status: 413, error: 'the body is too large', code: 'too-large' } : null
}

/** The announced size of a body in bytes; infinite if it is not announced. */
function bodyBytesOf({ headers: sent }: IncomingMessage): number {
  return sent['transfer-encoding'] === undefined ? Number(sent['content-length'] ?? 0) : Number.POSITIVE_INFINITY
}

function cookieOf({ headers: sent }: IncomingMessage, name: string): string | undefined {
  return parse(sent.cookie ?? '', name)[name]
}

function headerOf({ headers: sent }: IncomingMessage, name: string): string | undefined {
  const value = sent[name]
  return Array.isArray(value) ? value[0] : value
}

/** Answers without reading the body, and closes the connection. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, { status, error, code }: Refused): void {
  outgoing.setHeader('connection', 'close')
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error, code }))
  incoming.resume()
}
