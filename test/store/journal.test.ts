import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Mistake } from '../../src/document/fault.ts'
import { lookIntoDatabase, openDatabase } from '../../src/store/database.ts'
import { holdFolder, tenantOf } from '../../src/store/folder.ts'
import { openJournal } from '../../src/store/journal.ts'
import { clearSwitch, openSwitch, setSwitch } from '../../src/store/switch.ts'
import { ledgerRow } from './contract.ts'

let folder: string
const open: Database.Database[] = []
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-store-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const database of open.splice(0)) database.close()
  rmSync(folder, { recursive: true, force: true })
})

function database(): Database.Database {
  const opened = openDatabase(folder)
  open.push(opened)
  return opened
}

/** What is thrown, which must be a mistake that fits one line. */
function mistake(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(Mistake)
    const { message } = error as Mistake
    expect(message).not.toContain('\n')
    expect(message).not.toBe('')
    return message
  }
  throw new Error('nothing was thrown')
}

describe('the database', () => {
  test('writes ahead, and every commit is on disk', () => {
    const opened = database()
    expect(opened.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(opened.pragma('synchronous', { simple: true })).toBe(2)
    opened.close()
    // Unlike the journal, `synchronous` is not kept in the file.
    expect(database().pragma('synchronous', { simple: true })).toBe(2)
  })

  test('what another process was killed over is whole afterwards', async () => {
    const child = await inAnotherProcess(`
      import { openDatabase } from '${at('store/database.ts')}'
      import { openJournal } from '${at('store/journal.ts')}'
      const journal = openJournal(openDatabase(${JSON.stringify(folder)}))
      const { kept } = await journal.open('main')
      const { memory, rows, ...head } = kept
      const row = ${JSON.stringify(ledgerRow('e1'))}
      await journal.commit('main', 0, { head: { ...head, storedAt: 5 }, memory: [], added: [row], moved: [], left: [], recalled: false, sent: 0 })
      console.log('ready')
    `)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { kept: after, version } = await openJournal(database()).open('main')
    expect({ version, storedAt: after.storedAt, rows: after.rows }).toEqual({
      version: 1,
      storedAt: 5,
      rows: [ledgerRow('e1')],
    })
  })

  test('one of a newer program is refused, and left as it was', () => {
    const opened = database()
    opened.pragma('user_version = 99')
    opened.close()
    for (const opening of [openDatabase, lookIntoDatabase]) {
      expect(mistake(() => opening(folder))).toMatch(/newer lockwarden.*99/)
    }
    const left = new Database(join(folder, 'lockwarden.db'))
    expect(left.pragma('user_version', { simple: true })).toBe(99)
    left.close()
  })

  test('one that is no database is refused', () => {
    writeFileSync(join(folder, 'lockwarden.db'), 'this is no database at all '.repeat(200))
    for (const opening of [openDatabase, lookIntoDatabase]) {
      expect(mistake(() => opening(folder))).toMatch(/damaged/)
    }
  })

  /** A real one with rows, closed, so that all of it stands in one file. */
  async function filled(): Promise<Buffer> {
    const opened = database()
    const journal = openJournal(opened)
    const { kept: before } = await journal.open('main')
    const rows = Array.from({ length: 200 }, (_, i) => ledgerRow(`e${i}`, { note: 'x'.repeat(500) }))
    const { memory: _, rows: __, ...head } = before
    await journal.commit('main', 0, { head, memory: [], added: rows, moved: [], left: [], recalled: false, sent: 0 })
    opened.close()
    open.splice(0)
    return readFileSync(join(folder, 'lockwarden.db'))
  }

  test.each([
    ['its schema is garbled', (whole: Buffer) => whole.fill('garbled ', 100, 4096)],
    ['it was cut off', (whole: Buffer) => whole.subarray(0, 8192)],
    ['its data is garbled', (whole: Buffer) => whole.fill('garbled ', 4096)],
  ])('a damaged one is refused in one line: %s', async (_, damage) => {
    writeFileSync(join(folder, 'lockwarden.db'), damage(Buffer.from(await filled())))
    const opening = async () => await openJournal(database()).open('main')
    const error: unknown = await opening().then(
      () => 'nothing was thrown',
      (thrown: unknown) => thrown,
    )
    expect(
      mistake(() => {
        throw error
      }),
    ).toMatch(/damaged/)
  })

  test('a folder that is not there is a mistake of one line', () => {
    const missing = join(folder, 'not', 'there')
    expect(mistake(() => openDatabase(missing))).toContain(missing)
    expect(lookIntoDatabase(folder)).toBeNull()
  })
})

const at = (path: string) => pathToFileURL(join(import.meta.dirname, '../../src', path)).href

/** Runs a module in another process and waits for its first line. */
async function inAnotherProcess(code: string): Promise<ChildProcess & { said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${code}\nsetInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = await once(child.stdout, 'data')
  return Object.assign(child, { said: String(said).trim() })
}

describe('one daemon a folder', () => {
  const tenant = { pid: process.pid, run: 'run-1', socket: '/tmp/s' }
  const holding = () =>
    inAnotherProcess(`
      import { holdFolder } from '${at('store/folder.ts')}'
      try {
        holdFolder(${JSON.stringify(folder)}, { pid: process.pid, run: 'run-2', socket: '' })
        console.log('held')
      } catch (error) {
        console.log(error.constructor.name + ': ' + error.message)
      }
    `)

  test('a second process is refused, and told who has it', async () => {
    const hold = holdFolder(folder, tenant)
    const refused = await holding()
    expect(refused.said).toBe(`Mistake: another lockwarden (process ${process.pid}) is running on ${folder}`)
    expect(tenantOf(folder)).toEqual(tenant)
    hold.release()
    expect(tenantOf(folder)).toBeNull()
    expect((await holding()).said).toBe('held')
  })

  test('so is a second try of the same process', () => {
    const hold = holdFolder(folder, tenant)
    expect(mistake(() => holdFolder(folder, tenant))).toContain('another lockwarden')
    hold.release()
    holdFolder(folder, tenant).release()
  })

  test('the hold vanishes with a holder that is killed', async () => {
    const holder = await holding()
    expect(holder.said).toBe('held')
    expect(mistake(() => holdFolder(folder, tenant))).toContain(`process ${holder.pid}`)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(tenantOf(folder)).toMatchObject({ run: 'run-2' })
    const hold = holdFolder(folder, tenant)
    expect(tenantOf(folder)).toEqual(tenant)
    hold.release()
  })

  test('a folder that cannot be is a mistake of one line', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(mistake(() => holdFolder(join(folder, 'file', 'data'), tenant))).toContain('cannot use the data folder')
  })

  test('a folder that is not there is made', () => {
    const hold = holdFolder(join(folder, 'new', 'data'), tenant)
    expect(tenantOf(join(folder, 'new', 'data'))).toEqual(tenant)
    hold.release()
  })
})

describe('the switch', () => {
  test('is a file STOP in the data folder or beside the config, for every lock', () => {
    const beside = join(folder, 'config')
    const data = join(folder, 'data')
    mkdirSync(beside)
    mkdirSync(data)
    const wearers = openSwitch(data, beside)
    expect(wearers.isStopped('main')).toBe(false)
    for (const where of [data, beside]) {
      writeFileSync(join(where, 'STOP'), '')
      expect([wearers.isStopped('main'), wearers.isStopped('other')]).toEqual([true, true])
      rmSync(join(where, 'STOP'))
      expect(wearers.isStopped('main')).toBe(false)
    }
  })

  test('STOP.lock stops one lock', () => {
    const wearers = openSwitch(folder, null)
    setSwitch(folder, 'main', 'by hand')
    expect([wearers.isStopped('main'), wearers.isStopped('other')]).toEqual([true, false])
    expect(wearers.isStopped('mai')).toBe(false)
  })

  test('what is set is there, and clearing takes it off and tells which', () => {
    const wearers = openSwitch(folder, null)
    const all = setSwitch(folder, null, 'the words')
    const one = setSwitch(folder, 'main', 'the words')
    expect(readFileSync(all, 'utf8')).toBe('the words\n')
    expect(clearSwitch(folder, 'main', ['main', 'other'])).toEqual([one])
    expect(wearers.isStopped('main')).toBe(true)
    setSwitch(folder, 'main', 'the words')
    expect(clearSwitch(folder, null, ['main', 'other'])).toEqual([all, one])
    expect(wearers.isStopped('main')).toBe(false)
    expect(clearSwitch(folder, null, ['main'])).toEqual([])
  })

  test('a folder named STOP is as good, and a link that leads nowhere too', () => {
    const wearers = openSwitch(folder, null)
    mkdirSync(join(folder, 'STOP'))
    expect(wearers.isStopped('main')).toBe(true)
    rmSync(join(folder, 'STOP'), { recursive: true })
    symlinkSync(join(folder, 'nowhere'), join(folder, 'STOP'))
    expect(wearers.isStopped('main')).toBe(true)
  })

  test('a data folder that cannot be looked at counts as stopped', () => {
    writeFileSync(join(folder, 'file'), '')
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'))
    expect(openSwitch(join(folder, 'gone'), null).isStopped('main')).toBe(true)
    expect(openSwitch(join(folder, 'file'), null).isStopped('main')).toBe(true)
    expect(openSwitch(join(folder, 'loop'), null).isStopped('main')).toBe(true)
    expect(openSwitch(folder, join(folder, 'loop')).isStopped('main')).toBe(true)
  })

  test('is looked at anew each time: the folder going away stops', () => {
    const data = join(folder, 'data')
    mkdirSync(data)
    const wearers = openSwitch(data, null)
    expect(wearers.isStopped('main')).toBe(false)
    rmSync(data, { recursive: true })
    expect(wearers.isStopped('main')).toBe(true)
  })
})
