import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'

/** Stands beside the database and says how many actions its ledger held at least, by the names of the locks. */
const markerName = 'ledger.json'

type Promised = Readonly<Record<string, number>>

/**
 * Throws a `Mistake` where a database lacks actions that its folder once had: it was taken away, emptied, or an older
 * copy was put in its place. What was done would be done again, and would count against no limit.
 */
export function mustHoldPromised(folder: string, database: Database.Database): void {
  const promised = promisedIn(folder)
  const held = rowsIn(database)
  const short = Object.entries(promised).filter(([lock, rows]) => (held.get(lock) ?? 0) < rows)
  if (short.length === 0) return
  const lacking = short.map(([lock, rows]) => `${lock} has ${held.get(lock) ?? 0} of ${rows}`).join(', ')
  throw new Mistake(
    `the database ${database.name} is not the one that was here: of the actions that its ledger held, ${lacking}. ` +
      `Put it back, or "lockwarden restore" a backup. To begin anew, with limits that know of nothing done so far, ` +
      `take ${join(folder, markerName)} away`,
  )
}

/** Writes down how many actions a ledger holds now. */
export function promise(folder: string, database: Database.Database): void {
  const file = join(folder, markerName)
  const rows = JSON.stringify(Object.fromEntries(rowsIn(database)))
  if (existsSync(file) && readFileSync(file, 'utf8') === rows) return
  writeFileSync(`${file}.new`, rows, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function promisedIn(folder: string): Promised {
  const file = join(folder, markerName)
  if (!existsSync(file)) return {}
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const entries = typeof read === 'object' && read !== null ? Object.entries(read) : []
    return Object.fromEntries(entries.filter(([, rows]) => Number.isSafeInteger(rows)))
  } catch {
    // A file that cannot be read promises nothing; it is written anew with the next action.
    return {}
  }
}

function rowsIn(database: Database.Database): Map<string, number> {
  const counted = database
    .prepare<[], { lock: string; rows: number }>('SELECT lock, count(*) AS rows FROM ledger GROUP BY lock')
    .all()
  return new Map(counted.map(({ lock, rows }) => [lock, rows]))
}

/** Which file it is, whatever its name: null where there is none. */
function identityOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found ? `${found.dev} ${found.ino}` : null
}

/** What is to be asked before each commit: whether the database's file is still the one that was opened. */
export function openGuard(database: Database.Database): () => void {
  const was = identityOf(database.name)
  return () => {
    if (identityOf(database.name) === was) return
    throw new Mistake(
      `${database.name} was taken away or replaced while the daemon was running; nothing is sent. ` +
        'Stop the daemon, put the database back, and start it again',
    )
  }
}
