import { describe, expect, test } from 'vitest'
import { type Migration, migrated, newestVersion, removedFaults, versionFault } from '../../src/config/migrate.ts'
import { parseYaml } from '../../src/document/yaml.ts'
import { faultsOf, load, said } from './files.ts'

const rest = 'locks: { main: { chastify: { token: dev-1 } } }\n'

function documentOf(text: string) {
  const { document } = parseYaml('config.yaml', text)
  if (!document) throw new Error('this is no YAML')
  return document
}

describe('the version of a config', () => {
  test('1 is the one there is', async () => {
    expect(newestVersion).toBe(1)
    expect((await load(`version: 1\n${rest}`)).mode).toBe('dry-run')
  })

  test.each([
    [
      'version: 2\n',
      'this file is written for a newer lockwarden; this program knows version 1 of this file; install the newer one again',
    ],
    [
      'version: 99\n',
      'this file is written for a newer lockwarden; this program knows version 1 of this file; install the newer one again',
    ],
    ['', '"version" is missing; write version: 1 at the top of the file'],
    ['version: 0\n', 'this program knows version 1 of this file; write version: 1'],
    ['version: "1"\n', 'this program knows version 1 of this file; write version: 1'],
    ['version: 1.5\n', 'this program knows version 1 of this file; write version: 1'],
    ['version:\n', 'this program knows version 1 of this file; write version: 1'],
  ])('%j is told in one fault', async (line, words) => {
    expect((await faultsOf(`${line}${rest}`)).map(said)).toEqual([words])
  })
})

/** What versions to come might do. */
const known: readonly Migration[] = [
  {
    removed: { 'locks.*.interval': 'write poll: { chastify: … }' },
    change: ({ locks, ...others }) => ({
      ...others,
      locks: Object.fromEntries(
        Object.entries(locks as Record<string, Record<string, unknown>>).map(([name, { interval, ...lock }]) => [
          name,
          interval === undefined ? lock : { ...lock, poll: { chastify: interval } },
        ]),
      ),
    }),
  },
  {
    removed: { simulate: 'write mode: dry-run' },
    change: ({ simulate, ...others }) => ({ ...others, mode: simulate ? 'dry-run' : 'live' }),
  },
]

describe('migrations', () => {
  test('lead from any version to the newest, one after the other, and leave what they are given', () => {
    const value = { version: 1, simulate: true, locks: { main: { interval: '30s' }, other: {} } }
    const before = structuredClone(value)
    expect(migrated(value, known)).toEqual({
      version: 3,
      mode: 'dry-run',
      locks: { main: { poll: { chastify: '30s' } }, other: {} },
    })
    expect(value).toEqual(before)
    expect(migrated({ version: 2, simulate: false, locks: {} }, known)).toEqual({ version: 3, mode: 'live', locks: {} })
  })

  test('leave a file of today, and what is none, as it is', () => {
    for (const value of [
      { version: 3, locks: {} },
      { version: 9 },
      { locks: {} },
      { version: 'x' },
      null,
      'text',
      [],
    ]) {
      expect(migrated(value, known)).toBe(value)
    }
  })

  test('an older file is no fault, a newer one is', () => {
    expect(versionFault(documentOf('version: 2'), known)).toBeNull()
    expect(versionFault(documentOf('version: 4'), known)?.hint).toContain('version 3')
  })

  test('a key that is gone is told with what to write instead, in a file of today', () => {
    const text = 'version: 3\nsimulate: true\nlocks:\n  main:\n    interval: 30s\n'
    const faults = removedFaults(documentOf(text), known)
    expect(faults.map((fault) => [`${fault.place.line}:${fault.place.column}`, said(fault)])).toEqual([
      ['2:1', 'version 3 has no "simulate" any more; write mode: dry-run'],
      ['5:5', 'version 3 has no "interval" any more; write poll: { chastify: … }'],
    ])
    expect(removedFaults(documentOf(text.replace('3', '2')), known)).toEqual([])
  })
})
