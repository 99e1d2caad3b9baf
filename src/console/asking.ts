import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type * as z from 'zod'
import { parametersIn, taken, WrongQuestion } from '../queries/given.ts'
import type { Who } from '../store/audit.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'

/** What the server found of a request before anybody looked at what is asked. */
export interface Arrival {
  /** Under which of the console's origins it came. */
  origin: string
  /** Whose it is, also behind a proxy that is trusted. */
  address: string
}

export type Env = {
  Bindings: HttpBindings
  Variables: { session: Session | null; id: string | undefined; secure: boolean; who: Who }
}
export type Asking = Context<Env>

/** A browser takes the prefixed names from an https page of this very host alone. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-lockwarden' : 'lockwarden'
}

/** The parameters of a request. */
export function pairsOf(asked: Asking): URLSearchParams {
  return new URL(asked.req.url).searchParams
}

/** What is asked by parameters. Throws a `WrongQuestion` where it is not as it should be. */
export function queryOf<T>(asked: Asking, schema: z.ZodType<T>): T {
  return taken(schema, parametersIn(pairsOf(asked)))
}

/** What is to be done, by the body. Throws a `Refusal` or a `WrongQuestion` where it is not as it should be. */
export async function bodyOf<T>(asked: Asking, schema: z.ZodType<T>): Promise<T> {
  let written: unknown
  try {
    written = await asked.req.json()
  } catch {
    throw new Refusal(400, 'json', 'the body is no JSON')
  }
  // What is asked there is asked in vain: without its lock, "stop" means all.
  if (new URL(asked.req.url).search !== '')
    throw new WrongQuestion('a request that does something takes its input from the body alone')
  return taken(schema, written)
}
