import { expect, test } from 'vitest'
import { catalogueOf } from '../../src/core/language/catalogue.ts'
import { fixed, running } from '../../src/core/model/fact.ts'
import { services } from '../../src/services/index.ts'
import { factRows, factSheet, factsNamed, showFacts } from '../../src/views/facts.ts'

const now = 1_000_000_000_000
const lines = showFacts(
  new Map([
    ['lock.frozen', fixed(true, now - 90_000)],
    ['lock.timeRemainingSeconds', running(7200, -1, now - 5000)],
  ]),
  catalogueOf(services, {}, ['away', 'night']),
  now,
  'UTC',
)
const named = (rows: readonly (readonly string[])[]) => rows.map(([name]) => name ?? '')

test('the facts of rules are shown to who asks for them', () => {
  const { rows, notes } = factRows(lines, { absent: [], asked: false })
  expect(named(rows).some((name) => name.startsWith('rule.'))).toBe(false)
  expect(notes).toEqual(['rule: "lockwarden facts rule" shows what is known of away, night'])
  const asked = factRows(factsNamed(lines, 'rule'), { absent: [], asked: true })
  expect(asked.rows).toHaveLength(33)
  expect(asked.notes).toEqual([])
  expect(factsNamed(lines, 'rule.away')).toHaveLength(16)
})

test('without a tracker its facts are one line', () => {
  const { rows, notes } = factRows(lines, { absent: ['tracker'], asked: false })
  expect(named(rows).filter((name) => name.includes('tracker'))).toEqual([])
  expect(notes[0]).toBe('tracker: not configured')
})

test('each has its value, its age and where it comes from', () => {
  const { rows } = factRows(lines, { absent: [], asked: false })
  expect(rows[0]).toEqual(['FACT', 'VALUE', 'TYPE', 'AGE', 'SOURCE'])
  expect(rows).toContainEqual(['lock.frozen', 'true', 'boolean', '1 min 30 s', 'chastify.session'])
  expect(rows).toContainEqual(['lock.taskPoints', 'unknown (not read yet)', 'number', '-', 'chastify.session'])
})

test('of one, all is told', () => {
  const [line] = factsNamed(lines, 'lock.timeRemainingSeconds')
  expect(line && factSheet(line)).toEqual([
    'lock.timeRemainingSeconds: 1 h 59 min',
    expect.stringMatching(/^ {2}\S/),
    '  type: seconds, a length of time; a number alone is seconds',
    '  source: chastify.session',
    '  age: 5 s',
  ])
})
