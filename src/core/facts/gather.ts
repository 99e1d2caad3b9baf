import { roomFor } from '../acting/limits.ts'
import { countedSpans } from '../calendar/span.ts'
import { calendarPage, endOf, type Instant, localTime } from '../calendar/time.ts'
import { doneIn, sumIn } from '../memory/done.ts'
import { type Firings, firedTimes } from '../memory/firings.ts'
import { lastFreeze } from '../memory/freezes.ts'
import { pressesIn } from '../memory/presses.ts'
import { streakOf, streakTurnsAt } from '../memory/streaks.ts'
import { tallyOf, tallyTurnsAt } from '../memory/tallies.ts'
import { type Fact, type Facts, fixed, knownValue, running, sinceThen, staleAfterMs, unknown } from '../model/fact.ts'
import { neverFired } from '../model/fired.ts'
import { inputIn } from '../model/kept.ts'
import { type Gap, noTask } from '../model/lock.ts'
import { onceFor } from '../model/once.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow, State } from '../model/row.ts'
import type { RuleSet, Streak } from '../model/rule.ts'
import type { Scene } from '../model/scene.ts'
import { lockTopicIn } from '../model/service.ts'
import { outageAfterMs, seenMsSince } from '../reading/gap.ts'

/**
 * The facts that were read, as of now. Those that are too old, or were read before a write of ours had ended, are
 * unknown.
 */
export function readFacts(passing: Passing, fences: ReadonlyMap<string, Instant>, now: Instant): Map<string, Fact> {
  const facts = new Map<string, Fact>()
  for (const known of Object.values(passing.readings)) {
    const stale = now - known.asked > staleAfterMs(known.intervalMs)
    for (const [name, fact] of known.facts) facts.set(name, stale ? unknown('stale', known.asked) : fact)
    if (stale) continue
    for (const [name, until] of fences) {
      const fact = known.facts.get(name)
      if (fact && fact.asked <= until) facts.set(name, unknown('fenced', known.asked))
    }
  }
  return facts
}

/** The sources of derived facts: clock, ledger, presses and health. */
export type Derived = Omit<Scene, 'facts' | 'order'> & {
  readonly order: Pick<Scene['order'], 'mode' | 'limits' | 'zone' | 'services'>
  readonly firings: Firings
}

/** All facts of one moment: those that were read, and those that the program knows by itself. */
export function withDerived(facts: Map<string, Fact>, derived: Derived): Facts {
  const { passing, rules, session, now, order } = derived
  const { zone, mode } = order
  const local = localTime(now, zone)
  facts.set('time.clock', fixed(local.clock, now))
  facts.set('time.weekday', fixed(local.weekday, now))
  facts.set('time.week', fixed(local.week, now))
  facts.set('time.date', fixed(local.date, now))
  const { month, day } = calendarPage(local.date)
  facts.set('time.month', fixed(month, now))
  facts.set('time.day', fixed(day, now))
  for (const [name, health] of Object.entries(passing.health)) {
    facts.set(`service.${name}.healthy`, fixed(health.healthy, now))
  }
  taskFacts(facts, derived)
  facts.set('lock.frozenBy', frozenBy(facts, derived))
  thaws(facts, derived)
  facts.set('lock.(standsFrozen)', fixed(derived.kept.sessions[session]?.standsFrozen ?? null, now))
  if (rules.uses.has('lock.roomSeconds')) facts.set('lock.roomSeconds', roomSeconds(facts, derived))
  for (const [tally, { lasts }] of rules.tallies) {
    const { kept } = derived
    const points = tallyOf(tally, lasts, kept, { session, mode, now }, zone)
    const turnsAt = tallyTurnsAt(tally, lasts, kept.rows, { session, mode, now }, zone)
    facts.set(`tally.${tally}`, { ...fixed(points, now), ...(turnsAt === null ? {} : { turnsAt }) })
  }
  for (const [input, { type }] of rules.inputs) {
    const state = inputIn(derived.kept.inputs, input)
    facts.set(`input.${input}`, fixed(state?.value ?? (type === 'switch' ? false : 0), now))
    facts.set(`input.${input}.agoSeconds`, state ? ageSince(state.at, derived) : neverSince(derived))
    if (type === 'button') pressFacts(facts, input, derived)
  }
  for (const [name, streak] of rules.streaks) facts.set(`streak.${name}`, streakFact(streak, derived))
  for (const { name, id, what } of askedOfRules(rules)) facts.set(name, ruleFact(id, what, derived))
  for (const name of rules.uses) {
    const sum = name.startsWith('done.') ? sumIn(name.slice('done.'.length)) : null
    if (sum) facts.set(name, sumFact(sum, derived))
  }
  return facts
}

/** How often a button was pressed, and whether it was today. */
function pressFacts(facts: Map<string, Fact>, input: string, { kept, session, order: { zone }, now }: Derived): void {
  const state = inputIn(kept.inputs, input)
  for (const [name, span] of countedSpans) {
    const times = pressesIn(state, span, { now, zone, session, ...sinceOf(kept, session) })
    const counted = times === null ? unknown('missing', now) : fixed(times, now)
    const unit = span === 'today' ? 'day' : 'week'
    const fact = times === 0 || span === 'this lock' ? counted : { ...counted, turnsAt: endOf(unit, now, zone) }
    facts.set(`input.${input}.times${name}`, fact)
    if (span === 'today') facts.set(`input.${input}.pressedToday`, fact.known ? { ...fact, value: times !== 0 } : fact)
  }
}

function streakFact(streak: Streak, derived: Derived): Fact {
  const { kept, session, order, now } = derived
  const since = kept.sessions[session]?.since
  const dates = datesOf(streak.of, derived)
  if (since === undefined) return unknown('unread', now)
  if (dates === null) return unknown('missing', now)
  const streaking = { dates, since, gaps: gapsUntilNow(derived), now, zone: order.zone }
  return { ...fixed(streakOf(streak, streaking), now), turnsAt: streakTurnsAt(streak, streaking) }
}

function sinceOf({ sessions }: Derived['kept'], session: string): { since?: Instant } {
  const since = sessions[session]?.since
  return since === undefined ? {} : { since }
}

/** The dates on which a button was pressed or a rule fired, on this lock; null where an older build did not keep them. */
function datesOf(of: string, { kept, session, firings, order: { zone }, now }: Derived): string[] | null {
  if (of.startsWith('rule.')) {
    return (firings.get(of.slice('rule.'.length)) ?? neverFired).recent.map((moment) => localTime(moment, zone).date)
  }
  const state = inputIn(kept.inputs, of.slice('input.'.length))
  if (pressesIn(state, 'this lock', { now, zone, session, ...sinceOf(kept, session) }) === null) return null
  return (state?.days ?? []).flatMap((day) => (day.session === session ? day.date : []))
}

/** The age of what never was: no less than that of the lock, and no one can say how much more. */
function neverSince(derived: Derived): Fact {
  const fact = ageSince(sessionSince(derived), derived)
  return fact.known ? { ...fact, most: Number.POSITIVE_INFINITY } : fact
}

function sessionSince({ kept, session, now }: Derived): Instant {
  return kept.sessions[session]?.since ?? now
}

/** The age of something we count ourselves, without the times in which the lock was out of sight. */
function ageSince(moment: Instant, derived: Derived): Fact {
  const { kept, now } = derived
  const gaps = gapsUntilNow(derived)
  return sinceThen(seenMsSince(moment, now, gaps), gaps === kept.gaps ? 1 : 0, now, now)
}

/** When the lock was out of sight, the time that it is so now included; the very list where it is in sight. */
function gapsUntilNow({ kept, passing, order, now }: Derived): readonly Gap[] {
  const lock = passing.readings[lockTopicIn(order.services)]
  const unseen = lock !== undefined && now - lock.asked > outageAfterMs(lock.intervalMs)
  return unseen ? [...kept.gaps, { from: lock.asked, to: now }] : kept.gaps
}

/** The facts about rules that rules ask for. */
const askedOfRules = onceFor(({ uses }: RuleSet) =>
  [...uses].flatMap((name) => {
    const [, id, what] = /^rule\.([^.]+)\.(.+)$/.exec(name) ?? []
    return id !== undefined && what !== undefined ? { name, id, what } : []
  }),
)

/** A sum of what was done, which falls back to 0 with the day or the week. */
function sumFact(sum: NonNullable<ReturnType<typeof sumIn>>, derived: Derived, rules?: readonly string[]): Fact {
  const { kept, session, now, order } = derived
  const { zone, mode } = order
  const done = doneIn(sum, kept.rows, { session, mode, now, zone, ...(rules ? { rules } : {}) })
  if (done === 0 || sum.period === 'lock') return fixed(done, now)
  return { ...fixed(done, now), turnsAt: endOf(sum.period, now, zone) }
}

function ruleFact(id: string, what: string, derived: Derived): Fact {
  const {
    now,
    order: { zone },
  } = derived
  const sum = sumIn(what)
  if (sum) return sumFact(sum, derived, [id, derived.rules.byId.get(id)?.was ?? id])
  const fired = derived.firings.get(id) ?? neverFired
  if (what === 'lastFiredAgoSeconds') {
    const last = fired.recent.at(-1)
    return last === undefined ? unknown('none', now) : ageSince(last, derived)
  }
  const count = firedTimes(what, fired, now, zone)
  if (count === 0 || what === 'firedTimesThisLock') return fixed(count, now)
  return { ...fixed(count, now), turnsAt: endOf(what === 'firedTimesToday' ? 'day' : 'week', now, zone) }
}

function taskFacts(facts: Map<string, Fact>, derived: Derived): void {
  const { kept, session, now } = derived
  const task = kept.sessions[session]?.task ?? noTask
  const assigned = facts.get('lock.taskAssigned')
  const open = assigned?.known && assigned.value === true ? task.open : null
  const absent = assigned && !assigned.known ? unknown(assigned.why, assigned.asked) : unknown('null', now)
  facts.set('task.openedBy', open ? fixed(open.by, now) : absent)
  facts.set('task.openSeconds', open ? ageSince(open.openedAt, derived) : absent)
  facts.set('task.lastResult', fixed(task.lastResult, now))
}

/** The rule whose freeze this is: the last applied one that is not over and was not undone. */
function frozenBy(facts: Facts, { kept, session, order: { mode }, now }: Derived): Fact {
  const frozen = facts.get('lock.frozen')
  if (!frozen?.known) return unknown(frozen?.why ?? 'unread', now)
  if (frozen.value !== true) return unknown('null', now)
  const ours = lastFreeze(kept.rows, session, mode)
  const sentAt = ours?.sentAt ?? 0
  const thawed = (kept.sessions[session]?.thawedAt ?? 0) > sentAt
  const lasts = ours?.effect.counts === 'freeze' && !thawed && sentAt + ours.effect.seconds * 1000 > now
  return fixed(lasts ? ours.rule : 'other', now)
}

/** Facts that turn when a freeze ends. */
const frozenFacts = ['lock.frozen', 'lock.frozenBy', 'lock.timeRemainingSeconds', 'lock.timeLockedSeconds']

/** Our own freeze ends at a moment that is known. */
function thaws(facts: Map<string, Fact>, { kept, session, order: { mode }, now }: Derived): void {
  const freeze = lastFreeze(kept.rows, session, mode)
  const endsAt = (freeze?.sentAt ?? 0) + (freeze?.effect.seconds ?? 0) * 1000
  if (knownValue(facts, 'lock.frozenBy') !== freeze?.rule || endsAt <= now) return
  for (const name of frozenFacts) {
    const fact = facts.get(name)
    if (fact) facts.set(name, { ...fact, turnsAt: endsAt })
  }
}

function roomSeconds(facts: Facts, { kept, session, order, now }: Derived): Fact {
  const { limits, mode, zone } = order
  const room = roomFor({ limits, rows: kept.rows, past: kept.past, session, mode, facts, now, zone })
  if (room === null) return unknown('null', now)
  const remaining = facts.get('lock.timeRemainingSeconds')
  if (typeof room === 'string') return unknown(remaining?.known === false ? remaining.why : 'unread', now)
  const pace = remaining && knownValue(facts, 'lock.timeRemainingSeconds') !== null ? remaining.pace : 0
  const seconds = Math.max(0, Math.floor(room.seconds))
  return running(seconds, pace === -1 && seconds > 0 ? 1 : 0, now)
}

const mayHaveChanged: ReadonlySet<State> = new Set(['sending', 'unknown', 'applied', 'not-applied', 'unsettled'])

/**
 * Until when each fact is fenced. A write of ours may have changed it, so only a reading begun after the write's end
 * counts, or after its outcome became known. A write that surely changed nothing fences nothing.
 */
export const fencesOf = onceFor((rows: readonly LedgerRow[], rules: RuleSet): ReadonlyMap<string, Instant> => {
  const fences = new Map<string, Instant>()
  for (const row of rows) {
    if (row.sentAt === null || !mayHaveChanged.has(row.state)) continue
    const until = row.state === 'unknown' ? Number.POSITIVE_INFINITY : (row.endedAt ?? Number.POSITIVE_INFINITY)
    for (const name of rules.actions.get(row.action)?.fences ?? []) {
      fences.set(name, Math.max(until, fences.get(name) ?? Number.NEGATIVE_INFINITY))
    }
  }
  return fences
})
