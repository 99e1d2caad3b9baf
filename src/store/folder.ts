import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Mistake } from '../document/fault.ts'
import { lacksFiles, systemWords } from '../errno.ts'

/** What a running daemon says of itself in its data folder. */
export interface Tenant {
  pid: number
  run: string
  /** Where it listens for commands. */
  socket: string
}

const tenantName = 'daemon.json'

/**
 * Makes a data folder this process's own, so that there is one daemon for each. The hold is a file lock of SQLite's,
 * which the system takes away with the process however it ends. Throws a `Mistake` where another daemon has it or
 * the folder cannot be used.
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
    const why = lacksFiles(error) ? systemWords(error) : error instanceof Error ? error.message : error
    throw new Mistake(`cannot use the data folder ${folder}: ${why}`)
  }
  return {
    release() {
      rmSync(join(folder, tenantName), { force: true })
      hold.close()
    },
  }
}

/** Who runs, or last ran, on a data folder; null where nobody says so. */
export function tenantOf(folder: string): Tenant | null {
  try {
    return JSON.parse(readFileSync(join(folder, tenantName), 'utf8'))
  } catch {
    return null
  }
}
