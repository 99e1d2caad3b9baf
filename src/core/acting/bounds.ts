import { parseCron } from '../calendar/cron.ts'
import { daysOfWeek, momentsBefore, momentsIn } from '../calendar/momentcount.ts'
import { atLeast, atMost, unbounded } from '../language/size.ts'
import { toldWithin } from '../language/told.ts'
import { type Limits, limitSections } from '../model/agreement.ts'
import { type Budget, type Cap, mostWithin } from '../model/budget.ts'
import { onceFor } from '../model/once.ts'
import type { Stretch } from '../model/quota.ts'
import { hasMoments, type Intent, listsIn, type Rule, type RuleSet } from '../model/rule.ts'
import { ruleKeys } from '../model/rulekeys.ts'
import type { ActionKind, Effect, Json, Leave, Poll } from '../model/service.ts'

/** The most of one effect: how often, and how many seconds in all; null if unbounded. */
export interface Most {
  times: number | null
  /** 0 if it has no length; null also if nobody can tell what it does, such as a game. */
  seconds: number | null
}

/**
 * The most of each effect: by its section of the limits, else by its name in `limits.allow`. Sent actions count, with
 * the size that was sent. Impossible effects are left out.
 */
export type Amounts = Readonly<Record<string, Most>>

/** The worst case on one lock: in a calendar day of the zone, in a week from Monday, and in all. */
export interface Worst {
  day: Amounts
  week: Amounts
  lock: Amounts
}

/**
 * The worst case on one lock under these limits: with any rules, and with these rules. `polls` are those of the
 * services. They tell how long an action may wait, so an action that fell due before midnight may count for the next
 * day.
 */
export function bounds(
  rules: RuleSet,
  limits: Limits,
  polls: readonly Poll[],
): { underTheseRules: Worst; underAnyRules: Worst } {
  const lateMs = longestWaitMs(polls)
  const lists = rules.rules
    .filter(({ enabled }) => enabled)
    .flatMap((rule) => [
      { rule, amounts: ofList(rule.then, rules.actions, limits) },
      // What a rule does otherwise, its own limits do not bound.
      {
        rule: { ...rule, cooldownMs: 0, limits: [] },
        amounts: ofList(rule.otherwise, rules.actions, limits),
      },
    ])
  const ofRules = (period: Period) => {
    const shared = Map.groupBy(lists, ({ rule }) => rule.budget)
    return [...shared]
      .map(([budget, members]) => {
        const all = members
          .map(({ rule, amounts }) => each(amounts, (one) => manifold(one, mostFirings(rule, period, lateMs, rules))))
          .reduce(together, new Map())
        return budget === null ? all : withinBudget(all, rules.budgets.get(budget) ?? {}, stretches[period])
      })
      .reduce(together, new Map())
  }
  const anything = anyAmounts(limits, rules.actions)
  return { underTheseRules: worst(ofRules, limits), underAnyRules: worst(() => anything, limits) }
}

type Period = 'day' | 'week' | 'lock'

const hourMs = 3_600_000
/** The longest a day can be, and the shortest: by daylight saving. */
const longestDayHours = 25
const shortestDayMs = 23 * hourMs
const longestWeekHours = 7 * 24 + 1

const stretches: Readonly<Record<Period, Stretch>> = {
  day: {
    ms: longestDayHours * hourMs,
    hour: longestDayHours,
    day: 1,
    week: 1,
    moments: (at) => momentsIn(at, 'day'),
  },
  week: {
    ms: longestWeekHours * hourMs,
    hour: longestWeekHours,
    day: 7,
    week: 1,
    moments: (at) => momentsIn(at, 'week'),
  },
  lock: {
    ms: Number.POSITIVE_INFINITY,
    hour: Number.POSITIVE_INFINITY,
    day: Number.POSITIVE_INFINITY,
    week: Number.POSITIVE_INFINITY,
    moments: () => Number.POSITIVE_INFINITY,
  },
}

/** A product in which 0 times infinity is 0. */
function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b
}

// The most that one firing, and then all of them, can do.

/** An amount during the calculation; infinite if unbounded. `largest` and `least` are of one action. */
interface Amount {
  times: number
  seconds: number
  largest: number
  least: number
}
type Sums = ReadonlyMap<string, Amount>

function merged(a: Sums, b: Sums, merge: (one: Amount, other: Amount) => Pick<Amount, 'times' | 'seconds'>): Sums {
  const sums = new Map(a)
  for (const [name, other] of b) {
    const one = sums.get(name)
    const extremes = {
      largest: Math.max(one?.largest ?? 0, other.largest),
      least: Math.min(one?.least ?? other.least, other.least),
    }
    sums.set(name, one ? { ...merge(one, other), ...extremes } : other)
  }
  return sums
}

const together = (a: Sums, b: Sums) =>
  merged(a, b, (one, other) => ({ times: one.times + other.times, seconds: one.seconds + other.seconds }))

/** The worst of several alternatives, for each effect by itself. */
const oneOf = (a: Sums, b: Sums) =>
  merged(a, b, (one, other) => ({
    times: Math.max(one.times, other.times),
    seconds: Math.max(one.seconds, other.seconds),
  }))

function each(sums: Sums, change: (amount: Amount) => Amount): Sums {
  return new Map([...sums].map(([name, amount]) => [name, change(amount)]))
}

function manifold(amount: Amount, firings: number): Amount {
  return { ...amount, times: product(amount.times, firings), seconds: product(amount.seconds, firings) }
}

function ofList(then: readonly Intent[], actions: RuleSet['actions'], limits: Limits): Sums {
  return then
    .map((intent) => {
      if (!('action' in intent)) {
        return listsIn(intent)
          .map((one) => ofList(one.then, actions, limits))
          .reduce(oneOf, new Map())
      }
      const kind = actions.get(intent.action)
      return kind ? ofAction(kind, intent.params, limits) : new Map()
    })
    .reduce(together, new Map())
}

/** What a budget leaves of what its rules come to together. */
function withinBudget(sums: Sums, budget: Budget, stretch: Stretch): Sums {
  return new Map(
    [...sums].map(([name, amount]) => {
      const caps = Object.hasOwn(budget, name) ? (budget[name as keyof Budget] ?? []) : []
      const most = (unit: Cap['unit']) =>
        Math.min(...caps.filter((cap) => cap.unit === unit).map((cap) => mostWithin(cap, stretch)))
      const times = Math.min(amount.times, most('times'))
      return [
        name,
        { ...amount, times, seconds: Math.min(amount.seconds, most('seconds'), product(times, amount.largest)) },
      ]
    }),
  )
}

/** The amount of one action, with its smallest and largest draws, since a length may have a direction. */
function ofAction(kind: ActionKind, params: Json, limits: Limits): Sums {
  return [atMost(params), atLeast(params)].map((sized) => ofEffect(kind.worst(sized), limits)).reduce(oneOf, new Map())
}

function ofEffect(effect: Effect, limits: Limits): Sums {
  const { counts, toward, allow, command, least } = effect
  if (counts === null && toward !== 'restricts') return new Map()
  if (!limits.allow.includes(allow)) return new Map()
  if (command !== undefined && !limits.device.commands.includes(command)) return new Map()
  if (command !== undefined && 'refused' in toldWithin(effect.told ?? null, limits.device.params)) return new Map()
  const sized = effect.seconds > 0
  const most = counts === null ? null : limits[counts].each
  const asked = effect.seconds < unbounded ? effect.seconds : Number.POSITIVE_INFINITY
  const seconds = sized ? Math.min(asked, most ?? asked) : lengthless(counts)
  if (sized && seconds < least) return new Map()
  return new Map([[counts ?? allow, { times: 1, seconds, largest: seconds, least }]])
}

/** The amount of an action without a length: a task is one task; of anything else nobody can tell. */
function lengthless(counts: Effect['counts']): number {
  return counts === 'task' ? 0 : Number.POSITIVE_INFINITY
}

/** The section that counts each name of `limits.allow`. */
const leaveByName = onceFor(
  (actions: RuleSet['actions']): ReadonlyMap<string, Leave> =>
    new Map([...actions.values()].flatMap(({ leave }) => Object.entries(leave))),
)

/** The unbounded effects if rules could say anything. Rules cannot do what is not allowed. */
function anyAmounts(limits: Limits, actions: RuleSet['actions']): Sums {
  const without = Number.POSITIVE_INFINITY
  return new Map(
    limits.allow.flatMap((allow): [string, Amount][] => {
      const leave = leaveByName(actions).get(allow)
      // No action needs this name, or it needs no bound.
      if (leave === undefined || leave === 'free') return []
      if (leave === 'device' && limits.device.commands.length === 0) return []
      const counts = leave === 'uncounted' ? null : leave
      const sized = counts === 'add_time' || counts === 'remove_time' || counts === 'freeze'
      const largest = sized ? (limits[counts].each ?? without) : lengthless(counts)
      const seconds = largest === 0 ? 0 : without
      return [[counts ?? allow, { times: without, seconds, largest, least: sized ? 1 : 0 }]]
    }),
  )
}

// The part that the limits allow.

function worst(of: (period: Period) => Sums, limits: Limits): Worst {
  const left = (period: Period): Sums =>
    new Map([...of(period)].map(([name, amount]) => [name, within(name, amount, period, limits)]))
  const lock = left('lock')
  const week = smaller(left('week'), lock)
  const day = smaller(left('day'), week)
  const sevenDays = each(day, (amount) => manifold(amount, 7))
  return { day: told(day), week: told(smaller(week, sevenDays)), lock: told(lock) }
}

function within(name: string, amount: Amount, period: Period, limits: Limits): Amount {
  const section = [...limitSections, 'device' as const].find((one) => one === name)
  const bound = section && limits[section]
  const stretch = stretches[period]
  const cap = (prefix: 'per' | 'times_per') =>
    Math.min(
      ...(['hour', 'day', 'week'] as const).map((unit) =>
        product(bound?.[`${prefix}_${unit}`] ?? Number.POSITIVE_INFINITY, stretch[unit]),
      ),
      bound?.[`${prefix}_lock`] ?? Number.POSITIVE_INFINITY,
    )
  // Relief is never refused for the number of actions.
  const actions =
    name === 'remove_time' ? Number.POSITIVE_INFINITY : (limits.actions.per_hour ?? Number.POSITIVE_INFINITY)
  const times = Math.min(amount.times, cap('times_per'), product(actions, stretch.hour))
  const seconds = Math.min(amount.seconds, cap('per'), product(times, amount.largest))
  return seconds < amount.least ? { ...amount, times: 0, seconds: 0 } : { ...amount, times, seconds }
}

function smaller(sums: Sums, than: Sums): Sums {
  return new Map(
    [...sums].map(([name, one]) => {
      const other = than.get(name) ?? one
      const [times, seconds] = [Math.min(one.times, other.times), Math.min(one.seconds, other.seconds)]
      return [name, { ...one, times, seconds }]
    }),
  )
}

function told(sums: Sums): Amounts {
  const finite = (number: number) => (Number.isFinite(number) ? number : null)
  const happens = [...sums].filter(([, { times }]) => times > 0)
  return Object.fromEntries(
    happens.map(([name, { times, seconds }]) => [name, { times: finite(times), seconds: finite(seconds) }]),
  )
}

// How often a rule can fire so that its actions are sent within a period.

/** A row waits at least so long to be sent before it expires, or three polls. */
const leastWaitMs = 300_000

function longestWaitMs(polls: readonly Poll[]): number {
  return Math.max(leastWaitMs, ...polls.map((poll) => 3 * longestGapMs(poll)))
}

/** The longest interval of a poll; some dates come only once in four years. */
function longestGapMs(poll: Poll): number {
  if ('everyMs' in poll) return poll.everyMs
  const { dayOfMonth, dayOfWeek, month } = parseCron(poll.cron)
  const eachWeek = new Set(dayOfMonth).size === 31 && new Set(month).size === 12 && dayOfWeek.every(Number.isInteger)
  if (!eachWeek) return 4 * 366 * 24 * hourMs
  return (daysOfWeek(dayOfWeek) < 7 ? longestWeekHours : longestDayHours) * hourMs
}

/**
 * The most firings of a rule that can send something in a period: those due in it, and those due before it that had to
 * wait.
 */
function mostFirings(rule: Rule, period: Period, lateMs: number, rules: RuleSet): number {
  if (period === 'lock') return mostIn(rule, stretches.lock, rules)
  const waitMs = lateMs + (hasMoments(rule) ? rule.graceMs : 0)
  const during = stretches[period]
  const before: Stretch = {
    ms: waitMs,
    // An hour that daylight saving cuts is shorter than one.
    hour: Math.ceil(waitMs / hourMs) + 1,
    day: Math.ceil(waitMs / shortestDayMs),
    week: Math.ceil(waitMs / (7 * 24 * hourMs - hourMs)),
    moments: (at) => momentsBefore(at, waitMs),
  }
  const both: Stretch = {
    ms: during.ms + before.ms,
    hour: during.hour + before.hour,
    day: during.day + before.day,
    week: during.week + before.week,
    moments: () => Number.POSITIVE_INFINITY,
  }
  return Math.min(mostIn(rule, during, rules) + mostIn(rule, before, rules), mostIn(rule, both, rules))
}

/** A stretch that begins anywhere in the calendar, as one after the firings of another rule does. */
function shifted({ ms, hour, day, week, moments }: Stretch): Stretch {
  return { ms, hour: hour + 1, day: day + 1, week: week + 1, moments: (at) => 2 * moments(at) }
}

/** `beyond` are the rules after which it comes, so that rules that wait for one another come to an end. */
function mostIn(rule: Rule, stretch: Stretch, rules: RuleSet, beyond: readonly Rule[] = []): number {
  const before = rule.after && rules.byId.get(rule.after.rule)
  const most = Math.min(...ruleKeys.map(({ most }) => most?.(rule, stretch) ?? Number.POSITIVE_INFINITY))
  if (!before || beyond.includes(before)) return before ? 0 : most
  return before.enabled ? Math.min(most, mostIn(before, shifted(stretch), rules, [...beyond, rule])) : 0
}
