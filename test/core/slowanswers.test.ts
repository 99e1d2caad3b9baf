// A count is taken at some moment between a question and its answer. However long that is, nobody's change is made of it.
import { describe, expect, test } from 'vitest'
import { Bench, minute, rulesOf, second } from './bench.ts'

const hour = 3600

/** A lock whose answers take so long, in turn; `add` of our own at 10:10, or of somebody else. */
async function seen(when: string, answerMs: readonly number[], add: { own?: boolean; seconds?: number } = {}) {
  const rules = rulesOf(`rules:
  - { id: own, at: "10:10", enabled: ${add.own === true}, then: [{ add_time: 1h }] }
  - { id: seen, when: ${when}, then: [{ log: seen }] }
`)
  const bench = new Bench(rules, { limits: { allow: ['add_time', 'log'], add_time: null, remaining: null } })
  bench.order = { ...bench.order, polls: new Map([['chastify.session', { everyMs: 2 * minute }]]) }
  bench.world.set({ timeRemainingSeconds: 90 * hour })
  for (let turn = 0; turn < 40; turn++) {
    bench.world.readMs = answerMs[turn % answerMs.length] ?? 0
    if (turn === 20 && add.seconds !== undefined) {
      const left = Number(bench.world.lock?.timeRemainingSeconds)
      bench.world.set({ timeRemainingSeconds: left + add.seconds })
    }
    await bench.until({ later: 30 * second })
  }
  return bench.rows.filter((row) => row.startsWith('seen ')).length
}

// As with a clock that runs 1800 times as fast, where an answer of 30 ms takes 54 s; and as at a slow service.
const answers: [string, number[]][] = [
  ['54 s', [54_000]],
  ['18 s, then 90 s', [18_000, 90_000]],
  ['90 s, then 1 s', [90_000, 1000, 1000]],
  ['1 s, then 14 s', [1000, 1000, 14_000]],
  ['8 s, then 0.1 s', [8000, 100]],
  ['0.1 s', [100]],
]

describe.each(answers)('answers that take %s', (_, answerMs) => {
  test.each(['rises', 'falls', 'changes'])('show no change where there is none (%s)', async (what) => {
    expect(await seen(`lock.timeRemainingSeconds ${what}`, answerMs)).toBe(0)
    expect(await seen(`lock.timeLockedSeconds ${what}`, answerMs)).toBe(0)
  })

  test.each(['rises', 'falls', 'changes'])('show an own hour as our own (%s)', async (what) => {
    expect(await seen(`lock.timeRemainingSeconds ${what}`, answerMs, { own: true })).toBe(0)
  })

  test.each(['rises', 'changes', 'rises by 20m'])("show somebody else's half hour as theirs (%s)", async (what) => {
    expect(await seen(`lock.timeRemainingSeconds ${what}`, answerMs, { seconds: hour / 2 })).toBe(1)
  })
})
