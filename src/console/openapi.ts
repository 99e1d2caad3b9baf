import { stringify } from 'yaml'
import * as z from 'zod'
import { ownHeader } from './guard.ts'
import type { Operation, Who } from './operation.ts'
import { type RefusalStatus, refusalCodes } from './refusal.ts'

/** The first number changes if clients may break, the second with additions. */
const apiVersion = '1.0.0'

const whenRefused: Readonly<Record<RefusalStatus, string>> = {
  400: 'The request is malformed, or asks about something that does not exist',
  401: 'Sign in (again); a wrong password; give the password once more at /api/confirm',
  403: 'This role may not; no passwords are set up; not from a page of this console',
  404: 'There is no such thing',
  405: 'There is no such method here',
  409: 'The file on disk has changed meanwhile; there is no lock to accept',
  413: 'The body is too large',
  415: 'A body must be application/json',
  421: 'The console does not answer for this host',
  422: 'The rules would have a fault, or a value does not fit',
  429: 'Too many tries or too many at once: wait for Retry-After',
  500: 'The program failed; its log says more',
  503: 'Too many pages are open, or it takes too long',
}

/** What a refusal holds besides its text. */
const more: Partial<Record<RefusalStatus, z.ZodRawShape>> = {
  401: { field: z.string().optional() },
  409: {
    text: z.string().nullable().optional().describe('The text that is on disk now'),
    version: z.string().nullable().optional(),
  },
  422: {
    field: z.string().optional().describe('The part of the request that does not fit'),
    faults: z.array(z.unknown()).optional().describe('As `check` has them'),
  },
}

const whose: Readonly<Record<Who, string>> = {
  anybody: 'For everybody.',
  looker: 'For everyone who is signed in; without any password, for everybody on this machine.',
  'signed-in': 'For everyone who is signed in.',
  keyholder: 'For the keyholder.',
  wearer: 'For the wearer.',
}

/** JSON Schemas that are used in several places, by name. */
type Named = Record<string, unknown>

/** The OpenAPI document of operations, grouped by purpose, as YAML. */
export function openapiOf(groups: Readonly<Record<string, readonly Operation[]>>): string {
  const named: Named = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [tag, operations] of Object.entries(groups)) {
    for (const one of operations) {
      const path = one.path.replace(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [one.method]: { tags: [tag], ...operationObject(one, named) } }
    }
  }
  const statuses = Object.keys(refusalCodes).map(Number) as RefusalStatus[]
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'lockwarden console',
      version: apiVersion,
      description:
        'What the pages of the console ask, for who writes others. docs/console.md says how to sign in and what each ' +
        'is for.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The console itself' }],
    security: [{ session: [] }],
    tags: Object.keys(groups).map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'lockwarden', description: '`__Host-lockwarden` under https' },
      },
      headers: {
        Now: { description: "The daemon's clock, in epoch milliseconds", schema: { type: 'integer' } },
        RetryAfter: { description: 'Seconds to wait before another try', schema: { type: 'integer' } },
      },
      parameters: {
        Own: { name: ownHeader, in: 'header', required: true, schema: { type: 'string' }, example: '1' },
      },
      responses: Object.fromEntries(statuses.map((status) => [`Refused${status}`, refusalObject(status, named)])),
      schemas: named,
    },
  }
  return `# Made by scripts/openapi.ts; do not edit.\n${stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 })}`
}

function operationObject(one: Operation, named: Named): Record<string, unknown> {
  const { method, path, summary, who, confirmed, media } = one
  const isDone = method !== 'get'
  const lately = confirmed ? ' The password must have been given within the last five minutes.' : ''
  const taken = schemaOf(one.in, 'input', named)
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(isDone ? [{ $ref: '#/components/parameters/Own' }] : queryParameters(taken)),
  ]
  return {
    operationId: `${method}${path.replace(/^\/api|\W+(\w?)/g, (_, letter: string = '') => letter.toUpperCase())}`,
    summary,
    description: `${whose[who]}${lately}`,
    ...(who === 'anybody' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(isDone ? { requestBody: { required: true, content: { 'application/json': { schema: taken } } } } : {}),
    responses: {
      200: {
        description: media === 'text/event-stream' ? 'Events; the data of each is JSON' : 'It is so, or was done',
        headers: { 'X-Lockwarden-Now': { $ref: '#/components/headers/Now' } },
        content: contentOf(one, named),
      },
      ...Object.fromEntries(
        statusesOf(one).map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]),
      ),
    },
  }
}

function contentOf({ out, media }: Operation, named: Named): Record<string, unknown> {
  const schema = schemaOf(out, 'output', named)
  if (media === 'text/event-stream') return { [media]: { schema: { type: 'string' }, 'x-event-data': schema } }
  return { [media ?? 'application/json']: { schema } }
}

/** All refusals of an operation. */
function statusesOf({ method, who, refusals = [] }: Operation): RefusalStatus[] {
  const always: RefusalStatus[] = [400, 403, 421, 500]
  const body: RefusalStatus[] = method === 'get' ? [] : [413, 415]
  const sign: RefusalStatus[] = who === 'anybody' ? [] : [401]
  return [...new Set([...always, ...body, ...sign, ...refusals])].sort((one, other) => one - other)
}

function queryParameters({ properties = {}, required = [] }: { properties?: object; required?: string[] }): object[] {
  return Object.entries(properties as Record<string, { description?: string }>).map(([name, property]) => {
    const { description, ...schema } = property
    return {
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema,
    }
  })
}

function refusalObject(status: RefusalStatus, named: Named): Record<string, unknown> {
  const words = z.string().describe('For people')
  const shape = z.object({ error: words, code: z.enum(refusalCodes[status]), ...more[status] })
  const waits = status === 429 || status === 503
  return {
    description: whenRefused[status],
    ...(waits ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } } : {}),
    content: { 'application/json': { schema: schemaOf(shape, 'output', named) } },
  }
}

/** A schema as JSON Schema. Schemas with a name of their own are collected and referenced. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', named: Named): Record<string, unknown> {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: ({ jsonSchema }) => plain(jsonSchema) })
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'))
  Object.assign(named, $defs)
  return rest
}

/** Removes details that mean nothing to readers over HTTP. */
function plain(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.readOnly
  delete schema.id
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}
