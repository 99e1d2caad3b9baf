// biome-ignore-all lint/style/noExcessiveLinesPerFile: a table of the sections, each with its faults
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import * as z from 'zod'
import { lengthOfTime } from '../core/calendar/duration.ts'
import { parseClock, weekdays } from '../core/calendar/time.ts'
import { isTemplate, parseTemplate, slotsOf } from '../core/language/text.ts'
import type { Template } from '../core/model/template.ts'
import type { Fault } from '../document/fault.ts'
import { fileFault, pathSchema } from '../document/path.ts'
import type { Path, YamlDocument } from '../document/yaml.ts'
import { systemWords } from '../errno.ts'
import { Secret } from '../services/secret.ts'
import { isLoopback, listenSchema } from './console.ts'

// No message here repeats the value it is about: an address may hold a secret, too.

/** Where a monitor finds health and numbers. */
export interface MetricsConfig {
  host: string
  /** 0: any free one. */
  port: number
  /** Names that requests may be addressed to, beside this machine's own and bare addresses. */
  hosts: readonly string[]
}

/** The broker that Home Assistant looks at. */
export interface MqttConfig {
  url: string
  username: string | null
  password: Secret | null
  /** The certificate authority of the broker, as PEM; null: those of the system. */
  authority: string | null
  /** Before all topics of ours. */
  topic: string
  /** Home Assistant's prefix for discovery; null: nothing is announced. */
  discovery: string | null
}

/** What people are told of; `rule` is what rules say themselves. */
export const abouts = [
  'token',
  'service',
  'stuck',
  'unsettled',
  'limit',
  'stop',
  'rules',
  'lock',
  'clock',
  'storage',
  'channel',
  'rule',
  'summary',
] as const
export type About = (typeof abouts)[number]

/** A way to reach somebody. Addresses are secrets: whoever knows that of a topic or a webhook can write there. */
export type Channel = { name: string } & (
  | { kind: 'ntfy'; url: Secret; token: Secret | null }
  | { kind: 'gotify'; url: Secret; token: Secret }
  | { kind: 'discord'; url: Secret }
  | { kind: 'telegram'; chat: string; url: Secret; token: Secret }
  | { kind: 'webhook'; url: Secret; token: Secret | null; template: Template | null }
)

/** When it is told how things stand, so that silence means something. */
export interface SummaryTime {
  /** Each day; or on this day of the week, 1 for Monday. */
  day: number | null
  /** Seconds since local midnight by the clock's face. */
  at: number
}

/** A monitor outside that raises the alarm once it hears nothing more. */
export interface HeartbeatConfig {
  /** Whoever knows it can keep the monitor quiet. */
  url: Secret
  everyMs: number
}

/** A file that holds a secret of these sections; it is read again when it changes. */
export interface ReachFile {
  /** The key in the config, as `mqtt.password_file`. */
  key: string
  path: string
  secret: Secret
  /** Whether it holds an address, and no token. */
  isAddress: boolean
}

/** Who is told of what, when, and in which words. */
export interface TellConfig {
  channels: readonly Channel[]
  /** Hours in which nothing is sent, in seconds since local midnight by the clock's face. */
  quiet: { from: number; to: number } | null
  about: readonly About[]
  /** `discreet`: only that something needs a look. */
  wording: 'discreet' | 'plain'
  /** For how long a service has to be away before anybody is told, in milliseconds. */
  serviceDownMs: number
  /** Null: never. */
  summary: SummaryTime | null
}

export interface ReachConfig {
  metrics: MetricsConfig | null
  mqtt: MqttConfig | null
  tell: TellConfig | null
  heartbeat: HeartbeatConfig | null
  files: readonly ReachFile[]
  /** Every secret among them. */
  secrets: readonly Secret[]
}

const metricsPort = 9464

/** The `metrics` section of the config. */
export const metricsSchema = z.strictObject({
  listen: listenSchema(metricsPort).optional().meta({ description: 'Where it listens: 127.0.0.1:9464' }),
  hosts: z
    .array(z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a name such as lockwarden or lock.example.net'))
    .optional()
    .meta({ description: 'Names under which a monitor asks, where it does not ask by a bare address' }),
})

const mqttWords = 'an address such as mqtt://127.0.0.1:1883 or mqtts://broker.lan:8883'
const topicPattern = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/
const topicWords = 'a topic is made of letters, digits, _ and -, its parts with / between them'

/** The `mqtt` section of the config. */
export const mqttSchema = z.strictObject({
  url: z
    .string({ error: mqttWords })
    .refine((text) => {
      const url = URL.parse(text)
      const right = url !== null && /^mqtts?:\/\//.test(text) && url.hostname !== '' && !/[\s?#]/.test(text)
      return right && url.username === '' && url.password === '' && (url.pathname === '' || url.pathname === '/')
    }, mqttWords)
    .refine((text) => !leavesInTheClear(text), 'messages leave the house only by mqtts')
    .meta({ description: 'The broker: mqtt://127.0.0.1:1883, or mqtts:// with TLS', pattern: '^mqtts?://' }),
  username: z.string().min(1, 'the name is empty').optional().meta({ description: 'User name at the broker' }),
  password_file: pathSchema.optional().meta({ description: 'File that holds the password at the broker' }),
  ca_file: pathSchema.optional().meta({ description: "File with the certificate authority of the broker's TLS" }),
  topic: z.string().regex(topicPattern, topicWords).optional().meta({ description: 'Before all topics: lockwarden' }),
  discovery: z
    .union([z.literal(false), z.string().regex(topicPattern, topicWords)], {
      error: 'a prefix such as homeassistant, or false',
    })
    .optional()
    .meta({ description: "Home Assistant's prefix for discovery: homeassistant; false: nothing is announced" }),
})

const addressWords = 'an address such as https://ntfy.sh/my-topic'

/** A host at home: what is sent there by http leaves no house. */
function isNear(host: string): boolean {
  if (isLoopback(host)) return true
  const bare = host.replace(/[[\]]/g, '').toLowerCase()
  if (isIP(bare) === 4) return /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(bare)
  if (isIP(bare) === 6) return /^(f[cd]|fe[89ab])/.test(bare)
  return !bare.includes('.') || /\.(local|lan|internal|home\.arpa)$/.test(bare)
}

/** Whether what is sent to an address can be read on the way: it is in the clear, and leaves this machine. */
export function isReadOnTheWay(url: string): boolean {
  const read = URL.parse(url)
  return read !== null && /^(http|mqtt):$/.test(read.protocol) && !isLoopback(read.hostname)
}

/** Whether an address leads out of the house in the clear; the one rule for every wire. */
function leavesInTheClear(url: string): boolean {
  return isReadOnTheWay(url) && !isNear(URL.parse(url)?.hostname ?? '')
}

/** What is wrong with an address to send messages to; null where nothing is. */
export function addressFault(text: string): string | null {
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return addressWords
  if (url.username || url.password || url.hash) return 'an address must not hold a user name, a password or a #'
  if (leavesInTheClear(text)) return 'messages leave the house only by https'
  return null
}

const address = () =>
  z
    .string({ error: addressWords })
    .superRefine((text, context) => {
      const wrong = addressFault(text)
      if (wrong !== null) context.addIssue(wrong)
    })
    .optional()

const addressFile = (what: string) => pathSchema.optional().meta({ description: `File that holds ${what}` })

const templateSlots = ['title', 'message', 'about', 'lock']

const channel = z.strictObject({
  ntfy: address().meta({ description: 'ntfy: the address of a topic, as https://ntfy.sh/my-topic' }),
  ntfy_file: addressFile('the address of a topic of ntfy'),
  gotify: address().meta({ description: 'Gotify: the address of the server; its token in token_file' }),
  discord_file: addressFile('the address of a webhook of Discord'),
  telegram: z
    .union([z.string().regex(/^(-?\d+|@\w+)$/, 'the id of a chat, or @channel'), z.int()], {
      error: 'the id of a chat, or @channel',
    })
    .optional()
    .meta({ description: 'Telegram: the id of the chat; the token of the bot in token_file' }),
  webhook: address().meta({ description: 'Any address; what is posted there says template' }),
  webhook_file: addressFile('the address of a webhook'),
  token_file: pathSchema.optional().meta({ description: 'File that holds the token for it' }),
  base_url: address().meta({ description: 'Where Telegram is, if not at its real address' }),
  template: z
    .string()
    .superRefine((text, context) => {
      const read = parseTemplate(text)
      if (!isTemplate(read)) return context.addIssue(read.message)
      const odd = slotsOf(read).find((name) => !templateSlots.includes(name))
      if (odd !== undefined) context.addIssue(`there is no {{ ${odd} }} here; there are ${templateSlots.join(', ')}`)
      return undefined
    })
    .optional()
    .meta({ description: 'What a webhook is sent: a text with {{ title }}, {{ message }}, {{ about }}, {{ lock }}' }),
})

type WrittenChannel = z.infer<typeof channel>

const kinds = ['ntfy', 'ntfy_file', 'gotify', 'discord_file', 'telegram', 'webhook', 'webhook_file'] as const
type Kind = (typeof kinds)[number]

/** Which of the other keys go with each kind. */
const more: Readonly<Record<Kind, readonly (keyof WrittenChannel)[]>> = {
  ntfy: ['token_file'],
  ntfy_file: ['token_file'],
  gotify: ['token_file'],
  discord_file: [],
  telegram: ['token_file', 'base_url'],
  webhook: ['token_file', 'template'],
  webhook_file: ['token_file', 'template'],
}

const quietWords = 'two times of day such as "23:00-07:00"'

const quiet = z.string({ error: quietWords }).transform((text, context) => {
  const [, from, to] = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(text) ?? []
  const [begins, ends] = [parseClock(from ?? ''), parseClock(to ?? '')]
  if (begins !== null && ends !== null && begins !== ends) return { from: begins, to: ends }
  context.addIssue(quietWords)
  return z.NEVER
})

const summaryWords = 'an hour such as "daily at 09:00", or "monday at 09:00" for once a week'
const summaryPattern =
  /^(daily|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?) at (\d{1,2}:\d{2})$/

const summary = z
  .string({ error: summaryWords })
  .transform((text, context): SummaryTime => {
    const [, day = '', clock = ''] = summaryPattern.exec(text.toLowerCase()) ?? []
    const at = parseClock(clock)
    if (at !== null) return { day: day === 'daily' ? null : weekdays.indexOf(day.slice(0, 3) as 'mon') + 1, at }
    context.addIssue(summaryWords)
    return z.NEVER
  })
  .optional()
  .meta({ description: 'How things stand, though nothing is wrong: "daily at 09:00", or "monday at 09:00"' })

/** The `heartbeat` section of the config. */
export const heartbeatSchema = z.strictObject({
  url: address().meta({ description: 'The address that a monitor outside waits to be asked at' }),
  url_file: addressFile('that address'),
  every: lengthOfTime(30).optional().meta({ description: 'How often: 5m' }),
})

const usualBeatSeconds = 300

const downWords = 'whole minutes, from 1 up'
const usualDownMinutes = 15

/** The `tell` section of the config. */
export const tellSchema = z.strictObject({
  channels: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'a name of small letters, digits and hyphens'), channel)
    .refine((channels) => Object.keys(channels).length > 0, 'name at least one channel')
    .meta({ description: 'Who is told, each under a name of your own' }),
  quiet: quiet.optional().meta({ description: 'Hours in which nothing is sent; it is kept until they end' }),
  about: z.array(z.enum(abouts)).min(1).optional().meta({ description: 'What is told: all of it, unless named here' }),
  wording: z
    .enum(['discreet', 'plain'])
    .optional()
    .meta({ description: 'discreet: only that something needs a look (the default); plain: what it is' }),
  service_down_minutes: z
    .int({ error: downWords })
    .min(1, downWords)
    .max(10_080)
    .optional()
    .meta({ description: 'For how long a service has to be away before it is told: 15' }),
  summary,
})

type ReadToken = (path: string) => Promise<{ secret: Secret } | { wrong: string }>

/**
 * Reads the `metrics`, `mqtt`, `tell` and `heartbeat` sections with the files they name; null where there is none of them. What is
 * of a wrong shape the schema says. With `readToken` null no file is read, and nobody can be reached.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table: each key of the section in turn
export async function readReach(
  document: YamlDocument,
  config: unknown,
  folder: string,
  readToken: ReadToken | null,
): Promise<{ reach: ReachConfig | null; faults: Fault[]; secrets: Secret[] }> {
  const written = (config ?? {}) as Record<string, unknown>
  const section = <T>(schema: z.ZodType<T>, key: string) =>
    written[key] === undefined ? null : (schema.safeParse(written[key]).data ?? null)
  const faults: Fault[] = []
  const secrets: Secret[] = []
  const files: ReachFile[] = []
  const refuse = (at: Path, message: string, hint: string) => void faults.push(document.fault(at, message, { hint }))
  const hide = (text: string) => {
    const secret = new Secret(text)
    secrets.push(secret)
    return secret
  }
  const inFile = async (at: Path, path: string | undefined): Promise<Secret | null> => {
    if (path === undefined) return null
    if (readToken === null) return new Secret('unread')
    const read = await readToken(resolve(folder, path))
    if ('secret' in read) {
      secrets.push(read.secret)
      const isAddress = !/(?:token|password)_file$/.test(String(at.at(-1)))
      files.push({ key: at.join('.'), path: resolve(folder, path), secret: read.secret, isAddress })
      return read.secret
    }
    const { message, hint = '' } = fileFault(path, folder, read.wrong)
    refuse(at, message, hint)
    return null
  }

  const addressIn = async (at: Path, path: string | undefined): Promise<Secret | null> => {
    const url = await inFile(at, path)
    const wrong = url === null || readToken === null ? null : addressFault(url.reveal())
    if (wrong !== null) refuse(at, `the file does not hold ${wrong}`, 'it holds the address alone')
    return url
  }

  const metrics = section(metricsSchema, 'metrics')
  const mqtt = section(mqttSchema, 'mqtt')
  const tell = section(tellSchema, 'tell')
  const heartbeat = section(heartbeatSchema, 'heartbeat')
  const reach: ReachConfig = { metrics: null, mqtt: null, tell: null, heartbeat: null, files, secrets }
  if (metrics) {
    const { host, port } = metrics.listen ?? { host: '127.0.0.1', port: metricsPort }
    reach.metrics = { host, port, hosts: metrics.hosts ?? [] }
  }
  if (mqtt) {
    if (mqtt.password_file !== undefined && mqtt.username === undefined) {
      refuse(['mqtt', 'password_file'], 'a password goes with a user name', 'write username: beside it')
    }
    let authority: string | null = null
    if (mqtt.ca_file !== undefined && readToken !== null) {
      const at = ['mqtt', 'ca_file'] as const
      const refuseFile = (wrong: string) => {
        const { message, hint = '' } = fileFault(mqtt.ca_file ?? '', folder, wrong)
        refuse(at, message, hint)
      }
      try {
        authority = await readFile(resolve(folder, mqtt.ca_file), 'utf8')
        if (!authority.includes('-----BEGIN CERTIFICATE-----'))
          refuseFile('this is no certificate that can be read, in PEM form')
      } catch (error) {
        refuseFile(`the file cannot be read (${systemWords(error)})`)
      }
    }
    reach.mqtt = {
      url: mqtt.url,
      username: mqtt.username ?? null,
      password: await inFile(['mqtt', 'password_file'], mqtt.password_file),
      authority,
      topic: mqtt.topic ?? 'lockwarden',
      discovery: mqtt.discovery === false ? null : (mqtt.discovery ?? 'homeassistant'),
    }
  }
  if (tell) {
    const channels: Channel[] = []
    for (const [name, one] of Object.entries(tell.channels)) {
      const at = ['tell', 'channels', name]
      const [kind, ...others] = kinds.filter((key) => one[key] !== undefined)
      if (kind === undefined || others.length > 0) {
        const names = 'ntfy, gotify, discord_file, telegram, webhook'
        refuse(at, `a channel is one of ${names}`, kind ? 'make two channels of it' : 'name where it leads')
        continue
      }
      const odd = Object.keys(one).find((key) => key !== kind && !more[kind].some((known) => known === key))
      if (odd !== undefined) {
        refuse([...at, odd], `${odd} does not go with ${kind}`, 'take it out')
        continue
      }
      const token = await inFile([...at, 'token_file'], one.token_file)
      const file = kind.endsWith('_file') ? one[kind as 'ntfy_file'] : undefined
      const url = await addressIn([...at, kind], file)
      const needsToken = kind === 'gotify' || kind === 'telegram'
      if (needsToken && one.token_file === undefined) refuse(at, '"token_file" is missing', 'it holds its token')
      const made = channelOf(name, one, url, token, hide)
      if (made) channels.push(made)
    }
    const isToldOf = tell.about === undefined || tell.about.includes('summary')
    if (tell.summary !== undefined && !isToldOf) {
      refuse(['tell', 'summary'], 'about does not name summary, so it would not be told', 'name it there, too')
    }
    if (tell.summary === undefined && tell.about?.includes('summary')) {
      refuse(['tell', 'about'], 'a summary needs its hour', 'write summary: daily at 09:00 beside it')
    }
    reach.tell = {
      channels,
      quiet: tell.quiet ?? null,
      about: tell.about ?? abouts,
      wording: tell.wording ?? 'discreet',
      serviceDownMs: (tell.service_down_minutes ?? usualDownMinutes) * 60_000,
      summary: tell.summary ?? null,
    }
  }
  if (heartbeat) {
    const { url, url_file: file } = heartbeat
    if ((url === undefined) === (file === undefined)) {
      refuse(
        ['heartbeat'],
        url === undefined ? '"url" is missing' : 'url and url_file are both given',
        'give one, url or url_file',
      )
    }
    const address = url === undefined ? await addressIn(['heartbeat', 'url_file'], file) : hide(url)
    if (address) reach.heartbeat = { url: address, everyMs: (heartbeat.every ?? usualBeatSeconds) * 1000 }
  }
  const none = [reach.metrics, reach.mqtt, reach.tell, reach.heartbeat].every((one) => one === null)
  return { reach: none ? null : reach, faults, secrets }
}

/** A channel; null where what it needs is not there, which a fault has told. */
function channelOf(
  name: string,
  one: WrittenChannel,
  fromFile: Secret | null,
  token: Secret | null,
  hide: (text: string) => Secret,
): Channel | null {
  const url = (written: string | undefined) => fromFile ?? (written === undefined ? null : hide(written))
  if (one.telegram !== undefined) {
    const base = new Secret(one.base_url ?? 'https://api.telegram.org')
    return token && { name, kind: 'telegram', chat: String(one.telegram), url: base, token }
  }
  // The address of a server is no secret, as that of a topic or a webhook is.
  if (one.gotify !== undefined) return token && { name, kind: 'gotify', url: new Secret(one.gotify), token }
  const topic = one.ntfy !== undefined || one.ntfy_file !== undefined ? url(one.ntfy) : null
  if (topic) return { name, kind: 'ntfy', url: topic, token }
  if (one.discord_file !== undefined) return fromFile && { name, kind: 'discord', url: fromFile }
  const hook = url(one.webhook)
  const read = one.template === undefined ? null : parseTemplate(one.template)
  return hook && { name, kind: 'webhook', url: hook, token, template: isTemplate(read) ? read : null }
}

/** The channels by which rules can tell people something. */
export function channelsOf(reach: ReachConfig | undefined): string[] {
  return reach?.tell?.about.includes('rule') ? reach.tell.channels.map(({ name }) => name) : []
}
