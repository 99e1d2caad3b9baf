import type { Path } from '../../document/yaml.ts'

/** A number that is read as seconds, where people may have meant minutes or hours. */
export interface Unitless {
  path: Path
  number: number
}

/** From here on nobody means minutes or hours. */
const surelySeconds = 1000
/** Each is looked at by reading the whole once more; nobody writes as many. */
const mostLookedAt = 20

/**
 * The small numbers within what is written that stand for lengths of time: those with which it comes to the same if an
 * `s` stands behind them. `read` gives what it comes to, undefined where it cannot be read.
 */
export function unitlessIn(written: unknown, read: (written: unknown) => unknown): Unitless[] {
  const numbers = numbersIn(written, []).slice(0, mostLookedAt)
  if (numbers.length === 0) return []
  const meant = JSON.stringify(read(written))
  if (meant === undefined) return []
  return numbers.filter(({ path, number }) => JSON.stringify(read(withAt(written, path, `${number}s`))) === meant)
}

/** What is said of one, and what to write. */
export function unitlessWords(number: number): { message: string; hint: string } {
  return {
    message: `${number} is ${number} ${number === 1 ? 'second' : 'seconds'}`,
    hint: `write ${number}s, ${number}m or ${number}h`,
  }
}

/** Whether a number is so small that its unit may have been forgotten. */
export function mayLackUnit(number: number): boolean {
  return number > 0 && number < surelySeconds
}

function numbersIn(written: unknown, path: Path): Unitless[] {
  if (typeof written === 'number') return mayLackUnit(written) ? [{ path, number: written }] : []
  if (typeof written !== 'object' || written === null) return []
  const entries = Array.isArray(written) ? [...written.entries()] : Object.entries(written)
  return entries.flatMap(([key, inner]) => numbersIn(inner, [...path, key]))
}

function withAt(written: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(written))
    return written.map((inner: unknown, i) => (i === key ? withAt(inner, rest, value) : inner))
  const map = written as Readonly<Record<PropertyKey, unknown>>
  return { ...map, [key]: withAt(map[key], rest, value) }
}
