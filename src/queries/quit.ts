import * as z from 'zod'
import { truth } from './given.ts'
import type { Contract } from './query.ts'
import { count } from './shapes.ts'

/** To end; with `again`, so that who started it starts it again. What ends is the process, which answers this itself. */
export const quit = {
  in: z.strictObject({ again: truth.default(false) }),
  out: z.object({
    pid: count,
    keeper: z.enum(['systemd', 'container']).nullable().describe('Who starts the program again; null: nobody'),
    ends: z.boolean().describe('Whether it ends; not where it is to be started again and nobody would'),
  }),
} satisfies Contract
