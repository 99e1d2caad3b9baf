import { copyFileSync, existsSync, rmSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'
import { isFull } from '../errno.ts'
import { backUp } from './backup.ts'
import {
  bringUpToDate,
  databaseFile,
  newestSchema,
  openDatabase,
  openWarily,
  schemaOf,
  sqliteWords,
} from './database.ts'
import { locksIn, readKept } from './journal.ts'
import type { Made, Upgrade } from './store.ts'

/**
 * Opens the database of a data folder as `openDatabase` does. One that an older build wrote is kept beside it first, as
 * a backup, and the way to this build is tried on a copy of that: where it does not work, a `Mistake` says so, and the
 * database is what it was.
 */
export function openUpgraded(folder: string, made: Made): { database: Database.Database; upgrade: Upgrade | null } {
  const file = databaseFile(folder)
  const [from, to] = [schemaOf(folder), newestSchema]
  if (from === 0 || from === to) return { database: openDatabase(folder), upgrade: null }
  const copy = freeName(`${file}.before-${from}`)
  backUp(folder, copy, made)
  try {
    tryOn(copy, `${file}.trial-${process.pid}`)
    return { database: openDatabase(folder), upgrade: { from, to, copy } }
  } catch (error) {
    rmSync(copy, { force: true })
    throw failed(file, from, error)
  }
}

/** Brings a copy of a copy up to date, and reads what the daemon will read of it. */
function tryOn(copy: string, trial: string): void {
  try {
    copyFileSync(copy, trial)
    const database = openWarily(trial)
    try {
      bringUpToDate(database)
      for (const name of locksIn(database)) readKept(database, name)
    } finally {
      database.close()
    }
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${trial}${end}`, { force: true })
  }
}

function failed(file: string, from: number, error: unknown): Mistake {
  const why = error instanceof Mistake ? error.message : sqliteWords(error)
  return new Mistake(
    `${file} was written by an older lockwarden and cannot be brought up to date (schema ${from} to ${newestSchema}): ` +
      `${why}. It is unchanged, and the version that wrote it can still use it`,
    // Room can be made while it is started again and again.
    isFull(error) ? 1 : 2,
  )
}

/** A name that no file has yet: somebody may have gone back before. */
function freeName(name: string): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}-${n}`
    if (!existsSync(free)) return free
  }
}
