import * as z from 'zod'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'

/** The wearer's yes to the present lock. */
export const accept = query({
  in: ofLock,
  out: z.array(
    z.object({
      lock: z.string(),
      session: z.string().nullable().describe('Null: the lock was not read yet; `none`: there is no active lock'),
    }),
  ),
  answer: ({ lock }, daemon: DaemonView) =>
    chosenIn(daemon, lock).map(({ name, loop }) => {
      const session = loop.kept.session
      if (session !== null) loop.tell({ accepted: session })
      return { lock: name, session }
    }),
})
