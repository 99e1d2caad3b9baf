import type { Course } from '../../../views/timeline.ts'
import { type Firing, firingsIn } from '../parts/firing.ts'
import { ask } from '../wire/api.ts'
import { now } from '../wire/clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const most = 1000

/** The data of some days. */
export interface Past {
  course: Course
  /** Epoch milliseconds. */
  since: number
  until: number
  firings: Firing[]
}

/** Reads the last days of a lock. Throws a `Trouble`. */
export async function readPast(lock: string, days: number): Promise<Past> {
  const [[found], [status]] = await Promise.all([
    ask('timeline', { lock, since: Math.round(now() - days * dayMs), most }),
    ask('facts', { lock, names: 'lock.timeRemainingSeconds,lock.frozen' }),
  ])
  if (!found) throw new Error(`There is no lock ${lock}.`)
  const until = found.now
  const left = status?.facts.find(({ name }) => name === 'lock.timeRemainingSeconds')
  const seconds = left?.unknown === null && typeof left.value === 'number' ? left.value : null
  const course = withNow(found.course ?? { remaining: [], frozen: [], gaps: [] }, until, seconds)
  const begun = Math.min(...course.remaining.flat().map(([at]) => at), ...found.past.map((row) => row.plannedAt))
  const since = Number.isFinite(begun) ? Math.max(found.since, Math.min(begun, until - hourMs)) : found.since
  return { course, since, until, firings: firingsIn(found.past) }
}

/** The line ends at the last reading. If its value is unknown, there is a gap from the last look on. */
function withNow({ remaining, frozen, gaps }: Course, until: number, seconds: number | null): Course {
  const last = remaining.at(-1) ?? []
  if (seconds !== null) return { remaining: [...remaining.slice(0, -1), [...last, [until, seconds]]], frozen, gaps }
  const end = last.at(-1)
  return end === undefined
    ? { remaining, frozen, gaps }
    : { remaining, frozen, gaps: [...gaps, { from: end[0], to: until }] }
}
