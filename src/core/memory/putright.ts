import type { Instant } from '../calendar/time.ts'
import type { Kept } from '../model/kept.ts'
import type { LockSession } from '../model/lock.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Anchor, RuleMemory } from '../model/rulememory.ts'
import { pressesPutRight } from './presses.ts'

/** A moment of `at` that lies no further ahead was dealt with, by whichever clock, and is not dealt with again. */
const dealtMs = 86_400_000

/** No service asks for a longer rest than this, so that a longer one was counted by a wrong clock. */
const longestWaitMs = 3_600_000

/**
 * What is remembered, as of a clock that was confirmed: what lies ahead of it was stored by a wrong one, and is taken
 * as of now. So what was sent counts against the limits of today. The same object where nothing lies ahead.
 */
export function putRight(kept: Kept, now: Instant, zone: string): Kept {
  const past = <T extends Instant | null>(moment: T) => (moment !== null && moment > now ? now : moment) as T
  const row = (one: LedgerRow): LedgerRow => {
    const { at, due, sentAt, endedAt, notBefore } = one
    // An answer that came while the clock was behind cannot have come before its question.
    const ended = endedAt === null ? null : past(Math.max(endedAt, sentAt ?? at))
    const waited = (endedAt ?? at) > now || (notBefore ?? 0) > now + longestWaitMs ? past(notBefore) : notBefore
    if (Math.max(at, due, sentAt ?? 0) <= now && ended === endedAt && waited === notBefore) return one
    return { ...one, at: past(at), due: past(due), sentAt: past(sentAt), endedAt: ended, notBefore: waited }
  }
  const anchor = (one: Anchor): Anchor => ({
    ...one,
    asked: past(one.asked),
    last: { ...one.last, since: past(one.last.since) },
  })
  const memory = (one: RuleMemory): RuleMemory => ({
    ...one,
    episode: one.episode && { ...one.episode, since: past(one.episode.since), from: past(one.episode.from) },
    moment: one.moment !== null && one.moment > now + dealtMs ? now : one.moment,
    looked: past(one.looked),
    anchors: mapped(one.anchors, anchor),
    lost: one.lost && { ...one.lost, at: past(one.lost.at) },
  })
  const session = (one: LockSession): LockSession => {
    const { open, closed } = one.task
    const task = {
      ...one.task,
      open: open && { ...open, openedAt: past(open.openedAt) },
      closed: closed && { ...closed, openedAt: past(closed.openedAt), closedAt: past(closed.closedAt) },
    }
    return { ...one, seenAt: past(one.seenAt), since: past(one.since), thawedAt: past(one.thawedAt), task }
  }
  const rows = kept.rows.map(row)
  const sameRows = rows.every((one, i) => one === kept.rows[i])
  const right = {
    ...kept,
    storedAt: past(kept.storedAt),
    ...(kept.restoredAt === undefined ? {} : { restoredAt: past(kept.restoredAt) }),
    sessions: mapped(kept.sessions, session),
    inputs: mapped(kept.inputs, (one) => ({ ...pressesPutRight(one, now, zone), at: past(one.at) })),
    gaps: kept.gaps.filter(({ from }) => from < now).map(({ from, to }) => ({ from, to: past(to) })),
    memory: mapped(kept.memory, memory),
    rows: sameRows ? kept.rows : rows,
  }
  return sameRows && isSame({ ...kept, rows: [] }, { ...right, rows: [] }) ? kept : right
}

/**
 * What changes are measured against, after our clock was set by so much: moved along with it, as the services did not
 * move. The same object where nothing is measured.
 */
export function movedAlong(kept: Kept, by: number): Kept {
  if (by === 0) return kept
  const anchor = (one: Anchor): Anchor => ({
    ...one,
    asked: one.asked + by,
    last: { ...one.last, since: one.last.since + by },
  })
  return { ...kept, memory: mapped(kept.memory, (one) => ({ ...one, anchors: mapped(one.anchors, anchor) })) }
}

function mapped<T extends object>(
  all: Readonly<Record<string, T>>,
  change: (one: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(all).map(([key, one]) => {
      const after = change(one)
      // The object itself where nothing about it has changed, so that it is not stored again.
      return [key, isSame(one, after) ? one : after]
    }),
  )
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}
