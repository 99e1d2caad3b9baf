import { z } from 'zod'
import { durationPattern, parseDuration } from '../duration.ts'
import { parseTemplate } from '../text.ts'

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

/** How often a rule may fire: `2 per day`. */
export interface Quota {
  times: number
  /** A calendar unit of the configured zone, the lock session, or a rolling length in milliseconds. */
  per: 'hour' | 'day' | 'week' | 'lock' | { rollingMs: number }
  text: string
}

const quota = z.string().transform((text, context): Quota => {
  const matched = /^\s*(\d+)\s+per\s+(\S+)\s*$/.exec(text)
  const times = Number(matched?.[1])
  const unit = matched?.[2] ?? ''
  if (matched && times > 0) {
    if (unit === 'hour' || unit === 'day' || unit === 'week' || unit === 'lock') return { times, per: unit, text }
    const seconds = parseDuration(unit)
    if (seconds !== null && seconds > 0) return { times, per: { rollingMs: seconds * 1000 }, text }
  }
  context.addIssue(`"${text}" is no limit; write for example "1 per lock", "2 per day" or "3 per 12h"`)
  return z.NEVER
})

/** A rule as it stands in a file, conditions and actions still raw: those are read with the catalogue at hand. */
export const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'an id is made of small letters, digits and hyphens')
    .max(80),
  was: z.string().optional(),
  description: z.string().max(500).optional(),
  enabled: z.boolean().default(true),
  when: z.unknown(),
  cooldown: lengthOfTime().optional(),
  limit: z.union([quota.transform((one) => [one]), z.array(quota).min(1)]).optional(),
  then: z.array(z.unknown()).min(1, 'an empty list does nothing; name at least one action'),
})

/** A file of rules; each rule is held against `ruleSchema` by itself, so that one's fault hides no other's. */
export const ruleFileSchema = z.strictObject({ rules: z.array(z.unknown()) })
