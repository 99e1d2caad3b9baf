import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { parse } from 'hono/utils/cookie'
import type { Asked } from '../answers.ts'
import type { ConsoleConfig } from '../config/console.ts'
import { readExamples } from '../config/examples.ts'
import { isUp } from '../core/model/wire.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode, systemWords } from '../errno.ts'
import type { Answers } from '../questions.ts'
import type { Audit } from '../store/audit.ts'
import type { OpenStore } from '../store/store.ts'
import type { Sums } from '../store/sums.ts'
import { showWords } from '../views/catalogue.ts'
import { showCourse } from '../views/timeline.ts'
import { Proxies } from './address.ts'
import { type Arrival, cookieName } from './asking.ts'
import { Crowd, mostConnections } from './crowd.ts'
import { Drafts } from './draft.ts'
import { Events, type Snapshot } from './events.ts'
import { guard, headers, onlyHttps, ownHeader } from './guard.ts'
import { readPages } from './pages.ts'
import { Passwords } from './passwords.ts'
import { routesOf } from './routes.ts'
import { RuleFolder } from './rulefolder.ts'
import { Sessions } from './session.ts'
import { largestSignIn, signInPath } from './signing.ts'

/** What the console has of the daemon. */
export interface ConsolePorts {
  console: ConsoleConfig
  asked: Asked
  answers: Answers
  /** Readings of the past; absent where none are kept. */
  recorded?: Pick<OpenStore, 'recorded' | 'flush'>
  /** The folder of the example rules; null where there is none. */
  examples: string | null
  version: string
  audit: Audit
  /** Counts what strangers and others can repeat without end. */
  sums: Sums
  stop(lock: string | null, words: string): void
  resume(lock: string | null): number
  reload(): Promise<void>
  trouble(error: unknown, doing: string): void
  /** A clock that nobody sets, in milliseconds; the machine's unless given. */
  ticks?(): number
}

/** A console that listens. */
export interface Console {
  /** Where browsers find it. */
  readonly url: string
  readonly port: number
  /** Has pages look again: a step was made. */
  stir(): void
  /** Takes up password files that were replaced. */
  lookAtPasswords(): Promise<void>
  close(): Promise<void>
}

/** Deadlines are good for as much as they are looked at, which Node does every half minute unless told. */
const timeouts = {
  headersTimeout: 8000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
}
/** For a stranger who does not take the answer. Who is in may wait for work that takes long. */
const silentMs = 60_000
const largestHead = 16_384

/** Starts the console. Throws a `Mistake` where it cannot listen. */
export async function startConsole(ports: ConsolePorts): Promise<Console> {
  const { console: config, asked, answers } = ports
  const { inForce } = asked
  const locks = inForce.locks.map(({ lock }) => lock)
  const folders = new Map(
    locks.map(({ name, rules }) => {
      // Entries that share their rules share what these were before.
      const first = locks.find((lock) => lock.rules === rules)?.name ?? name
      return [name, { rules, versions: join(asked.config.data, 'rule-versions', first) }]
    }),
  )
  const shared = new Map([...folders.values()].map((one) => [one.rules, new RuleFolder(one.rules, one.versions)]))
  const look = async (): Promise<Snapshot> => {
    const { faults, limitsFaulty, restartNeeded } = inForce
    const lines = faults.map(({ place, message }) => `${place.file}:${place.line}:${place.column}: ${message}`)
    const dead = asked.wires.all.filter((wire) => isUp(wire) === false).map(({ name }) => name)
    return { locks: await answers.glance({}), faults: lines, limitsFaulty, restartNeeded, dead }
  }
  const events = new Events(look, (error) => ports.trouble(error, 'looking for what is new'))
  const sessions = new Sessions(ports.ticks ?? (() => performance.now()))
  const passwords = new Passwords(config, (role) => {
    sessions.closeWhere(role, () => true)
    const who = { role: null, address: 'this machine' }
    const said = `the password of the ${role} is another one`
    try {
      ports.audit.add({ who, what: 'password', lock: null, said, difference: [] })
    } catch (error) {
      ports.trouble(error, `writing down "${said}"`)
    }
  })
  const proxies = new Proxies(config.trustedProxies)
  const crowd = new Crowd()
  const arrivals = new WeakMap<object, Arrival>()
  const drafts = new Drafts(asked, ports.recorded ?? null)
  const app = routesOf({
    version: ports.version,
    zone: asked.config.zone,
    audit: ports.audit,
    sums: ports.sums,
    data: asked.config.data,
    locks: locks.map(({ name }) => name),
    answers,
    folders: new Map(
      [...folders].flatMap(([name, { rules }]) => {
        const folder = shared.get(rules)
        return folder ? [[name, folder] as const] : []
      }),
    ),
    drafts,
    course: async (lock, since) => {
      const recorded = await ports.recorded?.recorded(lock, since)
      return recorded ? showCourse(recorded, since, asked.clock.now()) : null
    },
    words: (lock) => showWords(inForce.of(lock).rules),
    now: asked.clock.now,
    declared: (lock) => {
      const { inputs, tallies, byId } = inForce.of(lock).rules
      return { inputs: new Set(inputs.keys()), tallies: new Set(tallies.keys()), rules: new Set(byId.keys()) }
    },
    examples: ports.examples === null ? [] : readExamples(ports.examples),
    pages: readPages(),
    events,
    reload: ports.reload,
    stop: ports.stop,
    resume: ports.resume,
    isStopped: asked.stopped,
    trouble: ports.trouble,
    ticks: ports.ticks ?? (() => performance.now()),
    sessions,
    passwords,
    arrivalOf: (incoming) => arrivals.get(incoming) ?? { origin: '', address: 'unknown' },
  })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  let port = config.port
  const take = (incoming: IncomingMessage, outgoing: ServerResponse, isExpecting: boolean) => {
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
    const { socket, headers: sent, method = '', url: path = '' } = incoming
    const connected = socket.remoteAddress ?? 'unknown'
    const isProxied = proxies.has(connected)
    const address = proxies.clientOf(connected, headerOf(incoming, 'x-forwarded-for'))
    const guarded = guard(
      {
        method,
        host: sent.host,
        origin: sent.origin,
        site: headerOf(incoming, 'sec-fetch-site'),
        own: headerOf(incoming, ownHeader),
        contentType: sent['content-type'],
      },
      { url: config.url, port },
    )
    const isSecure = 'origin' in guarded && guarded.origin.startsWith('https:')
    const isSecureBefore = isProxied && headerOf(incoming, 'x-forwarded-proto')?.toLowerCase() === 'https'
    if (isSecure || isSecureBefore) outgoing.setHeader(...onlyHttps)
    const session = 'status' in guarded ? null : sessions.find(cookieOf(incoming, cookieName(isSecure)))
    if (session !== null || !passwords.areSet) socket.setTimeout(0)
    crowd.place(socket, session?.role ?? 'stranger', address)
    const isAnswered = () => {
      if (isProxied) crowd.place(socket, 'proxy', connected)
    }
    outgoing.once('close', isAnswered)
    if ('status' in guarded) {
      if (guarded.status === 403) {
        const said = `was refused a request from elsewhere: ${guarded.error}`
        const who = { role: null, address }
        ports.sums.count(`guard ${guarded.code}`, { who, what: 'refused', lock: null, said, difference: [] })
      }
      return refuse(incoming, outgoing, guarded.status, guarded)
    }
    const bytes = bodyBytesOf(incoming)
    // Before a body of somebody whom it is not for takes up time and memory.
    if (bytes > 0 && session === null && passwords.areSet) {
      if (method === 'GET' || path !== signInPath) {
        return refuse(incoming, outgoing, 401, { error: 'sign in first', code: 'signed-out' })
      }
      if (Number.isFinite(bytes) && bytes > largestSignIn) {
        return refuse(incoming, outgoing, 413, { error: 'the body is too large', code: 'too-large' })
      }
    }
    if (isExpecting) outgoing.writeContinue()
    const begin = () => outgoing.once('close', crowd.work(socket))
    if (bytes === 0) begin()
    else incoming.once('end', () => outgoing.closed || begin())
    arrivals.set(incoming, { origin: guarded.origin, address })
    void listener(incoming, outgoing)
  }
  const server = createServer({ ...timeouts, maxHeaderSize: largestHead }, (incoming, outgoing) =>
    take(incoming, outgoing, false),
  )
  server.on('checkContinue', (incoming, outgoing) => take(incoming, outgoing, true))
  server.on('connection', (socket) => {
    const connected = socket.remoteAddress ?? 'unknown'
    crowd.add(socket, connected, proxies.has(connected))
  })
  server.setTimeout(silentMs)
  server.maxConnections = mostConnections
  server.on('clientError', (_, socket) => void socket.destroy())
  await opened(server, config)
  port = (server.address() as AddressInfo).port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: config.url ?? `http://${host}:${port}`,
    port,
    stir: () => events.stir(),
    lookAtPasswords: () => passwords.look(),
    close: async () => {
      events.close()
      server.closeAllConnections()
      await Promise.all([drafts.close(), new Promise<void>((resolve) => void server.close(() => resolve()))])
    },
  }
}

async function opened(server: Server, { host, port }: ConsoleConfig): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    const words: Record<string, string> = {
      EADDRINUSE: 'another program listens there',
      EADDRNOTAVAIL: 'this machine has no such address',
      EACCES: 'this user may not listen there',
    }
    const why = words[errorCode(error) ?? ''] ?? systemWords(error)
    throw new Mistake(`the console cannot listen at ${host}:${port}: ${why}; choose another under console.listen`)
  }
}

/** How many bytes of a body are announced; infinitely many where it is not said. */
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

/** Answers without a look at the body, and takes no more from that connection. */
function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  { error, code }: { error: string; code: string },
): void {
  outgoing.setHeader('connection', 'close')
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error, code }))
  incoming.resume()
}
