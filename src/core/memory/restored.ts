import type { Instant } from '../calendar/time.ts'
import { inputIn, type Kept } from '../model/kept.ts'
import type { LedgerRow } from '../model/row.ts'
import { blank, type RuleMemory } from '../model/rulememory.ts'
import { countsForLimits, isOpen, keyText } from './ledger.ts'

const restoredNote = 'restored from a backup, after which it may have been done'

/**
 * What is remembered, as it is to be taken up from a backup at a moment. Nobody knows what was done between the two,
 * so nothing is done on the strength of the backup alone: what was still to be sent may have been sent since, every
 * moment of `at` until now counts as dealt with, no change is measured against values of then, and each condition
 * counts as having had its turn until it is seen to be false. The rules that nothing is remembered of yet are treated
 * likewise at the first step that decides. What was remembered until then, where it can still be read, is `there`: of
 * what it knows to have been done a restore takes nothing back, or the limits would grant it a second time.
 */
export function restored(backup: Kept, now: Instant, there: Kept | null = null): Kept {
  const kept = there === null ? backup : together(backup, there)
  const memory = Object.entries(kept.memory).map(([key, one]): [string, RuleMemory] => [key, turnHad(one, now)])
  const rows = kept.rows.map((row) => (row.mode === 'live' && isOpen(row) ? mayBeDone(row, now) : row))
  return { ...kept, memory: Object.fromEntries(memory), rows, restoredAt: now }
}

/** What a backup and what was there until now know together. */
function together(backup: Kept, there: Kept): Kept {
  const later = new Map(there.rows.map((row) => [keyText(row), row]))
  const rows = backup.rows.map((row) => {
    const key = keyText(row)
    const known = later.get(key)
    later.delete(key)
    // What was on its way has its later life there; apart from that, what counts stays counted.
    return known && (isOpen(row) || countsForLimits(known) || !countsForLimits(row)) ? known : row
  })
  const memory = Object.entries(there.memory).map(([key, one]): [string, RuleMemory] => {
    const older = Object.hasOwn(backup.memory, key) ? backup.memory[key] : undefined
    return [key, older ? furthest(older, one) : one]
  })
  const inputs = Object.entries(there.inputs).filter(([name, { at }]) => {
    const older = inputIn(backup.inputs, name)
    return older === undefined || at >= older.at
  })
  return {
    ...backup,
    storedAt: latest(backup.storedAt, there.storedAt),
    session: there.session ?? backup.session,
    lastLock: there.lastLock ?? backup.lastLock,
    sessions: { ...backup.sessions, ...there.sessions },
    inputs: { ...backup.inputs, ...Object.fromEntries(inputs) },
    gaps: there.gaps.length > 0 ? there.gaps : backup.gaps,
    extras: { ...backup.extras, ...there.extras },
    memory: { ...backup.memory, ...Object.fromEntries(memory) },
    rows: [...rows, ...later.values()],
  }
}

/** Occurrences go on from where either has come to: none is named twice. */
function furthest(backup: RuleMemory, there: RuleMemory): RuleMemory {
  const of = ({ episodes, episode }: RuleMemory) => [episodes, episode?.occurred ?? 0] as const
  const [[n, had], [m, hadThere]] = [of(backup), of(there)]
  const { episodes, episode } = m > n || (m === n && hadThere >= had) ? there : backup
  const changes = Math.max(backup.changes, there.changes)
  return { ...backup, episodes, episode, changes, moment: latest(backup.moment, there.moment) }
}

function latest(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
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
