import { occurrenceOf } from './acting/halt.ts'
import { deviceRule, isOwn, isOwnStop, switchRule } from './acting/own.ts'
import { type Instant, startOf } from './calendar/time.ts'
import { withWrite, writesOf } from './judging/ownwrite.ts'
import { sumIn } from './memory/done.ts'
import { isOtherwise } from './memory/firings.ts'
import { isOurFreeze } from './memory/freezes.ts'
import { isOpen, keyText, openRows, sameFiring } from './memory/ledger.ts'
import { Summing } from './memory/sums.ts'
import { countedIn } from './memory/tallies.ts'
import { staleAfterMs } from './model/fact.ts'
import type { Kept } from './model/kept.ts'
import { named, sumsOf } from './model/past.ts'
import type { Quota } from './model/quota.ts'
import type { LedgerRow } from './model/row.ts'
import type { RuleSet } from './model/rule.ts'
import { memoryKey } from './model/rulememory.ts'
import type { Scene } from './model/scene.ts'
import { clockSure } from './reading/listen.ts'
import { isAssigned } from './reading/task.ts'

/** Every row is retained so long, whatever asks for it: rules may be edited, and people ask what was done of late. */
const leastRetainedMs = 35 * 86_400_000

/** What decides which rows are retained. */
type Retaining = Pick<Scene, 'kept' | 'rules' | 'passing' | 'now'> & { readonly order: Pick<Scene['order'], 'zone'> }

/**
 * What is remembered, without the rows that nothing asks for any more one by one: they are in the store alone, and
 * what they come to is added up. Whatever is decided on it comes out as with all rows. The same object where no row
 * leaves, and while no service has confirmed the clock, by which they would go. No row leaves before `leastMs` are
 * over.
 */
export function retained(scene: Retaining, leastMs = leastRetainedMs): Kept {
  const { kept, passing, now } = scene
  const isTold = Object.values(passing.health).some(({ clockAheadMs }) => clockAheadMs !== null)
  if (!isTold || !clockSure(passing)) return kept
  const before = Math.min(askedFrom(scene), now - leastMs)
  const isOver = (row: LedgerRow) => !isOpen(row) && row.state !== 'unsettled' && lastMoment(row) < before
  if (!kept.rows.some(isOver)) return kept
  const sums = new Summing(kept.past)
  const stays = staying(scene, isOver)
  for (const row of tallied(kept, isOver, sums)) stays.add(row)
  addOwnRows(kept.rows, stays)
  const leaving = kept.rows.filter((row) => !stays.has(row))
  if (leaving.length === 0) return kept
  for (const row of leaving) sums.row(row, row.rule === switchRule && isOwnStop(row))
  const left = new Set([...stays].map(firingKey))
  for (const [, row] of new Map(leaving.map((row) => [firingKey(row), row]))) {
    if (!isOtherwise(row) && !left.has(firingKey(row))) sums.firing(row)
  }
  return {
    ...kept,
    memory: withWrites(kept.memory, leaving, scene.rules),
    rows: kept.rows.filter((row) => stays.has(row)),
    past: { before: Math.max(before, kept.past.before ?? Number.NEGATIVE_INFINITY), sums: sums.sums },
  }
}

/** Whether these rules ask for rows that are in the store alone: all of them must be retained again before they decide. */
export function asksForPast({ kept, rules, order, now }: Pick<Retaining, 'kept' | 'rules' | 'order' | 'now'>): boolean {
  return kept.past.before !== null && windowFrom(rules, order.zone, now) < kept.past.before
}

/** The moment from which rows are asked for by when they were, be it by rules, by limits or by readings. */
function askedFrom({ rules, order, passing, now }: Retaining): Instant {
  const asked = Object.values(passing.readings).flatMap((known) => {
    return now - known.asked > staleAfterMs(known.intervalMs) ? [] : known.asked
  })
  return Math.min(windowFrom(rules, order.zone, now), ...asked)
}

/** How far rules and the limits look back; no limit but that on a lock looks further than a week. */
function windowFrom({ rules, tallies, streaks, budgets, uses }: RuleSet, zone: string, now: Instant): Instant {
  const spans = [
    ...rules.flatMap(({ cooldownMs, graceMs, after, limits }) => [
      cooldownMs,
      graceMs + (after?.waitMs ?? 0),
      ...limits.map(({ per }) => (typeof per === 'object' ? per.rollingMs : 0)),
    ]),
    ...[...tallies.values()].map(({ lasts }) => (typeof lasts === 'object' ? lasts.rollingMs : 0)),
    ...[...budgets.values()].flatMap((budget) =>
      Object.values(budget)
        .flat()
        .map(({ per }) => lookBackMs(per)),
    ),
    // What was done on the whole lock is added up row by row.
    ...[...uses].map((name) => (doneOnLock(name) ? Number.POSITIVE_INFINITY : 0)),
    // A streak of firings goes by the dates of all of them.
    ...[...streaks.values()].map(({ of }) => (of.startsWith('rule.') ? Number.POSITIVE_INFINITY : 0)),
  ]
  const longest = spans.reduce((most, one) => Math.max(most, one), 0)
  return Math.min(startOf('week', now, zone), now - longest)
}

function lookBackMs(per: Quota['per']): number {
  if (per === 'lock') return Number.POSITIVE_INFINITY
  return typeof per === 'object' ? per.rollingMs : 0
}

function doneOnLock(name: string): boolean {
  return /^(?:done|rule)\./.test(name) && sumIn(name.slice(name.lastIndexOf('.') + 1))?.period === 'lock'
}

/** After this moment nothing more can be asked of a row by when it was. */
function lastMoment({ at, due, sentAt, endedAt, notBefore, occurrence, effect }: LedgerRow): Instant {
  const lastsMs = effect.counts === 'freeze' ? effect.seconds * 1000 : 0
  // A moment of `at` or `after` that a wrong clock brought before its time is still to come.
  const moment = Number(/^(?:at|after) (\d+)/.exec(occurrence)?.[1] ?? 0)
  return Math.max(at + lastsMs, due, (sentAt ?? 0) + lastsMs, endedAt ?? 0, notBefore ?? 0, moment)
}

/** The rows that stay, but for those of tallies and the program's own: what is not over, and the last of each kind. */
function staying({ kept: { rows }, rules }: Retaining, isOver: (row: LedgerRow) => boolean): Set<LedgerRow> {
  const stays = new Set(rows.filter((row) => !isOver(row)))
  const open = openRows(rows)
  const newest = new Map<string, { row: LedgerRow; rank: number }>()
  const firings = new Map<string, LedgerRow>()
  const stopped = new Set(rows.flatMap((row) => (row.rule === deviceRule ? `${row.session} ${row.occurrence}` : [])))
  for (const [place, row] of rows.entries()) {
    firings.set(listKey(row), row)
    for (const [key, rank] of lastOf(row, place, rules)) {
      if (rank >= (newest.get(key)?.rank ?? Number.NEGATIVE_INFINITY)) newest.set(key, { row, rank })
    }
    // What goes on without an end is stopped when the program ends.
    if (isBegun(row, rules) && !stopped.has(`${row.session} ${occurrenceOf(row)}`)) stays.add(row)
    if (open.some((other) => sameFiring(other, row))) stays.add(row)
  }
  for (const { row } of newest.values()) stays.add(row)
  for (const row of rows) {
    const last = firings.get(listKey(row))
    if (last?.occurrence === row.occurrence) stays.add(row)
  }
  return stays
}

/** Of what a row may be the last that is asked for, however long ago it was, and what tells which one is later. */
function* lastOf(row: LedgerRow, place: number, rules: RuleSet): Generator<[key: string, rank: number]> {
  const { mode, session, rule, action, state } = row
  if (isOurFreeze(row)) yield [`freeze ${mode} ${session}`, place]
  if (isAssigned(row)) yield [`task ${session}`, place]
  const tally = countedIn(row)
  // Whether a rule's own points alone have moved a tally is asked since it fired last.
  if (tally !== null) yield [`tally ${mode} ${session} ${rule} ${tally}`, row.at]
  if (row.sentAt === null) return
  const ended = row.endedAt ?? Number.POSITIVE_INFINITY
  const isTold = state === 'applied' || state === 'not-applied' || state === 'unsettled'
  yield [`sent ${action} ${isTold}`, ended]
  if (state !== 'applied') return
  if (isBegun(row, rules)) yield [`begun ${session}`, row.sentAt]
  // What nobody can tell of a write explains any change; of one of those that is enough.
  const untold = writesOf(row, rules).flatMap(([fact, { doing }]) => (doing === null ? fact : []))
  if (untold.length > 0) yield [`untold ${session} ${action} ${untold.join(' ')}`, ended]
}

/** Whether a row may have set a device going. */
function isBegun({ state, effect, action, sentAt }: LedgerRow, rules: RuleSet): boolean {
  const mayGo = state === 'applied' && sentAt !== null && effect.toward === 'restricts'
  return mayGo && rules.actions.get(action)?.halt !== undefined
}

/**
 * Adds up the points of tallies as far as all that comes before is over. The row after which a tally stood at its sum
 * stays, so that what is retained of before it is not counted again.
 */
function tallied(kept: Kept, isOver: (row: LedgerRow) => boolean, sums: Summing): readonly LedgerRow[] {
  const ends = new Map<string, { row: LedgerRow; name: string; points: number }>()
  const closed = new Set<string>()
  for (const row of kept.rows) {
    if (row.action !== 'tally.add' && row.action !== 'tally.reset') continue
    const { name, points = 1 } = row.params as { name: string; points?: number }
    const key = `${row.mode} ${row.session} ${name}`
    const before = named(sumsOf(kept.past, row.mode, row.session).tallies, name)
    const last = ends.get(key)
    if (before && !last) {
      // What stands before the last sum is in it.
      if (keyText(row) === before.row) ends.set(key, { row, name, points: before.points })
      continue
    }
    if (!isOver(row)) closed.add(key)
    if (closed.has(key) || countedIn(row) === null) continue
    ends.set(key, { row, name, points: row.action === 'tally.reset' ? 0 : (last?.points ?? 0) + points })
  }
  for (const { row, name, points } of ends.values()) sums.tally(row, name, { points, row: keyText(row) })
  return [...ends.values()].map(({ row }) => row)
}

/** What the program planned by itself stays for as long as what it was planned for: it would be planned again. */
function addOwnRows(rows: readonly LedgerRow[], stays: Set<LedgerRow>): void {
  const own = rows.filter((row) => isOwn(row) && !stays.has(row))
  if (own.length === 0) return
  const causes = [...stays].filter((row) => !isOwn(row))
  for (const row of own) {
    const isFor = ({ session, rule, occurrence, position }: LedgerRow) =>
      session === row.session && row.occurrence.includes(`${rule} ${occurrence} ${position}`)
    if (causes.some(isFor)) stays.add(row)
  }
}

/** The last firing of a rule stays, and so does what it did last in place of one. */
function listKey(row: LedgerRow): string {
  return `${isOtherwise(row) ? 'otherwise' : 'then'} ${memoryKey(row.mode, row.session, row.rule)}`
}

function firingKey(row: LedgerRow): string {
  return keyText({ ...row, position: 0 })
}

/** What writes that leave may still bring about for rules that have not looked since: they remember it themselves. */
function withWrites(before: Kept['memory'], leaving: readonly LedgerRow[], rules: RuleSet): Kept['memory'] {
  let memory = before
  for (const row of leaving) {
    const writes = writesOf(row, rules)
    if (writes.length === 0) continue
    const keys = (['live', 'dry-run'] as const).map((mode) => memoryKey(mode, row.session, ''))
    for (const [key, one] of Object.entries(memory)) {
      if (!keys.some((start) => key.startsWith(start))) continue
      let { anchors } = one
      for (const [fact, write] of writes) {
        const anchor = named(anchors, fact)
        const after = anchor && withWrite(anchor, write)
        if (after && after !== anchor) anchors = { ...anchors, [fact]: after }
      }
      if (anchors !== one.anchors) memory = { ...memory, [key]: { ...one, anchors } }
    }
  }
  return memory
}
