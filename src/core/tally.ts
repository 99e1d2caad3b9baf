import { z } from 'zod'
import type { Instant } from './fact.ts'
import type { LedgerRow, Mode } from './ledger.ts'
import type { ActionKind, Effect, Json } from './service.ts'

/** The service of actions that send nothing. */
export const local = 'lockwarden'

const effect: Effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: '' }
const name = z.string()
const tallyName = name.meta({ description: 'The tally' })

type Addition = { name: string; points: number }

function localAction(kind: Pick<ActionKind, 'name' | 'help' | 'params' | 'did'>): ActionKind {
  return {
    ...kind,
    service: local,
    worst: () => effect,
    plan: () => ({ go: effect }),
    request: () => {
      throw new Error(`${kind.name} is sent nowhere`)
    },
    fences: [],
    rereads: [],
  }
}

/** What rules do to their own tallies. */
export const localActions: readonly ActionKind[] = [
  localAction({
    name: 'tally.add',
    help: 'Adds to a tally, as tally.add: strikes, or { name: strikes, points: 2 }',
    params: z.union(
      [
        name.transform((written): Addition => ({ name: written, points: 1 })),
        z.strictObject({
          name: tallyName,
          points: z
            .int()
            .min(-1000)
            .max(1000)
            .default(1)
            .meta({ description: 'How much is added; less than 0 takes off' }),
        }),
      ],
      { error: 'the name of a tally, or { name, points }' },
    ),
    did(params) {
      const { name: tally, points } = params as Addition
      return { did: `added ${points} to ${tally}`, action: 'tally.add' }
    },
  }),
  localAction({
    name: 'nothing',
    help: 'Does nothing, as a blank on a wheel',
    params: z.null({ error: 'nothing takes no parameters' }),
    did: () => ({ did: 'did nothing', action: 'nothing' }),
  }),
  localAction({
    name: 'tally.reset',
    help: 'Sets a tally to 0, as tally.reset: strikes',
    params: z.union([name.transform((written) => ({ name: written })), z.strictObject({ name: tallyName })], {
      error: 'the name of a tally',
    }),
    did: (params) => ({ did: `set ${(params as { name: string }).name} to 0`, action: 'tally.reset' }),
  }),
]

/**
 * What a tally stands at: the points of its rows on this lock and in this mode since its last reset, each counting
 * for `lastsMs`, or with null for as long as the lock.
 */
export function tallyOf(
  tally: string,
  lastsMs: number | null,
  rows: readonly LedgerRow[],
  session: string,
  mode: Mode,
  now: Instant,
): number {
  let points = 0
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode || (row.state !== 'applied' && row.state !== 'dry-run')) continue
    if (row.action !== 'tally.add' && row.action !== 'tally.reset') continue
    const params = row.params as { name: string; points?: number } & Record<string, Json>
    if (params.name !== tally) continue
    if (row.action === 'tally.reset') points = 0
    else if (lastsMs === null || row.at > now - lastsMs) points += params.points ?? 1
  }
  return points
}
