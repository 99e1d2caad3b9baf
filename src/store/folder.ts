import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'
import { errorCode, isFull, lacksFiles, notOurs, systemWords } from '../errno.ts'
import type { Tenant } from './store.ts'

const tenantName = 'daemon.json'

/**
 * Locks a data folder for this process, so that each folder has one daemon. The lock is a file lock of SQLite, which
 * the system releases when the process ends, however it ends. Throws a `Mistake` if another daemon has the lock or the
 * folder cannot be used.
 */
export function holdFolder(folder: string, tenant: Tenant): { release(): void } {
  let hold: Database.Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    hold = new Database(join(folder, 'daemon.lock'), { timeout: 0 })
    hold.pragma('locking_mode = EXCLUSIVE')
    hold.exec('BEGIN EXCLUSIVE')
    writeFileSync(join(folder, tenantName), `${JSON.stringify(tenant)}\n`)
  } catch (error) {
    hold?.close()
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) {
      const other = tenantOf(folder)
      throw new Mistake(`another lockwarden${other ? ` (process ${other.pid})` : ''} is running on ${folder}`)
    }
    throw new Mistake(notOurs(folder) ?? `cannot use the data folder ${folder}: ${whyNot(error, folder)}`)
  }
  return {
    release() {
      rmSync(join(folder, tenantName), { force: true })
      hold.close()
    },
  }
}

/** Whether a daemon or a restore holds the lock of a data folder now. */
export function isHeld(folder: string): boolean {
  const file = join(folder, 'daemon.lock')
  if (!existsSync(file)) return false
  let hold: Database.Database | undefined
  try {
    hold = new Database(file, { timeout: 0, fileMustExist: true })
    hold.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch (error) {
    return errorCode(error)?.startsWith('SQLITE_BUSY') === true
  } finally {
    hold?.close()
  }
}

function whyNot(error: unknown, folder: string): string {
  if (isFull(error, folder)) return 'the disk is full; make room'
  return lacksFiles(error) ? systemWords(error) : error instanceof Error ? error.message : String(error)
}

/** Throws a `Mistake` if a data folder, or its database, belongs to another user. */
export function mustBeReached(folder: string): void {
  for (const path of [folder, join(folder, 'lockwarden.db')]) {
    const words = notOurs(path)
    if (words !== null) throw new Mistake(words)
  }
}

/** The daemon that runs, or last ran, on a data folder; null if none is recorded. */
export function tenantOf(folder: string): Tenant | null {
  try {
    return JSON.parse(readFileSync(join(folder, tenantName), 'utf8'))
  } catch {
    return null
  }
}
