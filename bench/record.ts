import type { Instant } from '../src/core/calendar/time.ts'
import { type Fact, fixed, narrowed } from '../src/core/model/fact.ts'
import type { Json, Topic } from '../src/core/model/service.ts'
import { lockIdLine, type Recorded } from '../src/core/reading/recorded.ts'
import { services } from '../src/services/index.ts'
import { openDatabase } from '../src/store/database.ts'
import { openRecorder, readRecorded } from '../src/store/record.ts'
import { Folder } from './house.ts'

export const everyMs = 30_000
export const dayMs = 86_400_000
export const begin: Instant = Date.UTC(2026, 2, 2)
export const lockTopic: Topic = 'chastify.session'

/** So many days of a lock, as the daemon would have recorded them, polled every 30 s. */
export function recordOf(days: number): Recorded {
  using folder = new Folder()
  const database = openDatabase(folder.path)
  const lengths = new Set(
    services.flatMap(({ facts }) => facts.flatMap(({ name, type }) => (type === 'seconds' ? name : []))),
  )
  const raise = (error: unknown) => {
    throw error
  }
  const recorder = openRecorder(database, (name) => lengths.has(name), raise, {
    keepMs: Number.POSITIVE_INFINITY,
    mostBytes: Number.POSITIVE_INFINITY,
  })
  const kind = services.flatMap(({ topics }) => topics).find(({ topic }) => topic === lockTopic)
  let last: ReadonlyMap<string, Fact> = new Map()
  for (let at = begin; at < begin + days * dayMs; at += everyMs) {
    const understood = kind?.understand(bodyAt(at), at, at, 'UTC')
    if (!understood || typeof understood === 'string') throw new Error(understood)
    const facts = new Map([...understood.facts].map(([name, fact]) => [name, narrowed(last.get(name), fact)]))
    last = new Map(facts)
    facts.set(lockIdLine, fixed(lockId, at))
    recorder.hear('main', { topic: lockTopic, asked: at, answered: at, intervalMs: everyMs, trouble: null, facts })
  }
  recorder.close()
  const recorded = readRecorded(database, 'main')
  database.close()
  return recorded
}

/** Of a record, only its readings from one moment up to another. */
export function stretchOf({ looks, ...rest }: Recorded, from: Instant, to: Instant): Recorded {
  const within = [...looks].map(([topic, ofTopic]): [Topic, typeof ofTopic] => [
    topic,
    ofTopic.filter(({ asked }) => asked >= from && asked < to),
  ])
  return { ...rest, begun: [], looks: new Map(within) }
}

const lockId = 'a'.repeat(24)

/** A lock through weeks: its wearer looks in now and then, has tasks, earns points, and gets time added at midnight. */
function bodyAt(now: Instant): Json {
  const passed = now - begin
  const days = Math.floor(passed / dayMs)
  const seen = now - (passed % 25_700_000)
  return {
    role: 'keyholder',
    lockData: {
      _id: lockId,
      frozen: false,
      unlockable: false,
      trusted: true,
      taskAssigned: passed % (5 * 3_600_000) < 1_800_000,
      timeLockedSeconds: 86_400 + Math.floor(passed / 1000),
      timeRemainingSeconds: 400 * 86_400 + days * 3600 - Math.floor(passed / 1000),
      taskPoints: Math.floor(passed / 40_000_000) % 17,
      taskPointsRequired: 20,
      lockTitle: 'A lock',
      wearerUsername: 'alice',
      keyholderUsername: 'bob',
      wearerLastSeenTimestamp: seen,
      keyholderLastSeenTimestamp: begin,
    },
  }
}
