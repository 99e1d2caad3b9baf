import * as z from 'zod'
import type { Kept } from '../core/model/kept.ts'
import type { Past, Sums } from '../core/model/past.ts'
import { type LedgerRow, states } from '../core/model/row.ts'
import type { RuleMemory } from '../core/model/rulememory.ts'
import { Mistake } from '../document/fault.ts'

// Schemas for the JSON in the database, since a restored file may come from anybody. Unknown keys are kept: a later
// version may have written them.

/** A schema with exactly the keys of its type. */
type Every<T> = { [K in keyof Required<T>]: z.ZodType }

const moment = z.number()
const noMoment = moment.nullable()
const text = z.string()
const json = z.unknown()
const scalar = z.union([z.boolean(), z.number(), z.string()])
const value = z.union([scalar, z.array(z.string())])
const person = z.enum(['keyholder', 'wearer'])
const counted = z.enum(['add_time', 'remove_time', 'freeze', 'task', 'game', 'device'])

const task = z.looseObject({
  openedAt: moment,
  by: text,
  worth: z.number(),
  points: z.number().nullable(),
  closedAt: moment.optional(),
})

const lockSession = z.looseObject({
  key: text,
  lockId: text.nullable(),
  timeLockedSeconds: z.number().nullable(),
  wearer: text.nullable(),
  seenAt: moment,
  since: moment,
  accepted: z.boolean(),
  task: z.looseObject({
    open: task.nullable(),
    closed: task.nullable(),
    lastResult: z.enum(['points', 'no-points', 'replaced']).nullable(),
    lastRow: text.nullable(),
  }),
  frozen: z.boolean().nullable(),
  thawedAt: noMoment,
  standsFrozen: z.boolean().nullable(),
} satisfies Every<Kept['sessions'][string]>)

const factTypes = ['boolean', 'number', 'seconds', 'text', 'texts', 'instant', 'clock', 'weekday', 'week', 'date']

// A sum below 0 would buy back what is used up.
const howOften = z.int().min(0)
const sums = z.looseObject({
  firings: z.record(text, howOften),
  used: z.partialRecord(counted, z.looseObject({ seconds: z.number().min(0), times: howOften })),
  tallies: z.record(text, z.looseObject({ points: z.number(), row: text })),
  states: z.partialRecord(z.enum(states), howOften),
  halts: howOften,
} satisfies Every<Sums>)

const head = z.looseObject({
  seed: text,
  storedAt: noMoment,
  session: text.nullable(),
  lastLock: text.nullable(),
  sessions: z.record(text, lockSession),
  inputs: z.record(
    text,
    z.looseObject({
      value: z.union([z.boolean(), z.number()]),
      at: moment,
      days: z.array(z.looseObject({ date: text, session: text, times: z.int().min(1) })).optional(),
    }),
  ),
  gaps: z.array(z.looseObject({ from: moment, to: moment })),
  extras: z.record(text, z.enum(factTypes)),
  past: z.looseObject({ before: noMoment, sums: z.record(text, sums) } satisfies Every<Past>),
  restoredAt: moment.optional(),
} satisfies Every<Omit<Kept, 'memory' | 'rows'>>)

const span = z.looseObject({ least: z.number(), most: z.number() })

const memory = z.looseObject({
  digest: text,
  episodes: z.int().min(0),
  episode: z.looseObject({ since: moment, occurred: z.int().min(0), from: moment, blindMs: z.number() }).nullable(),
  changes: z.int().min(0),
  moment: noMoment,
  looked: noMoment,
  anchors: z.record(
    text,
    z.looseObject({
      last: z.looseObject({ value, since: moment, pace: z.literal([-1, 0, 1]), leadMs: z.number().optional() }),
      up: z.number().optional(),
      down: z.number().optional(),
      asked: moment,
      loose: z
        .union([
          z.looseObject({ late: span, back: span }),
          z.looseObject({ late: z.array(value), back: z.array(value) }),
        ])
        .optional(),
      none: z.literal(true).optional(),
    }),
  ),
  selfMade: z.int().optional(),
  lost: z.looseObject({ occurrence: text, at: moment, why: text }).nullable(),
} satisfies Every<RuleMemory>)

const row = z
  .looseObject({
    lock: text,
    session: text,
    mode: z.enum(['live', 'dry-run']),
    rule: text,
    occurrence: text,
    position: z.int().min(0),
    action: text,
    params: json,
    sent: json,
    effect: z.looseObject({
      toward: z.enum(['relief', 'neutral', 'restricts']),
      counts: counted.nullable(),
      // A size below 0 would give back used limits.
      seconds: z.number().min(0),
      least: z.number(),
      allow: text,
      command: text.optional(),
      told: json.optional(),
    }),
    state: z.enum(states),
    note: text,
    failed: z.boolean(),
    at: moment,
    due: moment,
    goesOn: z.boolean(),
    resend: z.boolean(),
    sentAt: noMoment,
    endedAt: noMoment,
    notBefore: noMoment,
    attempts: z.int().min(0),
    lost: z.int().min(0),
    before: json,
    absentAt: noMoment,
    run: text.nullable(),
    list: text,
    request: z
      .looseObject({
        service: text,
        as: z.enum(['owner', 'dom', 'public', 'device']),
        method: z.enum(['GET', 'POST']),
        path: text,
        body: json,
        lockId: text.nullable(),
        budget: z.enum(['read', 'write', 'action']),
      })
      .nullable(),
    did: z.record(text, scalar).nullable(),
    trouble: text.nullable(),
    settledBy: person.optional(),
  } satisfies Every<LedgerRow>)
  .refine(({ action, params }) => !action.startsWith('tally.') || z.object({ name: text }).safeParse(params).success, {
    path: ['params'],
    error: 'a tally without a name',
  })
  .refine(
    ({ action, params }) => action !== 'tell' || z.object({ text: json, to: z.array(text) }).safeParse(params).success,
    { path: ['params'], error: 'a message without its words' },
  )

const unknowns = ['null', 'none', 'missing', 'unreadable', 'stale', 'fenced', 'unread'] as const
const pace = z.literal([-1, 0, 1])

/** A line of the record: a value and its pace, or why it was unknown. */
export const storedLine = z.union([
  z.tuple([value]),
  z.tuple([value, z.number(), pace, pace]),
  z.tuple([value, z.number(), pace, pace, z.number()]),
  // A length between two bounds; the last is the upper one.
  z.tuple([value, z.number(), pace, pace, z.number().nullable(), z.number()]),
  z.object({ why: z.enum(unknowns) }),
])
/** What somebody set or pressed, in the record. */
export const storedPress = z.union([z.boolean(), z.literal('press')])
/** The moments of readings: the time since the one before, and the duration, in base 36. */
export const storedMoments = z.string().regex(/^-?[0-9a-z]+\.-?[0-9a-z.]+( -?[0-9a-z]+\.-?[0-9a-z.]+)*$/)

/** The parts of the memory of a lock entry, each in its own column. */
export const stored = {
  head: head as unknown as z.ZodType<Omit<Kept, 'memory' | 'rows'>>,
  memory: memory as unknown as z.ZodType<RuleMemory>,
  row: row as unknown as z.ZodType<LedgerRow>,
}

/** Reads a JSON column. `what` names it for people. Throws a `Mistake` if it is not as lockwarden writes it. */
export function fromColumn<T>(schema: z.ZodType<T>, body: string, what: string): T {
  let why = 'it is no JSON'
  try {
    const read = schema.safeParse(JSON.parse(body))
    if (read.success) return read.data
    const [issue] = read.error.issues
    why = `${issue?.path.join('.').slice(0, 100) || 'it'}: ${issue?.message ?? 'something else'}`
  } catch (error) {
    // JSON that is nested too deeply ends here too.
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error
  }
  throw notAsWritten(what, why)
}

/** The message for a column that lockwarden did not write. */
export function notAsWritten(what: string, why: string): Mistake {
  return new Mistake(
    `${what} is not as lockwarden writes it (${why}); lockwarden does not use it. "lockwarden restore" ` +
      'puts a backup in its place',
    2,
  )
}
