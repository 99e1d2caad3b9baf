import * as z from 'zod'
import { examplesIn, fillIn, NotFilledIn } from '../../config/examples.ts'
import { fieldKinds } from '../../core/model/rulekey.ts'
import { nothing } from '../../queries/given.ts'
import { count } from '../../queries/shapes.ts'
import { lockOf } from '../around.ts'
import { lockName, ofOneLock } from '../given.ts'
import { operation } from '../operation.ts'
import { Refusal } from '../refusal.ts'

const word = z.object({ name: z.string(), help: z.string() })

const catalogue = operation({
  method: 'get',
  path: '/api/catalogue',
  summary: 'What an editor of rules can complete and explain',
  who: 'looker',
  in: ofOneLock,
  out: z.object({
    facts: z.array(word.extend({ type: z.string() })),
    operators: z.array(
      word.extend({
        takes: z.string().describe('What follows the operator'),
        types: z.array(z.string()).readonly().describe('The facts it goes with'),
      }),
    ),
    actions: z.array(word.extend({ sample: z.string().describe('What stands after the name in a rule that works') })),
    keys: z.array(
      word.extend({
        label: z.string().nullable().describe('What the form of an example calls it; null where it does not show it'),
        takes: z.enum(fieldKinds).nullable().describe('What the form lets people change'),
        choices: z.array(z.string()).readonly().describe('What may be chosen from; empty where it is no choice'),
      }),
    ),
    sections: z.array(word),
  }),
  answer: ({ given: { lock }, around }) => around.words(lockOf(around, lock)),
})

const example = z.object({
  file: z.string(),
  id: z.string(),
  description: z.string(),
  yaml: z.string(),
  fields: z.array(
    z.object({
      id: z.string(),
      place: z.string().describe('Where it stands, in words'),
      type: z.enum(['length', 'time', 'number', 'percent', 'text']),
      unit: z.string().nullable(),
      value: z.string(),
      line: count,
    }),
  ),
  asks: z
    .object({ inputs: z.array(z.string()), tallies: z.array(z.string()), rules: z.array(z.string()) })
    .describe('What it asks for that other rules or files declare'),
  present: z.boolean().describe('A rule of that id is in force'),
})

const examples = operation({
  method: 'get',
  path: '/api/examples',
  summary: 'The example rules with what can be changed in them',
  who: 'looker',
  in: nothing,
  out: z.array(example),
  answer: ({ around: { locks, declared, examples: files } }) => {
    const known = new Set(locks.flatMap((lock) => [...declared(lock).rules]))
    return files.flatMap(examplesIn).map((one) => ({ ...one, present: known.has(one.id) }))
  },
})

const fill = operation({
  method: 'post',
  path: '/api/examples/fill',
  summary: 'A rule file of its own made of an example, to be previewed and saved',
  who: 'looker',
  in: z.strictObject({
    lock: lockName,
    file: z.string().max(100),
    id: z.string().max(100),
    values: z.record(z.string().max(200), z.string().max(2000)).describe('Texts by the ids of fields'),
    enabled: z.boolean().default(true),
  }),
  out: z.object({ name: z.string(), text: z.string() }),
  refusals: [404, 422],
  answer: ({ given: { lock, ...wanted }, around }) => {
    const declared = around.declared(lockOf(around, lock))
    try {
      return { name: `${wanted.id}.yaml`, text: fillIn(around.examples, wanted, declared) }
    } catch (error) {
      if (!(error instanceof NotFilledIn)) throw error
      const { what, field, message } = error
      throw new Refusal(what === 'example' ? 404 : 422, what, message, field === null ? {} : { field })
    }
  },
})

/** Example rules, and the words that rules are written in. */
export const exampleRoutes = [catalogue, examples, fill]
