// Whatever the rules say and whatever happens outside: what reaches the lock stays within what was agreed, and within
// what `check` promises. The sums are reckoned here anew from what was sent; nothing of `limits.ts` is asked.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Amounts, bounds } from '../../src/core/acting/bounds.ts'
import { limitsOf, limitsSchema, type WrittenLimits } from '../../src/core/acting/limits.ts'
import type { Instant } from '../../src/core/calendar/time.ts'
import type { Poll } from '../../src/core/model/service.ts'
import { Bench, berlin, day, hour, minute, type Reply, rulesOf, second } from './bench.ts'
import { hourOf, sumsOf, Watched } from './watched.ts'

const long = process.env.LOCKWARDEN_LONG === '1'

// What the rules may be.

const sizes = fc.oneof(
  fc.integer({ min: 61, max: 4 * 3600 }).map((n) => `${n}s`),
  fc
    .tuple(fc.integer({ min: 61, max: 3600 }), fc.integer({ min: 1, max: 20_000 }))
    .map(([low, more]) => `{ between: [${low}s, ${low + more}s] }`),
  fc
    .array(fc.integer({ min: 61, max: 20_000 }), { minLength: 1, maxLength: 3 })
    .map((steps) => `{ steps: [${steps.map((n) => `${n}s`).join(', ')}], by: tally.strikes }`),
)
const signed = fc.oneof(
  fc.tuple(fc.constantFrom('', '-'), fc.integer({ min: 61, max: 9000 })).map(([sign, n]) => `"${sign}${n}s"`),
  fc
    .tuple(fc.integer({ min: -9000, max: 4000 }), fc.integer({ min: 1, max: 9000 }))
    .filter(([low, more]) => low * (low + more) > 0)
    .map(([low, more]) => `{ between: [${low}, ${low + more}] }`),
)
const freezing = fc.oneof(
  { weight: 3, arbitrary: sizes },
  { weight: 1, arbitrary: fc.constantFrom('{ until: "07:00" }', '{ until: "23:30" }') },
)
const action = fc.oneof(
  { weight: 3, arbitrary: sizes.map((size) => `add_time: ${size}`) },
  { weight: 2, arbitrary: signed.map((size) => `apply_time: ${size}`) },
  { weight: 3, arbitrary: freezing.map((size) => `freeze: ${size}`) },
  { weight: 2, arbitrary: freezing.map((size) => `toggle_freeze: ${size}`) },
  { weight: 2, arbitrary: sizes.map((size) => `remove_time: ${size}`) },
  { weight: 1, arbitrary: fc.constant('task.assign: { text: Write, if_open: replace }') },
  { weight: 1, arbitrary: fc.constantFrom('tracker.game: dice', 'tracker.game: { game: luck, as: dom }') },
  { weight: 1, arbitrary: fc.constantFrom('log: hello', 'tally.add: strikes', 'unfreeze: {}') },
)
const lists = fc.array(action, { minLength: 1, maxLength: 3 }).map((all) => `[${all.map((one) => `{ ${one} }`)}]`)
const then = fc.oneof(
  { weight: 4, arbitrary: lists },
  {
    weight: 1,
    arbitrary: fc.tuple(lists, lists).map(([a, b]) => `[{ draw: [{ weight: 2, then: ${a} }, { then: ${b} }] }]`),
  },
)

const conditions = [
  'lock.taskPoints > 0',
  'lock.taskPoints < 3',
  'lock.frozen is false',
  'lock.frozen is true',
  'lock.taskPoints changes',
  'lock.taskPoints rises by 2',
  'time.clock between 22:00 and 04:00',
  'lock.timeRemainingSeconds < 3d',
]
const keys = fc.record(
  {
    for: fc.constantFrom('10m', '2h'),
    repeat: fc.constantFrom('1h', '30m', '5h'),
    cooldown: fc.constantFrom('20m', '3h', '2d'),
    limit: fc.constantFrom(
      '1 per hour',
      '2 per day',
      '1 per day',
      '3 per week',
      '4 per lock',
      '2 per 7h',
      '[3 per day, 1 per 2h]',
    ),
    on_failure: fc.constant('continue'),
    chance: fc.constant('60%'),
    resend: fc.boolean(),
  },
  { requiredKeys: [] },
)
const moments = fc.constantFrom(
  '"23:58"',
  '"00:02"',
  'mon-fri 12:00',
  '"*/30 * * * *"',
  'random 20:00-24:00',
  '"0 0 * * *"',
  '["06:00", "23:59"]',
)

const rule = fc.record({
  when: fc.constantFrom(...conditions),
  at: fc.option(moments, { freq: 4 }),
  keys,
  then,
})

function written(rules: readonly (typeof rule extends fc.Arbitrary<infer R> ? R : never)[]): string {
  const lines = rules.map(({ when, at, keys, then }, i) => {
    const change = /changes|rises/.test(when)
    const { for: lasts, repeat, ...plain } = keys
    const timed = at !== null && !change
    const more = {
      ...plain,
      ...(change || lasts === undefined ? {} : { for: lasts }),
      ...(change || timed || repeat === undefined ? {} : { repeat }),
      ...(timed ? { at, grace: '2h' } : {}),
    }
    const told = Object.entries(more).map(([key, value]) => `${key}: ${value}, `)
    return `  - { id: r${i}, when: ${when.includes('between') ? `"${when}"` : when}, ${told.join('')}then: ${then} }`
  })
  return `tallies: { strikes: {} }\nrules:\n${lines.join('\n')}\n`
}

// What was agreed.

const length = (most: number) => fc.integer({ min: 1, max: most }).map((n) => `${n}s`)
const times = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constant(0) },
)

/** A few of the keys; what is left out keeps its default, or is unlimited. */
function someOf(keys: Record<string, fc.Arbitrary<number | string>>): fc.Arbitrary<Record<string, number | string>> {
  const names = Object.keys(keys)
  return fc
    .tuple(fc.record(keys), fc.subarray(names, { maxLength: 3 }), fc.boolean())
    .map(([all, some, free]) =>
      Object.fromEntries(
        names.flatMap((name) => (some.includes(name) ? [[name, all[name] ?? 0]] : free ? [[name, 'unlimited']] : [])),
      ),
    )
}

const section = (largest: number) =>
  someOf({
    each: length(largest),
    per_hour: length(largest),
    per_day: length(3 * largest),
    per_week: length(8 * largest),
    per_lock: length(20 * largest),
    times_per_hour: times,
    times_per_day: times,
    times_per_week: fc.integer({ min: 1, max: 15 }),
    times_per_lock: fc.integer({ min: 1, max: 30 }),
  })
const counts = someOf({
  times_per_hour: times,
  times_per_day: times,
  times_per_week: fc.integer({ min: 0, max: 12 }),
  times_per_lock: fc.integer({ min: 0, max: 20 }),
})
const agreed = fc.record(
  {
    allow: fc.subarray(
      ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'log', 'notify', 'tracker.game'],
      { minLength: 7 },
    ),
    add_time: section(7200),
    remove_time: section(7200),
    freeze: section(20_000),
    remaining: fc.oneof(
      fc.constant('unlimited'),
      fc.integer({ min: 390_000, max: 440_000 }).map((n) => `${n}s`),
    ),
    task: counts,
    game: counts,
    actions: fc.record(
      { per_hour: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('unlimited', 0)) },
      { requiredKeys: [] },
    ),
    ends: fc.constantFrom('2026-03-10 12:00', '2026-10-27 03:30', '2027-01-01 00:00'),
  },
  { requiredKeys: [] },
)

// What happens outside.

interface Event {
  afterMs: number
  what:
    | 'points'
    | 'others freeze'
    | 'others thaw'
    | 'others add'
    | 'outage'
    | 'lost'
    | 'refused'
    | 'lands'
    | 'restart'
    | 'ceiling'
  n: number
}
const event: fc.Arbitrary<Event> = fc.record({
  // At odd moments: nobody presses a button in the very second in which a rule acts.
  afterMs: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 600, max: 8 * 3600 }).map((n) => n * second + 337) },
    { weight: 1, arbitrary: fc.integer({ min: 86_400, max: 3 * 86_400 }).map((n) => n * second + 337) },
  ),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('points' as const) },
    {
      weight: 5,
      arbitrary: fc.constantFrom<Event['what'][]>('others freeze', 'others thaw', 'others add', 'restart', 'ceiling'),
    },
    { weight: 4, arbitrary: fc.constantFrom<Event['what'][]>('outage', 'lost', 'refused', 'lands') },
  ),
  n: fc.nat({ max: 6 }),
})

const troubles: readonly Reply[] = [
  'refused connection',
  { trouble: 'rate-limited', retryAfterMs: 90_000 },
  { trouble: 'invalid' },
  { trouble: 'server-error' },
]

async function happen(b: Bench, world: Watched, { what, n }: Event): Promise<void> {
  const lock = world.lock
  if (!lock) return
  if (what === 'points') world.set({ taskPoints: n })
  if (what === 'others freeze') world.touch(b.now, () => world.set({ frozen: true }))
  if (what === 'others thaw') world.touch(b.now, () => world.set({ frozen: false, taskAssigned: false }))
  if (what === 'others add') {
    const more = (n - 3) * 20_000 + 13
    const seconds = Math.max(0, (lock.timeRemainingSeconds ?? 0) + more)
    world.touch(b.now, () => world.set({ timeRemainingSeconds: seconds }))
  }
  if (what === 'ceiling') {
    const highest = n === 0 ? null : Math.max(0, (lock.timeRemainingSeconds ?? 0) + (n - 2) * 4000)
    world.touch(b.now, () => world.set({ maxTimeRemainingSeconds: highest }))
  }
  if (what === 'outage') {
    world.broken = { [n === 6 ? 'tracker' : 'chastify']: 'unreachable' }
    await b.until({ later: (n + 1) * 20 * minute })
    world.broken = {}
  }
  if (what === 'lost')
    world.replies.push(...Array<Reply>((n % 3) + 1).fill(n % 2 === 0 ? 'timeout' : 'timeout, but done'))
  if (what === 'refused') world.replies.push(troubles[n % troubles.length] ?? 'ok')
  if (what === 'lands') world.replies.push({ landsMs: 1000 * (n + 1) })
  if (what === 'restart') b.restart(`run-${b.steps}`)
}

interface Story {
  rules: string
  limits: WrittenLimits
  everyMs: number
  start: string
  events: readonly Event[]
  days: number
}

async function live({ rules, limits, everyMs, start, events, days }: Story) {
  const set = rulesOf(rules)
  const polls: Poll[] = [{ everyMs }, { everyMs: 2 * everyMs }]
  const b = new Bench(set, {
    start,
    limits,
    order: {
      polls: new Map([
        ['chastify.session', { everyMs }],
        ['tracker.stats', { everyMs: 2 * everyMs }],
      ]),
    },
  })
  const world = new Watched(b.now)
  b.world = world
  world.set({ timeRemainingSeconds: 400_000 })
  const end = b.now + days * day
  const touched: Instant[] = []
  for (const one of events) {
    if (b.now + one.afterMs >= end) break
    await b.until({ later: one.afterMs })
    world.pass(b.now)
    touched.push(b.now)
    await happen(b, world, one)
  }
  await b.until({ later: Math.max(0, end - b.now) })
  return { b, world, set, polls, touched }
}

/** A limit or a bound that what was sent went over, in words. */
function passed({ b, world, set, polls, touched }: Awaited<ReturnType<typeof live>>, written: WrittenLimits): string[] {
  const limits = limitsOf([written], berlin)
  const wrong: string[] = []
  const sums = sumsOf(world.reached)
  for (const { what, per, key, times, seconds } of sums) {
    if (what === 'log') continue
    const bound = limits[what]
    const [most, often] = [bound[`per_${per}`], bound[`times_per_${per}`]]
    if (most !== null && seconds > most) wrong.push(`${what} ${seconds} s in the ${per} ${key}, agreed are ${most}`)
    if (often !== null && times > often) wrong.push(`${what} ${times} times in the ${per} ${key}, agreed are ${often}`)
  }
  const most = bounds(set, limits, polls)
  for (const [name, worst] of Object.entries(most)) {
    for (const { what, per, key, times, seconds } of sums) {
      if (per === 'hour' || what === 'log') continue
      const amounts: Amounts = worst[per]
      const bound = amounts[what] ?? { times: 0, seconds: 0 }
      const over = times > (bound.times ?? times) || seconds > (bound.seconds ?? seconds)
      if (over)
        wrong.push(`${what} ${times} times, ${seconds} s in the ${per} ${key}; ${name}: ${JSON.stringify(bound)}`)
    }
  }
  const perHour = limits.actions.per_hour
  const hours = new Map<string, number>()
  for (const { at, what } of world.reached) {
    const before = hours.get(hourOf(at)) ?? 0
    hours.set(hourOf(at), before + 1)
    const relief = what === 'unfreeze' || what === 'remove_time'
    if (perHour !== null && !relief && before >= perHour) wrong.push(`${what} after ${before} actions in an hour`)
  }
  for (const { at, what, seconds, leadsTo, ceiling } of world.reached) {
    if (what === 'add_time' || what === 'remove_time' || what === 'freeze') {
      const { each } = limits[what]
      if (each !== null && seconds > each) wrong.push(`${what} ${seconds} s at once, agreed are ${each}`)
    }
    const allow = what === 'task' ? 'task.assign' : what === 'game' ? 'tracker.game' : what
    if (!limits.allow.includes(allow)) wrong.push(`${what} is not allowed`)
    const relief = what === 'unfreeze' || what === 'remove_time' || what === 'log'
    if (!relief && limits.ends !== null && at >= limits.ends) wrong.push(`${what} after the end`)
    // What somebody else did since the reading it rests on nobody could know.
    if (leadsTo === null || touched.some((moment) => moment <= at && at - moment < 15 * second)) continue
    for (const highest of [limits.remaining, ceiling]) {
      if (highest !== null && leadsTo > highest + 2) wrong.push(`${what} leads to ${leadsTo} s, over ${highest}`)
    }
  }
  // Every row that is said to be done was done, and each once.
  const done = b.kept.rows.filter(({ state, effect }) => state === 'applied' && effect.allow !== '')
  if (done.length > world.reached.length) wrong.push(`${done.length} rows applied, ${world.reached.length} arrived`)
  return wrong
}

const stories: fc.Arbitrary<Story> = fc.record({
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }).map(written),
  limits: agreed.map((section) => limitsSchema.parse(section)),
  everyMs: fc.constantFrom(30 * minute, hour),
  start: fc.constantFrom('10:00', '2026-03-27 23:10', '2026-10-22 12:00'),
  events: fc.array(event, { minLength: 5, maxLength: 40 }),
  days: fc.constantFrom(9, 9, 9, 16),
})

describe('over weeks of any rules, limits and mishaps', () => {
  test(
    'nothing passes what was agreed, nor either worst case',
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, async (story) => {
          expect(passed(await live(story), story.limits)).toEqual([])
        }),
        { numRuns: long ? 600 : 30, interruptAfterTimeLimit: long ? 1_500_000 : 60_000 },
      )
    },
    long ? 1_600_000 : 120_000,
  )
})
