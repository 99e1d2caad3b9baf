import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { abouts, type Channel, type TellConfig } from '../../config/reach.ts'
import { systemWords } from '../../errno.ts'
import {
  type Delivery,
  delivered,
  deliveriesOf,
  emptyOutbox,
  letGo,
  type Outbox,
  outboxSchema,
  type Saying,
  staleMs,
  takeUp,
  takeUpSummary,
} from './outbox.ts'
import { post } from './post.ts'
import { type Done, latestMoment, sayHowThingsStand } from './summary.ts'
import { type House, troublesOf } from './troubles.ts'

/** What the teller gets from the daemon. */
export interface TellerPorts {
  tell: TellConfig
  /** The folder in which it keeps the list of sent messages. */
  data: string
  zone: string
  house(): Omit<House, 'began' | 'now'>
  /** The messages of rules since a moment. */
  sayings(since: number): Saying[]
  /** The actions since a moment, for summaries. */
  done?(since: number): Done[]
  /** Epoch milliseconds. */
  now(): number
  /** Called for each message: null if a channel took it, else the reason. */
  went?(channel: string, words: string | null): void
  log: { info(text: string): void; warn(text: string): void }
  /** The pauses between tries of a refused message, in milliseconds. */
  restMs?: number
}

/** Sends messages to people. */
export interface Teller {
  /** Call this when there may be news. */
  stir(): void
  close(): Promise<void>
}

const fileName = 'told.json'
/** How often to check for changes that only time brings: the end of quiet hours, a service that stays away. */
const lookMs = 15_000
/** Steps that follow each other closely are reported as one. */
const gatherMs = 500

/**
 * Sends people messages about problems and of rules, until it is closed. Never throws: it tries an unreachable channel
 * again.
 */
export function openTeller(ports: TellerPorts): Teller {
  const { tell, zone, log } = ports
  const file = join(ports.data, fileName)
  const names = tell.channels.map(({ name }) => name)
  const began = ports.now()
  const ending = new AbortController()
  let rung = new AbortController()
  let outbox = readOutbox(file, (words) => log.warn(words))
  let keepTrouble = ''

  const keep = (after: Outbox) => {
    if (after === outbox) return
    outbox = after
    try {
      writeFileSync(`${file}.new`, JSON.stringify(outbox), { mode: 0o600 })
      renameSync(`${file}.new`, file)
      keepTrouble = ''
    } catch (error) {
      const words = systemWords(error)
      if (words !== keepTrouble)
        log.warn(`the list of sent messages cannot be stored (${words}); a restart may send them again`)
      keepTrouble = words
    }
  }
  const send = async (channel: Channel, delivery: Delivery) => {
    const trouble = await post(channel, delivery, ports.restMs ?? 1000, ending.signal)
    if (ending.signal.aborted && trouble !== null) return
    ports.went?.(channel.name, trouble)
    if (trouble !== null) log.warn(`the channel ${channel.name} did not take a message (${trouble}); it is tried again`)
    keep(delivered(outbox, delivery, trouble === null, ports.now()))
  }
  const summarised = (before: Outbox, now: number): Outbox => {
    if (tell.summary === null) return before
    const words = () => {
      // The summary includes kinds of problems that `about` leaves out: people want to know how everything stands.
      const wrong = troublesOf({ ...ports.house(), began, now }, abouts, tell.serviceDownMs)
      return sayHowThingsStand(ports.done?.(before.summarised ?? now) ?? [], wrong, tell)
    }
    return takeUpSummary(before, latestMoment(tell.summary, now, zone), words, names, now)
  }
  const round = async () => {
    const now = ports.now()
    const troubles = troublesOf({ ...ports.house(), began, now }, tell.about, tell.serviceDownMs)
    const sayings = tell.about.includes('rule') ? ports.sayings(now - staleMs) : []
    const taken = takeUp(outbox, troubles, sayings, names, now)
    const { outbox: left, gone } = letGo(summarised(taken, now), names, now)
    keep(left)
    if (gone > 0) log.warn(`${gone === 1 ? 'a message' : `${gone} messages`} nobody took for a day: given up`)
    const due = deliveriesOf(outbox, tell, now, zone)
    await Promise.all(
      tell.channels.map(async (channel) => {
        for (const delivery of due) if (delivery.channel === channel.name) await send(channel, delivery)
      }),
    )
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      try {
        await round()
      } catch (error) {
        log.warn(`telling people: ${error instanceof Error ? error.message : String(error)}`)
      }
      await sleep(lookMs, undefined, { signal: AbortSignal.any([rung.signal, ending.signal]) }).catch(() => undefined)
      if (rung.signal.aborted) rung = new AbortController()
      await sleep(gatherMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const done = run()
  return {
    stir: () => rung.abort(),
    async close() {
      ending.abort()
      await done
    },
  }
}

/** The stored list. An unreadable file counts as empty: better to send a message twice than never. */
/** The messages sent before. None if there is no such file, or if it holds something else, which `warn` gets. */
function readOutbox(file: string, warn: (words: string) => void): Outbox {
  try {
    const { summarised, ...outbox } = outboxSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return summarised === undefined ? outbox : { ...outbox, summarised }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') {
      warn(`${fileName} in the data folder is damaged; messages may be sent again`)
    }
    return emptyOutbox
  }
}
