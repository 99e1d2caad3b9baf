import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dateAfter, type Instant, localTime, momentAt } from '../../src/core/calendar/time.ts'
import { berlin, hour, minute, moment, rulesOf, second, Told } from './bench.ts'

/** Something told at a moment: a truth, unknown, or nothing at all; after it the process may end. */
interface Told1 {
  laterMs: number
  saw: boolean | null | 'nothing'
  restart: boolean
  enabled: boolean
}

/** The keys of a rule, in milliseconds. */
interface Keys {
  forMs: number
  repeatMs: number
  cooldownMs: number
  limits: { times: number; per: 'hour' | 'day' | 'lock' | number }[]
}

const everyMs = minute
/** Semantics 2: older than max(3 poll intervals, 60 s). */
const boundMs = Math.max(3 * everyMs, 60 * second)

function startOf(per: 'hour' | 'day', now: Instant): Instant {
  const { date, clock } = localTime(now, berlin)
  return momentAt(date, per === 'day' ? 0 : Math.floor(clock / 3600) * 3600, berlin)
}

function yaml({ forMs, repeatMs, cooldownMs, limits }: Keys, enabled: boolean): string {
  const quotas = limits.map(({ times, per }) => `${times} per ${typeof per === 'number' ? `${per / 1000}s` : per}`)
  return [
    ...(forMs ? [`for: ${forMs / 1000}s`] : []),
    ...(repeatMs ? [`repeat: ${repeatMs / 1000}s`] : []),
    ...(cooldownMs ? [`cooldown: ${cooldownMs / 1000}s`] : []),
    ...(quotas.length > 0 ? [`limit: [${quotas.join(', ')}]`] : []),
    ...(enabled ? [] : ['enabled: false']),
  ].join(', ')
}

const rulesAt = new Map<string, ReturnType<typeof rulesOf>>()
function rule(when: string, keys: string) {
  const text = `rules: [{ id: r, ${[when, keys].filter(Boolean).join(', ')}, then: [{ log: hello }] }]`
  const made = rulesAt.get(text) ?? rulesOf(text)
  rulesAt.set(text, made)
  return made
}

function mayFire(fired: readonly Instant[], { cooldownMs, limits }: Pick<Keys, 'cooldownMs' | 'limits'>, now: Instant) {
  const last = fired.at(-1)
  if (last !== undefined && now - last < cooldownMs) return false
  return limits.every(({ times, per }) => {
    if (per === 'lock') return fired.length < times
    const counted =
      typeof per === 'number' ? fired.filter((at) => now - at < per) : fired.filter((at) => at >= startOf(per, now))
    return counted.length < times
  })
}

/**
 * The firings of a lasting condition, counted from the sentences: "once an episode (from the first step that saw it
 * true to the first that saw it false)"; `for` "true for so long of observed time"; `repeat` "again every hour of
 * observed time while the episode lasts", from the last occurrence; observed time "between consecutive known readings
 * no further apart than that bound", "a gap longer than the `for` itself resets it"; cooldown and limit hold;
 * "disabled rules follow episodes without consuming". Of a restart no sentence says a word.
 */
function reference(keys: Keys, story: readonly Told1[], start: Instant): Instant[] {
  const fired: Instant[] = []
  let inEpisode = false
  let occurrences = 0
  let observedMs = 0
  let known: Instant | null = null
  let now = start
  for (const { laterMs, saw, enabled } of story) {
    now += laterMs
    if (saw === 'nothing' || saw === null) continue
    const gapMs: number = known === null ? 0 : now - known
    known = now
    if (!saw) {
      inEpisode = false
      continue
    }
    if (!inEpisode) {
      inEpisode = true
      occurrences = 0
      observedMs = 0
    } else if (gapMs <= boundMs) observedMs += gapMs
    else if (occurrences === 0 && gapMs > keys.forMs) observedMs = 0
    if (!enabled) continue
    const due = occurrences === 0 ? observedMs >= keys.forMs : keys.repeatMs > 0 && observedMs >= keys.repeatMs
    if (!due || !mayFire(fired, keys, now)) continue
    fired.push(now)
    occurrences++
    observedMs = 0
  }
  return fired
}

async function live(keys: Keys, story: readonly Told1[], start: Instant): Promise<Instant[]> {
  const t = new Told(rule('when: lock.taskPoints > 0', yaml(keys, true)), { everyMs })
  let now = start
  for (const { laterMs, saw, restart, enabled } of story) {
    now += laterMs
    t.rules = rule('when: lock.taskPoints > 0', yaml(keys, enabled))
    if (saw !== 'nothing') await t.see(now, { taskPoints: saw === null ? null : Number(saw) })
    if (restart) t.restart()
  }
  return t.kept.rows.map(({ at }) => at)
}

const lengths = fc.constantFrom(0, 0, 90 * second, 5 * minute, 10 * minute, hour)
const keys: fc.Arbitrary<Keys> = fc.record({
  forMs: lengths,
  repeatMs: lengths,
  cooldownMs: lengths,
  limits: fc.array(
    fc.record({
      times: fc.integer({ min: 1, max: 3 }),
      per: fc.constantFrom<('hour' | 'day' | 'lock' | number)[]>('hour', 'day', 'lock', 20 * minute, 2 * hour),
    }),
    { maxLength: 2 },
  ),
})
const told = (restarts: boolean): fc.Arbitrary<Told1> =>
  fc.record({
    laterMs: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 20, max: 70 }).map((n) => n * second) },
      { weight: 2, arbitrary: fc.constantFrom(90 * second, 180 * second, 181 * second, 5 * minute, 10 * minute) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 * 60 }).map((n) => n * second) },
    ),
    saw: fc.oneof(
      { weight: 8, arbitrary: fc.constant(true) },
      { weight: 2, arbitrary: fc.constantFrom(false, null, 'nothing' as const) },
    ),
    restart: restarts ? fc.boolean() : fc.constant(false),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  })
const stories = (restarts: boolean) => fc.array(told(restarts), { minLength: 5, maxLength: 40 })
const starts = fc.constantFrom('10:00', '23:40', '2026-03-29 01:20', '2026-10-25 00:40', '2028-02-28 23:50')

describe('a lasting condition', () => {
  test('in one process it fires when the sentences say so, to the step', async () => {
    await fc.assert(
      fc.asyncProperty(keys, stories(false), starts, async (rules, story, start) => {
        const hourly = rules.limits.some(({ per }) => per === 'hour')
        // Which hour a doubled clock shows is put to the test by the table of firing.test.ts.
        fc.pre(!hourly || !start.includes('10-25'))
        expect(await live(rules, story, moment(start))).toEqual(reference(rules, story, moment(start)))
      }),
      { numRuns: 400 },
    )
  })

  test('with restarts anywhere, what has neither for nor repeat fires all the same', async () => {
    await fc.assert(
      fc.asyncProperty(keys, stories(true), async (rules, story) => {
        const plain = { ...rules, forMs: 0, repeatMs: 0 }
        expect(await live(plain, story, moment('10:00'))).toEqual(reference(plain, story, moment('10:00')))
      }),
      { numRuns: 300 },
    )
  })

  /** A first firing only, of a `for` alone. */
  async function firstOf(forMs: number, story: readonly Told1[]) {
    const plain: Keys = { forMs, repeatMs: 0, cooldownMs: 0, limits: [] }
    const always = story.map((one) => ({ ...one, enabled: true }))
    const [is] = await live(plain, always, moment('10:00'))
    const [meant] = reference(plain, always, moment('10:00'))
    return { is: is ?? Number.POSITIVE_INFINITY, meant: meant ?? Number.POSITIVE_INFINITY }
  }

  test('with restarts anywhere, no for is early', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(5 * minute, 10 * minute, hour), stories(true), async (forMs, story) => {
        const { is, meant } = await firstOf(forMs, story)
        expect(is).toBeGreaterThanOrEqual(meant)
      }),
      { numRuns: 400 },
    )
  })

  test('with restarts anywhere between readings a minute apart, a for and a repeat come when they should', async () => {
    const steady = fc.array(
      fc.record({
        laterMs: fc.constant(minute),
        saw: fc.oneof({ weight: 30, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        restart: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
        enabled: fc.constant(true),
      }),
      { minLength: 20, maxLength: 80 },
    )
    await fc.assert(
      fc.asyncProperty(keys, steady, async (rules, story) => {
        expect(await live(rules, story, moment('10:00'))).toEqual(reference(rules, story, moment('10:00')))
      }),
      { numRuns: 150 },
    )
  })
})

describe('moments', () => {
  interface Timed {
    everyMinutes: number
    graceMs: number
    forMs: number
    cooldownMs: number
    limits: Keys['limits']
  }

  /**
   * "Only at those moments, each its own occurrence"; "a moment missed while down is looked at only within grace";
   * "unknown retries until grace ends, false consumes"; "`for` looks back from the moment"; "several missed moments
   * within grace count as the latest"; a new rule does not look back.
   */
  function expected(timed: Timed, story: readonly Told1[], start: Instant): Instant[] {
    const stepMs = timed.everyMinutes * minute
    const fired: Instant[] = []
    let dealt: Instant | null = null
    let since: Instant | null = null
    let blindMs = 0
    let known: Instant | null = null
    let now = start
    for (const { laterMs, saw } of story) {
      now += laterMs
      if (saw === 'nothing') continue
      if (saw !== null) {
        const gapMs: number = known === null ? 0 : now - known
        known = now
        if (!saw) since = null
        else if (since === null) {
          since = now
          blindMs = 0
        } else if (gapMs > boundMs && timed.forMs > 0) {
          if (gapMs > timed.forMs) {
            since = now
            blindMs = 0
          } else blindMs += gapMs
        }
      }
      if (dealt === null) {
        dealt = now
        continue
      }
      const latest: Instant = Math.floor(now / stepMs) * stepMs
      if (latest <= dealt || now - latest > timed.graceMs || saw === null) continue
      dealt = latest
      if (!saw || since === null) continue
      if (latest - since - blindMs < timed.forMs) continue
      if (mayFire(fired, timed, latest)) fired.push(latest)
    }
    return fired
  }

  const timed: fc.Arbitrary<Timed> = fc.record({
    everyMinutes: fc.constantFrom(2, 5, 10),
    graceMs: fc.constantFrom(30 * second, minute, 5 * minute, 20 * minute),
    forMs: fc.constantFrom(0, 0, 4 * minute, 12 * minute),
    cooldownMs: fc.constant(0),
    limits: fc.constant([]),
  })

  async function run(timed: Timed, story: readonly Told1[]): Promise<Instant[]> {
    const more = yaml({ ...timed, repeatMs: 0 }, true)
    const at = `at: "*/${timed.everyMinutes} * * * *", grace: ${timed.graceMs / 1000}s`
    const t = new Told(rule('when: lock.taskPoints > 0', [at, more].filter(Boolean).join(', ')), { everyMs })
    let now = moment('10:00')
    for (const { laterMs, saw, restart } of story) {
      now += laterMs
      if (saw !== 'nothing') await t.see(now, { taskPoints: saw === null ? null : Number(saw) })
      if (restart) t.restart()
    }
    return t.kept.rows.map(({ due }) => due)
  }

  test('in one process each comes when the sentences say so', async () => {
    await fc.assert(
      fc.asyncProperty(timed, stories(false), async (one, story) => {
        // A gap that ends after the moment leaves open how much of it lay before: the table has those.
        const even = one.forMs === 0 ? story : story.map((it) => ({ ...it, laterMs: Math.min(it.laterMs, boundMs) }))
        expect(await run(one, even)).toEqual(expected(one, even, moment('10:00')))
      }),
      { numRuns: 300 },
    )
  })

  test('with restarts anywhere, too', async () => {
    await fc.assert(
      fc.asyncProperty(timed, stories(true), async (one, story) => {
        const plain = { ...one, forMs: 0 }
        expect(await run(plain, story)).toEqual(expected(plain, story, moment('10:00')))
      }),
      { numRuns: 200 },
    )
  })

  test('cooldowns and rolling limits count from due to due, exactly enough being enough', async () => {
    const seen = fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 10, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(10, 20, 30),
        fc.constantFrom('cooldown', 'limit'),
        seen,
        async (minutes, kind, late) => {
          // Every five minutes a reading, some seconds after the full one; grace far below.
          const key = kind === 'cooldown' ? `cooldown: ${minutes}m` : `limit: 1 per ${minutes}m`
          const t = new Told(rule('when: lock.taskPoints > 0', `at: "*/5 * * * *", grace: 30s, ${key}`), {
            everyMs: 5 * minute,
          })
          await t.see(moment('09:58'), { taskPoints: 1 })
          for (const [i, seconds] of late.entries()) {
            await t.see(moment('10:00') + i * 5 * minute + seconds * second, { taskPoints: 1 })
          }
          const meant = late.flatMap((_, i) => ((i * 5) % minutes === 0 ? moment('10:00') + i * 5 * minute : []))
          expect(t.kept.rows.map(({ due }) => due)).toEqual(meant)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('changes', () => {
  type Seen = { value: number | null; laterMs: number; restart: boolean; other: boolean | null }
  const seen: fc.Arbitrary<Seen> = fc.record({
    value: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 12 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    laterMs: fc.constantFrom(20 * second, minute, 10 * minute, 3 * hour),
    restart: fc.boolean(),
    other: fc.oneof(
      { weight: 5, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constantFrom(false, null) },
    ),
  })

  /**
   * "True only in the first step that sees a new reading; each is an occurrence of its own. It compares with the last
   * known value of this lock session, across unknown and restarts; without one it is unknown. `rises by N` counts from
   * where the value last turned, fires once for each whole N and keeps the rest." What is not known beside it loses
   * the change, with all it counted.
   */
  function expected(operator: string, by: number, story: readonly Seen[]): number[] {
    const fired: number[] = []
    let last: number | null = null
    const way = operator === 'falls' ? -1 : 1
    let run = 0
    for (const [i, { value, other }] of story.entries()) {
      if (value === null) continue
      const before: number = last ?? value
      last = value
      const step = (value - before) * way
      if (step < 0) run = 0
      if (step > 0) run += step
      const times =
        operator === 'changes'
          ? Number(step !== 0)
          : operator === 'becomes'
            ? Number(step !== 0 && value === by)
            : step > 0
              ? Math.floor(run / by)
              : 0
      if (times === 0 || other === false) continue
      run -= times * by
      if (other === true) fired.push(...Array.from({ length: times }, () => i))
    }
    return fired
  }

  test.each(['changes', 'becomes', 'rises', 'falls'])('%s on a number that stands still', async (operator) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(seen, { minLength: 3, maxLength: 30 }),
        async (by, story) => {
          const words = {
            changes: 'changes',
            becomes: `becomes ${by}`,
            rises: `rises by ${by}`,
            falls: `falls by ${by}`,
          }
          const leaf = words[operator as keyof typeof words]
          const t = new Told(rule(`when: [lock.taskPoints ${leaf}, lock.taskAssigned is false]`, ''), {
            everyMs,
            limits: { actions: { per_step: null } },
          })
          let now = moment('10:00')
          const fired: number[] = []
          for (const [i, { value, laterMs, restart, other }] of story.entries()) {
            now += laterMs
            await t.see(now, { taskPoints: value, taskAssigned: other === null ? null : !other })
            while (fired.length < t.kept.rows.length) fired.push(i)
            if (restart) t.restart()
          }
          expect(fired).toEqual(expected(operator, by, story))
        },
      ),
      { numRuns: 500 },
    )
  })

  /** Somebody's doing on a count of seconds that runs down with the clock, or stands still while frozen. */
  test.each(['rises', 'falls'])('%s by 10m on a count that runs measures what somebody did to it', async (operator) => {
    const doing = fc.record({
      laterMs: fc.constantFrom(30 * second, minute, 20 * minute, 5 * hour),
      minutes: fc.oneof(
        { weight: 2, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: -8, max: 8 }) },
      ),
      restart: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(doing, { minLength: 3, maxLength: 25 }), fc.boolean(), async (story, frozen) => {
        const t = new Told(rule(`when: lock.timeRemainingSeconds ${operator} by 10m`, ''), { everyMs })
        const sign = operator === 'rises' ? 1 : -1
        let now = moment('10:00')
        let remaining = 3_000_000
        let sum = 0
        const fired: number[] = []
        const meant: number[] = []
        for (const [i, one] of story.entries()) {
          now += one.laterMs
          remaining += one.minutes * 60 - (frozen ? 0 : one.laterMs / 1000)
          await t.see(now, { timeRemainingSeconds: remaining, frozen })
          while (fired.length < t.kept.rows.length) fired.push(i)
          if (one.restart) t.restart()
          if (i === 0) continue
          const step = one.minutes * sign
          sum = step < 0 ? 0 : sum + step
          if (step <= 0 || sum < 10) continue
          meant.push(i)
          sum -= 10
        }
        expect(fired).toEqual(meant)
      }),
      { numRuns: 150 },
    )
  })

  test('blind to the clock: nobody does a thing, and nothing is ever seen to change', async () => {
    const reading = fc.record({
      laterMs: fc.integer({ min: 1000, max: 6 * hour }),
      readMs: fc.integer({ min: 0, max: 2000 }),
      restart: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(reading, { minLength: 2, maxLength: 30 }),
        fc.boolean(),
        fc.constantFrom('changes', 'rises', 'falls'),
        async (story, frozen, operator) => {
          const text = `when: { any: [lock.timeRemainingSeconds ${operator}, lock.timeLockedSeconds ${operator}] }`
          const t = new Told(rule(text, ''), { everyMs })
          const start = moment('10:00')
          let now = start
          for (const { laterMs, readMs, restart } of story) {
            now += laterMs
            const passed = frozen ? 0 : Math.floor((now - start) / 1000)
            const [timeRemainingSeconds, timeLockedSeconds] = [3_000_000 - passed, 1_000_000 + passed]
            await t.see(now + readMs, { timeRemainingSeconds, timeLockedSeconds, frozen })
            now += readMs
            if (restart) t.restart()
          }
          expect(t.kept.rows).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('random moments', () => {
  test('one a day within its range, whatever restarts and spacing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
        fc.string(),
        async (restarts, seed) => {
          const rules = rule('at: "random 09:00-22:00"', '')
          const t = new Told(rules, { everyMs: 5 * minute })
          t.kept = { ...t.kept, seed }
          const days = 3
          for (let d = 0; d < days; d++) {
            const date = dateAfter('2026-03-28', d)
            for (let at = momentAt(date, 0, berlin); at < momentAt(dateAfter(date, 1), 0, berlin); at += 5 * minute) {
              await t.see(at, {})
              if (restarts[localTime(at, berlin).clock % 24]) t.restart()
            }
          }
          const due = t.kept.rows.map((row) => localTime(row.due, berlin))
          expect(due.map(({ date }) => date)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
          for (const { clock } of due) {
            expect(clock).toBeGreaterThanOrEqual(9 * 3600)
            expect(clock).toBeLessThan(22 * 3600)
          }
        },
      ),
      { numRuns: 5 },
    )
  })
})
