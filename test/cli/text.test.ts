// What a rule, a backup or a service wrote reaches a terminal as text, and moves nothing there.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openLog } from '../../src/cli/log.ts'
import { plainTerminal, printJson, type Terminal } from '../../src/cli/terminal.ts'
import { markIn, shown } from '../../src/document/marks.ts'
import { printable } from '../../src/services/plain.ts'
import { Secret } from '../../src/services/secret.ts'
import { checkWith, say } from '../check/support.ts'
import { folderWith } from '../config/files.ts'

const marks: [name: string, mark: string][] = [
  ['U+001B', '\u001b'],
  ['U+0000', '\u0000'],
  ['U+0007', '\u0007'],
  ['U+007F', '\u007f'],
  ['U+009B', '\u009b'],
  ['U+00AD', '\u00ad'],
  ['U+061C', '\u061c'],
  ['U+200B', '\u200b'],
  ['U+200C', '\u200c'],
  ['U+200D', '\u200d'],
  ['U+200E', '\u200e'],
  ['U+200F', '\u200f'],
  ['U+2028', '\u2028'],
  ['U+202E', '\u202e'],
  ['U+2060', '\u2060'],
  ['U+2066', '\u2066'],
  ['U+FEFF', '\ufeff'],
  ['U+FFF9', '\ufff9'],
  ['U+FFFB', '\ufffb'],
  ['U+E0041', '\u{e0041}'],
]
const ruleOf = (description: string) => `rules:
  - id: one
    description: ${description}
    when: lock.frozen is true
    then: [unfreeze]
`

describe('an invisible mark', () => {
  test.each(marks)('%s is refused in a rule, at its place, however it is written', async (name, mark) => {
    const code = mark.codePointAt(0)?.toString(16).padStart(8, '0')
    for (const [text, place] of [
      [ruleOf(`ab${mark}cd`), '3:20'],
      [ruleOf(`ab # c${mark}d`), '3:24'],
      [ruleOf(`"ab\\U${code}cd"`), '3:18'],
    ] as const) {
      const { code: exit, out } = await checkWith(['a.yaml'], await folderWith({ 'a.yaml': text }))
      expect(exit).toBe(1)
      expect(out[0]).toContain(`a.yaml:${place}: `)
      expect(out.join('\n')).not.toContain(mark)
      if (mark !== '\u0000') expect(out[0]).toContain(`there is an invisible character (${name})`)
    }
  })

  test.each(marks)('%s of a service or a backup is not printed', (_, mark) => {
    expect(printable(`a${mark}b`, '')).toBe('ab')
    expect(shown(`a${mark}b`)).toBe('a\ufffdb')
  })

  test.each(['👩‍🚀', '👩🏽‍🚀', '❤️', '🏳️‍🌈', 'Größe', 'مرحبا', '日本語', 'a\tb\nc\r\n'])('%j is text', (text) => {
    expect(markIn(text)).toBeNull()
    expect(shown(text)).toBe(text)
  })
})

describe('a terminal', () => {
  const printed = () => {
    const lines: string[] = []
    const write = (line: string) => void lines.push(line)
    const terminal = { out: write, err: write, env: {}, person: true } as unknown as Terminal
    return { lines, terminal }
  }
  test('shows no line that would move it', () => {
    const { lines, terminal } = printed()
    const plain = plainTerminal(terminal)
    plain.out('a\u001b[2Jb')
    plain.err('a\u202eb\rc')
    expect(lines).toEqual(['a\ufffd[2Jb', 'a\ufffdb\ufffdc'])
  })

  test('gives programs the same data', () => {
    const { lines, terminal } = printed()
    printJson(plainTerminal(terminal), { text: 'a\u202e\u009b\u{e0041}\u001b' })
    expect(lines[0]?.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ text: 'a\u202e\u009b\u{e0041}\u001b' })
  })

  test.each([true, false])('reads a log that is one (a person: %s)', (person) => {
    const { lines, terminal } = printed()
    const log = openLog(plainTerminal({ ...terminal, person }), { secrets: [new Secret('tokentoken')], zone: 'UTC' })
    log.info({ lock: 'm\u202e' }, 'rule \u001b[2J\u202e fires tokentoken')
    for (const gone of ['\u202e', '\u001b[2J', 'tokentoken']) expect(lines[0]).not.toContain(gone)
    expect(lines[0]).toContain('[2J')
  })

  test('shows a backup made by somebody else as text', async () => {
    const folder = await folderWith({ 'a.txt': '' })
    const file = join(folder, 'b.db')
    const database = new Database(file)
    database.exec('CREATE TABLE lockwarden_backup (manifest TEXT NOT NULL) STRICT')
    const manifest = JSON.stringify({ format: 99, version: '1\u001b]0;gone\u0007\u202e' })
    database.prepare('INSERT INTO lockwarden_backup VALUES (?)').run(manifest)
    database.close()
    writeFileSync(join(folder, 'x'), '')
    const said = await say(['restore', file, '--data', join(folder, 'data')], folder)
    expect(said.code).toBe(1)
    expect(said.err.join('\n')).toContain('newer lockwarden')
    expect(said.err.join('')).not.toMatch(/\p{C}/u)
  })
})
