import { countedSpans, saySpan } from '../calendar/span.ts'
import type { FactType } from '../model/fact.ts'
import { taskResults } from '../model/lock.ts'
import type { Catalogue } from '../model/rule.ts'
import type { FactEntry, Service } from '../model/service.ts'

const clockFacts: readonly FactEntry[] = [
  {
    name: 'time.clock',
    type: 'clock',
    source: 'clock',
    help: 'The time of day in the configured zone, as 22:30',
    words: { noun: 'the time of day' },
  },
  {
    name: 'time.weekday',
    type: 'weekday',
    source: 'clock',
    help: 'The day of the week: mon, tue, … sun',
    words: { noun: 'the day' },
  },
  {
    name: 'time.week',
    type: 'week',
    source: 'clock',
    help: 'The day of the week with the time, as fri 18:00',
    words: { noun: 'the time of the week' },
  },
  { name: 'time.date', type: 'date', source: 'clock', help: 'The date, as 2026-02-28', words: { noun: 'the date' } },
  {
    name: 'time.month',
    type: 'number',
    source: 'clock',
    help: 'The month of the year, 1 to 12',
    range: [1, 12],
    words: { noun: 'the month', much: 'the month is …' },
  },
  {
    name: 'time.day',
    type: 'number',
    source: 'clock',
    help: 'The day of the month, 1 to 31',
    range: [1, 31],
    words: { noun: 'the day of the month', much: 'the day of the month is …' },
  },
]

/** What the program knows from its own doings. */
const countedFacts: readonly FactEntry[] = [
  {
    name: 'lock.frozenBy',
    type: 'text',
    source: 'ledger',
    help: 'Who froze the lock: the id of a rule, or other; unknown while it is not frozen',
    words: { noun: 'what froze the lock' },
  },
  {
    name: 'lock.roomSeconds',
    type: 'seconds',
    source: 'ledger',
    help: 'What may still be added, to the nearer of the agreed and the wearer\u2019s own ceiling',
    words: { much: '… may still be added' },
  },
  {
    name: 'task.openedBy',
    type: 'text',
    source: 'ledger',
    help: 'Who assigned the open task: the id of a rule, or other; unknown while none is open',
    words: { noun: 'what assigned the task' },
  },
  {
    name: 'task.openSeconds',
    type: 'seconds',
    source: 'ledger',
    help: 'How long the open task has been open; unknown while none is',
    words: { much: 'the task has been open for …' },
  },
  {
    name: 'task.lastResult',
    type: 'text',
    source: 'ledger',
    help: 'What became of our last task worth points: points, no-points or replaced; no-points is no proof of failure',
    words: { noun: 'the result of the last task' },
    values: taskResults,
  },
]

/** Facts that name a rule. */
const byWhom = ['lock.frozenBy', 'task.openedBy']

/** The facts of something people press. */
function inputFacts(input: string, type: 'switch' | 'button'): FactEntry[] {
  const name = `input.${input}`
  const said = `“${input}”`
  return [
    type === 'switch'
      ? {
          name,
          type: 'boolean',
          source: 'people',
          help: `Whether the switch ${input} is on`,
          words: {
            noun: said,
            is: `${said} is on`,
            isNot: `${said} is off`,
            begins: `${said} is switched on`,
            ends: `${said} is switched off`,
          },
        }
      : {
          name,
          type: 'number',
          source: 'people',
          help: `How often the button ${input} was pressed; ask whether it rises`,
          words: { noun: said, rises: `${said} is pressed` },
        },
    ...(type === 'button' ? pressFacts(input) : []),
    {
      name: `${name}.agoSeconds`,
      type: 'seconds',
      source: 'people',
      help: `How long ago ${input} was last ${type === 'switch' ? 'set' : 'pressed'}; while it never was, at least as long as there is this lock`,
      words: { noun: said, much: `${said} was last used … ago` },
    },
  ]
}

/** How often a button was pressed. */
function pressFacts(input: string): FactEntry[] {
  const said = `“${input}”`
  const today: FactEntry = {
    name: `input.${input}.pressedToday`,
    type: 'boolean',
    source: 'people',
    help: `Whether ${input} was pressed today, by the calendar`,
    words: { is: `${said} was pressed today`, isNot: `${said} was not pressed today` },
  }
  const times = countedSpans.map(([key, span]): FactEntry => {
    const when = saySpan(span)
    const name = `input.${input}.times${key}`
    return {
      name,
      type: 'number',
      source: 'people',
      help: `How often ${input} was pressed ${when}`,
      words: {
        noun: `the presses of ${said} ${when}`,
        much: `${said} was pressed … times ${when}`,
        once: `${said} was pressed once ${when}`,
      },
    }
  })
  return [today, ...times]
}

/** What is summed up of what was done, as the names begin and as people say it. */
const sums = [
  ['added', 'time added', 'Seconds'],
  ['removed', 'time taken off', 'Seconds'],
  ['frozen', 'time frozen', 'Seconds'],
  ['tasks', 'number of tasks assigned', ''],
] as const

/** The sums of what was done, by all rules or by one of them. */
function sumFacts(prefix: string, by: string): FactEntry[] {
  return sums.flatMap(([what, said, unit]) =>
    countedSpans.map(([key, span]): FactEntry => {
      const whole = `${said} by ${by} ${saySpan(span)}`
      return {
        name: `${prefix}.${what}${key}${unit}`,
        type: unit === '' ? 'number' : 'seconds',
        source: 'ledger',
        help: `The ${whole}, as it was granted and done`,
        get words() {
          return { noun: `the ${whole}` }
        },
      }
    }),
  )
}

/** The facts each rule adds about itself. Their words are made when a sentence needs them: most rules are never asked for. */
function ruleFacts(id: string): FactEntry[] {
  const lastFired = `rule.${id}.lastFiredAgoSeconds`
  return [
    {
      name: lastFired,
      type: 'seconds',
      source: 'ledger',
      help: 'How long ago this rule last fired on this lock; unknown while it never did',
      get words() {
        return { noun: `“${lastFired}”`, much: `the rule ${id} last fired … ago` }
      },
    },
    ...countedSpans.map(([key, span]): FactEntry => {
      const when = saySpan(span)
      const name = `rule.${id}.firedTimes${key}`
      return {
        name,
        type: 'number',
        source: 'ledger',
        help: `How often it fired ${when}`,
        get words() {
          return {
            noun: `“${name}”`,
            much: `the rule ${id} fired … times ${when}`,
            once: `the rule ${id} fired once ${when}`,
          }
        },
      }
    }),
    ...sumFacts(`rule.${id}`, `the rule ${id}`),
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
    entries.set(name, {
      name,
      type: 'boolean',
      source: 'health',
      help: `Whether ${service.title} answers`,
      words: { is: `${service.name} answers`, isNot: `${service.name} does not answer` },
    })
  }
  for (const entry of [...clockFacts, ...countedFacts, ...sumFacts('done', 'all rules')]) entries.set(entry.name, entry)
  const ids = [...ruleIds]
  for (const name of ids.length > 0 ? byWhom : []) {
    const entry = entries.get(name)
    if (entry) entries.set(name, { ...entry, values: [...ids, 'other'] })
  }
  for (const [name, { type }] of inputs) for (const entry of inputFacts(name, type)) entries.set(entry.name, entry)
  for (const name of tallies) {
    const fact = `tally.${name}`
    entries.set(fact, {
      name: fact,
      type: 'number',
      source: 'ledger',
      help: `What the tally ${name} stands at`,
      words: { noun: `the tally ${name}`, much: `the tally ${name} is …` },
    })
  }
  for (const id of ids) for (const entry of ruleFacts(id)) entries.set(entry.name, entry)
  return entries
}
