import * as z from 'zod'
import { limitsSchema } from '../core/acting/limits.ts'
import { lengthOfTime } from '../core/calendar/duration.ts'
import { isZone } from '../core/calendar/time.ts'

const momentWords =
  'A time of day ("10:00", the next one after the line before), a date with time ("2026-02-28 10:00"), or a length after the start ("+3h")'

const moment = z.string({ error: 'a moment such as "10:00", "2026-02-28 10:00" or +3h' }).min(1)
const zone = z
  .string()
  .refine((name) => /^[a-z]/i.test(name) && isZone(name), 'a time zone such as Europe/Berlin')
  .meta({ description: "IANA name of the zone all times of this file are in; the config's, else UTC" })

const scalar = z.union([z.boolean(), z.number(), z.string()])
const facts = z.record(
  z.string(),
  z.union([scalar, z.array(z.union([scalar, z.array(z.string())])).min(1)], {
    error: 'a value such as 10m, true or unknown, or a list of them',
  }),
)
const factWords =
  'Facts by name, as rules write their values; unknown makes one unknown; a list is one value a reading, of which the last stays'

const happening = z.strictObject({
  at: moment.meta({ description: momentWords }),
  facts: facts.optional().meta({ description: factWords }),
  gap: lengthOfTime().optional().meta({ description: 'No service answers for so long' }),
  of: z.enum(['chastify', 'tracker']).optional().meta({ description: 'With gap: only this service does not answer' }),
  restart: z.literal(true).optional().meta({ description: 'A new process with the same memory' }),
  press: z.string().optional().meta({ description: 'Somebody presses this button of the inputs' }),
  set: z
    .record(z.string(), z.boolean())
    .optional()
    .meta({ description: 'Somebody sets switches of the inputs, as { vacation: true }' }),
  fails: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .meta({ description: 'From here on, the service rejects this action (or these)' }),
})

const action = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: 'an action such as add_time or { add_time: 10m }',
})

const expectation = z.strictObject({
  at: moment.meta({ description: momentWords }),
  rule: z.string().meta({ description: 'The id of the rule that fires' }),
  do: z.array(action).min(1).optional().meta({
    description:
      'The actions as they are sent, in order; parameters that are named must be so, texts may be a part of the text',
  }),
  refused: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'An action of it is refused or cancelled, with these words in the reason' }),
  within: lengthOfTime().optional().meta({ description: 'How far from `at` it may be; default two readings' }),
})

/** One test as it stands in a file; facts, moments and actions are read with the rules at hand. */
export const testSchema = z.strictObject({
  name: z.string().min(1).meta({ description: 'What is shown, in a few words' }),
  start: z
    .string({ error: 'a date with a time such as "2026-02-28 08:00"' })
    .meta({ description: 'When it begins, as "2026-02-28 08:00"' }),
  rules: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'Only these take part, even if switched off; default: every rule of the folder as it is' }),
  seed: z.union([z.number(), z.string()]).optional().meta({ description: 'What is drawn goes by this' }),
  every: lengthOfTime().optional().meta({ description: 'How often the services are read; default 5m' }),
  limits: limitsSchema.optional().meta({
    description: 'What the wearer agreed to, over the defaults; without `allow`, every action the rules use is allowed',
  }),
  facts: facts.optional().meta({ description: `How things stand at the start. ${factWords}` }),
  then: z.array(happening).optional().meta({ description: 'What happens, in order' }),
  expect: z.array(expectation).meta({ description: 'All that is sent, in order; an empty list expects silence' }),
  until: moment.optional().meta({ description: 'The end; default: one hour after the last moment named' }),
})

/** A file of tests; each is held against `testSchema` by itself, so that one's fault hides no other's. */
export const testFileSchema = z.strictObject({
  zone: zone.optional(),
  tests: z.array(z.unknown()).min(1).meta({ description: 'The tests' }),
})

/** The whole of a test file, for editors. */
export const wholeTestFileSchema = z.strictObject({
  ...testFileSchema.shape,
  tests: z.array(testSchema).min(1).meta({ description: 'The tests' }),
})

export type WrittenTest = z.infer<typeof testSchema>
export type WrittenHappening = z.infer<typeof happening>
