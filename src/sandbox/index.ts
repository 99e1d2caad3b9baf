import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createChance } from '../services/chance.ts'
import { createAccount, startLock } from '../services/chastify/simulated/account.ts'
import { LOCKED_SECONDS } from '../services/chastify/simulated/lock.ts'
import { createPage, END_SECONDS, patchStats, startSession } from '../services/tracker/simulated/page.ts'
import { allScopes, type ChastifyOptions, createChastify } from './chastify-api.ts'
import { createLockControl, createTrackerControl, type LockControl, type TrackerControl } from './control.ts'
import type { Applied, Seen } from './exchange.ts'
import { createFaults, type FaultRule } from './faults.ts'
import { createKeys, type Tokens } from './keys.ts'
import { answerControl, isControlPath } from './remote.ts'
import { buildServer } from './server.ts'
import { createTracker, type TrackerOptions } from './tracker-api.ts'

export type { Applied, Seen } from './exchange.ts'
export type { FaultRule } from './faults.ts'

/** The sandbox's own clock, in epoch milliseconds. */
export interface SandboxClock {
  now(): number
}

export interface SandboxOptions {
  /** 0, the default: any free one. */
  port?: number
  host?: string
  clock?: SandboxClock
  /** Where all chance comes from: game results, ids, tokens. */
  seed?: number
  chastify?: ChastifyOptions
  tracker?: TrackerOptions
}

export interface Sandbox {
  readonly url: string
  readonly tokens: Readonly<Tokens>
  /** Every effect that really happened, in order. */
  readonly applied: readonly Applied[]
  /** Every request to the services. */
  readonly seen: readonly Seen[]
  readonly lock: LockControl
  readonly tracker: TrackerControl
  /** Switches a fault on; answers its removal. */
  fault(rule: FaultRule): () => void
  /** From then on this token is refused as revoked; without its link token, the link game is gone. */
  revoke(which: keyof Tokens): void
  close(): Promise<void>
}

/** Chastify and Chastity Tracker, simulated over HTTP on one port of this machine. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over two services
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', clock = { now: Date.now }, chastify = {}, tracker = {} } = options
  const chance = createChance(options.seed ?? 1)
  const tokens: Tokens = {
    chastify: chastify.token ?? `dev_${chance.hex(32)}`,
    tracker: tracker.token ?? chance.hex(40),
    dom: tracker.domToken ?? chance.hex(40),
    app: `app_${chance.hex(32)}`,
    main: `main_${chance.hex(32)}`,
    link: chance.hex(16),
  }
  const keys = createKeys(tokens)
  const faults = createFaults()
  const applied: Applied[] = []
  const seen: Seen[] = []
  const record = (effect: Applied): void => {
    applied.push(effect)
  }
  const moment = (): number => {
    // A clock that runs at its own speed may give fractions; the services know whole milliseconds.
    const now = Math.floor(clock.now())
    faults.settle(now)
    return now
  }

  const start = moment()
  const account = createAccount(chastify.role ?? 'wearer', chastify.scopes ?? allScopes, chastify.modules)
  if (chastify.lock !== null) startLock(account, chance.hex(24), chastify.lock ?? {}, start)
  const page = createPage(start, chance.between(1000, 9000), tokens.link)
  Object.assign(page.games, tracker.games)
  if (tracker.locked !== false) {
    const { scheduledEndInSeconds = END_SECONDS } = tracker
    const scheduledEnd = scheduledEndInSeconds === null ? null : start + scheduledEndInSeconds * 1000
    const lockedSeconds = chastify.lock?.timeLockedSeconds ?? LOCKED_SECONDS
    startSession(page, { scheduledEnd }, start - lockedSeconds * 1000)
  }
  patchStats(page, tracker.stats ?? {}, start)
  const shownTokens = {
    ...tokens,
    get link() {
      return page.link.token
    },
  }

  const lock = createLockControl(account, moment, chance)
  const trackerControl = createTrackerControl(page, moment)
  const server = buildServer({
    services: [createChastify(chastify, account, keys, record), createTracker(tracker, page, keys, chance, record)],
    faults,
    isControl: isControlPath,
    control: (asked) =>
      answerControl({ lock, tracker: trackerControl, faults, applied, seen, tokens: shownTokens }, asked),
    see: (request) => {
      seen.push(request)
    },
    moment,
  })
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
    tokens: shownTokens,
    get applied() {
      moment()
      return applied
    },
    seen,
    lock,
    tracker: trackerControl,
    fault: (rule) => faults.add(rule),
    revoke: (which) => {
      if (which === 'link') page.link.on = false
      else keys.revoke(which)
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
