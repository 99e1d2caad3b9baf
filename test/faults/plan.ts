// What is struck how, in the long form.
import { type Call, callOf, calls } from './calls.ts'
import type { Blow } from './matrix.ts'
import { type Stroke, strokeOf, strokes } from './strokes.ts'

/** Every stroke at every call, and one without. */
export const everyCall: readonly (readonly Blow[])[] = calls.map((call) => [
  { call, stroke: null },
  ...strokes.map((stroke) => ({ call, stroke })),
])

const readings = [
  ...['drop before', '500 before', '503', '408', '429', 'hang before', 'redirect before', 'page before'],
  ...[
    'body stalls after',
    '503, body stalls',
    'body slow in its middle',
    'body trickles',
    'error in a 200 before',
    '421',
  ],
]

/** Every stroke at every kind of reading, twice in a row, while an action waits to leave. */
export const everyReading: readonly (readonly Blow[])[] = [
  ['add_time', 'session'],
  ['link', 'stats'],
  ['dice', 'sessions'],
  ['luck', 'histories'],
].map(([name = '', of = '']) =>
  readings.map(
    (stroke): Blow => ({
      call: callOf(name),
      stroke: null,
      reading: { stroke: strokeOf(stroke), of, times: 2, when: 'before' },
    }),
  ),
)

const told = calls.filter((call): call is Call & { reading: string } => call.reading !== undefined)

/** A lost answer, and then readings that fail when they are to tell what came of it. */
export const unreadable: readonly (readonly Blow[])[] = told.map((call) =>
  ['drop after', 'drop before'].flatMap((stroke) =>
    ['500 before', 'hang before', 'body stalls after'].map(
      (of): Blow => ({
        call,
        stroke: strokeOf(stroke),
        reading: { stroke: strokeOf(of), of: call.reading, times: 3, when: 'after' },
      }),
    ),
  ),
)

const never = { lands: 'never', answer: 'lost' } as const
const atOnce = { lands: 'at once', answer: 'lost' } as const
const hangs: readonly Stroke[] = [
  { name: 'hang for good before', rule: { kind: 'hang' }, ...never },
  { name: 'hang for good after', rule: { kind: 'hang', after: true }, ...atOnce },
  { name: 'body stalls for good before', rule: { kind: 'stall', status: 200 }, ...never },
  { name: 'body stalls for good after', rule: { kind: 'stall' }, ...atOnce },
  { name: 'body trickles for good', rule: { kind: 'trickle' }, ...atOnce },
  { name: '503, body stalls for good', rule: { kind: 'stall', status: 503 }, ...never },
]
const hangingReadings: readonly Stroke[] = [
  { name: 'hang for good', rule: { kind: 'hang' }, ...never },
  { name: 'body stalls for good', rule: { kind: 'stall' }, ...never },
  { name: 'body trickles for good', rule: { kind: 'trickle' }, ...never },
]

/** Connections that hang until the client gives up, in real half minutes: on a slower clock, for they are to end in time. */
export const endless: readonly (readonly Blow[])[] = [
  ...['add_time', 'luck'].flatMap((name) => hangs.map((stroke): Blow[] => [{ call: callOf(name), stroke }])),
  ...hangingReadings.map((stroke): Blow[] => [
    { call: callOf('add_time'), stroke: null, reading: { stroke, of: 'session', times: 1, when: 'before' } },
  ]),
]
export const endlessSpeed = 5
