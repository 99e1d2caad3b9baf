// Databases that earlier builds left behind (see fixtures/make.ts) are opened by this one: what was done is known and
// not done again, what people set stays set, and the way back stays open.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { countsForLimits } from '../../src/core/memory/ledger.ts'
import { Mistake } from '../../src/document/fault.ts'
import { manifestOf, restore } from '../../src/store/backup.ts'
import { lookIntoDatabase, newestSchema } from '../../src/store/database.ts'
import { readKept } from '../../src/store/journal.ts'
import { stored, storedLine } from '../../src/store/stored.ts'
import { openUpgraded } from '../../src/store/upgrade.ts'
import { household } from '../e2e/daemon.ts'
import { rulesOf, servicesOf } from './fixtures/house.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const files = readdirSync(fixtures).filter((name) => name.endsWith('.db'))
const made = { version: 'test', now: 1_800_000_000_000 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-earlier-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function laid(name: string, data = folder): string {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const file = join(data, 'lockwarden.db')
  cpSync(join(fixtures, name), file)
  return file
}

function schemaOf(file: string): unknown {
  const database = new Database(file, { readonly: true })
  const schema = database.pragma('user_version', { simple: true })
  database.close()
  return schema
}

/** What the build of then wrote of its rows, read without any of our code. */
function rowsIn(file: string): { rule: string; state: string; occurrence: string; at: number }[] {
  const database = new Database(file, { readonly: true })
  const rows = database
    .prepare<[], { rule: string; state: string; occurrence: string; at: number }>(
      'SELECT rule, state, occurrence, at FROM ledger ORDER BY rowid',
    )
    .all()
  database.close()
  return rows
}

test('there is one of each form that there was', () => {
  expect(files.length).toBeGreaterThan(7)
})

/**
 * What stands as JSON is read by these. Whoever changes one adds a migration to src/store/database.ts that brings older
 * bodies to it, a database of the build before (fixtures/make.ts), and then writes the new digest here.
 */
test('a body has the form of its schema number', async () => {
  const shapes = Object.values({ ...stored, storedLine }).map((one) => z.toJSONSchema(one, { io: 'input' }))
  const bytes = new TextEncoder().encode(JSON.stringify(shapes))
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes))
    .toString('hex')
    .slice(0, 16)
  expect([newestSchema, digest]).toEqual([4, '089bb9731b2d5dde'])
})

describe.each(files)('%s', (name) => {
  test('is looked at as it is', () => {
    const file = laid(name)
    const before = schemaOf(file)
    const looked = lookIntoDatabase(folder)
    const kept = looked && readKept(looked, 'main')?.kept
    looked?.close()
    expect(kept?.rows.map(({ rule, state, occurrence, at }) => ({ rule, state, occurrence, at }))).toEqual(rowsIn(file))
    expect(schemaOf(file)).toBe(before)
  })

  test('is brought up to date, with a copy kept that is a backup', () => {
    const file = laid(name)
    const [before, rows] = [schemaOf(file), rowsIn(file)]
    const { database, upgrade } = openUpgraded(folder, made)
    const kept = readKept(database, 'main')?.kept
    database.close()
    expect(upgrade).toEqual({ from: before, to: newestSchema, copy: `${file}.before-${before}` })
    expect(schemaOf(file)).toBe(newestSchema)
    expect(rowsIn(file)).toEqual(rows)
    expect(kept?.rows.filter(countsForLimits).length).toBe(rows.length)
    expect(readdirSync(folder).filter((one) => /trial|part/.test(one))).toEqual([])
    expect(rowsIn(`${file}.before-${before}`)).toEqual(rows)
    expect(manifestOf(`${file}.before-${before}`)).toMatchObject({ madeAt: made.now, locks: ['main'] })
    // Back again: it is restored as any other.
    const back = join(folder, 'back')
    expect(restore(back, `${file}.before-${before}`, made.now).carried).toBe(0)
    // The second time there is nothing to do.
    const again = openUpgraded(folder, made)
    again.database.close()
    expect(again.upgrade).toBeNull()
  })
})

describe.concurrent.each(files)('%s', (name) => {
  test('is gone on with: nothing fires again, and limits, inputs and the switch are kept', async () => {
    await using services = await servicesOf()
    // The first builds knew no inputs.
    const knows = { later: Number(name.slice(0, 3)) > 6 }
    await using home = household(services, { rules: rulesOf(knows) })
    const file = laid(name, home.data)
    const rows = rowsIn(file)
    services.task = true
    services.points = 2
    services.frozen = true
    const daemon = home.start('run')
    await daemon.until('five readings', () => services.gets('/api/apps/v1/session').length > 5)
    expect(services.posts()).toEqual([])
    const history = await home.history()
    expect(history.map(({ rule, state }) => [rule, state])).toEqual(
      rows.map(({ rule, state }) => [rule, state]).reverse(),
    )
    const said = (await home.json(['status'])) as { locks: { limits: { limit: string; used: number }[] }[] }
    const used = said.locks[0]?.limits.find(({ limit }) => limit === 'add_time')
    expect(used?.used).toBe(600)
    if (knows.later) {
      const facts = (await home.json(['facts'])) as { facts: { name: string; value: unknown }[] }[]
      const of = (fact: string) => facts[0]?.facts.find((one) => one.name === fact)?.value
      expect([of('input.overtime'), of('input.checkin'), of('tally.strikes')]).toEqual([true, 1, 1])
    }
    // What is new does fire: the points have risen by two since then.
    services.points = 4
    if (knows.later) await daemon.until('a minute more', () => services.done.includes('time 60'))
    expect((await daemon.term()).code).toBe(0)
  })
})

test('one that cannot be read is left as it was, and the words say why', () => {
  const file = laid(files[0] ?? '')
  const database = new Database(file)
  database.exec(`UPDATE ledger SET body = json_set(body, '$.state', 'gone') WHERE rowid = 1`)
  database.close()
  const before = rowsIn(file)
  try {
    openUpgraded(folder, made)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(Mistake)
    expect((error as Mistake).exitCode).toBe(2)
    expect((error as Mistake).message).toMatch(
      /cannot be brought up to date \(schema 1 to \d+\): the ledger of .*state/,
    )
    expect((error as Mistake).message).toContain('It is unchanged')
  }
  expect(schemaOf(file)).toBe(1)
  expect(rowsIn(file)).toEqual(before)
  expect(readdirSync(folder).filter((one) => !/-(wal|shm)$/.test(one))).toEqual(['lockwarden.db'])
  expect(existsSync(`${file}.before-1`)).toBe(false)
})
