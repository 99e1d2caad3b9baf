import type { Instant } from '../core/calendar/time.ts'
import { type Fact, fixed, type Unknown, unknown, unreadable } from '../core/model/fact.ts'
import type { Json } from '../core/model/service.ts'
import { cut, printable } from './plain.ts'

/** A value of a field, or why there is none; `sent` is what came instead, for people. */
export type Read<T> = { value: T } | { why: Unknown; sent?: string }

const longestSent = 40
const longestText = 500
/** A century: what is beyond is no length of a lock but a mistake. */
const longestSeconds = 3_200_000_000
const highestNumber = 1_000_000_000
const number = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/

/** A field that `take` understands; what is absent or null says so itself. */
export function readAs<T>(value: Json | undefined, take: (value: NonNullable<Json>) => T | null): Read<T> {
  if (value === undefined) return { why: 'missing' }
  if (value === null) return { why: 'null' }
  const taken = take(value)
  return taken === null ? { why: 'unreadable', sent: sentWords(value) } : { value: taken }
}

/** True and false, also as 1 and 0, and each of them as a text: none of these has another meaning. */
export function truthIn(value: NonNullable<Json>): boolean | null {
  const said = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (said === true || said === 1 || said === 'true' || said === '1') return true
  if (said === false || said === 0 || said === 'false' || said === '0') return false
  return null
}

/** A number, also as a text. */
export function numberIn(value: NonNullable<Json>): number | null {
  const is = typeof value === 'string' && number.test(value.trim()) ? Number(value) : value
  return typeof is === 'number' && Number.isFinite(is) ? is : null
}

/** A length in whole seconds: a part of a second is not over yet, and less than nothing is nothing. */
export function secondsIn(value: NonNullable<Json>): number | null {
  const is = numberIn(value)
  return is === null || is > longestSeconds ? null : Math.max(0, Math.floor(is))
}

/** A number that something can be counted by. */
export function countIn(value: NonNullable<Json>): number | null {
  const is = numberIn(value)
  return is === null || Math.abs(is) > highestNumber ? null : is
}

export function textIn(value: NonNullable<Json>): string | null {
  return typeof value === 'string' ? cut(printable(value, ' '), longestText) : null
}

/** A fact as it was read. */
export function factOf(saw: Read<boolean | number | string>, asked: Instant): Fact {
  return 'why' in saw ? notRead(saw, asked) : fixed(saw.value, asked)
}

/** A fact that has no value, and why. */
export function notRead({ why, sent }: Extract<Read<never>, { why: Unknown }>, asked: Instant): Fact {
  return sent === undefined ? unknown(why, asked) : unreadable(sent, asked)
}

/** What a service sent, short enough for a line. */
export function sentWords(value: Json): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  return cut(printable(JSON.stringify(value), ' '), longestSent)
}
