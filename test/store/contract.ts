import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeOf } from '../../src/core/memory/changes.ts'
import { keyText } from '../../src/core/memory/ledger.ts'
import { fixed } from '../../src/core/model/fact.ts'
import { type Change, emptyKept, type Kept, unchanged } from '../../src/core/model/kept.ts'
import { noTask } from '../../src/core/model/lock.ts'
import { noPast, type Sums } from '../../src/core/model/past.ts'
import { type LedgerRow, states } from '../../src/core/model/row.ts'
import { blank } from '../../src/core/model/rulememory.ts'
import type { Heard } from '../../src/core/reading/recorded.ts'
import { Mistake } from '../../src/document/fault.ts'
import { sessionTopic } from '../../src/services/chastify/session.ts'
import type { OpenStore, Store, StoreView } from '../../src/store/store.ts'
import { showHistory } from '../../src/views/history.ts'
import { minute, moment } from '../core/bench.ts'
import { rowOf } from '../core/rows.ts'

/** A row of a lock entry, with texts of all kinds. */
export function ledgerRow(occurrence: string, more: Partial<LedgerRow> = {}): LedgerRow {
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

/** The difference between two states, as a step that stores has one. */
export function changed(before: Kept, after: Kept): Change {
  const change = changeOf(before, after)
  if (!change) throw new Error('nothing has changed')
  return change
}

const opening = {
  version: '1.2.3',
  now: moment('10:00'),
  isLength: () => false,
  trouble: (error: unknown) => {
    throw error
  },
}
const tenant = { pid: process.pid, run: 'run-1', socket: '' }

/** What holds for the store of a data folder, whatever it is made of. `at` makes one of an empty folder. */
export function storeContract(name: string, at: (folder: string) => Store): void {
  describe(`${name} as a store`, () => {
    let folder = ''
    let place: Store
    const open: StoreView[] = []

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'lockwarden-store-'))
      place = at(folder)
    })
    afterEach(async () => {
      for (const one of open.splice(0)) await one.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const opened = async (): Promise<OpenStore> => {
      const { store } = await place.open(opening)
      open.push(store)
      return store
    }
    const looking = async (): Promise<StoreView> => {
      const view = await place.look()
      if (!view) throw new Error('nothing was ever stored')
      open.push(view)
      return view
    }
    const again = async (): Promise<OpenStore> => {
      for (const one of open.splice(0)) await one.close()
      return await opened()
    }

    describe('what is remembered', () => {
      test('begins empty, at version 0, with a seed that stays', async () => {
        const store = await opened()
        const first = await store.open('main')
        expect(first).toEqual({ kept: emptyKept(first.kept.seed), version: 0 })
        expect(first.kept.seed).not.toBe('')
        expect(await store.open('main')).toEqual(first)
        expect((await store.open('other')).kept.seed).not.toBe(first.kept.seed)
        expect(await (await again()).open('main')).toEqual(first)
      })

      test('comes back exactly as it was stored, to whoever opens it or looks', async () => {
        const store = await opened()
        const { kept: before } = await store.open('main')
        const session = {
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
        }
        const after: Kept = {
          ...before,
          storedAt: 1_772_442_000_001,
          session: 'lock-1',
          lastLock: 'lock-1',
          sessions: { 'lock-1': session, none: { ...session, key: 'none', timeLockedSeconds: null } },
          inputs: { go: { value: 3, at: 7 }, vacation: { value: true, at: 8 } },
          gaps: [{ from: 1, to: 2 }],
          memory: {
            'live lock-1 r': { ...blank('d'), episodes: 3 },
            'dry-run none r': { ...blank('d'), episodes: 0 },
          },
          rows: [
            ledgerRow('e1'),
            ledgerRow('e1', { position: 1, state: 'sending', sentAt: 9, run: 'run-1', attempts: 1 }),
          ],
          extras: { 'lock.surprise': 'boolean', 'lock.x': 'text' },
          restoredAt: 6,
        }
        expect(await store.commit('main', 0, changed(before, after))).toBe(1)
        expect(await store.open('main')).toEqual({ kept: after, version: 1 })
        expect(await store.version('main')).toBe(1)
        expect(await (await looking()).read('main')).toEqual({ kept: after, version: 1 })
        expect(await (await again()).open('main')).toEqual({ kept: after, version: 1 })
      })

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
        const store = await opened()
        await fc.assert(
          fc.asyncProperty(fc.array(move, { maxLength: 6 }), async (moves) => {
            const lock = `lock-${locks++}`
            let { kept: now, version } = await store.open(lock)
            for (const { add, move, memory, storedAt } of moves) {
              const before = now
              const moved = now.rows.map((one, i) =>
                i === move ? { ...one, state: 'applied' as const, note: 'done' } : one,
              )
              // A clock may go back a little: a later row then has the earlier moment.
              const added = add.map(({ at, note }, i) => ledgerRow(`e${now.rows.length + i}`, { lock, at, note }))
              const known = memory ? { [memory.key]: { ...blank('d'), episodes: memory.episodes } } : {}
              now = { ...now, storedAt, rows: [...moved, ...added], memory: { ...now.memory, ...known } }
              const stored = await store.commit(lock, version, changed(before, now))
              if (stored === 'moved-on') throw new Error('nobody else is there')
              version = stored
            }
            expect(await store.open(lock)).toEqual({ kept: now, version })
          }),
          { numRuns: 30 },
        )
      })

      test('has the retained rows; the others stay in the ledger, and are retained again once they are recalled', async () => {
        const store = await opened()
        const { kept: before } = await store.open('main')
        const rows = ['e1', 'e2', 'e3'].map((occurrence) => ledgerRow(occurrence, { state: 'applied', attempts: 1 }))
        const whole = { ...before, rows }
        await store.commit('main', 0, changed(before, whole))
        const sums: Sums = {
          firings: { r: 2 },
          used: { add_time: { seconds: 60, times: 2 } },
          tallies: { constructor: { points: -3, row: 'main a live r e2 0' } },
          states: { applied: 2 },
          halts: 1,
        }
        const past = { before: 1_772_442_000_000, sums: { 'live a': sums } }
        const moved = ledgerRow('e3', { state: 'applied', attempts: 1, note: 'moved on' })
        const lean = { ...whole, rows: [moved, ledgerRow('e4')], past }
        expect(await store.commit('main', 1, changed(whole, lean))).toBe(2)
        const all = [...rows.slice(0, 2), ...lean.rows]
        expect(await store.open('main')).toEqual({ kept: lean, version: 2 })
        expect(await (await looking()).read('main')).toEqual({ kept: lean, version: 2 })
        expect(await (await looking()).history('main')).toEqual(all)
        const later = await again()
        expect(await later.open('main')).toEqual({ kept: lean, version: 2 })
        expect(await later.history('main')).toEqual(all)
        expect(await later.history('main', { most: 1 })).toHaveLength(1)
        const none: Change = { ...unchanged({ ...lean, past: noPast }), recalled: true }
        // The others are there all the same: no key is stored a second time, and nothing unheard of leaves.
        await expect(later.commit('main', 2, { ...none, added: [ledgerRow('e1')] })).rejects.toThrow()
        await expect(later.commit('main', 2, { ...none, left: [ledgerRow('e9')] })).rejects.toThrow()
        expect(await later.commit('main', 1, none)).toBe('moved-on')
        expect(await later.open('main')).toEqual({ kept: lean, version: 2 })
        expect(await later.commit('main', 2, none)).toBe(3)
        expect(await later.open('main')).toEqual({ kept: { ...lean, rows: all, past: noPast }, version: 3 })
      })

      test('of one lock is none of another', async () => {
        const store = await opened()
        const [one, two] = [await store.open('one'), await store.open('two')]
        await store.commit('one', 0, changed(one.kept, { ...one.kept, rows: [ledgerRow('e1', { lock: 'one' })] }))
        expect(await store.open('two')).toEqual(two)
        await store.commit('two', 0, changed(two.kept, { ...two.kept, rows: [ledgerRow('e1', { lock: 'two' })] }))
        expect((await store.open('one')).kept.rows).toHaveLength(1)
        expect(await store.locks()).toEqual(['one', 'two'])
      })
    })

    describe('a commit', () => {
      test('on another version than there is answers moved-on, and stores nothing', async () => {
        const store = await opened()
        const { kept: before } = await store.open('main')
        await store.commit('main', 0, changed(before, { ...before, rows: [ledgerRow('e1')] }))
        const stored = await store.open('main')
        const late = { ...emptyKept('other'), rows: [ledgerRow('e2')], memory: { 'live a r': blank('d') } }
        for (const from of [0, 7]) expect(await store.commit('main', from, changed(before, late))).toBe('moved-on')
        expect(await store.commit('unheard-of', 0, changed(before, late))).toBe('moved-on')
        expect(await store.open('main')).toEqual(stored)
        expect(await store.locks()).toEqual(['main'])
      })

      test('of several on one version one is stored', async () => {
        const store = await opened()
        const { kept: before } = await store.open('main')
        const rivals = ['e1', 'e2', 'e3'].map((occurrence) => ({ ...before, rows: [ledgerRow(occurrence)] }))
        const came = await Promise.all(rivals.map((one) => store.commit('main', 0, changed(before, one))))
        expect(came.toSorted()).toEqual([1, 'moved-on', 'moved-on'])
        expect((await store.open('main')).kept.rows).toEqual(rivals[came.indexOf(1)]?.rows)
      })

      test('that has a row twice, or moves one that there is not, rejects and stores nothing of it', async () => {
        const store = await opened()
        const { kept: before } = await store.open('main')
        await store.commit('main', 0, changed(before, { ...before, rows: [ledgerRow('e1')] }))
        const stored = await store.open('main')
        const change: Change = {
          head: { ...stored.kept, storedAt: 99 },
          memory: [['live a r', { ...blank('d'), episodes: 2 }]],
          added: [ledgerRow('e2'), ledgerRow('e1', { note: 'once more' })],
          moved: [ledgerRow('e1', { state: 'applied' })],
          left: [],
          recalled: false,
          sent: 0,
        }
        await expect(store.commit('main', 1, change)).rejects.toThrow()
        await expect(store.commit('main', 1, { ...change, added: [], moved: [ledgerRow('e9')] })).rejects.toThrow()
        expect(await store.open('main')).toEqual(stored)
        // The very same row under another mode, session, rule or position is another.
        const others = [
          ledgerRow('e1', { mode: 'dry-run' }),
          ledgerRow('e1', { session: 'none' }),
          ledgerRow('e1', { rule: 's' }),
          ledgerRow('e1', { position: 1 }),
        ]
        expect(await store.commit('main', 1, { ...change, added: others, moved: [] })).toBe(2)
      })
    })

    describe('history', () => {
      const row = fc.record({
        rule: fc.constantFrom('r', 's'),
        state: fc.constantFrom(...states),
        at: fc.integer({ min: 0, max: 50 }),
        sentAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
        endedAt: fc.option(fc.integer({ min: 0, max: 70 }), { nil: null }),
        settledBy: fc.constantFrom(undefined, 'keyholder' as const, 'wearer' as const),
      })
      const query = fc.record(
        {
          rule: fc.constantFrom('r', 's', 'nobody'),
          state: fc.constantFrom(...states),
          since: fc.integer({ min: 0, max: 60 }),
          settled: fc.boolean(),
          most: fc.integer({ min: 0, max: 12 }),
        },
        { requiredKeys: [] },
      )

      test('has the rows that are asked for, as who picks them out of all', async () => {
        let locks = 0
        const store = await opened()
        await fc.assert(
          fc.asyncProperty(
            fc.array(row, { maxLength: 12 }),
            fc.array(query, { minLength: 3, maxLength: 8 }),
            async (all, queries) => {
              const lock = `lock-${locks++}`
              const rows = all.map(({ settledBy, ...one }, i) => {
                return ledgerRow(`e${i}`, { ...one, lock, ...(settledBy ? { settledBy } : {}) })
              })
              const { kept } = await store.open(lock)
              if (rows.length > 0) await store.commit(lock, 0, changed(kept, { ...kept, rows }))
              // Whether a row is retained makes no difference.
              const some = { ...kept, rows: rows.filter((_, i) => i % 2 === 0) }
              if (rows.length > 1) await store.commit(lock, 1, changed({ ...kept, rows }, some))
              expect(await store.history(lock)).toEqual(rows)
              for (const asked of queries) {
                const found = await store.history(lock, asked)
                const { settled, ...others } = asked
                const picked = { most: Number.MAX_SAFE_INTEGER, ...others }
                const words = rows.filter((one) => settled === undefined || settled === (one.settledBy !== undefined))
                expect(showHistory(found, 'UTC', picked)).toEqual(showHistory(words, 'UTC', picked))
                expect(found.length).toBe(showHistory(words, 'UTC', picked).length)
                // In the order in which they were stored.
                const order = new Map(rows.map((one, i) => [keyText(one), i]))
                const places = found.map((one) => order.get(keyText(one)) ?? -1)
                expect(places).toEqual(places.toSorted((a, b) => a - b))
              }
            },
          ),
          { numRuns: 25 },
        )
      })

      test('of a lock that never ran is empty, and asking makes none of it', async () => {
        const store = await opened()
        await store.open('main')
        expect(await store.history('nobody')).toEqual([])
        const view = await looking()
        expect(await view.read('nobody')).toBeNull()
        expect((await view.recorded('nobody')).looks.size).toBe(0)
        expect(await view.locks()).toEqual(['main'])
        expect(await view.damage()).toBeNull()
      })
    })

    describe('what was read', () => {
      const heard = (asked: number, value: number | null): Heard => ({
        topic: sessionTopic,
        asked,
        answered: asked + 100,
        intervalMs: minute,
        trouble: value === null ? 'timeout' : null,
        facts: value === null ? null : new Map([['lock.taskPoints', fixed(value, asked)]]),
      })

      test('is recorded with what else is stored, and is there for whoever opens it later', async () => {
        const store = await opened()
        const start = moment('10:00')
        await store.open('main')
        store.hear('main', heard(start, 1))
        store.hear('main', heard(start + minute, null))
        store.press('main', { at: start + minute, input: 'go', set: 'press' })
        store.hear('main', heard(start + 2 * minute, 1))
        store.hear('main', heard(start + 3 * minute, 2))
        const isThere = async (one: StoreView) => {
          const { looks, lines, presses, begun } = await one.recorded('main')
          expect(looks.get(sessionTopic)?.map(({ asked, trouble }) => [asked - start, trouble])).toEqual([
            [0, null],
            [minute, 'timeout'],
            [2 * minute, null],
            [3 * minute, null],
          ])
          expect(lines.get(sessionTopic)?.get('lock.taskPoints')).toEqual([
            { at: start, line: { known: true, value: 1, since: start, pace: 0, runs: 0 } },
            { at: start + 3 * minute, line: { known: true, value: 2, since: start + 3 * minute, pace: 0, runs: 0 } },
          ])
          expect(presses).toEqual([{ at: start + minute, input: 'go', set: 'press' }])
          expect(begun).toEqual([start])
        }
        await isThere(store)
        await isThere(await again())
      })

      test('has each process begin anew, and is of its lock alone', async () => {
        const start = moment('10:00')
        ;(await opened()).hear('main', heard(start, 1))
        const store = await again()
        store.hear('main', heard(start + minute, 1))
        store.hear('other', heard(start + 2 * minute, 1))
        await store.flush()
        const view = await looking()
        expect((await view.recorded('main')).begun).toEqual([start, start + minute])
        expect((await view.recorded('other')).begun).toEqual([start + 2 * minute])
        const late = (await view.recorded('main', start + minute)).looks.get(sessionTopic) ?? []
        expect(late.map(({ asked }) => asked)).toContain(start + minute)
      })
    })

    describe('the folder', () => {
      test('is held by one at a time', async () => {
        const hold = await place.hold(tenant)
        await expect(place.hold(tenant)).rejects.toThrow(Mistake)
        await expect(place.hold(tenant)).rejects.toThrow(`process ${process.pid}`)
        await hold.release()
        await (await place.hold(tenant)).release()
      })

      test('in which nothing was stored shows nothing, and cannot be backed up', async () => {
        expect(await place.look()).toBeNull()
        const file = join(folder, 'nothing.backup')
        await expect(place.backUp(file, opening)).rejects.toThrow('nothing to back up')
        expect(existsSync(file)).toBe(false)
      })

      test('is backed up into one file that nobody else may read, while it is open', async () => {
        const store = await opened()
        await store.open('main')
        await store.open('other')
        const file = join(folder, 'one.backup')
        const manifest = { format: 1, madeAt: opening.now, version: '1.2.3', locks: ['main', 'other'], stopped: [] }
        expect(await place.backUp(file, opening)).toEqual(manifest)
        expect(statSync(file).mode & 0o777).toBe(0o600)
        await expect(place.backUp(file, opening)).rejects.toThrow('there is a file')
        expect((await store.open('main')).version).toBe(0)
      })
    })
  })
}
