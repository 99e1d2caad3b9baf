// A file that was restored may be anybody's: what is in it acts by nothing of its own, and is read by schema, before the
// data folder is touched and at every start.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeOf } from '../../src/core/memory/changes.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { Mistake } from '../../src/document/fault.ts'
import { backUp, restore } from '../../src/store/backup.ts'
import { lookIntoDatabase, openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { rowOf } from '../core/rows.ts'
import { household } from '../e2e/daemon.ts'
import { openServices } from '../e2e/services.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-hostile-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const row = rowOf('log', { state: 'applied', sentAt: 5, endedAt: 6 })

/** A data folder in which something was done, and a backup of it. */
async function lived(): Promise<string> {
  const database = openDatabase(folder)
  const journal = openJournal(database)
  const { kept, version } = await journal.open('main')
  const change = changeOf(kept, { ...kept, rows: [row] })
  if (change) await journal.commit('main', version, change)
  database.close()
  const file = join(folder, 'backup')
  backUp(folder, file, { version: '1', now: 9 })
  return file
}

function altered(file: string, statements: string): void {
  const database = new Database(file)
  database.exec(statements)
  database.close()
}

function mistake(act: () => unknown): Mistake {
  try {
    act()
  } catch (error) {
    if (error instanceof Mistake) return error
    throw error
  }
  throw new Error('nothing was wrong with it')
}

const shapes: [string, string, RegExp][] = [
  [
    'a trigger',
    'CREATE TRIGGER gone AFTER INSERT ON ledger BEGIN DELETE FROM ledger; END',
    /the trigger gone is not one of its own/,
  ],
  ['a view', 'CREATE VIEW more AS SELECT 1', /the view more is not one of its own/],
  ['another table', 'CREATE TABLE other (x)', /the table other is not one of its own/],
  ['an index', 'CREATE INDEX quick ON ledger (rule)', /the index quick is not one of its own/],
  ['a table too few', 'DROP TABLE looks', /the table looks is missing/],
  [
    'a view in the place of a table',
    'DROP TABLE lines; CREATE VIEW lines AS SELECT 1 AS lock, 2 AS topic, 3 AS name, 4 AS at, 5 AS body',
    /the view lines is not one of its own/,
  ],
  [
    'a table that keeps less',
    'DROP TABLE memory; CREATE TABLE memory (lock, key, body)',
    /the table memory is not made as it should be/,
  ],
]

describe.each(shapes)('%s', (_, statements, words) => {
  test('in a database is a fault at every start', async () => {
    await lived()
    altered(join(folder, 'lockwarden.db'), statements)
    for (const opening of [openDatabase, lookIntoDatabase]) {
      const wrong = mistake(() => opening(folder))
      expect(wrong.message).toMatch(words)
      expect(wrong.message).toContain('lockwarden restore')
      expect(wrong.exitCode).toBe(2)
    }
  })

  test('in a backup is refused before the folder is touched', async () => {
    const file = await lived()
    altered(file, statements)
    const before = readFileSync(join(folder, 'lockwarden.db'))
    const names = readdirSync(folder).sort()
    expect(mistake(() => restore(folder, file, 10)).message).toMatch(words)
    expect(readFileSync(join(folder, 'lockwarden.db')).equals(before)).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(names)
    const fresh = join(folder, 'fresh')
    expect(mistake(() => restore(fresh, file, 10)).message).toMatch(words)
    expect(existsSync(fresh)).toBe(false)
  })
})

test('a view that stands for what a backup says of itself is asked nothing', async () => {
  const file = await lived()
  altered(file, `DROP TABLE lockwarden_backup; CREATE VIEW lockwarden_backup AS SELECT '{}' AS manifest`)
  expect(mistake(() => restore(folder, file, 10)).message).toContain('the view lockwarden_backup is not one of its own')
})

const { memory: _, rows: __, ...head } = emptyKept('seed')
const contents: [string, string, RegExp][] = [
  ['a head that is no JSON', `UPDATE lock SET head = '{'`, /the head of the lock main in .*\(it is no JSON\)/],
  ['a head of another kind', `UPDATE lock SET head = '[]'`, /the head of the lock main/],
  [
    'a head with a moment that is none',
    `UPDATE lock SET head = '${JSON.stringify({ ...head, storedAt: 1 }).replace('"storedAt":1', '"storedAt":1e999')}'`,
    /\(storedAt: /,
  ],
  [
    'a head with odd sessions',
    `UPDATE lock SET head = '${JSON.stringify({ ...head, sessions: { a: { key: 'a', accepted: true } } })}'`,
    /\(sessions\.a\./,
  ],
  [
    'an action of a size below 0',
    `UPDATE ledger SET body = json_set(body, '$.effect.seconds', -3600)`,
    /the ledger of the lock main .*\(effect\.seconds: /,
  ],
  ['an action in no state', `UPDATE ledger SET body = json_set(body, '$.state', 'gone')`, /\(state: /],
  [
    'an action under the key of another',
    `UPDATE ledger SET occurrence = 'e2'`,
    /a row stands under the key of another/,
  ],
  ['a memory of another kind', `INSERT INTO memory VALUES ('main', 'live a r', '{}')`, /the memory of a rule/],
]

describe.each(contents)('%s', (_, statements, words) => {
  test('is a fault that says what to do', async () => {
    const file = await lived()
    altered(file, statements)
    const before = readFileSync(join(folder, 'lockwarden.db'))
    expect(mistake(() => restore(folder, file, 10)).message).toMatch(words)
    expect(readFileSync(join(folder, 'lockwarden.db')).equals(before)).toBe(true)
    altered(join(folder, 'lockwarden.db'), statements)
    const database = openDatabase(folder)
    const wrong = mistake(() => readKept(database, 'main'))
    database.close()
    expect(wrong.message).toMatch(words)
    expect(wrong.message).toContain('"lockwarden restore" puts a backup in its place')
    expect(wrong.exitCode).toBe(2)
  })
})

test.each([
  ['lines', `INSERT INTO lines VALUES ('main', 'a.b', 'x', 1, '{"why":1}')`],
  ['presses', `INSERT INTO lines VALUES ('main', 'people.inputs', 'x', 1, '"held"')`],
  ['looks', `INSERT INTO looks VALUES ('main', 'a.b', 1, 1, 1, NULL, '?')`],
])('%s of the record that nobody can have written are refused', async (_, statements) => {
  const file = await lived()
  altered(file, statements)
  expect(mistake(() => restore(folder, file, 10)).message).toContain('what was recorded of the readings is not as')
})

test.each([
  ['no moment', { madeAt: 9e15 }],
  ['a switch of another name', { stopped: ['STOP/../x'] }],
  ['a lock of another name', { locks: ['a\u001b'] }],
])('a backup that says %s of itself is refused', async (_, odd) => {
  const file = await lived()
  const manifest = { format: 1, madeAt: 9, version: '1', locks: ['main'], stopped: [], ...odd }
  const database = new Database(file)
  database.prepare('UPDATE lockwarden_backup SET manifest = ?').run(JSON.stringify(manifest))
  database.close()
  expect(mistake(() => restore(folder, file, 10)).message).toContain('says of itself is not as lockwarden writes it')
})

test('a row that is not there is not moved on in silence', async () => {
  await lived()
  const database = openDatabase(folder)
  const journal = openJournal(database)
  const { kept, version } = await journal.open('main')
  database.exec('DELETE FROM ledger')
  const change = changeOf(kept, { ...kept, rows: [{ ...row, state: 'unsettled' }] })
  if (!change) throw new Error('nothing changed')
  await expect(journal.commit('main', version, change)).rejects.toThrow('the ledger lacks the row')
  database.close()
})

test('a daemon on a head that is not ours ends with 2, which no unit starts again', async () => {
  await using services = await openServices()
  await using home = household(services)
  expect((await home.run(['run', '--once'])).code).toBe(0)
  altered(home.path('data/lockwarden.db'), `UPDATE lock SET head = '{}'`)
  const said = await home.run(['run', '--once'])
  expect(said.code).toBe(2)
  expect(said.err.trim().split('\n').at(-1)).toMatch(/^lockwarden: the head of the lock main in .*restore/)
  writeFileSync(home.path('data/STOP'), '')
  expect((await home.run(['status'])).code).toBe(2)
})
