import type { Fault } from '../document/fault.ts'
import type { YamlDocument } from '../document/yaml.ts'
import { type ConsoleConfig, isLoopback } from './console.ts'
import type { ReachConfig } from './reach.ts'

/** How a channel of people is called among the wires. */
export function wireOfChannel(name: string): string {
  return `tell.channels.${name}`
}

/** What of a config leads outside. */
interface Outlets {
  console?: ConsoleConfig
  reach?: ReachConfig
}

/** The names of all wires to the outside that a config names, as their keys in it. */
export function wiresOf({ console: pages, reach }: Outlets): string[] {
  return [
    ...(pages ? ['console'] : []),
    ...(reach?.metrics ? ['metrics'] : []),
    ...(reach?.mqtt ? ['mqtt'] : []),
    ...(reach?.tell?.channels ?? []).map(({ name }) => wireOfChannel(name)),
    ...(reach?.heartbeat ? ['heartbeat'] : []),
  ]
}

interface Door {
  name: 'console' | 'metrics'
  host: string
  port: number
}

/** Doors that cannot both open: they listen at one port of one address. */
export function doorFaults(
  document: YamlDocument,
  pages: ConsoleConfig | null,
  reach: Pick<ReachConfig, 'metrics'> | null,
): Fault[] {
  const doors: Door[] = []
  if (pages) doors.push({ name: 'console', host: pages.host, port: pages.port })
  if (reach?.metrics) doors.push({ name: 'metrics', host: reach.metrics.host, port: reach.metrics.port })
  return doors.flatMap((door, i) => {
    const other = doors.slice(0, i).find((one) => meet(one, door))
    if (!other) return []
    const isWritten = (name: string) => {
      const section = (document.value as Record<string, Record<string, unknown> | null>)[name]
      return section?.listen !== undefined
    }
    const named = [door, other].find(({ name }) => isWritten(name))
    const at = named ? [named.name, 'listen'] : [door.name]
    const words = `${other.name} and ${door.name} both listen at port ${door.port}`
    return document.fault(at, words, { hint: `choose another port for one of them: ${door.name}.listen` })
  })
}

/** Whether two doors are one: `localhost` is any name of this machine's own, and 0.0.0.0 or :: are all addresses. */
function meet(one: Door, other: Door): boolean {
  if (one.port !== other.port || one.port === 0) return false
  if (one.host === other.host || isEvery(one.host) || isEvery(other.host)) return true
  return (one.host === 'localhost' && isLoopback(other.host)) || (other.host === 'localhost' && isLoopback(one.host))
}

function isEvery(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
