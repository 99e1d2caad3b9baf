import * as z from 'zod'
import type { Instant } from '../core/calendar/time.ts'
import { drawnSize, lengths, lengthUntil, lengthUpTo } from '../core/language/sizeform.ts'
import { textOf } from '../core/language/text.ts'
import type { Facts, Unknown, Value } from '../core/model/fact.ts'
import type { ActionKind, Effect, Json, Planned, Request, Topic } from '../core/model/service.ts'
import type { Template } from '../core/model/template.ts'
import { cut } from './plain.ts'

/** A text of a rule: a template while it is planned, plain once it is to be sent. */
export type Text = Template | string

/** An `ActionKind` that knows the type of its own parameters. */
export interface TypedAction<P extends Json>
  extends Omit<ActionKind, 'params' | 'worst' | 'plan' | 'request' | 'repeatable' | 'halt' | 'did'> {
  params: z.ZodType<P>
  worst(params: P): Effect
  plan(params: P, facts: Facts, now: Instant, plannedAt: Instant): Planned
  request(params: P, effect: Effect, facts: Facts, lockId: string | null): Request
  repeatable(params: P): boolean
  halt?: P
  did(params: P, effect: Effect, body: Json): ReturnType<ActionKind['did']>
}

/** Core hands an action back the very data that its own `params` made, so it may be taken as that. */
export function actionKind<P extends Json>(typed: TypedAction<P>): ActionKind {
  return typed
}

const none = 'it takes no parameters'

/** Parameters of an action that has none: nothing, or an empty map. */
export const noParams: z.ZodType<null> = z
  .union(
    [
      z.null(),
      z
        .record(z.string(), z.unknown())
        .refine((map) => Object.keys(map).length === 0, none)
        .meta({ maxProperties: 0 }),
    ],
    {
      error: none,
    },
  )
  .transform(() => null)

/** A short form (anything but a map) beside the long one; a fault speaks of the form that was meant. */
export function shortOrLong<S, L>(short: z.ZodType<S>, long: z.ZodType<L>): z.ZodType<S | L> {
  return z.union([short, long], {
    error: (issue) => (issue.code === 'invalid_union' ? issue.errors[0]?.[0]?.message : undefined),
  })
}

/**
 * A length, written bare or as `{ length: 1h }`, drawn, or going by a fact; with `until` also up to a moment. `fills`
 * names the fact that it is to bring up to a moment, or to a length; `most` is the longest that the service takes. An
 * action plans with the number it has come to.
 */
export function lengthParam(
  length: z.ZodType<number>,
  { until, fills, most }: { until?: true; fills?: string; most?: number } = {},
): z.ZodType<number> {
  const long = z
    .strictObject({ length: length.meta({ description: 'How long' }) })
    .transform((written) => written.length)
  const ends = fills === undefined ? (until ? [lengthUntil()] : []) : [lengthUntil(fills), lengthUpTo(fills)]
  const forms = [long, drawnSize(lengths(length, most)), ...ends]
  return shortOrLong(length, z.union(forms as [z.ZodType<number>, ...z.ZodType<number>[]]))
}

/** A filled-in text for a service that takes at most `longest` characters. */
export function textFor(text: Text, longest: number): string {
  return cut(typeof text === 'string' ? text : textOf(text), longest)
}

/**
 * A fact an action depends on, or its plan without it: what a fresh reading may tell is waited for, anything else
 * refuses with `refusal`.
 */
export function needed(
  facts: Facts,
  name: string,
  topic: Topic,
  refusal: (why: Unknown) => string,
): { value: Value } | { plan: Planned } {
  const fact = facts.get(name)
  if (fact?.known) return { value: fact.value }
  const why = fact?.why ?? 'unread'
  if (why === 'stale' || why === 'fenced' || why === 'unread') return { plan: { waitsFor: [topic] } }
  return { plan: { refused: refusal(why) } }
}

/** A map within a body, or null where there is none: `__proto__` and the like are keys as any other. */
export function mapIn(body: Json | undefined): ReadonlyMap<string, Json> | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  return new Map(Object.entries(body))
}
