import { sayDuration } from '../calendar/duration.ts'
import { parseClock, sayClock } from '../calendar/time.ts'
import type { Json } from '../model/service.ts'
import { change, type Drawn, isDrawn } from './size.ts'
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

/** A size, whatever it is made from; `noun` says a fact that it goes by, and `say` one that is known. */
export function saySize(params: Json, noun: (fact: string) => string, say = sayDuration): string {
  if (typeof params === 'number') return say(Math.abs(params))
  if (!isDrawn(params)) return 'some time'
  const { least, most } = params.drawn
  const ends = [least === undefined ? [] : `at least ${say(least)}`, most === undefined ? [] : `at most ${say(most)}`]
  const named = (fact: string) => (fact === change ? 'the change' : noun(fact))
  return [sayDrawn(params, named, (size) => say(Math.abs(size))), joined(ends.flat(), 'and')].filter(Boolean).join(', ')
}

function sayDrawn({ drawn }: Drawn, noun: (fact: string) => string, say: (size: number) => string): string {
  if ('between' in drawn) return drawn.between.map(say).join(' to ')
  if ('upTo' in drawn) return `what is missing to ${say(drawn.upTo)}`
  if ('until' in drawn)
    return `${drawn.less === undefined ? 'the time' : 'what is missing'} until ${sayUntil(drawn.until)}`
  if ('steps' in drawn) return `${joined(drawn.steps.map(say), 'or')} (by ${noun(drawn.by)})`
  if ('times' in drawn)
    return `${say(drawn.from)}, ${drawn.times} times as much for each further one (by ${noun(drawn.by)})`
  if ('plus' in drawn) return `${say(drawn.from)}, ${say(drawn.plus)} more for each further one (by ${noun(drawn.by)})`
  if ('percent' in drawn)
    return drawn.percent === 100 ? `as much as ${noun(drawn.of)}` : `${drawn.percent} % of ${noun(drawn.of)}`
  const per = drawn.inSeconds ? sayDuration(drawn.per) : drawn.per === 1 ? 'one' : drawn.per
  return `${say(drawn.each)} for each ${per} of ${noun(drawn.of)}`
}

/** A moment as it was written, or the time of day alone in full: `7:00` as `07:00`. */
function sayUntil(text: string): string {
  const clock = parseClock(text)
  return clock === null ? text : sayClock(clock)
}

/** For a length, or up to a moment. */
export function sayLasting(params: Json, noun: (fact: string) => string): string {
  if (isDrawn(params) && 'until' in params.drawn) return `until ${sayUntil(params.drawn.until)}`
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
