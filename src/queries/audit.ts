import * as z from 'zod'
import { type Audit, entryKinds } from '../store/audit.ts'
import type { DaemonView } from './daemon.ts'
import { most, when } from './given.ts'
import { query } from './query.ts'
import { count, instant, texts } from './shapes.ts'

/** What the audit is asked of. */
export interface AuditView {
  audit: Audit
  daemon: Pick<DaemonView, 'clock' | 'config'>
}

/** Who did something. */
export const who = z
  .object({
    role: z
      .enum(['keyholder', 'wearer', 'command', 'mqtt', 'config'])
      .nullable()
      .describe('Null: nobody who had signed in'),
    address: z.string(),
  })
  .meta({ id: 'Who', description: 'Who did something' })

/** The worst that can be met, in lines, before something and after. */
export const worstLines = z.object({ before: texts, after: texts })

const entry = z.object({
  place: count.describe('Where it stands in the trail'),
  at: instant,
  who,
  what: z.enum(entryKinds),
  lock: z.string().nullable(),
  said: z.string(),
  difference: texts.describe('What is otherwise now; lines with their sign for rule files'),
  worst: worstLines.optional().describe('Where a save made the worst case worse'),
})

/** Who changed what and when, the newest first. */
export const audit = query({
  in: z.strictObject({
    most: most.default(100),
    before: when.optional(),
    place: z
      .string()
      .regex(/^\d{1,15}$/, 'the place of an entry such as 0')
      .transform(Number)
      .optional()
      .describe('The place of an entry: only those older than it'),
  }),
  out: z.array(entry),
  answer: ({ most: atMost, before, place }, { audit: trail, daemon: { clock, config } }: AuditView) =>
    trail.newest(atMost, before?.(clock.now(), config.zone), place),
})
