import { startApp } from '../src/app/app.ts'
import type { Instant } from '../src/core/calendar/time.ts'
import { startSandbox } from '../src/sandbox/index.ts'
import { chanceOf } from './chance.ts'
import { type Figure, spreadOf } from './figure.ts'
import { configIn, Folder, silent } from './house.ts'
import { LeapingClock } from './leapingclock.ts'

const pollMs = 300_000
const hourMs = 3_600_000
const midnight: Instant = Date.UTC(2026, 2, 3)
/** The daemon begins a while after midnight, so that no clock rule has its moment at once. */
const start = midnight + 150_000
const remaining = 40 * 3600
const locked = 3 * 86_400
/** How long ago the wearer was seen when the sandbox starts. */
const seenAgo = 60

/** How many rules are to cross, and in how many days. */
export interface LatenessSize {
  crossings: number
  /** How long such a day is; it ends before midnight. */
  hours: number
  rounds: number
}

/** A rule about time and when it becomes true, in milliseconds since the lock was begun with. */
interface Crossing {
  rule: string
  text: string
  afterMs: number
}

/**
 * How late rules about time act, by the clock of the service that is asked to act; against the same rules and daemon
 * that wakes for its polls only.
 */
export async function latenessFigures({ crossings, hours, rounds }: LatenessSize): Promise<Figure[]> {
  const days = { ours: [] as Day[], base: [] as Day[] }
  for (let round = 0; round < rounds; round++) {
    days.ours.push(await dayOf(crossings, hours * hourMs, round, null))
    days.base.push(await dayOf(crossings, hours * hourMs, round, pollMs))
  }
  const late = (of: readonly Day[]) => of.flatMap(({ lateMs }) => lateMs.map((ms) => ms / 1000))
  const medians = (of: readonly Day[]) => of.map(({ lateMs }) => spreadOf(lateMs).median / 1000)
  const [ours, base] = [medians(days.ours), medians(days.base)]
  const worst = days.ours.map(({ lateMs }) => Math.max(...lateMs) / 1000)
  const reads = (of: readonly Day[]) => of.map((day) => day.reads / crossings)
  const [oursReads, baseReads] = [reads(days.ours), reads(days.base)]
  const baseline = 'the same rules on 5 min polls only'
  return [
    {
      what: `lateness of a rule about time, polls 5 min apart, ${crossings} crossings; compared: medians of each day`,
      unit: 's',
      ours: late(days.ours),
      baseline,
      base: late(days.base),
      compared: ours.map((one, i) => (base[i] ?? 0) / one),
      comparedUnit: 'times less late',
      wanted: { of: 'median', atLeast: 100 },
    },
    {
      what: 'of that, the worst of each day',
      unit: 's',
      ours: worst,
      baseline,
      base: days.base.map(({ lateMs }) => Math.max(...lateMs) / 1000),
      compared: worst,
      comparedUnit: 's late',
      wanted: { of: 'max', atMost: 1 },
    },
    {
      what: 'reads of the service for it',
      unit: 'a crossing',
      ours: oursReads,
      baseline,
      base: baseReads,
      compared: oursReads.map((one, i) => one - (baseReads[i] ?? 0)),
      comparedUnit: 'more reads a crossing',
      wanted: { of: 'max', atMost: 2 },
    },
  ]
}

interface Day {
  lateMs: number[]
  reads: number
}

/** A day of the whole daemon and the simulated service, on one clock. */
async function dayOf(count: number, lastsMs: number, seed: number, gridMs: number | null): Promise<Day> {
  using clock = new LeapingClock(start, gridMs)
  using folder = new Folder()
  let begun: Instant | null = null
  const now = () => {
    begun ??= clock.now()
    return clock.now()
  }
  const lock = { timeRemainingSeconds: remaining, timeLockedSeconds: locked }
  const sandbox = await startSandbox({ clock: { now }, chastify: { lock } })
  const since = begun ?? start
  const crossings = crossingsOf(count, lastsMs, seed, since)
  const rules = `rules:\n${crossings.map(({ rule, text }) => `  - { id: ${rule}, ${text}, then: [log: ${rule}] }\n`).join('')}`
  const ending = new AbortController()
  try {
    const poll = { cron: '*/5 * * * *' }
    const config = configIn(folder, { url: sandbox.url, rules, poll, tokens: [sandbox.tokens.chastify] })
    const app = await startApp({ config, log: silent, clock }, ending.signal)
    while (clock.now() < since + lastsMs + pollMs) await new Promise((resolve) => setTimeout(resolve, 20))
    ending.abort()
    await app.done
    const arrived = new Map(sandbox.applied.map(({ at, body }) => [(body as { title: string }).title, at]))
    if (sandbox.applied.length !== count) {
      throw new Error(`of ${count} crossings ${sandbox.applied.length} were acted on`)
    }
    const lateMs = crossings.map(({ rule, afterMs }) => (arrived.get(rule) ?? Number.NaN) - since - afterMs)
    if (lateMs.some((late) => !(late >= 0))) throw new Error(`something came too early: ${Math.min(...lateMs)} ms`)
    const reads = sandbox.seen.filter(({ method }) => method === 'GET').length
    return { lateMs, reads }
  } finally {
    ending.abort()
    await sandbox.close()
  }
}

/** Rules of all kinds about time, their moments anywhere in the day. */
function crossingsOf(count: number, lastsMs: number, seed: number, since: Instant): Crossing[] {
  const chance = chanceOf(seed)
  return Array.from({ length: count }, (_, index) => {
    const seconds = 600 + Math.floor(chance() * (lastsMs / 1000 - 600))
    return crossing(index, seconds, since)
  })
}

/** What a service counts in whole seconds is beyond a value in the first moment of its next second. */
function crossing(index: number, seconds: number, since: Instant): Crossing {
  const rule = `r${index}`
  const minute = Math.ceil((since + seconds * 1000 - midnight) / 60_000)
  const clock = `"${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}"`
  const atMinute = midnight + minute * 60_000 - since
  switch (index % 5) {
    case 0:
      return { rule, text: `when: lock.timeRemainingSeconds < ${remaining - seconds}`, afterMs: seconds * 1000 + 1 }
    case 1:
      return { rule, text: `when: lock.timeLockedSeconds > ${locked + seconds}`, afterMs: (seconds + 1) * 1000 }
    case 2:
      return {
        rule,
        text: `when: lock.wearerLastSeenAgoSeconds > ${seenAgo + seconds}`,
        afterMs: (seconds + 1) * 1000,
      }
    case 3:
      return { rule, text: `when: 'time.clock >= ${clock.replaceAll('"', '')}'`, afterMs: atMinute }
    default:
      return { rule, text: `at: ${clock}, grace: 1h`, afterMs: atMinute }
  }
}
