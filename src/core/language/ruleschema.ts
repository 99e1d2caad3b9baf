import * as z from 'zod'
import { durationPattern, parseDuration } from '../calendar/duration.ts'
import { type Moments, parseMoments } from '../calendar/moment.ts'
import { parseClock } from '../calendar/time.ts'
import type { Quota } from '../model/rule.ts'
import type { Drawn } from './size.ts'
import { parseTemplate } from './text.ts'

const idPattern = /^[a-z0-9][a-z0-9-]*$/
const percentWords = 'a chance such as 25%'
const lengthWords = 'a length of time such as 45m, 1h30m or 2d'

/** A length of time as people write it (`45m`, `1h30m`; a bare number is seconds), read as whole seconds. */
export function lengthOfTime(least = 1): z.ZodType<number> {
  return z
    .union([z.string().regex(durationPattern, lengthWords), z.number()], { error: lengthWords })
    .transform((written, context) => {
      const seconds = typeof written === 'number' ? written : parseDuration(written)
      if (seconds !== null && Number.isSafeInteger(seconds) && seconds >= least) return seconds
      context.addIssue(least > 0 ? `a length of at least ${least} s in whole seconds` : 'whole seconds')
      return z.NEVER
    })
}

/**
 * A length that may also be drawn, `{ between: [10m, 1h] }`, or stepped, `{ steps: [15m, 1h], by: tally.strikes }`.
 * By the time an action plans with it, it is a number; `Drawn` never gets there.
 */
export function drawnLength(length: z.ZodType<number>): z.ZodType<number> {
  const between = z
    .strictObject({
      between: z
        .tuple([length, length], { error: 'two lengths of time such as [10m, 1h]' })
        .meta({ description: 'Drawn between these two' }),
    })
    .refine(({ between: [low, high] }) => low <= high, 'the smaller length stands first')
    .refine(
      ({ between: [low, high] }) => low > 0 === high > 0,
      'both lengths add, or both take off: from -10m to 10m may come out as nothing',
    )
  const steps = z.strictObject({
    steps: z
      .array(length)
      .min(1)
      .meta({ description: 'The first for 1, the second for 2 and so on; the last beyond the end' }),
    by: z.string().meta({ description: 'The fact that counts, such as tally.strikes' }),
  })
  return z.union([between, steps]).transform((drawn): Drawn => ({ drawn })) as unknown as z.ZodType<number>
}

/** A length that ends at a time of day: `{ until: "07:00" }`. */
export function lengthUntil(): z.ZodType<number> {
  return z
    .strictObject({ until: z.string().meta({ description: 'Until this time of day, as "07:00"' }) })
    .transform(({ until }, context): Drawn => {
      const clock = parseClock(until)
      if (clock !== null && clock < 86_400) return { drawn: { until: clock } }
      context.addIssue({ code: 'custom', path: ['until'], message: 'a time of day such as "07:00"' })
      return z.NEVER
    }) as unknown as z.ZodType<number>
}

/**
 * A text with slots for facts, `{{ lock.lockTitle }}`, read as a template. `longest` is the service's limit on what
 * is written; what the slots make longer is cut when it is sent.
 */
export function slottedText(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest, `longer than the ${longest} characters the service takes`)
    .transform((written, context) => {
      const read = parseTemplate(written)
      if ('template' in read) return { template: read.template.map((part) => part) }
      context.addIssue(read.message)
      return z.NEVER
    })
}

const quotaPattern = /^\s*(\d+)\s+per\s+(\S+)\s*$/

/** Spans that differ from one to the next, with a length that comes near. */
const longUnits: Readonly<Record<string, string>> = { month: '30d', year: '365d' }

const quota = z
  .string({ error: 'a limit such as "2 per day"' })
  .meta({ pattern: quotaPattern.source })
  .transform((text, context): Quota => {
    const matched = quotaPattern.exec(text)
    const times = Number(matched?.[1])
    const unit = matched?.[2] ?? ''
    if (matched && times > 0) {
      if (unit === 'hour' || unit === 'day' || unit === 'week' || unit === 'lock') return { times, per: unit, text }
      const seconds = parseDuration(unit)
      if (seconds !== null && seconds > 0) return { times, per: { rollingMs: seconds * 1000 }, text }
    }
    const days = Object.hasOwn(longUnits, unit) ? longUnits[unit] : undefined
    if (matched && times > 0 && days !== undefined) {
      context.addIssue(`a limit does not count per ${unit}; write "${times} per ${days}" or "${times} per lock"`)
      return z.NEVER
    }
    context.addIssue(`"${text}" is no limit; write for example "1 per lock", "2 per day" or "3 per 12h"`)
    return z.NEVER
  })

/** When an `at` rule looks, read from its text. */
const moments = z.string({ error: 'a moment such as "09:00", in quotes' }).transform((text, context): Moments => {
  const read = parseMoments(text)
  if (typeof read !== 'string') return read
  context.addIssue(read)
  return z.NEVER
})

const oneOrMore = <T>(one: z.ZodType<T>) => z.union([one.transform((single) => [single]), z.array(one).min(1)])

const percent = z
  .union([z.string().regex(/^\d+(\.\d+)?\s*%$/, percentWords), z.number()], { error: percentWords })
  .transform((written, context) => {
    const share = typeof written === 'number' ? written : Number.parseFloat(written) / 100
    if (share > 0 && share < 1) return share
    const meant = typeof written === 'number' && share >= 1 && share < 100
    context.addIssue(meant ? `write ${written}% for a chance` : 'a chance is more than 0% and less than 100%')
    return z.NEVER
  })

/** A rule as it stands in a file, conditions and actions still raw: those are read with the catalogue at hand. */
export const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(idPattern, 'an id is made of small letters, digits and hyphens')
    .max(80)
    .meta({ description: "The rule's identity for ever: editing its text never makes it fire again" }),
  was: z.string().regex(idPattern).optional().meta({ description: 'The id this rule had before; its memory is kept' }),
  description: z.string().max(500).optional().meta({ description: 'For people' }),
  enabled: z.boolean().default(true).meta({ description: 'false: read, checked and followed, but never fired' }),
  when: z.unknown().optional().meta({ description: 'A condition, or a list of them that must all be true' }),
  for: lengthOfTime().optional().meta({ description: 'True for so long of observed time; restarts do not reset it' }),
  repeat: lengthOfTime()
    .optional()
    .meta({ description: 'Again after every such length of observed time while the condition stays true' }),
  at: oneOrMore(moments).optional().meta({ description: 'Only at these moments: "09:00", "mon-fri 09:00", …' }),
  grace: lengthOfTime().optional().meta({ description: 'How late a moment of `at` may be looked at; 5m' }),
  cooldown: lengthOfTime().optional().meta({ description: 'At least so long since its last firing' }),
  limit: oneOrMore(quota).optional().meta({ description: 'At most so often: "2 per day", a list is allowed' }),
  only_if: z
    .unknown()
    .optional()
    .meta({ description: 'Asked when a firing is due; false or unknown drops that firing' }),
  chance: percent.optional().meta({ description: 'Drawn once for each firing that is due, as 25%' }),
  on_failure: z
    .enum(['stop', 'continue'])
    .default('stop')
    .meta({ description: 'continue: the rest of the list is done although an action failed' }),
  resend: z
    .boolean()
    .default(true)
    .meta({ description: 'false: an action that surely did not arrive is not sent a second time' }),
  then: z
    .array(z.unknown())
    .min(1, 'an empty list does nothing; name at least one action')
    .meta({ description: 'What to do, in order' }),
})

const name = z.string().regex(/^[a-z][a-z0-9_-]*$/, 'a name is made of small letters, digits, hyphens and underscores')
const person = z.enum(['keyholder', 'wearer'])

const tallySchema = z
  .strictObject({ lasts: lengthOfTime().optional().meta({ description: 'How long each point counts' }) })
  .nullable()
  .transform((written) => ({ lastsMs: written?.lasts === undefined ? null : written.lasts * 1000 }))

const inputSchema = z.strictObject({
  type: z.enum(['switch', 'button']).meta({ description: 'A switch stays as it is set; a button is pressed' }),
  by: z
    .union([person.transform((one) => [one]), z.array(person).min(1)], {
      error: 'a person such as wearer, or a list such as [keyholder, wearer]',
    })
    .default(['keyholder', 'wearer'])
    .meta({ description: 'Who may set or press it' }),
})

/** A file of rules; each rule is held against `ruleSchema` by itself, so that one's fault hides no other's. */
export const ruleFileSchema = z.strictObject({
  inputs: z.record(name, inputSchema).optional().meta({ description: 'What people press: facts input.<name>' }),
  tallies: z.record(name, tallySchema).optional().meta({ description: 'What rules count: facts tally.<name>' }),
  only_if: z.unknown().optional().meta({ description: 'only_if for every rule of this file' }),
  rules: z.array(z.unknown()).meta({ description: 'The rules, in the order in which they act' }),
})
