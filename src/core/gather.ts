import { type Fact, type Facts, fixed, type Instant, running, unknown } from './fact.ts'
import type { Firings } from './firing.ts'
import type { LedgerRow } from './ledger.ts'
import type { Passing } from './passing.ts'
import type { RuleSet } from './rules/compile.ts'
import { localTime, startOf } from './time.ts'

/** Nothing is stale before this, however fast it is polled. */
const leastStaleMs = 60_000

/** How old a reading may be before its facts are unknown: three poll intervals, at least a minute. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(3 * intervalMs, leastStaleMs)
}

/** All facts of one moment: what was read, unless stale or fenced, and what the clock, the ledger and health say. */
export function gather(
  passing: Passing,
  rules: RuleSet,
  rows: readonly LedgerRow[],
  firings: Firings,
  sessionSince: Instant,
  now: Instant,
  zone: string,
): Facts {
  const facts = new Map<string, Fact>()
  const fences = fencesOf(rows, rules)
  for (const known of Object.values(passing.readings)) {
    const stale = now - known.asked > staleAfterMs(known.intervalMs)
    for (const [name, fact] of known.facts) {
      const fencedUntil = fences.get(name) ?? Number.NEGATIVE_INFINITY
      if (stale) facts.set(name, unknown('stale', known.asked))
      else if (fact.asked <= fencedUntil) facts.set(name, unknown('fenced', known.asked))
      else facts.set(name, fact)
    }
  }
  const local = localTime(now, zone)
  facts.set('time.clock', fixed(local.clock, now))
  facts.set('time.weekday', fixed(local.weekday, now))
  facts.set('time.week', fixed(local.week, now))
  facts.set('time.date', fixed(local.date, now))
  for (const [name, health] of Object.entries(passing.health)) {
    facts.set(`service.${name}.healthy`, fixed(health.healthy, now))
  }
  for (const name of rules.uses) {
    const [, id, what] = /^rule\.([^.]+)\.(.+)$/.exec(name) ?? []
    if (id === undefined) continue
    facts.set(name, ruleFact(what ?? '', firings.get(id) ?? [], sessionSince, now, zone))
  }
  return facts
}

function ruleFact(what: string, fired: readonly Instant[], sessionSince: Instant, now: Instant, zone: string): Fact {
  const from =
    what === 'firedTimesToday'
      ? startOf('day', now, zone)
      : what === 'firedTimesThisWeek'
        ? startOf('week', now, zone)
        : 0
  if (what !== 'lastFiredAgoSeconds') return fixed(fired.filter((moment) => moment >= from).length, now)
  return running(Math.max(0, Math.floor((now - (fired.at(-1) ?? sessionSince)) / 1000)), 1, now)
}

/**
 * Until when each fact is fenced: an own write may have changed it, so only a reading begun after the write's end
 * counts. A write that surely changed nothing fences nothing.
 */
function fencesOf(rows: readonly LedgerRow[], rules: RuleSet): Map<string, Instant> {
  const fences = new Map<string, Instant>()
  for (const row of rows) {
    if (row.sentAt === null) continue
    if (row.state !== 'sending' && row.state !== 'unknown' && row.state !== 'applied' && row.state !== 'unsettled')
      continue
    const until = row.endedAt ?? Number.POSITIVE_INFINITY
    for (const name of rules.actions.get(row.action)?.fences ?? []) {
      fences.set(name, Math.max(until, fences.get(name) ?? Number.NEGATIVE_INFINITY))
    }
  }
  return fences
}
