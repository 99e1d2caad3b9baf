import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'
import { errorCode, isFull, lacksFiles, systemWords } from '../errno.ts'
import { mustBeReached } from './folder.ts'
import { toFirstForm } from './forms.ts'
import { heldIn, mustBeThere, mustHold, promisedIn } from './marker.ts'
import { shapeOf, strangeIn } from './shape.ts'

/**
 * Each entry takes the schema one version further: tables by statements, the JSON in them by a function. Never edit a
 * released entry.
 */
const migrations: readonly (string | ((database: Database.Database) => void))[] = [
  `
  CREATE TABLE lock (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    head TEXT NOT NULL
  ) STRICT;
  CREATE TABLE memory (
    lock TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lock, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (
    lock TEXT NOT NULL,
    session TEXT NOT NULL,
    mode TEXT NOT NULL,
    rule TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lock, session, mode, rule, occurrence, position)
  ) STRICT;
  `,
  `
  CREATE TABLE looks (
    lock TEXT NOT NULL,
    topic TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    interval INTEGER NOT NULL,
    trouble TEXT,
    moments TEXT NOT NULL,
    PRIMARY KEY (lock, topic, since)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lines (
    lock TEXT NOT NULL,
    topic TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lock, topic, name, at)
  ) STRICT, WITHOUT ROWID;
  `,
  toFirstForm,
  // What is not retained is in the store alone: nothing asks for it any more but people.
  `
  ALTER TABLE ledger ADD COLUMN retained INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX ledger_retained ON ledger (lock) WHERE retained = 1;
  UPDATE lock SET head = json_insert(head, '$.past', json('{"before":null,"sums":{}}')) WHERE json_valid(head);
  `,
]

/** The schema this program writes. */
export const newestSchema = migrations.length

/** The table that a backup has beside those of its schema. */
export const backupTable = 'CREATE TABLE lockwarden_backup (manifest TEXT NOT NULL) STRICT'

/** The parts of a database of each schema, as the migrations make it. */
const shapes = new Map<string, ReturnType<typeof shapeOf>>()

function shapeFrom(statements: string): ReturnType<typeof shapeOf> {
  const known = shapes.get(statements)
  if (known) return known
  const fresh = new Database(':memory:')
  fresh.exec(statements)
  const shape = shapeOf(fresh)
  fresh.close()
  shapes.set(statements, shape)
  return shape
}

/**
 * Throws a `Mistake` if a database has a table, view, trigger or index that lockwarden did not make: it could change
 * stored data by itself.
 */
export function mustBeOurs(database: Database.Database, version: number): void {
  const statements = migrations.slice(0, version).filter((one) => typeof one === 'string')
  const should = shapeFrom(statements.join('\n'))
  // If somebody used a backup as the database, its own table is still there.
  const strange = strangeIn(shapeOf(database), should, shapeFrom(backupTable))
  if (strange === null) return
  throw new Mistake(
    `${database.name} is not a database that lockwarden made: ${strange}. Nothing of it is used; ` +
      '"lockwarden restore" puts a backup in its place',
    2,
  )
}

/** Opens a file as an untrusted database: its schema cannot run functions, and SQLite checks its cells. */
export function openWarily(file: string, options: Database.Options = {}): Database.Database {
  const database = new Database(file, options)
  database.pragma('trusted_schema = OFF')
  database.pragma('cell_size_check = ON')
  return database
}

/** The database of a data folder. */
export function databaseFile(folder: string): string {
  return join(folder, 'lockwarden.db')
}

/**
 * Opens the database of a data folder and brings its schema up to date. Throws a `Mistake` that says what to do if it
 * cannot be opened, is damaged, lacks rows that its folder promises, or was made by a newer program. Every commit is on
 * disk when it returns.
 */
export function openDatabase(folder: string): Database.Database {
  const file = databaseFile(folder)
  mustBeReached(folder)
  mustBeThere(file)
  return opening(file, {}, (database, version) => {
    // Commits change few bytes and write whole pages, so pages are small. This must be set before the first table is
    // made.
    if (version === 0) database.pragma('page_size = 1024')
    database.pragma('journal_mode = WAL')
    // WAL alone may lose the last commits in a power cut, and with them what keeps an action from being sent twice.
    database.pragma('synchronous = FULL')
    if (version < migrations.length) bringUpToDate(database)
    mustHold(promisedIn(folder), heldIn(database), file)
    return database
  })
}

/**
 * Opens the database read-only; null if no daemon has stored anything yet. A database of an older build is left
 * unchanged; a copy in memory is upgraded. Throws as `openDatabase` does.
 */
export function lookIntoDatabase(folder: string): Database.Database | null {
  const file = databaseFile(folder)
  mustBeReached(folder)
  const promised = promisedIn(folder)
  mustBeThere(file)
  if (!existsSync(file)) return null
  return opening(file, { readonly: true, fileMustExist: true }, (database, version) => {
    mustHold(promised, version === 0 ? new Map() : heldIn(database), file)
    if (version === migrations.length) return database
    const copy = version === 0 ? null : upToDateCopy(database)
    database.close()
    return copy
  })
}

/** An upgraded copy in memory of a database that an older build wrote. */
export function upToDateCopy(database: Database.Database): Database.Database {
  const bytes = database.serialize()
  // A database in memory has no log beside it, and SQLite does not open one whose header asks for a log.
  bytes.fill(1, 18, 20)
  const copy = new Database(bytes)
  try {
    copy.pragma('trusted_schema = OFF')
    bringUpToDate(copy)
    return copy
  } catch (error) {
    copy.close()
    throw error
  }
}

/**
 * The number of the schema that the database of a data folder has; 0 where there is none yet. Throws as `openDatabase`
 * does.
 */
export function schemaOf(folder: string): number {
  const file = databaseFile(folder)
  mustBeReached(folder)
  mustBeThere(file)
  if (!existsSync(file)) return 0
  return opening(file, { readonly: true, fileMustExist: true }, (database, version) => {
    database.close()
    return version
  })
}

/** The number of the schema that a database has; 0 where nothing was ever stored in it. */
export function schemaIn(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

function opening<T>(
  file: string,
  options: Database.Options,
  prepare: (database: Database.Database, version: number) => T,
): T {
  let database: Database.Database | undefined
  try {
    database = openWarily(file, { timeout: 2000, ...options })
    const version = schemaIn(database)
    if (version > migrations.length) {
      throw new Mistake(
        `${file} was written by a newer lockwarden (schema ${version}); use that version or a backup`,
        2,
      )
    }
    mustBeOurs(database, version)
    return prepare(database, version)
  } catch (error) {
    database?.close()
    if (error instanceof Mistake) throw error
    throw new Mistake(`cannot use ${file}: ${sqliteWords(error, dirname(file))}`, isDamage(error) ? 2 : 1)
  }
}

/** Upgrades a database to the schema of this build, completely or not at all. */
export function bringUpToDate(database: Database.Database): void {
  database.transaction(() => {
    for (const migration of migrations.slice(schemaIn(database))) {
      if (typeof migration === 'string') database.exec(migration)
      else migration(database)
    }
    database.pragma(`user_version = ${migrations.length}`)
  })()
}

/** Reads the whole database. Returns what is damaged, or null. Throws a `Mistake` if it cannot be read. */
export function damageIn(database: Database.Database): string | null {
  try {
    const said = String(database.pragma('quick_check(1)', { simple: true }))
    return said === 'ok' ? null : said.replace(/\s*\n\s*/g, ' ')
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw new Mistake(`cannot use ${database.name}: ${sqliteWords(error)}`)
  }
}

/** Whether another try cannot help. */
function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error) ?? '')
}

/** Runs a query. Damage beyond the first page shows only now, and is reported as when opening. */
export function understood<T>(database: Database.Database, query: () => T): T {
  try {
    return query()
  } catch (error) {
    if (error instanceof Mistake) throw error
    throw new Mistake(`cannot use ${database.name}: ${sqliteWords(error)}`, isDamage(error) ? 2 : 1)
  }
}

/** Why a database cannot be written to any more, for people, and how to fix it. */
export function storingWords(error: unknown): string {
  const code = (error as { code?: string }).code ?? ''
  const words = sqliteWords(error)
  if (code.startsWith('SQLITE_FULL')) return 'the disk is full; make room'
  if (code.startsWith('SQLITE_IOERR'))
    return `the disk does not take it (${words}); check whether it is full or failing`
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return 'it cannot be written to any more; check its permissions, and whether the disk is read-only'
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'another program holds it; end that'
  return words
}

/** A problem with a database in a folder, in words for people. */
export function sqliteWords(error: unknown, folder?: string): string {
  if (isDamage(error)) return 'it is damaged; restore a backup'
  if (lacksFiles(error)) return systemWords(error)
  if (isFull(error, folder)) return 'the disk is full; make room'
  if (/^SQLITE_(READONLY|CANTOPEN)/.test(errorCode(error) ?? '')) return 'the folder cannot be written to'
  return error instanceof Error ? error.message : String(error)
}
