import type { Instant } from './fact.ts'
import { blank, type Kept, type RuleMemory } from './kept.ts'
import { isOpen, type LedgerRow } from './ledger.ts'

const restoredNote = 'restored from a backup, after which it may have been done'

/**
 * What is remembered, as it is to be taken up from a backup at a moment. Nobody knows what was done between the two,
 * so nothing is done on the strength of the backup alone: what was still to be sent may have been sent since, every
 * moment of `at` until now counts as dealt with, no change is measured against values of then, and each condition
 * counts as having had its turn until it is seen to be false. The rules that nothing is remembered of yet are treated
 * likewise at the first step that decides.
 */
export function restored(kept: Kept, now: Instant): Kept {
  const memory = Object.entries(kept.memory).map(([key, one]): [string, RuleMemory] => [key, turnHad(one, now)])
  const rows = kept.rows.map((row) => (row.mode === 'live' && isOpen(row) ? mayBeDone(row, now) : row))
  return { ...kept, memory: Object.fromEntries(memory), rows, restoredAt: now }
}

/** The memory of a rule that nothing is remembered of at the first step after a restore. */
export function unseenSince(digest: string, now: Instant): RuleMemory {
  return turnHad(blank(digest), now)
}

/** Whatever its condition may have led to counts as done: it has to be seen false before it leads to anything. */
function turnHad(memory: RuleMemory, now: Instant): RuleMemory {
  const { episode, episodes, moment } = memory
  return {
    ...memory,
    episodes: episode === null ? episodes + 1 : episodes,
    episode: { since: episode?.since ?? now, occurred: Math.max(1, episode?.occurred ?? 0), from: now, blindMs: 0 },
    moment: moment === null ? null : Math.max(moment, now),
    looked: null,
    anchors: {},
  }
}

function mayBeDone(row: LedgerRow, now: Instant): LedgerRow {
  return { ...row, state: 'unsettled', note: restoredNote, endedAt: now, notBefore: null, run: null }
}
