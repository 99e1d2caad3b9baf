import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WrittenLimits } from '../../src/core/acting/limits.ts'
import { Bench, hour, type LockData, minute, oneRule, type Reply, rulesOf, second } from './bench.ts'

const everything: WrittenLimits = {
  allow: [
    'add_time',
    'remove_time',
    'freeze',
    'unfreeze',
    'pillory',
    'pillory.end',
    'task.assign',
    'task.complete',
    'hygienic_unlock.start',
    'log',
    'notify',
    'tracker.game',
    'tracker.session.start',
  ],
}

/** A lock on which a list fires at 10:01, its first write meeting the reply. */
async function meeting(then: string, replies: readonly Reply[], more: Partial<LockData> = {}): Promise<Bench> {
  const b = new Bench(oneRule(then), { limits: everything })
  b.world.set(more)
  await b.until('10:01')
  b.world.set({ taskPoints: 1 })
  b.world.replies = [...replies]
  await b.until('10:02:30')
  return b
}

const told: [name: string, then: string, more?: Partial<LockData>][] = [
  ['add_time', '[{ add_time: 10m }]'],
  ['remove_time', '[{ remove_time: 10m }]'],
  ['remove_time down to nothing', '[{ remove_time: 10m }]', { timeRemainingSeconds: 500 }],
  ['add_time to nothing', '[{ add_time: 10m }]', { timeRemainingSeconds: 0 }],
  ['add_time as the rest runs out', '[{ add_time: 10m }]', { timeRemainingSeconds: 95 }],
  ['add_time while frozen', '[{ add_time: 10m }]', { frozen: true }],
  ['apply_time', '[{ apply_time: 10m }]'],
  ['apply_time, negative', '[{ apply_time: -10m }]'],
  ['freeze', '[{ freeze: 10m }]'],
  ['toggle_freeze', '[{ toggle_freeze: 10m }]'],
  ['toggle_freeze of a frozen lock', '[{ toggle_freeze: 10m }]', { frozen: true }],
  ['task.assign', '[{ task.assign: Write }]'],
  ['dice', '[{ tracker.game: dice }]'],
  ['luck as dom', '[{ tracker.game: { game: luck, as: dom } }]'],
]

describe('a lost answer', () => {
  test.each(told)('%s: done, and told by the next reading', async (_, then, more) => {
    const b = await meeting(then, ['timeout, but done'], more)
    expect(b.states).toEqual(['applied'])
    expect(b.row(0).note).toContain('read back')
    expect([b.sent.length, b.world.done.length]).toEqual([1, 1])
  })

  test.each(told)('%s: not done, told by two readings, and done once more', async (_, then, more) => {
    const b = await meeting(then, ['timeout'], more)
    expect(b.states).toEqual(['applied'])
    expect([b.sent.length, b.world.done.length]).toEqual([2, 1])
    const [first, again] = b.world.sent
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(20 * second)
  })

  test.each(told)('%s: on its way for 15 s more, and told all the same', async (_, then, more) => {
    const b = await meeting(then, [{ landsMs: 15 * second }], more)
    expect(b.states).toEqual(['applied'])
    expect([b.sent.length, b.world.done.length]).toEqual([1, 1])
  })

  test.each(told)('%s: lost twice is not sent a third time', async (_, then, more) => {
    const b = await meeting(then, ['timeout', 'timeout'], more)
    await b.until('10:30')
    expect(b.states).toEqual(['not-applied'])
    expect(b.row(0).failed).toBe(true)
    expect([b.sent.length, b.world.done.length]).toEqual([2, 0])
  })

  test.each(told)('%s: done, and the process ended before the answer', async (_, then, more) => {
    const b = new Bench(oneRule(then), { limits: everything })
    b.world.set({ ...more, taskPoints: 1 })
    b.world.replies = ['no answer yet']
    await b.until('10:00:10')
    expect(b.states).toEqual(['sending'])
    b.restart()
    await b.until('10:05')
    // `no answer yet` is one that never came, so that the second sending is the first that is done.
    expect(b.states).toEqual(['applied'])
    expect([b.sent.length, b.world.done.length]).toEqual([2, 1])
  })

  test.each(told)('%s: resend: false leaves it at that', async (_, then, more) => {
    const b = new Bench(oneRule(then, 'resend: false'), { limits: everything })
    b.world.set({ ...more, taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:30')
    expect(b.states).toEqual(['not-applied'])
    expect([b.sent.length, b.world.done.length]).toEqual([1, 0])
  })

  test('what it brought is told to the text after it', async () => {
    const b = await meeting('[{ tracker.game: dice }, { log: "{{ did }}" }]', ['timeout, but done'])
    expect(b.sent).toEqual(['game dice', 'log rolled dice: added 3 h'])
  })

  test('a session: done, and a second start is refused for it', async () => {
    const start = async (replies: readonly Reply[]) => {
      const b = new Bench(oneRule('[tracker.session.start]'), { limits: everything })
      b.world.page = { locked: false, session: null }
      b.world.set({ taskPoints: 1 })
      b.world.replies = [...replies]
      await b.until('10:02')
      return b
    }
    const done = await start(['timeout, but done'])
    expect([done.states, done.sent.length]).toEqual([['applied'], 1])
    const again = await start(['timeout'])
    expect([again.states, again.sent.length, again.world.done.length]).toEqual([['applied'], 2, 1])
    // It lands after both readings: the second start meets it.
    const late = await start([{ landsMs: 20_500 }, 'ok'])
    expect([late.states, late.world.done.length]).toEqual([['applied'], 1])
  })

  test.each<[name: string, then: string, more?: Partial<LockData>]>([
    ['add_time under ten seconds', '[{ add_time: 9s }]'],
    ['pillory', '[{ pillory: 10m }]'],
    ['hygienic_unlock.start', '[{ hygienic_unlock.start: 10m }]'],
    ['task.complete', '[{ task.complete: true }]', { taskAssigned: true }],
  ])('%s cannot be told, and is never sent again', async (_, then, more = {}) => {
    for (const reply of ['timeout', 'timeout, but done'] as const) {
      const b = await meeting(then, [reply], more)
      await b.until('11:00')
      expect(b.states).toEqual(['unsettled'])
      expect(b.sent).toHaveLength(1)
    }
  })

  test('a task over an open one cannot be told', async () => {
    const then = '[{ task.assign: { text: Write, if_open: replace } }]'
    const b = await meeting(then, ['timeout'], { taskAssigned: true })
    expect(b.states).toEqual(['unsettled'])
  })

  test.each([
    ['unfreeze', '[unfreeze]'],
    ['pillory.end', '[pillory.end]'],
  ])('%s does no harm twice, so that it is sent again at once', async (_, then) => {
    const b = await meeting(then, ['timeout'], { frozen: true })
    expect(b.states).toEqual(['applied'])
    const [first, again] = b.world.sent
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(5 * second)
  })

  test('what may have arrived before its second sending was refused is not called refused', async () => {
    const b = await meeting('[pillory.end]', ['timeout, but done', { trouble: 'conflict' }])
    expect(b.states).toEqual(['unsettled'])
    expect(b.row(0).note).toContain('may have arrived')
  })

  test.each(['log', 'notify'])('%s counts as sent, and holds nothing back', async (action) => {
    const b = await meeting(`[{ ${action}: hello }, { add_time: 10m }]`, ['timeout'])
    expect(b.states).toEqual(['unsettled', 'applied'])
    expect(b.row(0)).toMatchObject({ failed: false })
    expect(b.sent).toHaveLength(2)
  })

  test.each<Reply>([
    { trouble: 'cut-off' },
    { trouble: 'server-error' },
    { trouble: 'redirected' },
    { trouble: 'unreadable' },
  ])('%s is one', async (reply) => {
    const b = await meeting('[{ add_time: 10m }]', [reply])
    expect(b.states).toEqual(['applied'])
    expect([b.sent.length, b.world.done.length]).toEqual([2, 1])
  })
})

describe('somebody else’s change', () => {
  test.each<readonly [string, Partial<LockData>, string]>([
    ['other time', { timeRemainingSeconds: 86_400 - 60 + 250 }, '[{ add_time: 10m }]'],
    ['a freeze', { frozen: true }, '[{ add_time: 10m }]'],
  ])('%s: nobody can tell', async (_, change, then) => {
    const b = new Bench(oneRule(then))
    await b.until('10:01')
    b.world.set({ taskPoints: 1 })
    b.world.replies = [{ landsMs: 30 * minute }]
    while (b.states[0] !== 'unknown') await b.until({ later: 100 })
    b.world.set(change)
    await b.until('10:10')
    expect(b.states).toEqual(['unsettled'])
    expect(b.sent).toHaveLength(1)
  })

  test('more games than ours', async () => {
    const b = new Bench(oneRule('[{ tracker.game: dice }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout, but done']
    while (b.states[0] !== 'sending') await b.until({ later: 50 })
    b.world.play({ source: 'DICE', dom: 0, seconds: 60, happened: b.now })
    await b.until('10:10')
    expect(b.states).toEqual(['unsettled'])
  })

  test('a game of a session that began since the last one is held against that session’s history', async () => {
    const link = '{ game: link, as: owner, type: add, penalty: accept, token: abc }'
    const rules = rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, then: [{ tracker.game: ${link} }] }]`)
    const polls = new Map([['chastify.session', { everyMs: 5 * second }] as const])
    const limits = { allow: ['tracker.game', 'tracker.game.link'] }
    const b = new Bench(rules, { limits, order: { polls } })
    b.world.set({ taskPoints: 1 })
    await b.until('10:00:05')
    expect(b.states).toEqual(['applied'])
    b.world.set({ taskPoints: 0 })
    b.world.page = { locked: true, session: 78 }
    await b.until('10:00:20')
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout, but done']
    await b.until('10:03')
    expect(b.states).toEqual(['applied', 'applied'])
    expect(b.world.done).toHaveLength(2)
  })

  test('games of others do not count', async () => {
    const b = new Bench(oneRule('[{ tracker.game: dice }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout, but done']
    while (b.states[0] !== 'sending') await b.until({ later: 50 })
    b.world.play({ source: 'DICE', dom: 1, seconds: 60, happened: b.now })
    b.world.play({ source: 'LINK', dom: 0, seconds: 60, happened: b.now })
    await b.until('10:10')
    expect(b.states).toEqual(['applied'])
  })

  test('a lock that ends leaves it to a person', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    while (b.states[0] !== 'unknown') await b.until({ later: 50 })
    b.world.set({ id: 'c'.repeat(24) })
    await b.until('10:01')
    expect(b.states[0]).toBe('unsettled')
    expect(b.row(0).note).toContain('another lock')
  })

  test('a frozen lock whose locked time runs on: told once it was seen whether the rest stands still', async () => {
    for (const [seen, states] of [
      [true, ['applied']],
      [false, ['unsettled']],
    ] as const) {
      const b = new Bench(oneRule('[{ add_time: 10m }]'))
      b.world.set({ frozen: true })
      b.world.locksOnFrozen = true
      if (!seen) b.world.set({ taskPoints: 1 })
      b.world.replies = ['timeout']
      await b.until('10:02')
      b.world.set({ taskPoints: 1 })
      await b.until('10:04')
      expect(b.states).toEqual(states)
    }
  })
})

describe('while it is not known', () => {
  const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ add_time: 10m }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ freeze: 10m }] }
  - { id: c, when: lock.taskPoints > 0, then: [{ task.assign: Write }, { log: written }] }
`)

  test('no other time or freeze leaves, but everything else', async () => {
    const b = new Bench(rules)
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:00:15')
    expect(b.rows).toEqual(['a e1 0: unknown', 'b e1 0: planned', 'c e1 0: applied', 'c e1 1: applied'])
    await b.until('10:01:30')
    expect(b.rows).toEqual(['a e1 0: applied', 'b e1 0: applied', 'c e1 0: applied', 'c e1 1: applied'])
  })

  test('it counts against the limits, also while it waits to be sent once more', async () => {
    const b = new Bench(
      rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ add_time: 10m }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ add_time: 10m }] }
`),
      { limits: { add_time: { per_day: 15 * 60 } } },
    )
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:05')
    expect(b.sent).toEqual(['add_time 600', 'add_time 600', 'add_time 300'])
  })

  test('stop refuses the second sending, and resume does not bring it back', async () => {
    const b = await meeting('[{ add_time: 10m }]', ['timeout'])
    expect(b.sent).toHaveLength(2)
    const stopped = new Bench(oneRule('[{ add_time: 10m }]'))
    stopped.world.set({ taskPoints: 1 })
    stopped.world.replies = ['timeout']
    while (stopped.states[0] !== 'unknown') await stopped.until({ later: 50 })
    stopped.order = { ...stopped.order, stopped: true }
    await stopped.until('10:02')
    expect(stopped.states).toEqual(['refused'])
    stopped.order = { ...stopped.order, stopped: false }
    await stopped.until('11:00')
    expect(stopped.sent).toHaveLength(1)
  })

  test('a service that stays away is waited for, as long as it takes', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout, but done']
    while (b.states[0] !== 'sending') await b.until({ later: 50 })
    b.world.broken = { chastify: 'unreachable' }
    await b.until('15:00')
    expect(b.states).toEqual(['unknown'])
    b.world.broken = {}
    await b.until('15:05')
    expect(b.states).toEqual(['applied'])
  })

  test('one that did not arrive, and could not be sent again in time, expires', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    while (b.states[0] !== 'unknown') await b.until({ later: 50 })
    b.world.broken = { chastify: 'unreachable' }
    await b.until('12:00')
    b.world.broken = {}
    await b.until('12:05')
    expect(b.states).toEqual(['expired'])
    expect(b.sent).toHaveLength(1)
  })
})

describe('a person’s answer', () => {
  async function open(): Promise<Bench> {
    const b = new Bench(oneRule('[{ pillory: 10m }, { log: after }]'), { limits: everything })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:01')
    expect(b.states).toEqual(['unsettled', 'cancelled'])
    return b
  }

  test.each([
    [true, 'applied'],
    [false, 'not-applied'],
  ])('happened: %s, and it is final; nothing is sent', async (happened, state) => {
    const b = await open()
    b.tell = [{ settled: b.row(0), happened, by: 'wearer' }]
    await b.until('10:02')
    expect(b.states).toEqual([state, 'cancelled'])
    b.tell = [{ settled: b.row(0), happened: !happened, by: 'wearer' }]
    await b.until('11:00')
    expect(b.states).toEqual([state, 'cancelled'])
    expect(b.sent).toHaveLength(1)
  })

  test.each([
    ['pillory: 10m', 'keyholder', true, 'applied'],
    ['pillory: 10m', 'keyholder', false, 'unsettled'],
    ['pillory: 10m', 'wearer', true, 'applied'],
    ['pillory: 10m', 'wearer', false, 'not-applied'],
    ['hygienic_unlock.start: 10m', 'keyholder', true, 'unsettled'],
    ['hygienic_unlock.start: 10m', 'keyholder', false, 'not-applied'],
    ['hygienic_unlock.start: 10m', 'wearer', true, 'applied'],
    ['hygienic_unlock.start: 10m', 'wearer', false, 'unsettled'],
  ] as const)(
    'of %s counts where it is theirs to say: the %s says %s, and it is %s',
    async (then, by, happened, state) => {
      const b = new Bench(oneRule(`[{ ${then} }]`), { limits: everything })
      b.world.set({ taskPoints: 1 })
      b.world.replies = ['timeout']
      await b.until('10:01')
      expect(b.states).toEqual(['unsettled'])
      b.tell = [{ settled: b.row(0), happened, by }]
      await b.until('10:02')
      expect(b.row(0)).toMatchObject(
        state === 'unsettled' ? { state } : { state, settledBy: by, note: `the ${by} said so` },
      )
      expect('settledBy' in b.row(0)).toBe(state !== 'unsettled')
    },
  )

  test('is not asked for while readings may still tell', async () => {
    const b = new Bench(oneRule('[{ add_time: 10m }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until({ later: second })
    expect(b.states).toEqual(['unknown'])
    b.tell = [{ settled: b.row(0), happened: false, by: 'wearer' }]
    await b.until({ later: 0 })
    expect(b.states).toEqual(['unknown'])
  })

  test('that relief did not happen makes no room for restriction', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ hygienic_unlock.start: 10m }] }
  - { id: b, when: lock.taskPoints > 1, then: [{ pillory: 10m }] }
`)
    const b = new Bench(rules, { limits: { ...everything, actions: { per_hour: 1 } } })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:01')
    b.tell = [{ settled: b.row(0), happened: false, by: 'keyholder' }]
    await b.until('10:02')
    b.world.set({ taskPoints: 2 })
    await b.until('10:10')
    expect(b.states).toEqual(['not-applied', 'refused'])
  })

  test('of the wearer alone makes no freeze ours, which the switch would take back', async () => {
    const b = new Bench(oneRule('[{ freeze: 8h }]'))
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until({ later: second })
    // Somebody else freezes it, and does more.
    b.world.set({ frozen: true, timeRemainingSeconds: 500_000 })
    b.kept = { ...b.kept, rows: b.kept.rows.map((row) => ({ ...row, state: 'unsettled' as const })) }
    b.tell = [{ settled: b.row(0), happened: true, by: 'wearer' }]
    await b.until('10:05')
    expect(b.states).toEqual(['applied'])
    b.order = { ...b.order, stopped: true }
    await b.until('10:10')
    expect(b.sent).toEqual(['freeze 28800'])
  })

  test('what did not happen does not count against the limits any more', async () => {
    const b = new Bench(oneRule('[{ add_time: 9s }]', 'repeat: 10m'), { limits: { add_time: { per_day: 9 } } })
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['timeout']
    await b.until('10:15')
    expect(b.states).toEqual(['unsettled', 'refused'])
    b.tell = [{ settled: b.row(0), happened: false, by: 'wearer' }]
    await b.until('10:25')
    expect(b.states).toEqual(['not-applied', 'refused', 'applied'])
  })
})

test('whatever answers are lost: nothing is done twice, and what is called done was done', async () => {
  const rules = rulesOf(`rules:
  - { id: a, when: lock.taskPoints > 0, repeat: 3m, then: [{ add_time: 10m }, { log: a }] }
  - { id: b, when: [lock.taskPoints > 0, lock.frozen is false], then: [{ freeze: 20m }, { apply_time: -5m }] }
  - { id: c, when: lock.taskPoints > 0, cooldown: 7m, then: [{ tracker.game: dice }, { task.assign: Write }] }
`)
  const reply = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Reply>('ok') },
    fc.constantFrom<Reply[]>('timeout', 'timeout, but done', 'refused connection', { trouble: 'server-error' }),
    fc.integer({ min: 1, max: 19 }).map((seconds): Reply => ({ landsMs: seconds * second })),
  )
  const happening = fc.record({
    laterMs: fc.integer({ min: 1, max: 4 * minute }),
    replies: fc.array(reply, { maxLength: 3 }),
    chastify: fc.constantFrom<(null | 'unreachable' | 'server-error')[]>(null, null, 'unreachable', 'server-error'),
    thaw: fc.boolean(),
    restart: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 12 }), async (story) => {
      const b = new Bench(rules, { limits: { freeze: { times_per_day: 20 }, game: { times_per_day: 20 } } })
      b.world.set({ taskPoints: 1 })
      for (const it of story) {
        b.world.replies = [...it.replies]
        b.world.broken = it.chastify === null ? {} : { chastify: it.chastify }
        // A freeze or a task that somebody ends within the window looks like one that never was.
        const open = b.kept.rows.some(({ state }) => state === 'unknown' || state === 'sending')
        if (it.thaw && !open) b.world.set({ frozen: false, taskAssigned: false })
        if (it.restart) b.restart(`run-${b.steps}`)
        await b.until({ later: it.laterMs })
      }
      b.world.broken = {}
      b.world.replies = []
      await b.until({ later: hour })
      b.world.set({ taskPoints: 0 })
      await b.until({ later: 2 * minute })
      const count = (state: string) => b.kept.rows.filter((row) => row.state === state && row.action !== 'log').length
      const done = b.world.done.filter((what) => !what.startsWith('log')).length
      expect(count('applied')).toBeLessThanOrEqual(done)
      expect(done).toBeLessThanOrEqual(count('applied') + count('unsettled'))
      expect(b.kept.rows.filter(({ state }) => state === 'unknown' || state === 'sending')).toEqual([])
    }),
    { numRuns: 60 },
  )
})
