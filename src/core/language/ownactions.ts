import * as z from 'zod'
import type { ActionKind, Effect, Json } from '../model/service.ts'
import { drawnSize } from './sizeform.ts'
import { slottedText } from './text.ts'
import { paramsMap, quoted, saySize } from './words.ts'

/** The service of actions that send nothing. */
export const local = 'lockwarden'

const effect: Effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: '' }
const name = z.string()
const tallyName = name.meta({ description: 'The tally' })

const mostPoints = 1000
const points = z.int().min(-mostPoints).max(mostPoints)

type Addition = { name: string; points: number }
type Saying = { text: { template: Json[] }; to: string[] }

/** What every way of telling people takes, in characters. */
const longestSaying = 500
const saying = slottedText(longestSaying)
const channel = z.string().min(1).max(60)

function localAction(
  kind: Pick<ActionKind, 'name' | 'help' | 'params' | 'did' | 'counts' | 'does' | 'sample' | 'says'>,
): ActionKind {
  return {
    ...kind,
    service: local,
    leave: {},
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
    sample: 'strikes',
    says: (params, noun) => {
      const { name, points = 1 } = paramsMap(params)
      const said = saySize(points, noun, String)
      return typeof points === 'number' && points < 0
        ? `take ${said} off the tally ${name}`
        : `add ${said} to the tally ${name}`
    },
    params: z.union(
      [
        name.transform((written): Addition => ({ name: written, points: 1 })),
        z.strictObject({
          name: tallyName,
          points: z
            .union([points, drawnSize({ one: points, bound: points.min(0), unit: 'number', most: mostPoints })])
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
    sample: 'Message',
    says: (params) => {
      const { text, to } = paramsMap(params)
      const names = Array.isArray(to) && to.length > 0 ? ` (${to.join(', ')})` : ''
      return `send people the message ${quoted(text)}${names}`
    },
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
    sample: '',
    says: () => 'do nothing',
    params: z.null({ error: 'nothing takes no parameters' }),
    did: () => ({ did: 'did nothing', action: 'nothing' }),
  }),
  localAction({
    name: 'tally.reset',
    counts: true,
    help: 'Sets a tally to 0, as tally.reset: strikes',
    sample: 'strikes',
    says: (params) => `set the tally ${paramsMap(params).name} to 0`,
    params: z.union([name.transform((written) => ({ name: written })), z.strictObject({ name: tallyName })], {
      error: 'the name of a tally',
    }),
    does: (_, params) => ({ [`tally.${(params as { name: string }).name}`]: { to: 0 } }),
    did: (params) => ({ did: `set ${(params as { name: string }).name} to 0`, action: 'tally.reset' }),
  }),
]
