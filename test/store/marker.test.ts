// Whether the database is the one that was here: while a daemon has it open, and at a start.
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { changeOf } from '../../src/core/memory/changes.ts'
import type { Kept } from '../../src/core/model/kept.ts'
import type { Journal } from '../../src/core/model/ports.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { backUp, restore } from '../../src/store/backup.ts'
import { databaseFile, lookIntoDatabase, openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { rowOf } from '../core/rows.ts'

let folder = ''
let file = ''
const open: Database.Database[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-marker-'))
  file = databaseFile(folder)
})
afterEach(() => {
  for (const database of open.splice(0)) database.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A ledger that is written as a daemon writes it. */
class Writing {
  readonly database: Database.Database
  readonly journal: Journal
  #kept: Kept
  #version: number

  private constructor(database: Database.Database, journal: Journal, opened: { kept: Kept; version: number }) {
    this.database = database
    this.journal = journal
    this.#kept = opened.kept
    this.#version = opened.version
  }

  static async open(data = folder): Promise<Writing> {
    const database = openDatabase(data)
    open.push(database)
    const journal = openJournal(database)
    return new Writing(database, journal, await journal.open('main'))
  }

  /** Commits, without a rest. */
  async commit(rows: readonly LedgerRow[]): Promise<void> {
    const after = { ...this.#kept, rows }
    const change = changeOf(this.#kept, after)
    if (!change) throw new Error('nothing to commit')
    const stored = await this.journal.commit('main', this.#version, change)
    if (stored === 'moved-on') throw new Error('moved on')
    this.#version = stored
    this.#kept = after
  }

  /** So many more actions, planned, each a commit and a rest. */
  async add(rows = 1): Promise<void> {
    for (let i = 0; i < rows; i++) {
      await this.commit([...this.#kept.rows, rowOf('log', { occurrence: `e${this.#kept.rows.length}` })])
      this.journal.rest()
    }
  }

  /** The last action leaves. */
  async send(): Promise<void> {
    await this.commit(
      this.#kept.rows.map((row, i, all) => (i < all.length - 1 ? row : { ...row, state: 'sending', attempts: 1 })),
    )
    this.journal.rest()
  }
}

/** What a copy of the database's file alone holds, as another program finds it. */
function rowsInCopy(): number {
  const copy = mkdtempSync(join(tmpdir(), 'lockwarden-copy-'))
  try {
    copyFileSync(file, databaseFile(copy))
    const other = openDatabase(copy)
    const rows = readKept(other, 'main')?.kept.rows.length ?? 0
    other.close()
    return rows
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function removeDatabase(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
}

const taken: [string, words: string, take: () => void, putBack: () => void][] = [
  [
    'was taken away',
    'was taken away while the daemon was running; put it back, and it goes on',
    () => renameSync(file, `${file}.away`),
    () => renameSync(`${file}.away`, file),
  ],
  [
    'was replaced by a copy',
    'another file was put in the place of',
    () => {
      copyFileSync(file, `${file}.copy`)
      renameSync(file, `${file}.away`)
      renameSync(`${file}.copy`, file)
    },
    () => renameSync(`${file}.away`, file),
  ],
  [
    'was taken away with all that stands beside it',
    'was taken away',
    () => {
      for (const suffix of ['', '-wal', '-shm']) renameSync(file + suffix, `${file}${suffix}.away`)
    },
    () => {
      for (const suffix of ['', '-wal', '-shm']) renameSync(`${file}${suffix}.away`, file + suffix)
    },
  ],
  [
    'lost its log',
    '-wal was taken away or replaced while the daemon was running; stop the daemon and start it again',
    () => renameSync(`${file}-wal`, `${file}-wal.away`),
    () => renameSync(`${file}-wal.away`, `${file}-wal`),
  ],
]

describe.each(taken)('a database that %s', (_, words, take, putBack) => {
  test('takes no commit until it is back', async () => {
    const writing = await Writing.open()
    await writing.add()
    expect(writing.journal.gone()).toBeNull()
    take()
    expect(writing.journal.gone()).toContain(words)
    await expect(writing.add()).rejects.toThrow(words)
    putBack()
    expect(writing.journal.gone()).toBeNull()
    await writing.add()
  })
})

test('a folder that is moved between two looks is taken for one that was moved', async () => {
  const writing = await Writing.open()
  await writing.add()
  const mover = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    const { renameSync } = require('node:fs')
    parentPort.on('message', (back) => {
      renameSync(...(back ? [workerData + '.moved', workerData] : [workerData, workerData + '.moved']))
      if (back) parentPort.postMessage('back')
    })`,
    { eval: true, workerData: folder },
  )
  onTestFinished(async () => void (await mover.terminate()))
  for (let times = 0; times < 300; times++) {
    mover.postMessage(false)
    let words = writing.journal.gone()
    while (words === null) words = writing.journal.gone()
    expect(words).toContain(`${file} was taken away`)
    mover.postMessage(true)
    await once(mover, 'message')
  }
})

test('a log that was deleted is written anew at the end, with all that was committed', async () => {
  const writing = await Writing.open()
  await writing.add(3)
  await writing.commit([
    rowOf('log', { occurrence: 'e0' }),
    rowOf('log', { occurrence: 'e1' }),
    rowOf('log', { occurrence: 'e2', state: 'applied' }),
  ])
  rmSync(`${file}-wal`)
  open.pop()?.close()
  const again = await Writing.open()
  expect(readKept(again.database, 'main')?.kept.rows.map(({ state }) => state)).toEqual([
    'planned',
    'planned',
    'applied',
  ])
})

describe('a copy of the file alone', () => {
  test('holds the first actions, although nobody has closed it', async () => {
    const writing = await Writing.open()
    await writing.add(2)
    expect(rowsInCopy()).toBe(2)
  })

  test('holds later ones after some rests without a commit, or when there are many', async () => {
    const writing = await Writing.open()
    await writing.add(5)
    await writing.add(2)
    expect(rowsInCopy()).toBe(5)
    for (let rests = 0; rests < 8; rests++) writing.journal.rest()
    expect(rowsInCopy()).toBe(7)
    await writing.add(15)
    expect(rowsInCopy()).toBe(7)
    await writing.add(1)
    expect(rowsInCopy()).toBe(23)
  })

  test('is not made to hold anything while something is on its way', async () => {
    const writing = await Writing.open()
    await writing.commit([rowOf('log')])
    expect(rowsInCopy()).toBe(0)
    writing.journal.rest()
    expect(rowsInCopy()).toBe(1)
  })
})

describe('at a start', () => {
  const spoilt: [string, words: RegExp, spoil: () => void][] = [
    [
      'no database at all',
      /lockwarden\.db is gone: it is not the one that was here, its ledger held 3 actions/,
      removeDatabase,
    ],
    [
      'an empty file',
      /lockwarden\.db is empty: it is not the one that was here, its ledger held 3 actions/,
      () => {
        removeDatabase()
        writeFileSync(file, '')
      },
    ],
    [
      'a new database',
      /main has 0 of 3/,
      () => {
        removeDatabase()
        const marker = readFileSync(join(folder, 'ledger.json'))
        rmSync(join(folder, 'ledger.json'))
        openDatabase(folder).close()
        writeFileSync(join(folder, 'ledger.json'), marker)
      },
    ],
    [
      'an older copy',
      /main has 2 of 3/,
      () => {
        removeDatabase()
        copyFileSync(`${file}.older`, file)
      },
    ],
    [
      'an older copy that knows the action, but not that it left',
      /main knows of 0 of the 1 requests that left/,
      () => {
        removeDatabase()
        copyFileSync(`${file}.unsent`, file)
      },
    ],
  ]
  const lived = async () => {
    const writing = await Writing.open()
    await writing.add(2)
    copyFileSync(file, `${file}.older`)
    await writing.add()
    copyFileSync(file, `${file}.unsent`)
    await writing.send()
    open.pop()?.close()
  }

  test.each(spoilt)('%s is a fault that says what to do, not a beginning', async (_, words, spoil) => {
    await lived()
    spoil()
    const before = readdirSync(folder).toSorted()
    for (const opening of [openDatabase, lookIntoDatabase]) {
      expect(() => opening(folder)).toThrow(words)
      expect(() => opening(folder)).toThrow(
        /Put it back, .* or "lockwarden restore" a backup\. To start again, .*remove .*ledger\.json/,
      )
    }
    expect(() => backUp(folder, join(folder, 'backup'), { version: '1', now: 0 })).toThrow(words)
    // Neither a new database nor half a backup stands in the way of the one that is put back.
    expect(readdirSync(folder).toSorted()).toEqual(before)
    rmSync(join(folder, 'ledger.json'))
    openDatabase(folder).close()
  })

  test('a database that lacks its log is one, too', async () => {
    const writing = await Writing.open()
    await writing.add(7)
    copyFileSync(file, `${file}.alone`)
    open.pop()?.close()
    removeDatabase()
    renameSync(`${file}.alone`, file)
    expect(() => openDatabase(folder)).toThrow('main has 5 of 7')
  })

  test.each(['gone', 'empty'])('a database that is %s leaves its log as it is, marker or none', async (what) => {
    const writing = await Writing.open()
    await writing.add(7)
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, `${file}.kept${suffix}`)
    open.pop()?.close()
    removeDatabase()
    rmSync(join(folder, 'ledger.json'))
    renameSync(`${file}.kept-wal`, `${file}-wal`)
    if (what === 'empty') writeFileSync(file, '')
    for (const opening of [openDatabase, lookIntoDatabase]) {
      expect(() => opening(folder)).toThrow(new RegExp(`is ${what}: .*a part of it is in .*-wal`))
      expect(existsSync(`${file}-wal`)).toBe(true)
    }
    renameSync(`${file}.kept`, file)
    const again = await Writing.open()
    expect(readKept(again.database, 'main')?.kept.rows).toHaveLength(7)
  })

  test.each(['', '{', 'null', '[]', '"x"', '{"main":3}', '{"main":null}'])(
    'a marker that says %j promises nothing, and is written anew',
    async (text) => {
      await lived()
      writeFileSync(join(folder, 'ledger.json'), text)
      const writing = await Writing.open()
      writing.journal.rest()
      expect(JSON.parse(readFileSync(join(folder, 'ledger.json'), 'utf8'))).toEqual({ main: { rows: 3, sent: 1 } })
    },
  )

  test('without a marker a database with actions is taken as it is', async () => {
    await lived()
    rmSync(join(folder, 'ledger.json'))
    const writing = await Writing.open()
    expect(readKept(writing.database, 'main')?.kept.rows).toHaveLength(3)
    writing.journal.rest()
    expect(existsSync(join(folder, 'ledger.json'))).toBe(true)
  })

  test('what was promised of a lock that the config has no more stays promised', async () => {
    await lived()
    const marker = join(folder, 'ledger.json')
    const { main } = JSON.parse(readFileSync(marker, 'utf8'))
    const database = openDatabase(folder)
    open.push(database)
    const journal = openJournal(database)
    await journal.open('other')
    journal.rest()
    expect(JSON.parse(readFileSync(marker, 'utf8'))).toMatchObject({ main })
  })
})

test('a marker that cannot be written fails no commit', async () => {
  const writing = await Writing.open()
  mkdirSync(join(folder, 'ledger.json.new'))
  await writing.add(2)
  expect(readKept(writing.database, 'main')?.kept.rows).toHaveLength(2)
})

test('a restore promises what the ledger holds by then, and of nothing that is gone', async () => {
  const writing = await Writing.open()
  await writing.add(2)
  const backup = join(folder, 'backup')
  backUp(folder, backup, { version: '1', now: 1 })
  await writing.add()
  await writing.send()
  open.pop()?.close()
  restore(folder, backup, 2)
  expect(JSON.parse(readFileSync(join(folder, 'ledger.json'), 'utf8'))).toEqual({ main: { rows: 3, sent: 1 } })
  const again = await Writing.open()
  await again.add()
  open.pop()?.close()
  // And where the database is gone, it is the way back.
  removeDatabase()
  restore(folder, backup, 3)
  expect(readKept((await Writing.open()).database, 'main')?.kept.rows).toHaveLength(2)
})
