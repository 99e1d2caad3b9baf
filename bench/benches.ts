import { bytesFigures } from './bytes.ts'
import type { Figure } from './figure.ts'
import { historyGrowth, rulesGrowth } from './growth.ts'
import { latenessFigures } from './lateness.ts'
import { locksFigures, locksGrowth } from './locks.ts'
import { memoryFigures } from './memory.ts'
import { reactionFigures } from './reaction.ts'
import { replayFigures } from './replays.ts'
import { simulationFigures } from './simulated.ts'
import { startFigures } from './starting.ts'
import { stepFigures } from './steps.ts'
import { storyFigures } from './stories.ts'
import { strangersFigures } from './strangers.ts'

/** How thoroughly: just so that all of it runs, so that it takes minutes, or everything there is. */
export type Extent = 'smallest' | 'usual' | 'full'

/** What a bench came to: lines of the table, and how things grow. */
export interface Result {
  figures: readonly Figure[]
  growth?: { title: string; table: string }
}

/** Picks by extent. */
function by<T>(extent: Extent, sizes: Record<Extent, T>): T {
  return sizes[extent]
}

/** Every bench by its name, in the order of the table. */
export const benches: Readonly<Record<string, (extent: Extent) => Promise<Result>>> = {
  lateness: async (extent) => ({
    figures: await latenessFigures(
      by(extent, {
        smallest: { crossings: 10, hours: 5, rounds: 1 },
        usual: { crossings: 100, hours: 23, rounds: 3 },
        full: { crossings: 100, hours: 23, rounds: 10 },
      }),
    ),
  }),
  step: async (extent) => ({
    figures: await stepFigures(
      by(extent, {
        smallest: { rules: 50, facts: 50, rounds: 1 },
        usual: { rules: 1000, facts: 1000, rounds: 30 },
        full: { rules: 1000, facts: 1000, rounds: 100 },
      }),
    ),
  }),
  replay: async (extent) => ({
    figures: await replayFigures(
      by(extent, {
        smallest: { days: 0.25, coldDays: 0.25, rules: 10, rounds: 1 },
        usual: { days: 30, coldDays: 1, rules: 50, rounds: 3 },
        full: { days: 30, coldDays: 5, rules: 50, rounds: 5 },
      }),
    ),
  }),
  stories: async (extent) => ({
    figures: await storyFigures({
      stories: by(extent, { smallest: 3, usual: 300, full: 500 }),
      rounds: by(extent, { smallest: 1, usual: 5, full: 15 }),
    }),
  }),
  reaction: async (extent) => ({
    figures: await reactionFigures({ rounds: by(extent, { smallest: 3, usual: 300, full: 1000 }) }),
  }),
  bytes: async (extent) => ({
    figures: await bytesFigures(
      by(extent, {
        smallest: { hours: 1, rounds: 1 },
        usual: { hours: 24, rounds: 3 },
        full: { hours: 24, rounds: 7 },
      }),
    ),
  }),
  memory: async (extent) => ({
    figures: await memoryFigures(
      by(extent, {
        smallest: { idleMs: 1000, rounds: 1 },
        usual: { idleMs: 60_000, rounds: 3 },
        full: { idleMs: 60_000, rounds: 5 },
      }),
    ),
  }),
  strangers: async (extent) => ({
    figures: await strangersFigures(
      by(extent, {
        smallest: { signIns: 4, drafts: 2, connections: 10, rounds: 1 },
        usual: { signIns: 64, drafts: 20, connections: 200, rounds: 5 },
        full: { signIns: 64, drafts: 20, connections: 200, rounds: 15 },
      }),
    ),
  }),
  locks: async (extent) => {
    const { figures, all } = await locksFigures(
      by(extent, {
        smallest: { many: 20, few: 10, everyMs: 1000, windowMs: 1000, together: true },
        usual: { many: 2000, few: 200, everyMs: 20_000, windowMs: 20_000 },
        full: { many: 10_000, few: 1000, everyMs: 60_000, windowMs: 300_000 },
      }),
    )
    return { figures, growth: { title: 'With the locks of one process', table: locksGrowth(all) } }
  },
  simulation: async (extent) => ({
    figures: await simulationFigures(
      by(extent, {
        smallest: { days: 2, rounds: 1 },
        usual: { days: 30, rounds: 5 },
        full: { days: 100, rounds: 15 },
      }),
    ),
  }),
  start: async (extent) => ({
    figures: await startFigures({ rounds: by(extent, { smallest: 1, usual: 15, full: 50 }) }),
  }),
  rules: async (extent) => {
    const counts = by(extent, { smallest: [10], usual: [10, 100, 1000, 5000], full: [10, 100, 1000, 5000] })
    const table = await rulesGrowth(counts, by(extent, { smallest: 1, usual: 10, full: 30 }))
    return { figures: [], growth: { title: 'With the rules', table } }
  },
  history: async (extent) => {
    const days = by(extent, { smallest: [1], usual: [1, 30, 365], full: [1, 30, 365] })
    const replayed = by(extent, { smallest: 0, usual: 365, full: 365 })
    const table = await historyGrowth(days, replayed, by(extent, { smallest: 1, usual: 10, full: 30 }))
    return { figures: [], growth: { title: 'With the days behind a lock', table } }
  },
}
