import * as z from 'zod'
import type { RaisedNotices } from '../store/raised.ts'
import { who, worstLines } from './audit.ts'
import { ofLock, refuseUnknown } from './given.ts'
import { query } from './query.ts'
import { count, instant } from './shapes.ts'

/** What the notices are asked of. */
export interface RaisedView {
  notices: RaisedNotices
  locks: readonly string[]
}

/** Rules that may do more than the wearer has seen, and limits that are others. */
export const raised = query({
  in: ofLock,
  out: z.array(
    z.object({
      lock: z.string(),
      what: z.literal('limits').optional().describe('Left out for rules'),
      at: instant.describe('When it was raised last'),
      who,
      said: z.string(),
      times: count.describe('How often since the wearer looked'),
      worst: worstLines.describe('What the wearer saw last, and what it is now'),
    }),
  ),
  answer: ({ lock }, { notices, locks }: RaisedView) => {
    if (lock !== undefined) refuseUnknown('lock', lock, locks)
    return notices.list().filter((one) => lock === undefined || one.lock === lock)
  },
})
