import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type Database from 'better-sqlite3'
import * as z from 'zod'
import type { Instant } from '../core/calendar/time.ts'
import { restored } from '../core/memory/restored.ts'
import type { Kept } from '../core/model/kept.ts'
import type { LedgerRow } from '../core/model/row.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode, isFull } from '../errno.ts'
import {
  backupTable,
  damageIn,
  databaseFile,
  mustBeOurs,
  newestSchema,
  openDatabase,
  openWarily,
  schemaIn,
  sqliteWords,
  upToDateCopy,
} from './database.ts'
import { holdFolder, mustBeReached } from './folder.ts'
import { addKept, locksIn, readHistory, readKept, recallAll, replaceKept } from './journal.ts'
import { heldIn, mustBeThere, mustHold, type Promised, promise, promisedIn } from './marker.ts'
import { mustBeRecord } from './record.ts'
import type { Made, Manifest } from './store.ts'
import { fromColumn } from './stored.ts'
import { setSwitch, switchFiles } from './switch.ts'

/** The only backup format that the program knows. */
const format = 1
const table = 'lockwarden_backup'
/** A name of a lock, as the config takes them. */
const lockName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)
const latestMoment = 8_640_000_000_000_000

const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal(format),
  madeAt: z.int().min(0).max(latestMoment),
  version: z.string().max(100),
  locks: z.array(lockName),
  stopped: z.array(z.string().regex(/^STOP(\.[a-z0-9-]{1,60})?$/)),
})
/** How to recognise a later format. */
const anyManifest = z.object({ format: z.number(), version: z.string().max(100).optional() })

/**
 * Writes the present state of a data folder's database into one new file, whether a daemon is running or not. A
 * manifest says whether the switch was set. Tokens, rules and the config are not in it. Throws a `Mistake` if there is
 * nothing to back up or the file cannot be written.
 */
export function backUp(data: string, file: string, made: Made): Manifest {
  const source = databaseFile(data)
  mustBeReached(data)
  const promised = promisedIn(data)
  mustBeThere(source)
  if (!existsSync(source)) throw new Mistake(`there is nothing to back up: no daemon has stored anything in ${data}`)
  if (existsSync(file)) throw new Mistake(`there is a file ${file} already; name another, or remove it`, 2)
  if (!existsSync(dirname(file))) throw new Mistake(`there is no folder ${dirname(file)}; make it first`, 2)
  const part = `${file}.part-${process.pid}`
  try {
    const database = openWarily(source, { fileMustExist: true, timeout: 10_000 })
    try {
      // One read transaction: it neither waits for a daemon that goes on writing nor holds it up.
      database.prepare('VACUUM INTO ?').run(part)
    } finally {
      database.close()
    }
    chmodSync(part, 0o600)
    const manifest = describe(part, data, promised, made)
    flush(part)
    renameSync(part, file)
    flush(dirname(file))
    return manifest
  } catch (error) {
    if (error instanceof Mistake) throw error
    throw new Mistake(`${source} cannot be backed up to ${file}: ${fileWords(error, dirname(file))}`)
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${part}${end}`, { force: true })
  }
}

function describe(part: string, data: string, promised: Promised, { version, now }: Made): Manifest {
  const copy = openWarily(part)
  try {
    const wrong = damageIn(copy)
    if (wrong !== null)
      throw new Mistake(`the database in ${data} is damaged (${wrong}); an earlier backup may be whole`)
    mustBeOurs(copy, schemaIn(copy))
    mustHold(promised, heldIn(copy), databaseFile(data))
    const names = locksIn(copy)
    const stopped = switchFiles([data], names).map((path) => basename(path))
    const manifest: Manifest = { format, madeAt: now, version, locks: names, stopped }
    // Somebody may have used a backup as the database: then its manifest goes.
    copy.exec(`DROP TABLE IF EXISTS ${table}; ${backupTable}`)
    copy.prepare(`INSERT INTO ${table} VALUES (?)`).run(JSON.stringify(manifest))
    return manifest
  } finally {
    copy.close()
  }
}

/** The result of a restore. */
export interface Restored {
  manifest: Manifest
  /** Where the old database is now; null if there was none. */
  aside: string | null
  /** How many actions were on their way in the backup; a person must say whether they were done. */
  unsettled: number
  /** How many actions are kept that are not in the backup; null if the old database cannot be read. */
  carried: number | null
}

/**
 * Puts a backup in the place of a data folder's database, which is kept aside. `restored` in core takes up its
 * contents, so that nothing is done a second time. The switch is set if it was set then. Throws a `Mistake` if a daemon
 * is running there, or the file is not a complete backup; then nothing is changed.
 */
export function restore(data: string, file: string, now: Instant): Restored {
  const manifest = manifestOf(file)
  mustBeReadable(file)
  const hold = holdFolder(data, { pid: process.pid, run: `restore ${randomUUID()}`, socket: '' })
  const trial = join(data, `restoring-${process.pid}`)
  try {
    mkdirSync(trial, { mode: 0o700 })
    const prepared = databaseFile(trial)
    copyFileSync(file, prepared)
    chmodSync(prepared, 0o600)
    const { unsettled, carried, held } = prepare(trial, now, knownIn(data, join(trial, 'there')))
    flush(prepared)
    for (const name of manifest.stopped) setSwitchAgain(data, name, manifest)
    const aside = putAside(data, now)
    renameSync(prepared, databaseFile(data))
    flush(data)
    // From now on the folder expects what the restored database holds, and no more.
    promise(data, held)
    return { manifest, aside, unsettled, carried }
  } catch (error) {
    if (error instanceof Mistake) throw error
    throw new Mistake(`${file} cannot be restored to ${data}: ${fileWords(error, data)}`)
  } finally {
    rmSync(trial, { recursive: true, force: true })
    hold.release()
  }
}

/** The manifest of a backup. Throws a `Mistake` if the file is not a backup, is damaged, or is of a newer program. */
export function manifestOf(file: string): Manifest {
  if (!existsSync(file)) throw new Mistake(`there is no file ${file}`, 2)
  if (!statSync(file).isFile()) throw new Mistake(`${file} is no file; name the one that "lockwarden backup" made`, 2)
  let backup: Database.Database | undefined
  try {
    backup = openWarily(file, { readonly: true, fileMustExist: true })
    const version = schemaIn(backup)
    if (version > newestSchema) {
      throw new Mistake(`${file} was made by a newer lockwarden (schema ${version}); use that version`)
    }
    // Check first that it is a table: a query to a view of that name might never end.
    const found = backup
      .prepare<[string], { type: string }>('SELECT type FROM sqlite_schema WHERE name = ? LIMIT 1')
      .get(table)
    if (!found) throw new Mistake(`${file} is no backup; name the file that "lockwarden backup" made`)
    mustBeOurs(backup, version)
    const wrong = damageIn(backup)
    if (wrong !== null) throw new Mistake(`the backup ${file} is damaged (${wrong}); use another`)
    const row = backup.prepare<[], { manifest: string }>(`SELECT manifest FROM ${table} LIMIT 1`).get()
    const what = `what the backup ${file} says of itself`
    const { format: its, version: by = 'unknown' } = fromColumn(anyManifest, row?.manifest ?? '', what)
    if (its !== format) throw new Mistake(`${file} was made by a newer lockwarden (${by}); use that version`)
    return fromColumn(manifestSchema, row?.manifest ?? '', what)
  } catch (error) {
    if (error instanceof Mistake) throw error
    throw new Mistake(`${file} cannot be read as a backup: ${fileWords(error)}`)
  } finally {
    backup?.close()
  }
}

/** Throws a `Mistake` if anything in a backup, after the upgrade, is not as lockwarden writes it. */
export function mustBeReadable(file: string): void {
  const backup = openWarily(file, { readonly: true, fileMustExist: true })
  let now = backup
  try {
    const version = schemaIn(backup)
    if (version === 0) throw new Mistake(`${file} is no backup: there is nothing in it`)
    if (version < newestSchema) now = upToDateCopy(backup)
    for (const name of locksIn(now)) {
      readKept(now, name)
      readHistory(now, name, {})
      mustBeRecord(now, name)
    }
  } finally {
    if (now !== backup) now.close()
    backup.close()
  }
}

type Known = ReadonlyMap<string, Kept>

/** The memory in a data folder, read from a copy of it; null if it cannot be read. */
function knownIn(data: string, copy: string): Known | null {
  const there = databaseFile(data)
  if (!existsSync(there)) return new Map()
  mkdirSync(copy, { mode: 0o700 })
  for (const end of ['', '-wal']) {
    if (existsSync(`${there}${end}`)) copyFileSync(`${there}${end}`, `${databaseFile(copy)}${end}`)
  }
  let database: Database.Database | undefined
  try {
    database = openDatabase(copy)
    recallAll(database)
    const known = new Map<string, Kept>()
    for (const name of locksIn(database)) {
      const found = readKept(database, name)
      if (found) known.set(name, found.kept)
    }
    return known
  } catch {
    // The damage may be the reason for the restore.
    return null
  } finally {
    database?.close()
  }
}

/**
 * Upgrades the copy and takes it up, with what is known of the time since. Returns how many of its actions were on
 * their way, how many were not in it, and what it holds in the end.
 */
function prepare(
  folder: string,
  now: Instant,
  known: Known | null,
): Pick<Restored, 'unsettled' | 'carried'> & { held: Promised } {
  const database = openDatabase(folder)
  try {
    let [unsettled, carried] = [0, 0]
    database.transaction(() => {
      database.exec(`DROP TABLE ${table}`)
      recallAll(database)
      const names = locksIn(database)
      for (const name of names) {
        const found = readKept(database, name)
        if (!found) continue
        const after = restored(found.kept, now, known?.get(name) ?? null)
        const isNew = (row: LedgerRow, i: number) =>
          row.state === 'unsettled' && found.kept.rows[i]?.state !== row.state
        unsettled += after.rows.filter(isNew).length
        carried += after.rows.length - found.kept.rows.length
        replaceKept(database, name, found.kept, after)
      }
      for (const [name, kept] of known ?? []) {
        if (names.includes(name)) continue
        addKept(database, name, restored(kept, now))
        carried += kept.rows.length
      }
    })()
    // One file, without the log beside the database.
    database.pragma('wal_checkpoint(TRUNCATE)')
    return { unsettled, carried: known === null ? null : carried, held: heldIn(database) }
  } finally {
    database.close()
  }
}

function setSwitchAgain(data: string, name: string, { madeAt }: Manifest): void {
  const [, lock] = /^STOP(?:\.([a-z0-9-]+))?$/.exec(name) ?? []
  setSwitch(data, lock ?? null, `was set when the backup of ${new Date(madeAt).toISOString()} was made`)
}

/**
 * Gives the present database a second name, under which it stays when another takes its place. So there is a database
 * at every moment; a daemon that began without one would do everything again.
 */
function putAside(data: string, now: Instant): string | null {
  const there = databaseFile(data)
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  let aside = `${there}.before-${stamp}`
  for (let n = 2; existsSync(aside); n++) aside = `${there}.before-${stamp}-${n}`
  foldIn(there)
  // The log of a damaged database must not be used for the other one.
  if (existsSync(`${there}-wal`)) renameSync(`${there}-wal`, `${aside}-wal`)
  rmSync(`${there}-shm`, { force: true })
  if (!existsSync(there)) return null
  try {
    linkSync(there, aside)
  } catch {
    copyFileSync(there, aside)
    flush(aside)
  }
  return aside
}

/** Moves the last commits of a database from its log into the file, as far as possible. */
function foldIn(file: string): void {
  // If SQLite opened an empty file, it would delete the log, which still holds the data.
  if (!existsSync(file) || statSync(file).size === 0) return
  try {
    openWarily(file).close()
  } catch {
    // It is damaged, and stays as it is.
  }
}

function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function fileWords(error: unknown, folder?: string): string {
  const code = errorCode(error)
  if (isFull(error, folder)) return 'there is no room left on the disk'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'its folder cannot be written to by this user'
  if (code === 'ENOENT') return 'there is no such folder'
  return sqliteWords(error)
}
