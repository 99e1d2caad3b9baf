import { parseMoments } from '../calendar/moment.ts'
import type { Json } from '../model/service.ts'

/** A size that is known only when its action's turn comes: seconds, or a whole number where the action counts. */
export type Drawn = { readonly drawn: Drawing }

/** What a size is drawn from or goes by; whatever that comes to, it is kept between `least` and `most`. */
type Drawing = Ends & (Between | Growing | Missing)

interface Ends {
  readonly least?: number
  readonly most?: number
}

type Between = { readonly between: readonly [number, number] }

/** What goes by a fact, or by the change that the rule fired on. */
export type Growing =
  | { readonly steps: readonly number[]; readonly by: string }
  | { readonly from: number; readonly times: number; readonly by: string }
  | { readonly from: number; readonly plus: number; readonly by: string }
  /** `inSeconds` where `per` was written as a length. */
  | { readonly each: number; readonly per: number; readonly inSeconds?: true; readonly of: string }
  /** `unit` is what the fact must be. */
  | { readonly percent: number; readonly of: string; readonly unit: 'seconds' | 'number' }

/** What is left until a moment, or up to a length, less what a fact says is there already. */
type Missing = { readonly until: string; readonly less?: string } | { readonly upTo: number; readonly less: string }

/** In the place of a fact: by how much the fact changed whose change the rule fired on. */
export const change = 'change'

/** Nothing keeps such a size small but the limits. */
export const unbounded = Number.MAX_SAFE_INTEGER

const daySeconds = 86_400

export function isDrawn(value: unknown): value is Drawn {
  return typeof value === 'object' && value !== null && 'drawn' in value
}

/** Parameters with every size replaced, in the order in which they stand. */
export function withSizes(params: Json, replace: (size: Drawn, index: number) => Drawn | number | null): Json {
  let index = 0
  const walk = (value: Json): Json => {
    if (isDrawn(value)) return replace(value, index++) as Json
    if (Array.isArray(value)) return value.map((inner: Json) => walk(inner))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(params)
}

/** Every size within parameters that is not known yet. */
export function sizesIn(params: Json): Drawn['drawn'][] {
  const found: Drawn['drawn'][] = []
  withSizes(params, (size) => {
    found.push(size.drawn)
    return 0
  })
  return found
}

/** The fact that a size goes by, or `change`; null where it goes by none. */
export function goesBy(drawn: Drawing): string | null {
  if ('by' in drawn) return drawn.by
  return 'of' in drawn ? drawn.of : null
}

/** The facts that sizes are worked out from. */
export function sizeFacts(params: Json): string[] {
  return sizesIn(params).flatMap((drawn) => ('less' in drawn ? (drawn.less ?? []) : (goesBy(drawn) ?? [])))
}

/** What a size comes to where what it goes by stands at `count`. */
export function amountAt(drawn: Ends & Growing, count: number): number {
  if ('steps' in drawn) return within(drawn, drawn.steps[Math.min(turn(count), drawn.steps.length - 1)] ?? 0)
  if ('times' in drawn) return within(drawn, drawn.from * drawn.times ** turn(count))
  if ('plus' in drawn) return within(drawn, drawn.from + drawn.plus * turn(count))
  const whole = Math.max(0, count)
  if ('each' in drawn) return within(drawn, drawn.each * Math.floor(whole / drawn.per))
  return within(drawn, (whole * drawn.percent) / 100)
}

/** The first point takes the first step; so does what is less than one. */
function turn(count: number): number {
  return Math.max(0, Math.floor(count) - 1)
}

/** A size as large as it may be, whichever way it goes, in whole numbers. */
export function within(drawn: Drawing, size: number): number {
  const { least = 0, most = unbounded } = drawn
  const sign = Math.sign(size) || ('each' in drawn && drawn.each < 0 ? -1 : 1)
  const kept = Math.min(Math.max(Math.floor(Math.abs(size)), least), most, unbounded)
  return kept === 0 ? 0 : sign * kept
}

/** The least and the most that a size can come to; what restricts nothing else is `unbounded`. */
function rangeOf(drawn: Drawing): [number, number] {
  const { least = 0, most = unbounded } = drawn
  if ('until' in drawn) return [1, Math.min(most, longestUntil(drawn.until))]
  if ('upTo' in drawn) return [1, Math.min(most, drawn.upTo)]
  const named = 'between' in drawn ? drawn.between : 'steps' in drawn ? drawn.steps : null
  if (named) {
    const sizes = named.map((size) => within(drawn, size))
    return [Math.min(...sizes), Math.max(...sizes)]
  }
  const first = 'from' in drawn ? within(drawn, drawn.from) : null
  const shrinks = 'times' in drawn && drawn.times <= 1
  const low = first === null || shrinks ? Math.max(1, least) : Math.abs(first)
  const high = shrinks && first !== null ? Math.abs(first) : most
  const down = ('from' in drawn && drawn.from < 0) || ('each' in drawn && drawn.each < 0)
  return down ? [-high, -low] : [low, high]
}

/** The longest that a moment can be away. */
function longestUntil(text: string): number {
  const moments = parseMoments(text)
  if (typeof moments === 'string' || moments.kind !== 'cron') return unbounded
  const { dayOfMonth, month, dayOfWeek } = moments.cron
  if (new Set(dayOfMonth).size < 31 || new Set(month).size < 12) return 1461 * daySeconds
  return new Set(dayOfWeek).size < 7 ? 7 * daySeconds + 3600 : daySeconds
}

/**
 * Parameters as large as they can come out. What nothing keeps small is taken as it is now, where `count` tells what
 * it goes by.
 */
export function atMost(params: Json, count?: (fact: string) => number | null): Json {
  return withSizes(params, ({ drawn }) => {
    const [, most] = rangeOf(drawn)
    const by = most === unbounded ? goesBy(drawn) : null
    const now = by === null ? null : (count?.(by) ?? null)
    return now === null ? most : amountAt(drawn as Growing, now)
  })
}

/** Parameters as small as they can come out, which is the other end where a size may go either way. */
export function atLeast(params: Json): Json {
  return withSizes(params, ({ drawn }) => rangeOf(drawn)[0])
}

/** Whether nothing but the limits keeps some size small. */
export function isUnbounded(params: Json): boolean {
  return sizesIn(params).some((drawn) => rangeOf(drawn).some((end) => Math.abs(end) === unbounded))
}
