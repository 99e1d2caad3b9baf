import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'

/** The file beside the database that says how much its ledger holds at least, by lock. */
const markerName = 'ledger.json'

/** How many actions of a lock the ledger holds, and how many requests had left for them. */
export interface Held {
  rows: number
  sent: number
}

export type Promised = ReadonlyMap<string, Held>

/** What a folder promises about its database. A file that cannot be read promises nothing, and is written again. */
export function promisedIn(folder: string): Promised {
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, markerName), 'utf8'))
    const entries: [string, unknown][] = typeof read === 'object' && read !== null ? Object.entries(read) : []
    return new Map(entries.flatMap(([lock, held]) => (isHeld(held) ? [[lock, held] as const] : [])))
  } catch {
    return new Map()
  }
}

function isHeld(value: unknown): value is Held {
  const { rows, sent } = (value ?? {}) as Partial<Held>
  return Number.isSafeInteger(rows) && Number.isSafeInteger(sent)
}

/** Writes down what a folder's database holds now. Throws if it cannot. */
export function promise(folder: string, held: Promised): void {
  const file = join(folder, markerName)
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(held)), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** What a database holds. */
export function heldIn(database: Database.Database): Promised {
  const counted = database
    .prepare<[], Held & { lock: string }>(
      "SELECT lock, count(*) AS rows, sum(body ->> '$.attempts') AS sent FROM ledger GROUP BY lock",
    )
    .all()
  return new Map(counted.map(({ lock, rows, sent }) => [lock, { rows, sent }]))
}

/** What a database holds of one lock. */
export function heldOf(database: Database.Database, lock: string): Held {
  const counted = database
    .prepare<[string], Held>(
      "SELECT count(*) AS rows, coalesce(sum(body ->> '$.attempts'), 0) AS sent FROM ledger WHERE lock = ?",
    )
    .get(lock)
  return counted ?? { rows: 0, sent: 0 }
}

/**
 * Throws a `Mistake` if a database lacks actions that its folder promised, or requests that left: then it was emptied,
 * or replaced by an older copy. Otherwise, what was done would be done again and count against no limit. Read the
 * promise before the database, since a daemon may go on writing both. `name` is the name of the database's file.
 */
export function mustHold(promised: Promised, held: Promised, name: string): void {
  const short = [...promised].flatMap(([lock, { rows, sent }]) => {
    const is = held.get(lock) ?? { rows: 0, sent: 0 }
    if (is.rows < rows) return `${lock} has ${is.rows} of ${rows}`
    return is.sent < sent ? `${lock} knows of ${is.sent} of the ${sent} requests that left` : []
  })
  if (short.length > 0) {
    const what = `of the actions that its ledger held, ${short.join(', ')}`
    throw lost(`the database ${name} is not the one that was here: ${what}`, [join(dirname(name), markerName)])
  }
}

/**
 * Throws a `Mistake` if a database that was here is missing or empty. Call it before opening: SQLite would create a new
 * database, and delete the log that is still beside it.
 */
export function mustBeThere(file: string): void {
  const size = sizeOf(file)
  if (size !== null && size > 0) return
  const held = [...promisedIn(dirname(file)).values()].reduce((sum, { rows }) => sum + rows, 0)
  const log = `${file}-wal`
  const tells = [held > 0 ? join(dirname(file), markerName) : [], sizeOf(log) ? log : []].flat()
  if (tells.length === 0) return
  const had = held > 0 ? `its ledger held ${held === 1 ? 'an action' : `${held} actions`}` : `a part of it is in ${log}`
  throw lost(
    `the database ${file} is ${size === null ? 'gone' : 'empty'}: it is not the one that was here, ${had}`,
    tells,
  )
}

function lost(what: string, tells: readonly string[]): Mistake {
  const away = tells.join(' and ')
  return new Mistake(
    `${what}. Put it back, with the files -wal and -shm that stood beside it, or "lockwarden restore" a backup. ` +
      `To start again, with limits that forget all that was done so far, remove ${away}`,
  )
}

function sizeOf(file: string): number | null {
  const found = lookAt(file)
  return found && Number(found.size)
}

/** The identity of a file, whatever its name. */
function identityOf(file: string): string | null {
  const found = lookAt(file)
  return found && `${found.dev} ${found.ino}`
}

/** Null if the file cannot be looked at. */
function lookAt(file: string) {
  try {
    return statSync(file, { bigint: true })
  } catch {
    return null
  }
}

/** Checks that the files of a database are still those that were opened. Null, or a text for people. */
export function openGuard(database: Database.Database): () => string | null {
  if (database.memory) return () => null
  const file = database.name
  const was = new Map([file, `${file}-wal`, `${file}-shm`].map((path) => [path, identityOf(path)]))
  return () => {
    for (const [path, before] of was) {
      const is = identityOf(path)
      if (is === before) continue
      if (before === null) {
        was.set(path, is)
        continue
      }
      // If the folder was moved, perhaps between two of these looks, all files are gone.
      const now = identityOf(file)
      return now === was.get(file) ? strippedWords(path) : goneWords(file, now)
    }
    return null
  }
}

function goneWords(file: string, is: string | null): string {
  const meanwhile = 'while the daemon was running'
  return is === null
    ? `${file} was taken away ${meanwhile}; put it back, and it goes on; otherwise stop the daemon and "lockwarden restore" a backup`
    : `another file was put in the place of ${file} ${meanwhile}; stop the daemon, put the right one back, and start it again`
}

/** At its end the daemon writes what it knows into the database, whatever happened to the files beside it. */
function strippedWords(path: string): string {
  return `${path} was taken away or replaced while the daemon was running; stop the daemon and start it again`
}
