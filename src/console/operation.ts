import type * as z from 'zod'
import type { Role } from '../config/console.ts'
import type { Contract } from '../queries/query.ts'
import type { Around } from './around.ts'
import type { Asking } from './asking.ts'
import type { RefusalStatus } from './refusal.ts'
import type { Session } from './session.ts'

/**
 * Who may: everybody; who may look, which without any password is everybody on this machine; who is signed in; or one
 * role.
 */
export type Who = 'anybody' | 'looker' | 'signed-in' | Role

/** One request as its operation gets it. */
export interface Call<In extends z.ZodType, By extends Who> {
  given: z.output<In>
  session: By extends 'anybody' | 'looker' ? Session | null : Session
  /** The request itself, for its path and its cookies. */
  asked: Asking
  around: Around
}

/** What the console does on one path, with all that its document says of it. */
export interface Operation<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType, By extends Who = Who>
  extends Contract<In, Out> {
  readonly method: 'get' | 'post' | 'put'
  /** As the router reads it: `/api/rule-files/:name`. */
  readonly path: string
  readonly summary: string
  readonly who: By
  /** The password must have been given lately. */
  readonly confirmed?: boolean
  /** What else it may be refused with. */
  readonly refusals?: readonly RefusalStatus[]
  /** What the answer is, where it is no JSON; then `out` is what each piece of it is. */
  readonly media?: 'text/event-stream' | 'application/yaml'
  answer(call: Call<In, By>): z.output<Out> | Response | Promise<z.output<Out> | Response>
}

/** An operation whose answer TypeScript holds against its schema. */
export function operation<In extends z.ZodType, Out extends z.ZodType, By extends Who>(
  one: Operation<In, Out, By>,
): Operation<In, Out, By> {
  return one
}
