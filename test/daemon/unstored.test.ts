// The real loop, journal and database, while nothing can be stored: it reads on, decides nothing, and stops what runs.
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { limitsSchema } from '../../src/core/acting/limits.ts'
import { databaseFile } from '../../src/store/database.ts'
import { heldIn, mustHold, promisedIn } from '../../src/store/marker.ts'
import { hour, minute, oneRule, rulesOf, second } from '../core/bench.ts'
import { Life } from '../store/life.ts'

let whole = ''
let folder = ''
let life: Life
beforeEach(() => {
  whole = mkdtempSync(join(tmpdir(), 'lockwarden-unstored-'))
  folder = whole
})
afterEach(() => {
  life.close()
  rmSync(whole, { recursive: true, force: true })
})

const limits = limitsSchema.parse({
  allow: ['device', 'log', 'add_time'],
  add_time: { each: '30d', per_day: 'unlimited', per_lock: 'unlimited' },
  device: { commands: ['vibration.start'], times_per_hour: 'unlimited', each: '10m' },
})

/** A daemon that has read its lock and stored what there was to store. */
async function living(rules = oneRule('[{ add_time: 10m }]')): Promise<Life> {
  life = new Life({ rules, folder, limits, pollMs: 30 * second, maySpoil: true })
  await life.begin()
  await life.until({ later: 2 * minute })
  return life
}

const sent = () => life.world.sent.map(({ what }) => what)
const states = () => life.stored().kept.rows.map(({ rule, state }) => `${rule} ${state}`)

interface Spoiling {
  why: string
  spoil(): void
  mend(): void
}
const file = () => databaseFile(folder)
const takenAway: Spoiling = {
  why: 'database gone',
  spoil: () => renameSync(file(), `${file()}.away`),
  mend: () => renameSync(`${file()}.away`, file()),
}
const replaced: Spoiling = {
  why: 'database gone',
  spoil() {
    renameSync(file(), `${file()}.away`)
    copyFileSync(`${file()}.away`, file())
  },
  mend: () => renameSync(`${file()}.away`, file()),
}
/** As on a disk that has become read-only. */
const readOnly: Spoiling = {
  why: 'nothing can be stored',
  spoil: () => void life.database.pragma('query_only = 1'),
  mend: () => void life.database.pragma('query_only = 0'),
}
/** As on a disk that is full. */
const full: Spoiling = {
  why: 'nothing can be stored',
  spoil: () => {
    life.database.pragma('max_page_count = 1')
    // What is free within the file has no room either.
    const pages = Number(life.database.pragma('page_count', { simple: true }))
    expect(pages).toBeGreaterThan(1)
    life.database.exec(`CREATE TEMP TRIGGER full BEFORE UPDATE ON main.lock BEGIN
      INSERT INTO ledger (lock, session, mode, rule, occurrence, position, action, state, at, body)
      SELECT 'x', 'x', 'x', 'x', value, 0, 'x', 'x', 0, hex(zeroblob(5000)) FROM json_each('[1,2,3,4]'); END`)
  },
  mend: () => {
    life.database.exec('DROP TRIGGER temp.full')
    life.database.pragma('max_page_count = 1000000')
  },
}

describe.each([
  ['taken away', takenAway],
  ['replaced', replaced],
  ['read-only', readOnly],
  ['full', full],
])('%s', (_, { why, spoil, mend }) => {
  test('what a rule decides is done once it is over, and once; it is told once, and that it is over', async () => {
    await living()
    spoil()
    life.world.set({ taskPoints: 1 })
    const reads = life.world.reads.length
    await life.until({ later: 2 * hour })
    expect(sent()).toEqual([])
    expect(life.world.reads.length - reads).toBeGreaterThan(200)
    expect(life.last?.standstill).toBe(why)
    expect(life.unstored.map((is) => is?.why ?? null)).toEqual([why])
    mend()
    await life.until({ later: minute })
    expect(sent()).toEqual(['add_time 600'])
    expect(life.unstored.map((is) => is?.why ?? null)).toEqual([why, null])
    await life.until({ later: hour })
    expect(sent()).toEqual(['add_time 600'])
    expect(states()).toEqual(['r applied'])
    await life.end()
  })

  test('a device that runs is stopped as soon as it is seen, and what it did is stored once that can be', async () => {
    await living(oneRule('[{ device: vibration.start }]'))
    life.world.set({ taskPoints: 1 })
    await life.until({ later: minute })
    expect(sent()).toEqual(['device vibration.start'])
    const begun = life.world.sent[0]?.at ?? 0
    spoil()
    // A file that is gone is seen by looking, a disk that takes nothing when the stop is to be stored.
    await life.until({ later: why === 'database gone' ? minute : 10 * minute })
    expect(sent()).toEqual(['device vibration.start', 'device all.stop'])
    expect((life.world.sent[1]?.at ?? 0) - begun).toBeLessThanOrEqual(10 * minute)
    await life.until({ later: hour })
    expect(sent()).toHaveLength(2)
    mend()
    await life.until({ later: hour })
    expect(sent()).toHaveLength(2)
    expect(states()).toEqual(['r applied', '(device) applied'])
    await life.end()
  })

  test('an answer that comes meanwhile is not lost, and the rest of the list is sent afterwards', async () => {
    await living(oneRule('[{ add_time: 10m }, { log: hello }]'))
    life.world.writeMs = 20 * second
    life.world.set({ taskPoints: 1 })
    while (sent().length === 0) await life.until({ later: second })
    spoil()
    await life.until({ later: minute })
    expect(sent()).toEqual(['add_time 600'])
    mend()
    await life.until({ later: minute })
    expect(sent()).toEqual(['add_time 600', 'log hello'])
    expect(states()).toEqual(['r applied', 'r applied'])
    await life.end()
  })

  test('what somebody presses meanwhile counts afterwards', async () => {
    await living(
      rulesOf(
        'inputs: { go: { type: button, by: [keyholder] } }\nrules:\n  - { id: r, when: input.go changes, then: [add_time: 5m] }\n',
      ),
    )
    spoil()
    await life.until({ later: minute })
    life.press('go')
    await life.until({ later: minute })
    expect(sent()).toEqual([])
    mend()
    await life.until({ later: 2 * minute })
    expect(sent()).toEqual(['add_time 300'])
    await life.end()
  })

  test('it ends when it is told to, having stopped what runs', async () => {
    await living(oneRule('[{ device: vibration.start }]'))
    life.world.set({ taskPoints: 1 })
    while (sent().length === 0) await life.until({ later: second })
    await life.until({ later: second })
    spoil()
    await life.end()
    expect(sent()).toEqual(['device vibration.start', 'device all.stop'])
    mend()
    await life.begin()
    await life.until({ later: minute })
    expect(sent().filter((what) => what === 'device vibration.start')).toHaveLength(1)
    await life.end()
  })
})

test('a single round of which nothing can be stored ends, and has sent nothing', async () => {
  await living()
  await life.end()
  life.world.set({ taskPoints: 1 })
  readOnly.spoil()
  await life.begin(true)
  await life.until({ later: minute })
  expect([life.over, sent()]).toEqual([true, []])
  expect(life.unstored.map((is) => is?.why)).toEqual(['nothing can be stored'])
  readOnly.mend()
  await life.begin(true)
  await life.until({ later: minute })
  expect([life.over, sent()]).toEqual([true, ['add_time 600']])
})

test('whenever it is spoilt and mended, nothing but stops is sent meanwhile, and all that was due is done once', async () => {
  const kinds = [takenAway, replaced, readOnly]
  const spans = fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      after: fc.integer({ min: 1, max: 200 }),
      lasts: fc.integer({ min: 1, max: 400 }),
      points: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )
  const rules = rulesOf(
    'rules:\n  - { id: more, when: lock.taskPoints rises by 1, then: [add_time: 10m, log: hello] }\n',
  )
  await fc.assert(
    fc.asyncProperty(spans, async (outages) => {
      await living(rules)
      let points = 0
      for (const { kind, after, lasts, points: more } of outages) {
        if (more) life.world.set({ taskPoints: ++points })
        await life.until({ later: after * second })
        kind.spoil()
        // What left just before may still be answered.
        const before = sent().length
        life.world.set({ taskPoints: ++points })
        await life.until({ later: lasts * second })
        expect(sent()).toHaveLength(before)
        kind.mend()
      }
      await life.until({ later: 5 * minute })
      const done = sent()
      expect(done.filter((what) => what === 'add_time 600')).toHaveLength(points)
      expect(done.filter((what) => what === 'log hello')).toHaveLength(points)
      const { rows } = life.stored().kept
      expect(rows.filter(({ state }) => state === 'applied')).toHaveLength(2 * points)
      await life.end()
      expect(() => mustHold(promisedIn(folder), heldIn(life.database), file())).not.toThrow()
      expect(promisedIn(folder).get('main')).toEqual({ rows: 2 * points, sent: 2 * points })
      life.close()
      folder = mkdtempSync(join(folder, 'next-'))
    }),
    { numRuns: 12 },
  )
  life = new Life({ rules, folder, limits })
})
