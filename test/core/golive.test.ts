import { expect, test } from 'vitest'
import { goingLive } from '../../src/core/golive.ts'
import { Bench, type BenchOptions, minute, rulesOf } from './bench.ts'

const rules = rulesOf(`rules:
  - { id: points, when: lock.taskPoints > 0, then: [add_time: 10m] }
  - { id: frozen, when: lock.frozen is true, then: [log: frozen] }
  - { id: waits, when: lock.taskPoints > 0, for: 1h, then: [log: long] }
  - { id: changed, when: lock.taskPoints rises, then: [log: more] }
  - { id: evening, at: "20:00", then: [log: evening] }
  - { id: off, enabled: false, when: lock.taskPoints > 0, then: [log: off] }
  - { id: word, when: lock.taskPoints > 0, then: [log: word] }
`)

async function dry(order: BenchOptions['order'] = {}, limits: BenchOptions['limits'] = {}): Promise<Bench> {
  const bench = new Bench(rules, { order: { mode: 'dry-run', ...order }, limits })
  bench.world.set({ taskPoints: 3 })
  await bench.until({ later: 10 * minute })
  return bench
}

const rehearse = (bench: Bench) => goingLive(bench.now, bench.rules, bench.kept, bench.passing, bench.order)

test('what is true now would fire, whatever the dry run has fired; nothing comes of asking', async () => {
  const bench = await dry()
  const before = JSON.stringify(bench.kept)
  expect(await rehearse(bench)).toEqual({ fires: ['points', 'word'], standstill: null })
  expect(JSON.stringify(bench.kept)).toBe(before)
  expect(bench.sent).toEqual([])
})

test('it is what going live then does', async () => {
  const bench = await dry()
  const { fires } = await rehearse(bench)
  bench.order = { ...bench.order, mode: 'live' }
  bench.restart()
  await bench.until({ later: minute })
  const live = bench.kept.rows.filter(({ mode }) => mode === 'live').map(({ rule }) => rule)
  expect(live).toEqual(fires)
})

test('what does not fit into one step would come right after it', async () => {
  const bench = await dry({}, { actions: { per_step: 1 } })
  expect((await rehearse(bench)).fires).toEqual(['points', 'word'])
})

test('what has fired live before does not fire again', async () => {
  const bench = new Bench(rules)
  bench.world.set({ taskPoints: 3 })
  await bench.until({ later: minute })
  expect(bench.sent.length).toBe(2)
  bench.order = { ...bench.order, mode: 'dry-run' }
  await bench.until({ later: minute })
  expect((await rehearse(bench)).fires).toEqual([])
})

test('the yes to a new lock is taken as given, the wearer is not', async () => {
  const asked = await dry({ newLock: 'ask' })
  expect(await rehearse(asked)).toEqual({ fires: ['points', 'word'], standstill: null })
  expect(Object.values(asked.kept.sessions).some(({ accepted }) => accepted)).toBe(false)
  const other = await dry({ expect: { wearer: 'bob' } })
  expect(await rehearse(other)).toEqual({ fires: [], standstill: 'not the expected wearer' })
})

test('what was read too long ago fires nothing', async () => {
  const bench = await dry()
  const late = goingLive(bench.now + 30 * minute, bench.rules, bench.kept, bench.passing, bench.order)
  expect((await late).fires).toEqual([])
})
