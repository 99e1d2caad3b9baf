import { roomFor } from '../acting/limits.ts'
import { endOf, type Instant, localTime } from '../calendar/time.ts'
import { doneIn, sumIn } from '../memory/done.ts'
import { type Firings, firedTimes } from '../memory/firings.ts'
import { lastFreeze } from '../memory/freezes.ts'
import { tallyOf, tallyTurnsAt } from '../memory/tallies.ts'
import { type Fact, type Facts, fixed, knownValue, running, sinceThen, staleAfterMs, unknown } from '../model/fact.ts'
import { inputIn } from '../model/kept.ts'
import { noTask } from '../model/lock.ts'
import { onceFor } from '../model/once.ts'
import type { Passing } from '../model/passing.ts'
import type { LedgerRow, State } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
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
  for (const [name, health] of Object.entries(passing.health)) {
    facts.set(`service.${name}.healthy`, fixed(health.healthy, now))
  }
  taskFacts(facts, derived)
  facts.set('lock.frozenBy', frozenBy(facts, derived))
  thaws(facts, derived)
  facts.set('lock.(standsFrozen)', fixed(derived.kept.sessions[session]?.standsFrozen ?? null, now))
  if (rules.uses.has('lock.roomSeconds')) facts.set('lock.roomSeconds', roomSeconds(facts, derived))
  for (const [tally, { lastsMs }] of rules.tallies) {
    const rows = derived.kept.rows
    const points = tallyOf(tally, lastsMs, rows, { session, mode, now })
    const turnsAt = lastsMs === null ? null : tallyTurnsAt(tally, lastsMs, rows, { session, mode, now })
    facts.set(`tally.${tally}`, { ...fixed(points, now), ...(turnsAt === null ? {} : { turnsAt }) })
  }
  for (const [input, { type }] of rules.inputs) {
    const state = inputIn(derived.kept.inputs, input)
    facts.set(`input.${input}`, fixed(state?.value ?? (type === 'switch' ? false : 0), now))
    facts.set(`input.${input}.agoSeconds`, ageSince(state?.at ?? sessionSince(derived), derived))
  }
  for (const { name, id, what } of askedOfRules(rules)) facts.set(name, ruleFact(id, what, derived))
  for (const name of rules.uses) {
    const sum = name.startsWith('done.') ? sumIn(name.slice('done.'.length)) : null
    if (sum) facts.set(name, sumFact(sum, derived))
  }
  return facts
}

function sessionSince({ kept, session, now }: Derived): Instant {
  return kept.sessions[session]?.since ?? now
}

/** The age of something we count ourselves, without the times in which the lock was out of sight. */
function ageSince(moment: Instant, { kept, passing, order, now }: Derived): Fact {
  const lock = passing.readings[lockTopicIn(order.services)]
  const unseen = lock !== undefined && now - lock.asked > outageAfterMs(lock.intervalMs)
  const gaps = unseen ? [...kept.gaps, { from: lock.asked, to: now }] : kept.gaps
  return sinceThen(seenMsSince(moment, now, gaps), unseen ? 0 : 1, now, now)
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
  const fired = derived.firings.get(id) ?? []
  if (what === 'lastFiredAgoSeconds') return ageSince(fired.at(-1) ?? sessionSince(derived), derived)
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
  const room = roomFor({ limits, rows: kept.rows, session, mode, facts, now, zone })
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
