import * as z from 'zod'
import { lengthOfTime, sayDuration } from '../calendar/duration.ts'
import {
  type CalendarUnit,
  type Instant,
  instantOf,
  localTime,
  parseClock,
  sayClock,
  sayInstant,
  startOf,
} from '../calendar/time.ts'
import { sayAgreed, toldWithin } from '../language/told.ts'
import { countedAt, countsAsAction, countsForLimits } from '../memory/ledger.ts'
import { type Bounds, type Counted, type Limits, limitSections } from '../model/agreement.ts'
import { type Fact, type Facts, knownValue, numberAt, type Unknown } from '../model/fact.ts'
import { type Past, sumsOf } from '../model/past.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import type { Effect, Json } from '../model/service.ts'

const unlimited = z.literal('unlimited').transform(() => null)
const size = z.union([unlimited, lengthOfTime()]).optional()
const times = z.union([unlimited, z.int().min(0)], { error: 'a whole number, or unlimited' }).optional()

const sizes = {
  each: size.meta({ description: 'The most at a time' }),
  per_hour: size.meta({ description: 'The most in an hour of the clock' }),
  per_day: size.meta({ description: 'The most in a day of the calendar' }),
  per_week: size.meta({ description: 'The most in a week, from Monday' }),
  per_lock: size.meta({ description: 'The most on one lock' }),
}
const counts = {
  times_per_hour: times.meta({ description: 'How often in an hour of the clock' }),
  times_per_day: times.meta({ description: 'How often in a day of the calendar' }),
  times_per_week: times.meta({ description: 'How often in a week, from Monday' }),
  times_per_lock: times.meta({ description: 'How often on one lock' }),
}
const bounded = <T extends z.ZodType>(section: T, description: string) =>
  z.union([unlimited, section]).optional().meta({ description })

const quiet = z.string().transform((text, context) => {
  const [, from, to] = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(text) ?? []
  const [begins, ends] = [parseClock(from ?? ''), parseClock(to ?? '')]
  if (begins !== null && begins === ends) {
    context.addIssue('hours that end when they begin; write "00:00-24:00" for always, unlimited for never')
    return z.NEVER
  }
  if (begins !== null && ends !== null) return { from: begins, to: ends }
  context.addIssue('two times of day such as "22:00-08:00"')
  return z.NEVER
})

const agreed = z.union([z.number().min(0), z.array(z.string()).min(1)], {
  error: 'the greatest number, or a list of the texts that may be said',
})
const params = z.record(z.string().max(100), agreed)

/** The `limits` section of the config; missing keys keep their defaults. */
export const limitsSchema = z.strictObject({
  ends: z
    .union([
      unlimited,
      z.string().refine((text) => instantOf(text, 'UTC') !== null, 'a date such as "2027-01-31 12:00"'),
    ])
    .optional()
    .meta({ description: 'From then on nothing restrictive is sent' }),
  allow: z.array(z.string()).optional().meta({ description: 'What may be done at all' }),
  add_time: bounded(z.strictObject({ ...sizes, ...counts }), 'How much time may be added; removing buys nothing back'),
  remove_time: bounded(z.strictObject({ ...sizes, ...counts }), 'How much time may be removed'),
  freeze: bounded(z.strictObject({ ...sizes, ...counts }), 'How long may be frozen, by the length granted'),
  remaining: size.meta({ description: 'Nothing may lead beyond so much remaining time' }),
  task: bounded(z.strictObject(counts), 'How many tasks may be assigned'),
  game: bounded(z.strictObject(counts), 'How many games may be played'),
  device: bounded(
    z.strictObject({
      each: size.meta({ description: 'How long a device may go on; then all of them are stopped' }),
      ...counts,
      quiet: z.union([unlimited, quiet]).optional().meta({ description: 'Hours in which no device is begun with' }),
      commands: z.array(z.string()).optional().meta({ description: 'The commands that may be sent' }),
      params: z.union([unlimited, params]).optional().meta({
        description: 'What may be sent with them: for each name the greatest number, or the texts that may be said',
      }),
    }),
    'What connected devices may be told',
  ),
  actions: bounded(
    z.strictObject({
      per_step: times.meta({ description: 'How many actions at once' }),
      per_hour: times.meta({ description: 'How many actions in an hour of the clock; relief is never refused by it' }),
    }),
    'How many actions of any kind',
  ),
  after_outage: size.meta({ description: 'The longest that restriction is held back after an outage' }),
})

export type WrittenLimits = z.infer<typeof limitsSchema>

const none: Bounds = {
  each: null,
  per_hour: null,
  per_day: null,
  per_week: null,
  per_lock: null,
  times_per_hour: null,
  times_per_day: null,
  times_per_week: null,
  times_per_lock: null,
}
const hour = 3600
const day = 86_400

const defaults: Limits = {
  ends: null,
  allow: ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'log', 'notify', 'tracker.game'],
  add_time: { ...none, each: hour, per_day: 3 * hour, per_lock: 3 * day },
  remove_time: { ...none, each: 2 * hour, per_day: 6 * hour },
  freeze: { ...none, each: 10 * hour, per_day: 10 * hour, per_lock: 7 * day, times_per_day: 3 },
  remaining: 30 * day,
  task: { ...none, times_per_day: 5 },
  game: { ...none, times_per_day: 3 },
  device: { ...none, each: 5, times_per_hour: 4, quiet: { from: 22 * hour, to: 8 * hour }, commands: [], params: {} },
  actions: { per_step: 5, per_hour: 20 },
  after_outage: 2 * hour,
}

/** The limits in force: the defaults, overlaid key by key by each written section in turn. `zone` is for `ends`. */
export function limitsOf(written: readonly WrittenLimits[], zone: string): Limits {
  let limits = defaults
  for (const section of written) {
    const next: Limits = { ...limits }
    if (section.allow) next.allow = [...new Set(section.allow)]
    if (section.remaining !== undefined) next.remaining = section.remaining
    if (section.ends !== undefined) next.ends = section.ends === null ? null : instantOf(section.ends, zone)
    if (section.actions !== undefined) {
      next.actions =
        section.actions === null ? { per_step: null, per_hour: null } : { ...limits.actions, ...given(section.actions) }
    }
    if (section.after_outage !== undefined) next.after_outage = section.after_outage
    if (section.device !== undefined) {
      next.device =
        section.device === null
          ? { ...limits.device, ...none, params: null }
          : { ...limits.device, ...given(section.device) }
    }
    for (const name of limitSections) {
      const written = section[name]
      if (written !== undefined) next[name] = written === null ? none : { ...limits[name], ...given(written) }
    }
    limits = next
  }
  return limits
}

function given<T extends object>(section: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as never
}

/** The limits as lines for people, the defaults included. */
export function limitLines(limits: Limits, zone: string): string[] {
  const said = (name: Counted) =>
    Object.entries(limits[name])
      .filter(([, bound]) => typeof bound === 'number')
      .map(([key, bound]) => `${key} ${key.startsWith('times') ? bound : sayDuration(bound as number)}`)
      .join(', ') || 'unlimited'
  return [
    `allow: ${limits.allow.join(', ')}`,
    ...limitSections.map((name) => `${name}: ${said(name)}`),
    `device: ${said('device')}, quiet ${limits.device.quiet ? `${sayClock(limits.device.quiet.from)}-${sayClock(limits.device.quiet.to)}` : 'never'}, commands ${limits.device.commands.join(', ') || 'none'}, params ${sayAgreed(limits.device.params)}`,
    `remaining: ${limits.remaining === null ? 'unlimited' : sayDuration(limits.remaining)}`,
    `actions: per_step ${limits.actions.per_step ?? 'unlimited'}, per_hour ${limits.actions.per_hour ?? 'unlimited'}`,
    `after_outage: ${limits.after_outage === null ? 'as long as it lasted' : sayDuration(limits.after_outage)}`,
    `ends: ${limits.ends === null ? 'never' : sayInstant(limits.ends, zone)}`,
  ]
}

/** The data that the limits are compared with. */
export interface Circumstances {
  limits: Limits
  /** Every retained row of the lock entry, but the one in question. */
  rows: readonly LedgerRow[]
  past: Past
  session: string
  mode: Mode
  facts: Facts
  /** The rows whose granted time the facts may not show yet. */
  unseen?: readonly LedgerRow[]
  now: Instant
  zone: string
}

/** The result of the limits for an effect. `held`: the calendar forbids it, which is not the rule's fault. */
export type Ruling =
  | { seconds: number; note: string; told?: Json }
  | { refused: string; held?: boolean }
  /** Only a fresh reading of the lock tells. */
  | { waitsFor: 'lock' }

/** Reasons for an unknown value that a fresh reading may remove. */
const mayBeReadAgain: ReadonlySet<Unknown> = new Set(['fenced', 'stale', 'unread'])

/** Checks one action against the wearer's limits: granted, clamped, refused, or to be checked again after a reading. */
export function rule(effect: Effect, around: Circumstances): Ruling {
  const { limits, now, zone } = around
  // An action that sends nothing, or only stops a device, needs no permission.
  if (effect.allow === '') return { seconds: effect.seconds, note: '' }
  if (!limits.allow.includes(effect.allow)) {
    return { refused: `${effect.allow} is not among limits.allow` }
  }
  if (effect.toward === 'restricts' && limits.ends !== null && now >= limits.ends) {
    return { refused: `limits.ends was ${sayInstant(limits.ends, zone)}`, held: true }
  }
  const { commands, quiet } = limits.device
  if (effect.command !== undefined && !commands.includes(effect.command)) {
    return { refused: `${effect.command} is not among limits.device.commands` }
  }
  const told = toldWithin(effect.told ?? null, effect.command === undefined ? null : limits.device.params)
  if ('refused' in told) return told
  if (effect.counts === 'device' && quiet !== null && isWithin(quiet, localTime(now, zone).clock)) {
    return { refused: over('device.quiet', `${sayClock(quiet.from)}-${sayClock(quiet.to)}`) }
  }
  const rows = around.rows.filter(
    (row) => row.mode === around.mode && countsForLimits(row) && (row.session === around.session || isOf(row, 'game')),
  )
  const inSession = rows.filter((row) => row.session === around.session && row.effect.allow !== '')
  if (effect.toward !== 'relief' && limits.actions.per_hour !== null) {
    const actions = around.rows.filter(
      (row) => row.mode === around.mode && row.session === around.session && countsAsAction(row),
    )
    const done = countSince(actions, startOf('hour', now, zone))
    if (done >= limits.actions.per_hour) return { refused: over('actions.per_hour', `${limits.actions.per_hour}`) }
  }
  if (effect.counts === null) return { seconds: effect.seconds, note: '' }
  const name = effect.counts
  const bound = limits[name]
  // Games are of an account, whichever lock they were played beside.
  const counted = (unit: CalendarUnit | 'lock') =>
    (name === 'game' && unit !== 'lock' ? rows : inSession).filter((row) => isOf(row, name))
  const before = sumsOf(around.past, around.mode, around.session).used[name]
  for (const unit of ['hour', 'day', 'week', 'lock'] as const) {
    const most = bound[`times_per_${unit}`]
    const earlier = unit === 'lock' ? (before?.times ?? 0) : 0
    if (most !== null && earlier + countSince(counted(unit), since(unit, now, zone)) >= most) {
      return { refused: over(`${name}.times_per_${unit}`, `${most}`) }
    }
  }
  // Nobody knows how long a device would run by itself. It gets the agreed time.
  if (name === 'device')
    return { seconds: bound.each ?? 0, note: told.note, ...(effect.told === undefined ? {} : { told: told.told }) }
  if (effect.seconds === 0) return { seconds: 0, note: '' }
  let seconds = effect.seconds
  let note = ''
  const clamp = (room: number, limit: string, ceiling: number) => {
    if (room >= seconds) return
    seconds = Math.max(0, Math.floor(room))
    note = over(limit, sayDuration(ceiling))
  }
  if (bound.each !== null) clamp(bound.each, `${name}.each`, bound.each)
  for (const unit of ['hour', 'day', 'week', 'lock'] as const) {
    const most = bound[`per_${unit}`]
    if (most === null) continue
    const earlier = unit === 'lock' ? (before?.seconds ?? 0) : 0
    clamp(most - earlier - sumSince(counted(unit), since(unit, now, zone), bound), `${name}.per_${unit}`, most)
  }
  if (name === 'add_time' || name === 'freeze') {
    const room = roomUnder(around, inSession)
    if ('seconds' in room) clamp(room.seconds, room.limit, room.bound)
    else if (!('free' in room)) return room
  }
  if (seconds < effect.least) return { refused: note || `${sayDuration(seconds)} is less than the service takes` }
  return { seconds, note: seconds < effect.seconds ? `clamped from ${sayDuration(effect.seconds)}: ${note}` : '' }
}

/** Whether a time of day lies in these hours, which may cross midnight. The end is not included. */
function isWithin({ from, to }: { from: number; to: number }, clock: number): boolean {
  return from < to ? clock >= from && clock < to : clock >= from || clock < to
}

function over(limit: string, bound: string): string {
  return `limits.${limit} is ${bound}`
}

function isOf(row: LedgerRow, name: Counted): boolean {
  return row.effect.counts === name
}

function since(unit: CalendarUnit | 'lock', now: Instant, zone: string): Instant {
  return unit === 'lock' ? Number.NEGATIVE_INFINITY : startOf(unit, now, zone)
}

function countSince(rows: readonly LedgerRow[], from: Instant): number {
  return rows.reduce((count, row) => (countedAt(row) >= from ? count + 1 : count), 0)
}

function sumSince(rows: readonly LedgerRow[], from: Instant, bound: Bounds): number {
  return rows.reduce((sum, row) => (countedAt(row) >= from ? sum + sizeOf(row, bound) : sum), 0)
}

/** The size of a row. A row that has not had its turn yet will be clamped then. */
function sizeOf({ state, effect }: LedgerRow, { each }: Bounds): number {
  return state === 'planned' ? Math.min(effect.seconds, each ?? effect.seconds) : effect.seconds
}

/** How much may still be added before the nearer ceiling: null if there is none, a text if it is unknown. */
export function roomFor(around: Circumstances): { seconds: number } | string | null {
  const rows = around.rows.filter(
    (row) => row.mode === around.mode && row.session === around.session && countsForLimits(row),
  )
  const room = roomUnder(around, rows)
  if ('free' in room) return null
  return 'seconds' in room ? { seconds: room.seconds } : 'the remaining time is unknown'
}

type Room = { seconds: number; limit: string; bound: number } | { free: true }

/**
 * How much may still be added before the nearer ceiling: the agreed one, or the wearer's own at the service. Planned
 * time that readings do not show yet, and the rest of our freezes, counts as if it were there.
 */
function roomUnder(around: Circumstances, rows: readonly LedgerRow[]): Room | Exclude<Ruling, { seconds: number }> {
  const { facts, now, limits } = around
  const ceiling = ceilingUnder(facts, limits)
  if (!('remaining' in ceiling)) return ceiling
  const { remaining, nearer } = ceiling
  const seconds = numberAt(facts, 'lock.timeRemainingSeconds', now) ?? 0
  const thawed = knownValue(facts, 'lock.frozen') === false
  let projected = seconds
  for (const row of rows) {
    const { counts } = row.effect
    if (counts !== 'add_time' && counts !== 'freeze') continue
    // No reading shows rows that are still to leave, or that a dry run only simulated.
    const unseen = row.state === 'planned' || row.state === 'not-sent' || row.state === 'not-applied'
    const late = around.unseen?.includes(row) === true
    if (unseen || late || (row.state === 'dry-run' && row.at >= remaining.asked))
      projected += sizeOf(row, limits[counts])
    else if (counts === 'freeze' && (!thawed || row.state === 'dry-run')) {
      projected += Math.max(0, row.effect.seconds - (now - (row.sentAt ?? row.at)) / 1000)
    }
  }
  return { seconds: nearer.bound - projected, ...nearer }
}

type Ceiling =
  | { remaining: Fact; nearer: { limit: string; bound: number } }
  | { free: true }
  | Exclude<Ruling, { seconds: number }>

/** The nearer ceiling, and the remaining time to compare with it. */
function ceilingUnder(facts: Facts, limits: Limits): Ceiling {
  const own = facts.get('lock.maxTimeRemainingSeconds')
  const ceilings: { limit: string; bound: number }[] = []
  if (limits.remaining !== null) ceilings.push({ limit: 'remaining', bound: limits.remaining })
  if (own?.known && typeof own.value === 'number') {
    ceilings.push({ limit: 'remaining (the lock\u2019s own maximum)', bound: own.value })
  } else if (own && !own.known && mayBeReadAgain.has(own.why)) {
    return { waitsFor: 'lock' }
  } else if (own && !own.known && own.why === 'unreadable') return { refused: 'the maximum of the lock cannot be read' }
  const nearer = ceilings.sort((a, b) => a.bound - b.bound)[0]
  if (!nearer) return { free: true }
  const remaining = facts.get('lock.timeRemainingSeconds')
  if (remaining?.known && typeof remaining.value === 'number') return { remaining, nearer }
  const why = remaining?.known === false ? remaining.why : 'unread'
  if (mayBeReadAgain.has(why)) return { waitsFor: 'lock' }
  const since = why === 'unreadable' ? 'what was sent cannot be read' : 'it is not shown, as a hidden timer is'
  return { refused: `the remaining time is unknown (${since}), so that nobody can tell what may be added` }
}

/** Why the room is unknown, if another reading would not help; null if it is known. */
export function whyNoRoom(facts: Facts, limits: Limits): string | null {
  const ceiling = ceilingUnder(facts, limits)
  return 'refused' in ceiling ? ceiling.refused : null
}
