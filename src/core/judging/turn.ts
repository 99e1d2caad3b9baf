import { calendarPage, dateAfter, type Instant, localTime, momentAt } from '../calendar/time.ts'
import { operatorNamed } from '../language/operators.ts'
import { type Fact, type Facts, type Saw, type Scalar, sawAt } from '../model/fact.ts'
import { type Condition, type Leaf, leavesOf } from '../model/rule.ts'

const day = 86_400
const none: readonly Instant[] = []

/**
 * The earliest moment after `now` at which the clock alone may make a false condition true; null if there is none.
 * Unknown facts stay unknown. If the clock will change a fact in an unknown way, both results are possible.
 */
export function nextTrue(condition: Condition, facts: Facts, now: Instant, zone: string): Instant | null {
  const moments = new Set<Instant>()
  const turning = new Set<Leaf>()
  for (const leaf of leavesOf(condition)) {
    for (const moment of momentsOf(leaf, facts, now, zone)) {
      turning.add(leaf)
      moments.add(moment)
    }
  }
  // Constant facts may keep it from ever becoming true.
  if (turning.size === 0 || !mayBe(condition, facts, now, zone, turning).true) return null
  const ahead = [...moments].filter((moment) => moment > now && Number.isFinite(moment)).sort((a, b) => a - b)
  return ahead.find((moment) => mayBe(condition, facts, moment, zone).true) ?? null
}

/**
 * The earliest moment after `now` at which the clock alone may change the result of a leaf; infinity if there is none.
 * The clock's own facts (`time.…`) are not included.
 */
export function nextFlip(condition: Condition, facts: Facts, now: Instant, zone: string): Instant {
  let next = Number.POSITIVE_INFINITY
  for (const leaf of leavesOf(condition)) {
    let is: May | null = null
    for (const moment of momentsOf(leaf, facts, now, zone)) {
      if (!(moment > now && moment < next)) continue
      is ??= mayBe(leaf, facts, now, zone)
      const will = mayBe(leaf, facts, moment, zone)
      if (will.true !== is.true || will.false !== is.false) next = moment
    }
  }
  return next
}

interface May {
  true: boolean
  false: boolean
}

/** The possible results of a condition at a moment; `turning` leaves may have any result. */
function mayBe(
  condition: Condition,
  facts: Facts,
  moment: Instant,
  zone: string,
  turning: ReadonlySet<Leaf> | null = null,
): May {
  if ('not' in condition) {
    const inner = mayBe(condition.not, facts, moment, zone, turning)
    return { true: inner.false, false: inner.true }
  }
  if ('all' in condition) {
    const all = condition.all.map((one) => mayBe(one, facts, moment, zone, turning))
    return { true: all.every((one) => one.true), false: all.some((one) => one.false) }
  }
  if ('any' in condition) {
    const any = condition.any.map((one) => mayBe(one, facts, moment, zone, turning))
    return { true: any.some((one) => one.true), false: any.every((one) => one.false) }
  }
  const operator = operatorNamed(condition.operator)
  // The clock alone makes no changes for change operators.
  if (!operator || operator.onChange) return { true: false, false: true }
  if (turning?.has(condition)) return { true: true, false: true }
  const { than } = condition
  const sides = [condition.fact, ...('factName' in than ? [than.factName] : [])]
  if (sides.some((name) => turnsBy(facts.get(name), moment))) return { true: true, false: true }
  const right: Saw =
    'value' in than ? { known: true, value: than.value as Scalar } : sight(than.factName, facts, moment, zone)
  // The service's own count may be ahead of the line.
  const lead = facts.get(condition.fact)?.leadMs ?? 0
  const truths = [moment, moment + lead].map((one) =>
    operator.test(sight(condition.fact, facts, one, zone), right, condition.type, null),
  )
  return { true: truths.includes(true), false: truths.includes(false) }
}

function turnsBy(fact: Fact | undefined, moment: Instant): boolean {
  return fact?.turnsAt !== undefined && fact.turnsAt <= moment
}

/** The value of a fact at a moment, by its line and the calendar. */
function sight(name: string, facts: Facts, moment: Instant, zone: string): Saw {
  if (name.startsWith('time.')) {
    const local = localTime(moment, zone)
    const { month, day: dayOfMonth } = calendarPage(local.date)
    const shown = { ...local, month, day: dayOfMonth }
    const value = shown[name.slice('time.'.length) as keyof typeof shown]
    if (value !== undefined) return { known: true, value }
  }
  return sawAt(facts, name, moment)
}

/** The moments at which a leaf may change: when its values meet, and a second later. */
function momentsOf(leaf: Leaf, facts: Facts, now: Instant, zone: string): readonly Instant[] {
  const { fact: name, than } = leaf
  const other = 'factName' in than ? facts.get(than.factName) : undefined
  const fact = facts.get(name)
  const isTime = name.startsWith('time.')
  // Most facts hold still.
  if (!isTime && (fact?.pace ?? 0) === 0 && (other?.pace ?? 0) === 0 && !fact?.turnsAt && !other?.turnsAt) return none
  const turns = [fact?.turnsAt, other?.turnsAt].filter((moment) => moment !== undefined)
  if (isTime) return [...turns, ...edgesOf(leaf, now, zone)]
  if (!fact?.known || typeof fact.value !== 'number') return turns
  if (other) return [...turns, ...meetings(fact, other)]
  const values = 'value' in than ? [than.value].flat() : []
  return [...turns, ...values.flatMap((value) => (typeof value === 'number' ? crossings(fact, value) : []))]
}

/** A line that is known less exactly is read once more, half-way through its uncertainty. */
const wellKnownMs = 550

/** When a running count is at a value, one below it and one above it. */
function crossings(fact: Fact & { known: true }, value: number): Instant[] {
  const { pace, since, value: from, leadMs = 0 } = fact
  if (pace === 0 || typeof from !== 'number') return []
  const latest = [value - 1, value, value + 1].map((end) => since + (end - from) * pace * 1000)
  return leadMs <= wellKnownMs ? latest : latest.flatMap((moment) => [moment - leadMs / 2, moment])
}

/**
 * When two counts, at least one of them running, become equal: the seconds of each around the moment at which their
 * lines meet. That moment is the same wherever on its line each count was read.
 */
function meetings(fact: Fact & { known: true }, other: Fact): Instant[] {
  const pace = fact.pace - other.pace
  if (pace === 0 || !other.known || typeof other.value !== 'number' || typeof fact.value !== 'number') return []
  const apart = (other.value - fact.value) * 1000
  const meet = (apart + fact.pace * fact.since - other.pace * other.since) / pace
  return [fact, other].flatMap(({ pace, since }) => {
    const next = since + Math.ceil((meet - since) / 1000) * 1000
    return pace === 0 ? [] : [-1, 0, 1, 2].map((second) => next + second * 1000)
  })
}

/** When the wall clock or the calendar reaches the value of a leaf. */
function edgesOf({ fact, than }: Leaf, now: Instant, zone: string): Instant[] {
  const { date, weekday } = localTime(now, zone)
  const values = 'value' in than ? [than.value].flat() : []
  const onDay = (ahead: number, clock: number) => momentAt(dateAfter(date, ahead), clock, zone)
  const midnights = [onDay(1, 0)]
  switch (fact) {
    case 'time.clock':
      return [
        ...midnights,
        ...values.flatMap((value) =>
          [Number(value), Number(value) + 1].flatMap((clock) => [onDay(0, clock), onDay(1, clock)]),
        ),
      ]
    case 'time.week':
      return values.flatMap((value) =>
        [Number(value), Number(value) + 1].flatMap((second) => {
          const ahead = (Math.floor(second / day) - (weekday - 1) + 7) % 7
          return [onDay(ahead, second % day), onDay(ahead + 7, second % day)]
        }),
      )
    case 'time.weekday':
      return [1, 2, 3, 4, 5, 6, 7].map((ahead) => onDay(ahead, 0))
    case 'time.date':
      return values.flatMap((value) => [
        momentAt(String(value), 0, zone),
        momentAt(dateAfter(String(value), 1), 0, zone),
      ])
    case 'time.day':
      return Array.from({ length: 31 }, (_, ahead) => onDay(ahead + 1, 0))
    case 'time.month':
      return Array.from({ length: 12 }, (_, ahead) => momentAt(firstOfMonth(date, ahead + 1), 0, zone))
    default:
      return []
  }
}

/** The first day of a month so many after that of a date. */
function firstOfMonth(date: string, after: number): string {
  const months = Number(date.slice(0, 4)) * 12 + calendarPage(date).month - 1 + after
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`
}
