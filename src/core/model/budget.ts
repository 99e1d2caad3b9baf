import * as z from 'zod'
import { parseDuration } from '../calendar/duration.ts'
import { type Counted, limitSections } from './agreement.ts'
import { type Quota, type Stretch, spanOf } from './quota.ts'

/** The most of one effect in a stretch of time: so many seconds, or so often. */
export interface Cap {
  amount: number
  unit: 'seconds' | 'times'
  per: Quota['per']
  text: string
}

/** What a keyholder lets several rules do together, by the sections of the limits. */
export type Budget = Readonly<Partial<Record<Counted, readonly Cap[]>>>

/** The effects that have a length. */
const withLength: ReadonlySet<string> = new Set<Counted>(['add_time', 'remove_time', 'freeze'])
const pattern = /^\s*(\S.*?)\s+per\s+(\S+)\s*$/

/** `2h per day`, `3 per week`, `1d per lock`. */
function capSchema(section: Counted) {
  const example = withLength.has(section) ? '"2h per day" or "3 per day"' : '"3 per day"'
  return z
    .string({ error: `an amount such as ${example}` })
    .meta({ pattern: pattern.source })
    .transform((text, context): Cap => {
      const [, amount = '', span = ''] = pattern.exec(text) ?? []
      const per = spanOf(span)
      const times = /^\d+$/.test(amount) ? Number(amount) : null
      const seconds = times === null && withLength.has(section) ? parseDuration(amount) : null
      if (per !== null && times !== null) return { amount: times, unit: 'times', per, text: text.trim() }
      if (per !== null && seconds !== null) return { amount: seconds, unit: 'seconds', per, text: text.trim() }
      context.addIssue(`"${text}" is no amount; write for example ${example}`)
      return z.NEVER
    })
}

function section(name: Counted) {
  const one = capSchema(name)
  return z
    .union([one.transform((single) => [single]), z.array(one).min(1)])
    .optional()
    .meta({
      description: `How much of ${name} its rules may do together, as "${withLength.has(name) ? '2h' : '3'} per day"`,
    })
}

/** A budget as it stands in a rule file. */
export const budgetSchema = z
  .strictObject(
    Object.fromEntries([...limitSections, 'device' as const].map((name) => [name, section(name)])) as {
      [Name in Counted]: ReturnType<typeof section>
    },
  )
  .transform((written): Budget => Object.fromEntries(Object.entries(written).filter(([, caps]) => caps !== undefined)))

/** The most that a cap leaves in a stretch of time. */
export function mostWithin({ amount, per }: Cap, stretch: Stretch): number {
  if (per === 'lock' || amount === 0) return amount
  return amount * (typeof per === 'object' ? Math.ceil(stretch.ms / per.rollingMs) : stretch[per])
}
