import { type Fault, suggestion } from '../../document/fault.ts'
import { shown } from '../../document/issues.ts'
import type { Path, YamlDocument } from '../../document/yaml.ts'
import { parseDuration, sayDuration } from '../calendar/duration.ts'

/** What rule files give a name to, as it was written. */
export type Values = ReadonlyMap<string, unknown>

const name = '[a-z][a-z0-9_-]*'
/** How a value is written in the place of what it stands for, as a pattern. */
export const valuePattern = `^values\\.${name}$`
const alone = new RegExp(`^\\s*values\\.(${name})\\s*$`)
/** Behind the operator of a condition, or in a list there; within quotes it is a text. */
const inCondition = new RegExp(`(?<=[\\s,[<>=])values\\.(${name})(?=[\\s,\\]]|$)`, 'g')
const inText = new RegExp(`\\{\\{\\s*values\\.(${name})\\s*(?:\\|[^}]*)?\\}\\}`, 'g')

/** Keys under which conditions stand. */
const conditions: ReadonlySet<PropertyKey> = new Set(['when', 'only_if', 'if', 'all', 'any', 'not'])

/** What is written, with each value in its place; where one stood, and what names none, is told. */
export interface Filled {
  written: unknown
  faults: Fault[]
  /** Faults at the place of a value, with its name; of a line that names none, only that is told. */
  named(faults: readonly Fault[]): Fault[]
}

/** Puts values in their places within what stands at a path of a document. */
export function withValues(document: YamlDocument, written: unknown, path: Path, values: Values): Filled {
  const faults: Fault[] = []
  const places = new Map<string, string>()
  const key = ({ line, column }: Fault['place']) => `${line}:${column}`
  const look = (named: string, at: Path): unknown => {
    const value = values.get(named)
    places.set(key(document.place(at)), named)
    if (value !== undefined) return value
    const known = [...values.keys()].map((one) => `values.${one}`)
    const hint = known.length > 0 ? suggestion(`values.${named}`, known) : `write "values: { ${named}: … }" at the top`
    faults.push(document.fault(at, `unknown value "values.${named}"`, { hint }))
    return undefined
  }
  const walk = (one: unknown, at: Path, asks: boolean): unknown => {
    if (typeof one === 'string') return inside(one, at, asks, look)
    if (Array.isArray(one)) return one.map((inner: unknown, i) => walk(inner, [...at, i], asks))
    if (typeof one !== 'object' || one === null) return one
    const entries = Object.entries(one)
    return Object.fromEntries(entries.map(([k, inner]) => [k, walk(inner, [...at, k], asks || conditions.has(k))]))
  }
  const asks = conditions.has(path.at(-1) ?? '')
  return {
    written: holdsValues(written) ? walk(written, path, asks) : written,
    faults,
    named(told) {
      const lost = new Set(faults.map(({ place }) => place.line))
      return told
        .filter(({ place }) => !lost.has(place.line))
        .map((fault) => {
          const named = places.get(key(fault.place))
          const value = named === undefined ? undefined : values.get(named)
          if (value === undefined) return fault
          const said = fault.message.includes(`values.${named}`) ? `it is ${shown(value)}` : `values.${named}`
          return { ...fault, message: `${fault.message} (${said})` }
        })
    },
  }
}

function inside(text: string, at: Path, asks: boolean, look: (named: string, at: Path) => unknown): unknown {
  const [, only] = alone.exec(text) ?? []
  if (only !== undefined) return look(only, at) ?? text
  if (asks) return text.replace(inCondition, (whole, named: string) => sayInCondition(look(named, at)) ?? whole)
  return text.replace(inText, (whole, named: string) => sayInText(look(named, at)) ?? whole)
}

/** A text that holds a comma is one value all the same. */
function sayInCondition(value: unknown): string | null {
  if (value === undefined || typeof value === 'object') return null
  return typeof value === 'string' && /[,"[\]]/.test(value) ? `"${value}"` : String(value)
}

function sayInText(value: unknown): string | null {
  if (value === undefined || typeof value === 'object') return null
  const seconds = typeof value === 'string' ? parseDuration(value) : null
  return seconds === null ? String(value) : sayDuration(seconds)
}

function holdsValues(written: unknown): boolean {
  if (typeof written === 'string') return written.includes('values.')
  return typeof written === 'object' && written !== null && Object.values(written).some(holdsValues)
}
