import { now } from '../wire/clock.ts'
import { whoLooks } from '../wire/session.ts'

/** The zone of all shown times: that of the rules. */
export function zoneName(): string {
  return whoLooks().zone
}

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** A length in its two largest units: `2 h 10 min`. */
export function sayLength(seconds: number): string {
  const size = Math.abs(Math.round(seconds))
  const at = units.findIndex(([unit]) => size >= unit)
  if (at === -1) return '0 s'
  const [large, name] = units[at] ?? [1, 's']
  const [small, smaller] = units[at + 1] ?? [0, '']
  const rest = small === 0 ? 0 : Math.floor((size % large) / small)
  return `${seconds < 0 ? '-' : ''}${Math.floor(size / large)} ${name}${rest > 0 ? ` ${rest} ${smaller}` : ''}`
}

/** The parts of a running length: `5 d 18:53:12`. */
export function countdown(seconds: number): { days: number; clock: string } {
  const left = Math.max(0, Math.floor(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = `${two(Math.floor((left % 86_400) / 3600))}:${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`
  return { days: Math.floor(left / 86_400), clock }
}

function formatted(ms: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zoneName(), ...options }).format(ms)
}

function dateOf(ms: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zoneName() }).format(ms)
}

export function sayClock(ms: number): string {
  return formatted(ms, { hour: '2-digit', minute: '2-digit' })
}

export function sayDay(ms: number): string {
  const day = dateOf(ms)
  const today = now()
  if (day === dateOf(today)) return 'today'
  if (day === dateOf(today + 86_400_000)) return 'tomorrow'
  if (day === dateOf(today - 86_400_000)) return 'yesterday'
  const isFar = Math.abs(ms - today) > 300 * 86_400_000
  return formatted(ms, { weekday: 'short', day: 'numeric', month: 'short', ...(isFar ? { year: 'numeric' } : {}) })
}

/** A moment as people say it: `today 22:30`. */
export function sayMoment(ms: number): string {
  return `${sayDay(ms)} ${sayClock(ms)}`
}

/** The time until a moment. */
export function sayIn(ms: number): string {
  const seconds = (ms - now()) / 1000
  return seconds < 1 ? 'now' : `in ${sayLength(seconds)}`
}

/** A moment from the daemon, as local time of the zone: `2026-02-28 18:00:00`. */
export function sayLocal(text: string): string {
  const [date = '', clock = ''] = text.split(' ')
  const short = clock.slice(0, 5)
  if (date === dateOf(now())) return `today ${short}`
  if (date === dateOf(now() - 86_400_000)) return `yesterday ${short}`
  if (date === dateOf(now() + 86_400_000)) return `tomorrow ${short}`
  const ms = Date.parse(`${date}T12:00:00Z`)
  if (Number.isNaN(ms)) return text
  return `${new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' }).format(ms)} ${short}`
}

/** A text of the daemon, with its moments as people say them. */
export function friendly(text: string): string {
  return text.replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?/g, sayLocal)
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
