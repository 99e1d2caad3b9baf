import * as z from 'zod'
import type { DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { status, unsettledRow } from './status.ts'

/** Actions of which it is not known whether they happened. */
export const unsettled = query({
  in: ofLock,
  out: z.array(unsettledRow.extend({ lock: z.string() })),
  answer: async (asked, daemon: DaemonView) => {
    const { locks } = await status.answer(asked, daemon)
    return locks.flatMap(({ lock, unsettled: rows }) => rows.map((row) => ({ lock, ...row })))
  },
})
