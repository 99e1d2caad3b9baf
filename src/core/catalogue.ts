import type { FactType } from './fact.ts'
import type { FactEntry, Service } from './service.ts'

/** Every fact there is, by name: what `facts`, checks, schemas and editors know of them. */
export type Catalogue = ReadonlyMap<string, FactEntry>

const clockFacts: readonly FactEntry[] = [
  { name: 'time.clock', type: 'clock', source: 'clock', help: 'The time of day in the configured zone, as 22:30' },
  { name: 'time.weekday', type: 'weekday', source: 'clock', help: 'The day of the week: mon, tue, … sun' },
  { name: 'time.week', type: 'week', source: 'clock', help: 'The day of the week with the time, as fri 18:00' },
  { name: 'time.date', type: 'date', source: 'clock', help: 'The date, as 2026-02-28' },
]

/** The facts each rule adds about itself. */
function ruleFacts(id: string): FactEntry[] {
  return [
    {
      name: `rule.${id}.lastFiredAgoSeconds`,
      type: 'seconds',
      source: 'ledger',
      help: 'How long ago this rule last fired on this lock; while it never did, how long this lock has been known',
    },
    { name: `rule.${id}.firedTimesToday`, type: 'number', source: 'ledger', help: 'How often it fired today' },
    { name: `rule.${id}.firedTimesThisWeek`, type: 'number', source: 'ledger', help: 'How often it fired this week' },
    {
      name: `rule.${id}.firedTimesThisLock`,
      type: 'number',
      source: 'ledger',
      help: 'How often it fired on this lock',
    },
  ]
}

/**
 * The catalogue for a rule set. `extras` are keys a service was seen to send that its documents do not name.
 */
export function catalogueOf(
  services: readonly Service[],
  ruleIds: Iterable<string>,
  extras: Readonly<Record<string, FactType>> = {},
): Catalogue {
  const entries = new Map<string, FactEntry>()
  for (const [name, type] of Object.entries(extras)) {
    entries.set(name, { name, type, source: 'extra', help: 'Sent by the service, not in its documents' })
  }
  for (const service of services) {
    for (const entry of service.facts) entries.set(entry.name, entry)
    const name = `service.${service.name}.healthy`
    entries.set(name, { name, type: 'boolean', source: 'health', help: `Whether ${service.title} answers` })
  }
  for (const entry of clockFacts) entries.set(entry.name, entry)
  for (const id of ruleIds) for (const entry of ruleFacts(id)) entries.set(entry.name, entry)
  return entries
}
