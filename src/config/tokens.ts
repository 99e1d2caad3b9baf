import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Fault } from '../document/fault.ts'
import { fileFault, pathSchema } from '../document/path.ts'
import type { Path, YamlDocument } from '../document/yaml.ts'
import { errorCode, systemWords } from '../errno.ts'
import type { Integration } from '../services/integration.ts'
import { Secret } from '../services/secret.ts'
import { type TokenKey, tokenFault } from '../services/section.ts'

/** A token of a lock entry. */
export interface Token {
  service: string
  /** As the config calls it: `service.key`. */
  key: string
  secret: Secret
  /** The file that holds it; null where it stands in the config itself. */
  file: string | null
}

/** The tokens of all lock entries. */
export interface TokensRead {
  /** By the name of the lock entry. */
  given: ReadonlyMap<string, readonly Token[]>
  faults: Fault[]
  secrets: Secret[]
}

interface Surroundings {
  document: YamlDocument
  services: readonly Integration[]
  folder: string
  wants: 'needed' | 'unread'
}

/** Where a token stands, for faults about it. */
type Found = { secret: Secret; at: Path } | null

/** Reads every token file and judges the tokens together. Looks at the raw values: other keys may be faulty. */
export async function readTokens(
  around: Surroundings,
  locks: readonly (readonly [name: string, entry: unknown])[],
): Promise<TokensRead> {
  const reading = new TokenReading(around)
  for (const [lock, entry] of locks) {
    for (const { name, section } of around.services) {
      const written = valueAt(entry, [name])
      if (!isMap(written)) continue
      for (const token of section.tokens) await reading.token(lock, name, written, token)
      for (const path of section.files)
        await reading.file(['locks', lock, name, ...path], valueAt(written, path.slice(0, -1)))
    }
  }
  return reading
}

class TokenReading implements TokensRead {
  readonly given = new Map<string, Token[]>()
  readonly faults: Fault[] = []
  readonly secrets: Secret[] = []
  readonly #around: Surroundings
  /** Which lock has a token that may be only one's. */
  readonly #owners = new Map<string, string>()

  constructor(around: Surroundings) {
    this.#around = around
  }

  async token(lock: string, service: string, section: Record<string, unknown>, token: TokenKey): Promise<void> {
    const { document } = this.#around
    const { key, needed, alone } = token
    const at = ['locks', lock, service]
    if (needed && section[key] === undefined && section[`${key}_file`] === undefined) {
      this.faults.push(document.fault(at, `"${key}" is missing`, { hint: `or ${key}_file` }))
    }
    const found = await this.#written([...at, key], section)
    if (!found || !alone) return
    const name = `${service} ${key} ${found.secret.reveal()}`
    const owner = this.#owners.get(name)
    if (owner === undefined) this.#owners.set(name, lock)
    else {
      const said = `the lock "${owner}" has the same ${alone.what}`
      this.faults.push(document.fault(found.at, said, { hint: alone.hint }))
    }
  }

  /** What the file holds that a map names; null where it names none, or not well. */
  async file(path: readonly string[], map: unknown): Promise<Found> {
    const { document, folder, wants } = this.#around
    const key = `${path.at(-1)}_file`
    const at = [...path.slice(0, -1), key]
    const written = pathSchema.safeParse(valueAt(map, [key])).data
    if (written === undefined || wants === 'unread') return null
    const file = resolve(folder, written)
    const read = await readTokenFile(file)
    if ('wrong' in read) {
      const { message, ...more } = fileFault(written, folder, read.wrong)
      this.faults.push(document.fault(at, message, more))
      return null
    }
    return { secret: this.#keep(path, read.secret, file), at }
  }

  /** The token a key or its `_file` gives; null where neither does, or not well. */
  async #written(path: readonly string[], section: Record<string, unknown>): Promise<Found> {
    const { document } = this.#around
    const key = path.at(-1) ?? ''
    const written = section[key]
    if (written !== undefined && section[`${key}_file`] !== undefined) {
      const both = `${key} and ${key}_file are both given`
      const at = [...path.slice(0, -1), `${key}_file`]
      this.faults.push(document.fault(at, both, { key: true, hint: 'keep one of them' }))
    }
    if (typeof written !== 'string') return this.file(path, section)
    const secret = this.#keep(path, new Secret(written), null)
    return tokenFault(written) === null ? { secret, at: path } : null
  }

  #keep(path: readonly string[], secret: Secret, file: string | null): Secret {
    const [, lock = '', service = '', ...keys] = path
    const token = { service, key: [service, ...keys].join('.'), secret, file }
    this.given.set(lock, [...(this.given.get(lock) ?? []), token])
    this.secrets.push(secret)
    return secret
  }
}

const largestTokenFile = 10_000

/**
 * Reads a file that holds a token and nothing else, for the start and whenever it changes. What is wrong with it is
 * said without its contents and without its path, which may itself be a token written in the wrong place.
 */
export async function readTokenFile(path: string): Promise<{ secret: Secret } | { wrong: string }> {
  let text: string
  try {
    const found = await stat(path)
    if (!found.isFile()) return { wrong: 'this is no file' }
    if (found.size > largestTokenFile) return { wrong: `the file is larger than ${largestTokenFile / 1000} KB` }
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return { wrong: 'there is no such file' }
    if (code === 'EACCES' || code === 'EPERM') return { wrong: 'the file may not be read by this user' }
    return { wrong: `the file cannot be read (${systemWords(error)})` }
  }
  if (text === '') return { wrong: 'the file is empty' }
  if (/\p{Cc}/u.test(text)) return { wrong: 'the file holds more than the one line of a token' }
  const wrong = tokenFault(text)
  return wrong === null ? { secret: new Secret(text) } : { wrong }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isMap(inner) ? inner[key] : undefined), value)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
