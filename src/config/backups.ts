import { join, resolve } from 'node:path'
import * as z from 'zod'
import { parseClock } from '../core/calendar/time.ts'
import { pathSchema } from '../document/path.ts'

/** The backups that the daemon makes by itself. */
export interface BackupsConfig {
  /** So many of the newest are kept; at 0 none is made. */
  keep: number
  /** When one is made, in seconds of the day by the clock of the config. */
  at: number
  folder: string
}

const usual = { keep: 7, at: 4 * 3600, folder: 'backups' }
const mostKept = 1000

export const backupsSchema = z.strictObject({
  keep: z
    .int(`a whole number from 0 to ${mostKept}`)
    .min(0)
    .max(mostKept)
    .optional()
    .meta({ description: 'So many of the newest are kept; 0: none is made (7)' }),
  at: z
    .string()
    .transform((text, context) => {
      const clock = parseClock(text)
      if (clock !== null && clock < 86_400) return clock
      context.addIssue('a time of day such as "04:00", in quotes')
      return z.NEVER
    })
    .optional()
    .meta({ description: 'When one is made each night ("04:00")' }),
  folder: pathSchema.optional().meta({ description: 'Where they are kept (backups in the data folder)' }),
})

/** What is written of backups, every default filled in; paths begin in the folder of the config. */
export function backupsOf(
  written: z.infer<typeof backupsSchema> | undefined,
  { data, folder }: { data: string; folder: string },
): BackupsConfig {
  const { keep = usual.keep, at = usual.at } = written ?? {}
  const where = written?.folder === undefined ? join(data, usual.folder) : resolve(folder, written.folder)
  return { keep, at, folder: where }
}
