import * as z from 'zod'
import { logLevels } from '../core/model/loudness.ts'
import { Mistake } from '../document/fault.ts'
import type { DaemonView, LogLines } from './daemon.ts'
import { most } from './given.ts'
import { query } from './query.ts'
import { count } from './shapes.ts'

const level = z.enum(logLevels)

/** The last lines of the log, at least as loud as `least`; with `after`, of those behind that number. */
export const log = query({
  in: z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,15}$/, 'the number of a line such as 0')
      .transform(Number)
      .optional()
      .describe('The number of a line: only what came after it'),
    least: level.optional().describe('The least loud level'),
    most: most.default(100),
  }),
  out: z.object({
    run: z.string().describe('The process they are of: another one counts anew'),
    level,
    lines: z
      .array(z.object({ n: count, level: z.int(), text: z.string().describe('JSON, without secrets') }))
      .readonly(),
    last: count.describe('The number of the last line there is'),
    missed: count.describe('How many were asked for and are gone, since newer ones took their place'),
  }),
  answer: (asked, daemon: DaemonView) => bookOf(daemon).page(asked),
})

/** From then on the log says so much; without a level it is only told. */
export const logLevel = query({
  in: z.strictObject({ level: level.optional() }),
  out: z.object({ level }),
  answer: (asked, daemon: DaemonView) => {
    const book = bookOf(daemon)
    if (asked.level !== undefined) book.setLevel(asked.level)
    return { level: book.level }
  },
})

function bookOf({ book }: DaemonView): LogLines {
  if (book) return book
  throw new Mistake('this daemon keeps no lines of its log')
}
