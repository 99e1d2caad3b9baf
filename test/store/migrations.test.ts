// Each schema that was ever written, as it was written then, is brought up to date with all that was in it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyKept } from '../../src/core/model/kept.ts'
import { restore } from '../../src/store/backup.ts'
import { lookIntoDatabase, newestSchema, openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { rowOf } from '../core/rows.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-migrations-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const first = `
  CREATE TABLE lock (name TEXT PRIMARY KEY, version INTEGER NOT NULL, head TEXT NOT NULL) STRICT;
  CREATE TABLE memory (
    lock TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (lock, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (
    lock TEXT NOT NULL, session TEXT NOT NULL, mode TEXT NOT NULL, rule TEXT NOT NULL, occurrence TEXT NOT NULL,
    position INTEGER NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (lock, session, mode, rule, occurrence, position)
  ) STRICT;
`
const second = `${first}
  CREATE TABLE looks (
    lock TEXT NOT NULL, topic TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, interval INTEGER NOT NULL,
    trouble TEXT, moments TEXT NOT NULL, PRIMARY KEY (lock, topic, since)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lines (
    lock TEXT NOT NULL, topic TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (lock, topic, name, at)
  ) STRICT, WITHOUT ROWID;
`
const fourth = `${second}
  ALTER TABLE ledger ADD COLUMN retained INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX ledger_retained ON ledger (lock) WHERE retained = 1;
`
/** By version; one more stands here with each migration. The third is about what stands in the tables as JSON. */
const schemas = ['', first, second, second, fourth]

const rows = [1, 2, 3].map((n) => rowOf('log', { lock: 'main', session: 'a'.repeat(24), occurrence: `e${n}`, at: n }))
const head = (({ memory: _, rows: __, ...rest }) => rest)(emptyKept('a seed'))

/** A database as an older program left it. */
function older(version: number): void {
  const database = new Database(join(folder, 'lockwarden.db'))
  database.exec(schemas[version] ?? '')
  database.pragma(`user_version = ${version}`)
  if (version > 0) {
    const { past: _, ...before } = head
    const known = version > 3 ? head : before
    database.prepare('INSERT INTO lock VALUES (?, ?, ?)').run('main', 7, JSON.stringify(known))
    const add = database.prepare(
      `INSERT INTO ledger (lock, session, mode, rule, occurrence, position, action, state, at, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const row of rows) {
      const { lock, session, mode, rule, occurrence, position, action, state, at } = row
      add.run(lock, session, mode, rule, occurrence, position, action, state, at, JSON.stringify(row))
    }
  }
  if (version > 1) {
    database.prepare('INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?, ?)').run('main', 'a.b', 1, 2, 3, null, '0.1')
    database.prepare('INSERT INTO lines VALUES (?, ?, ?, ?, ?)').run('main', 'a.b', 'lock.frozen', 1, '[true]')
  }
  database.close()
}

/** Tables with their columns, whatever their text looks like. */
function shapeOf(database: Database.Database): unknown {
  const tables = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
  return tables.map(({ name }) => [name, database.pragma(`table_xinfo(${name})`)])
}

describe('a database of schema', () => {
  test('each that was ever written has its place here', () => {
    expect(schemas).toHaveLength(newestSchema + 1)
  })

  test.each(schemas.map((_, version) => version))(
    '%i is brought up to date, and nothing in it is lost',
    async (version) => {
      older(version)
      if (version > 0) {
        const looked = lookIntoDatabase(folder)
        expect(looked && readKept(looked, 'main')?.kept.rows).toEqual(rows)
        looked?.close()
        const left = new Database(join(folder, 'lockwarden.db'))
        expect(left.pragma('user_version', { simple: true })).toBe(version)
        left.close()
      }
      const database = openDatabase(folder)
      expect(database.pragma('user_version', { simple: true })).toBe(newestSchema)
      const fresh = mkdtempSync(join(tmpdir(), 'lockwarden-migrations-'))
      const other = openDatabase(fresh)
      expect(shapeOf(database)).toEqual(shapeOf(other))
      other.close()
      rmSync(fresh, { recursive: true })
      if (version > 0) {
        expect(readKept(database, 'main')).toEqual({ kept: { ...emptyKept('a seed'), rows }, version: 7 })
        expect((await openJournal(database).open('main')).version).toBe(7)
      }
      if (version > 1) {
        expect(database.prepare('SELECT count(*) AS n FROM looks').get()).toEqual({ n: 1 })
        expect(database.prepare('SELECT count(*) AS n FROM lines').get()).toEqual({ n: 1 })
      }
      database.close()
      // The second time there is nothing to do.
      const again = openDatabase(folder)
      expect(again.pragma('user_version', { simple: true })).toBe(newestSchema)
      again.close()
      lookIntoDatabase(folder)?.close()
    },
  )

  test.each([1, 2, 3, 4])('%i, in a backup of then, is brought up to date by the restore', (version) => {
    older(version)
    const file = join(folder, 'lockwarden.db')
    const backup = new Database(file)
    const manifest = { format: 1, madeAt: 5, version: '0.1.0', locks: ['main'], stopped: [] }
    backup.exec('CREATE TABLE lockwarden_backup (manifest TEXT NOT NULL) STRICT')
    backup.prepare('INSERT INTO lockwarden_backup VALUES (?)').run(JSON.stringify(manifest))
    backup.close()
    const data = join(folder, 'data')
    expect(restore(data, file, 9)).toEqual({ manifest, aside: null, unsettled: rows.length, carried: 0 })
    const database = openDatabase(data)
    expect(database.pragma('user_version', { simple: true })).toBe(newestSchema)
    const { kept } = readKept(database, 'main') ?? {}
    expect(kept?.rows.map(({ occurrence, state }) => [occurrence, state])).toEqual([
      ['e1', 'unsettled'],
      ['e2', 'unsettled'],
      ['e3', 'unsettled'],
    ])
    expect(kept?.restoredAt).toBe(9)
    database.close()
  })

  test('what holds a table of somebody else is left as it was', () => {
    older(1)
    const inTheWay = new Database(join(folder, 'lockwarden.db'))
    inTheWay.exec('CREATE TABLE lines (x)')
    inTheWay.close()
    expect(() => openDatabase(folder)).toThrow(
      /is not a database that lockwarden made: the table lines is not one of its own/,
    )
    const left = new Database(join(folder, 'lockwarden.db'))
    expect(left.pragma('user_version', { simple: true })).toBe(1)
    expect(left.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'looks'").get()).toEqual({ n: 0 })
    left.close()
  })
})
