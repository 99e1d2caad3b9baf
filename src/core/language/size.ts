import * as z from 'zod'
import { parseClock } from '../calendar/time.ts'
import type { Json } from '../model/service.ts'

/** A length that is drawn, or looked up, only when its action's turn comes. Seconds throughout. */
export type Drawn = {
  readonly drawn:
    | { readonly between: readonly [number, number] }
    | { readonly steps: readonly number[]; readonly by: string }
    /** Until a time of day, in seconds since local midnight. */
    | { readonly until: number }
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

/** Until a time of day is at most a day. */
export const longestUntil = 86_400

export function isDrawn(value: unknown): value is Drawn {
  return typeof value === 'object' && value !== null && 'drawn' in value
}

/** Parameters with every size replaced, in the order in which they stand. */
export function withSizes(params: Json, replace: (size: Drawn, index: number) => number | null): Json {
  let index = 0
  const walk = (value: Json): Json => {
    if (isDrawn(value)) return replace(value, index++)
    if (Array.isArray(value)) return value.map((inner: Json) => walk(inner))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(params)
}

/** Parameters as large as they can come out. */
export function atMost(params: Json): Json {
  return withSizes(params, ({ drawn }) => {
    if ('until' in drawn) return longestUntil
    return Math.max(...('between' in drawn ? drawn.between : drawn.steps))
  })
}

/** Facts that sizes are looked up by. */
export function sizeFacts(params: Json): string[] {
  const names: string[] = []
  withSizes(params, ({ drawn }) => {
    if ('steps' in drawn) names.push(drawn.by)
    return 0
  })
  return names
}
