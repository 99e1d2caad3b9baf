import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { ConsoleConfig } from '../config/console.ts'
import { readExamples } from '../config/examples.ts'
import { lockTopicIn } from '../core/model/service.ts'
import { isUp } from '../core/model/wire.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode, systemWords } from '../errno.ts'
import type { DaemonView } from '../queries/daemon.ts'
import { glance } from '../queries/glance.ts'
import type { Audit } from '../store/audit.ts'
import { RaisedNotices } from '../store/raised.ts'
import { Seen } from '../store/seen.ts'
import type { OpenStore } from '../store/store.ts'
import type { Sums } from '../store/sums.ts'
import { showWords } from '../views/catalogue.ts'
import { showCourse } from '../views/timeline.ts'
import { Proxies } from './address.ts'
import type { Around } from './around.ts'
import type { Arrival } from './asking.ts'
import { Attempts } from './attempts.ts'
import { Crowd, mostConnections } from './crowd.ts'
import { type Door, receive } from './door.ts'
import { Drafts } from './draft.ts'
import { Events, type Snapshot } from './events.ts'
import { openapiOf } from './openapi.ts'
import { readPages } from './pages.ts'
import { Passwords } from './passwords.ts'
import { routesOf } from './routes/index.ts'
import { operationGroups } from './routes/operations.ts'
import { RuleFolder } from './rulefolder.ts'
import { Sessions } from './session.ts'
import { Streams } from './streams.ts'

/** What the console gets from the daemon. */
export interface ConsolePorts {
  console: ConsoleConfig
  daemon: DaemonView
  /** Recorded readings; absent if none are kept. */
  recorded?: Pick<OpenStore, 'recorded' | 'flush'>
  /** The folder of the example rules; null if there is none. */
  examples: string | null
  version: string
  audit: Audit
  /** Counts events that anybody can repeat without end. */
  sums: Sums
  stop(lock: string | null, words: string): void
  resume(lock: string | null): number
  reload(): Promise<void>
  trouble(error: unknown, doing: string): void
  /** A clock that nobody can set, in milliseconds; the machine's by default. */
  ticks?(): number
}

/** A listening console. */
export interface Console {
  /** The address for browsers. */
  readonly url: string
  readonly port: number
  /** Call this after a step, so that pages look again. */
  stir(): void
  /** Takes up password files that were replaced. */
  lookAtPasswords(): Promise<void>
  close(): Promise<void>
}

/** How often Node checks deadlines; by default only every half minute. */
const timeouts = {
  headersTimeout: 8000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
}
/** For a stranger who does not read the answer. People with a session may wait for long work. */
const silentMs = 60_000
const largestHead = 16_384

/** Starts the console. Throws a `Mistake` if it cannot listen. */
export async function startConsole(ports: ConsolePorts): Promise<Console> {
  const { console: config } = ports
  const arrivals = new WeakMap<object, Arrival>()
  const pages = await readPages()
  const around = aroundOf(ports, pages, (incoming) => arrivals.get(incoming) ?? { origin: '', address: 'unknown' })
  const door: Door = {
    around,
    config,
    port: config.port,
    proxies: new Proxies(config.trustedProxies),
    crowd: new Crowd(),
    arrivals,
    answer: getRequestListener(routesOf(around).fetch, { overrideGlobalObjects: false }),
  }
  const server = serverOf(door)
  await opened(server, config)
  door.port = (server.address() as AddressInfo).port
  const { events, drafts, passwords } = around
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: config.url ?? `http://${host}:${door.port}`,
    port: door.port,
    stir: () => events.stir(),
    lookAtPasswords: () => passwords.look(),
    close: async () => {
      events.close()
      server.closeAllConnections()
      await Promise.all([drafts.close(), new Promise<void>((resolve) => void server.close(() => resolve()))])
    },
  }
}

function aroundOf(ports: ConsolePorts, pages: Around['pages'], arrivalOf: Around['arrivalOf']): Around {
  const { daemon, recorded, audit, sums } = ports
  const { inForce, config, clock } = daemon
  const ticks = ports.ticks ?? (() => performance.now())
  const sessions = new Sessions(ticks)
  let document: string | null = null
  return {
    version: ports.version,
    audit,
    sums,
    daemon,
    sessions,
    arrivalOf,
    passwords: passwordsOf(ports, sessions),
    attempts: new Attempts(ticks),
    notices: new RaisedNotices(config.data, (words) => ports.trouble(words, 'what waits for the wearer')),
    seen: new Seen(config.data),
    locks: inForce.locks.map(({ lock }) => lock.name),
    folders: foldersOf(daemon),
    drafts: new Drafts(daemon, recorded ?? null),
    course: async (lock, since) => {
      const known = await recorded?.recorded(lock, since)
      return known ? showCourse(known, lockTopicIn(config.services), since, clock.now()) : null
    },
    words: (lock) => showWords(inForce.of(lock).rules),
    declared: (lock) => {
      const { inputs, tallies, byId } = inForce.of(lock).rules
      return { inputs: new Set(inputs.keys()), tallies: new Set(tallies.keys()), rules: new Set(byId.keys()) }
    },
    examples: ports.examples === null ? [] : readExamples(ports.examples),
    pages,
    events: new Events(
      () => snapshotOf(daemon),
      (error) => ports.trouble(error, 'looking for what is new'),
    ),
    streams: new Streams(),
    document: () => {
      document ??= openapiOf(operationGroups)
      return document
    },
    reload: ports.reload,
    stop: ports.stop,
    resume: ports.resume,
    trouble: ports.trouble,
  }
}

/** The rule files of each lock. Entries that share their rules also share the earlier versions. */
function foldersOf({ inForce, config }: DaemonView): ReadonlyMap<string, RuleFolder> {
  const byPath = new Map<string, RuleFolder>()
  return new Map(
    inForce.locks.map(({ lock: { name, rules } }) => {
      const folder = byPath.get(rules) ?? new RuleFolder(rules, join(config.data, 'rule-versions', name))
      byPath.set(rules, folder)
      return [name, folder]
    }),
  )
}

async function snapshotOf(daemon: DaemonView): Promise<Snapshot> {
  const { faults, limitsFaulty, restartNeeded } = daemon.inForce
  const lines = faults.map(({ place, message }) => `${place.file}:${place.line}:${place.column}: ${message}`)
  const dead = daemon.wires.all.filter((wire) => isUp(wire) === false).map(({ name }) => name)
  return { locks: await glance.answer({}, daemon), faults: lines, limitsFaulty, restartNeeded, dead }
}

/** A changed password signs its role out. */
function passwordsOf({ console: config, audit, trouble }: ConsolePorts, sessions: Sessions): Passwords {
  return new Passwords(config, (role) => {
    sessions.closeWhere(role, () => true)
    const who = { role: null, address: 'this machine' }
    const said = `the password of the ${role} is another one`
    try {
      audit.add({ who, what: 'password', lock: null, said, difference: [] })
    } catch (error) {
      trouble(error, `writing down "${said}"`)
    }
  })
}

function serverOf(door: Door): Server {
  const { crowd, proxies } = door
  const server = createServer({ ...timeouts, maxHeaderSize: largestHead }, (incoming, outgoing) =>
    receive(door, incoming, outgoing, false),
  )
  server.on('checkContinue', (incoming, outgoing) => receive(door, incoming, outgoing, true))
  server.on('connection', (socket) => {
    const connected = socket.remoteAddress ?? 'unknown'
    crowd.add(socket, connected, proxies.has(connected))
  })
  server.setTimeout(silentMs)
  server.maxConnections = mostConnections
  server.on('clientError', (_, socket) => void socket.destroy())
  return server
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
