import { z } from 'zod'
import { program } from '../../src/cli/program.ts'
import { type SchemaName, schemas } from '../../src/cli/schema.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import type { JsonSchema } from '../../src/core/language/jsonschema.ts'
import { services } from '../../src/services/index.ts'

export interface Said {
  code: number
  out: string[]
  err: string[]
}

/** Runs a command line in a folder. */
export async function say(args: readonly string[], folder: string, env: Terminal['env'] = {}): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    out: (line) => out.push(...line.split('\n')),
    err: (line) => err.push(...line.split('\n')),
    env,
    folder,
    home: folder,
    person: false,
    signal: new AbortController().signal,
    version: '0',
  }
  return { code: await program(args, terminal), out, err }
}

/** Checks these files of a folder, without a config. */
export async function checkWith(paths: readonly string[], folder: string): Promise<Said> {
  return say(['check', ...paths], folder)
}

/**
 * Whether a value is taken by the JSON Schema of a kind of file. zod reads a closed map beside an `anyOf` as one that
 * is open, so that the schema is asked twice, once without what stands beside the map of a rule.
 */
export function validatorOf(what: SchemaName): (value: unknown) => boolean {
  const whole = schemas[what](services)
  const definitions = (whole.definitions ?? {}) as Record<string, JsonSchema>
  const { anyOf: _, ...rule } = definitions.rule ?? {}
  const closed = { ...whole, definitions: { ...definitions, rule } }
  const both = [whole, closed].map((schema) => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]))
  return (value) => both.every((schema) => schema.safeParse(value).success)
}
