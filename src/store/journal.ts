import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type Database from 'better-sqlite3'
import { changeOf } from '../core/memory/changes.ts'
import { keyText } from '../core/memory/ledger.ts'
import { type Change, emptyKept, type Kept } from '../core/model/kept.ts'
import { noPast } from '../core/model/past.ts'
import type { Journal } from '../core/model/ports.ts'
import type { LedgerRow, RowKey } from '../core/model/row.ts'
import type { RuleMemory } from '../core/model/rulememory.ts'
import { Mistake } from '../document/fault.ts'
import { storingWords, understood } from './database.ts'
import { heldOf, openGuard, promise, promisedIn } from './marker.ts'
import type { HistoryQuery } from './store.ts'
import { fromColumn, notAsWritten, stored } from './stored.ts'

/** After each of the first commits of a process, the write-ahead log is written into the file at the next rest. */
const firstFolds = 5
/** Later this happens after so many commits, or after so many rests in a row without one. */
const mostUnfolded = 16
const calmRests = 8

/**
 * The journal in SQLite: memory, rows and version of a lock change in one transaction. `also` stores further data in
 * the same transaction. A commit rejects if the database's file is no longer the one that was opened, so that no
 * request leaves because of a row that nobody will find again. At rests the log is written into the file, so that a
 * copy of the file alone holds nearly everything, and the folder notes how much that is.
 */
export function openJournal(database: Database.Database, also: () => void = () => undefined): Journal {
  const folder = dirname(database.name)
  const gone = openGuard(database)
  /** What the folder promises. For locks that are no longer in the config, the earlier promise stays. */
  const held = new Map(database.memory ? [] : promisedIn(folder))
  let promised = false
  let [folds, unfolded, rests] = [0, 0, 0]
  const count = (lock: string, { added, sent }: Change) => {
    const before = held.get(lock) ?? { rows: 0, sent: 0 }
    held.set(lock, { rows: before.rows + added.length, sent: before.sent + sent })
    if (added.length > 0 || sent > 0) promised = false
    unfolded += 1
    rests = 0
  }
  const keepPromise = () => {
    if (promised) return
    promised = true
    try {
      promise(folder, held)
    } catch {
      // If this file cannot be written, commits fail too, and that is reported.
    }
  }
  const fold = () => {
    if (folds >= firstFolds && unfolded < mostUnfolded && rests < calmRests) return
    try {
      database.pragma('wal_checkpoint(PASSIVE)')
    } catch {
      // Data in the log is not lost, and a failing commit is reported.
    }
    folds += 1
    unfolded = 0
  }
  const insertLock = database.prepare<[string, string]>(
    'INSERT OR IGNORE INTO lock (name, version, head) VALUES (?, 0, ?)',
  )
  const versionOf = database.prepare<[string], { version: number }>('SELECT version FROM lock WHERE name = ?')
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
        if (found) {
          held.set(lock, heldOf(database, lock))
          return found
        }
        const fresh = emptyKept(randomUUID())
        const { memory: _, rows: __, ...head } = fresh
        insertLock.run(lock, JSON.stringify(head))
        return { kept: fresh, version: 0 }
      })
    },
    async version(lock) {
      return understood(database, () => versionOf.get(lock)?.version ?? 0)
    },
    async commit(lock, from, made) {
      const away = gone()
      if (away !== null) throw new Mistake(away)
      try {
        const stored = store.immediate(lock, from, made)
        if (stored !== 'moved-on') count(lock, made)
        return stored
      } catch (error) {
        throw new Mistake(`nothing can be stored in ${database.name}: ${storingWords(error)}`)
      }
    },
    gone,
    rest() {
      if (database.memory || gone() !== null) return
      keepPromise()
      if (unfolded === 0) return
      rests += 1
      fold()
    },
  }
}

/** Stores a change of a lock's memory; call it in a transaction. False if somebody else was faster. */
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
  const leave = database.prepare(
    `UPDATE ledger SET retained = 0
     WHERE lock = @lock AND session = @session AND mode = @mode AND rule = @rule AND occurrence = @occurrence
       AND position = @position`,
  )
  const recall = database.prepare<[string]>('UPDATE ledger SET retained = 1 WHERE lock = ? AND retained = 0')
  return (lock, from, change) => {
    if (raise.run(JSON.stringify(change.head), lock, from).changes === 0) return false
    if (change.recalled) recall.run(lock)
    for (const [key, memory] of change.memory) remember.run(lock, key, JSON.stringify(memory))
    for (const row of change.added) add.run(columnsOf(row))
    for (const row of change.moved) {
      if (move.run(columnsOf(row)).changes !== 1) throw new Error(`the ledger lacks the row ${keyText(row)}`)
    }
    for (const key of change.left) {
      if (leave.run(keyOf(key)).changes !== 1) throw new Error(`the ledger lacks the row ${keyText(key)}`)
    }
    return true
  }
}

/** Stores a lock's memory after a change outside of the loop; only for a database that nobody else has open. */
export function replaceKept(database: Database.Database, lock: string, before: Kept, after: Kept): void {
  const found = readKept(database, lock)
  const change = changeOf(before, after)
  if (found && change) changing(database)(lock, found.version, change)
}

/** Stores the memory of a lock entry that is new to the database. */
export function addKept(database: Database.Database, lock: string, kept: Kept): void {
  const { memory: _, rows: __, ...head } = kept
  database.prepare('INSERT INTO lock (name, version, head) VALUES (?, 0, ?)').run(lock, JSON.stringify(head))
  const change = changeOf({ ...kept, memory: {}, rows: [] }, kept)
  if (change) changing(database)(lock, 0, change)
}

/** Has every row of a database retained again, as where none has left yet; for one that nobody else has open. */
export function recallAll(database: Database.Database): void {
  database.exec('UPDATE ledger SET retained = 1 WHERE retained = 0')
  const forget = database.prepare<[string]>(
    "UPDATE lock SET head = json_set(head, '$.past', json(?)) WHERE json_valid(head)",
  )
  forget.run(JSON.stringify(noPast))
}

/** The lock entries that a database knows of. */
export function locksIn(database: Database.Database): string[] {
  const locks = database.prepare<[], { name: string }>('SELECT name FROM lock ORDER BY name').all()
  return locks.map(({ name }) => name)
}

/**
 * The memory of a lock entry with its retained rows, or null if it never ran. Throws a `Mistake` if anything of it is
 * not as lockwarden writes it.
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
  const rows = rowsIn(
    database,
    lock,
    `SELECT ${columns} FROM ledger WHERE lock = @lock AND retained = 1 ORDER BY rowid`,
  )
  const head = fromColumn(stored.head, found.head, of('head'))
  return { kept: { ...head, memory, rows }, version: found.version }
}

/** Rows of a lock's ledger, in the order in which they were added. Throws as `readKept` does. */
export function readHistory(
  database: Database.Database,
  lock: string,
  { rule, state, since, settled, most }: HistoryQuery,
): LedgerRow[] {
  // Malformed rows are selected too, so that they are reported.
  const shown = `CASE WHEN json_valid(body)
    THEN coalesce(json_extract(body, '$.sentAt'), json_extract(body, '$.endedAt'), at) ELSE at END`
  const wanted = `SELECT rowid, ${columns} FROM ledger WHERE lock = @lock AND (@rule IS NULL OR rule = @rule)
    AND (@state IS NULL OR state = @state)
    AND (@since IS NULL OR NOT json_valid(body) OR ${shown} >= @since)
    AND (@settled IS NULL OR NOT json_valid(body) OR (json_extract(body, '$.settledBy') IS NOT NULL) = @settled)`
  const newest = most === undefined ? wanted : `${wanted} ORDER BY ${shown} DESC, rowid DESC LIMIT @most`
  const byWord = settled === undefined ? null : Number(settled)
  const asked = { rule: rule ?? null, state: state ?? null, since: since ?? null, settled: byWord, most: most ?? null }
  return rowsIn(database, lock, `SELECT ${columns} FROM (${newest}) ORDER BY rowid`, asked)
}

const columns = 'lock, session, mode, rule, occurrence, position, body'

function rowsIn(
  database: Database.Database,
  lock: string,
  statement: string,
  asked: Record<string, unknown> = {},
): LedgerRow[] {
  const found = database.prepare<[Record<string, unknown>], RowKey & { body: string }>(statement)
  const of = `the ledger of the lock ${lock} in ${database.name}`
  const rows: LedgerRow[] = []
  for (const { body, ...key } of found.iterate({ lock, ...asked })) {
    const row = fromColumn(stored.row, body, of)
    // A row under the wrong key could never change its state, and would be sent again.
    if (keyText(row) !== keyText(key)) throw notAsWritten(of, 'a row stands under the key of another')
    rows.push(row)
  }
  return rows
}

function columnsOf(row: LedgerRow): Record<string, string | number> {
  const { action, state, at } = row
  return { ...keyOf(row), action, state, at, body: JSON.stringify(row) }
}

function keyOf({ lock, session, mode, rule, occurrence, position }: RowKey): Record<string, string | number> {
  return { lock, session, mode, rule, occurrence, position }
}
