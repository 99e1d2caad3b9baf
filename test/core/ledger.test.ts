import { describe, expect, test } from 'vitest'
import { idOf } from '../../src/core/memory/ledger.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { rowOf } from './rows.ts'

describe('the short name of a row', () => {
  test('is eight letters and digits, of the key alone', () => {
    const row = rowOf('log')
    expect(idOf(row)).toMatch(/^[0-9a-z]{8}$/)
    expect(idOf({ ...row, state: 'applied' } as LedgerRow)).toBe(idOf(row))
    const ids = new Set(Array.from({ length: 5000 }, (_, position) => idOf({ ...row, position })))
    expect(ids.size).toBe(5000)
  })
})
