import type { DaemonView } from './daemon.ts'
import { nothing } from './given.ts'
import { query } from './query.ts'
import { done } from './shapes.ts'

/** Has every lock looked at now. */
export const nudge = query({
  in: nothing,
  out: done,
  answer: (_, { loops }: DaemonView) => {
    for (const loop of loops.values()) loop.nudge()
    return { ok: true }
  },
})
