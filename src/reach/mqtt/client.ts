import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { MqttConfig } from '../../config/reach.ts'
import type { Sight } from '../sight.ts'
import { announcementIn, announcements, boardOf, commandOf, commandTopics, type Naming, statusTopic } from './topics.ts'

/** What the MQTT client gets from the daemon. */
export interface BrokerPorts {
  mqtt: MqttConfig
  version: string
  /** The folder in which it keeps the list of its announcements. */
  data: string
  sights(): Sight[]
  /** Sets the wearer's switch of a lock, and makes its loop look at once. Throws if it cannot be set. */
  stop(lock: string): void
  set(lock: string, input: string, to: boolean | 'press'): void
  /** Called after each try to reach the broker with null, or with the reason why it failed. */
  went?(words: string | null): void
  log: { info(text: string): void; warn(text: string): void }
}

/** The MQTT client. */
export interface BrokerEnd {
  /** Call this when there may be news. */
  stir(): void
  /** Takes up another password, and connects again with it. */
  renew(): void
  /** Says goodbye, as far as the broker can be reached. */
  close(): Promise<void>
}

/** Steps that follow each other closely are reported as one. */
const gatherMs = 100
const againMs = 2000
const patienceMs = 10_000
const goodbyeMs = 1000
/** A longer message is not read any further: a stop is a stop at any length, and all other commands are short. */
const largestCommand = 200
const announcedName = 'announced.json'

/**
 * Publishes the state of the locks on the broker while the daemon runs. After each connection it publishes everything,
 * since a broker may have forgotten it. Never throws: it tries an unreachable broker again.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over one connection
export function openBroker(ports: BrokerPorts): BrokerEnd {
  const { mqtt } = ports
  const naming: Naming = { topic: mqtt.topic, discovery: mqtt.discovery, version: ports.version }
  const retained = { qos: 1, retain: true } as const
  const options: IClientOptions = {
    ...connectionOf(mqtt),
    clientId: `lockwarden-${randomBytes(6).toString('hex')}`,
    clean: true,
    keepalive: 30,
    reconnectPeriod: againMs,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: statusTopic(naming), payload: Buffer.from('offline'), ...retained },
  }
  const client = connect(options)
  const file = join(ports.data, announcedName)
  const isAnnouncement = announcementIn(naming)
  /** Digests of the announcements by topic, also of earlier runs. */
  const announced = announcedIn(file)
  /** Topics of announcements that now hold a message of somebody else. */
  const theirs = new Set<string>()
  let keepTrouble = ''
  const keep = () => {
    try {
      writeFileSync(`${file}.new`, JSON.stringify([...announced]), { mode: 0o600 })
      renameSync(`${file}.new`, file)
      keepTrouble = ''
    } catch (error) {
      const words = wordsOf(error)
      if (words !== keepTrouble) ports.log.warn(`the list of announcements cannot be stored: ${words}`)
      keepTrouble = words
    }
  }
  let told = new Map<string, string>()
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let lastTrouble = ''
  let wasThere = false

  // A message that fails without a connection is sent after the next one.
  const publish = (topic: string, payload: string) => void client.publish(topic, payload, retained, () => undefined)
  /** An empty message removes a retained one. A message of somebody else under the same name stays. */
  const takeAway = (topic: string) => {
    if (!theirs.has(topic)) publish(topic, '')
    if (announced.delete(topic)) keep()
  }
  const tell = () => {
    if (!client.connected || closed) return
    const board = boardOf(ports.sights(), naming)
    const fresh = [...board].filter(([topic, text]) => isAnnouncement(topic) && announced.get(topic) !== digestOf(text))
    for (const [topic, text] of fresh) announced.set(topic, digestOf(text))
    // It is listed as ours before it is published.
    if (fresh.length > 0) keep()
    for (const [topic, payload] of board) if (told.get(topic) !== payload) publish(topic, payload)
    for (const topic of told.keys()) if (!board.has(topic)) takeAway(topic)
    told = new Map(board)
  }
  // An error thrown here would end the daemon.
  const tellAll = () => {
    try {
      tell()
    } catch (error) {
      ports.log.warn(`telling the broker: ${wordsOf(error)}`)
    }
  }
  const trouble = (words: string) => {
    if (closed) return
    ports.went?.(words)
    if (words === lastTrouble) return
    lastTrouble = words
    ports.log.warn(`the broker cannot be reached: ${words}; it is tried again`)
  }

  client.on('connect', () => {
    lastTrouble = ''
    wasThere = true
    ports.went?.(null)
    ports.log.info('connected to the broker')
    told = new Map()
    const old = announcements(naming)
    client.subscribe([...commandTopics(naming), ...(old === null ? [] : [old])], { qos: 1 }, (error) => {
      if (error) ports.log.warn(`the broker refuses the subscription: ${wordsOf(error)}`)
    })
    tellAll()
    publish(statusTopic(naming), 'online')
  })
  client.on('error', (error) => trouble(wordsOf(error)))
  client.on('close', () => {
    // Each try that fails ends in this, too.
    if (wasThere) trouble('the connection was closed')
    wasThere = false
  })
  client.on('message', (topic, payload, packet) => heard(topic, payload, packet))

  const heard = (topic: string, payload: Buffer, packet: IPublishPacket) => {
    if (isAnnouncement(topic)) {
      const isOurs = payload.length === 0 || announced.get(topic) === digestOf(payload)
      if (isOurs) theirs.delete(topic)
      else theirs.add(topic)
      // Retained from an earlier config or other rules; it no longer means anything.
      if (packet.retain && isOurs && payload.length > 0 && !told.has(topic)) takeAway(topic)
      return
    }
    if (packet.retain) {
      ports.log.warn(`a retained message at ${topic} is no command; commands must not be retained`)
      return
    }
    try {
      const command = commandOf(topic, payload.subarray(0, largestCommand).toString('utf8'), ports.sights(), naming)
      const isLong = payload.length > largestCommand
      if (isLong && (command === null || !('stop' in command))) {
        ports.log.warn(`a message at ${topic} is too long for a command`)
      } else if (command === null) {
        if (payload.length > 0) ports.log.warn(`a message at ${topic} asks for something that does not exist`)
      } else if ('stop' in command) ports.stop(command.lock)
      else ports.set(command.lock, command.input, command.set)
    } catch (error) {
      ports.log.warn(`the request at ${topic} could not be carried out: ${wordsOf(error)}`)
    }
  }

  return {
    stir() {
      if (timer || closed) return
      timer = setTimeout(() => {
        timer = null
        tellAll()
      }, gatherMs)
    },
    renew() {
      // An open connection stays open. The next one uses the new password; tries follow each other closely.
      Object.assign(client.options, connectionOf(mqtt))
    },
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      await goodbye(client, statusTopic(naming))
    },
  }
}

/** The broker's address, and the user. */
export function connectionOf(mqtt: MqttConfig): IClientOptions {
  const { protocol, hostname, port } = new URL(mqtt.url)
  const secure = protocol === 'mqtts:'
  return {
    protocol: secure ? 'mqtts' : 'mqtt',
    host: hostname.replace(/[[\]]/g, ''),
    port: port === '' ? (secure ? 8883 : 1883) : Number(port),
    connectTimeout: patienceMs,
    ...(mqtt.username === null ? {} : { username: mqtt.username }),
    ...(mqtt.password === null ? {} : { password: mqtt.password.reveal() }),
    ...(mqtt.authority === null ? {} : { ca: mqtt.authority }),
  }
}

function digestOf(payload: string | Buffer): string {
  return createHash('sha256').update(payload).digest('base64url')
}

/** The stored list. If the file cannot be read, the list is empty, and nothing is removed. */
function announcedIn(file: string): Map<string, string> {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const isPair = (one: unknown): one is [string, string] => {
      return Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === 'string')
    }
    return new Map(Array.isArray(read) ? read.filter(isPair) : [])
  } catch {
    return new Map()
  }
}

async function goodbye(client: MqttClient, status: string): Promise<void> {
  if (client.connected) {
    const late = new Promise<void>((resolve) => setTimeout(resolve, goodbyeMs).unref())
    const said = client.publishAsync(status, 'offline', { qos: 1, retain: true }).then(
      () => undefined,
      () => undefined,
    )
    await Promise.race([said, late])
  }
  await client.endAsync(true).catch(() => undefined)
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return error.message === '' ? String(code ?? 'the connection failed') : error.message
}
