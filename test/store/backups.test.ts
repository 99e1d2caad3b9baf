// Backups by themselves: made when the night's moment has come or was missed, opened and read, so many kept.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeOf } from '../../src/core/memory/changes.ts'
import { manifestOf } from '../../src/store/backup.ts'
import { backupsIn, drill, shelfStatus, shelve } from '../../src/store/backups.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openJournal } from '../../src/store/journal.ts'
import { lastDue, Nightly } from '../../src/store/nightly.ts'
import { areBackupsOld, sayBackups } from '../../src/views/backups.ts'
import { rowOf } from '../core/rows.ts'

const hour = 3_600_000
const day = 24 * hour
const at = (text: string) => Date.parse(text)
const made = (text: string) => ({ version: '1', now: at(text) })

let data: string
let shelf: { folder: string; keep: number }
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'lockwarden-backups-'))
  shelf = { folder: join(data, 'backups'), keep: 3 }
  const database = openDatabase(data)
  const journal = openJournal(database)
  const { kept, version } = await journal.open('main')
  const change = changeOf(kept, { ...kept, rows: [rowOf('log', { state: 'applied', sentAt: 5, endedAt: 6 })] })
  if (change) await journal.commit('main', version, change)
  database.close()
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

describe('a moment of the night', () => {
  test.each([
    ['2026-11-29T03:59:00Z', 'UTC', '2026-11-28T04:00:00.000Z'],
    ['2026-11-29T04:00:00Z', 'UTC', '2026-11-29T04:00:00.000Z'],
    ['2026-11-29T03:30:00Z', 'Europe/Berlin', '2026-11-29T03:00:00.000Z'],
    // In the night that has no such hour, and in the one that has it twice.
    ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29T02:00:00.000Z'],
    ['2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-25T03:00:00.000Z'],
  ])('before %s in %s was %s', (now, zone, due) => {
    expect(new Date(lastDue(at(now), 4 * 3600, zone)).toISOString()).toBe(due)
  })
})

describe('the shelf', () => {
  test('keeps so many of the newest, for their owner alone, and touches nothing else', () => {
    mkdirSync(shelf.folder)
    writeFileSync(join(shelf.folder, 'my own'), '')
    writeFileSync(join(shelf.folder, 'lockwarden-20261120T040000Z.backup.part-17'), 'half of one')
    const days = ['21', '22', '23', '24', '25'].map((one) => `2026-11-${one}T04:00:00Z`)
    for (const one of days) shelve(data, shelf, made(one))
    expect(backupsIn(shelf.folder).map((one) => new Date(one.at).toISOString())).toEqual(
      days
        .slice(-3)
        .reverse()
        .map((one) => one.replace('Z', '.000Z')),
    )
    expect(readdirSync(shelf.folder).filter((name) => !/^lockwarden-\d+T\d+Z\.backup$/.test(name))).toEqual(['my own'])
    expect(manifestOf(backupsIn(shelf.folder)[0]?.file ?? '')).toMatchObject({
      madeAt: at(days[4] ?? ''),
      locks: ['main'],
    })
  })

  test('of a clock that was set back it is not the new one that goes', () => {
    for (const one of ['2027-01-01', '2027-01-02', '2027-01-03']) shelve(data, shelf, made(`${one}T04:00:00Z`))
    const { file } = shelve(data, shelf, made('2026-11-29T04:00:00Z'))
    expect(existsSync(file)).toBe(true)
    expect(backupsIn(shelf.folder)).toHaveLength(3)
  })

  test('one that cannot be read is none, and the others stay', () => {
    shelve(data, shelf, made('2026-11-21T04:00:00Z'))
    const database = openDatabase(data)
    database.exec(`UPDATE ledger SET body = json_set(body, '$.state', 'gone')`)
    database.close()
    expect(() => shelve(data, shelf, made('2026-11-22T04:00:00Z'))).toThrow(/is not as lockwarden writes it/)
    expect(readdirSync(shelf.folder)).toEqual(['lockwarden-20261121T040000Z.backup'])
  })

  test('a drill restores the newest beside the data, and leaves nothing', () => {
    const { file } = shelve(data, shelf, made('2026-11-21T04:00:00Z'))
    const before = readdirSync(data)
    expect(drill(file, data, at('2026-11-22T04:00:00Z'))).toBeNull()
    writeFileSync(file, 'no database')
    expect(drill(file, data, at('2026-11-22T04:00:00Z'))).toMatch(/cannot be read as a backup/)
    expect(readdirSync(data)).toEqual(before)
  })
})

describe('each night', () => {
  const told: string[] = []
  const nightly = (clock: { now: number }, keep = 3) =>
    new Nightly({
      data,
      shelf: { ...shelf, keep },
      at: 4 * 3600,
      zone: 'UTC',
      version: '1',
      now: () => clock.now,
      told: ({ text }) => void told.push(text),
    })
  /** The database is of today; the made-up days come after it. */
  const tomorrow = Math.ceil(Date.now() / day) * day + day

  test('one is made, once, and a night that was missed is made up for', async () => {
    const clock = { now: tomorrow + 3 * hour }
    const nights = nightly(clock)
    shelve(data, shelf, { version: '1', now: tomorrow - 20 * hour + 60_000 })
    await nights.look()
    expect(backupsIn(shelf.folder)).toHaveLength(1)
    clock.now = tomorrow + 4 * hour
    await nights.look()
    await nights.look()
    expect(backupsIn(shelf.folder).map((one) => one.at)[0]).toBe(clock.now)
    expect(backupsIn(shelf.folder)).toHaveLength(2)
    clock.now = tomorrow + 2 * day + 9 * hour
    await nights.look()
    expect(backupsIn(shelf.folder).map((one) => one.at)[0]).toBe(clock.now)
    expect(nights.trouble).toBeNull()
    expect(told.at(-1)).toContain('a backup was made: ')
    await nights.close()
  })

  test('a folder without any has its first in the night after its beginning', async () => {
    const clock = { now: Date.now() }
    const nights = nightly(clock)
    await nights.look()
    expect(existsSync(shelf.folder)).toBe(false)
    clock.now = tomorrow + 5 * hour
    await nights.look()
    expect(backupsIn(shelf.folder)).toHaveLength(1)
  })

  test('what keeps it from being made is told, and it is tried again an hour later', async () => {
    const clock = { now: tomorrow + 5 * hour }
    writeFileSync(shelf.folder, 'a file is in its place')
    const nights = nightly(clock)
    await nights.look()
    expect(nights.trouble).toBe(`the folder of backups ${shelf.folder} cannot be looked into (ENOTDIR)`)
    rmSync(shelf.folder)
    await nights.look()
    expect(existsSync(shelf.folder)).toBe(false)
    clock.now += hour
    await nights.look()
    expect(nights.trouble).toBeNull()
    expect(backupsIn(shelf.folder)).toHaveLength(1)
  })

  test('none where none is wanted', async () => {
    const nights = nightly({ now: tomorrow + 5 * hour }, 0)
    nights.start()
    await nights.look()
    expect(existsSync(shelf.folder)).toBe(false)
    expect(shelfStatus({ ...shelf, keep: 0 })).toBeNull()
  })
})

test('how they stand is told in words', () => {
  const { file } = shelve(data, shelf, made('2026-11-21T04:00:00Z'))
  expect(basename(file)).toBe('lockwarden-20261121T040000Z.backup')
  const status = shelfStatus(shelf)
  if (!status) throw new Error('there is no status')
  expect(sayBackups(status, at('2026-11-21T11:00:00Z'))).toBe(`the newest is 7 h old; 1 in ${shelf.folder}`)
  expect(areBackupsOld(status, null, at('2026-11-22T05:00:00Z'))).toBe(false)
  expect(areBackupsOld(status, null, at('2026-11-23T05:00:00Z'))).toBe(true)
  expect(areBackupsOld({ ...status, newest: null }, null, 0)).toBe(false)
  expect(sayBackups({ ...status, trouble: 'the disk is full' }, at('2026-11-21T11:00:00Z'))).toMatch(
    /^NONE COULD BE MADE: the disk is full; the newest/,
  )
})
