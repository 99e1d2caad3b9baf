import type { Logger } from 'pino'
import type { ReachConfig } from '../config/reach.ts'
import { wireOfChannel } from '../config/wires.ts'
import { isOwn } from '../core/acting/own.ts'
import { isOtherwise } from '../core/memory/firings.ts'
import { idOf, isOpen } from '../core/memory/ledger.ts'
import { type News, scheduledTopics } from '../core/model/order.ts'
import type { Step } from '../core/step.ts'
import { Mistake } from '../document/fault.ts'
import type { DaemonView } from '../queries/daemon.ts'
import { configuredServices } from '../services/credentials.ts'
import { backupAgeSeconds } from '../views/backups.ts'
import type { MetricsDoor } from './metrics/server.ts'
import type { BrokerEnd } from './mqtt/client.ts'
import { type Sight, sightOf } from './sight.ts'
import type { Saying } from './tell/outbox.ts'
import type { Done } from './tell/summary.ts'
import type { Teller } from './tell/teller.ts'

/** What monitors, the broker and messages get from the daemon. */
export interface ReachPorts {
  reach: ReachConfig
  asked: DaemonView
  version: string
  /** Sets the wearer's switch of a lock. Throws where it cannot be set. */
  stop(lock: string, words: string): void
  /** Told of an input that a message set. */
  pressed(lock: string, input: string, set: boolean | 'press'): void
  log: Logger
}

/** The connections to monitors, a broker and people, as far as the config has them. */
export interface Reach {
  /** The address for monitors; null without one. */
  readonly metrics: { port: number } | null
  /** Called after each step of a lock, with the time that it took. */
  stepped(lock: string, step: Step, news: readonly News[], tookMs: number): void
  /** Call this when a secret file was replaced; `key` is its key in the config. */
  renewed(key: string): void
  close(): Promise<void>
}

/** Opens the connections of the config and loads no other code. If one cannot be opened, the others go on. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is opened here is closed in the opposite order, in one scope
export async function openReach(ports: ReachPorts): Promise<Reach> {
  const { reach, asked, version, log } = ports
  const { clock, config, inForce, wires } = asked
  const sights = () => inForce.locks.map(({ lock }) => lock.name).flatMap((name) => sightIn(name, asked) ?? [])
  const said = { info: (text: string) => log.info(text), warn: (text: string) => log.warn(text) }

  let door: MetricsDoor | null = null
  if (reach.metrics) {
    const { openMetrics } = await import('./metrics/server.ts')
    const state = () => {
      const { faults, limitsFaulty, restartNeeded } = inForce
      const standing = asked.backups?.() ?? null
      const ageSeconds = standing && backupAgeSeconds(standing, clock.now())
      const backups = standing && { ageSeconds, failed: standing.trouble !== null }
      return { faults: faults.length, limitsFaulty, restartNeeded, backups, wires: wires.all }
    }
    const { metrics } = reach
    try {
      door = await openMetrics({ metrics, sights, state, version })
      log.info({ port: door.port }, 'metrics can be read')
      wires.good('metrics')
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      log.error(`${error.message}; going on without it`)
      wires.bad('metrics', error.message)
    }
  }

  let broker: BrokerEnd | null = null
  if (reach.mqtt) {
    const { openBroker } = await import('./mqtt/client.ts')
    broker = openBroker({
      mqtt: reach.mqtt,
      version,
      data: config.data,
      sights,
      went: (words) => (words === null ? wires.good('mqtt') : wires.bad('mqtt', words)),
      stop(lock) {
        ports.stop(lock, `set by a message at ${reach.mqtt?.topic}/${lock}/stop/set`)
        asked.loops.get(lock)?.nudge()
        broker?.stir()
      },
      set(lock, input, set) {
        asked.loops.get(lock)?.tell({ input, set })
        ports.pressed(lock, input, set)
      },
      log: said,
    })
    broker.stir()
  }

  let teller: Teller | null = null
  if (reach.tell) {
    const { openTeller } = await import('./tell/teller.ts')
    const house = () => ({
      sights: sights(),
      faults: inForce.faults.length,
      limitsFaulty: inForce.limitsFaulty,
      wires: wires.all,
    })
    const now = () => clock.now()
    const { tell } = reach
    teller = openTeller({
      tell,
      data: config.data,
      zone: config.zone,
      house,
      sayings: (since) => sayingsIn(asked, since),
      done: (since) => doneIn(asked, since),
      now,
      went(channel, words) {
        const name = wireOfChannel(channel)
        if (words === null) wires.good(name)
        else wires.bad(name, words)
      },
      log: said,
    })
  }

  let beats: { close(): Promise<void> } | null = null
  if (reach.heartbeat) {
    const { startHeartbeat } = await import('./heartbeat/beat.ts')
    beats = startHeartbeat({
      heartbeat: reach.heartbeat,
      isWell: () => [...asked.loops.values()].every(({ stuckMs, unstored }) => stuckMs === 0 && unstored === null),
      went: (words) => (words === null ? wires.good('heartbeat') : wires.bad('heartbeat', words)),
      log: said,
    })
  }

  return {
    metrics: door,
    renewed(key) {
      if (key === 'mqtt.password_file') broker?.renew()
    },
    stepped(lock, step, news, tookMs) {
      try {
        door?.stepped(lock, step, news, tookMs)
        broker?.stir()
        teller?.stir()
      } catch (error) {
        // Messages must not hold up the loop.
        log.error({ error: error instanceof Error ? error.message : String(error) }, 'telling of a step')
      }
    },
    async close() {
      await Promise.all([door?.close(), broker?.close(), teller?.close(), beats?.close()])
    },
  }
}

function sightIn(name: string, { config, clock, mode, loops, inForce, stopped }: DaemonView): Sight | null {
  const loop = loops.get(name)
  if (!loop) return null
  const { lock, rules, limits } = inForce.of(name)
  const configured = Object.entries(configuredServices(config.services, lock.credentials)).flatMap(([service, is]) =>
    is ? service : [],
  )
  return sightOf({
    lock: name,
    mode,
    stopped: stopped(name),
    kept: loop.kept,
    passing: loop.passing,
    last: loop.last,
    stuckMs: loop.stuckMs,
    configured,
    topics: scheduledTopics(
      config.services.filter(({ name }) => configured.includes(name)),
      rules,
    ),
    limits,
    rules,
    now: clock.now(),
    zone: config.zone,
  })
}

/** The actions on each lock since a moment. */
function doneIn({ loops, mode }: DaemonView, since: number): Done[] {
  return [...loops].map(([lock, { kept }]) => {
    const rows = kept.rows.filter((row) => row.mode === mode && row.at >= since && !isOwn(row))
    const applied = rows.filter(({ state }) => state === 'applied').length
    const under = rows.filter(isOpen).length
    const firings = new Set(
      rows
        .filter((row) => !isOtherwise(row))
        .map(({ rule, occurrence, session }) => `${session} ${rule} ${occurrence}`),
    ).size
    return { lock, firings, applied, other: rows.length - applied - under }
  })
}

/** The messages of rules since a moment, from finished rows of the ledger. */
function sayingsIn({ loops }: DaemonView, since: number): Saying[] {
  return [...loops].flatMap(([lock, { kept }]) =>
    kept.rows.flatMap((row) => {
      if (row.action !== 'tell' || row.state !== 'applied' || row.at < since) return []
      const { text, to } = row.params as { text: string; to: string[] }
      return { id: `${lock} ${idOf(row)}`, at: row.at, lock, words: text, to }
    }),
  )
}
