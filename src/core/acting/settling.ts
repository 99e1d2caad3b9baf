import type { Instant } from '../calendar/time.ts'
import { ending, isOpen, openRows, sameRow } from '../memory/ledger.ts'
import { wordOf } from '../memory/word.ts'
import type { Kept } from '../model/kept.ts'
import type { News, Order } from '../model/order.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import type { Topic } from '../model/service.ts'
import { otherLockWords } from '../reading/session.ts'
import { heardIn } from '../reading/sources.ts'
import { isOwnStop } from './own.ts'
import { answered, orphaned, readBack, settle, shownBy, unsettled } from './settle.ts'

/**
 * Updates rows by the outcomes of their requests and by people's answers. Rows that another process was sending have
 * lost their answer.
 */
export function settleRows(before: Kept, rules: RuleSet, news: readonly News[], order: Order, now: Instant): Kept {
  const kept = mapRows(before, (row) => {
    if (row.state !== 'sending') return row
    const outcome = news.find((item) => 'outcome' in item && sameRow(item.of, row))
    if (outcome && 'outcome' in outcome) return settle(row, outcome.outcome, rules.actions.get(row.action))
    return row.run === order.run ? row : orphaned(row, rules.actions.get(row.action), now)
  })
  const said = news.flatMap((item) => ('settled' in item ? item : []))
  if (said.length === 0) return kept
  const rows = kept.rows.map((row) => {
    // While readings may still tell, people cannot settle a row.
    if (row.state !== 'unsettled') return row
    const one = said.find(({ settled, happened, by }) => sameRow(settled, row) && wordOf(row, happened).includes(by))
    return one ? answered(row, one, rules.actions.get(row.action), now) : row
  })
  return { ...kept, rows }
}

/**
 * Finds out from new readings what became of rows whose answers were lost. If the service answers without telling, the
 * wait ends after a time.
 */
export function readBackRows(
  kept: Kept,
  rules: RuleSet,
  passing: Passing,
  { longestMs, lockTopic }: { longestMs: number; lockTopic: Topic },
  now: Instant,
): Kept {
  return mapRows(kept, (row) => {
    const kind = rules.actions.get(row.action)
    if (row.state !== 'unknown' || !kind) return row
    const reading = passing.readings[kind.readBack?.topic ?? lockTopic]
    const told = readBack(row, kind, reading, now)
    if (told !== row) return told
    const silent = (reading?.asked ?? Number.NEGATIVE_INFINITY) <= (row.endedAt ?? 0)
    const answers = passing.health[kind.service]?.healthy === true
    if (!silent || !answers || now - (row.endedAt ?? 0) <= longestMs) return row
    return { ...unsettled(row, kind, `${row.note}; no reading tells`), endedAt: now }
  })
}

/** The fresh writes that some reading has shown, including the readings of this step. */
export function shownIn({ rows }: Kept, rules: RuleSet, seen: Passing, passing: Passing): ReadonlySet<string> {
  return [...heardIn(seen, passing)].reduce((shown, topic) => {
    const reading = passing.readings[topic]
    return reading ? shownBy(rows, (name) => rules.actions.get(name), { ...reading, topic }, shown) : shown
  }, passing.shown)
}

/**
 * Rows for a lock that is no longer active must not affect the next lock; and readings of the next lock cannot tell
 * what became of them.
 */
export function cancelOthers(kept: Kept, rules: RuleSet, now: Instant): Kept {
  if (kept.session === null) return kept
  const { session } = kept
  return mapRows(kept, (row) => {
    if (row.session === session || row.state === 'sending') return row
    const note = otherLockWords(session, row.session)
    if (row.state === 'unknown') {
      return { ...unsettled(row, rules.actions.get(row.action), `${row.note}; ${note}`), endedAt: now }
    }
    return { ...ending(row, 'cancelled', note), failed: true, endedAt: now }
  })
}

/** If our clock was set back, the stop of a device must not wait until the clock has caught up. */
export function triedNow(kept: Kept, now: Instant): Kept {
  return mapRows(kept, (row) => (isOwnStop(row) && (row.notBefore ?? 0) > now ? { ...row, notBefore: now } : row))
}

function mapRows(kept: Kept, change: (row: LedgerRow) => LedgerRow): Kept {
  if (openRows(kept.rows).length === 0) return kept
  let touched = false
  const rows = kept.rows.map((row) => {
    if (!isOpen(row)) return row
    const after = change(row)
    if (after !== row) touched = true
    return after
  })
  return touched ? { ...kept, rows } : kept
}
