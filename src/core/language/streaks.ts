import * as z from 'zod'
import { type Fault, suggestion } from '../../document/fault.ts'
import type { YamlDocument } from '../../document/yaml.ts'
import { quotaSchema } from '../model/quota.ts'
import type { Catalogue, Input, Streak } from '../model/rule.ts'
import type { FactEntry } from '../model/service.ts'

const sourceWords = 'a button or a rule, such as input.checkin or rule.good-day'

/** A streak as it is declared. */
export const streakSchema = z
  .strictObject({
    of: z
      .string({ error: sourceWords })
      .regex(/^(?:input\.[a-z][a-z0-9_-]*|rule\.[a-z0-9][a-z0-9-]*)$/, sourceWords)
      .meta({ description: 'The button that is pressed, or the rule that fires: input.checkin, rule.good-day' }),
    each: z.enum(['day', 'week']).default('day').meta({ description: 'How often it is to be done' }),
    spare: quotaSchema.optional().meta({ description: 'How many may be left out: 1 per week' }),
  })
  .superRefine(({ each, spare }, context) => {
    const { per } = spare ?? { per: 'lock' }
    const ms = each === 'day' ? 86_400_000 : 604_800_000
    const tooOften = typeof per === 'object' ? per.rollingMs <= ms : per === 'hour' || per === 'day' || per === each
    if (!tooOften) return
    const message = `"${spare?.text}" spares every ${each}; write for example "1 per ${each === 'day' ? 'week' : 'lock'}"`
    context.addIssue({ code: 'custom', path: ['spare'], message })
  })
  .transform(({ of, each, spare }): Streak => ({ of, each, spare: spare ?? null }))

/** What is wrong with the streaks of a file, once all that is declared is known. */
export function streakFaults(
  document: YamlDocument,
  streaks: Readonly<Record<string, Streak>>,
  inputs: ReadonlyMap<string, Input>,
  ids: readonly string[],
): Fault[] {
  const buttons = [...inputs].flatMap(([name, { type }]) => (type === 'button' ? `input.${name}` : []))
  const known = new Set([...buttons, ...ids.map((id) => `rule.${id}`)])
  return Object.entries(streaks).flatMap(([name, { of }]) => {
    if (known.has(of)) return []
    const isSwitch = inputs.has(of.slice('input.'.length))
    const message = isSwitch ? `${of} is no button` : `a streak of nothing that there is: ${of}`
    return [document.fault(['streaks', name, 'of'], message, { hint: suggestion(of, known) })]
  })
}

/** The catalogue with the streaks in it. */
export function withStreaks(catalogue: Catalogue, streaks: ReadonlyMap<string, Streak>): Catalogue {
  if (streaks.size === 0) return catalogue
  const entries = [...streaks].map(([name, { each }]): [string, FactEntry] => [
    `streak.${name}`,
    {
      name: `streak.${name}`,
      type: 'number',
      source: 'ledger',
      help: `How many ${each}s on end the streak ${name} has lasted`,
      words: {
        noun: `the streak ${name}`,
        much: `the streak ${name} is … ${each}s long`,
        once: `the streak ${name} is one ${each} long`,
      },
    },
  ])
  return new Map([...catalogue, ...entries])
}
