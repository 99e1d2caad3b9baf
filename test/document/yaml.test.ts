import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Fault, faultLine } from '../../src/document/fault.ts'
import { shown, validate } from '../../src/document/issues.ts'
import { parseYaml, type YamlDocument } from '../../src/document/yaml.ts'

function documentOf(text: string): YamlDocument {
  const { document, faults } = parseYaml('f', text)
  if (!document) throw new Error(faults.map(faultLine).join('\n'))
  return document
}

function lines(faults: readonly Fault[]): string[] {
  return faults.map((fault) => faultLine(fault).slice(2))
}

test('values are plain, and texts stay texts', () => {
  expect(documentOf('a: [1, yes, 22:30, 2027-01-31, 1h30m, 50%, +1, true, ~]\nb: {}\n').value).toEqual({
    a: [1, 'yes', '22:30', '2027-01-31', '1h30m', '50%', 1, true, null],
    b: {},
  })
  expect(documentOf('').value).toBeNull()
  expect(documentOf('# nothing\n').value).toBeNull()
  expect(documentOf('---\na: 1\n').value).toEqual({ a: 1 })
  expect(documentOf('\ufeffa: 1\r\nb: 2\r\n').value).toEqual({ a: 1, b: 2 })
  expect(documentOf('a: &x [1]\nb: *x\n').value).toEqual({ a: [1], b: [1] })
})

const sample = documentOf(`# a comment
rules:
  - id: one
    when: lock.frozen is true
    text: "in quotes"
    folded: >
      more
    empty:
  - { id: two, list: [a, b] }
1: number
`)

test.each([
  [[], '2:1'],
  [['rules'], '3:3'],
  [['rules', 0], '3:5'],
  [['rules', 0, 'id'], '3:9'],
  [['rules', 0, 'when'], '4:11'],
  [['rules', 0, 'folded'], '6:13'],
  [['rules', 1, 'list', 1], '9:26'],
  [[1], '10:4'],
  // What is not there is looked for in what is around it.
  [['rules', 0, 'then'], '3:5'],
  [['rules', 7, 'id'], '3:3'],
  [['nothing', 'here'], '2:1'],
] as const)('the place of the value at %j', (path, place) => {
  const found = sample.place(path)
  expect(`${found.line}:${found.column}`).toBe(place)
})

test('the place of a key, and within a text', () => {
  const at = (path: (string | number)[], options: { key?: boolean; offset?: number }) => {
    const { line, column } = sample.place(path, options)
    return `${line}:${column}`
  }
  expect(at(['rules'], { key: true })).toBe('2:1')
  expect(at(['rules', 1, 'list'], { key: true })).toBe('9:16')
  expect(at(['rules', 0, 'when'], { offset: 5 })).toBe('4:16')
  expect(at(['rules', 0, 'text'], { offset: 3 })).toBe('5:15')
  expect(at(['rules', 0, 'when'], { offset: 500 })).toBe('4:30')
  expect(sample.fault(['rules', 0, 'id'], 'odd', { lint: true, hint: 'h' })).toEqual({
    place: { file: 'f', line: 3, column: 9 },
    message: 'odd',
    hint: 'h',
    severity: 'lint',
  })
})

test('the place of what an alias stands for is the alias', () => {
  const { line, column } = documentOf('a: &x { b: 1 }\nc: *x\n').place(['c', 'b'])
  expect([line, column]).toEqual([2, 4])
})

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
for (const [i, name] of ['b', 'c', 'd', 'e', 'f', 'g', 'h'].entries()) {
  const before = 'abcdefg'[i]
  bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`)
}

test.each([
  [
    'a bare cron expression',
    'at: * 9 * * *\n',
    /^1:5: a \* before a value .*; put a value that begins with \* in quotes$/,
  ],
  ['a bare step', 'at: */5 * * * *\n', /^1:5: .* begins with \* in quotes$/],
  ['a bare step in braces', 'poll: { a: "* * * * *", b: */5 * * * * }\n', /^1:28: .* begins with \* in quotes$/],
  ['an unknown alias', 'a:\n  - *s3cr3t\n', /^2:5: .* begins with \* in quotes$/],
  ['a nickname', 'at: @daily\n', /^1:5: .*; put a value that begins with @ in quotes$/],
  ['a backtick', 'a: `x`\n', /^1:4: .* begins with ` in quotes$/],
  ['a percent sign', 'a: %d\n', /^1:4: .* begins with % in quotes$/],
  ['an exclamation mark', 'a: !s3cr3t x\n', /^1:4: .* begins with ! in quotes$/],
  [
    'bare braces',
    'text: {{ x }}\n',
    /^1:7: a \{ here begins a map, not a text; put a text that begins with \{\{ in quotes$/,
  ],
  ['bare braces in a map', 'log: { title: {{ lock.a | duration }} }\n', /^1:15: .* begins with \{\{ in quotes$/],
  ['bare braces in a list', 'a:\n  - {{ x }}\n', /^2:5: .* begins with \{\{ in quotes$/],
  ['bare braces with more', 'text: {{ x }} left\n', /^1:7: .* begins with \{\{ in quotes$/],
  ['a colon in a text', 'text: left: 5\n', /^1:\d+: .*; put a text that holds ": " in quotes$/],
  ['a tab', 'a:\n\tb: 1\n', /^2:1: .*; indent with spaces, not tabs$/],
  ['a key twice', 'a: 1\nb: 1\na: 2\n', /^3:1: this key is here twice; keep one of them$/],
  ['a key twice in braces', '{ a: 1, a: 2 }\n', /^1:9: this key is here twice/],
  ['two documents', 'a: 1\n---\nb: 2\n', /^2:1: a second document begins here; a file holds one/],
  ['an open list', 'a: [1\nb: 2\n', /^1:4: this \[ is not closed; write the \] that belongs to it$/],
  ['an alias bomb', bomb.join('\n'), /^1:1: too many aliases: .*; write out the repeated part$/],
  ['an alias of itself', 'a: &x\n  b: *x\n', /^1:1: nested too deeply to be read$/],
  ['two aliases of itself', 'a: &x [*x, *x]\n', /^1:1: nested too deeply to be read$/],
  ['deep nesting', `a: ${'['.repeat(150)}${']'.repeat(150)}\n`, /^1:1: nested too deeply to be read$/],
  ['very deep nesting', '['.repeat(100_000), /^1:1: nested too deeply to be read$/],
  ['more than 300 KB', `a: ${'x'.repeat(300_000)}\n`, /^1:1: the file is larger than 300 KB$/],
])('%s is one fault', (_, text, expected) => {
  const warned = vi.spyOn(process, 'emitWarning')
  const { document, faults } = parseYaml('f', text)
  expect(document).toBeNull()
  expect(lines(faults)).toEqual([expect.stringMatching(expected)])
  expect(lines(faults).join()).not.toContain('s3cr3t')
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test('what is just large or deep enough is read', () => {
  expect(documentOf(`a: ${'x'.repeat(299_990)}\n`).value).toHaveProperty('a')
  expect(documentOf(`${'['.repeat(90)}${']'.repeat(90)}\n`).value).toBeInstanceOf(Array)
})

test('each broken line is told once', () => {
  const { faults } = parseYaml('f', 'a: @daily @x\nb: 1\nc: * 9 * * *\nb: 2\n')
  expect(faults.map((fault) => fault.place.line)).toEqual([1, 3, 4])
})

const way = z.union([
  z.literal('unlimited'),
  z.strictObject({ each: z.number().optional(), day: z.number().optional() }),
])
const schema = z.strictObject({
  mode: z.enum(['dry-run', 'live']).default('dry-run'),
  name: z.string(),
  count: z.int().min(0).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.strictObject({ id: z.string() })).optional(),
  named: z.record(z.string().regex(/^[a-z]+$/, 'small letters'), z.strictObject({ way })).optional(),
  own: z.union([z.string(), z.number()], { error: 'a length of time' }).optional(),
  version: z.literal(1, { error: 'this program knows 1' }).optional(),
})

test('a good document is read by its schema', () => {
  const text = 'name: x\nnamed: { a: { way: unlimited }, b: { way: { each: 1 } } }\n'
  expect(validate(documentOf(text), schema)).toMatchObject({ value: { mode: 'dry-run', name: 'x' }, faults: [] })
})

test.each([
  ['name: x\nmod: live\n', '2:1: unknown key "mod"; did you mean mode?'],
  ['name: x\nzzzzz: 1\n', /^2:1: unknown key "zzzzz"; known are mode, name, count, .*version$/],
  ['name: x\nmode: lvie\n', '2:7: "lvie" is not one of dry-run, live; did you mean live?'],
  ['name: x\nmode: other\n', '2:7: "other" is not one of dry-run, live'],
  ['name: x\nmode:\n', '2:6: an empty value is not one of dry-run, live'],
  ['mode: live\n', '1:1: "name" is missing'],
  ['name: 5\n', '1:7: 5 is not a text; put it in quotes'],
  ['name: [a]\n', '1:7: a list is not a text'],
  ['name: { a: 1 }\n', '1:7: a map is not a text'],
  ['name: x\ncount: 1.5\n', '2:8: 1.5 is not a whole number'],
  ['name: x\ncount: -1\n', '2:8: -1 is less than 0'],
  ['name: x\nflag: yes\n', '2:7: "yes" is not true or false; write true'],
  ['name: x\nlist: { a: 1 }\n', '2:7: a map is not a list; put "- " before each item'],
  ['name: x\nlist:\n  - id: a\n  - {}\n', '4:5: "id" is missing'],
  ['name: x\nlist:\n  - id: a\n    ID: b\n', '4:5: unknown key "ID"; did you mean id?'],
  ['name: x\nnamed: [a]\n', '2:8: a list is not a map of keys and values'],
  ['name: x\nnamed:\n  A: { way: unlimited }\n', '3:3: small letters'],
  ['name: x\nnamed: { a: {} }\n', '2:13: "way" is missing'],
  ['name: x\nnamed: { a: { way: 5 } }\n', '2:20: 5 is not a map of keys and values, or unlimited'],
  ['name: x\nnamed: { a: { way: { eahc: 5 } } }\n', '2:22: unknown key "eahc"; did you mean each?'],
  ['name: x\nnamed: { a: { way: { each: x } } }\n', '2:28: "x" is not a number'],
  ['name: x\nown: [1]\n', '2:6: a length of time'],
  ['name: x\nversion: 2\n', '2:10: this program knows 1'],
])('the fault of %j', (text, expected) => {
  const { faults } = validate(documentOf(text), schema)
  expect(lines(faults)).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
})

test('every fault is told at once', () => {
  const { faults } = validate(documentOf('mode: x\ncount: -1\nbad: 1\nworse: 2\n'), schema)
  expect(faults.map((fault) => fault.place.line).sort()).toEqual([1, 1, 2, 3, 4])
})

test('values are shown short', () => {
  expect(shown(undefined)).toBe('nothing')
  expect(shown(null)).toBe('an empty value')
  expect(shown([1])).toBe('a list')
  expect(shown({})).toBe('a map')
  expect(shown('x'.repeat(100))).toHaveLength(59)
})
