import { describe, expect, test } from 'vitest'
import { fencesOf, readFacts } from '../../src/core/facts/gather.ts'
import { fixed, running, staleAfterMs } from '../../src/core/model/fact.ts'
import { type Known, nothingSeen } from '../../src/core/model/passing.ts'
import type { LedgerRow, State } from '../../src/core/model/row.ts'
import { step } from '../../src/core/step.ts'
import { Bench, hour, minute, moment, oneRule, rulesOf, second } from './bench.ts'
import { rowOf } from './rows.ts'

const start = moment('10:00')

function reading(asked: number, intervalMs = 30 * second): Known {
  return {
    asked,
    answered: asked + 100,
    intervalMs,
    beforeMs: intervalMs,
    calm: 0,
    facts: new Map([
      ['lock.timeRemainingSeconds', running(3600, -1, asked, asked + 100)],
      ['lock.frozen', fixed(false, asked)],
      ['lock.taskAssigned', fixed(false, asked)],
      ['lock.lockTitle', fixed('A lock', asked)],
    ]),
  }
}

/** What the facts are at a moment, on one reading of the lock and these rows. */
function factsAt(now: number, known: Known, rows: readonly LedgerRow[] = []) {
  const passing = { ...nothingSeen, readings: { 'chastify.session': known } as const }
  return readFacts(passing, fencesOf(rows, oneRule()), now)
}

/** Names of the facts that a row leaves unknown, a reading having been asked at `asked`. */
function fenced(rows: readonly LedgerRow[], asked: number): string[] {
  return [...factsAt(asked + second, reading(asked), rows)]
    .filter(([, fact]) => !fact.known && fact.why === 'fenced')
    .map(([name]) => name.replace('lock.', ''))
}

function row(action: string, state: State, sentAt: number | null, endedAt: number | null): LedgerRow {
  return rowOf(action, { state, at: start, due: start, sentAt, endedAt, attempts: 1 })
}

describe('staleness', () => {
  test.each([
    [0, minute],
    [second, minute],
    [20 * second, minute],
    [30 * second, 90 * second],
    [5 * minute, 15 * minute],
    [24 * hour, 72 * hour],
  ])('polled every %i ms, a reading is good for %i ms and no longer', (intervalMs, goodMs) => {
    expect(staleAfterMs(intervalMs)).toBe(goodMs)
    const known = reading(start, intervalMs)
    expect(factsAt(start + goodMs, known).get('lock.lockTitle')).toMatchObject({ known: true })
    for (const name of known.facts.keys()) {
      expect(factsAt(start + goodMs + 1, known).get(name)).toMatchObject({ known: false, why: 'stale' })
    }
  })

  test('goes by when the reading was asked, however late its answer came', async () => {
    const b = new Bench(oneRule())
    b.world.readMs = 14_000
    await b.until({ later: 15 * second })
    b.world.broken = { chastify: 'timeout' }
    await b.until({ later: 74 * second })
    expect(b.passing.facts.get('lock.frozen')?.known).toBe(true)
    await b.until({ later: 2 * second })
    const made = await step(b.now, b.rules, b.kept, b.passing, [], b.order)
    expect(made.passing.facts.get('lock.frozen')).toMatchObject({ known: false, why: 'stale' })
  })

  test('of a cron poll goes by its gap', async () => {
    const b = new Bench(oneRule(), { order: { polls: new Map([['chastify.session', { cron: '0 * * * *' }]]) } })
    await b.until({ later: second })
    b.world.broken = { chastify: 'unreachable' }
    for (const [at, known] of [
      ['12:59', true],
      ['13:01', false],
    ] as const) {
      await b.until(at)
      const made = await step(b.now, b.rules, b.kept, b.passing, [], b.order)
      expect(made.passing.facts.get('lock.frozen')?.known).toBe(known)
    }
  })

  test('one service going stale leaves the facts of the other', async () => {
    const b = new Bench(oneRule())
    await b.until('10:01')
    b.world.broken = { chastify: 'unreachable' }
    await b.until('10:10')
    const { facts } = (await step(b.now, b.rules, b.kept, b.passing, [], b.order)).passing
    expect(facts.get('lock.frozen')?.known).toBe(false)
    expect(facts.get('tracker.locked')).toMatchObject({ known: true, value: true })
    expect(facts.get('service.chastify.healthy')).toMatchObject({ known: true, value: false })
  })
})

describe('what a write fences', () => {
  const [sent, ended] = [start, start + 400]

  test.each([
    ['add_time', ['timeRemainingSeconds']],
    ['remove_time', ['timeRemainingSeconds']],
    ['apply_time', ['timeRemainingSeconds']],
    ['freeze', ['timeRemainingSeconds', 'frozen']],
    ['unfreeze', ['timeRemainingSeconds', 'frozen']],
    ['toggle_freeze', ['timeRemainingSeconds', 'frozen']],
    ['task.assign', ['taskAssigned']],
    ['settings.patch', ['timeRemainingSeconds', 'frozen', 'taskAssigned', 'lockTitle']],
    ['log', []],
    ['notify', []],
    ['tracker.game', []],
  ])('%s: %j', (action, names) => {
    expect(fenced([row(action, 'applied', sent, ended)], start - second)).toEqual(names)
    expect(fenced([row(action, 'sending', sent, null)], start + 10 * minute)).toEqual(names)
  })

  test.each<[State, boolean]>([
    ['sending', true],
    ['unknown', true],
    ['applied', true],
    ['unsettled', true],
    ['not-sent', false],
    ['rejected', false],
    ['cancelled', false],
    ['expired', false],
    ['refused', false],
    ['dry-run', false],
  ])('%s: %s', (state, fences) => {
    const names = fenced([row('freeze', state, sent, ended)], start - second)
    expect(names.length > 0).toBe(fences)
  })

  test('only a reading begun after the end of the write is believed', () => {
    const rows = [row('add_time', 'applied', sent, ended)]
    for (const asked of [sent - 1, sent, sent + 1, ended - 1, ended]) {
      expect(fenced(rows, asked), `asked ${asked - start} ms after the start`).toEqual(['timeRemainingSeconds'])
    }
    expect(fenced(rows, ended + 1)).toEqual([])
  })

  test('the last of several writes counts, in whatever order they stand', () => {
    const [early, late] = [row('add_time', 'applied', sent, ended), row('freeze', 'unsettled', sent, ended + 5000)]
    for (const rows of [
      [early, late],
      [late, early],
    ]) {
      expect(fenced(rows, ended + 1000)).toEqual(['timeRemainingSeconds', 'frozen'])
      expect(fenced(rows, ended + 5001)).toEqual([])
    }
  })
})

describe('after a write', () => {
  const reads = (b: Bench) => b.world.reads.filter(({ topic }) => topic.includes('apps')).map(({ at }) => at)

  test('the service is read again at once', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    await b.until('10:00:10')
    b.world.set({ taskPoints: 1 })
    await b.until('10:01')
    const end = (b.world.sent[0]?.at ?? 0) + b.world.writeMs
    const next = reads(b).find((at) => at >= end) ?? 0
    expect(next - end).toBeLessThan(50)
    expect(b.passing.facts.get('lock.timeRemainingSeconds')?.asked).toBeGreaterThan(end)
  })

  test('so it is after one whose outcome is unknown, and after an interrupted one', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['no answer yet']
    await b.until('10:00:05')
    b.restart()
    await b.until('10:00:25')
    expect(b.states).toEqual(['unknown'])
    expect(b.passing.facts.get('lock.timeRemainingSeconds')).toMatchObject({ known: false, why: 'fenced' })
    await b.until('10:00:30')
    expect(b.states).toEqual(['applied'])
    expect(b.passing.facts.get('lock.timeRemainingSeconds')?.known).toBe(true)
  })

  test('not so after a log line or a notification', async () => {
    const b = new Bench(oneRule('[{ log: hello }, { notify: hello }]'))
    b.world.set({ taskPoints: 1 })
    await b.until('10:00:20')
    expect(b.states).toEqual(['applied', 'applied'])
    expect(reads(b)).toHaveLength(1)
  })

  test('a reading that was under way does not count, and another follows it', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.writeMs = 28 * second
    await b.until('10:00:01')
    b.world.readMs = 9000
    await b.until('10:00:37')
    // The poll of about 10:00:30 was asked before the write ended, whatever it brought home.
    const made = await step(b.now, b.rules, b.kept, b.passing, [], b.order)
    expect(b.states).toEqual(['applied'])
    const during = reads(b).filter((at) => at > start + second && at <= (b.row(0).endedAt ?? 0))
    expect(during).toHaveLength(1)
    expect(made.passing.facts.get('lock.timeRemainingSeconds')).toMatchObject({ known: false, why: 'fenced' })
    await b.until('10:01')
    expect(b.passing.facts.get('lock.timeRemainingSeconds')).toMatchObject({ known: true })
    expect(b.passing.facts.get('lock.frozen')).toMatchObject({ known: true })
  })

  test('the fenced gap neither ends the episode nor starts another', async () => {
    const when = 'lock.timeRemainingSeconds < 25h'
    const b = new Bench(rulesOf(`rules: [{ id: r, when: ${when}, then: [{ add_time: 10m }] }]`))
    b.world.writeMs = 2 * minute
    await b.until('10:30')
    expect(b.rows).toEqual(['r e1 0: applied'])
    expect(Object.values(b.kept.memory)).toMatchObject([{ episodes: 1, episode: { occurred: 1 } }])
  })

  test('an own write that makes the condition false ends the episode by what is read then', async () => {
    const when = 'lock.timeRemainingSeconds < 1h'
    const b = new Bench(rulesOf(`rules: [{ id: r, when: ${when}, then: [{ add_time: 10m }] }]`))
    b.world.set({ timeRemainingSeconds: 3500 })
    await b.until('10:30')
    // 3500 s and 10 min more are above an hour, until eight minutes later they are not.
    expect(b.rows).toEqual(['r e1 0: applied', 'r e2 0: applied', 'r e3 0: applied', 'r e4 0: applied'])
  })
})

test.each(['is known', 'is unknown'])('an own write makes nothing of %s begin or end', async (words) => {
  const negated =
    words === 'is unknown' ? '{ not: lock.timeRemainingSeconds is unknown }' : 'lock.timeRemainingSeconds is known'
  const b = new Bench(rulesOf(`rules: [{ id: r, when: [lock.taskPoints > 0, ${negated}], then: [{ add_time: 1m }] }]`))
  b.world.set({ taskPoints: 1 })
  await b.until('11:00')
  expect(b.sent).toEqual(['add_time 60'])
})

describe('relief whose answer was lost', () => {
  test.each([
    ['unfreeze', 'lock.frozen is true', { frozen: true }],
    ['pillory.end', 'lock.timeRemainingSeconds > 1h', {}],
  ])('%s is not held by what it fences itself: it is sent again at once', async (action, when, begin) => {
    const b = new Bench(rulesOf(`rules: [{ id: r, when: ${when}, then: [${action}, { add_time: 10m }] }]`), {
      limits: { allow: ['unfreeze', 'pillory.end', 'add_time'] },
      order: { polls: new Map([['chastify.session', { everyMs: 30 * second }]]) },
    })
    b.world.set(begin)
    b.world.writeMs = 30 * second
    b.world.replies = ['timeout']
    await b.until('10:02')
    expect(b.sent).toEqual([action, action, 'add_time 600'])
    expect(b.states).toEqual(['applied', 'applied'])
    const [first, second_, third] = b.world.sent
    // A service that did not answer is left alone for two seconds.
    expect((second_?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(33 * second)
    expect((third?.at ?? 0) - (second_?.at ?? 0)).toBeLessThan(35 * second)
  })
})
