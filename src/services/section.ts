import * as z from 'zod'
import type { Bearer, Topic } from '../core/model/service.ts'
import { pathSchema } from '../document/path.ts'
import type { Secret } from './secret.ts'

// No message here repeats the value it is about: that may have come out of the environment, and be a token.

/** A token that a lock entry gives under a key, or in the file that `KEY_file` names. */
export interface TokenKey {
  key: string
  help: string
  fileHelp: string
  as: Bearer
  /** What is read to try it; the first of them tells what it is good for. */
  tries: readonly Topic[]
  /** The section cannot do without. */
  needed?: true
  /** What is wrong with two lock entries that have the same one, after "the lock … has the same"; and what to do. */
  alone?: { what: string; hint: string }
}

/** The tokens of one section, by the path of their keys in it. */
export interface Tokens {
  /** Null where neither the key nor its file gives one. */
  at(...path: string[]): Secret | null
  /** One that a section without a fault has. */
  must(...path: string[]): Secret
}

/** What a lock entry says of a service, under the service's name. */
export interface Section<C = unknown> {
  schema: z.ZodType
  tokens: readonly TokenKey[]
  /** Secrets that stand in files alone: the paths of their keys, without the `_file`. */
  files: readonly (readonly string[])[]
  /** What the client needs, of a section without a fault. */
  credentials(written: object, tokens: Tokens): C
}

/** What a service says of its section; the keys of its tokens, and `base_url` where it has an address, come by themselves. */
interface SectionOf<M extends z.ZodRawShape, C> {
  title: string
  help: string
  /** For who writes a value where the map belongs. */
  example: string
  tokens: readonly TokenKey[]
  files?: readonly (readonly string[])[]
  /** Where the service is, unless the config names another address. */
  url?: string
  /** Its other keys. */
  more: M
  credentials(written: z.output<z.ZodObject<M>>, tokens: Tokens, baseUrl: string): C
}

export function section<M extends z.ZodRawShape, C>(given: SectionOf<M, C>): Section<C> {
  const { title, help, example, tokens, files = [], url, more } = given
  const keys = tokens.flatMap(({ key, help, fileHelp }): [string, z.ZodType][] => [
    [key, tokenSchema.optional().meta({ description: help })],
    [`${key}_file`, pathSchema.optional().meta({ description: fileHelp })],
  ])
  const address = url === undefined ? [] : [['base_url', baseUrl(title)] as const]
  const shape = { ...Object.fromEntries([...keys, ...address]), ...more }
  return {
    schema: z.strictObject(shape, mapSuchAs(example)).meta({ description: help }),
    tokens,
    files,
    credentials(written, held) {
      const { base_url = url ?? '' } = written as { base_url?: string }
      return given.credentials(written as z.output<z.ZodObject<M>>, held, base_url)
    },
  }
}

/** For who writes a value where the map belongs that holds it. */
export function mapSuchAs(example: string) {
  return {
    error: (issue: { code?: string | undefined }) =>
      issue.code === 'invalid_type' ? `a map such as ${example}` : undefined,
  }
}

const emptyToken = 'the token is empty'

const tokenSchema = z
  .string({ error: (issue) => (issue.input === null ? emptyToken : 'a token is a text; put it in quotes') })
  .transform((text, context) => {
    const wrong = tokenFault(text)
    if (wrong === null) return text
    context.addIssue(wrong)
    return z.NEVER
  })

/** What is wrong with a text as a token, without repeating it; null where nothing is. */
export function tokenFault(text: string): string | null {
  if (text === '') return emptyToken
  const [, wrong] = mistaken.find(([pattern]) => pattern.test(text)) ?? []
  if (wrong !== undefined) return wrong
  if (/^[\x21-\x7e]+$/.test(text)) return null
  return 'a token is made of printable ASCII characters without a space; was it copied whole?'
}

/** What people copy along with a token. */
const mistaken: readonly (readonly [RegExp, string])[] = [
  [/^\s|\s$/, 'there are blanks around the token; take them out'],
  [/^(["'`]).*\1$/, 'the token stands in quotes that would be sent along; take them out'],
  [/^(?:authorization\s*:|bearer\b)/i, 'the program says Bearer by itself; write only what follows it'],
  [
    /^(?:export\s+)?\w*(?:TOKEN|KEY|SECRET|PASSWORD)\w*=[^=]/i,
    'a name and = stand before the token; write only what follows them',
  ],
  [/^[A-Z][A-Z0-9_]+=[^=]/, 'a name and = stand before the token; write only what follows them'],
]

const baseUrl = (service: string) =>
  addressSchema
    .optional()
    .meta({ description: `Where ${service} is, if not at its real address (the sandbox, for trying things out)` })

/** The address of a service. */
export const addressSchema = z.string().transform((text, context) => {
  const read = readBaseUrl(text)
  if ('url' in read) return read.url
  context.addIssue(read.wrong)
  return z.NEVER
})

/** A service's address without its trailing slash: https, or on this machine http too. */
export function readBaseUrl(text: string): { url: string } | { wrong: string } {
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return { wrong: 'an address such as https://chastify.net' }
  if (url.username || url.password) return { wrong: 'an address must not hold a user name or a password' }
  if (/[?#]/.test(text)) return { wrong: 'an address must not hold a ? or a #' }
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(url.hostname)
  if (url.protocol === 'http:' && !loopback) {
    return { wrong: 'tokens are only sent by https (http is for this machine: http://127.0.0.1)' }
  }
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, '') }
}
