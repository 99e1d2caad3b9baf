import type { FactType } from '../model/fact.ts'
import { taskResults } from '../model/lock.ts'
import type { Catalogue } from '../model/rule.ts'
import type { FactEntry, Service } from '../model/service.ts'

const clockFacts: readonly FactEntry[] = [
  { name: 'time.clock', type: 'clock', source: 'clock', help: 'The time of day in the configured zone, as 22:30' },
  { name: 'time.weekday', type: 'weekday', source: 'clock', help: 'The day of the week: mon, tue, … sun' },
  { name: 'time.week', type: 'week', source: 'clock', help: 'The day of the week with the time, as fri 18:00' },
  { name: 'time.date', type: 'date', source: 'clock', help: 'The date, as 2026-02-28' },
]

/** What the program knows from its own doings. */
const countedFacts: readonly FactEntry[] = [
  {
    name: 'lock.frozenBy',
    type: 'text',
    source: 'ledger',
    help: 'Who froze the lock: the id of a rule, or other; unknown while it is not frozen',
  },
  {
    name: 'lock.roomSeconds',
    type: 'seconds',
    source: 'ledger',
    help: 'What may still be added, to the nearer of the agreed and the wearer\u2019s own ceiling',
  },
  {
    name: 'task.openedBy',
    type: 'text',
    source: 'ledger',
    help: 'Who assigned the open task: the id of a rule, or other; unknown while none is open',
  },
  {
    name: 'task.openSeconds',
    type: 'seconds',
    source: 'ledger',
    help: 'How long the open task has been open; unknown while none is',
  },
  {
    name: 'task.lastResult',
    type: 'text',
    source: 'ledger',
    help: 'What became of our last task worth points: points, no-points or replaced; no-points is no proof of failure',
    values: taskResults,
  },
]

/** Facts that name a rule. */
const byWhom = ['lock.frozenBy', 'task.openedBy']

/** The facts of something people press. */
function inputFacts(input: string, type: 'switch' | 'button'): FactEntry[] {
  const name = `input.${input}`
  return [
    type === 'switch'
      ? { name, type: 'boolean', source: 'people', help: `Whether the switch ${input} is on` }
      : {
          name,
          type: 'number',
          source: 'people',
          help: `How often the button ${input} was pressed; ask whether it rises`,
        },
    {
      name: `${name}.agoSeconds`,
      type: 'seconds',
      source: 'people',
      help: `How long ago ${input} was last ${type === 'switch' ? 'set' : 'pressed'}; while it never was, the age of the lock`,
    },
  ]
}

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
  extras: Readonly<Record<string, FactType>> = {},
  ruleIds: Iterable<string> = [],
  inputs: ReadonlyMap<string, { type: 'switch' | 'button' }> = new Map(),
  tallies: Iterable<string> = [],
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
  for (const entry of [...clockFacts, ...countedFacts]) entries.set(entry.name, entry)
  const ids = [...ruleIds]
  for (const name of ids.length > 0 ? byWhom : []) {
    const entry = entries.get(name)
    if (entry) entries.set(name, { ...entry, values: [...ids, 'other'] })
  }
  for (const [name, { type }] of inputs) for (const entry of inputFacts(name, type)) entries.set(entry.name, entry)
  for (const name of tallies) {
    const fact = `tally.${name}`
    entries.set(fact, { name: fact, type: 'number', source: 'ledger', help: `What the tally ${name} stands at` })
  }
  for (const id of ids) for (const entry of ruleFacts(id)) entries.set(entry.name, entry)
  return entries
}
