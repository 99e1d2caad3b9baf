// What the ledger claims, read beside the daemon or after its death.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { LedgerRow } from '../../src/core/model/row.ts'

/** The rows of a data folder in the order of their planning; none where there is no ledger yet. */
export function ledgerIn(folder: string): LedgerRow[] {
  const file = join(folder, 'lockwarden.db')
  if (!existsSync(file)) return []
  let database: Database.Database | undefined
  try {
    database = new Database(file, { readonly: true, fileMustExist: true, timeout: 1000 })
    const bodies = database.prepare<[], { body: string }>('SELECT body FROM ledger ORDER BY rowid').all()
    return bodies.map(({ body }) => JSON.parse(body))
  } catch (error) {
    // A daemon that is making its database has no ledger yet, and one just killed may leave the file to be recovered.
    if (/no such table|locked|unable to open/.test(String(error))) return []
    throw error
  } finally {
    database?.close()
  }
}
