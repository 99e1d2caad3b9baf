import type * as z from 'zod'

/** A question's form: what it takes, and what its answer looks like. */
export interface Contract<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  readonly in: In
  /** What the answer is as JSON. */
  readonly out: Out
}

/** A question with its answer; `From` is what the answer is made from. */
export interface Query<From, In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType>
  extends Contract<In, Out> {
  /** Throws a `WrongQuestion` for a name that there is none of, another `Mistake` where it cannot be done. */
  answer(asked: z.output<In>, from: From): z.output<Out> | Promise<z.output<Out>>
}

/** A question whose answer TypeScript holds against its schema. */
export function query<From, In extends z.ZodType, Out extends z.ZodType>(
  one: Query<From, In, Out>,
): Query<From, In, Out> {
  return one
}
