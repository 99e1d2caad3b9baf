import * as z from 'zod'
import { lengthOfTime } from '../calendar/duration.ts'
import { parseMoments } from '../calendar/moment.ts'
import type { Drawn } from './size.ts'

/** What is written for one kind of size. */
export interface SizeKind {
  /** A plain one. */
  one: z.ZodType<number>
  /** One without a direction, for `least` and `most`. */
  bound: z.ZodType<number>
  /** What a fact must be of which it is a part. */
  unit: 'seconds' | 'number'
  /** The most that the service takes, where that is known. */
  most?: number
}

/** A length of time, in seconds. */
export function lengths(one: z.ZodType<number>, most?: number): SizeKind {
  return { one, bound: lengthOfTime(), unit: 'seconds', ...(most === undefined ? {} : { most }) }
}

type Written = { least?: number | undefined; most?: number | undefined } & Readonly<Record<string, unknown>>

const fact = (help: string) =>
  z.string({ error: 'the name of a fact such as tally.strikes' }).meta({ description: help })

/**
 * A size that is drawn, `{ between: [10m, 1h] }`, or goes by a fact, `{ from: 15m, times: 2, by: tally.misses }`. By the
 * time an action plans with it, it is a number; `Drawn` never gets there.
 */
export function drawnSize(kind: SizeKind): z.ZodType<number> {
  const { one, unit } = kind
  const by = fact('The fact that counts: its first point takes the first size')
  const of = fact('A fact; or change, for as much as the fact changed whose change the rule fired on')
  const per = z.union([z.number().positive(), lengthOfTime().transform(String)], {
    error: 'a number, or a length of time such as 10m',
  })
  const shape = <T extends z.ZodRawShape>(keys: T) => z.strictObject({ ...keys, ...ends(kind) })
  const between = shape({
    between: z
      .tuple([one, one], {
        error: `two ${unit === 'seconds' ? 'lengths of time such as [10m, 1h]' : 'numbers such as [1, 3]'}`,
      })
      .meta({ description: 'Drawn between these two' }),
  })
    .refine(
      ({ between: [low, high] }) => low <= high,
      `the smaller ${unit === 'seconds' ? 'length' : 'number'} stands first`,
    )
    .refine(
      ({ between: [low, high] }) => unit === 'number' || low > 0 === high > 0,
      'both lengths add, or both take off: from -10m to 10m may come out as nothing',
    )
  const steps = shape({
    steps: z
      .array(one)
      .min(1)
      .meta({ description: 'The first for 1, the second for 2 and so on; the last beyond the end' }),
    by,
  })
  const from = one.meta({ description: 'The first size, for 1' })
  const times = shape({
    from,
    times: z.number().positive().meta({ description: 'So many times as much for each further one' }),
    by,
  })
  const plus = shape({ from, plus: one.meta({ description: 'So much more for each further one' }), by }).refine(
    ({ from: first, plus: more }) => unit === 'number' || first > 0 === more > 0,
    'both lengths add, or both take off',
  )
  const each = shape({
    each: one.meta({ description: 'So much for each whole `per`' }),
    per: per.optional().meta({ description: 'A number, or a length where the fact is one; 1' }),
    of,
  }).transform(({ per: written = 1, ...rest }) =>
    typeof written === 'number' ? { ...rest, per: written } : { ...rest, per: Number(written), inSeconds: true },
  )
  const percent = shape({
    percent: z.number().positive().max(1000).meta({ description: 'So many hundredths of the fact' }),
    of,
  }).transform((written) => ({ ...written, unit }))
  const whole = shape({ of }).transform((written) => ({ ...written, percent: 100, unit }))
  return z
    .union([between, steps, times, plus, each, percent, whole])
    .refine(({ least = 0, most = Number.POSITIVE_INFINITY }: Written) => least <= most, '"least" is more than "most"')
    .transform((written): Drawn => ({ drawn: drawing(written, kind.most) })) as unknown as z.ZodType<number>
}

function ends({ bound }: SizeKind) {
  return {
    least: bound.optional().meta({ description: 'However little it comes to, at least so much' }),
    most: bound.optional().meta({ description: 'However much it comes to, at most so much' }),
  }
}

/** Without what was left out, and no more than the service takes. */
function drawing(written: Written, most: number | undefined): Drawn['drawn'] {
  const grows = !('between' in written) && !('steps' in written)
  const kept = grows && most !== undefined ? { ...written, most: Math.min(written.most ?? most, most) } : written
  return Object.fromEntries(
    Object.entries(kept).filter(([, value]) => value !== undefined),
  ) as unknown as Drawn['drawn']
}

/** A length that ends at a moment: `{ until: "07:00" }`; `less` names what is there already. */
export function lengthUntil(less?: string): z.ZodType<number> {
  const { most } = ends(lengths(lengthOfTime()))
  return z
    .strictObject({
      until: z
        .string({ error: 'a moment such as "07:00", in quotes' })
        .meta({ description: 'Until this moment, as "07:00" or "sun 18:00"' }),
      most,
    })
    .transform((written, context): Drawn => {
      const read = parseMoments(written.until)
      if (typeof read !== 'string' && !/\brandom\b/i.test(read.text)) {
        return { drawn: drawing({ ...written, until: read.text, ...(less === undefined ? {} : { less }) }, undefined) }
      }
      context.addIssue({ code: 'custom', path: ['until'], message: 'a moment such as "07:00" or "sun 18:00"' })
      return z.NEVER
    }) as unknown as z.ZodType<number>
}

/** What is missing to a length of what a fact tells: `{ up_to: 12h }`. */
export function lengthUpTo(less: string): z.ZodType<number> {
  const { most } = ends(lengths(lengthOfTime()))
  return z
    .strictObject({ up_to: lengthOfTime().meta({ description: 'What is missing to so much' }), most })
    .transform(
      ({ up_to: upTo, ...rest }): Drawn => ({ drawn: drawing({ upTo, less, ...rest }, undefined) }),
    ) as unknown as z.ZodType<number>
}
