import type * as z from 'zod'
import type { Role } from '../config/console.ts'
import type { Contract } from '../queries/query.ts'
import type { Around } from './around.ts'
import type { Asking } from './asking.ts'
import type { RefusalStatus } from './refusal.ts'
import type { Session } from './session.ts'

/**
 * Who may use an operation: everybody; everybody who may look (without passwords, everybody on this machine); everybody
 * who is signed in; or one role.
 */
export type Who = 'anybody' | 'looker' | 'signed-in' | Role

/** A request in the form that an operation gets. */
export interface Call<In extends z.ZodType, By extends Who> {
  given: z.output<In>
  session: By extends 'anybody' | 'looker' ? Session | null : Session
  /** The request itself, for its path and its cookies. */
  asked: Asking
  around: Around
}

/** An operation of the console on one path, with all that the OpenAPI document says of it. */
export interface Operation<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType, By extends Who = Who>
  extends Contract<In, Out> {
  readonly method: 'get' | 'post' | 'put'
  /** In the router's form: `/api/rule-files/:name`. */
  readonly path: string
  readonly summary: string
  readonly who: By
  /** The password must have been given within the last minutes. */
  readonly confirmed?: boolean
  /** Further refusals. */
  readonly refusals?: readonly RefusalStatus[]
  /** The type of the answer if it is not JSON; then `out` describes each piece of it. */
  readonly media?: 'text/event-stream' | 'application/yaml'
  answer(call: Call<In, By>): z.output<Out> | Response | Promise<z.output<Out> | Response>
}

/** An operation whose answer TypeScript checks against its schema. */
export function operation<In extends z.ZodType, Out extends z.ZodType, By extends Who>(
  one: Operation<In, Out, By>,
): Operation<In, Out, By> {
  return one
}
