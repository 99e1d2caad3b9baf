import * as z from 'zod'

/** How likely an occurrence is to fire, in (0, 1]; or by a fact, whose first point takes the first of several. */
export type Chance = number | { readonly steps: readonly number[]; readonly by: string }

const error = 'a chance such as 25%'

function share(isAlone: boolean) {
  return z
    .union([z.string().regex(/^\d+(\.\d+)?\s*%$/, error), z.number()], { error })
    .transform((written, context) => {
      const part = typeof written === 'number' ? written : Number.parseFloat(written) / 100
      if (part > 0 && (part < 1 || (part === 1 && !isAlone))) return part
      const meant = typeof written === 'number' && part >= 1 && part < 100
      const most = isAlone ? 'less than 100%' : 'at most 100%'
      context.addIssue(meant ? `write ${written}% for a chance` : `a chance is more than 0% and ${most}`)
      return z.NEVER
    })
}

const stepped = z.strictObject({
  steps: z.array(share(false)).min(1).meta({ description: 'The first for 1, the second for 2 and so on' }),
  by: z.string({ error: 'the name of a fact such as tally.strikes' }).meta({ description: 'The fact that counts' }),
})

/** A chance as people write it: `25%`, or `{ steps: [10%, 25%], by: tally.strikes }`. */
export const chanceSchema: z.ZodType<Chance> = z.union([share(true), stepped], {
  error: (issue) => (issue.code === 'invalid_union' ? issue.errors[0]?.[0]?.message : undefined),
})

/** The chance at this moment; null where what it goes by is not known. */
export function chanceNow(chance: Chance, number: (fact: string) => number | null): number | null {
  if (typeof chance === 'number') return chance
  const count = number(chance.by)
  if (count === null) return null
  return chance.steps[Math.min(Math.max(0, Math.floor(count) - 1), chance.steps.length - 1)] ?? null
}
