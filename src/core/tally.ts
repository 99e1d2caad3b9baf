import * as z from 'zod'
import type { Instant } from './fact.ts'
import type { LedgerRow, Mode } from './ledger.ts'
import { slottedText } from './rules/schema.ts'
import type { ActionKind, Effect, Json } from './service.ts'

/** The service of actions that send nothing. */
export const local = 'lockwarden'

const effect: Effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: '' }
const name = z.string()
const tallyName = name.meta({ description: 'The tally' })

type Addition = { name: string; points: number }
type Saying = { text: { template: Json[] }; to: string[] }

/** What every way of telling people takes, in characters. */
const longestSaying = 500
const saying = slottedText(longestSaying)
const channel = z.string().min(1).max(60)

function localAction(kind: Pick<ActionKind, 'name' | 'help' | 'params' | 'did' | 'counts' | 'does'>): ActionKind {
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
    readBack: null,
    repeatable: () => false,
  }
}

/** What rules do without any service: to their own tallies, and by telling people through the channels of the config. */
export const localActions: readonly ActionKind[] = [
  localAction({
    name: 'tally.add',
    counts: true,
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
    does(_, params) {
      const { name: tally, points } = params as Addition
      return { [`tally.${tally}`]: { by: points } }
    },
    did(params) {
      const { name: tally, points } = params as Addition
      return { did: `added ${points} to ${tally}`, action: 'tally.add' }
    },
  }),
  localAction({
    name: 'tell',
    help: 'Tells people by the channels of the config, as tell: a text, or { text: "…", to: phone }',
    params: z.union(
      [
        saying.transform((text): Saying => ({ text, to: [] })),
        z
          .strictObject({
            text: saying.meta({ description: 'What it says; facts may stand in it as {{ lock.lockTitle }}' }),
            to: z
              .union([channel, z.array(channel).min(1)], { error: 'the name of a channel, or a list of them' })
              .optional()
              .meta({ description: 'Channels by their names in the config; without it, all of them' }),
          })
          .transform(({ text, to = [] }): Saying => ({ text, to: [to].flat() })),
      ],
      { error: 'a text, or { text, to }' },
    ),
    did: () => ({ did: 'told people', action: 'tell' }),
  }),
  localAction({
    name: 'nothing',
    counts: true,
    help: 'Does nothing, as a blank on a wheel',
    params: z.null({ error: 'nothing takes no parameters' }),
    did: () => ({ did: 'did nothing', action: 'nothing' }),
  }),
  localAction({
    name: 'tally.reset',
    counts: true,
    help: 'Sets a tally to 0, as tally.reset: strikes',
    params: z.union([name.transform((written) => ({ name: written })), z.strictObject({ name: tallyName })], {
      error: 'the name of a tally',
    }),
    does: (_, params) => ({ [`tally.${(params as { name: string }).name}`]: { to: 0 } }),
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

/** When the next point of a tally whose points count for `lastsMs` runs out; null where none will. */
export function tallyTurnsAt(
  tally: string,
  lastsMs: number,
  rows: readonly LedgerRow[],
  session: string,
  mode: Mode,
  now: Instant,
): Instant | null {
  const ends = rows.flatMap((row) => {
    const counts = row.session === session && row.mode === mode && row.action === 'tally.add'
    const named = counts && (row.params as { name?: string }).name === tally
    return named && row.at + lastsMs > now ? [row.at + lastsMs] : []
  })
  return ends.length > 0 ? Math.min(...ends) : null
}
