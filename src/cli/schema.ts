import { configSchema } from '../config/schema.ts'
import { type JsonSchema, jsonSchemaOf, rulesJsonSchema } from '../core/language/jsonschema.ts'
import type { Json } from '../core/model/service.ts'
import { wholeTestFileSchema } from '../replay/schema.ts'
import { services } from '../services/index.ts'
import { printJson, type Terminal } from './terminal.ts'

/** The kinds of files people write, each with its JSON Schema for editors. */
export const schemas = {
  config: () => withActionNames(jsonSchemaOf(configSchema, 'Config of lockwarden')),
  rules: () => rulesJsonSchema(services),
  test: () => withActionNames(jsonSchemaOf(wholeTestFileSchema, 'Tests of rules of lockwarden')),
} satisfies Record<string, () => JsonSchema>

export type SchemaName = keyof typeof schemas
export const schemaNames = Object.keys(schemas) as SchemaName[]

/** Prints the JSON Schema of one kind of file. */
export async function schema(terminal: Terminal, what: SchemaName): Promise<number> {
  printJson(terminal, schemas[what]())
  return 0
}

/** Adds the names of all actions at each `limits.allow`, since core's schema knows no service. */
function withActionNames(whole: JsonSchema): JsonSchema {
  const actions = services.flatMap((service) => service.actions)
  const known = new Set(actions.map(({ name }) => name))
  const names = actions.flatMap(({ name, help, leave }) => {
    const others = Object.keys(leave).filter((other) => !known.has(other))
    return [
      { type: 'string', const: name, description: help },
      ...others.map((other) => ({ type: 'string', const: other, description: `A part of ${name}` })),
    ]
  })
  const walk = (value: Json, key: string): Json => {
    if (Array.isArray(value)) return value.map((inner: Json) => walk(inner, key))
    if (typeof value !== 'object' || value === null) return value
    const map = value as JsonSchema
    if (key === 'allow' && map.type === 'array') return { ...map, items: { anyOf: names } }
    return Object.fromEntries(Object.entries(map).map(([name, inner]) => [name, walk(inner, name)]))
  }
  return walk(whole, '') as JsonSchema
}
