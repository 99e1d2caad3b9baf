import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type Database from 'better-sqlite3'
import { type Change, changeOf, emptyKept, type Kept, type RuleMemory } from '../core/kept.ts'
import { keyText, type LedgerRow, type RowKey } from '../core/ledger.ts'
import type { Journal } from '../core/ports.ts'
import { understood } from './database.ts'
import { openGuard, promise } from './marker.ts'
import { fromColumn, notAsWritten, stored } from './stored.ts'

/** The first commits of a process each fold the write-ahead log in, and later ones so long after the last time. */
const firstFolds = 5
const foldEveryMs = 3_600_000

/**
 * The journal in SQLite: memory, rows and version of a lock change in one transaction. `also` stores in it what is
 * better stored along with others than by itself. A commit rejects where the database's file is not the one that was
 * opened any more, so that no request leaves on the strength of what nobody will find again.
 */
export function openJournal(database: Database.Database, also: () => void = () => undefined): Journal {
  const guard = openGuard(database)
  let [folds, foldedAt] = [0, 0]
  /** A copy of the file alone is to hold nearly everything, and the folder is to say so. */
  const fold = () => {
    if (database.memory || (folds >= firstFolds && performance.now() - foldedAt < foldEveryMs)) return
    database.pragma('wal_checkpoint(PASSIVE)')
    promise(dirname(database.name), database)
    folds += 1
    foldedAt = performance.now()
  }
  const insertLock = database.prepare<[string, string]>(
    'INSERT OR IGNORE INTO lock (name, version, head) VALUES (?, 0, ?)',
  )
  const change = changing(database)
  const store = database.transaction((lock: string, from: number, made: Change): number | 'moved-on' => {
    if (!change(lock, from, made)) return 'moved-on'
    also()
    return from + 1
  })
  return {
    async open(lock) {
      return understood(database, () => {
        const found = readKept(database, lock)
        if (found) return found
        const fresh = emptyKept(randomUUID())
        const { memory: _, rows: __, ...head } = fresh
        insertLock.run(lock, JSON.stringify(head))
        return { kept: fresh, version: 0 }
      })
    },
    async commit(lock, from, made) {
      guard()
      const stored = store.immediate(lock, from, made)
      fold()
      return stored
    },
  }
}

/** Stores a change of what is remembered of a lock, to be called in a transaction; false where somebody was faster. */
function changing(database: Database.Database): (lock: string, from: number, change: Change) => boolean {
  const raise = database.prepare<[string, string, number]>(
    'UPDATE lock SET version = version + 1, head = ? WHERE name = ? AND version = ?',
  )
  const remember = database.prepare<[string, string, string]>(
    'INSERT INTO memory (lock, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
  )
  const add = database.prepare(
    `INSERT INTO ledger (lock, session, mode, rule, occurrence, position, action, state, at, body)
     VALUES (@lock, @session, @mode, @rule, @occurrence, @position, @action, @state, @at, @body)`,
  )
  const move = database.prepare(
    `UPDATE ledger SET state = @state, body = @body
     WHERE lock = @lock AND session = @session AND mode = @mode AND rule = @rule AND occurrence = @occurrence
       AND position = @position`,
  )
  return (lock, from, change) => {
    if (raise.run(JSON.stringify(change.head), lock, from).changes === 0) return false
    for (const [key, memory] of change.memory) remember.run(lock, key, JSON.stringify(memory))
    for (const row of change.added) add.run(columnsOf(row))
    for (const row of change.moved) {
      if (move.run(columnsOf(row)).changes !== 1) throw new Error(`the ledger lacks the row ${keyText(row)}`)
    }
    return true
  }
}

/** Stores what is remembered of a lock as it was changed by hand; for a database that nobody else has open. */
export function replaceKept(database: Database.Database, lock: string, before: Kept, after: Kept): void {
  const found = readKept(database, lock)
  const change = changeOf(before, after)
  if (found && change) changing(database)(lock, found.version, change)
}

/** Stores what is remembered of a lock entry that the database knows nothing of yet. */
export function addKept(database: Database.Database, lock: string, kept: Kept): void {
  const { memory: _, rows: __, ...head } = kept
  database.prepare('INSERT INTO lock (name, version, head) VALUES (?, 0, ?)').run(lock, JSON.stringify(head))
  const change = changeOf({ ...kept, memory: {}, rows: [] }, kept)
  if (change) changing(database)(lock, 0, change)
}

/** The lock entries that a database knows of. */
export function locksIn(database: Database.Database): string[] {
  const locks = database.prepare<[], { name: string }>('SELECT name FROM lock ORDER BY name').all()
  return locks.map(({ name }) => name)
}

/**
 * What is remembered of a lock entry, or null where it never ran; reads only. Throws a `Mistake` where anything of it
 * is not as lockwarden writes it.
 */
export function readKept(database: Database.Database, lock: string): { kept: Kept; version: number } | null {
  const found = database
    .prepare<[string], { version: number; head: string }>('SELECT version, head FROM lock WHERE name = ?')
    .get(lock)
  if (!found) return null
  const memory: Record<string, RuleMemory> = {}
  const memories = database.prepare<[string], { key: string; body: string }>(
    'SELECT key, body FROM memory WHERE lock = ?',
  )
  const of = (part: string) => `the ${part} of the lock ${lock} in ${database.name}`
  for (const { key, body } of memories.iterate(lock)) {
    memory[key] = fromColumn(stored.memory, body, of('memory of a rule'))
  }
  const rows: LedgerRow[] = []
  const ledger = database.prepare<[string], RowKey & { body: string }>(
    `SELECT lock, session, mode, rule, occurrence, position, body FROM ledger WHERE lock = ? ORDER BY rowid`,
  )
  for (const { body, ...key } of ledger.iterate(lock)) {
    const row = fromColumn(stored.row, body, of('ledger'))
    // A row that is found under another key could never move on, and would be sent again.
    if (keyText(row) !== keyText(key)) throw notAsWritten(of('ledger'), 'a row stands under the key of another')
    rows.push(row)
  }
  const head = fromColumn(stored.head, found.head, of('head'))
  return { kept: { ...head, memory, rows }, version: found.version }
}

function columnsOf(row: LedgerRow): Record<string, string | number> {
  const { lock, session, mode, rule, occurrence, position, action, state, at } = row
  return { lock, session, mode, rule, occurrence, position, action, state, at, body: JSON.stringify(row) }
}
