import { sayDuration } from '../calendar/duration.ts'
import { sayClock } from '../calendar/time.ts'
import type { Json } from '../model/service.ts'
import { isDrawn } from './size.ts'
import { isTemplate } from './text.ts'

/** Several things in one list, as `one, two and three`. */
export function joined(parts: readonly string[], word: 'and' | 'or' | 'nor'): string {
  const last = parts.at(-1) ?? ''
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} ${word} ${last}` : last
}

/** The parameters of an action as a map; empty where they are none. */
export function paramsMap(params: Json): Readonly<Record<string, Json>> {
  return typeof params === 'object' && params !== null && !Array.isArray(params)
    ? (params as Readonly<Record<string, Json>>)
    : {}
}

/** A length, whatever it is made from; `noun` says a fact that it is stepped by. */
export function saySize(params: Json, noun: (fact: string) => string): string {
  if (typeof params === 'number') return sayDuration(Math.abs(params))
  if (!isDrawn(params)) return 'some time'
  const { drawn } = params
  if ('between' in drawn) return drawn.between.map((one) => sayDuration(one)).join(' to ')
  if ('until' in drawn) return `the time until ${sayClock(drawn.until).slice(0, 5)}`
  return `${joined(
    drawn.steps.map((one) => sayDuration(one)),
    'or',
  )} (by ${noun(drawn.by)})`
}

/** For a length, or up to a time of day. */
export function sayLasting(params: Json, noun: (fact: string) => string): string {
  if (isDrawn(params) && 'until' in params.drawn) return `until ${sayClock(params.drawn.until).slice(0, 5)}`
  return `for ${saySize(params, noun)}`
}

/** A text in quotes; what is filled in only later is left open. */
export function quoted(text: Json | undefined): string {
  const said = isTemplate(text)
    ? text.template.map((part) => (typeof part === 'string' ? part : '…')).join('')
    : typeof text === 'string'
      ? text
      : '…'
  return `“${said}”`
}
