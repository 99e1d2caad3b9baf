import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Asked, Reply, Seen, Service } from './exchange.ts'
import { type FaultRule, type Faults, faultRefusal, inPieces } from './faults.ts'
import { give } from './pieces.ts'

/** What the server puts on the wire. */
export interface Wiring {
  services: readonly Service[]
  faults: Faults
  isControl: (path: string) => boolean
  control: (asked: Asked) => Reply
  see: (seen: Seen) => void
  /** The sandbox's clock, once everything due by then has happened. */
  moment: () => number
}

const LARGEST_BODY = 1_048_576
const NOT_FOUND: Reply = { status: 404, body: { error: { code: 'not_found', message: 'No service has this path' } } }
const TOO_LARGE: Reply = {
  status: 413,
  body: { error: { code: 'body_too_large', message: 'A body may have 1 MB' } },
  headers: { Connection: 'close' },
}
const PAGE = '<!doctype html><title>One moment</title><p>Checking your browser.</p>'

/** Both services and the control on one server that is not listening yet. */
export function buildServer(wiring: Wiring): Server {
  return createServer((request, response) => {
    serve(wiring, request, response).catch(() => response.destroy())
  })
}

async function serve(wiring: Wiring, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const body = await readBody(request)
  const at = wiring.moment()
  if (body === null) {
    wiring.see({ at, method, path, status: TOO_LARGE.status, fault: null })
    return write(response, TOO_LARGE, at)
  }
  const asked = toAsked(request, { method, path, search }, body, at)
  if (wiring.isControl(path)) return write(response, wiring.control(asked), at)

  const service = wiring.services.find((each) => each.owns(path))
  const rule = service === undefined ? null : wiring.faults.take(service.calls(asked))
  const reply = service === undefined ? NOT_FOUND : carryOut(wiring, service, asked, rule)
  const isCut = typeof reply === 'string'
  wiring.see({ at, method, path, status: isCut ? 'dropped' : reply.status, fault: rule?.kind ?? null })
  const held = rule?.kind === 'hang' || rule?.kind === 'slow' ? rule.holdMs : undefined
  // The wait is no reason for the process to stay.
  if (held !== undefined) await sleep(held, undefined, { ref: false })
  if (reply === 'cut') request.socket.destroy()
  else if (reply === 'silence' && held !== undefined) request.socket.resetAndDestroy()
  else if (!isCut && rule !== null && inPieces(rule)) await give(response, writeHead(response, reply, at), rule)
  else if (!isCut) write(response, reply, at)
}

/** What becomes of a request, with a fault or without: an answer, a cut connection, or silence. */
function carryOut(wiring: Wiring, service: Service, asked: Asked, rule: FaultRule | null): Reply | 'cut' | 'silence' {
  if (rule === null) return service.handle(asked)
  if (rule.kind === 'late') {
    const due = asked.at + (rule.delayMs ?? 0)
    wiring.faults.postpone(due, () => service.handle({ ...asked, at: due }))
    return rule.status === undefined ? 'cut' : { status: rule.status, body: rule.body ?? {} }
  }
  const isAnswered = rule.kind === 'slow' || (inPieces(rule) && rule.status === undefined)
  if (isAnswered) return service.handle(asked)
  if (rule.kind === 'drop-after' || (rule.after && rule.kind !== 'drop-before')) service.handle(asked)
  switch (rule.kind) {
    case 'drop-before':
    case 'drop-after':
      return 'cut'
    case 'hang':
      return 'silence'
    case 'redirect':
      return { status: rule.status ?? 302, body: '', headers: { Location: '/elsewhere' } }
    case 'html':
      return { status: rule.status ?? 200, body: rule.body ?? PAGE, headers: { 'Content-Type': 'text/html' } }
    default: {
      const reply = service.fail(asked, faultRefusal(rule))
      return rule.body === undefined ? reply : { ...reply, body: rule.body }
    }
  }
}

function toAsked(
  request: IncomingMessage,
  { method, path, search }: { method: string; path: string; search: string },
  body: string,
  at: number,
): Asked {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
  const ip = request.socket.remoteAddress ?? ''
  const asked = { at, method, path, query: new URLSearchParams(search), bearer, headers, ip }
  if (body === '') return { ...asked, body: {}, badBody: null }
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return { ...asked, body: {}, badBody: 'Content-Type must be application/json' }
  }
  try {
    return { ...asked, body: JSON.parse(body), badBody: null }
  } catch {
    return { ...asked, body: {}, badBody: 'The body is not JSON' }
  }
}

/** The body, or null where it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return size > LARGEST_BODY ? null : Buffer.concat(chunks).toString('utf8')
}

function write(response: ServerResponse, reply: Reply, at: number): void {
  response.end(writeHead(response, reply, at))
}

/** The head of an answer; answers its body. */
function writeHead(response: ServerResponse, { status, body, headers }: Reply, at: number): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
    Date: new Date(at).toUTCString(),
  })
  return text
}
