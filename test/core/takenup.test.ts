import { expect, test } from 'vitest'
import { takenUp } from '../../src/core/memory/takenup.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { rowOf } from './rows.ts'

const kept = (rows: readonly LedgerRow[]) => ({ ...emptyKept('seed'), rows })
const planned = rowOf('log')
const claimed: Partial<LedgerRow> = { state: 'sending', run: 'run-1', attempts: 1, sentAt: 1000 }
const sending = rowOf('log', claimed)
const other = rowOf('log', { occurrence: 'e2' })

test.each<[string, { found: LedgerRow[]; stored: LedgerRow[]; kept: LedgerRow[]; after: LedgerRow[] }]>([
  [
    'what was claimed by a commit of which nobody knew is as it was, but for its attempts',
    { found: [sending], stored: [planned], kept: [planned], after: [{ ...planned, attempts: 1 }] },
  ],
  [
    'so is what was planned by it, too',
    { found: [sending], stored: [], kept: [], after: [{ ...planned, attempts: 1 }] },
  ],
  [
    'what ended meanwhile has ended',
    {
      found: [sending],
      stored: [planned],
      kept: [{ ...planned, state: 'expired' }],
      after: [{ ...planned, state: 'expired', attempts: 1 }],
    },
  ],
  [
    'what is claimed anew after that is given back again',
    {
      found: [{ ...sending, attempts: 2 }],
      stored: [sending],
      kept: [{ ...planned, attempts: 1 }],
      after: [{ ...planned, attempts: 2 }],
    },
  ],
  ['what is under way stays under way', { found: [sending], stored: [sending], kept: [sending], after: [sending] }],
  [
    'what another process claimed is its own',
    {
      found: [{ ...sending, run: 'run-0' }],
      stored: [planned],
      kept: [planned],
      after: [{ ...sending, run: 'run-0' }],
    },
  ],
  [
    'what came of a row meanwhile is known',
    {
      found: [sending, other],
      stored: [sending],
      kept: [{ ...sending, state: 'applied', run: null }],
      after: [{ ...sending, state: 'applied', run: null }, other],
    },
  ],
  [
    'what was found further on than that is believed',
    {
      found: [{ ...sending, state: 'applied', run: null }],
      stored: [sending],
      kept: [sending],
      after: [{ ...sending, state: 'applied', run: null }],
    },
  ],
  [
    'what left meanwhile, without being stored, is added; what only waits is not',
    {
      found: [planned],
      stored: [planned],
      kept: [planned, rowOf('device.stop', { ...claimed, occurrence: 'stop' }), other],
      after: [planned, rowOf('device.stop', { ...claimed, occurrence: 'stop' })],
    },
  ],
])('%s', (_, rows) => {
  const after = takenUp(kept(rows.found), kept(rows.stored), kept(rows.kept), 'run-1')
  expect(after.rows).toEqual(rows.after)
})

test('what left meanwhile under a name that was claimed there as well is under way', () => {
  const sent = { ...sending, sentAt: 2000 }
  const after = takenUp(kept([sending]), kept([planned]), kept([sent]), 'run-1')
  expect(after.rows).toEqual([sent])
})

test('everything but the rows is as it was found', () => {
  const found = { ...emptyKept('found'), storedAt: 5 }
  expect(takenUp(found, emptyKept('stored'), emptyKept('kept'), 'run-1')).toEqual(found)
})
