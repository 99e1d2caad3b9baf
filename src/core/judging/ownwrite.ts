import type { Instant } from '../calendar/time.ts'
import { settleWindowMs } from '../memory/ledger.ts'
import { sameValue, type Value } from '../model/fact.ts'
import { onceFor } from '../model/once.ts'
import type { LedgerRow, State } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import type { Anchor, Loose, Span } from '../model/rulememory.ts'
import type { Doing } from '../model/service.ts'

/** A write of our own and its effect on one fact. */
export interface OwnWrite {
  /** Its effect on the fact; null if unknown. */
  doing: Doing | null
  /** When its connection ended, or its outcome became known. */
  endedAt: Instant
  /** Only a reading begun from then on is sure to show it. */
  settledAt: Instant
}

const nothing: Span = { least: 0, most: 0 }

const surelyNot: ReadonlySet<State> = new Set([
  'rejected',
  'not-sent',
  'not-applied',
  'cancelled',
  'expired',
  'refused',
])

/**
 * Our writes that readings begun after `asked` may be the first to show, by fact. Neither service promises that a
 * reading shows a write at once, or that it grants all that was asked.
 */
export function ownWrites(
  rows: readonly LedgerRow[],
  rules: RuleSet,
  session: string,
  fact: string,
  asked: Instant,
): readonly OwnWrite[] {
  const { lastSettledAt, byFact } = writesIn(rows, rules, session)
  if (lastSettledAt <= asked) return none
  return (byFact.get(fact) ?? none).filter(({ settledAt }) => settledAt > asked)
}

const none: readonly OwnWrite[] = []

const writesIn = onceFor((rows: readonly LedgerRow[], rules: RuleSet, session: string) => {
  const byFact = new Map<string, OwnWrite[]>()
  let lastSettledAt = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    if (row.session !== session) continue
    for (const [name, write] of writesOf(row, rules)) {
      lastSettledAt = Math.max(lastSettledAt, write.settledAt)
      const writes = byFact.get(name)
      if (writes) writes.push(write)
      else byFact.set(name, [write])
    }
  }
  return { byFact, lastSettledAt }
})

/** What a row may have done to facts, by their names; nothing where it surely did nothing. */
export function writesOf(row: LedgerRow, rules: RuleSet): readonly (readonly [fact: string, write: OwnWrite])[] {
  if (row.sentAt === null || surelyNot.has(row.state)) return []
  const kind = rules.actions.get(row.action)
  const endedAt = row.endedAt ?? Number.POSITIVE_INFINITY
  const does = kind?.does?.(row.effect, row.sent) ?? {}
  return (kind?.fences ?? []).map((name) => {
    return [name, { doing: does[name] ?? null, endedAt, settledAt: endedAt + settleWindowMs }]
  })
}

/** The possible effect of our writes since an anchor, with those that ended since it was taken. */
export function looseAfter(loose: Loose | undefined, writes: readonly OwnWrite[], asked: Instant): Loose | null {
  const fresh = writes.filter(({ endedAt }) => endedAt > asked)
  if (fresh.length === 0) return loose ?? null
  const doings = fresh.flatMap(({ doing }) => doing ?? [])
  const values = doings.flatMap((doing) => ('to' in doing ? [doing.to] : []))
  if (values.length > 0 || (loose && isOfValues(loose))) {
    const [late, back] = loose && isOfValues(loose) ? [loose.late, loose.back] : [[], []]
    return { late: [...late, ...values], back }
  }
  const span = spanOf(doings)
  const { late, back } = loose && !isOfValues(loose) ? loose : { late: nothing, back: nothing }
  return { late: { least: late.least + span.least, most: late.most + span.most }, back }
}

/** The anchor with a write that was not seen since: it remembers by itself what that may still bring about. */
export function withWrite(anchor: Anchor, write: OwnWrite): Anchor {
  if (anchor.none || write.doing === null || write.endedAt <= anchor.asked) return anchor
  const loose = looseAfter(anchor.loose, [write], anchor.asked)
  if (!loose || !isOfValues(loose)) return loose ? { ...anchor, loose } : anchor
  const late = loose.late.filter((one, i, all) => all.findIndex((other) => sameValue(other, one)) === i)
  return { ...anchor, loose: { ...loose, late } }
}

function isOfValues(loose: Loose): loose is Extract<Loose, { late: readonly Value[] }> {
  return Array.isArray(loose.late)
}

function spanOf(doings: readonly Doing[]): Span {
  const sums = doings.flatMap((doing) => ('by' in doing ? [doing.by] : []))
  return {
    least: sums.reduce((sum, by) => sum + Math.min(0, by), 0),
    most: sums.reduce((sum, by) => sum + Math.max(0, by), 0),
  }
}

/** Whether some write of unknown doing is fresh enough to explain anything. */
function explainsAll(writes: readonly OwnWrite[]): boolean {
  return writes.some(({ doing }) => doing === null)
}

function isFresh(writes: readonly OwnWrite[], asked: Instant): boolean {
  return writes.some(({ settledAt }) => settledAt > asked)
}

/**
 * How much of a step of a count our writes can explain, in whole or in part, and their possible effect after it.
 * `asked` is when the reading that shows the step began.
 */
export function partOf(
  step: number,
  loose: Loose | null,
  writes: readonly OwnWrite[],
  asked: Instant,
): { own: number; loose: Loose | null } {
  if (explainsAll(writes)) return { own: step, loose }
  if (!loose || isOfValues(loose)) return { own: 0, loose }
  const { late } = loose
  const back = isFresh(writes, asked) ? loose.back : nothing
  const own = Math.min(late.most + back.most, Math.max(late.least + back.least, step))
  const up = { shown: Math.min(Math.max(0, own), late.most), again: Math.max(0, own - late.most) }
  const down = { shown: Math.max(Math.min(0, own), late.least), again: Math.min(0, own - late.least) }
  return {
    own,
    loose: {
      late: { least: late.least - down.shown - up.again, most: late.most - up.shown - down.again },
      back: { least: back.least - up.shown - down.again, most: back.most - down.shown - up.again },
    },
  }
}

/** Whether our writes can explain another value of a fact, and their possible effect after it. */
export function valueIsOwn(
  was: Value,
  is: Value,
  loose: Loose | null,
  writes: readonly OwnWrite[],
  asked: Instant,
): { own: boolean; loose: Loose | null } {
  if (explainsAll(writes)) return { own: true, loose }
  if (!loose || !isOfValues(loose)) return { own: false, loose }
  const back = isFresh(writes, asked) ? loose.back : []
  const has = (values: readonly Value[]) => values.some((value) => sameValue(value, is))
  const without = (values: readonly Value[], out: Value) => values.filter((value) => !sameValue(value, out))
  const late = without(loose.late, is)
  if (sameValue(was, is)) return { own: false, loose: { late, back } }
  if (has(loose.late)) return { own: true, loose: { late, back: [...without(back, was), was] } }
  return has(back) ? { own: true, loose: { late: [...late, was], back } } : { own: false, loose: { late, back } }
}

/** The possible later effect of writes that are not settled at a reading begun at `asked`; null for none. */
export function closed(loose: Loose | null, writes: readonly OwnWrite[], asked: Instant): Loose | null {
  const open = writes.filter(({ settledAt }) => settledAt > asked)
  if (!loose || open.length === 0) return null
  if (isOfValues(loose)) return loose.late.length + loose.back.length === 0 ? null : loose
  const { least, most } = spanOf(open.flatMap(({ doing }) => doing ?? []))
  const late = { least: Math.max(least, loose.late.least), most: Math.min(most, loose.late.most) }
  const back = { least: Math.max(-most, loose.back.least), most: Math.min(-least, loose.back.most) }
  return [late.least, late.most, back.least, back.most].every((one) => one === 0) ? null : { late, back }
}
