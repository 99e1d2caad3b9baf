import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeOf } from '../../src/core/kept.ts'
import { databaseFile, openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { mustHoldPromised, promise } from '../../src/store/marker.ts'
import { rowOf } from '../core/rows.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-marker-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A journal to which so many rows were committed, one after the other. */
async function written(rows: number) {
  const database = openDatabase(folder)
  const journal = openJournal(database)
  let { kept, version } = await journal.open('main')
  const add = async () => {
    const after = { ...kept, rows: [...kept.rows, rowOf('log', { occurrence: `e${kept.rows.length}` })] }
    const change = changeOf(kept, after)
    if (!change) throw new Error('nothing to commit')
    const stored = await journal.commit('main', version, change)
    if (stored === 'moved-on') throw new Error('moved on')
    version = stored
    kept = after
  }
  for (let i = 0; i < rows; i++) await add()
  return { database, add }
}

test.each(['taken away', 'replaced by a copy'])('nothing is committed once the database was %s', async (what) => {
  const { database, add } = await written(1)
  const file = databaseFile(folder)
  copyFileSync(file, `${file}.copy`)
  renameSync(file, `${file}.away`)
  if (what.startsWith('replaced')) renameSync(`${file}.copy`, file)
  await expect(add()).rejects.toThrow('was taken away or replaced while the daemon was running')
  if (what.startsWith('replaced')) rmSync(file)
  renameSync(`${file}.away`, file)
  await add()
  database.close()
})

test('a copy of the file alone holds the first actions, although nobody has closed it', async () => {
  const { database } = await written(2)
  const copy = mkdtempSync(join(tmpdir(), 'lockwarden-copy-'))
  copyFileSync(databaseFile(folder), databaseFile(copy))
  const other = openDatabase(copy)
  expect(readKept(other, 'main')?.kept.rows).toHaveLength(2)
  other.close()
  database.close()
  rmSync(copy, { recursive: true, force: true })
})

test('a database without the actions that its folder promises is a fault, not a beginning', async () => {
  const { database } = await written(3)
  promise(folder, database)
  database.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(databaseFile(folder) + suffix, { force: true })
  const fresh = openDatabase(folder)
  expect(() => mustHoldPromised(folder, fresh)).toThrow('main has 0 of 3')
  rmSync(join(folder, 'ledger.json'))
  expect(() => mustHoldPromised(folder, fresh)).not.toThrow()
  fresh.close()
})
