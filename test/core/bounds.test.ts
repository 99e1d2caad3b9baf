import { describe, expect, test } from 'vitest'
import { bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema } from '../../src/core/acting/limits.ts'
import { services } from '../../src/services/index.ts'
import { boundLines } from '../../src/views/bounds.ts'
import { Bench, berlin, minute, rulesOf, second } from './bench.ts'

const h = 3600
const free = {
  allow: [
    'add_time',
    'remove_time',
    'freeze',
    'unfreeze',
    'task.assign',
    'tracker.game',
    'tracker.game.link',
    'device',
    'pillory',
    'settings.patch',
    'tracker.session.start',
  ],
  add_time: 'unlimited',
  remove_time: 'unlimited',
  freeze: 'unlimited',
  task: 'unlimited',
  game: 'unlimited',
  actions: 'unlimited',
}

const limitsFrom = (written: unknown) => limitsOf([limitsSchema.parse(written)], berlin)

/** The worst of one rule, where no limit but those written stands in the way. */
function worstOf(keys: string, then: string, written: object = {}, everyMs = 30 * second) {
  const when = keys.includes('when:') ? '' : 'when: lock.taskPoints > 0, '
  const rules = rulesOf(`tallies: { n: {} }\nrules: [{ id: r, ${when}${keys}${keys ? ', ' : ''}then: ${then} }]\n`)
  return bounds(rules, limitsFrom({ ...free, ...written }), [{ everyMs }]).underTheseRules
}

/** The most seconds added on a day, in a week and on the lock by a rule that adds one second at a time. */
function firings(keys: string, everyMs?: number) {
  const { day, week, lock } = worstOf(keys, '[{ add_time: 1s }]', {}, everyMs)
  return [day, week, lock].map(({ add_time: one }) => one?.times)
}

describe('how often a rule can act', () => {
  // What fired shortly before midnight may be sent after it.
  test.each<[string, string, (number | null)[]]>([
    ['once an episode, and episodes are as many as there are', '', [null, null, null]],
    ['a repeat alone', 'repeat: 1h', [null, null, null]],
    ['a for, on the longest day', 'for: 2h', [13, 85, null]],
    ['a for with a shorter repeat', 'for: 2h, repeat: 1h', [26, 170, null]],
    ['a cooldown', 'cooldown: 6h', [5, 29, null]],
    ['so often a day', 'limit: 2 per day', [4, 16, null]],
    ['so often a day, seldom', 'limit: 2 per day, cooldown: 1h', [3, 15, null]],
    ['so often a week', 'limit: 3 per week', [6, 6, null]],
    ['so often an hour', 'limit: 1 per hour, cooldown: 10m', [26, 170, null]],
    ['so often in a rolling length', 'limit: 2 per 12h', [6, 30, null]],
    ['so often a lock', 'limit: 3 per lock', [3, 3, 3]],
    ['a moment a day', 'at: "09:00"', [1, 7, null]],
    ['a moment short of midnight', 'at: "23:58"', [2, 8, null]],
    ['a moment whose grace reaches over midnight', 'at: "22:40", grace: 2h', [2, 8, null]],
    ['some days a week', 'at: mon-fri 09:00', [1, 5, null]],
    ['once a month', 'at: "0 9 1 * *"', [1, 1, null]],
    ['several moments', 'at: ["09:00", "sat 12:00"]', [2, 8, null]],
    ['every quarter of an hour', 'at: "*/15 * * * *"', [108, 684, null]],
    ['a drawn moment', 'at: random 09:00-22:00', [1, 7, null]],
    ['a drawn moment up to midnight', 'at: random 22:00-24:00', [2, 8, null]],
    ['three drawn moments a day', 'at: random 3x 09:00-22:00', [3, 21, null]],
    ['a moment drawn over midnight', 'at: random 22:00-02:00', [3, 9, null]],
    ['drawn days of the week', 'at: random 2 days per week 14:00-20:00', [1, 2, null]],
    ['moments drawn apart', 'at: random every 6h-18h', [6, 30, null]],
    ['moments evenly apart', 'at: every 90m 09:00-21:00', [9, 63, null]],
    ['the first such day of a month', 'at: first mon 09:00', [1, 1, null]],
    ['moments with a limit', 'at: "*/15 * * * *", limit: 3 per lock', [3, 3, 3]],
    ['a change', 'when: lock.taskPoints changes', [null, null, null]],
  ])('%s', (_, keys, times) => expect(firings(keys)).toEqual(times))

  test('the slower the polls, the longer an action may wait', () => {
    expect(firings('limit: 1 per day, cooldown: 1h')).toEqual([2, 8, null])
    expect(firings('cooldown: 1h')).toEqual([26, 170, null])
    expect(firings('cooldown: 1h', 120 * minute)).toEqual([31, 175, null])
  })

  test('a poll by cron counts by how far its moments can lie apart', () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, limit: 1 per day, then: [{ add_time: 1s }] }]')
    const most = (cron: string) =>
      bounds(rules, limitsFrom(free), [{ cron }]).underTheseRules.day.add_time?.times ?? Number.NaN
    expect(most('0 9 * * *')).toBe(1 + Math.ceil(75 / 23))
    expect(most('0 9 * * mon')).toBe(1 + Math.ceil((3 * 169) / 23))
    expect(most('0 9 1 * *')).toBeGreaterThan(1000)
  })

  test('what is disabled does nothing', () => {
    expect(worstOf('enabled: false', '[{ add_time: 1h }]')).toEqual({ day: {}, week: {}, lock: {} })
  })
})

describe('how much a firing can do', () => {
  const once = 'limit: 1 per lock'
  test.each<[string, string, object]>([
    ['a length', '[{ add_time: 1h }]', { add_time: { times: 1, seconds: h } }],
    ['the whole list', '[{ add_time: 1h }, { apply_time: 30m }]', { add_time: { times: 2, seconds: 1.5 * h } }],
    ['time taken off', '[{ apply_time: -30m }]', { remove_time: { times: 1, seconds: 1800 } }],
    [
      'the greatest that can be drawn',
      '[{ add_time: { between: [5m, 2h] } }]',
      { add_time: { times: 1, seconds: 7200 } },
    ],
    [
      'steps from taking off to adding',
      '[{ apply_time: { steps: [-1800, 600], by: tally.n } }]',
      { add_time: { times: 1, seconds: 600 }, remove_time: { times: 1, seconds: 1800 } },
    ],
    [
      'a draw of what is taken off',
      '[{ apply_time: { between: [-1800, -600] } }]',
      { remove_time: { times: 1, seconds: 1800 } },
    ],
    [
      'the largest step',
      '[{ freeze: { steps: [1h, 8h, 2h], by: tally.n } }]',
      { freeze: { times: 1, seconds: 8 * h } },
    ],
    ['up to a time of day', '[{ freeze: { until: "07:00" } }]', { freeze: { times: 1, seconds: 24 * h } }],
    ['a toggle, as if it froze', '[{ toggle_freeze: 2h }]', { freeze: { times: 1, seconds: 2 * h } }],
    [
      'of a draw each effect at its worst',
      '[{ draw: [{ then: [{ add_time: 1h }, { add_time: 1h }] }, { then: [{ freeze: 3h }, { add_time: 90m }] }, { then: [] }] }]',
      { add_time: { times: 2, seconds: 7200 }, freeze: { times: 1, seconds: 3 * h } },
    ],
    ['a task', '[{ task.assign: { text: Write } }]', { task: { times: 1, seconds: 0 } }],
    ['a game, whose time nobody knows', '[{ tracker.game: dice }]', { game: { times: 1, seconds: null } }],
    ['a pillory, as long as it is told', '[{ pillory: 15m }]', { pillory: { times: 1, seconds: 900 } }],
    [
      'what nobody can tell',
      '[{ settings.patch: { params: {} } }, tracker.session.start]',
      { 'settings.patch': { times: 1, seconds: null }, 'tracker.session.start': { times: 1, seconds: null } },
    ],
    ['what harms nobody', '[{ log: hello }, unfreeze, { tally.add: n }]', {}],
  ])('%s', (_, then, amounts) => expect(worstOf(once, then).lock).toEqual(amounts))

  test('a device, if its command is allowed', () => {
    const then = '[{ device: vibration.start }, { device: all.stop }, { device: shock.start }]'
    const device = { commands: ['vibration.start'], times_per_hour: 'unlimited' }
    expect(worstOf(once, then, { device }).lock).toEqual({ device: { times: 1, seconds: null } })
    expect(worstOf(once, then).lock).toEqual({})
  })
})

describe('what the limits leave of it', () => {
  test.each<[string, object, string, object]>([
    ['a size at a time', { add_time: { each: '10m' } }, 'limit: 2 per lock', { times: 2, seconds: 1200 }],
    ['a sum', { add_time: { per_lock: '90m' } }, 'limit: 2 per lock', { times: 2, seconds: 5400 }],
    ['a sum for each hour', { add_time: { each: 'unlimited', per_hour: '1m' } }, '', { times: null, seconds: 25 * 60 }],
    ['how often', { add_time: { times_per_day: 3 } }, '', { times: 3, seconds: 3 * h }],
    ['how often in a week', { add_time: { times_per_week: 2 } }, '', { times: 2, seconds: 2 * h }],
    ['how many actions', { actions: { per_hour: 1 } }, '', { times: 25, seconds: 25 * h }],
  ])('%s', (_, written, keys, most) => {
    const none = { each: 'unlimited', per_day: 'unlimited', per_lock: 'unlimited' }
    const add = { ...none, ...('add_time' in written ? (written.add_time as object) : {}) }
    expect(worstOf(keys, '[{ add_time: 1h }]', { ...written, add_time: add }).day).toEqual({ add_time: most })
  })

  test('nothing of what is not allowed, or not at all', () => {
    expect(worstOf('', '[{ add_time: 1h }]', { allow: ['log'] }).lock).toEqual({})
    expect(worstOf('', '[{ add_time: 1h }]', { add_time: { times_per_day: 0 } }).lock).toEqual({})
    expect(worstOf('', '[{ freeze: 1h }]', { freeze: { per_lock: '59s' } }).lock).toEqual({})
    expect(worstOf('', '[{ add_time: 1h }]', { actions: { per_hour: 0 } }).lock).toEqual({})
  })

  test('relief is not counted by actions', () => {
    const { lock } = worstOf('limit: 3 per lock', '[{ remove_time: 1h }]', { actions: { per_hour: 0 } })
    expect(lock).toEqual({ remove_time: { times: 3, seconds: 3 * h } })
  })

  test('a day is never worse than its week, nor seven days better', () => {
    const { day, week, lock } = worstOf('', '[{ add_time: 1h }]', {
      add_time: { per_week: '2h', per_day: 'unlimited' },
    })
    expect([day, week, lock].map(({ add_time: one }) => one?.seconds)).toEqual([2 * h, 2 * h, 72 * h])
    expect(worstOf('', '[{ add_time: 1h }]', { add_time: { per_day: '2h' } }).week.add_time?.seconds).toBe(14 * h)
  })
})

describe('under any rules', () => {
  const any = (written: unknown) => bounds(rulesOf('rules: []'), limitsFrom(written), []).underAnyRules

  test('the defaults', () => {
    expect(any({})).toEqual({
      day: {
        add_time: { times: 500, seconds: 3 * h },
        remove_time: { times: null, seconds: 6 * h },
        freeze: { times: 3, seconds: 10 * h },
        task: { times: 5, seconds: 0 },
        game: { times: 3, seconds: null },
      },
      week: {
        add_time: { times: 3380, seconds: 21 * h },
        remove_time: { times: null, seconds: 42 * h },
        freeze: { times: 21, seconds: 70 * h },
        task: { times: 35, seconds: 0 },
        game: { times: 21, seconds: null },
      },
      lock: {
        add_time: { times: null, seconds: 72 * h },
        remove_time: { times: null, seconds: null },
        freeze: { times: null, seconds: 168 * h },
        task: { times: null, seconds: 0 },
        game: { times: null, seconds: null },
      },
    })
  })

  test('whatever no limit counts has no bound, and devices only where a command is allowed', () => {
    const written = { ...free, allow: [...free.allow, 'task.complete'] }
    expect(Object.keys(any(written).lock)).not.toContain('device')
    const { lock } = any({ ...written, device: { commands: ['shock.start'] } })
    expect(lock).toMatchObject({
      add_time: { times: null, seconds: null },
      device: { times: null, seconds: null },
      pillory: { times: null, seconds: null },
      'settings.patch': { times: null, seconds: null },
      'tracker.session.start': { times: null, seconds: null },
      'task.complete': { times: null, seconds: null },
    })
  })

  /** What a rule may say of each action, at its plainest. */
  const written: Record<string, string> = {
    'task.assign': 'task.assign: { text: Write }',
    'task.complete': 'task.complete: { successful: false }',
    'settings.patch': 'settings.patch: { params: {} }',
    'tracker.game': 'tracker.game: { game: link, as: public, type: add }',
    log: 'log: hello',
    notify: 'notify: { title: a, message: b }',
    device: 'device: shock.start',
    freeze: 'freeze: 1h',
  }
  const bare = ['unfreeze', 'pillory.end', 'tracker.session.start', 'task.start_timer']

  test.each(services.flatMap(({ actions }) => actions.map(({ name }) => name)))(
    '%s is in it as it is in rules',
    (name) => {
      const action = bare.includes(name) ? name : `{ ${written[name] ?? `${name}: 1h`} }`
      const rules = rulesOf(`rules: [{ id: r, when: lock.taskPoints > 0, limit: 1 per lock, then: [${action}] }]`)
      const allowed = services.flatMap(({ actions }) => actions.map((one) => one.name))
      const limits = limitsFrom({
        ...free,
        allow: [...allowed, 'tracker.game.link'],
        device: { commands: ['shock.start'], each: 'unlimited' },
      })
      const { underTheseRules, underAnyRules } = bounds(rules, limits, [])
      for (const key of Object.keys(underTheseRules.lock)) expect(Object.keys(underAnyRules.lock)).toContain(key)
      const kind = rules.actions.get(name)
      const intent = rules.rules[0]?.then[0]
      const effect = intent && 'params' in intent ? kind?.worst(intent.params) : undefined
      const counts = effect?.toward === 'restricts' || effect?.counts !== null
      expect(Object.keys(underTheseRules.lock)).toHaveLength(counts ? 1 : 0)
      // What only relieves or speaks is no part of any worst case.
      if (!counts && effect) expect(Object.keys(underAnyRules.lock)).not.toContain(effect.allow)
    },
  )
})

describe('around midnight', () => {
  test('what fell due before it and left after it stays within the bound', async () => {
    const rules = rulesOf('rules: [{ id: r, when: lock.taskPoints > 0, limit: 1 per day, then: [{ add_time: 10m }] }]')
    const b = new Bench(rules, { start: '23:50', limits: limitsSchema.parse(free) })
    await b.until('23:58')
    b.world.set({ taskPoints: 1 })
    b.world.replies = Array(6).fill('refused connection')
    await b.until('2026-03-03 00:30')
    b.world.set({ taskPoints: 0 })
    await b.until('2026-03-03 01:00')
    b.world.set({ taskPoints: 1 })
    await b.until('2026-03-03 02:00')
    expect(b.world.done).toEqual(['add_time 600', 'add_time 600'])
    expect(b.kept.rows.every(({ sentAt }) => (sentAt ?? 0) > Date.parse('2026-03-02T23:00Z'))).toBe(true)
    const { day } = bounds(rules, b.order.limits, [...b.order.polls.values()]).underTheseRules
    expect(day.add_time).toEqual({ times: 2, seconds: 1200 })
  })
})

describe('for people', () => {
  const lines = (keys: string, then: string, written: object = {}) => boundLines(worstOf(keys, then, written))

  test('lengths, and how often', () => {
    const then = '[{ add_time: 50m }, { freeze: 8h }, { task.assign: { text: Write } }, { pillory: 15m }]'
    expect(lines('at: "09:00", limit: 10 per lock', then)).toEqual([
      'on a calendar day: at most 50 min added, 8 h frozen (1 freeze), 1 task, 1 time pillory (15 min)',
      'in a week from Monday: at most 5 h 50 min added, 2 d 8 h frozen (7 freezes), 7 tasks, 7 times pillory (1 h 45 min)',
      'on this lock in all: at most 8 h 20 min added, 3 d 8 h frozen (10 freezes), 10 tasks, 10 times pillory (2 h 30 min)',
    ])
  })

  test('what has no bound is said to have none', () => {
    expect(lines('at: "09:00"', '[{ add_time: 1h }, { tracker.game: dice }]')).toEqual([
      'on a calendar day: at most 1 h added, 1 game',
      'in a week from Monday: at most 7 h added, 7 games',
      'on this lock in all: without bound: time added, games',
      'no number tells how much time a game adds',
    ])
  })

  test('a length is never said smaller than it is', () => {
    const [day] = lines('limit: 1 per lock', '[{ add_time: 93601s }, { freeze: 3661s }]')
    expect(day).toBe('on a calendar day: at most 1 d 3 h added, 1 h 2 min frozen (1 freeze)')
  })

  test('nothing', () => {
    expect(lines('', '[{ log: hello }]')).toEqual(['nothing is added, removed or restricted'])
  })
})
