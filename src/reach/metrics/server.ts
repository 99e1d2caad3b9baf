import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricsConfig } from '../../config/reach.ts'
import type { News } from '../../core/model/order.ts'
import { isUnstored } from '../../core/model/ports.ts'
import type { Step } from '../../core/step.ts'
import { Mistake } from '../../document/fault.ts'
import { systemWords } from '../../errno.ts'
import type { Sight } from '../sight.ts'
import { type Counts, count, lateness, nothingCounted, type Planned } from './counts.ts'
import { metricsOf, type Numbered } from './samples.ts'

/** What the metrics server gets from the daemon. */
export interface MetricsPorts {
  metrics: MetricsConfig
  sights(): Sight[]
  state(): Pick<Numbered, 'faults' | 'limitsFaulty' | 'restartNeeded' | 'backups' | 'wires'>
  version: string
}

/** A listening metrics server. */
export interface MetricsDoor {
  readonly port: number
  /** Called after each step of a lock, with the time that it took. */
  stepped(lock: string, step: Step, news: readonly News[], tookMs: number): void
  close(): Promise<void>
}

const timeouts = { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 10_000 }
const mostConnections = 20
const stepBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const lateBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300]

/** How one loop goes. */
interface Watched {
  counts: Counts
  planned: Planned
}

/** Opens `/healthz`, `/readyz` and `/metrics`. Throws a `Mistake` if it cannot listen. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over one server
export async function openMetrics(ports: MetricsPorts): Promise<MetricsDoor> {
  const watched = new Map<string, Watched>()
  const of = (lock: string): Watched => watched.get(lock) ?? { counts: nothingCounted, planned: {} }
  const registry = new Registry()
  const stepTime = new Histogram({
    name: 'lockwarden_step_duration_seconds',
    help: 'How long a step took: deciding, and storing the result.',
    labelNames: ['lock'],
    buckets: stepBuckets,
    registers: [registry],
  })
  const late = new Histogram({
    name: 'lockwarden_poll_lateness_seconds',
    help: 'How much later than planned a reading was asked for.',
    labelNames: ['lock', 'topic'],
    buckets: lateBuckets,
    registers: [registry],
  })

  const numbers = async (): Promise<string> => {
    const locks = ports.sights().map((sight) => ({ sight, counts: of(sight.lock).counts }))
    const metrics = metricsOf({ locks, ...ports.state(), version: ports.version, node: process.version })
    const scrape = new Registry()
    for (const { name, help, type, samples } of metrics) {
      // A metric without labels would be reported as 0.
      if (samples.length === 0) continue
      const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]
      if (type === 'counter') {
        const counter = new Counter({ name, help, labelNames, registers: [scrape] })
        for (const { labels, value } of samples) counter.inc(labels, value)
      } else {
        const gauge = new Gauge({ name, help, labelNames, registers: [scrape] })
        for (const { labels, value } of samples) gauge.set(labels, value)
      }
    }
    const { user, system } = process.cpuUsage()
    new Counter({ name: 'process_cpu_seconds_total', help: 'Time on the processor.', registers: [scrape] }).inc(
      (user + system) / 1e6,
    )
    new Gauge({ name: 'process_resident_memory_bytes', help: 'Memory in use.', registers: [scrape] }).set(
      process.memoryUsage.rss(),
    )
    new Gauge({ name: 'process_start_time_seconds', help: 'When the process began.', registers: [scrape] }).set(
      Math.round(Date.now() / 1000 - process.uptime()),
    )
    return (await scrape.metrics()) + (await registry.metrics())
  }

  const answers: Record<string, () => Promise<{ status: number; type: string; body: string }>> = {
    '/healthz': async () =>
      plain(
        ports.sights().flatMap(({ lock, stuckSeconds, standstill }) => {
          if (stuckSeconds > 0) return `${lock}: its loop stands still`
          return isUnstored(standstill) ? `${lock}: ${standstill}` : []
        }),
      ),
    '/readyz': async () => plain(ports.sights().flatMap(({ lock, read }) => (read ? [] : `${lock}: not read yet`))),
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await numbers() }),
  }

  let port = ports.metrics.port
  const server = createServer({ ...timeouts, maxHeaderSize: 8192 }, (incoming, outgoing) => {
    const refusal = refused(incoming, ports.metrics, port)
    if (refusal) return end(incoming, outgoing, refusal.status, 'text/plain; charset=utf-8', refusal.words)
    const path = (incoming.url ?? '').split('?')[0] ?? ''
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (!answer) {
      const words = 'there are /healthz, /readyz and /metrics\n'
      return end(incoming, outgoing, 404, 'text/plain; charset=utf-8', words)
    }
    answer().then(
      ({ status, type, body }) => end(incoming, outgoing, status, type, body),
      () => end(incoming, outgoing, 500, 'text/plain; charset=utf-8', 'this cannot be told\n'),
    )
  })
  server.maxConnections = mostConnections
  server.on('clientError', (_, socket) => void socket.destroy())
  const { host } = ports.metrics
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    throw new Mistake(
      `metrics cannot be served at ${host}:${port} (${systemWords(error)}); choose another under metrics.listen`,
    )
  }
  port = (server.address() as AddressInfo).port
  return {
    port,
    stepped(lock, step, news, tookMs) {
      const was = of(lock)
      const judged = lateness(was.planned, step, news)
      for (const { topic, seconds } of judged.late) late.observe({ lock, topic }, seconds)
      stepTime.observe({ lock }, tookMs / 1000)
      watched.set(lock, { counts: count(was.counts, step, news), planned: judged.planned })
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

function plain(troubles: readonly string[]): { status: number; type: string; body: string } {
  const body = troubles.length === 0 ? 'ok\n' : `${troubles.join('\n')}\n`
  return { status: troubles.length === 0 ? 200 : 503, type: 'text/plain; charset=utf-8', body }
}

function end(incoming: IncomingMessage, outgoing: ServerResponse, status: number, type: string, body: string): void {
  outgoing.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  })
  outgoing.end(incoming.method === 'HEAD' ? undefined : body)
  incoming.resume()
}

/**
 * Why a request is refused, or null. A page of another site can make a browser ask here, but only under the name of
 * that site.
 */
function refused(
  { method, headers }: IncomingMessage,
  { host, hosts }: MetricsConfig,
  port: number,
): { status: number; words: string } | null {
  if (!isOurs(headers.host, host, hosts, port)) {
    return { status: 421, words: 'this host is not allowed; name it in the config under metrics.hosts\n' }
  }
  return method === 'GET' || method === 'HEAD' ? null : { status: 405, words: 'this can only be read\n' }
}

/** Whether a `Host` is this machine, or one of the config's names; or a bare address, if others may ask at all. */
function isOurs(asked: string | undefined, listens: string, hosts: readonly string[], port: number): boolean {
  if (asked === undefined || !/^[\w.:[\]-]+$/.test(asked)) return false
  const read = URL.parse(`http://${asked.toLowerCase()}`)
  if (!read) return false
  const name = read.hostname.replace(/[[\]]/g, '')
  if (hosts.includes(name)) return true
  if (Number(read.port || 80) !== port) return false
  if (name === 'localhost' || name === '127.0.0.1' || name === '::1' || name === listens) return true
  return isIP(name) !== 0 && (listens === '0.0.0.0' || listens === '::')
}
