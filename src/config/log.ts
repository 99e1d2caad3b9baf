import * as z from 'zod'
import { logLevels } from '../core/model/loudness.ts'

/** How the log's lines look: for people, or for machines. */
export const logForms = ['pretty', 'json'] as const
export type LogForm = (typeof logForms)[number]

/** The `log` section of the config. */
export const logSchema = z.strictObject({
  level: z.enum(logLevels).optional().meta({ description: 'From how loud on something is said: info' }),
  form: z
    .enum(logForms)
    .optional()
    .meta({ description: 'pretty: for people; json: a JSON line each. Without it, pretty in a terminal, else json' }),
})

export type LogConfig = z.infer<typeof logSchema>
