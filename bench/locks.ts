import { setTimeout as sleep } from 'node:timers/promises'
import { Child, serviceApart } from './child.ts'
import type { Figure } from './figure.ts'
import type { Many } from './manylocks.ts'
import type { Tally } from './service.ts'
import { rowsOf, short } from './table.ts'

/** How many locks are held against how many, for how long, and how often each is read. */
export interface LocksSize {
  many: number
  few: number
  everyMs: number
  windowMs: number
  /** Runs them all at once: quicker, and in each other's way. */
  together?: boolean
}

/** One daemon with so many locks, watched from outside for a while. */
export interface Watched {
  locks: number
  /** Of one lock: milliseconds of processor a poll, and KiB beyond a daemon with a single lock. */
  cpuMs: number
  residentKiB: number
  heapKiB: number
  /** The longest a lock waited for its next reading beyond its interval. */
  latestMs: number
  polls: number
}

/** Many locks in one daemon against a tenth of them: how late polls are, and what a lock costs. */
export async function locksFigures(size: LocksSize): Promise<{ figures: Figure[]; all: Watched[] }> {
  const counts = [1, Math.ceil(size.few / 10), size.few, size.many]
  const seen: Seen[] = []
  if (size.together) seen.push(...(await Promise.all(counts.map((locks) => watch(locks, size)))))
  else for (const locks of counts) seen.push(await watch(locks, size))
  const all = seen.map((one) => against(one, seen[0]))
  const [, , few, many] = all
  if (!few || !many) throw new Error('not all of the daemons were watched')
  const name = (count: number) => count.toLocaleString('en-GB')
  const what = `${name(size.many)} locks, 10 rules, one rule set, polls ${size.everyMs / 1000} s apart, ${size.windowMs / 1000} s`
  const baseline = `the same with ${name(size.few)}`
  const held = (text: string, unit: string, of: (one: Watched) => number): Figure => ({
    what: `${what}: ${text}`,
    unit,
    ours: [of(many)],
    baseline,
    base: [of(few)],
    compared: [of(many) / of(few)],
    comparedUnit: 'times as much',
    wanted: { of: 'max', atMost: 1 },
  })
  const late = many.latestMs / size.everyMs
  const figures: Figure[] = [
    {
      what: `${what}: how late the latest poll was`,
      unit: 's',
      ours: [many.latestMs / 1000],
      baseline,
      base: [few.latestMs / 1000],
      compared: [late],
      comparedUnit: 'intervals late',
      wanted: { of: 'max', atMost: 1 },
    },
    held('processor for a poll of a lock', 'ms', ({ cpuMs }) => cpuMs),
    held('resident memory of a lock, beyond a daemon with one', 'KiB', ({ residentKiB }) => residentKiB),
    {
      what: `${what}: resident memory of a lock`,
      unit: 'KiB',
      ours: [many.residentKiB],
      baseline: 'none; on the heap of it, after a collection',
      base: [many.heapKiB],
      compared: [many.residentKiB],
      comparedUnit: 'KiB',
      wanted: { of: 'max', atMost: 20 },
    },
  ]
  return { figures, all }
}

/** What the cost of a lock grows to. */
export function locksGrowth(all: readonly Watched[]): string {
  const lines = all.map(({ locks, cpuMs, residentKiB, heapKiB, latestMs, polls }) => [
    locks.toLocaleString('en-GB'),
    locks === 1 ? '' : short(residentKiB),
    locks === 1 ? '' : short(heapKiB),
    short(cpuMs),
    short(polls),
    short(latestMs / 1000),
  ])
  const head = ['locks', 'resident KiB a lock', 'heap KiB a lock', 'processor ms a poll', 'polls seen', 'latest, s']
  return rowsOf([head, ...lines])
}

/** What was seen of a daemon with so many locks. */
interface Seen {
  locks: number
  many: Many
  tally: Tally
  everyMs: number
}

/** What a daemon costs a lock, beyond what one with a single lock costs. */
function against({ locks, many, tally, everyMs }: Seen, alone: Seen | undefined): Watched {
  const others = Math.max(1, locks - 1)
  return {
    locks,
    cpuMs: many.cpuMs / Math.max(1, tally.polls),
    residentKiB: (many.residentKiB - (alone?.many.residentKiB ?? 0)) / others,
    heapKiB: (many.heapKiB - (alone?.many.heapKiB ?? 0)) / others,
    latestMs: Math.max(0, tally.longestMs - everyMs),
    polls: tally.polls,
  }
}

/** Runs a daemon with so many locks: waits until each was read, lets one interval pass, and watches the next. */
async function watch(locks: number, { everyMs, windowMs }: LocksSize): Promise<Seen> {
  const { service, url } = await serviceApart()
  await using _ = service
  await using daemon = new Child('manylocks.ts', [url, String(locks), String(everyMs)], ['--expose-gc'])
  const patienceMs = Date.now() + 300_000
  for (;;) {
    service.say('tell')
    const seen = await service.says<Tally>()
    if (seen.locks === locks) break
    if (Date.now() > patienceMs) throw new Error(`only ${seen.locks} of ${locks} locks were read`)
    await sleep(100)
  }
  await sleep(Math.min(everyMs, windowMs))
  daemon.say('begin')
  await daemon.says()
  service.say('begin')
  await sleep(windowMs)
  service.say('tell')
  const tally = await service.says<Tally>()
  daemon.say('tell')
  const many = await daemon.says<Many>()
  if (tally.locks !== locks) throw new Error(`${tally.locks} of ${locks} locks were read`)
  return { locks, many, tally, everyMs }
}
