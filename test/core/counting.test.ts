import { describe, expect, test } from 'vitest'
import { at as seenAt } from '../../src/core/model/fact.ts'
import { Bench, day, hour, lockA, lockB, minute, moment, rulesOf, second, Told } from './bench.ts'

type Driver = { passing: Bench['passing'] }
/** A fact as of a moment, or why it is not known. */
function fact({ passing }: Driver, name: string, now = 0) {
  const found = passing.facts.get(name)
  if (!found) return 'no such fact'
  const saw = seenAt(found, now)
  return saw.known ? saw.value : `unknown: ${saw.why}`
}

describe('tallies', () => {
  const counting = (then: string, tally = '{}') =>
    rulesOf(`tallies: { strikes: ${tally}, other: {} }
rules:
  - { id: r, when: lock.taskPoints rises, then: ${then} }
`)
  /** Fires once for each minute given, and looks a second later what the tally stands at. */
  async function after(then: string, tally: string, fires: readonly string[], looks: readonly string[]) {
    const t = new Told(counting(then, tally))
    await t.see(moment('09:59'), { taskPoints: 0 })
    const moments = [
      ...fires.map((at) => [moment(at), true] as const),
      ...looks.map((at) => [moment(at), false] as const),
    ]
    let taskPoints = 0
    const stood: unknown[] = []
    for (const [at, fire] of moments.sort(([a], [b]) => a - b)) {
      if (fire) taskPoints++
      await t.see(at, { taskPoints })
      if (!fire) stood.push(fact(t, 'tally.strikes'))
    }
    return stood
  }

  test.each<[string, string, string[], string[], number[]]>([
    ['[{ tally.add: strikes }]', '{}', [], ['10:30'], [0]],
    ['[{ tally.add: strikes }]', '{}', ['10:00', '10:10'], ['10:05', '10:15', '2027-03-02 10:00'], [1, 2, 2]],
    ['[{ tally.add: { name: strikes, points: 5 } }]', '{}', ['10:00', '10:10'], ['10:15'], [10]],
    ['[{ tally.add: { name: strikes, points: -2 } }]', '{}', ['10:00'], ['10:15'], [-2]],
    [
      '[{ tally.add: { name: strikes, points: 5 } }, { tally.add: { name: strikes, points: -2 } }]',
      '{}',
      ['10:00'],
      ['10:15'],
      [3],
    ],
    ['[{ tally.add: strikes }, { tally.reset: strikes }]', '{}', ['10:00'], ['10:15'], [0]],
    ['[{ tally.reset: strikes }, { tally.add: strikes }]', '{}', ['10:00', '10:10'], ['10:15'], [1]],
    ['[{ tally.add: other }]', '{}', ['10:00'], ['10:15'], [0]],
    ['[{ tally.reset: other }, { tally.add: strikes }]', '{}', ['10:00', '10:10'], ['10:15'], [2]],
    [
      '[{ tally.add: strikes }]',
      '{ lasts: 1h }',
      ['10:00', '10:30'],
      ['10:59', '11:00', '11:29', '11:30'],
      [2, 1, 1, 0],
    ],
    ['[{ tally.add: { name: strikes, points: -1 } }]', '{ lasts: 1h }', ['10:00'], ['10:30', '11:00'], [-1, 0]],
    [
      '[{ tally.add: strikes }]',
      '{ lasts: 1d }',
      ['2026-03-28 12:00'],
      ['2026-03-29 12:59', '2026-03-29 13:00'],
      [1, 0],
    ],
  ])('%s, %s: fired at %j, at %j it is %j', async (then, tally, fires, looks, expected) => {
    expect(await after(then, tally, fires, looks)).toEqual(expected)
  })

  test('a rule may go by it, in the step after', async () => {
    const rules = rulesOf(`tallies: { strikes: {} }
rules:
  - { id: count, when: lock.taskPoints rises, then: [{ tally.add: strikes }] }
  - { id: three, when: tally.strikes >= 3, then: [{ log: three }, { tally.reset: strikes }] }
`)
    const t = new Told(rules)
    for (let i = 0; i <= 8; i++) await t.see(moment('10:00') + i * minute, { taskPoints: i })
    expect(t.firings('three').map((text) => text.slice(11, 16))).toEqual(['10:04', '10:08'])
  })

  test('restarts, another lock and the other mode', async () => {
    const t = new Told(counting('[{ tally.add: strikes }]'))
    await t.see(moment('10:00'), { taskPoints: 0 })
    await t.see(moment('10:01'), { taskPoints: 1 })
    t.restart()
    await t.see(moment('10:02'), { taskPoints: 1 })
    expect(fact(t, 'tally.strikes')).toBe(1)
    await t.see(moment('10:03'), { _id: lockB, taskPoints: 1 })
    expect(fact(t, 'tally.strikes')).toBe(0)
    await t.see(moment('10:04'), { taskPoints: 1 })
    expect(fact(t, 'tally.strikes')).toBe(1)
    t.order = { ...t.order, mode: 'live' }
    t.restart()
    await t.see(moment('10:05'), { taskPoints: 1 })
    expect(fact(t, 'tally.strikes')).toBe(0)
  })

  test('what was counted happened: also after a failure, under stop, and beside a refusal', async () => {
    const rules = rulesOf(`tallies: { strikes: {} }
rules:
  - { id: r, when: lock.taskPoints > 0, then: [{ add_time: 10m }, { log: rest }, { tally.add: strikes }] }
`)
    for (const arrange of [
      (b: Bench) => b.world.replies.push({ trouble: 'conflict' }),
      (b: Bench) => b.world.replies.push('timeout'),
      (b: Bench) => Object.assign(b.order, { stopped: true }),
    ]) {
      const b = new Bench(rules)
      arrange(b)
      b.world.set({ taskPoints: 1 })
      await b.until('10:02')
      expect(b.row(2)).toMatchObject({ action: 'tally.add', state: 'applied' })
      expect(fact(b, 'tally.strikes')).toBe(1)
    }
  })

  test('it is counted in its turn, not before what stands before it', async () => {
    const rules = rulesOf(`tallies: { strikes: {} }
rules:
  - { id: r, when: lock.taskPoints > 0, then: [{ log: first }, { tally.add: strikes }] }
`)
    const b = new Bench(rules)
    b.world.set({ taskPoints: 1 })
    b.world.replies = ['refused connection']
    await b.until({ later: 2 * second })
    expect(b.states).toEqual(['not-sent', 'planned'])
    await b.until('10:02')
    expect(b.states).toEqual(['applied', 'applied'])
  })

  test('they use up no limit of actions an hour', async () => {
    const b = new Bench(
      rulesOf(`tallies: { strikes: {} }
rules:
  - { id: count, when: lock.taskPoints > 0, repeat: 1m, then: [{ tally.add: strikes }] }
  - { id: r, when: lock.taskAssigned is true, then: [{ log: still }] }
`),
      { limits: { actions: { per_hour: 3 } } },
    )
    b.world.set({ taskPoints: 1 })
    await b.until('10:20')
    expect(Number(fact(b, 'tally.strikes'))).toBeGreaterThan(5)
    b.world.set({ taskAssigned: true })
    await b.until('10:22')
    expect(b.sent).toEqual(['log still'])
  })
})

describe('a list sees its own tally changes', () => {
  /** Fires so often, minutes apart, and what was sent. */
  async function sentAfter(then: string, times: number, tally = '{}'): Promise<string[]> {
    const b = new Bench(
      rulesOf(`tallies: { strikes: ${tally} }\nrules: [{ id: r, when: tracker.locked is false, then: ${then} }]`),
      {
        order: {
          polls: new Map([
            ['chastify.session', { everyMs: 30 * second }],
            ['tracker.stats', { everyMs: 30 * second }],
          ]),
        },
      },
    )
    for (let i = 0; i < times; i++) {
      b.world.page.locked = true
      await b.until({ later: 2 * minute })
      b.world.page.locked = false
      await b.until({ later: 2 * minute })
    }
    return b.sent
  }
  const steps = '{ steps: [10m, 20m, 40m], by: tally.strikes }'

  test('the first point takes the first step, beyond the end it is the last', async () => {
    expect(await sentAfter(`[{ tally.add: strikes }, { add_time: ${steps} }]`, 5)).toEqual([
      'add_time 600',
      'add_time 1200',
      'add_time 2400',
      'add_time 2400',
      'add_time 2400',
    ])
  })

  test('without a point, and with fewer than none, it is the first', async () => {
    expect(await sentAfter(`[{ add_time: ${steps} }]`, 2)).toEqual(['add_time 600', 'add_time 600'])
    expect(await sentAfter(`[{ tally.add: { name: strikes, points: -3 } }, { add_time: ${steps} }]`, 2)).toEqual([
      'add_time 600',
      'add_time 600',
    ])
  })

  test('a point that comes after in the list is not seen', async () => {
    expect(await sentAfter(`[{ add_time: ${steps} }, { tally.add: strikes }]`, 3)).toEqual([
      'add_time 600',
      'add_time 600',
      'add_time 1200',
    ])
  })

  test('texts, too, before and after', async () => {
    const list =
      '[{ log: "{{ tally.strikes }}" }, { tally.add: { name: strikes, points: 2 } }, { log: "{{ tally.strikes }}" }]'
    expect(await sentAfter(list, 2)).toEqual(['log 0', 'log 2', 'log 2', 'log 4'])
  })

  test('a reset, too', async () => {
    const list =
      '[{ tally.add: strikes }, { tally.add: strikes }, { tally.reset: strikes }, { log: "{{ tally.strikes }}" }]'
    expect(await sentAfter(list, 1)).toEqual(['log 0'])
  })

  test('what it did is told', async () => {
    expect(await sentAfter('[{ tally.add: strikes }, { log: "{{ did }}" }]', 1)).toEqual(['log added 1 to strikes'])
  })

  test('another list of the same step sees the one snapshot, not the first one’s points (semantics 17)', async () => {
    const b = new Bench(
      rulesOf(`tallies: { strikes: {} }
rules:
  - { id: a, when: lock.taskPoints > 0, then: [{ tally.add: strikes }] }
  - { id: b, when: lock.taskPoints > 0, then: [{ log: "{{ tally.strikes }}" }, { add_time: ${steps} }] }
`),
    )
    b.world.set({ taskPoints: 1 })
    await b.until('10:02')
    expect(b.sent[0]).toBe('log 0')
  })

  test('in a dry run as well', async () => {
    const t = new Told(
      rulesOf(`tallies: { strikes: {} }
rules: [{ id: r, when: lock.taskPoints rises, then: [{ tally.add: strikes }, { add_time: ${steps} }, { log: "{{ tally.strikes }}" }] }]`),
    )
    for (let i = 0; i < 4; i++) {
      await t.see(moment('10:00') + i * minute, { taskPoints: i, timeRemainingSeconds: 9000 - i * 60 })
    }
    const bodies = t.kept.rows.flatMap(({ request }) => (request ? [request.body] : []))
    expect(bodies).toMatchObject([
      { params: 600 },
      { title: '1' },
      { params: 1200 },
      { title: '2' },
      { params: 2400 },
      { title: '3' },
    ])
  })

  test('a length by a fact that is unknown is refused and says so', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: lock.taskAssigned is true, then: [{ add_time: { steps: [10m, 20m], by: lock.taskPoints } }] }]',
      ),
    )
    b.world.set({ taskPoints: null, taskAssigned: true })
    await b.until('10:02')
    expect(b.rows).toEqual(['r e1 0: refused'])
    expect(b.row(0).note).toContain('lock.taskPoints')
  })
})

describe('inputs', () => {
  const rules = rulesOf(`inputs:
  vacation: { type: switch, by: [keyholder, wearer] }
  checkin: { type: button, by: [wearer] }
rules:
  - { id: pressed, when: input.checkin rises, then: [{ log: pressed }] }
  - { id: away, when: input.vacation is true, then: [{ log: away }] }
  - { id: late, when: input.checkin.agoSeconds > 1h, then: [{ log: late }] }
  - { id: long, when: input.vacation.agoSeconds > 30m, then: [{ log: long }] }
`)

  test('at first a switch is off, a button was pressed 0 times, and both ages are the lock’s', async () => {
    const b = new Bench(rules)
    await b.until('10:20')
    expect(fact(b, 'input.vacation')).toBe(false)
    expect(fact(b, 'input.checkin')).toBe(0)
    expect(Math.abs(Number(fact(b, 'input.checkin.agoSeconds', b.now)) - 1200)).toBeLessThanOrEqual(2)
    expect(Math.abs(Number(fact(b, 'input.vacation.agoSeconds', b.now)) - 1200)).toBeLessThanOrEqual(2)
    expect(b.sent).toEqual([])
  })

  test('a press is seen at once, and each one is a change', async () => {
    const b = new Bench(rules)
    await b.until('10:20')
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until({ later: second })
    expect(b.sent).toEqual(['log pressed'])
    expect(fact(b, 'input.checkin')).toBe(1)
    await b.until('10:25')
    expect(b.sent).toEqual(['log pressed'])
    b.tell.push({ input: 'checkin', set: 'press' }, { input: 'checkin', set: 'press' })
    await b.until('10:30')
    expect(fact(b, 'input.checkin')).toBe(3)
    expect(b.sent).toEqual(['log pressed', 'log pressed'])
    expect(Math.abs(Number(fact(b, 'input.checkin.agoSeconds', b.now)) - 300)).toBeLessThanOrEqual(2)
  })

  test.each([
    ['a rule that has not looked yet', '10:10'],
    ['this process has read nothing yet', '10:00'],
  ])('the first press counts, although %s', async (_, pressed) => {
    const b = new Bench(rulesOf('rules: []'))
    await b.until(pressed)
    b.rules = rules
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('10:11')
    expect(b.sent).toEqual(['log pressed'])
  })

  test('a rule that is new does not look back at presses from before it', async () => {
    const b = new Bench(rules)
    await b.until('10:10')
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('10:11')
    b.rules = rulesOf(`inputs:
  checkin: { type: button, by: [wearer] }
rules:
  - { id: another, when: input.checkin rises, then: [{ log: another }] }
`)
    await b.until('10:15')
    b.restart()
    await b.until('10:20')
    expect(b.sent).toEqual(['log pressed'])
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('10:21')
    expect(b.sent).toEqual(['log pressed', 'log another'])
  })

  test('a switch that is set and set back', async () => {
    const b = new Bench(rules)
    await b.until('10:10')
    b.tell.push({ input: 'vacation', set: true })
    await b.until('10:11')
    expect(b.sent).toEqual(['log away'])
    b.tell.push({ input: 'vacation', set: true })
    await b.until('10:12')
    b.tell.push({ input: 'vacation', set: false })
    await b.until('10:13')
    b.tell.push({ input: 'vacation', set: true })
    await b.until('10:14')
    expect(b.sent).toEqual(['log away', 'log away'])
  })

  test('presses survive a restart, and one told before the first reading is not lost', async () => {
    const b = new Bench(rules)
    await b.until('10:10')
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('10:11')
    b.restart()
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('10:15')
    expect(fact(b, 'input.checkin')).toBe(2)
    expect(b.sent).toEqual(['log pressed', 'log pressed'])
  })

  test('what no rule file declares is left alone', async () => {
    const b = new Bench(rules)
    await b.until('10:10')
    const before = b.kept.inputs
    b.tell.push({ input: 'other', set: 'press' })
    await b.until('10:11')
    expect(b.kept.inputs).toBe(before)
  })

  test('the age runs over a rule that waits for it', async () => {
    const b = new Bench(rules)
    await b.until('10:30')
    b.tell.push({ input: 'checkin', set: 'press' })
    await b.until('11:29')
    expect(b.sent).not.toContain('log late')
    await b.until('11:32')
    expect(b.sent).toContain('log late')
  })
})

describe('tasks', () => {
  const rules = rulesOf(`rules:
  - { id: worth, when: tracker.locked is false, then: [{ task.assign: { text: write, points: 5 } }] }
  - { id: again, when: [tracker.locked is false, task.openSeconds > 20m], then: [{ task.assign: { text: more, points: 3, if_open: replace } }] }
  - { id: seen, when: task.lastResult is no-points, then: [{ log: shame }] }
`)
  const polls = new Map([
    ['chastify.session', { everyMs: 30 * second }],
    ['tracker.stats', { everyMs: 30 * second }],
  ] as const)
  async function assigned(): Promise<Bench> {
    const b = new Bench(rules, { order: { polls } })
    // The reading after a write begins within the millisecond after its answer.
    b.world.writeMs = 200.5
    b.world.set({ taskPoints: 10 })
    await b.until('10:02')
    expect(fact(b, 'task.openedBy')).toMatch(/^unknown/)
    expect(fact(b, 'task.lastResult')).toMatch(/^unknown/)
    b.world.page.locked = false
    await b.until('10:05')
    expect(b.sent).toEqual(['task.assign'])
    return b
  }

  test('our own is known by its rule, and how long it is open', async () => {
    const b = await assigned()
    expect(fact(b, 'task.openedBy')).toBe('worth')
    const open = Number(fact(b, 'task.openSeconds', b.now))
    expect(Math.abs(open - (b.now - (b.world.sent[0]?.at ?? 0)) / 1000)).toBeLessThanOrEqual(2)
  })

  test('our own is known by its rule, also where the reading after it began in the very millisecond of its answer', async () => {
    const b = new Bench(rules, { order: { polls } })
    await b.until('10:02')
    b.world.page.locked = false
    await b.until('10:05')
    expect(fact(b, 'task.openedBy')).toBe('worth')
  })

  test('somebody else’s is other’s', async () => {
    const b = new Bench(rules, { order: { polls } })
    await b.until('10:02')
    b.world.set({ taskAssigned: true })
    await b.until('10:05')
    expect(fact(b, 'task.openedBy')).toBe('other')
  })

  test.each([
    ['with the points', 15, 15, 'points'],
    ['with the points a reading later', 10, 15, 'points'],
    ['without', 10, 10, 'no-points'],
    ['with points taken', 10, 4, 'no-points'],
  ])('closed %s', async (_, atClosing, later, result) => {
    const b = await assigned()
    b.world.page.locked = true
    b.world.set({ taskAssigned: false, taskPoints: atClosing })
    // To the first reading that shows it closed.
    while (fact(b, 'lock.taskAssigned') !== false) await b.until({ later: second })
    expect(fact(b, 'task.lastResult')).toMatch(/^unknown/)
    expect(fact(b, 'task.openedBy')).toMatch(/^unknown/)
    b.world.set({ taskPoints: later })
    await b.until({ later: minute })
    expect(fact(b, 'task.lastResult')).toBe(result)
  })

  test('replaced by ours', async () => {
    const b = await assigned()
    await b.until('10:30')
    expect(b.sent).toEqual(['task.assign', 'task.assign'])
    expect(fact(b, 'task.lastResult')).toBe('replaced')
    expect(fact(b, 'task.openedBy')).toBe('again')
    expect(Number(fact(b, 'task.openSeconds', b.now))).toBeLessThan(600)
  })

  test('what is worth nothing, and what others assign, has no result', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: tracker.locked is false, then: [{ task.assign: write }] }, { id: s, when: task.lastResult is known, then: [{ log: known }] }]',
      ),
      { order: { polls } },
    )
    await b.until('10:02')
    b.world.page.locked = false
    await b.until('10:05')
    b.world.set({ taskAssigned: false, taskPoints: 9 })
    await b.until('10:10')
    b.world.set({ taskAssigned: true })
    await b.until('10:15')
    b.world.set({ taskAssigned: false, taskPoints: 20 })
    await b.until('10:20')
    expect(b.sent).toEqual(['task.assign'])
    expect(fact(b, 'task.lastResult')).toMatch(/^unknown/)
  })

  test('a restart between the write and the reading after it forgets not whose it is', async () => {
    const b = new Bench(rules, { order: { polls } })
    await b.until('10:02')
    b.world.page.locked = false
    while (!b.states.includes('applied')) await b.until({ later: 20 })
    b.restart()
    await b.until('10:10')
    expect(fact(b, 'task.openedBy')).toBe('worth')
  })

  test('a restart while it is open forgets nothing, its result neither', async () => {
    const b = await assigned()
    b.restart()
    await b.until('10:07')
    expect(fact(b, 'task.openedBy')).toBe('worth')
    b.world.page.locked = true
    b.world.set({ taskAssigned: false, taskPoints: 15 })
    b.restart('run-3')
    await b.until('10:10')
    expect(fact(b, 'task.lastResult')).toBe('points')
  })

  test('a reading that does not say whether a task is open forgets not whose it is', async () => {
    const b = new Bench(rules, { order: { polls } })
    await b.until('10:02')
    b.world.page.locked = false
    b.world.writeMs = 200.5
    while (!b.states.includes('applied')) await b.until({ later: 20 })
    b.world.set({ taskAssigned: null as unknown as boolean })
    await b.until({ later: 45 * second })
    b.world.set({ taskAssigned: true })
    await b.until({ later: 2 * minute })
    expect(fact(b, 'task.openedBy')).toBe('worth')
  })

  test('each lock has its own', async () => {
    const b = await assigned()
    b.world.page.locked = true
    b.world.set({ id: lockB, taskAssigned: true })
    await b.until('10:07')
    expect(fact(b, 'task.openedBy')).toBe('other')
    b.world.set({ id: lockA })
    await b.until('10:09')
    expect(fact(b, 'task.openedBy')).toBe('worth')
  })
})

describe('who froze the lock', () => {
  const rules = rulesOf(`rules:
  - { id: cold, when: lock.taskPoints is 1, then: [{ freeze: 2h }] }
  - { id: warm, when: lock.taskPoints is 2, then: [unfreeze] }
  - { id: seen, when: lock.frozenBy is cold, then: [{ log: seen }] }
`)
  async function froze(): Promise<Bench> {
    const b = new Bench(rules)
    await b.until('10:01')
    expect(fact(b, 'lock.frozenBy')).toMatch(/^unknown/)
    b.world.set({ taskPoints: 1 })
    await b.until('10:05')
    return b
  }

  test('we did', async () => {
    const b = await froze()
    expect(fact(b, 'lock.frozenBy')).toBe('cold')
    expect(b.sent).toEqual(['freeze 7200', 'log seen'])
    b.restart()
    await b.until('10:10')
    expect(fact(b, 'lock.frozenBy')).toBe('cold')
  })

  test('others did', async () => {
    const b = new Bench(rules)
    b.world.set({ frozen: true })
    await b.until('10:05')
    expect(fact(b, 'lock.frozenBy')).toBe('other')
  })

  test('ours is over after its length: what is frozen then, others did', async () => {
    const b = await froze()
    b.world.set({ frozen: false })
    b.world.set({ frozen: true })
    await b.until('12:10')
    expect(fact(b, 'lock.frozenBy')).toBe('other')
  })

  test('ours was undone by us, and others froze it again', async () => {
    const b = await froze()
    b.world.set({ taskPoints: 2 })
    await b.until('10:08')
    expect(fact(b, 'lock.frozenBy')).toMatch(/^unknown/)
    b.world.set({ frozen: true })
    await b.until('10:10')
    expect(fact(b, 'lock.frozenBy')).toBe('other')
  })

  test('ours was undone by others, as was seen, and they froze it again', async () => {
    const b = await froze()
    b.world.set({ frozen: false })
    await b.until('10:08')
    expect(fact(b, 'lock.frozenBy')).toMatch(/^unknown/)
    b.world.set({ frozen: true })
    await b.until('10:10')
    expect(fact(b, 'lock.frozenBy')).toBe('other')
  })
})

describe('what may still be added', () => {
  const rules = rulesOf(
    'rules: [{ id: r, when: [lock.taskPoints is 1, lock.roomSeconds is known], then: [{ add_time: 1h }] }]',
  )
  async function room(limits: Record<string, unknown>, data: Partial<NonNullable<Bench['world']['lock']>>) {
    const b = new Bench(rules, { limits })
    b.world.set(data)
    await b.until('10:00:10')
    return fact(b, 'lock.roomSeconds', b.now)
  }

  test('to the agreed ceiling, growing as time runs down', async () => {
    const b = new Bench(rules, { limits: { remaining: 2 * 86_400 } })
    await b.until('11:00')
    expect(Math.abs(Number(fact(b, 'lock.roomSeconds', b.now)) - (86_400 + 3600))).toBeLessThanOrEqual(3)
  })

  test('to the lock’s own where that is nearer', async () => {
    const seconds = Number(await room({ remaining: 2 * 86_400 }, { maxTimeRemainingSeconds: 90_000 }))
    expect(Math.abs(seconds - 3600)).toBeLessThanOrEqual(15)
  })

  test('never below 0', async () => {
    expect(await room({ remaining: 3600 }, {})).toBe(0)
  })

  test('unknown where there is no ceiling, and where the remaining time is', async () => {
    expect(await room({ remaining: null }, {})).toMatch(/^unknown/)
    expect(await room({ remaining: 86_400 }, { timeRemainingSeconds: null })).toMatch(/^unknown/)
  })

  test('less by what was added', async () => {
    const b = new Bench(rules, { limits: { remaining: 2 * 86_400 } })
    await b.until('10:01')
    const before = Number(fact(b, 'lock.roomSeconds', b.now))
    b.world.set({ taskPoints: 1 })
    await b.until('10:03')
    expect(b.sent).toEqual(['add_time 3600'])
    expect(Math.abs(before + 120 - 3600 - Number(fact(b, 'lock.roomSeconds', b.now)))).toBeLessThanOrEqual(5)
  })
})

describe('what a rule did', () => {
  const rules = rulesOf(`rules:
  - { id: r, when: lock.taskPoints rises, then: [{ log: one }, { log: two }] }
  - { id: a, when: rule.r.lastFiredAgoSeconds > 900d, then: [{ log: a }] }
  - { id: b, when: rule.r.firedTimesToday > 900, then: [{ log: b }] }
  - { id: c, when: rule.r.firedTimesThisWeek > 900, then: [{ log: c }] }
  - { id: d, when: rule.r.firedTimesThisLock > 900, then: [{ log: d }] }
`)
  const facts = (t: Told, now: number) => [
    fact(t, 'rule.r.lastFiredAgoSeconds', now),
    fact(t, 'rule.r.firedTimesToday'),
    fact(t, 'rule.r.firedTimesThisWeek'),
    fact(t, 'rule.r.firedTimesThisLock'),
  ]

  test('before it ever fired, and over days and weeks', async () => {
    // Saturday before the short night; readings far apart are no gap.
    const t = new Told(rules, { everyMs: 5 * hour })
    const told = async (text: string, taskPoints: number) => {
      await t.see(moment(text), { taskPoints })
      return facts(t, moment(text))
    }
    expect(await told('2026-03-28 22:00', 0)).toEqual(['unknown: none', 0, 0, 0])
    expect(await told('2026-03-28 23:00', 1)).toEqual(['unknown: none', 0, 0, 0])
    expect(await told('2026-03-28 23:30', 2)).toEqual([1800, 1, 1, 1])
    expect(await told('2026-03-28 23:59', 2)).toEqual([1740, 2, 2, 2])
    expect(await told('2026-03-29 00:00', 2)).toEqual([1800, 0, 2, 2])
    expect(await told('2026-03-29 12:00', 3)).toEqual([41_400, 0, 2, 2])
    expect(await told('2026-03-29 23:59', 3)).toEqual([43_140, 1, 3, 3])
    expect(await told('2026-03-30 00:00', 3)).toEqual([43_200, 0, 0, 3])
    t.restart()
    expect(await told('2026-03-30 00:01', 3)).toEqual([43_260, 0, 0, 3])
    await t.see(moment('2026-03-30 00:02'), { _id: lockB, taskPoints: 3 })
    expect(facts(t, moment('2026-03-30 00:02'))).toEqual(['unknown: none', 0, 0, 0])
  })

  test('all rules see one snapshot: a firing shows to the others a step later', async () => {
    const t = new Told(
      rulesOf(`rules:
  - { id: one, when: lock.taskPoints rises, then: [{ log: one }] }
  - { id: two, when: rule.one.firedTimesThisLock > 0, then: [{ log: two }] }
`),
    )
    await t.see(moment('10:00'), { taskPoints: 0 })
    await t.see(moment('10:01'), { taskPoints: 1 })
    expect(t.firings('two')).toEqual([])
    await t.see(moment('10:02'), { taskPoints: 1 })
    expect(t.firings('two')).toHaveLength(1)
  })

  test('what is refused was a firing all the same (semantics 13)', async () => {
    const b = new Bench(
      rulesOf(
        'rules: [{ id: r, when: lock.taskPoints > 0, repeat: 10m, limit: 2 per day, then: [{ add_time: 10m }] }, { id: s, when: rule.r.firedTimesToday > 9, then: [{ log: s }] }]',
      ),
      { limits: { allow: ['log'] } },
    )
    b.world.set({ taskPoints: 1 })
    await b.until('11:00')
    expect(b.states).toEqual(['refused', 'refused'])
    expect(fact(b, 'rule.r.firedTimesToday')).toBe(2)
  })

  test('a firing whose draw was a blank is one all the same: cooldown and limit count firings (semantics 13)', async () => {
    const t = new Told(
      rulesOf(`rules:
  - id: r
    when: lock.taskPoints > 0
    repeat: 10m
    limit: 1 per day
    then: [{ draw: [{ weight: 1000000, then: [] }, { weight: 0.000001, then: [{ log: hit }] }] }]
  - { id: s, when: rule.r.firedTimesToday > 9, then: [{ log: s }] }
`),
    )
    let fires = 0
    for (let i = 0; i < 60; i++) {
      const { decisions } = await t.see(moment('10:00') + i * minute, { taskPoints: 1 })
      if (decisions.some((one) => one.rule === 'r' && one.fires)) fires++
    }
    expect(fires).toBe(1)
    expect(fact(t, 'rule.r.firedTimesToday')).toBe(1)
  })
})

test('points last by observed clock, a week over the short night', async () => {
  const t = new Told(
    rulesOf(
      'tallies: { strikes: { lasts: 7d } }\nrules: [{ id: r, when: lock.taskPoints rises, then: [{ tally.add: strikes }] }]',
    ),
    { everyMs: hour },
  )
  const start = moment('2026-03-25 12:00')
  await t.see(start - minute, { taskPoints: 0 })
  await t.see(start, { taskPoints: 1 })
  await t.see(start + 7 * day - second, { taskPoints: 1 })
  expect(fact(t, 'tally.strikes')).toBe(1)
  await t.see(start + 7 * day, { taskPoints: 1 })
  expect(fact(t, 'tally.strikes')).toBe(0)
})
