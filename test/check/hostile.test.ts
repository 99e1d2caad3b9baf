// A file made to hold the program up: it is refused, or told of, within moments and in a screenful or two.
import { describe, expect, test } from 'vitest'
import { countOf, type Fault, faultLine, firstOfEach, mostTold, nearest } from '../../src/document/fault.ts'
import { folderWith } from '../config/files.ts'
import { checkWith } from './support.ts'

const largest = 299_000

/** Lines that go on until the file is as large as it may be. */
function filled(head: string, line: (i: number) => string, tail = ''): string {
  const lines = [head]
  let length = head.length + tail.length
  for (let i = 0; length + line(i).length <= largest; i++) {
    lines.push(line(i))
    length += line(i).length
  }
  return lines.join('') + tail
}

const when = 'rules:\n  - id: one\n    when:\n'
const does = '    then: [unfreeze]\n'
const blanks = ' '.repeat(largest - 100)

const files: Readonly<Record<string, string>> = {
  'colons in texts': filled('rules:\n', () => ' - a: b: c\n'),
  'lines too far in': filled('rules:\n', () => ' - a: b\n    c\n    d: e\n'),
  'open quotation marks': filled('rules:\n', () => ' - "a\n'),
  'open brackets': filled('rules: ', () => '[{'),
  'unknown aliases': filled('rules:\n', () => ' - *a\n'),
  'reserved signs': filled('rules:\n', () => ' - @a\n'),
  'commas alone': filled('rules: [', () => ','),
  tabs: filled('rules:\n', () => '\tb: 1\n'),
  'unknown keys': filled('', (i) => `a${i}: 1\n`),
  'one key over and over': filled('', () => 'a: 1\n'),
  'rules that are none': filled('rules:\n', () => ' - a\n'),
  'unknown facts': filled(when, (i) => `      - lock.x${i} is 1\n`),
  'unknown facts beside many': filled(
    'rules:\n',
    (i) => ` - {id: r${i}, when: rule.q${i}.firedTimesTday > 1, then: [unfreeze]}\n`,
  ),
  'many comparisons of one fact': filled(when, (i) => `      - lock.taskPoints > ${i}\n`, does),
  'many texts of one fact': filled(when, (i) => `      - lock.lockTitle contains a${i}\n`, does),
  'many actions': filled(`${when}      - lock.frozen is true\n    then:\n`, () => '      - unfrze\n'),
  'many tallies': filled('tallies:\n', (i) =>
    i < 8000
      ? `  tttt${i}: {}\n`
      : i === 8000
        ? 'rules:\n  - id: one\n    when: lock.frozen is true\n    then:\n'
        : `      - tally.add: tttx${i}\n`,
  ),
  'blanks in a condition': filled(when, () => `      - "time.clock between 22:00${' '.repeat(400)}x"\n`, does),
  'blanks in a limit': `${when}      - lock.frozen is true\n    limit: "1${blanks}per day"\n${does}`,
  'a long word': `rules:\n  - id: one\n    "${'ab'.repeat(140_000)}": 1\n`,
}

describe('a file made to hold the program up', () => {
  // It takes a second at most where nothing else runs; what grows by the square takes minutes.
  test.each(Object.entries(files))('%s', async (_, text) => {
    const folder = await folderWith({ 'a.yaml': text })
    const said = await checkWith(['a.yaml'], folder)
    expect(said.out.length).toBeLessThan(2 * mostTold + 5)
    expect(said.out.join('\n').length).toBeLessThan(100_000)
  })
})

const fault = (line: number, more: Partial<Fault> = {}): Fault => ({
  place: { file: 'a', line, column: 1 },
  message: 'wrong',
  severity: 'fault',
  ...more,
})

test('of a file so many faults are told, and how many there are beyond', () => {
  const faults = Array.from({ length: mostTold + 42 }, (_, i) => fault(i + 1))
  const told = firstOfEach([
    ...faults,
    fault(1, { severity: 'lint' }),
    { ...fault(1), place: { ...fault(1).place, file: 'b' } },
  ])
  expect(told).toHaveLength(mostTold + 3)
  expect(told.map(faultLine)).toContain(`a:${mostTold + 1}:1: … and 42 more faults from here on`)
  expect(countOf(told)).toBe(mostTold + 44)
  expect(firstOfEach(told.slice(0, 5))).toEqual(told.slice(0, 5))
})

test('what nobody looked for is not counted', () => {
  const told = firstOfEach([fault(1), fault(2, { stands: Number.POSITIVE_INFINITY })])
  expect(told.map(faultLine).at(-1)).toBe('a:2:1: … and more; the rest of the file was not checked')
})

test('a word of no name is held against none', () => {
  expect(nearest('a'.repeat(101), ['a'.repeat(101)])).toBeNull()
})
