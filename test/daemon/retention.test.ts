// The real loop, journal and database over months: memory lets go of what nothing asks for, and has it again in time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { knownValue } from '../../src/core/model/fact.ts'
import { readHistory } from '../../src/store/journal.ts'
import { day, hour, minute, rulesOf } from '../core/bench.ts'
import { Life } from '../store/life.ts'

let folder = ''
let life: Life
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-retention-'))
})
afterEach(() => {
  life.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A rule that fires four times a day, with a limit of its own, and one that asks for what it comes to. */
const rulesWith = (limit: string) =>
  rulesOf(`tallies: { often: {} }
rules:
  - { id: r, at: "0 */6 * * *", limit: ${limit}, then: [{ tally.add: often }] }
  - { id: asks, when: { any: [rule.r.firedTimesThisLock > 9999, tally.often > 9999] }, then: [{ log: never }] }
`)

async function living(): Promise<void> {
  life = new Life({ rules: rulesWith('9 per day'), folder, pollMs: 3 * hour })
  // Nobody pulls the plug here, and what is stored each hour for months would take its time.
  life.database.pragma('synchronous = OFF')
  await life.begin()
}

const ledger = () => readHistory(life.database, 'main', {}).filter(({ rule }) => rule === 'r')
const inMemory = () => life.kept.rows.filter(({ rule }) => rule === 'r')
const fact = (name: string) => (life.last ? knownValue(life.last.passing.facts, name) : null)

test('memory has the last weeks, the ledger all of it; what is counted goes on, and comes back where it is asked for', async () => {
  await living()
  await life.until({ later: 45 * day })
  const all = ledger().length
  expect(all).toBeGreaterThan(175)
  expect(inMemory().length).toBeGreaterThanOrEqual(35 * 4)
  expect(inMemory().length).toBeLessThan(37 * 4)
  const told = () => [fact('tally.often'), fact('rule.r.firedTimesThisLock')]
  expect(told()).toEqual([all, all])
  await life.end()
  const before = life.commits
  await life.begin()
  await life.until({ later: 10 * minute })
  expect(life.kept.rows.length).toBeLessThan(37 * 4 + 5)
  expect(told()).toEqual([all, all])
  expect(life.commits - before).toBeLessThan(4)
  await life.until({ later: day })
  expect(told()).toEqual([all + 4, all + 4])
  expect(ledger()).toHaveLength(all + 4)
  // In 35 days there are 140 firings, in 42 there are 168.
  life.edit(rulesWith('150 per 42d'))
  await life.until({ later: day })
  expect(ledger()).toHaveLength(all + 4)
  expect(inMemory().length).toBeGreaterThan(160)
  expect(inMemory().length).toBeLessThan(all)
  life.edit(rulesWith('150 per 30d'))
  await life.until({ later: day })
  expect(ledger()).toHaveLength(all + 8)
  expect(inMemory().length).toBeLessThan(37 * 4)
  await life.end()
})
