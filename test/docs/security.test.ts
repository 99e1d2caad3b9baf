// What SECURITY.md and the checklist say is held by a test has that test.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const project = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(project, name), 'utf8')

/** The cells of the rows of every table, without heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return cells.filter((row, i) => !/^-+$/.test(row[0] ?? '') && !/^-+$/.test(cells[i + 1]?.[0] ?? ''))
}

const filesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)

describe('the checklist', () => {
  const rows = rowsOf(read('docs/security-checklist.md'))

  test('has at least 60 items, each once, and none is open', () => {
    const ids = rows.map(([id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(rows.filter(([, , held = '']) => filesIn(held).length > 0).length).toBeGreaterThanOrEqual(60)
    for (const row of rows) {
      expect(row).toHaveLength(3)
      const [id = '', , held = ''] = row
      expect(id).toMatch(/^V\d+\.\d+\.\d+$/)
      expect([id, held]).toEqual([
        id,
        expect.stringMatching(/^(?:`test\/[\w./-]+\.test\.ts`(?:, |$))+$|^not applicable: \w.{8,}/),
      ])
    }
  })

  test.each(rows.map(([id = '', , held = '']) => [id, filesIn(held)] as const))(
    '%s names tests that exist',
    (_, files) => {
      for (const file of files) expect([file, existsSync(join(project, file))]).toEqual([file, true])
    },
  )
})

describe('SECURITY.md', () => {
  const rows = rowsOf(read('SECURITY.md'))
  test('names a test that exists for each promise', () => {
    expect(rows.length).toBeGreaterThan(8)
    for (const [, promise, held = ''] of rows) {
      expect([promise, filesIn(held).length]).not.toEqual([promise, 0])
      for (const file of filesIn(held)) expect([file, existsSync(join(project, file))]).toEqual([file, true])
    }
  })

  test('says how to report, and leads to the checklist', () => {
    expect(read('SECURITY.md')).toMatch(/^## Reporting$/m)
    expect(read('SECURITY.md')).toContain('(docs/security-checklist.md)')
  })
})
