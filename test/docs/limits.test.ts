// What the book of limits shows is what `check` says and what holds by default.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { boundLines } from '../../src/views/bounds.ts'
import { load } from '../config/files.ts'

const zone = 'Europe/Berlin'
const book = readFileSync(resolve(import.meta.dirname, '../../docs/limits.md'), 'utf8')
const blocks = [...book.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text = '']) => ({ language, text }))
const [agreed, rules, said] = blocks.map(({ text }) => text)

test('it has the blocks that are looked at here, and no more', () => {
  expect(blocks.map(({ language }) => language)).toEqual(['yaml', 'yaml', 'text'])
})

test('the defaults are the defaults', async () => {
  const written = limitsSchema.parse((parse(agreed ?? '') as { limits: unknown }).limits)
  expect(limitsOf([written], zone)).toEqual(limitsOf([], zone))
  expect(Object.keys(written).concat('ends').sort()).toEqual(Object.keys(limitsOf([], zone)).sort())
  const config = await load(`version: 1\nlocks: { main: { chastify: { token: a-token } } }\n${agreed}`)
  expect(config.locks[0]?.limits).toEqual(limitsOf([], zone))
})

test('the worst cases are those of its rules', () => {
  const compiled = compileRules([{ file: 'book.yaml', text: rules ?? '' }], { services, zone, longestList: 5 })
  expect(compiled.faults).toEqual([])
  if (!compiled.rules) throw new Error('no rules')
  const polls = [{ everyMs: 30_000 }, { everyMs: 300_000 }]
  const { underTheseRules, underAnyRules } = bounds(compiled.rules, limitsOf([], zone), polls)
  const lines = [
    'worst case under these rules',
    ...boundLines(underTheseRules),
    'worst case under any rules these limits allow',
    ...boundLines(underAnyRules),
  ]
  expect(said?.trimEnd().split('\n')).toEqual(lines)
})
