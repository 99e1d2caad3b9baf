import type { Json } from '../model/service.ts'

/** A length that is drawn, or looked up, only when its action's turn comes. Seconds throughout. */
export type Drawn = {
  readonly drawn:
    | { readonly between: readonly [number, number] }
    | { readonly steps: readonly number[]; readonly by: string }
    /** Until a time of day, in seconds since local midnight. */
    | { readonly until: number }
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
