import { describe, expect, test } from 'vitest'
import { emptyKept, type Kept } from '../../src/core/model/kept.ts'
import { noLock } from '../../src/core/model/lock.ts'
import type { LockEvidence } from '../../src/core/model/service.ts'
import { identify, otherLockWords, witnessed } from '../../src/core/reading/session.ts'
import { Bench, hour, lockA, lockB, minute, moment, oneRule, second } from './bench.ts'

type Seen = { evidence: LockEvidence | null; asked: number }

const start = moment('10:00')
/** A reading `seconds` after the start; `locked` is what `timeLockedSeconds` says. */
const lock = (id: string | null, locked: number | null, seconds: number): Seen => ({
  evidence: { id, timeLockedSeconds: locked },
  asked: start + seconds * 1000,
})
const none = (seconds: number): Seen => ({ evidence: null, asked: start + seconds * 1000 })

/** The session of each reading, every one of them stored as the daemon stores what it saw. */
function sessionsOf(readings: readonly Seen[]): string[] {
  let kept: Kept = emptyKept('seed')
  let latest: (LockEvidence & { asked: number }) | null = null
  return readings.map(({ evidence, asked }) => {
    kept = identify(kept, evidence, asked, latest)
    latest = evidence && { ...evidence, asked }
    const session = kept.sessions[kept.session ?? '']
    if (evidence && session) {
      kept = { ...kept, sessions: { ...kept.sessions, [session.key]: witnessed(session, evidence, asked) } }
    }
    return kept.session ?? ''
  })
}

test.each([
  [noLock, lockA, 'no lock is active'],
  [lockB, lockA, 'another lock is active'],
  [lockA, noLock, 'a lock is active by now'],
])('in %s, what was meant for %s is told what is there', (session, meant, words) => {
  expect(otherLockWords(session, meant)).toBe(words)
})

describe('which session a reading belongs to', () => {
  test.each<[string, Seen[], string[]]>([
    ['one id stays', [lock(lockA, 100, 0), lock(lockA, 130, 30)], [lockA, lockA]],
    ['one id stays though the count fell', [lock(lockA, 5000, 0), lock(lockA, 10, 30)], [lockA, lockA]],
    ['one id stays though the count rose too fast', [lock(lockA, 0, 0), lock(lockA, 9999, 30)], [lockA, lockA]],
    ['another id is another lock', [lock(lockA, 100, 0), lock(lockB, 130, 30)], [lockA, lockB]],
    [
      'an id that returns is resumed',
      [lock(lockA, 100, 0), lock(lockB, 0, 30), lock(lockA, 160, 60)],
      [lockA, lockB, lockA],
    ],
    ['an id vanishes', [lock(lockA, 100, 0), lock(null, 130, 30), lock(lockA, 160, 60)], [lockA, lockA, lockA]],
    ['an id appears', [lock(null, 100, 0), lock(lockA, 130, 30), lock(null, 160, 60)], ['lock-1', 'lock-1', 'lock-1']],
    [
      'what an id appeared for is known by it',
      [lock(null, 100, 0), lock(lockA, 130, 30), lock(lockB, 9, 60), lock(lockA, 190, 90)],
      ['lock-1', 'lock-1', lockB, 'lock-1'],
    ],
    ['an id appears with a count that fell', [lock(null, 1000, 0), lock(lockA, 930, 30)], ['lock-1', lockA]],
    ['fell by 60 s', [lock(null, 1000, 0), lock(null, 940, 30)], ['lock-1', 'lock-1']],
    ['fell by 61 s', [lock(null, 1000, 0), lock(null, 939, 30)], ['lock-1', 'lock-2']],
    ['rose by 59 s more than time', [lock(null, 1000, 0), lock(null, 1089, 30)], ['lock-1', 'lock-1']],
    ['rose by 61 s more than time', [lock(null, 1000, 0), lock(null, 1091, 30)], ['lock-1', 'lock-2']],
    ['stood still, being frozen', [lock(null, 1000, 0), lock(null, 1000, 7200)], ['lock-1', 'lock-1']],
    ['a gap of days', [lock(null, 1000, 0), lock(null, 1000 + 172_800, 172_800)], ['lock-1', 'lock-1']],
    [
      'a gap of days that was cheated',
      [lock(null, 1000, 0), lock(null, 1000 + 172_861, 172_800)],
      ['lock-1', 'lock-2'],
    ],
    [
      'no count says nothing',
      [lock(null, null, 0), lock(null, 5, 30), lock(null, null, 60)],
      ['lock-1', 'lock-1', 'lock-1'],
    ],
    ['none and back, by id', [lock(lockA, 100, 0), none(30), lock(lockA, 160, 60)], [lockA, noLock, lockA]],
    ['none and back, by count', [lock(null, 100, 0), none(30), lock(null, 160, 60)], ['lock-1', noLock, 'lock-1']],
    ['none and another, by count', [lock(null, 1000, 0), none(30), lock(null, 5, 60)], ['lock-1', noLock, 'lock-2']],
    ['none and another, by id', [lock(lockA, 1000, 0), none(30), lock(lockB, 5, 60)], [lockA, noLock, lockB]],
    ['none from the start', [none(0), none(30), lock(null, 5, 60)], [noLock, noLock, 'lock-1']],
    [
      'every lock without an id has a name of its own',
      [lock(null, 1000, 0), lock(null, 5, 30), lock(null, 500, 60), lock(null, 5, 90)],
      ['lock-1', 'lock-2', 'lock-3', 'lock-4'],
    ],
  ])('%s', (_, readings, sessions) => {
    expect(sessionsOf(readings)).toEqual(sessions)
  })

  test('nothing new leaves what is kept the same object', () => {
    const first = identify(emptyKept('seed'), { id: lockA, timeLockedSeconds: 5 }, start, null)
    expect(identify(first, { id: lockA, timeLockedSeconds: 35 }, start + 30_000, null)).toBe(first)
    const without = identify(emptyKept('seed'), null, start, null)
    expect(identify(without, null, start + 30_000, null)).toBe(without)
  })
})

describe('a lock whose id the service does not tell', () => {
  const bench = () => {
    const made = new Bench(oneRule())
    made.world.set({ id: null, timeLockedSeconds: 1000 })
    return made
  }

  test('goes on over a restart, although most of its readings were not stored', async () => {
    const b = bench()
    await b.until('10:50')
    b.restart()
    b.now += 5 * hour
    await b.until({ later: minute })
    expect(b.kept.session).toBe('lock-1')
  })

  test('is another one when the count fell between two readings that were not stored', async () => {
    const b = bench()
    await b.until('10:50')
    b.world.set({ timeLockedSeconds: 2500 })
    await b.until({ later: minute })
    expect(b.kept.session).toBe('lock-2')
  })

  test('is another one when the count fell while there was none in between', async () => {
    const b = bench()
    await b.until('10:50')
    const ended = b.world.lock
    b.world.lock = null
    await b.until({ later: 10 * minute })
    expect(b.kept.session).toBe(noLock)
    // It had come to about 4000 by then.
    b.world.lock = ended && { ...ended, timeLockedSeconds: 2500 }
    await b.until({ later: 10 * minute })
    expect(b.kept.session).toBe('lock-2')
  })

  test('its rule has its say on each of them, and not again on the one that returns', async () => {
    const b = new Bench(oneRule())
    b.world.set({ taskPoints: 1 })
    await b.until({ later: minute })
    const first = b.world.lock
    b.world.lock = first && { ...first, id: lockB, timeLockedSeconds: 3 }
    await b.until({ later: minute })
    b.world.lock = first
    await b.until({ later: minute })
    expect(b.rows).toEqual(['r e1 0: applied', 'r e1 0: applied'])
    expect(b.kept.rows.map(({ session }) => session)).toEqual([lockA, lockB])
    expect(b.world.sent.map(({ request }) => request.lockId)).toEqual([lockA, lockB])
    expect(b.now - start).toBe(180 * second)
  })
})
