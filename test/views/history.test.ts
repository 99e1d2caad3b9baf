import { describe, expect, test } from 'vitest'
import { idOf } from '../../src/core/memory/ledger.ts'
import { historyLines, showHistory } from '../../src/views/history.ts'
import { berlin, hour, minute, moment } from '../core/bench.ts'
import { rowOf } from '../core/rows.ts'

const ten = moment('10:00')
const rows = [
  rowOf('add_time', { at: ten, state: 'applied', rule: 'one' }),
  rowOf('log', { at: ten, state: 'applied', rule: 'one', position: 1 }),
  rowOf('freeze', { at: ten + hour, state: 'refused', rule: 'two', note: 'limits.freeze.per_day is 10 h' }),
  rowOf('add_time', { at: ten + minute, state: 'unsettled', rule: 'three', lock: 'second' }),
]
const shown = (wanted: Partial<Parameters<typeof showHistory>[2]>) =>
  showHistory(rows, berlin, { most: 50, ...wanted }).map(({ rule, action }) => `${rule} ${action}`)

describe('the history', () => {
  test('is the newest first, those of several locks by their time', () => {
    expect(shown({})).toEqual(['two freeze', 'three add_time', 'one log', 'one add_time'])
    expect(shown({ most: 2 })).toEqual(['two freeze', 'three add_time'])
  })

  test.each([
    [{ rule: 'one' }, ['one log', 'one add_time']],
    [{ state: 'unsettled' }, ['three add_time']],
    [{ since: ten + minute }, ['two freeze', 'three add_time']],
    [{ rule: 'one', most: 1 }, ['one log']],
    [{ rule: 'nobody' }, []],
  ])('of %j alone', (wanted, expected) => {
    expect(shown(wanted)).toEqual(expected)
  })

  test('stands in the order of the times that it shows', () => {
    const list = [
      rowOf('add_time', { at: ten, sentAt: ten + minute, endedAt: ten + 2 * minute, state: 'rejected' }),
      rowOf('log', { at: ten, endedAt: ten + 2 * minute, state: 'cancelled', position: 1 }),
      rowOf('freeze', { at: ten + 1, endedAt: ten + 1, state: 'refused', rule: 'two' }),
      rowOf('unfreeze', { at: ten, state: 'planned', rule: 'three' }),
    ]
    const lines = showHistory(list, berlin, { most: 9 })
    expect(lines.map(({ action, at }) => `${at.slice(11)} ${action}`)).toEqual([
      '10:02:00 log',
      '10:01:00 add_time',
      '10:00:00 freeze',
      '10:00:00 unfreeze',
    ])
  })

  test('names each row by what settle takes', () => {
    const [first] = showHistory(rows, berlin, { most: 1 })
    expect(first).toMatchObject({ id: idOf(rows[2] ?? rowOf('')), plannedAt: ten + hour, failed: false, attempts: 0 })
  })

  test('does not show the token of a link game', () => {
    const params = { game: 'link', as: 'public', token: 'AbCd' }
    const [line] = showHistory([rowOf('tracker.game', { params, sent: params })], berlin, { most: 1 })
    expect(JSON.stringify(line)).not.toContain('AbCd')
    expect(line?.params).toEqual({ game: 'link', as: 'public', token: 'not shown' })
  })
})

describe('its lines', () => {
  test('stand in columns, with the lock where there are several', () => {
    const lines = historyLines(showHistory(rows, berlin, { most: 2 }), true)
    expect(lines.map((line) => line.replace(/ [0-9a-z]{8} /, ' ID '))).toEqual([
      '2026-03-02 11:00:00  ID  main    two    freeze: refused: limits.freeze.per_day is 10 h',
      '2026-03-02 10:01:00  ID  second  three  add_time: unsettled',
    ])
  })

  test('are never wider than 100 columns', () => {
    const note =
      'it may have arrived: no answer within 30 s; something else has changed, too, so that it cannot be told'
    const lines = historyLines(showHistory([rowOf('add_time', { note })], berlin, { most: 1 }), false)
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
    expect(lines.join(' ').replace(/ +/g, ' ')).toContain(note)
  })
})
