import * as z from 'zod'
import type { FactType } from '../model/fact.ts'
import { ruleKeys, ruleSchema } from '../model/rulekeys.ts'
import type { ActionKind, FactEntry, Json, Service } from '../model/service.ts'
import { catalogueOf } from './catalogue.ts'
import { operators } from './operators.ts'
import { localActions } from './ownactions.ts'
import { ruleFileSchema } from './rulefile.ts'
import { valuePattern } from './values.ts'

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [key: string]: Json }

/** The dialect that editors know best. */
const target = 'draft-7'

/** The JSON Schema of what a zod schema takes, with the help that its keys carry. */
export function jsonSchemaOf(schema: z.ZodType, title: string): JsonSchema {
  return { ...(z.toJSONSchema(schema, { io: 'input', target }) as JsonSchema), title }
}

/** The same as a part of another; what it defines for itself (a value that holds itself) goes into `definitions`. */
function partOf(schema: z.ZodType, name: string, definitions: Record<string, JsonSchema>): JsonSchema {
  const whole = JSON.stringify(z.toJSONSchema(schema, { io: 'input', target }))
  const { $schema: _, definitions: own, ...part } = JSON.parse(whole.replaceAll('__schema', `${name}-`)) as JsonSchema
  Object.assign(definitions, own)
  return part
}

const refTo = (name: string) => ({ $ref: `#/definitions/${name}` })
const closed = (properties: JsonSchema, required: readonly string[], description: string): JsonSchema => ({
  type: 'object',
  description,
  properties,
  required,
  additionalProperties: false,
})

/** How an editor is to know rule files: from the very definitions that `check` goes by. */
export function rulesJsonSchema(services: readonly Service[]): JsonSchema {
  const actions = [...services.flatMap((service) => service.actions), ...localActions]
  const facts = [...catalogueOf(services).values()]
  const file = jsonSchemaOf(ruleFileSchema, 'Rules of lockwarden')
  const definitions: Record<string, JsonSchema> = {}
  const bare = partOf(ruleSchema, 'rule', definitions)
  const { id = {}, was = {}, ...rest } = bare.properties as Record<string, JsonSchema>
  // The names of a rule are what they are.
  const rule = { ...bare, properties: { id, was, ...(orValues(rest) as JsonSchema) } }
  const conditions = { anyOf: [refTo('condition')] }
  const none = { anyOf: [...conditions.anyOf, { const: 'none', description: "Without the file's only_if" }] }
  const asking = ruleKeys
    .filter(({ form }) => form?.takes === 'condition')
    .map(({ name }) => [name, name === 'only_if' ? none : conditions])
  const keys = (of: JsonSchema, replaced: Record<string, JsonSchema>): JsonSchema => {
    const properties = of.properties as Record<string, JsonSchema>
    const fuller = Object.entries(replaced).map(([key, value]) => [key, { ...properties[key], ...value }])
    return { ...of, properties: { ...properties, ...Object.fromEntries(fuller) } }
  }
  return {
    ...keys(file, { only_if: conditions, rules: { items: refTo('rule') } }),
    definitions: {
      rule: {
        ...keys(rule, {
          ...Object.fromEntries(asking),
          then: { items: refTo('action') },
          otherwise: { items: refTo('action') },
        }),
        anyOf: [
          { type: 'object', properties: { when: refTo('condition') }, required: ['when'] },
          { type: 'object', properties: { at: (rule.properties as JsonSchema).at ?? {} }, required: ['at'] },
          {
            type: 'object',
            properties: { after: (rule.properties as JsonSchema).after ?? {} },
            required: ['after'],
          },
        ],
      },
      ...conditionSchemas(facts),
      action: { anyOf: [...actions.flatMap((kind) => actionSchemas(kind, definitions)), drawSchema, branchSchema] },
      value: { type: 'string', pattern: valuePattern, description: 'One of the values of the file, by its name' },
      ...definitions,
    },
  }
}

const scalars: ReadonlySet<Json> = new Set(['number', 'integer', 'boolean'])

/** The same, with a named value wherever a single one may stand that is no text of any kind. */
function orValues(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((inner: Json) => orValues(inner))
  if (typeof schema !== 'object' || schema === null) return schema
  const { description, ...one } = schema as JsonSchema
  if (scalars.has(one.type ?? null) || one.enum !== undefined || one.pattern !== undefined) {
    return { ...(description === undefined ? {} : { description }), anyOf: [one, refTo('value')] }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, orValues(inner as Json)]))
}

const groups: readonly [string, string][] = [
  ['all', 'True if every one is true'],
  ['any', 'True if one of them is true'],
]

function conditionSchemas(facts: readonly FactEntry[]): Record<string, JsonSchema> {
  const openFamilies = familiesBeside(facts)
  const list = { type: 'array', minItems: 1, items: refTo('condition') }
  return {
    condition: {
      anyOf: [
        refTo('shortCondition'),
        refTo('longCondition'),
        { ...list, description: 'Conditions that must all be true' },
        ...groups.map(([key, help]) => closed({ [key]: { ...list, description: help } }, [key], help)),
        closed({ not: refTo('condition') }, ['not'], 'True if this is false; what is unknown stays unknown'),
      ],
    },
    // One alternative a fact, so that an editor shows the fact's help where its name stands.
    shortCondition: {
      description: 'fact operator value, as lock.timeRemainingSeconds < 1h',
      anyOf: [
        ...facts.map(({ name, type, help }) => ({
          type: 'string',
          pattern: `^\\s*${escaped(name)}\\s*(?:${wordsFor(type)})`,
          description: help,
        })),
        ...openFamilies.map(({ pattern, help }) => ({
          type: 'string',
          pattern: `^\\s*${pattern}\\s*(?:${wordsFor(null)})`,
          description: help,
        })),
      ],
    },
    longCondition: closed(
      {
        fact: {
          description: 'The name of a fact',
          anyOf: [
            ...facts.map(({ name, help }) => ({ type: 'string', const: name, description: help })),
            ...openFamilies.map(({ pattern, help }) => ({
              type: 'string',
              pattern: `^${pattern}$`,
              description: help,
            })),
          ],
        },
        operator: {
          description: "In json-rules-engine's words or as in the short form",
          type: 'string',
          enum: [...new Set(operators.flatMap(({ name, words }) => [name, words]))],
        },
        value: {
          description: 'A value, a list of them, or another fact of the same type as { fact: NAME }',
          anyOf: [
            { type: ['string', 'number', 'boolean', 'null'] },
            { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } },
            closed({ fact: { type: 'string', description: 'Its name' } }, ['fact'], 'Another fact of the same type'),
          ],
        },
        on: {
          type: 'string',
          description: 'With time.clock and between: the days, as mon-fri, on which the range begins',
        },
      },
      ['fact', 'operator'],
      'A condition in its long form',
    ),
  }
}

/** Facts whose names only a rule set, or a service that sends more than it documents, can tell. */
const families: readonly { pattern: string; help: string }[] = [
  { pattern: 'rule\\.[a-z0-9-]+\\.\\w+', help: 'What a rule did: lastFiredAgoSeconds, firedTimesToday, …' },
  {
    pattern: 'input\\.[a-z0-9_-]+(?:\\.(?:agoSeconds|pressedToday|times(?:Today|ThisWeek|ThisLock)))?',
    help: 'What people press or set',
  },
  { pattern: 'tally\\.[a-z0-9_-]+', help: 'What a tally stands at' },
  { pattern: 'streak\\.[a-z0-9_-]+', help: 'How many days or weeks on end a streak has lasted' },
]

/** Those, and the fields of the lock that no fact is named after. */
function familiesBeside(facts: readonly FactEntry[]): typeof families {
  const fields = facts.flatMap(({ name }) => (name.startsWith('lock.') ? name.slice('lock.'.length) : []))
  const pattern = `lock\\.(?!(?:${fields.join('|')})(?!\\w))\\w+`
  return [...families, { pattern, help: 'A field of the lock that the service sends without documenting it' }]
}

/** The operators that go with a type, as a pattern. */
function wordsFor(type: FactType | null): string {
  const fitting = operators.filter(({ types }) => type === null || types.includes(type))
  const patterns = fitting.map(({ words }) => {
    const spaced = escaped(words).replaceAll(' ', '\\s+')
    return /\w$/.test(words) ? `${spaced}(?:\\s|$)` : `${spaced}(?!=)`
  })
  return patterns.join('|')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** An action under its name, and where it needs nothing, its name alone. */
function actionSchemas({ name, help, params }: ActionKind, definitions: Record<string, JsonSchema>): JsonSchema[] {
  const takes = orValues(partOf(params, name, definitions)) as JsonSchema
  const long = closed({ [name]: { ...takes, description: help } }, [name], help)
  return params.safeParse(null).success ? [{ type: 'string', const: name, description: help }, long] : [long]
}

const drawSchema: JsonSchema = closed(
  {
    draw: {
      type: 'array',
      minItems: 2,
      description: 'One of these lists is drawn, by weight',
      items: closed(
        {
          weight: {
            type: 'number',
            exclusiveMinimum: 0,
            maximum: 1_000_000,
            default: 1,
            description: 'How often it is drawn, beside the other weights',
          },
          then: { type: 'array', items: refTo('action'), description: 'What to do; an empty list is a blank' },
        },
        ['then'],
        'A list that may be drawn',
      ),
    },
  },
  ['draw'],
  'Draws one of several lists of actions by weight',
)

const branchSchema: JsonSchema = closed(
  {
    if: { ...refTo('condition'), description: 'Asked at the firing; what is unknown does neither' },
    then: { type: 'array', items: refTo('action'), description: 'What to do if it is true' },
    else: { type: 'array', items: refTo('action'), description: 'What to do if it is false' },
  },
  ['if', 'then'],
  'Does one of two lists, by whether a condition is true at the firing',
)
