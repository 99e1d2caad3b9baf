import { sayDuration } from '../core/calendar/duration.ts'
import { sayClock, sayInstant, weekdays } from '../core/calendar/time.ts'
import type { FactType, Saw, Value } from '../core/model/fact.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Trace } from '../core/model/verdicts.ts'

/** A value in the words of its type: lengths of time, clocks, dates in `zone`. */
export function sayValue(value: Value, type: FactType, zone: string): string {
  if (typeof value === 'object') return value.map((one) => sayValue(one, type, zone)).join(', ')
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (type === 'seconds') return sayDuration(value)
  if (type === 'instant') return sayInstant(value, zone)
  if (type === 'clock') return sayClock(value)
  if (type === 'weekday') return weekdays[value - 1] ?? String(value)
  if (type === 'week') return `${weekdays[Math.floor(value / 86_400)] ?? ''} ${sayClock(value % 86_400)}`
  return String(value)
}

const unknownWords: Record<string, string> = {
  null: 'not told by the service',
  none: 'there was none yet',
  missing: 'not sent by the service',
  unreadable: 'sent in an unreadable form',
  stale: 'too old',
  fenced: 'being read again after a change',
  unread: 'not read yet',
}

export function saySaw(saw: Saw, type: FactType, zone: string): string {
  if (!saw.known) {
    const words = unknownWords[saw.why] ?? saw.why
    return saw.sent === undefined ? `unknown (${words})` : `unknown (${words}: ${saw.sent})`
  }
  const least = sayValue(saw.value, type, zone)
  if (saw.most === Number.POSITIVE_INFINITY) return `${least} or more (there was none yet)`
  return saw.most === undefined ? least : `at least ${least}, at most ${sayValue(saw.most, type, zone)}`
}

/** The leaves that made a condition come out as it did, with what was seen: why it is so, in one line. */
export function sayReason(trace: Trace, zone: string): string {
  return [...new Set(deciding(trace).map((leaf) => sayLeaf(leaf, zone)))].join(', ')
}

type LeafTrace = Extract<Trace, { leaf: unknown }>

function sayLeaf({ leaf, saw, than }: LeafTrace, zone: string): string {
  const right = 'factName' in leaf.than ? ` against ${saySaw(than, leaf.type, zone)}` : ''
  return `${leaf.text} (it is ${saySaw(saw, leaf.type, zone)}${right})`
}

/** Those leaves that share the truth of the whole; under `not` the truth turns. */
function deciding(trace: Trace): LeafTrace[] {
  if ('leaf' in trace) return [trace]
  if ('not' in trace) return deciding(trace.not)
  const members = 'all' in trace ? trace.all : trace.any
  return members.filter(({ truth }) => truth === trace.truth).flatMap(deciding)
}

/** An action with its size, as `add_time 10 min`, or with what a device was told. */
export function sayAction({ action, effect: { command, seconds } }: LedgerRow): string {
  return [action, command ?? [], seconds > 0 ? sayDuration(seconds) : []].flat().join(' ')
}

/** What became of a row, in a few words. */
export function sayState(row: LedgerRow): string {
  // Of a game nobody knows before it is played what it will do.
  if (row.state === 'applied' && row.did?.operation !== undefined) return `applied: ${row.did.did}`
  return row.note ? `${row.state}: ${row.note}` : row.state
}
