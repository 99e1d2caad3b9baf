import type { Instant, Truth } from './fact.ts'
import { blank, type RuleMemory } from './kept.ts'
import type { LedgerRow, Mode } from './ledger.ts'
import type { Rule } from './rules/compile.ts'
import type { Quota } from './rules/schema.ts'
import { endOf, startOf } from './time.ts'

/** Why a rule does not fire, by name; people are told in these words. */
export type Silence =
  | 'disabled'
  | 'condition false'
  | 'condition unknown'
  | 'fired in this episode'
  | 'cooldown'
  | 'limit'
  | 'step full'

/** What a step came to for a rule: it fires, or a named silence with the moment it may end, where that is known. */
export type Decision = { rule: string } & (
  | { fires: true; occurrence: string }
  | { fires: false; why: Silence; until: Instant | null; detail: string }
)

/** When each rule fired on a lock session, oldest first; a firing is the commit of its rows. */
export type Firings = ReadonlyMap<string, readonly Instant[]>

/** The firings of one session and mode, derived from the ledger's rows. */
export function firingsOf(rows: readonly LedgerRow[], session: string, mode: Mode): Firings {
  const firings = new Map<string, Instant[]>()
  const seen = new Set<string>()
  for (const row of rows) {
    if (row.session !== session || row.mode !== mode) continue
    const occurrence = `${row.rule} ${row.occurrence}`
    if (seen.has(occurrence)) continue
    seen.add(occurrence)
    const moments = firings.get(row.rule)
    if (moments) moments.push(row.at)
    else firings.set(row.rule, [row.at])
  }
  return firings
}

/**
 * Follows a rule's condition one step further and decides: the gates in order are enabled, verdict, once an episode,
 * cooldown, limit. Cooldown and limit hold an occurrence while its episode lasts. Unknown starts and ends nothing.
 */
export function decide(
  rule: Rule,
  truth: Truth,
  memory: RuleMemory | undefined,
  fired: readonly Instant[],
  now: Instant,
  zone: string,
): { memory: RuleMemory | undefined; decision: Decision } {
  const silent = (why: Silence, after: RuleMemory | undefined, until: Instant | null = null, detail = '') => ({
    memory: after,
    decision: { rule: rule.id, fires: false as const, why, until, detail },
  })
  const before = memory ?? blank
  if (truth === null) return silent(rule.enabled ? 'condition unknown' : 'disabled', memory)
  if (!truth) {
    const after = before.since === null ? memory : { ...before, since: null, fired: false }
    return silent(rule.enabled ? 'condition false' : 'disabled', after)
  }
  const episode = before.since === null ? { episodes: before.episodes + 1, since: now, fired: false } : before
  if (!rule.enabled) return silent('disabled', episode)
  if (episode.fired) return silent('fired in this episode', episode)
  const last = fired.at(-1)
  if (last !== undefined && rule.cooldownMs > 0 && now < last + rule.cooldownMs) {
    return silent('cooldown', episode, last + rule.cooldownMs)
  }
  for (const quota of rule.limits) {
    const until = usedUp(quota, fired, now, zone)
    if (until !== false) return silent('limit', episode, until, quota.text)
  }
  return {
    memory: { ...episode, fired: true },
    decision: { rule: rule.id, fires: true, occurrence: `e${episode.episodes}` },
  }
}

/** Whether a quota is used up, and if so until when; null is for as long as this lock lasts. */
function usedUp(quota: Quota, fired: readonly Instant[], now: Instant, zone: string): false | Instant | null {
  const { per, times } = quota
  if (per === 'lock') return fired.length >= times ? null : false
  if (typeof per === 'object') {
    const recent = fired.filter((moment) => moment > now - per.rollingMs)
    const oldest = recent[recent.length - times]
    return oldest === undefined ? false : oldest + per.rollingMs
  }
  const from = startOf(per, now, zone)
  return fired.filter((moment) => moment >= from).length >= times ? endOf(per, now, zone) : false
}
