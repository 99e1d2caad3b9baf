import { validateDetailed } from 'node-cron'
import * as z from 'zod'
import { limitsSchema } from '../core/acting/limits.ts'
import { comingIn, whyNoCron } from '../core/calendar/cron.ts'
import { lengthOfTime, parseDuration } from '../core/calendar/duration.ts'
import { isZone } from '../core/calendar/time.ts'
import { nearest } from '../document/fault.ts'
import { backupsSchema } from './backups.ts'
import { consoleSchema } from './console.ts'
import { logSchema } from './log.ts'
import { newestVersion } from './migrate.ts'
import { pathSchema } from './path.ts'
import { heartbeatSchema, metricsSchema, mqttSchema, tellSchema } from './reach.ts'
import { updatesSchema } from './updates.ts'

// No message here repeats the value it is about: that may have come out of the environment, and be a token.

/** When a service is read: every so many milliseconds, or at the moments of a cron expression. */
export type Poll = { everyMs: number; calmMs?: number } | { cron: string }

const emptyToken = 'the token is empty'

const token = z
  .string({ error: (issue) => (issue.input === null ? emptyToken : 'a token is a text; put it in quotes') })
  .transform((text, context) => {
    const wrong = tokenFault(text)
    if (wrong === null) return text
    context.addIssue(wrong)
    return z.NEVER
  })

/** What is wrong with a text as a token, without repeating it; null where nothing is. */
export function tokenFault(text: string): string | null {
  if (text === '') return emptyToken
  const [, wrong] = mistaken.find(([pattern]) => pattern.test(text)) ?? []
  if (wrong !== undefined) return wrong
  if (/^[\x21-\x7e]+$/.test(text)) return null
  return 'a token is made of printable ASCII characters without a space; was it copied whole?'
}

/** What people copy along with a token. */
const mistaken: readonly (readonly [RegExp, string])[] = [
  [/^\s|\s$/, 'there are blanks around the token; take them out'],
  [/^(["'`]).*\1$/, 'the token stands in quotes that would be sent along; take them out'],
  [/^(?:authorization\s*:|bearer\b)/i, 'the program says Bearer by itself; write only what follows it'],
  [
    /^(?:export\s+)?\w*(?:TOKEN|KEY|SECRET|PASSWORD)\w*=[^=]/i,
    'a name and = stand before the token; write only what follows them',
  ],
  [/^[A-Z][A-Z0-9_]+=[^=]/, 'a name and = stand before the token; write only what follows them'],
]

const baseUrl = (service: string) =>
  z
    .string()
    .transform((text, context) => {
      const read = readBaseUrl(text)
      if ('url' in read) return read.url
      context.addIssue(read.wrong)
      return z.NEVER
    })
    .optional()
    .meta({ description: `Where ${service} is, if not at its real address (the sandbox, for trying things out)` })

/** A service's address without its trailing slash: https, or on this machine http too. */
export function readBaseUrl(text: string): { url: string } | { wrong: string } {
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return { wrong: 'an address such as https://chastify.net' }
  if (url.username || url.password) return { wrong: 'an address must not hold a user name or a password' }
  if (/[?#]/.test(text)) return { wrong: 'an address must not hold a ? or a #' }
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(url.hostname)
  if (url.protocol === 'http:' && !loopback) {
    return { wrong: 'tokens are only sent by https (http is for this machine: http://127.0.0.1)' }
  }
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, '') }
}

const pollWords = 'a length of time from 1s up such as 30s or 5m, or a cron expression such as "*/5 * * * *"'

const poll = z.union([z.string(), z.number()], { error: pollWords }).transform((written, context): Poll => {
  const read = readPoll(written)
  if (!('wrong' in read)) return read
  context.addIssue(read.wrong)
  return z.NEVER
})

function readPoll(written: string | number): Poll | { wrong: string } {
  const seconds = typeof written === 'number' ? written : parseDuration(written)
  if (seconds !== null) {
    return Number.isSafeInteger(seconds * 1000) && seconds >= 1 ? { everyMs: seconds * 1000 } : { wrong: pollWords }
  }
  const cron = String(written).trim()
  if (/^\d+(?:\.\d+)?$/.test(cron))
    return { wrong: 'a unit is missing: s, m or h right after the number, as 30s or 5m' }
  const tooLarge = whyNoCron(cron)
  if (tooLarge !== null) return { wrong: `no cron expression: ${tooLarge}` }
  if (comingIn(cron) === 'never') return { wrong: 'the day of this cron expression never comes' }
  const read = validateDetailed(cron)
  if (read.valid) return { cron }
  const part = read.errors[0]?.field ?? 'expression'
  if (part !== 'expression')
    return { wrong: `something is wrong with the ${cronWords[part] ?? part} of this cron expression` }
  const looksLikeCron = cron.startsWith('@') || cron.split(/\s+/).length > 3
  return {
    wrong: looksLikeCron ? 'a cron expression has 5 fields, or 6 with the seconds in front; "*/5 * * * *"' : pollWords,
  }
}

const cronWords: Record<string, string> = { dayOfMonth: 'day of the month', dayOfWeek: 'day of the week' }

const zone = z.string().superRefine((text, context) => {
  const wrong = zoneFault(text)
  if (wrong !== null) context.addIssue(wrong)
})

/** What is wrong with a text as the name of a time zone, with the one that may be meant; null where nothing is. */
export function zoneFault(text: string): string | null {
  if (isZoneName(text)) return null
  const zones = Intl.supportedValuesOf('timeZone')
  const city = `/${text.trim().toLowerCase().replaceAll(' ', '_')}`
  const near = zones.find((name) => name.toLowerCase().endsWith(city)) ?? nearest(text, zones)
  return near === null ? 'no time zone; write a name such as Europe/Berlin' : `no time zone; is it ${near}?`
}

/** Whether a text is the name of a time zone (an offset such as +01:00 knows no summer time, and is none). */
export function isZoneName(text: string): boolean {
  return /^[a-z]/i.test(text) && isZone(text)
}

const device = z
  .discriminatedUnion(
    'route',
    [
      z.strictObject({
        route: z.literal('app').meta({ description: 'Device commands go out with the token above' }),
      }),
      z.strictObject({
        route: z.literal('extension').meta({ description: "Device commands go out by an extension's session" }),
        session_id: z
          .string()
          .regex(/^[\w-]+$/, 'a session id is made of letters and digits')
          .meta({ description: "The extension's session; no call of the service gives it" }),
        app_key_file: pathSchema.meta({ description: 'File that holds the app-scoped key' }),
        main_token_file: pathSchema.meta({ description: 'File that holds the main token' }),
      }),
    ],
    { error: (issue) => (issue.code === 'invalid_union' ? 'route is one of app, extension' : undefined) },
  )
  .optional()
  .meta({ description: 'How device commands reach Chastify' })

/** For who writes a value where the map belongs that holds it. */
const mapSuchAs = (example: string) => ({
  error: (issue: { code?: string | undefined }) =>
    issue.code === 'invalid_type' ? `a map such as ${example}` : undefined,
})

const chastify = z.strictObject(
  {
    token: token.optional().meta({ description: 'Chastify DEV token; better from the environment or from token_file' }),
    token_file: pathSchema.optional().meta({ description: 'File that holds the Chastify DEV token' }),
    base_url: baseUrl('Chastify'),
    device,
  },
  mapSuchAs(`{ token: "\${CHASTIFY_TOKEN}" }`),
)

const tracker = z.strictObject(
  {
    token: token.optional().meta({ description: "The wearer's Chastity Tracker token" }),
    token_file: pathSchema.optional().meta({ description: "File that holds the wearer's Chastity Tracker token" }),
    dom_token: token
      .optional()
      .meta({ description: "The keyholder's Chastity Tracker token, for games played as dom" }),
    dom_token_file: pathSchema
      .optional()
      .meta({ description: "File that holds the keyholder's Chastity Tracker token" }),
    base_url: baseUrl('Chastity Tracker'),
  },
  mapSuchAs(`{ token: "\${TRACKER_TOKEN}" }`),
)

const userName = z.string().trim().min(1, 'the name is empty')

const lock = z.strictObject({
  chastify: chastify.meta({ description: 'The Chastify account whose current lock this is' }),
  tracker: tracker.optional().meta({ description: "The wearer's Chastity Tracker page; both tokens are optional" }),
  expect: z
    .strictObject(
      {
        wearer: userName.optional().meta({
          description: 'User name at Chastify; a lock of anybody else is shown, never acted on',
        }),
        keyholder: userName.optional().meta({
          description: 'User name at Chastify; under anybody else, or nobody, a lock is shown, never acted on',
        }),
      },
      mapSuchAs('{ wearer: alice }'),
    )
    .refine((expect) => Object.keys(expect).length > 0, 'name a wearer, a keyholder, or both')
    .optional()
    .meta({ description: 'Whose lock this must be, and under which keyholder' }),
  new_lock: z.enum(['ask', 'auto']).optional().meta({
    description: 'Whether each new lock waits for the yes of the wearer (ask where no wearer is expected, else auto)',
  }),
  poll: z
    .strictObject(
      {
        chastify: poll.optional().meta({ description: 'How often Chastify is read: 30s, or a cron expression' }),
        tracker: poll.optional().meta({ description: 'How often Chastity Tracker is read: 5m, or a cron expression' }),
        calm: lengthOfTime().optional().meta({
          description: 'While nothing changes, both are read ever less often, up to so far apart: 10m',
        }),
      },
      mapSuchAs('{ chastify: 30s, tracker: 5m }'),
    )
    .optional()
    .meta({ description: 'How often the services are read' }),
  rules: pathSchema.optional().meta({ description: 'Folder or file of the rules (./rules)' }),
  limits: limitsSchema
    .optional()
    .meta({ description: 'What was agreed for this lock; it goes before the limits for all' }),
})

/** What a lock may be called; it serves as part of a file's name, too. */
export const lockName = /^[a-z0-9][a-z0-9-]{0,59}$/

/** The config as it is written: shapes and single values. What takes files or several keys to judge, `load` judges. */
export const configSchema = z.strictObject({
  version: z.literal(newestVersion).meta({ description: `Format of this file: ${newestVersion}` }),
  mode: z
    .enum(['dry-run', 'live'])
    .optional()
    .meta({ description: 'Without the word live nothing is ever sent (dry-run)' }),
  timezone: zone.optional().meta({ description: 'IANA name such as Europe/Berlin (TZ, else the zone of the system)' }),
  data: pathSchema.optional().meta({ description: 'Folder for the database and the switch (./data)' }),
  backups: backupsSchema.optional().meta({ description: 'Made by itself each night, and kept' }),
  locks: z
    .record(
      // `load` checks the name, so that a bad one does not hide the faults inside the lock.
      z.string().meta({ pattern: lockName.source }),
      lock,
    )
    .refine((locks) => Object.keys(locks).length > 0, 'name at least one lock')
    .meta({ description: 'The locks, each under a name of your own' }),
  limits: limitsSchema.optional().meta({ description: 'What the wearer agreed to, whatever the rules say' }),
  console: consoleSchema.optional().meta({ description: 'Pages for a browser; without it there are none' }),
  metrics: metricsSchema
    .optional()
    .meta({ description: 'Health and numbers for a monitor; without it there are none' }),
  mqtt: mqttSchema.optional().meta({ description: 'A broker, for Home Assistant; without it there is none' }),
  tell: tellSchema.optional().meta({ description: 'Who is told of troubles; without it nobody is' }),
  heartbeat: heartbeatSchema
    .optional()
    .meta({ description: 'A monitor outside that is asked while all is well; without it none is' }),
  log: logSchema.optional().meta({ description: 'What the log says, and in which form' }),
  updates: updatesSchema.optional().meta({ description: 'Whether to look for newer releases; without it nobody does' }),
})

export type WrittenConfig = z.infer<typeof configSchema>
export type WrittenLock = WrittenConfig['locks'][string]
