import { validateDetailed } from 'node-cron'
import * as z from 'zod'
import { limitsSchema } from '../core/acting/limits.ts'
import { comingIn, whyNoCron } from '../core/calendar/cron.ts'
import { lengthOfTime, parseDuration } from '../core/calendar/duration.ts'
import { isZone } from '../core/calendar/time.ts'
import { lockServiceIn, type Poll } from '../core/model/service.ts'
import { nearest } from '../document/fault.ts'
import { pathSchema } from '../document/path.ts'
import type { Integration } from '../services/integration.ts'
import { mapSuchAs } from '../services/section.ts'
import { backupsSchema } from './backups.ts'
import { consoleSchema } from './console.ts'
import { logSchema } from './log.ts'
import { newestVersion } from './migrate.ts'
import { heartbeatSchema, metricsSchema, mqttSchema, tellSchema } from './reach.ts'
import { updatesSchema } from './updates.ts'

// No message here repeats the value it is about: that may have come out of the environment, and be a token.

const pollWords = 'a length of time from 1s up such as 30s or 5m, or a cron expression such as "*/5 * * * *"'

const poll = z.union([z.string(), z.number()], { error: pollWords }).transform((written, context): Poll => {
  const read = readPoll(written)
  if (!('wrong' in read)) return read
  context.addIssue(read.wrong)
  return z.NEVER
})

/** How often a service is read, as the config says it. */
export function readPoll(written: string | number): Poll | { wrong: string } {
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

const userName = z.string().trim().min(1, 'the name is empty')

/** Whose lock it must be, by the names that the lock's service knows people by. */
const expectOf = (title: string) =>
  z
    .strictObject(
      {
        wearer: userName.optional().meta({
          description: `User name at ${title}; a lock of anybody else is shown, never acted on`,
        }),
        keyholder: userName.optional().meta({
          description: `User name at ${title}; under anybody else, or nobody, a lock is shown, never acted on`,
        }),
      },
      mapSuchAs('{ wearer: alice }'),
    )
    .refine((expect) => Object.keys(expect).length > 0, 'name a wearer, a keyholder, or both')
    .optional()
    .meta({ description: 'Whose lock this must be, and under which keyholder' })

const pollsOf = (services: readonly Integration[]) => {
  const each = services.map(({ name, title, poll: usual }) => {
    return [name, poll.optional().meta({ description: `How often ${title} is read: ${usual}, or a cron expression` })]
  })
  return z
    .strictObject(
      {
        ...(Object.fromEntries(each) as Record<string, z.ZodOptional<typeof poll>>),
        calm: lengthOfTime().optional().meta({
          description: 'While nothing changes, they are read ever less often, up to so far apart: 10m',
        }),
      },
      mapSuchAs(`{ ${services.map(({ name, poll: usual }) => `${name}: ${usual}`).join(', ')} }`),
    )
    .optional()
    .meta({ description: 'How often the services are read' })
}

/** What a lock may be called; it serves as part of a file's name, too. */
export const lockName = /^[a-z0-9][a-z0-9-]{0,59}$/

/** An entry of `locks`. The service that tells which lock there is, it cannot do without. */
const lockOf = (services: readonly Integration[]) => {
  const sections = services.map(({ name, lock, section: { schema } }) => {
    return [name, lock === undefined ? schema.optional().meta(schema.meta() ?? {}) : schema] as const
  })
  return z.strictObject({
    ...(Object.fromEntries(sections) as Record<string, z.ZodType>),
    expect: expectOf(lockServiceIn(services).title),
    new_lock: z.enum(['ask', 'auto']).optional().meta({
      description: 'Whether each new lock waits for the yes of the wearer (ask where no wearer is expected, else auto)',
    }),
    poll: pollsOf(services),
    rules: pathSchema.optional().meta({ description: 'Folder or file of the rules (./rules)' }),
    limits: limitsSchema
      .optional()
      .meta({ description: 'What was agreed for this lock; it goes before the limits for all' }),
  })
}

/** The config as it is written: shapes and single values. What takes files or several keys to judge, `load` judges. */
export const configSchemaOf = (services: readonly Integration[]) =>
  z.strictObject({
    version: z.literal(newestVersion).meta({ description: `Format of this file: ${newestVersion}` }),
    mode: z
      .enum(['dry-run', 'live'])
      .optional()
      .meta({ description: 'Without the word live nothing is ever sent (dry-run)' }),
    timezone: zone
      .optional()
      .meta({ description: 'IANA name such as Europe/Berlin (TZ, else the zone of the system)' }),
    data: pathSchema.optional().meta({ description: 'Folder for the database and the switch (./data)' }),
    backups: backupsSchema.optional().meta({ description: 'Made by itself each night, and kept' }),
    locks: z
      .record(
        // `load` checks the name, so that a bad one does not hide the faults inside the lock.
        z.string().meta({ pattern: lockName.source }),
        lockOf(services),
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
    updates: updatesSchema
      .optional()
      .meta({ description: 'Whether to look for newer releases; without it nobody does' }),
  })

export type WrittenConfig = z.infer<ReturnType<typeof configSchemaOf>>
export type WrittenLock = WrittenConfig['locks'][string]
