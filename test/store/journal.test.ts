import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeOf } from '../../src/core/memory/changes.ts'
import { type Change, emptyKept, type Kept } from '../../src/core/model/kept.ts'
import { noTask } from '../../src/core/model/lock.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { blank } from '../../src/core/model/rulememory.ts'
import { Mistake } from '../../src/document/fault.ts'
import { lookIntoDatabase, openDatabase } from '../../src/store/database.ts'
import { holdFolder, tenantOf } from '../../src/store/folder.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { clearSwitch, openSwitch, setSwitch } from '../../src/store/switch.ts'
import { rowOf } from '../core/rows.ts'

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

function looking(): Database.Database {
  const opened = lookIntoDatabase(folder)
  if (!opened) throw new Error('there is no database yet')
  open.push(opened)
  return opened
}

function row(occurrence: string, more: Partial<LedgerRow> = {}): LedgerRow {
  return rowOf('log', {
    session: 'a'.repeat(24),
    occurrence,
    params: { title: { template: ['It ', { slot: 'did', filters: ['duration'] }] } },
    effect: { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: 'log' },
    note: 'with "quotes", Umlauten äöü and \u0000 \u2028 😀',
    at: 1_772_442_000_000,
    due: 1_772_442_000_000,
    list: 'x',
    ...more,
  })
}

function kept(seed: string, rows: readonly LedgerRow[] = [], more: Partial<Kept> = {}): Kept {
  return { ...emptyKept(seed), rows, ...more }
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

describe('the journal', () => {
  test('begins empty, at version 0, with a seed that stays', async () => {
    const journal = openJournal(database())
    const first = await journal.open('main')
    expect(first).toEqual({ kept: emptyKept(first.kept.seed), version: 0 })
    expect(first.kept.seed).not.toBe('')
    expect(await journal.open('main')).toEqual(first)
    expect((await journal.open('other')).kept.seed).not.toBe(first.kept.seed)
  })

  test('gives back exactly what was stored, from another opening of the file too', async () => {
    const journal = openJournal(database())
    const { kept: before, version } = await journal.open('main')
    const after: Kept = {
      ...before,
      storedAt: 1_772_442_000_001,
      session: 'lock-1',
      lastLock: 'lock-1',
      sessions: {
        'lock-1': {
          key: 'lock-1',
          lockId: null,
          timeLockedSeconds: 0,
          wearer: null,
          seenAt: 5,
          since: 4,
          accepted: true,
          task: noTask,
          frozen: null,
          thawedAt: null,
          standsFrozen: null,
        },
        none: {
          key: 'none',
          lockId: null,
          timeLockedSeconds: null,
          wearer: null,
          seenAt: 5,
          since: 4,
          accepted: false,
          task: noTask,
          frozen: null,
          thawedAt: null,
          standsFrozen: null,
        },
      },
      memory: {
        'live lock-1 r': { ...blank('d'), episodes: 3 },
        'dry-run none r': { ...blank('d'), episodes: 0 },
      },
      rows: [row('e1'), row('e1', { position: 1, state: 'sending', sentAt: 9, run: 'run-1', attempts: 1 })],
      extras: { 'lock.surprise': 'boolean', 'lock.x': 'text' },
    }
    expect(await journal.commit('main', version, changed(before, after))).toBe(1)
    expect(await journal.open('main')).toEqual({ kept: after, version: 1 })
    expect(readKept(looking(), 'main')).toEqual({ kept: after, version: 1 })
    expect(readKept(database(), 'nobody')).toBeNull()
  })

  const changed = (before: Kept, after: Kept): Change => {
    const change = changeOf(before, after)
    if (!change) throw new Error('nothing has changed')
    return change
  }

  test('follows any course of changes, rows staying in the order in which they were added', async () => {
    const move = fc.record({
      add: fc.array(fc.record({ at: fc.integer({ min: 0, max: 3 }), note: fc.string({ unit: 'binary' }) }), {
        maxLength: 3,
      }),
      move: fc.option(fc.nat(20), { nil: null }),
      memory: fc.option(fc.record({ key: fc.constantFrom('a', 'b'), episodes: fc.nat() }), { nil: null }),
      storedAt: fc.option(fc.nat(), { nil: null }),
    })
    let locks = 0
    const journal = openJournal(database())
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 6 }), async (moves) => {
        const lock = `lock-${locks++}`
        let { kept: now, version } = await journal.open(lock)
        for (const { add, move, memory, storedAt } of moves) {
          const before = now
          const moved = now.rows.map((one, i) =>
            i === move ? { ...one, state: 'applied' as const, note: 'done' } : one,
          )
          // A clock may go back a little: a later row then has the earlier moment.
          const added = add.map(({ at, note }, i) => row(`e${now.rows.length + i}`, { lock, at, note }))
          now = {
            ...now,
            storedAt,
            rows: [...moved, ...added],
            memory: memory ? { ...now.memory, [memory.key]: { ...blank('d'), episodes: memory.episodes } } : now.memory,
          }
          const stored = await journal.commit(lock, version, changed(before, now))
          if (stored === 'moved-on') throw new Error('nobody else is there')
          version = stored
        }
        expect(await journal.open(lock)).toEqual({ kept: now, version })
      }),
      { numRuns: 30 },
    )
  })

  test('locks are kept apart', async () => {
    const journal = openJournal(database())
    const one = await journal.open('one')
    const two = await journal.open('two')
    await journal.commit('one', 0, changed(one.kept, { ...one.kept, rows: [row('e1', { lock: 'one' })] }))
    expect(await journal.open('two')).toEqual(two)
    await journal.commit('two', 0, changed(two.kept, { ...two.kept, rows: [row('e1', { lock: 'two' })] }))
    expect((await journal.open('one')).kept.rows).toHaveLength(1)
  })

  test('a commit on a stale version answers moved-on and stores nothing', async () => {
    const journal = openJournal(database())
    const rival = openJournal(database())
    const { kept: before } = await journal.open('main')
    await rival.commit('main', 0, changed(before, kept(before.seed, [row('e1')])))
    const stored = await journal.open('main')
    const late = kept('another seed', [row('e2')], { memory: { 'live a r': { ...blank('d'), episodes: 9 } } })
    expect(await journal.commit('main', 0, changed(before, late))).toBe('moved-on')
    expect(await journal.commit('main', 7, changed(before, late))).toBe('moved-on')
    expect(await journal.commit('unheard-of', 0, changed(before, late))).toBe('moved-on')
    expect(await journal.open('main')).toEqual(stored)
  })

  test('the database refuses the same key twice, and everything with it', async () => {
    const journal = openJournal(database())
    const { kept: before } = await journal.open('main')
    await journal.commit('main', 0, changed(before, { ...before, rows: [row('e1')] }))
    const stored = await journal.open('main')
    const change: Change = {
      head: { ...stored.kept, storedAt: 99 },
      memory: [['live a r', { ...blank('d'), episodes: 2 }]],
      added: [row('e2'), row('e1', { note: 'once more' })],
      moved: [row('e1', { state: 'applied' })],
      sent: 0,
    }
    await expect(journal.commit('main', 1, change)).rejects.toThrow(/UNIQUE/)
    expect(await journal.open('main')).toEqual(stored)
    // The very same row under another mode, session, rule or position is another.
    const others = [
      row('e1', { mode: 'dry-run' }),
      row('e1', { session: 'none' }),
      row('e1', { rule: 's' }),
      row('e1', { position: 1 }),
    ]
    expect(await journal.commit('main', 1, { ...change, added: others, moved: [], sent: 0 })).toBe(2)
  })
})

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
      const row = ${JSON.stringify(row('e1'))}
      await journal.commit('main', 0, { head: { ...head, storedAt: 5 }, memory: [], added: [row], moved: [], sent: 0 })
      console.log('ready')
    `)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { kept: after, version } = await openJournal(database()).open('main')
    expect({ version, storedAt: after.storedAt, rows: after.rows }).toEqual({
      version: 1,
      storedAt: 5,
      rows: [row('e1')],
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
    const rows = Array.from({ length: 200 }, (_, i) => row(`e${i}`, { note: 'x'.repeat(500) }))
    const { memory: _, rows: __, ...head } = before
    await journal.commit('main', 0, { head, memory: [], added: rows, moved: [], sent: 0 })
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
