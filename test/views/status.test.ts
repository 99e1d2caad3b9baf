import { describe, expect, test } from 'vitest'
import { idOf } from '../../src/core/memory/ledger.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { services } from '../../src/services/index.ts'
import { type LockStatus, type Standing, showStatus } from '../../src/views/status.ts'
import { statusLines } from '../../src/views/statuslines.ts'
import { tell } from '../../src/views/story.ts'
import { showWhy, whyLines } from '../../src/views/why.ts'
import { Bench, type BenchOptions, berlin, minute, moment, rulesOf, second, World } from '../core/bench.ts'

const rules = rulesOf(`rules:
  - { id: ten, when: lock.taskPoints > 0, cooldown: 1h, then: [add_time: 10m] }
  - { id: word, when: lock.taskPoints > 0, then: [log: word] }
  - { id: off-one, enabled: false, when: lock.frozen is true, then: [log: a] }
  - { id: off-two, enabled: false, when: lock.frozen is true, then: [log: b] }
`)

function standing(bench: Bench, more: Partial<Standing> = {}): Standing {
  return {
    lock: 'main',
    mode: bench.order.mode,
    asks: bench.order.newLock === 'ask',
    expects: bench.order.expect,
    stopped: bench.order.stopped,
    kept: bench.kept,
    running: { passing: bench.passing, last: bench.last, stuckMs: 0, requests: [], unstored: null },
    goingLive: null,
    configured: { chastify: true, tracker: true },
    limits: bench.order.limits,
    rules: bench.rules,
    now: bench.now,
    zone: berlin,
    ...more,
  }
}

const lines = (bench: Bench, more: Partial<Standing> = {}, all = false) =>
  statusLines(showStatus(standing(bench, more)), all)

async function ran(minutes: number, options: BenchOptions = {}, prepare?: (bench: Bench) => void): Promise<Bench> {
  const bench = new Bench(rules, options)
  bench.world.set({ taskPoints: 1 })
  prepare?.(bench)
  await bench.until({ later: minutes * minute })
  return bench
}

describe('the status of a lock', () => {
  test('is calm where all is well', async () => {
    const bench = await ran(1)
    expect(
      lines(bench).map((line) => line.replace(/\d+ s ago/, 'N s ago').replace(/next look .*/, 'next look')),
    ).toEqual([
      'main (live)',
      '  lock A lock of alice, 1 d left',
      expect.stringMatching(/^ {2}chastify: answers, read (N s|0 s) ago$/),
      expect.stringMatching(/^ {2}tracker: answers, read (N s|1 min) ago$/),
      '  rule ten: fired once, last 2026-03-02 10:00:00 (had its turn in this episode)',
      '  rule word: fired once, last 2026-03-02 10:00:00 (had its turn in this episode)',
      '  switched off (--all shows more): off-one, off-two',
      '  limits used: added today 10 min of 3 h, on this lock 10 min of 3 d; actions this hour 2 of 20',
      '  next look',
    ])
  })

  test('shows rules that are switched off one by one only when asked', async () => {
    const all = lines(await ran(1), {}, true)
    expect(all).toContain('  rule off-two: switched off; never fired on this lock')
    expect(all.join('\n')).not.toContain('--all')
  })

  test('says first that its loop stands still', async () => {
    const bench = await ran(1)
    const running = { passing: bench.passing, last: bench.last, stuckMs: 180_000, requests: [], unstored: null }
    expect(lines(bench, { running }).slice(0, 3).join(' ')).toContain(
      'NOTHING IS LOOKED AT OR DONE: its loop has stood still for 3 min; the log tells why',
    )
  })

  test('tells what waits for a cooldown, and until when', async () => {
    const bench = await ran(2)
    bench.world.set({ taskPoints: 0 })
    await bench.until({ later: minute })
    bench.world.set({ taskPoints: 1 })
    await bench.until({ later: minute })
    expect(lines(bench)).toContain(
      '  rule ten: fired once, last 2026-03-02 10:00:00 (cooldown until 2026-03-02 11:00:00)',
    )
    expect(showStatus(standing(bench)).rules.find(({ id }) => id === 'ten')?.said).toBe(
      'it fired a short while ago until 2026-03-02 11:00:00',
    )
  })

  test('says what nobody knows first, and how to answer', async () => {
    const bench = await ran(3, { limits: { remaining: null } }, ({ world }) => {
      world.replies = ['timeout']
      world.set({ timeRemainingSeconds: null })
    })
    const status = showStatus(standing(bench, { kept: lost(bench) }))
    const [, first = '', second_ = ''] = statusLines(status)
    const id = status.unsettled[0]?.id ?? ''
    expect(id).toBe(idOf(bench.row(0)))
    expect(first).toMatch(new RegExp(`^ {2}unsettled ${id}, 2026-03-02 10:00:\\d\\d: ten: add_time 10 min: unsettled`))
    expect(second_).toBe(`      did it happen? "lockwarden settle ${id} --applied", or --not-applied`)
  })

  test('says what cannot be read, and who waits for it', async () => {
    const bench = await ran(3, {}, ({ world }) => world.set({ taskPoints: 'many' as never, taskAssigned: 7 as never }))
    expect(
      lines(bench)
        .join('\n')
        .replaceAll(/\n {6}/g, ' '),
    ).toContain(
      [
        '  UNKNOWN: lock.taskAssigned: 7 was sent, which cannot be read; no rule needs it',
        '  UNKNOWN: lock.taskPoints: "many" was sent, which cannot be read; rules ten, word wait for it',
      ].join('\n'),
    )
    bench.world.set({ taskPoints: 0, taskAssigned: false })
    await bench.until({ later: 3 * minute })
    expect(lines(bench).join('\n')).not.toContain('UNKNOWN')
  })

  test('says once that a hidden timer keeps rules from adding', async () => {
    const bench = await ran(3, {}, ({ world }) => world.set({ timeRemainingSeconds: null }))
    const told = showStatus(standing(bench)).untold
    expect(told).toEqual([
      { fact: 'lock.timeRemainingSeconds', words: expect.stringContaining('hidden'), rules: ['ten'] },
    ])
    expect(showStatus(standing(bench)).rules.find(({ id }) => id === 'ten')).toMatchObject({
      firedTimes: 0,
      silence: expect.stringContaining('room unknown'),
    })
    expect(showStatus(standing(await ran(3, { limits: { remaining: null } }))).untold).toEqual([])
  })

  test('says what is used up of a budget, and whom that holds', async () => {
    const shared = rulesOf(`budgets: { misc: { add_time: 15m per day } }
rules:
  - { id: ten, when: lock.taskPoints > 0, repeat: 10m, budget: misc, then: [add_time: 10m] }
`)
    const bench = new Bench(shared)
    bench.world.set({ taskPoints: 1 })
    await bench.until({ later: 5 * minute })
    expect(lines(bench)).toContain('  budget misc: add_time 10 min of 15m per day')
    await bench.until({ later: 20 * minute })
    const said = lines(bench).join(' ').replaceAll(/\s+/g, ' ')
    expect(said).toContain('budget misc used up until 2026-03-03 00:00:00: add_time 15m per day')
    expect(said).toContain('(budget misc is used up (add_time 15m per day) until 2026-03-03 00:00:00)')
    const [one] = shared.rules
    if (!one) throw new Error('no rule')
    const { kept, passing, now } = bench
    const why = showWhy({ lock: 'main', mode: 'live', rule: one, kept, passing, standstill: null, now, zone: berlin })
    expect(whyLines(why).join('\n')).toContain(
      'may do no more together ("budget"): misc is used up (add_time 15m per day)',
    )
  })

  test('does not nag about a log entry that may have been written', async () => {
    const bench = await ran(1)
    const kept = lost(bench, false)
    expect(showStatus(standing(bench, { kept })).unsettled).toEqual([])
  })

  test('tells at which gate a row waits', async () => {
    const bench = await ran(0.5, {}, ({ world }) => {
      world.replies = [{ trouble: 'rate-limited', retryAfterMs: 3 * minute }]
    })
    const waits = showStatus(standing(bench)).open.map(({ action, said }) => `${action}: ${said}`)
    expect(waits).toContain(
      'log: log: planned; it waits until its service answers, or a pause after its failure is over',
    )
  })

  test('tells what is under way and when it is tried again', async () => {
    const bench = await ran(0.5, {}, ({ world }) => {
      world.replies = [{ trouble: 'rate-limited', retryAfterMs: 3 * minute }]
    })
    expect(lines(bench).join('\n')).toMatch(
      / {2}under way [0-9a-z]{8}: ten: add_time 10 min: not-sent: .*; again at\s+2026/,
    )
  })

  test('tells since when a service does not answer, and when it is asked again', async () => {
    const bench = await ran(1)
    bench.world.broken = { chastify: 'server-error' }
    await bench.until({ later: 2 * minute })
    const said = lines(bench)
    expect(said[1]).toMatch(/^ {2}chastify: it is server-error; no good answer since 2026-03-02 10:0\d:\d\d; next try/)
    expect(said.join(' ').replace(/ +/g, ' ')).toMatch(/next try 2026-03-02 10:0\d:\d\d/)
  })

  test('tells a token that was refused', async () => {
    const bench = await ran(1, {}, ({ world }) => {
      world.broken = { tracker: 'invalid-token' }
    })
    expect(lines(bench).join(' ').replace(/ +/g, ' ')).toContain(
      'tracker: it is invalid-token; no good answer yet; not asked again until its token is another one, or a restart',
    )
  })

  test('tells a tracker that is not configured, running or not', async () => {
    const bench = await ran(1)
    const configured = { chastify: true, tracker: false }
    expect(lines(bench, { configured })).toContain('  tracker: not configured')
    expect(lines(bench, { configured, running: null })).toContain('  tracker: not configured')
  })

  test.each<[string, BenchOptions, ((bench: Bench) => void) | undefined, RegExp]>([
    [
      'another wearer',
      { order: { expect: { wearer: 'bob' } } },
      undefined,
      /the lock is alice's, expect.wearer is bob/,
    ],
    ['no yes', { order: { newLock: 'ask' } }, undefined, /lockwarden accept --lock main/],
    [
      'a wrong clock',
      {},
      ({ world }) => {
        world.aheadMs = 5 * minute
      },
      /this machine's clock is 5 min ahead of that of chastify; set it/,
    ],
  ])('is loud at a standstill: %s', async (_, options, prepare, words) => {
    const bench = await ran(1, options, prepare)
    const [, loud = '', more = ''] = lines(bench)
    expect(loud).toMatch(/^ {2}NOTHING IS DECIDED: /)
    expect(`${loud} ${more.trim()}`).toMatch(words)
  })

  test('is loud, with the mend, when nothing can be stored', async () => {
    const bench = await ran(1)
    bench.order = { ...bench.order, unstored: 'nothing can be stored' }
    await bench.until({ later: minute })
    const unstored = 'nothing can be stored in /data/lockwarden.db: the disk is full; make room'
    const running = { passing: bench.passing, last: bench.last, stuckMs: 0, requests: [], unstored }
    const [, ...said] = lines(bench, { running })
    expect(said.join(' ').replace(/ +/g, ' ')).toMatch(
      /^ NOTHING IS DECIDED: nothing can be stored; nothing is sent: nothing can be stored in \/data\/lockwarden\.db: the disk is full; make room /,
    )
  })

  test('is loud when stopped', async () => {
    expect(lines(await ran(1, { order: { stopped: true } }))[0]).toMatch(/^main \(live\) STOPPED: nothing restrictive/)
  })

  test('tells in a dry run what going live would do at once', async () => {
    const bench = await ran(1, { order: { mode: 'dry-run', newLock: 'ask' } })
    const say = (fires: readonly string[]) => lines(bench, { goingLive: { fires, standstill: null } }).at(-2)
    expect(say(['ten', 'word'])).toBe('  after you accept this lock, going live would fire at once: ten, word')
    expect(say([])).toBe('  after you accept this lock, going live would fire nothing at once')
    const auto = await ran(1, { order: { mode: 'dry-run' } })
    expect(lines(auto, { goingLive: { fires: ['ten'], standstill: null } }).at(-2)).toBe(
      '  going live now would fire at once: ten',
    )
    const none = lines(auto, { goingLive: { fires: [], standstill: 'not the expected wearer' } }).at(-2)
    expect(none).toBe('  going live now would decide nothing: not the expected wearer')
  })

  test('tells requests by service and class', async () => {
    const bench = await ran(1)
    const request = { service: 'chastify', holder: 'owner', kind: 'read', lastMinute: 3, perMinute: 150, lastDay: 2880 }
    const requests = [
      request,
      { ...request, kind: 'action', lastMinute: 1, perMinute: 20, lastDay: 4 },
      { ...request, service: 'tracker', holder: 'dom', lastDay: 2 },
    ]
    const running = { passing: bench.passing, last: bench.last, stuckMs: 0, requests, unstored: null }
    expect(lines(bench, { running }).join(' ').replace(/ +/g, ' ')).toContain(
      'requests: chastify 3 of 150 reads, 1 of 20 actions in the last minute, 2880 reads in a day; ' +
        'tracker 3 of 150 reads as dom in the last minute, 2 reads in a day',
    )
  })

  test('is never wider than 100 columns', async () => {
    const bench = await ran(1, { order: { expect: { wearer: 'somebody-with-a-very-long-name-indeed' } } })
    const many = { fires: Array.from({ length: 30 }, (_, i) => `a-rule-with-a-name-${i}`), standstill: null }
    for (const line of lines(bench, { goingLive: many })) expect(line.length).toBeLessThanOrEqual(100)
  })

  test('without a daemon tells what was stored', async () => {
    const bench = await ran(1)
    const status: LockStatus = showStatus(standing(bench, { running: null, now: bench.now + 10 * second }))
    expect(status.storedSecondsAgo).toBeGreaterThanOrEqual(10)
    expect(statusLines(status).join('\n')).not.toContain('answers')
    expect(
      showStatus(
        standing(new Bench(rules), {
          running: { passing: nothingSeen, last: null, stuckMs: 0, requests: [], unstored: null },
        }),
      ),
    ).toMatchObject({ session: null, limits: [], open: [], unsettled: [] })
  })
})

/** The ledger with its first row, or else its log entry, as one of which nobody knows whether it happened. */
function lost(bench: Bench, failed = true) {
  const action = failed ? 'add_time' : 'log'
  const rows = bench.kept.rows.map((row) =>
    row.action === action ? ({ ...row, state: 'unsettled', failed, note: 'it may have arrived' } as const) : row,
  )
  return { ...bench.kept, rows }
}

test('what a wrong clock had stored is said once in the log, and stays in the status', async () => {
  const bench = new Bench(rules, { start: '2027-04-06 10:00' })
  bench.world.tellsTime = false
  await bench.until({ later: minute })
  bench.now = moment('10:00')
  bench.world = new World(bench.now)
  bench.restart()
  const said: string[] = []
  bench.compare = async (now, news, _, made) => {
    const before = { kept: bench.kept, passing: bench.passing, standstill: null }
    said.push(...tell(made, before, news, { now, zone: berlin, services }).map(({ text }) => text))
  }
  await bench.until({ later: 10 * minute })
  expect(said.filter((text) => text.includes('a wrong clock had stored'))).toHaveLength(1)
  expect(
    lines(bench).filter((line) => line.includes('a wrong clock had stored moments up to 2027-04-06')),
  ).toHaveLength(1)
})
