import type { Instant } from '../calendar/time.ts'
import { openRows } from '../memory/ledger.ts'
import { sumsOf } from '../model/past.ts'
import type { LedgerRow, State } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import type { Scene } from '../model/scene.ts'
import { deviceRule, isOwnStop, isPlanned, ownRow, switchRule } from './own.ts'

/** The data for the stops of devices. */
type DeviceScene = Omit<Scene, 'facts' | 'passing'> & { passing: Pick<Scene['passing'], 'begun'> }

/** States of a row that may have started a device. */
const mayGo: ReadonlySet<State> = new Set(['sending', 'unknown', 'applied', 'unsettled'])

/**
 * The stop is sent a little before the agreed time is over, since it takes time itself: a share of that time, at most 1
 * s.
 */
const leadShare = 0.1
const longestLeadMs = 1000

/**
 * The device stops that are due. Each row that may have started a device gets one: shortly before `each` has passed
 * since its sending, or at once if the program is about to end or cannot store the outcome. Another comes when the
 * wearer presses the switch. A start that is still on its way when its stop is due may arrive after it, so it gets a
 * second stop when its request has ended. `stopped` is the switch at the last step, null if there was none. Starts of
 * this process (`begun`) are timed in ticks, which nobody can set. A dry run has nothing to stop.
 */
export function halting(scene: DeviceScene, stopped: boolean | null): LedgerRow[] {
  const { kept, rules, order, session, now } = scene
  const { rows } = kept
  const begun = begunBy(scene)
  const latest = order.stopped ? begun.reduce<LedgerRow | null>(later, null) : null
  const planned: LedgerRow[] = []
  for (const row of begun) {
    const due = order.closing || Boolean(order.unstored) || dueAt(row, scene) <= now
    for (const [rule, isDue] of [
      [deviceRule, due],
      [switchRule, row === latest],
    ] as const) {
      const occurrence = occurrenceOf(row)
      if (isDue && !isPlanned(rows, rule, occurrence, session)) planned.push(stopOf(row, rule, occurrence, now, rules))
    }
  }
  const pressedAgain =
    stopped === false && latest !== null && isPlanned(rows, switchRule, occurrenceOf(latest), session)
  if (pressedAgain) {
    const before = rows.filter((row) => row.rule === switchRule && row.session === session && isOwnStop(row))
    const halts = sumsOf(kept.past, order.mode, session).halts + before.length
    planned.push(stopOf(latest, switchRule, `press ${halts + 1}`, now, rules))
  }
  return planned
}

/** The next moment at which a stop is due or may be tried again; infinity if there is none. */
export function nextHalt(scene: DeviceScene): Instant {
  const { kept, session, now } = scene
  const due = begunBy(scene)
    .filter((row) => !isPlanned(kept.rows, deviceRule, occurrenceOf(row), session))
    .map((row) => dueAt(row, scene))
  const again = openRows(kept.rows).flatMap((row) => (isOwnStop(row) ? (row.notBefore ?? []) : []))
  return Math.min(Number.POSITIVE_INFINITY, ...[...due, ...again].filter((moment) => moment > now))
}

function begunBy({ kept, rules, order: { mode }, session }: DeviceScene): LedgerRow[] {
  if (mode !== 'live') return []
  return kept.rows.filter(
    (row) =>
      mayGo.has(row.state) &&
      row.effect.toward === 'restricts' &&
      row.session === session &&
      row.mode === mode &&
      row.sentAt !== null &&
      rules.actions.get(row.action)?.halt !== undefined,
  )
}

function dueAt(row: LedgerRow, { passing: { begun }, order: { limits, ticks }, now }: DeviceScene): Instant {
  const { effect } = row
  const sent = row.sentAt ?? now
  const tick = begun[sendingOf(row)]
  // If our clock was set back, the device would run until the clock has caught up.
  if (sent > now && tick === undefined) return now
  // A start that was granted without an end is not ended by a later limit.
  if (effect.seconds === 0) return Number.POSITIVE_INFINITY
  const eachMs = Math.min(effect.seconds, limits.device.each ?? effect.seconds) * 1000
  const lastsMs = eachMs - Math.min(longestLeadMs, eachMs * leadShare)
  if (tick === undefined || ticks === undefined) return sent + lastsMs
  // The ticks stand still while the machine sleeps, the device does not.
  return Math.min(sent > now ? Number.POSITIVE_INFINITY : sent + lastsMs, now + (tick + lastsMs - ticks))
}

/** Notes the starts of a step in ticks, and forgets those that have their stop. */
export function withBegun(
  { kept: { rows }, rules, order: { ticks }, passing: { begun: before } }: DeviceScene,
  changed: readonly LedgerRow[],
): Scene['passing']['begun'] {
  const fresh = changed.filter((row) => row.state === 'sending' && rules.actions.get(row.action)?.halt !== undefined)
  if (ticks === undefined || (fresh.length === 0 && Object.keys(before).length === 0)) return before
  const ended = new Set(rows.flatMap((row) => (row.rule === deviceRule ? row.occurrence : [])))
  return {
    ...Object.fromEntries(Object.entries(before).filter(([sending]) => !ended.has(sending))),
    ...Object.fromEntries(fresh.map((row) => [sendingOf(row), ticks])),
  }
}

function later(one: LedgerRow | null, other: LedgerRow): LedgerRow {
  return one === null || (other.sentAt ?? 0) >= (one.sentAt ?? 0) ? other : one
}

function sendingOf({ action, rule, occurrence, position, attempts }: LedgerRow): string {
  return `${action} ${rule} ${occurrence} ${position} ${attempts}`
}

/** The key of the stop of a sending, and another for the second stop of a sending that was still on its way. */
export function occurrenceOf(row: LedgerRow): string {
  return `${sendingOf(row)}${row.state === 'sending' ? ' underway' : ''}`
}

function stopOf(begun: LedgerRow, rule: string, occurrence: string, now: Instant, rules: RuleSet): LedgerRow {
  const kind = rules.actions.get(begun.action)
  if (kind?.halt === undefined) throw new Error(`${begun.action} cannot be stopped`)
  return ownRow({ ...begun, rule, occurrence }, kind, kind.halt, now)
}
