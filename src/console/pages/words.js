import { now } from './clock.js'

let zone = 'UTC'

/** @param {string} name The zone in which all moments are told: that of the rules. */
export function setZone(name) {
  zone = name
}

export function zoneName() {
  return zone
}

/** @type {[number, string][]} */
const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/**
 * A length in its two largest units: `2 h 10 min`.
 * @param {number} seconds
 */
export function sayLength(seconds) {
  const size = Math.abs(Math.round(seconds))
  const at = units.findIndex(([unit]) => size >= unit)
  if (at === -1) return '0 s'
  const [large, name] = units[at] ?? [1, 's']
  const [small, smaller] = units[at + 1] ?? [0, '']
  const rest = small === 0 ? 0 : Math.floor((size % large) / small)
  return `${seconds < 0 ? '-' : ''}${Math.floor(size / large)} ${name}${rest > 0 ? ` ${rest} ${smaller}` : ''}`
}

/**
 * A length that runs: `5 d 18:53:12`, taken apart.
 * @param {number} seconds
 */
export function countdown(seconds) {
  const left = Math.max(0, Math.floor(seconds))
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  const clock = `${two(Math.floor((left % 86_400) / 3600))}:${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`
  return { days: Math.floor(left / 86_400), clock }
}

/** @param {number} ms @param {Intl.DateTimeFormatOptions} options */
function formatted(ms, options) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }).format(ms)
}

/** @param {number} ms */
function dateOf(ms) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(ms)
}

/** @param {number} ms */
export function sayClock(ms) {
  return formatted(ms, { hour: '2-digit', minute: '2-digit' })
}

/** @param {number} ms */
export function sayDay(ms) {
  const day = dateOf(ms)
  const today = now()
  if (day === dateOf(today)) return 'today'
  if (day === dateOf(today + 86_400_000)) return 'tomorrow'
  if (day === dateOf(today - 86_400_000)) return 'yesterday'
  const isFar = Math.abs(ms - today) > 300 * 86_400_000
  return formatted(ms, { weekday: 'short', day: 'numeric', month: 'short', ...(isFar ? { year: 'numeric' } : {}) })
}

/**
 * A moment as people say it: `today 22:30`.
 * @param {number} ms
 */
export function sayMoment(ms) {
  return `${sayDay(ms)} ${sayClock(ms)}`
}

/** @param {number} ms */
export function sayIn(ms) {
  const seconds = (ms - now()) / 1000
  return seconds < 1 ? 'now' : `in ${sayLength(seconds)}`
}

/**
 * A moment that the daemon tells in the zone's own time, `2026-02-28 18:00:00`.
 * @param {string} text
 */
export function sayLocal(text) {
  const [date = '', clock = ''] = text.split(' ')
  const short = clock.slice(0, 5)
  if (date === dateOf(now())) return `today ${short}`
  if (date === dateOf(now() - 86_400_000)) return `yesterday ${short}`
  if (date === dateOf(now() + 86_400_000)) return `tomorrow ${short}`
  const ms = Date.parse(`${date}T12:00:00Z`)
  if (Number.isNaN(ms)) return text
  return `${new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' }).format(ms)} ${short}`
}

/**
 * A text of the daemon's with its moments as people say them.
 * @param {string} text
 */
export function friendly(text) {
  return text.replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?/g, sayLocal)
}

/** @param {number} n @param {string} one @param {string} [many] */
export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`
}

/** @param {string} text */
export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
