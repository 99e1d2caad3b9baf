import { calendarPage, dateAfter, type Instant, localTime, momentAt } from '../calendar/time.ts'
import { operatorNamed } from '../language/operators.ts'
import { at, type Fact, type Facts, type Saw, type Scalar, sawAt } from '../model/fact.ts'
import { type Condition, type Leaf, leavesOf } from '../model/rule.ts'

const day = 86_400
const none: readonly Instant[] = []

/**
 * The earliest moment after `now` at which a condition that is not true now may be true by the clock alone, nothing
 * else changing; null where there is none. What is not known stays unknown; of what a clock will change in a way that
 * cannot be told, both is held possible.
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
  // What holds still may keep it from ever becoming true.
  if (turning.size === 0 || !mayBe(condition, facts, now, zone, turning).true) return null
  const ahead = [...moments].filter((moment) => moment > now && Number.isFinite(moment)).sort((a, b) => a - b)
  return ahead.find((moment) => mayBe(condition, facts, moment, zone).true) ?? null
}

/**
 * The earliest moment after `now` at which a leaf of a condition may come out otherwise than at `now` by the clock
 * alone; infinity where none will. Of the clock's own facts (`time.…`) it does not tell.
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

/** What a condition may come to at a moment; the `turning` leaves, to anything. */
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
  // The clock alone changes nothing that a change operator would see.
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

/** What a fact will be at a moment, by its line and by the calendar. */
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

/** Moments at which a leaf may turn: where its values meet, and a second later. */
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

/** A line that is known less well is looked at once more, half-way through what it may be ahead by. */
const wellKnownMs = 550

/** When a running count stands at a value, one below it and one above it. */
function crossings(fact: Fact & { known: true }, value: number): Instant[] {
  const { pace, since, value: from, leadMs = 0 } = fact
  if (pace === 0 || typeof from !== 'number') return []
  const latest = [value - 1, value, value + 1].map((end) => since + (end - from) * pace * 1000)
  return leadMs <= wellKnownMs ? latest : latest.flatMap((moment) => [moment - leadMs / 2, moment])
}

/** When two counts of which at least one runs come to stand alike, to the second before and after. */
function meetings(fact: Fact & { known: true }, other: Fact): Instant[] {
  const pace = fact.pace - other.pace
  if (pace === 0 || !other.known || typeof other.value !== 'number' || typeof fact.value !== 'number') return []
  const begin = Math.max(fact.since, other.since)
  const [left, right] = [at(fact, begin), at(other, begin)]
  if (!left.known || !right.known) return []
  const apart = Number(right.value) - Number(left.value)
  return [-1, 0, 1, 2].map((second) => begin + Math.ceil((apart / pace) * 1000) + second * 1000)
}

/** When the clock's face or the calendar comes to what a leaf asks for. */
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
