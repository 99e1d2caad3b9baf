import type { Instant } from '../src/core/calendar/time.ts'
import { localTime } from '../src/core/calendar/time.ts'
import type { Draws } from './chance.ts'

/** What the last answers told, as anybody may read them. */
export interface Seen {
  now: Instant
  zone: string
  /** `lockData` of the last answer, and when it came; null where none did, or there is no lock. */
  lock: Readonly<Record<string, unknown>> | null
  lockAt: Instant
  tracker: Readonly<Record<string, unknown>> | null
  inputs: ReadonlyMap<string, boolean | number>
}

/** What a condition comes to; null where it cannot be told here. */
type Holds = (seen: Seen) => boolean | null

/** A condition as a rule says it, and what it means. */
interface Made {
  text: unknown
  holds: Holds
}

/** A rule that was made up. */
export interface MadeRule {
  id: string
  /** As it stands in a file. */
  written: Readonly<Record<string, unknown>>
  holds: Holds
  onlyIf: Holds | null
  kind: 'level' | 'change' | 'at'
  /** What a change is of. */
  fact: 'remainingMs' | 'taskPoints' | 'frozen' | 'taskAssigned' | null
  /** Nothing but its condition keeps it from firing. */
  isFree: boolean
}

/** Too near to call: what runs may be some seconds off. */
const nearSeconds = 20

function compared(value: number | null, than: number, less: boolean, runs = 0): boolean | null {
  if (value === null) return null
  if (Math.abs(value - than) < runs) return null
  return less ? value < than : value >= than
}

function number(from: Readonly<Record<string, unknown>> | null, key: string): number | null {
  const value = from?.[key]
  return typeof value === 'number' ? value : null
}

function truth(key: string, wanted: boolean): Holds {
  return ({ lock }) => (typeof lock?.[key] === 'boolean' ? lock[key] === wanted : null)
}

const leaves: readonly ((draws: Draws) => Made)[] = [
  (draws) => {
    const than = draws.between(1, 8)
    const less = draws.happens(0.4)
    return {
      text: `lock.taskPoints ${less ? '<' : '>='} ${than}`,
      holds: ({ lock }) => compared(number(lock, 'taskPoints'), than, less),
    }
  },
  (draws) => {
    const is = draws.happens(0.5)
    return { text: `lock.frozen is ${is}`, holds: truth('frozen', is) }
  },
  (draws) => {
    const is = draws.happens(0.5)
    return { text: `lock.taskAssigned is ${is}`, holds: truth('taskAssigned', is) }
  },
  (draws) => {
    const than = draws.pick([1, 2, 6, 24, 72]) * 3600
    const less = draws.happens(0.7)
    const holds: Holds = ({ lock, lockAt, now }) => {
      const value = number(lock, 'timeRemainingSeconds')
      // Whether it runs while it is frozen is the world's to say.
      if (value === null || lock?.frozen !== false) return null
      return compared(Math.max(0, value - (now - lockAt) / 1000), than, less, nearSeconds)
    }
    return { text: `lock.timeRemainingSeconds ${less ? '<' : '>='} ${than}s`, holds }
  },
  (draws) => {
    const than = draws.pick([1, 3, 6, 24]) * 3600
    const holds: Holds = ({ lock, now }) => {
      const at = number(lock, 'wearerLastSeenTimestamp')
      return at === null ? null : compared((now - at) / 1000, than, false, 120)
    }
    return { text: `lock.wearerLastSeenAgoSeconds > ${than}s`, holds }
  },
  (draws) => {
    const is = draws.happens(0.7)
    return { text: `input.vacation is ${is}`, holds: ({ inputs }) => (inputs.get('vacation') ?? false) === is }
  },
  (draws) => {
    const from = draws.between(0, 22)
    const to = from + draws.between(1, 24 - from - 1 || 1)
    const two = (hour: number) => String(hour).padStart(2, '0')
    const holds: Holds = ({ now, zone }) => {
      const { clock } = localTime(now, zone)
      const hour = clock / 3600
      if (Math.abs(hour - from) < 0.05 || Math.abs(hour - to) < 0.05) return null
      return hour >= from && hour < to
    }
    return { text: `time.clock between ${two(from)}:00 and ${two(to)}:00`, holds }
  },
  () => ({
    text: 'tracker.locked is true',
    holds: ({ tracker }) => (typeof tracker?.locked === 'boolean' ? tracker.locked : null),
  }),
]

function conditionOf(draws: Draws, deep = 0): Made {
  const shape = deep > 1 ? 'leaf' : draws.weighed({ leaf: 5, all: 2, any: 1, not: 1 })
  if (shape === 'leaf') return draws.pick(leaves)(draws)
  if (shape === 'not') {
    const inner = conditionOf(draws, deep + 1)
    const holds: Holds = (seen) => {
      const is = inner.holds(seen)
      return is === null ? null : !is
    }
    return { text: { not: inner.text }, holds }
  }
  const parts = [conditionOf(draws, deep + 1), conditionOf(draws, deep + 1)]
  const decisive = shape === 'any'
  return {
    text: { [shape]: parts.map(({ text }) => text) },
    holds: (seen) => {
      const all = parts.map(({ holds }) => holds(seen))
      return all.includes(decisive) ? decisive : all.includes(null) ? null : !decisive
    },
  }
}

const changes: readonly ((draws: Draws) => { text: string; fact: MadeRule['fact'] })[] = [
  () => ({ text: 'lock.timeRemainingSeconds rises', fact: 'remainingMs' }),
  () => ({ text: 'lock.timeRemainingSeconds falls', fact: 'remainingMs' }),
  (draws) => ({ text: `lock.taskPoints rises by ${draws.between(1, 3)}`, fact: 'taskPoints' }),
  () => ({ text: 'lock.taskPoints rises', fact: 'taskPoints' }),
  (draws) => ({ text: `lock.frozen becomes ${draws.happens(0.5)}`, fact: 'frozen' }),
  (draws) => ({ text: `lock.taskAssigned becomes ${draws.happens(0.5)}`, fact: 'taskAssigned' }),
  () => ({ text: 'input.go changes', fact: null }),
]

/** Sizes are such that any two actions can be told apart. */
const actionWeights = {
  add_time: 8,
  remove_time: 6,
  log: 5,
  notify: 4,
  freeze: 4,
  unfreeze: 3,
  'task.assign': 3,
  apply_time: 2,
  device: 2,
  pillory: 1,
  'tracker.game': 2,
  'tally.add': 1,
}

function actionOf(draws: Draws, id: string): unknown {
  const minutes = `${draws.between(1, 90)}m`
  switch (draws.weighed(actionWeights)) {
    case 'add_time':
      return { add_time: draws.happens(0.2) ? { between: ['5m', '40m'] } : minutes }
    case 'remove_time':
      return { remove_time: minutes }
    case 'apply_time':
      return { apply_time: `${draws.happens(0.5) ? '-' : ''}${minutes}` }
    case 'freeze':
      return { freeze: draws.happens(0.3) ? { until: '07:00' } : `${draws.between(5, 300)}m` }
    case 'unfreeze':
      return 'unfreeze'
    case 'pillory':
      return { pillory: '15m' }
    case 'task.assign':
      return { 'task.assign': { text: `Do what ${id} says`, points: 1, duration: '2h' } }
    case 'device':
      return { device: 'vibration.start' }
    case 'tracker.game':
      return { 'tracker.game': 'dice' }
    case 'tally.add':
      return { 'tally.add': 'strikes' }
    case 'notify':
      return { notify: { title: 'A word', message: `From ${id}: {{ lock.timeRemainingSeconds | duration }} left` } }
    default:
      return { log: { title: `From ${id}`, description: '{{ did }}' } }
  }
}

/** One made-up rule, as people write them: mostly a level or a moment, one or two actions, a brake or two. */
export function madeRule(draws: Draws, id: string): MadeRule {
  const kind = draws.weighed({ level: 4, at: 3, change: 3 })
  const when = conditionOf(draws)
  const onlyIf = draws.happens(0.2) ? conditionOf(draws, 1) : null
  const change = draws.pick(changes)(draws)
  const then = Array.from({ length: draws.weighed({ 1: 5, 2: 3, 3: 1 }) === '1' ? 1 : 2 }, () => actionOf(draws, id))
  const brakes: Record<string, unknown> = {}
  if (kind !== 'at' && draws.happens(0.3)) brakes.cooldown = draws.pick(['30m', '2h', '1d'])
  if (draws.happens(0.3)) brakes.limit = draws.pick(['1 per day', '2 per day', '1 per lock', '3 per 12h', '1 per hour'])
  if (draws.happens(0.1)) brakes.chance = '50%'
  if (kind === 'level' && draws.happens(0.25)) brakes.for = draws.pick(['10m', '1h', '3h'])
  if (kind === 'level' && draws.happens(0.25)) brakes.repeat = draws.pick(['1h', '6h', '1d'])
  if (draws.happens(0.08)) brakes.enabled = false
  if (draws.happens(0.1)) brakes.resend = false
  if (draws.happens(0.1)) brakes.on_failure = 'continue'
  const at = `${String(draws.between(0, 23)).padStart(2, '0')}:${String(draws.between(0, 59)).padStart(2, '0')}`
  const moments = draws.pick([at, `mon-fri ${at}`, 'random 10:00-21:00', '*/3 hours', at])
  const isAlways = kind === 'at' && draws.happens(0.4)
  const written = {
    id,
    ...(kind === 'at' ? { at: moments === '*/3 hours' ? [at, '12:30'] : moments } : {}),
    ...(isAlways ? {} : { when: kind === 'change' ? change.text : when.text }),
    ...(onlyIf ? { only_if: onlyIf.text } : {}),
    ...brakes,
    then,
  }
  return {
    id,
    written,
    holds: kind === 'change' || isAlways ? () => null : when.holds,
    onlyIf: onlyIf?.holds ?? null,
    kind,
    fact: kind === 'change' ? change.fact : null,
    isFree: kind === 'level' && Object.keys(brakes).every((key) => key === 'on_failure') && onlyIf === null,
  }
}

/** A file of rules; JSON is YAML. */
export function fileOf(rules: readonly MadeRule[]): string {
  return JSON.stringify({
    inputs: { go: { type: 'button', by: ['wearer'] }, vacation: { type: 'switch', by: ['wearer', 'keyholder'] } },
    tallies: { strikes: { lasts: '7d' } },
    rules: rules.map(({ written }) => written),
  })
}

/** Limits as a keyholder and a wearer agree on them. */
export function madeLimits(draws: Draws): Record<string, unknown> {
  const all = ['add_time', 'remove_time', 'freeze', 'unfreeze', 'task.assign', 'log', 'notify', 'tracker.game']
  const allow = [...all.filter((one) => one === 'log' || draws.happens(0.95)), 'pillory', 'device']
  const per = (least: number, most: number) => `${draws.between(least, most)}m`
  const ends = draws.happens(0.25) ? { ends: `2026-03-0${draws.between(3, 9)} 12:00` } : {}
  return {
    ...ends,
    allow,
    add_time: { each: per(20, 90), per_day: per(60, 300), per_lock: per(500, 5000) },
    remove_time: { each: per(20, 120), per_day: per(60, 400), times_per_day: draws.between(3, 12) },
    freeze: { each: per(60, 400), per_day: per(100, 700), per_lock: '7d', times_per_day: draws.between(1, 4) },
    remaining: draws.pick(['30d', '6d', '5d', 'unlimited']),
    task: { times_per_day: draws.between(1, 5) },
    game: { times_per_day: draws.between(1, 4) },
    device: {
      each: draws.pick(['5s', '1m', '10m']),
      times_per_hour: 4,
      quiet: draws.pick(['22:00-08:00', 'unlimited']),
      commands: ['vibration.start'],
    },
    actions: { per_step: 5, per_hour: draws.between(5, 20) },
    after_outage: draws.pick(['2h', '30m', 'unlimited']),
  }
}
