import * as z from 'zod'
import { lock, name } from './given.ts'
import type { Contract } from './query.ts'
import { done } from './shapes.ts'

/** The switch is a file that commands set; the daemon that runs writes it down for them, in the audit that it holds. */
export const noted = {
  in: z.strictObject({ lock, what: z.enum(['stop', 'resume']), said: name.max(1000) }),
  out: done,
} satisfies Contract
