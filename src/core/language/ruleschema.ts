import * as z from 'zod'
import { lengthOfTime } from '../calendar/duration.ts'
import { parseClock } from '../calendar/time.ts'
import type { Drawn } from './size.ts'
import { parseTemplate } from './text.ts'

export { lengthOfTime } from '../calendar/duration.ts'

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
