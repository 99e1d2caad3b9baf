// Every way in which a request is struck.
import type { FaultRule } from '../../src/sandbox/index.ts'

export interface Stroke {
  readonly name: string
  readonly rule: Omit<FaultRule, 'call' | 'times' | 'followedBy'>
  /** Whether the request is carried out: at once, never, or later. */
  readonly lands: 'at once' | 'never' | 'within the window' | 'beyond the window'
  /** What its sender can know: that it was done, nothing, that it was refused for now, or for good. */
  readonly answer: 'given' | 'lost' | 'later' | 'refused'
}

/** A hanging connection is reset after so many real milliseconds, which is long on the fast clock. */
const resetMs = 300

export const withinMs = 8000
export const lagMs = 3000
export const beyondMs = 60_000

const never = { lands: 'never', answer: 'lost' } as const
const atOnce = { lands: 'at once', answer: 'lost' } as const
const given = { lands: 'at once', answer: 'given' } as const
/** An answer that contradicts its status; one that says "ok: false" would be a refusal. */
const error = { kind: 'status', status: 200, body: '{"error":"internal_error","message":"It went wrong."}' } as const

export const strokes: readonly Stroke[] = [
  { name: 'drop before', rule: { kind: 'drop-before' }, ...never },
  { name: 'drop after', rule: { kind: 'drop-after' }, ...atOnce },
  { name: '500 before', rule: { kind: 'status', status: 500 }, ...never },
  { name: '500 after', rule: { kind: 'status', status: 500, after: true }, ...atOnce },
  { name: '502', rule: { kind: 'status', status: 502, body: '<h1>Bad gateway</h1>' }, ...never },
  { name: '503', rule: { kind: 'status', status: 503, retryAfter: 4 }, ...never },
  { name: '408', rule: { kind: 'status', status: 408 }, ...never },
  { name: '408 after', rule: { kind: 'status', status: 408, after: true }, ...atOnce },
  { name: '429', rule: { kind: 'status', status: 429, retryAfter: 12 }, lands: 'never', answer: 'later' },
  { name: 'hang before', rule: { kind: 'hang', holdMs: resetMs }, ...never },
  { name: 'hang after', rule: { kind: 'hang', holdMs: resetMs, after: true }, ...atOnce },
  { name: 'late, in time', rule: { kind: 'late', delayMs: withinMs }, lands: 'within the window', answer: 'lost' },
  { name: 'too late', rule: { kind: 'late', delayMs: beyondMs }, lands: 'beyond the window', answer: 'lost' },
  { name: 'redirect before', rule: { kind: 'redirect', status: 307 }, ...never },
  { name: 'redirect after', rule: { kind: 'redirect', after: true }, ...atOnce },
  { name: 'page before', rule: { kind: 'html' }, ...never },
  { name: 'page after', rule: { kind: 'html', after: true }, ...atOnce },
  { name: 'body stalls before', rule: { kind: 'stall', status: 200, holdMs: resetMs }, ...never },
  { name: 'body stalls after', rule: { kind: 'stall', holdMs: resetMs }, ...atOnce },
  { name: '503, body stalls', rule: { kind: 'stall', status: 503, holdMs: resetMs }, ...never },
  { name: '503 after, body stalls', rule: { kind: 'stall', status: 503, holdMs: resetMs, after: true }, ...atOnce },
  { name: 'body slow in its middle', rule: { kind: 'pause', holdMs: resetMs }, ...given },
  { name: 'body trickles', rule: { kind: 'trickle', holdMs: resetMs }, ...given },
  { name: 'error in a 200 before', rule: error, ...never },
  { name: 'error in a 200 after', rule: { ...error, after: true }, ...atOnce },
  { name: '421', rule: { kind: 'status', status: 421 }, lands: 'never', answer: 'refused' },
  { name: 'shown 3 s late', rule: { kind: 'late', delayMs: lagMs, status: 200 }, ...given },
]

/** The stroke of this name; throws where there is none. */
export function strokeOf(name: string): Stroke {
  const stroke = strokes.find((one) => one.name === name)
  if (!stroke) throw new Error(`no stroke ${name}`)
  return stroke
}
