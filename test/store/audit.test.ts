// The audit trail as a file: what is added, what is read, and that what is taken out shows.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agreed } from '../../src/store/agreed.ts'
import { Audit, type Entry } from '../../src/store/audit.ts'
import { RaisedNotices } from '../../src/store/raised.ts'
import { Sums, sumMs } from '../../src/store/sums.ts'

const entry = {
  who: { role: null, address: 'x' },
  what: 'stop',
  lock: null,
  said: 'a\nb',
  difference: [],
} as const

function folderOf(): { folder: string; file: string; audit: Audit } {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  let now = 1
  return { folder, file: join(folder, 'audit.jsonl'), audit: new Audit(folder, () => now++) }
}

describe('the audit trail', () => {
  test('passes by a line that was cut off, and goes on', () => {
    const { file, audit } = folderOf()
    expect(audit.newest(10)).toEqual([])
    audit.add(entry)
    appendFileSync(file, '{"at": 2, "wh')
    audit.add(entry)
    audit.add(entry)
    expect(audit.newest(10).map(({ at }) => at)).toEqual([3, 2, 1])
    expect(audit.newest(1, 3).map(({ at }) => at)).toEqual([2])
    expect(audit.check()).toEqual({ entries: 3, gaps: [] })
  })

  test('is read to its beginning by pages, though entries share a moment and fill more than one look', () => {
    const { folder } = folderOf()
    const audit = new Audit(folder, () => 7)
    const difference = ['x'.repeat(9000)]
    for (let i = 0; i < 300; i++) audit.add({ ...entry, said: `change ${i}`, difference })
    const said: string[] = []
    for (let place = Number.POSITIVE_INFINITY; place > 0; ) {
      const page = audit.newest(1000, undefined, place)
      said.push(...page.map((one) => one.said))
      place = page.at(-1)?.place ?? 0
    }
    expect(said).toEqual(Array.from({ length: 300 }, (_, i) => `change ${299 - i}`))
  })

  test('holds so many bytes of a change, and no more', () => {
    const { file, audit } = folderOf()
    const lines = Array.from({ length: 400 }, () => `+${'\u0001'.repeat(500)}`)
    audit.add({ ...entry, said: 'y'.repeat(100_000), difference: lines, worst: { before: lines, after: lines } })
    expect(statSync(file).size).toBeLessThan(60_000)
    const [found] = audit.newest(1)
    expect(found?.difference.at(-1)).toMatch(/^… and \d+ more lines$/)
  })

  test.each([
    ['changed', (lines: string[]) => lines.with(1, lines[1]?.replace('change 1', 'change 9') ?? ''), 'line 3 '],
    ['taken out', (lines: string[]) => lines.toSpliced(1, 1), 'line 2 '],
    ['put in', (lines: string[]) => lines.toSpliced(1, 0, '{"at":5,"said":"never"}'), 'line 2 '],
    ['moved', (lines: string[]) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)], 'line 1 '],
    ['cut off at the end', (lines: string[]) => lines.slice(0, -1), 'the newest entry '],
    ['cut off at the beginning', (lines: string[]) => lines.slice(1), 'line 1 '],
    ['emptied', () => [], 'the newest entry '],
  ])('shows what was %s', (_, change, words) => {
    const { file, audit } = folderOf()
    for (let i = 0; i < 4; i++) audit.add({ ...entry, said: `change ${i}` })
    expect(audit.check()).toEqual({ entries: 4, gaps: [] })
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    writeFileSync(
      file,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    )
    expect(audit.check().gaps[0]).toContain(words)
  })

  const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n')
  test.each([
    ['changed', (all: string[]) => all.with(-1, all.at(-1)?.replace('change 2', 'change 9') ?? '')],
    ['taken off', (all: string[]) => all.slice(0, -1)],
    ['cut in the middle', (all: string[]) => all.with(-1, all.at(-1)?.slice(0, 20) ?? '')],
    ['put there', (all: string[]) => [...all, '{"at":9,"said":"never","before":"0"}']],
    ['emptied', () => []],
  ])('shows that its end was %s, after more was added, too', (_, change) => {
    const { file, audit } = folderOf()
    for (let i = 0; i < 3; i++) audit.add({ ...entry, said: `change ${i}` })
    writeFileSync(
      file,
      change(lines(file))
        .map((line) => `${line}\n`)
        .join(''),
    )
    for (let i = 0; i < 2; i++) audit.add({ ...entry, said: 'later' })
    expect(audit.check().gaps[0]).toMatch(/^line \d of audit\.jsonl does not follow/)
  })

  test('shows that the word of the newest entry was taken away', () => {
    const { folder, audit } = folderOf()
    for (let i = 0; i < 3; i++) audit.add({ ...entry, said: `change ${i}` })
    rmSync(join(folder, 'audit.head'))
    expect(audit.check().gaps).toEqual(['audit.head, which names the newest entry, is not there any more'])
  })

  test('is whole where a power cut came between an entry and the word of it', () => {
    const { folder, audit } = folderOf()
    audit.add(entry)
    const head = readFileSync(join(folder, 'audit.head'), 'utf8')
    audit.add(entry)
    writeFileSync(join(folder, 'audit.head'), head)
    expect(audit.check().gaps).toEqual([])
    audit.add(entry)
    expect(audit.check()).toEqual({ entries: 3, gaps: [] })
  })

  test('goes on after entries of a version that wrote no chain', () => {
    const { file, audit } = folderOf()
    writeFileSync(file, '{"at":1,"said":"old","who":{"role":null,"address":"x"},"what":"stop","difference":[]}\n')
    audit.add(entry)
    expect(audit.check()).toEqual({ entries: 2, gaps: [] })
  })
})

describe('what can be repeated without end', () => {
  test('is written at once, then summed up', () => {
    let now = 0
    const written: string[] = []
    const add = ({ said }: Omit<Entry, 'at'>) => void written.push(said)
    const sums = new Sums(
      { add },
      () => now,
      () => {},
    )
    for (let i = 0; i < 5000; i++)
      sums.count('a', { ...entry, said: 'wrong', who: { role: null, address: `${i % 3}` } })
    expect(written).toEqual(['wrong'])
    now = sumMs
    sums.look()
    expect(written).toEqual(['wrong', 'wrong: 4999 more times, from 3 addresses'])
    for (let i = 0; i < 5000; i++) sums.count(`key ${i}`, { ...entry, said: `said ${i}` })
    expect(written.length).toBeLessThan(110)
    sums.close()
    expect(written.length).toBeLessThan(110)
    expect(written.at(-1)).toContain('4899 more times')
  })
})

describe('rules that may do more', () => {
  const one = { lock: 'main', who: { role: 'keyholder', address: 'x' }, said: 'saved a.yaml' } as const
  const never = (words: string) => expect.unreachable(words)
  test.each<[string, string[]]>([
    ['{', []],
    ['{"length":3}', []],
    ['null', []],
    ['[null,{"lock":"main","at":1e999},{"__proto__":{"lock":"main"}}]', []],
    [`[7,${JSON.stringify({ ...one, at: 5, times: 1, worst: { before: [], after: [] } })}]`, ['main']],
    [`[${JSON.stringify({ ...one, at: 5, times: 1, worst: { before: [{}], after: [] } })}]`, []],
  ])('of a file that says %s what is a notice is read, and the rest told', (text, locks) => {
    const { folder } = folderOf()
    writeFileSync(join(folder, 'raised.json'), text)
    const said: string[] = []
    const notices = new RaisedNotices(folder, (words) => said.push(words))
    expect(notices.list().map(({ lock }) => lock)).toEqual(locks)
    expect(said).toEqual([
      expect.stringContaining('raised.json in the data folder holds an entry that is not a notice'),
    ])
    notices.add({ ...one, lock: 'other', worst: { before: [], after: ['2 h'] } })
    expect(new RaisedNotices(folder, never).list().map(({ lock }) => lock)).toEqual([...locks, 'other'])
  })

  test('wait for the wearer, from what was seen last to what is now', () => {
    const { folder } = folderOf()
    const notices = new RaisedNotices(folder, never, () => 5)
    notices.add({ ...one, worst: { before: ['1 h'], after: ['2 h'] } })
    const takeBack = notices.add({ ...one, worst: { before: ['2 h'], after: ['9 h'] } })
    takeBack()
    notices.add({ ...one, worst: { before: ['2 h'], after: ['3 h'] } })
    notices.add({ ...one, lock: 'other', worst: { before: [], after: [] } })
    const again = new RaisedNotices(folder, never)
    expect(again.list()).toMatchObject([
      { lock: 'main', at: 6, times: 2, worst: { before: ['1 h'], after: ['3 h'] } },
      { lock: 'other' },
    ])
    expect(again.putAway('main', 5)).toBeNull()
    expect(again.putAway('main', 6)).toMatchObject({ lock: 'main' })
    expect(again.list().map(({ lock }) => lock)).toEqual(['other'])
  })

  test('and limits that are others, each of its own', () => {
    const { folder } = folderOf()
    const notices = new RaisedNotices(folder, never)
    notices.add({ ...one, worst: { before: ['1 h'], after: ['2 h'] } })
    notices.add({ ...one, what: 'limits', worst: { before: ['a'], after: ['b'] } })
    notices.add({ ...one, what: 'limits', worst: { before: ['b'], after: ['c'] } })
    expect(notices.list()).toMatchObject([
      { times: 1 },
      { what: 'limits', times: 2, worst: { before: ['a'], after: ['c'] } },
    ])
    expect(notices.putAway('main', Number.MAX_SAFE_INTEGER, 'limits')).toMatchObject({ what: 'limits' })
    expect(notices.list()).toMatchObject([{ worst: { after: ['2 h'] } }])
  })

  test('the limits of a folder are compared with those before, and told until that could be told', () => {
    const { folder } = folderOf()
    const heard: string[][] = []
    const told = (before: readonly string[]) => void heard.push([...before])
    new Agreed(folder).note('main', ['a'], told)
    new Agreed(folder).note('main', ['a'], told)
    new Agreed(folder).note('other', ['x'], told)
    expect(heard).toEqual([])
    const cannot = () => {
      throw new Error('the disk is full')
    }
    expect(() => new Agreed(folder).note('main', ['b'], cannot)).toThrow('full')
    new Agreed(folder).note('main', ['b'], told)
    new Agreed(folder).note('main', ['b'], told)
    new Agreed(folder).note('main', ['a'], told)
    expect(heard).toEqual([['a'], ['b']])
  })
})
