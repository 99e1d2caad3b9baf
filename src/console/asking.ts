import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type * as z from 'zod'
import { parametersIn, taken, WrongQuestion } from '../queries/given.ts'
import type { Who } from '../store/audit.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'

/** What the server found out about a request before it read the question. */
export interface Arrival {
  /** The console's origin under which it came. */
  origin: string
  /** The sender's address, also behind a trusted proxy. */
  address: string
}

export type Env = {
  Bindings: HttpBindings
  Variables: { session: Session | null; id: string | undefined; secure: boolean; who: Who }
}
export type Asking = Context<Env>

/** A browser accepts the prefixed names only from an https page of this host. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-lockwarden' : 'lockwarden'
}

/** The parameters of a request. */
export function pairsOf(asked: Asking): URLSearchParams {
  return new URL(asked.req.url).searchParams
}

/** Reads a question from the parameters. Throws a `WrongQuestion` if it is malformed. */
export function queryOf<T>(asked: Asking, schema: z.ZodType<T>): T {
  return taken(schema, parametersIn(pairsOf(asked)))
}

/** Reads a task from the body. Throws a `Refusal` or a `WrongQuestion` if it is malformed. */
export async function bodyOf<T>(asked: Asking, schema: z.ZodType<T>): Promise<T> {
  let written: unknown
  try {
    written = await asked.req.json()
  } catch {
    throw new Refusal(400, 'json', 'the body is no JSON')
  }
  // Parameters would be ignored here, and "stop" without its lock would stop all.
  if (new URL(asked.req.url).search !== '')
    throw new WrongQuestion('a request that does something takes its input from the body alone')
  return taken(schema, written)
}
