import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, localTime, sayClock, sayInstant } from '../core/calendar/time.ts'
import type { State } from '../core/model/row.ts'

type What = 'added' | 'removed' | 'frozen'

/** A firing in a replay, and what it would have done. */
interface Fired {
  rule: string
  at: Instant
  does: readonly { action: string; what: What | null; seconds: number; state: State; note: string }[]
}

/** The result of a replay of recorded readings under one set of rules. */
export interface Replayed {
  since: Instant
  until: Instant
  rules: readonly string[]
  firings: readonly Fired[]
  atOnce: readonly string[]
  unseen: readonly { from: Instant; to: Instant }[]
  lacking: readonly string[]
}

/** What one rule would have done; lengths in seconds. */
export interface Total extends Record<What, number> {
  rule: string
  firings: number
  /** Actions that the limits or the present facts reduced to nothing. */
  refused: number
  first: Instant | null
}

/** The difference of one rule under changed rules: lengths in seconds, below 0 if they shrank. */
export interface Difference extends Record<What, number> {
  rule: string
  /** Firings before and after; null where the rule is not among those rules. */
  before: number | null
  after: number | null
  /** The first firing that the other side lacks, or that does something else there. */
  first: { at: Instant; in: 'before' | 'after' | 'both' } | null
}

/** Two firings of a rule closer than this in two replays are one and the same. */
const sameMs = 90_000
const whats: readonly What[] = ['added', 'removed', 'frozen']

/** What every rule would have done, in the order in which rules act. */
export function totalsOf({ rules, firings }: Replayed): Total[] {
  return rules.map((rule) => {
    const own = firings.filter((fired) => fired.rule === rule)
    const does = own.flatMap((fired) => fired.does)
    return {
      rule,
      firings: own.length,
      ...sums(own),
      refused: does.filter(({ state }) => state === 'refused' || state === 'cancelled' || state === 'expired').length,
      first: own[0]?.at ?? null,
    }
  })
}

function sums(firings: readonly Fired[]): Record<What, number> {
  const of = (wanted: What) =>
    firings.reduce(
      (sum, { does }) => does.reduce((inner, { what, seconds }) => inner + (what === wanted ? seconds : 0), sum),
      0,
    )
  return { added: of('added'), removed: of('removed'), frozen: of('frozen') }
}

/** The differences under changed rules; rules that do the same are left out. */
export function differencesOf(before: Replayed, after: Replayed): Difference[] {
  const rules = [...new Set([...before.rules, ...after.rules])]
  return rules.flatMap((rule) => {
    const [old, changed] = [before, after].map(({ firings }) => firings.filter((fired) => fired.rule === rule))
    if (!old || !changed) return []
    const was = before.rules.includes(rule) ? old.length : null
    const is = after.rules.includes(rule) ? changed.length : null
    const [had, has] = [sums(old), sums(changed)]
    const first = firstDifference(old, changed)
    if (first === null && was !== null && is !== null) return []
    const grown = Object.fromEntries(whats.map((what) => [what, has[what] - had[what]])) as Record<What, number>
    return { rule, before: was, after: is, ...grown, first }
  })
}

function firstDifference(before: readonly Fired[], after: readonly Fired[]): Difference['first'] {
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [old, changed] = [before[i], after[j]]
    if (!changed || (old && old.at < changed.at - sameMs)) return { at: old?.at ?? 0, in: 'before' }
    if (!old || changed.at < old.at - sameMs) return { at: changed.at, in: 'after' }
    if (saidOf(old) !== saidOf(changed)) return { at: changed.at, in: 'both' }
    i++
    j++
  }
  return null
}

function saidOf({ does }: Fired): string {
  return JSON.stringify(does.map(({ action, what, seconds, state }) => [action, what, seconds, state]))
}

const dayMs = 86_400_000
const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** A difference in one line: `nearly-done: 2 firings → 5, +1 h 30 min, first on Tuesday 23:10`. */
export function differenceLine(difference: Difference, until: Instant, zone: string): string {
  const { rule, before, after, first, added, removed, frozen } = difference
  const counts =
    before === null
      ? `new, ${sayFirings(after ?? 0)}`
      : after === null
        ? `${sayFirings(before)} → none, for it is not there`
        : before === after
          ? sayFirings(before)
          : `${sayFirings(before)} → ${after}`
  const grown = [
    added === 0 ? [] : `${added > 0 ? '+' : '-'}${sayDuration(Math.abs(added))}`,
    removed === 0 ? [] : `${sayDuration(Math.abs(removed))} ${removed > 0 ? 'more' : 'less'} removed`,
    frozen === 0 ? [] : `${sayDuration(Math.abs(frozen))} ${frozen > 0 ? 'more' : 'less'} frozen`,
  ].flat()
  const words = { before: 'the first left out on', after: 'first on', both: 'otherwise first on' }
  const when = first ? [`${words[first.in]} ${sayDay(first.at, until, zone)}`] : []
  return `${rule}: ${[counts, ...grown, ...when].join(', ')}`
}

function sayFirings(count: number): string {
  return count === 1 ? '1 firing' : `${count} firings`
}

/** A moment of the last days by its weekday, an older one by its date. */
function sayDay(moment: Instant, until: Instant, zone: string): string {
  const { date, weekday, clock } = localTime(moment, zone)
  const time = sayClock(clock - (clock % 60))
  return until - moment < 6 * dayMs ? `${dayNames[weekday - 1]} ${time}` : `${date} ${time}`
}

/** What the rules of a replay would have done, as lines of a table: rule, firings, what they did. */
export function totalRows(replayed: Replayed): [rule: string, firings: string, did: string][] {
  return totalsOf(replayed).map(({ rule, firings, added, removed, frozen, refused }) => {
    const did = [
      added > 0 ? `${sayDuration(added)} added` : [],
      removed > 0 ? `${sayDuration(removed)} removed` : [],
      frozen > 0 ? `${sayDuration(frozen)} frozen` : [],
      refused > 0 ? `${refused} refused` : [],
    ].flat()
    return [rule, String(firings), did.join(', ')]
  })
}

const mostGaps = 3

/** What a replay cannot know, one sentence each; `asked` is the wanted start. */
export function unknowable(all: readonly Replayed[], asked: Instant, zone: string): string[] {
  const [one] = all
  if (!one) return []
  const games = all.some(({ firings }) => firings.some(({ does }) => does.some(({ action }) => isGame(action))))
  const lacking = [...new Set(all.flatMap((each) => each.lacking))].sort()
  const gaps = one.unseen.slice(0, mostGaps).map(({ from, to }) => `${sayMinute(from, zone)} to ${sayMinute(to, zone)}`)
  const more = one.unseen.length - gaps.length
  return [
    'What was sent counts as done, and what it would have changed is not replayed: the readings after it are those ' +
      'that were recorded.',
    'The switch is taken to have been off, and the limits of now to have held all along.',
    games ? 'What games would have brought is not known.' : [],
    lacking.length > 0 ? `Nothing is recorded of ${lacking.join(', ')}: unknown throughout.` : [],
    one.since > asked
      ? `The record begins at ${sayMinute(one.since, zone)}; what was true then counts as having become true.`
      : [],
    gaps.length > 0
      ? `Nothing was read from ${gaps.join(', from ')}${more > 0 ? `, and ${more} times more` : ''}.`
      : [],
  ].flat()
}

function isGame(action: string): boolean {
  return action.startsWith('tracker.game')
}

function sayMinute(moment: Instant, zone: string): string {
  return sayInstant(moment, zone).slice(0, -3)
}

/** The span of a replay, in words. */
export function saySpan({ since, until }: Replayed, zone: string): string {
  return `${sayMinute(since, zone)} to ${sayMinute(until, zone)}`
}
