import * as z from 'zod'
import { sayStuck, stuckMend } from '../views/status.ts'
import type { DaemonView } from './daemon.ts'
import { nothing } from './given.ts'
import { query } from './query.ts'

const out = z.object({
  ok: z.boolean(),
  troubles: z.array(z.string()).describe('Locks whose loop stands still, or of which nothing can be stored'),
})
export type Health = z.output<typeof out>

/** Whether the daemon goes round and can store. A service that is down is not its ill health. */
export const health = query({
  in: nothing,
  out,
  answer: (_, { loops }: DaemonView) => {
    const troubles = [...loops].flatMap(([lock, { stuckMs, unstored }]) => [
      ...(stuckMs > 0 ? [`${lock}: ${sayStuck(Math.round(stuckMs / 1000))}; ${stuckMend}`] : []),
      ...(unstored ? [`${lock}: ${unstored.words}`] : []),
    ])
    return { ok: troubles.length === 0, troubles }
  },
})
