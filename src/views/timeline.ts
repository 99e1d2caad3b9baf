import type { Instant } from '../core/calendar/time.ts'
import { at } from '../core/model/fact.ts'
import type { Topic } from '../core/model/service.ts'
import type { Look, Recorded, RecordedLine } from '../core/reading/recorded.ts'

/** A stretch of time, in epoch milliseconds. */
interface Span {
  from: Instant
  to: Instant
}

/** What was recorded of a lock over some days, for a picture of it. */
export interface Course {
  /** Unbroken lines of the remaining time: moments, and the seconds that were left at them. */
  remaining: (readonly [at: Instant, seconds: number])[][]
  frozen: Span[]
  /** When the lock was not to be read. */
  gaps: Span[]
}

/** A reading is valid for three of its intervals, at least a minute. */
const leastSightMs = 60_000

/** How a lock stood between two moments, as far as it was read. */
export function showCourse({ looks, lines }: Recorded, lockTopic: Topic, since: Instant, until: Instant): Course {
  const own = looks.get(lockTopic) ?? []
  const named = lines.get(lockTopic)
  const seen = sightsOf(own).flatMap((span) => within(span, since, until) ?? [])
  const remaining = named?.get('lock.timeRemainingSeconds') ?? []
  const frozen = named?.get('lock.frozen') ?? []
  return {
    remaining: seen.flatMap((span) => courses(remaining, span)),
    frozen: seen.flatMap((span) =>
      pieces(frozen, span).flatMap(({ line, from, to }) => (line.known && line.value === true ? [{ from, to }] : [])),
    ),
    gaps: seen.slice(1).map((span, i) => ({ from: seen[i]?.to ?? span.from, to: span.from })),
  }
}

/** Stretches in which one good reading followed the other in time. */
function sightsOf(looks: readonly Look[]): Span[] {
  const spans: (Span & { reach: Instant })[] = []
  for (const { answered, intervalMs, trouble } of looks) {
    if (trouble !== null) continue
    const last = spans.at(-1)
    const reach = answered + Math.max(3 * intervalMs, leastSightMs)
    if (last && answered <= last.reach) Object.assign(last, { to: answered, reach })
    else spans.push({ from: answered, to: answered, reach })
  }
  return spans
}

function within({ from, to }: Span, since: Instant, until: Instant): Span | null {
  const span = { from: Math.max(from, since), to: Math.min(to, until) }
  return span.from <= span.to ? span : null
}

/** What a fact was, one piece after the other, while it was in sight. */
function pieces(known: readonly RecordedLine[], { from, to }: Span): (RecordedLine & Span)[] {
  return known.flatMap((one, i) => {
    const piece = { from: Math.max(from, one.at), to: Math.min(to, known[i + 1]?.at ?? to) }
    return piece.from <= piece.to ? [{ ...one, ...piece }] : []
  })
}

/** Where what runs down comes to its end: it stays there. */
function ends(line: RecordedLine['line'] & { known: true }, from: Instant, to: Instant): Instant[] {
  if (line.runs !== -1 || typeof line.value !== 'number') return []
  const end = line.since + line.value * 1000
  return end > from && end < to ? [end] : []
}

function courses(known: readonly RecordedLine[], span: Span): Course['remaining'] {
  const all: [Instant, number][][] = []
  let open: [Instant, number][] | null = null
  for (const { line, from, to } of pieces(known, span)) {
    if (!line.known) {
      open = null
      continue
    }
    if (!open) {
      open = []
      all.push(open)
    }
    for (const moment of new Set([from, ...ends(line, from, to), to])) {
      const saw = at({ known: true, value: line.value, since: line.since, asked: line.since, pace: line.runs }, moment)
      if (saw.known && typeof saw.value === 'number') open.push([moment, Math.max(0, Math.round(saw.value))])
    }
  }
  return all
}
