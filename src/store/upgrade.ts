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
 * Opens the database of a data folder as `openDatabase` does. If an older build wrote it, a backup is kept beside it
 * first, and the upgrade is tried on a copy of that. If the trial fails, it throws a `Mistake`, and the database is
 * unchanged.
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

/** Upgrades a copy of the backup, and reads everything that the daemon will read. */
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
    // A full disk is worth further tries: somebody may make room.
    isFull(error) ? 1 : 2,
  )
}

/** A name that is not used yet: somebody may have gone back to an older version before. */
function freeName(name: string): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}-${n}`
    if (!existsSync(free)) return free
  }
}
