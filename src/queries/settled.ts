import * as z from 'zod'
import { idOf } from '../core/memory/ledger.ts'
import { sayAction } from '../views/say.ts'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { ledgerOf } from './ledger.ts'
import { query } from './query.ts'
import { instant, person } from './shapes.ts'

const word = z.object({
  lock: z.string(),
  id: z.string(),
  at: instant.describe('When it was said, in epoch milliseconds'),
  by: person,
  rule: z.string(),
  said: z.string(),
  happened: z.boolean(),
})

/** What people said of actions that nothing could tell. */
export const settled = query({
  in: ofLock,
  out: z.array(word),
  answer: async ({ lock }, daemon: DaemonView) => {
    const ledgers = chosenIn(daemon, lock).map((one) => ledgerOf(one, daemon, { settled: true }))
    return (await Promise.all(ledgers)).flat().flatMap((row): z.output<typeof word>[] => {
      const { lock: of, settledBy: by, rule, state } = row
      if (by === undefined) return []
      const at = row.endedAt ?? row.at
      return [{ lock: of, id: idOf(row), at, by, rule, said: sayAction(row), happened: state === 'applied' }]
    })
  },
})
