// Every way in which a request is struck.
import type { FaultRule } from '../../src/sandbox/index.ts'

export interface Stroke {
  readonly name: string
  readonly rule: Omit<FaultRule, 'call' | 'times' | 'followedBy'>
  /** Whether the request is carried out: at once, never, or later. */
  readonly lands: 'at once' | 'never' | 'within the window' | 'beyond the window'
  /** What its sender can know: nothing, or that it was refused for now. */
  readonly answer: 'lost' | 'later'
}

/** A hanging connection is reset after so many real milliseconds, which is long on the fast clock. */
const resetMs = 300

export const withinMs = 8000
export const beyondMs = 60_000

const never = { lands: 'never', answer: 'lost' } as const
const atOnce = { lands: 'at once', answer: 'lost' } as const

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
]

/** The stroke of this name; throws where there is none. */
export function strokeOf(name: string): Stroke {
  const stroke = strokes.find((one) => one.name === name)
  if (!stroke) throw new Error(`no stroke ${name}`)
  return stroke
}
