import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { actionGates, askedAt, rowGates } from '../../src/core/acting/gates.ts'

const gates = [...rowGates, ...actionGates]

describe('the gates', () => {
  test('are told apart by their names; the switch alone is asked twice', () => {
    const names = gates.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual(['switch'])
  })

  test('stand in this order in the docs, with what each asks', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8')
    const part = page.slice(page.indexOf('## The gates'), page.indexOf('## The rooms of core'))
    const rows = [...part.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name, asks]) => [name, asks])
    expect(rows.slice(1)).toEqual(gates.map(({ name, asks }) => [name, asks]))
  })

  test('say what they ask by name', () => {
    expect(askedAt('one at a time')).toBe('nothing else is under way to this lock, and its pause is over')
  })
})
