import type { Fault } from '../../document/fault.ts'
import { isAmong } from '../calendar/dates.ts'
import { spacedClocks } from '../calendar/drawnmoment.ts'
import { type Moments, nextMoment } from '../calendar/moment.ts'
import { calendarPage, dateAfter, type Instant, localTime, momentAt } from '../calendar/time.ts'
import type { Truth } from '../model/fact.ts'
import { type Condition, type Leaf, leavesOf, type Rule } from '../model/rule.ts'
import { operatorNamed } from './operators.ts'
import { possible } from './possible.ts'

/** Every date of a year comes within so many days. */
const daysAhead = 366
/** More moments of a cron expression are not looked at. */
const mostMoments = 400
const daySeconds = 86_400

/** Moments at which the rule's own conditions on the time cannot hold, and conditions that never hold together. */
export function momentLints(rule: Rule, now: Instant, zone: string): Fault[] {
  const { when, onlyIf } = rule
  if (when && onlyIf && rule.changes.size === 0 && possible(when)?.true && possible(onlyIf)?.true) {
    const both = possible({ all: [when, onlyIf] })
    if (both && !both.true) {
      return [rule.lint(['only_if'], 'this is never true together with "when": the rule never fires', { key: true })]
    }
  }
  const timed = [when, onlyIf].filter((one): one is Condition => one !== null && leavesOf(one).some(isOfClock))
  return rule.at.flatMap((moments) => {
    const clash = timed.find((condition) => neverAt(moments, condition, rule.graceMs, now, zone))
    const leaf = clash && leavesOf(clash).find(isOfClock)
    if (!clash || !leaf) return []
    const where = clash === when ? 'when' : 'only_if'
    const message = `nothing comes of "${moments.text}": at no such moment can "${leaf.text}" in ${where} be true`
    return [rule.lint(['at'], message)]
  })
}

function isOfClock({ fact }: Leaf): boolean {
  return fact.startsWith('time.')
}

/** Seconds of a date in which a moment may come and be looked at; `to` may lie on the next. */
interface Looked {
  date: string
  from: number
  to: number
}

/** Whether a condition is false at every moment, and for as long as it may be looked at late. */
function neverAt(moments: Moments, condition: Condition, graceMs: number, now: Instant, zone: string): boolean {
  const leaves = leavesOf(condition).filter(isOfClock)
  // What comes in another year, or has no place in the day, cannot be told.
  if (moments.kind === 'random every' || leaves.some(({ fact }) => fact === 'time.date')) return false
  const weekly = leaves.every(({ fact }) => !['time.month', 'time.day'].includes(fact))
  const looked = lookedAt(moments, graceMs / 1000, weekly, now, zone)
  const edges = leaves.flatMap(edgesOf)
  return (
    looked.length > 0 &&
    looked.every(({ date, from, to }) =>
      [from, ...edges.filter((edge) => edge > from && edge <= to)].every(
        (clock) => !mayBe(condition, momentAt(date, clock, zone), zone).true,
      ),
    )
  )
}

/** All that a rule's moments can be within a year, or on each day of the week; none where that is not known. */
function lookedAt(moments: Moments, grace: number, weekly: boolean, now: Instant, zone: string): Looked[] {
  const { date: today } = localTime(now, zone)
  if (moments.kind === 'random every') return []
  if (moments.kind === 'cron' && (moments.on === undefined || moments.clock === undefined)) {
    return lookedByCron(moments, grace, now, zone)
  }
  const { on } = moments
  if (on === undefined) return []
  const ranges =
    moments.kind === 'random'
      ? [{ from: moments.from, to: moments.to + grace }]
      : (moments.kind === 'every' ? spacedClocks(moments) : [moments.clock ?? 0]).map((from) => ({
          from,
          to: from + grace,
        }))
  const days = weekly && 'days' in on ? 7 : daysAhead
  const dates = Array.from({ length: days }, (_, ahead) => dateAfter(today, ahead)).filter((date) => isAmong(on, date))
  return dates.flatMap((date) => ranges.map((range) => ({ date, ...range })))
}

function lookedByCron(moments: Moments, grace: number, now: Instant, zone: string): Looked[] {
  const looked: Looked[] = []
  let next: Instant | null = now
  for (let i = 0; i < mostMoments; i++) {
    next = nextMoment(moments, next, zone, () => 0)
    if (next === null || next > now + daysAhead * daySeconds * 1000) return looked
    const { date, clock } = localTime(next, zone)
    looked.push({ date, from: clock, to: clock + grace })
  }
  return []
}

/** Seconds of the day at which a line about the time may turn, those of the next day behind them. */
function edgesOf({ than }: Leaf): number[] {
  const values = 'value' in than ? [than.value].flat().filter((value) => typeof value === 'number') : []
  const clocks = [0, ...values.map((value) => value % daySeconds)].flatMap((clock) => [clock, clock + 1])
  return clocks.flatMap((clock) => [clock, clock + daySeconds])
}

/** What a condition may come to at a moment if only the clock is known. */
function mayBe(condition: Condition, at: Instant, zone: string): { true: boolean; false: boolean } {
  if ('not' in condition) {
    const inner = mayBe(condition.not, at, zone)
    return { true: inner.false, false: inner.true }
  }
  if ('fact' in condition) {
    const truth = isOfClock(condition) ? truthAt(condition, at, zone) : null
    return { true: truth !== false, false: truth !== true }
  }
  const every = 'all' in condition
  const inner = (every ? condition.all : condition.any).map((one) => mayBe(one, at, zone))
  return every
    ? { true: inner.every((one) => one.true), false: inner.some((one) => one.false) }
    : { true: inner.some((one) => one.true), false: inner.every((one) => one.false) }
}

function truthAt({ fact, operator, than, type }: Leaf, at: Instant, zone: string): Truth {
  const local = localTime(at, zone)
  const { month, day } = calendarPage(local.date)
  const shown: Record<string, string | number> = { ...local, month, day }
  const value = shown[fact.slice('time.'.length)]
  const asked = operatorNamed(operator)
  if (!('value' in than) || than.value === null || value === undefined || !asked || asked.onChange) return null
  return asked.test({ known: true, value }, { known: true, value: than.value as string }, type, null)
}
