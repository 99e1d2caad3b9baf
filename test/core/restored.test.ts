import { describe, expect, test } from 'vitest'
import { restored } from '../../src/core/memory/restored.ts'
import { emptyKept, type Kept } from '../../src/core/model/kept.ts'
import type { LedgerRow, State } from '../../src/core/model/row.ts'
import { blank, memoryKey, type RuleMemory } from '../../src/core/model/rulememory.ts'
import { rowOf } from './rows.ts'

const now = 1_772_442_000_000
const key = memoryKey('live', 'a', 'r')

function memoryAfter(memory: Partial<RuleMemory>): RuleMemory | undefined {
  const kept: Kept = { ...emptyKept('seed'), memory: { [key]: { ...blank('d'), ...memory } } }
  return restored(kept, now).memory[key]
}

function rowAfter(row: LedgerRow): LedgerRow | undefined {
  return restored({ ...emptyKept('seed'), rows: [row] }, now).rows[0]
}

describe('what is taken up from a backup', () => {
  test('says when, until the first step that decides', () => {
    expect(restored(emptyKept('seed'), now)).toEqual({ ...emptyKept('seed'), restoredAt: now })
  })

  test('a condition counts as having had its turn, whether it held then or not', () => {
    expect(memoryAfter({ episodes: 3 })).toMatchObject({
      episodes: 4,
      episode: { since: now, occurred: 1, from: now, blindMs: 0 },
    })
    const waiting = { since: 5, occurred: 0, from: 5, blindMs: 1 }
    expect(memoryAfter({ episodes: 3, episode: waiting })).toMatchObject({
      episodes: 3,
      episode: { since: 5, occurred: 1, from: now, blindMs: 0 },
    })
    expect(memoryAfter({ episode: { ...waiting, occurred: 7 } })?.episode?.occurred).toBe(7)
  })

  test('moments until now are over, and a rule that had none yet does not look back', () => {
    expect(memoryAfter({ moment: 5 })?.moment).toBe(now)
    expect(memoryAfter({ moment: now + 5 })?.moment).toBe(now + 5)
    expect(memoryAfter({ moment: null })?.moment).toBeNull()
  })

  test('no change is measured against a value of then', () => {
    const anchor = { last: { value: 3, since: 5, pace: 0 as const }, risen: 2, asked: 5 }
    expect(memoryAfter({ anchors: { 'lock.taskPoints': anchor }, looked: 5 })).toMatchObject({
      anchors: {},
      looked: null,
    })
  })

  test.each<[State, Partial<LedgerRow>, State]>([
    ['planned', {}, 'unsettled'],
    ['sending', { run: 'x', sentAt: 5 }, 'unsettled'],
    ['not-sent', { notBefore: now + 5 }, 'unsettled'],
    ['unknown', { sentAt: 5, endedAt: 6, lost: 1 }, 'unsettled'],
    ['not-applied', { resend: true, lost: 1 }, 'unsettled'],
    ['not-applied', { resend: false }, 'not-applied'],
    ['applied', {}, 'applied'],
    ['rejected', {}, 'rejected'],
    ['refused', {}, 'refused'],
    ['unsettled', {}, 'unsettled'],
    ['planned', { mode: 'dry-run' }, 'planned'],
  ])('a row that is %s %o is %s', (state, more, wanted) => {
    const row = rowOf('log', { state, ...more })
    const then = rowAfter(row)
    expect(then?.state).toBe(wanted)
    if (wanted === state && state !== 'unsettled') expect(then).toBe(row)
    else if (state !== 'unsettled') {
      expect(then).toMatchObject({ note: 'restored from a backup, after which it may have been done', run: null })
    }
  })
})
