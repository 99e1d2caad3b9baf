// What was read comes back from the record as it was read, and costs next to nothing while nothing happens.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { at, type Fact } from '../../src/core/model/fact.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import type { Json, Reading, Topic, Trouble } from '../../src/core/model/service.ts'
import { type Heard, heardOf } from '../../src/core/reading/recorded.ts'
import { Past } from '../../src/replay/past.ts'
import { services } from '../../src/services/index.ts'
import { lookIntoDatabase, openDatabase } from '../../src/store/database.ts'
import { openJournal, readKept } from '../../src/store/journal.ts'
import { openRecorder, type Retention, readRecorded } from '../../src/store/record.ts'
import { berlin, day, hour, minute, moment, rulesOf, second } from '../core/bench.ts'
import { Life } from './life.ts'

let folder: string
const open: { close(): void }[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockwarden-record-'))
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
  rmSync(folder, { recursive: true, force: true })
})

function database(): Database.Database {
  const opened = openDatabase(folder)
  open.push(opened)
  return opened
}

const lengths = new Set(
  services.flatMap(({ facts }) => facts.filter(({ type }) => type === 'seconds').map(({ name }) => name)),
)
const kinds = new Map(services.flatMap(({ topics }) => topics).map((kind) => [kind.topic, kind]))
const sessionTopic: Topic = 'chastify.session'
const statsTopic: Topic = 'tracker.stats'
const quiet = rulesOf('rules:\n  - { id: r, when: lock.taskPoints > 10, then: [ log: hello ] }\n')

function recorderOf(on: Database.Database, retention?: Retention) {
  const fail = (error: unknown) => {
    throw error
  }
  return openRecorder(on, (fact) => lengths.has(fact), fail, retention)
}

/** A reading as the services' own halves understand it, as it is told to the record. */
function heard(topic: Topic, asked: number, body: Json, rules: RuleSet = quiet): Heard {
  const answered = asked + 150
  const reading: Reading = { topic, asked, answered, serverTime: null, ok: true, body }
  const understood = kinds.get(topic)?.understand(body, asked, answered, berlin)
  if (typeof understood !== 'object') throw new Error(`not understood: ${understood}`)
  const known = { facts: understood.facts, asked, answered, intervalMs: 30 * second, beforeMs: 30 * second, calm: 0 }
  const latestLock = understood.lock ? { ...understood.lock, asked } : null
  const told = heardOf(reading, { ...nothingSeen, readings: { [topic]: known }, latestLock }, rules, sessionTopic)
  if (!told) throw new Error('nothing is told')
  return told
}

function failed(topic: Topic, asked: number, trouble: Trouble): Heard {
  return { topic, asked, answered: asked + 150, intervalMs: 30 * second, trouble, facts: null }
}

/** What happens between one reading and the next. */
type Event =
  | { is: 'nothing' | 'freeze' | 'thaw' | 'seen' | 'task' | 'hidden' | 'restart' | 'lost' }
  | { is: 'added'; seconds: number }
  | { is: 'points'; points: number }

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Event>({ is: 'nothing' }) },
  fc.constantFrom<Event>(
    { is: 'freeze' },
    { is: 'thaw' },
    { is: 'seen' },
    { is: 'task' },
    { is: 'hidden' },
    { is: 'restart' },
    { is: 'lost' },
  ),
  fc.record({ is: fc.constant('added' as const), seconds: fc.integer({ min: -5000, max: 5000 }) }),
  fc.record({ is: fc.constant('points' as const), points: fc.nat(50) }),
)
const story = fc.array(fc.record({ event, afterMs: fc.integer({ min: 20_000, max: 70_000 }), store: fc.boolean() }), {
  minLength: 1,
  maxLength: 120,
})

interface LockBody {
  frozen: boolean
  remaining: number
  locked: number
  points: number
  task: boolean
  seenAt: number | null
  start: number
}

function tell(lock: LockBody, now: number): { lock: Json; page: Json } {
  return {
    lock: {
      role: 'wearer',
      scopes: ['a', 'b'],
      lockData: {
        _id: 'a'.repeat(24),
        frozen: lock.frozen,
        timeRemainingSeconds: Math.floor(lock.remaining),
        timeLockedSeconds: Math.floor(lock.locked),
        taskPoints: lock.points,
        taskAssigned: lock.task,
        wearerLastSeenTimestamp: lock.seenAt,
        unlockCode: 'a1b2c3',
      },
    },
    page: {
      locked: true,
      link_game: 'https://example.org/secret-address',
      current_lock_time: wordsOf(Math.floor((now - lock.start) / 1000)),
    },
  }
}

function wordsOf(seconds: number): string {
  return `${Math.floor(seconds / 86_400)} days ${Math.floor((seconds % 86_400) / 3600)} hours ${Math.floor((seconds % 3600) / 60)} minutes ${seconds % 60} seconds`
}

describe('what was read', () => {
  test('comes back as it was: what runs to two seconds, all else exactly, gaps as gaps', () => {
    fc.assert(
      fc.property(story, (moves) => {
        const own = mkdtempSync(join(folder, 'run-'))
        const on = openDatabase(own)
        try {
          let recorder = recorderOf(on)
          let now = moment('10:00')
          const lock: LockBody = {
            frozen: false,
            remaining: 86_400,
            locked: 3600,
            points: 0,
            task: false,
            seenAt: now - 5000,
            start: now - day,
          }
          const told: Heard[] = []
          const begun: number[] = []
          let first = true
          for (const { event, afterMs, store } of moves) {
            now += afterMs
            if (!lock.frozen) {
              lock.remaining = Math.max(0, lock.remaining - afterMs / 1000)
              lock.locked += afterMs / 1000
            }
            if (event.is === 'freeze' || event.is === 'thaw') lock.frozen = event.is === 'freeze'
            if (event.is === 'seen') lock.seenAt = now - 1000
            if (event.is === 'hidden') lock.seenAt = null
            if (event.is === 'task') lock.task = !lock.task
            if (event.is === 'added') lock.remaining = Math.max(0, lock.remaining + event.seconds)
            if (event.is === 'points') lock.points = event.points
            if (event.is === 'restart') {
              recorder.close()
              recorder = recorderOf(on)
              first = true
            }
            if (first) begun.push(now)
            first = false
            const { lock: body, page } = tell(lock, now)
            const all =
              event.is === 'lost'
                ? [failed(sessionTopic, now, 'timeout')]
                : [heard(sessionTopic, now, body), heard(statsTopic, now + 20, page)]
            for (const one of all) recorder.hear('main', one)
            told.push(...all)
            if (store) on.transaction(() => recorder.store()).immediate()
          }
          recorder.close()
          const recorded = readRecorded(on, 'main')
          expect(recorded.begun).toEqual(begun)
          const past = new Past(recorded)
          for (const one of told) mustEqual(past, one)
          expect(past.nextReading()).toBeNull()
        } finally {
          on.close()
        }
      }),
      { numRuns: 60 },
    )
  })

  function mustEqual(past: Past, one: Heard): void {
    const { topic, asked, answered } = one
    expect(past.nextReading()).toEqual({ at: answered, topics: [topic] })
    const reading = past.read(topic, answered)
    expect(reading).toMatchObject({ asked, answered, ok: one.trouble === null })
    if (!one.facts) return
    const service = services.find(({ topics }) => topics.some((kind) => kind.topic === topic))
    const kind = service && past.serve(service).topics.find((other) => other.topic === topic)
    const understood = kind?.understand(null, asked, answered, berlin)
    if (typeof understood !== 'object') throw new Error('not understood')
    const read = new Map(one.facts)
    expect(understood.lock?.id).toEqual(knownOf(read.get('(lock)'), answered))
    read.delete('(lock)')
    expect([...understood.facts.keys()].sort()).toEqual([...read.keys()].sort())
    for (const [name, fact] of read) {
      const back = understood.facts.get(name)
      expect(back).toMatchObject({ known: fact.known, pace: fact.pace, asked })
      const [was, is] = [knownOf(fact, answered), knownOf(back, answered)]
      if (typeof was === 'number' && lengths.has(name)) expect(Math.abs(was - Number(is))).toBeLessThanOrEqual(2)
      else expect(is).toEqual(was)
      if (!fact.known && back && !back.known) expect(back.why).toBe(fact.why)
    }
  }

  function knownOf(fact: Fact | undefined, now: number) {
    const saw = fact && at(fact, now)
    return saw?.known ? saw.value : undefined
  }

  test('a secret fact is never stored; what the services send beyond their documents only where a rule asks', () => {
    const on = database()
    const now = moment('10:00')
    const lock = { frozen: false, remaining: 60, locked: 60, points: 0, task: false, seenAt: null, start: now }
    const record = (rules: RuleSet) => {
      const recorder = recorderOf(on)
      const { lock: body, page } = tell(lock, now)
      recorder.hear('main', heard(sessionTopic, now, body, rules))
      recorder.hear('main', heard(statsTopic, now, page, rules))
      recorder.close()
      return [...readRecorded(on, 'main').lines.values()].flatMap((ofTopic) => [...ofTopic.keys()])
    }
    const asking = rulesOf('rules:\n  - { id: r, when: tracker.linkGame is known, then: [ log: hello ] }\n')
    const names = record(asking)
    expect(names).toContain('tracker.locked')
    expect(names).not.toContain('tracker.linkGame')
    expect(names).not.toContain('lock.unlockCode')
    on.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(join(folder, 'lockwarden.db')).toString('latin1')).not.toMatch(/secret-address|a1b2c3/)
  })
})

describe('what it costs', () => {
  test('a day on which nothing happens: the commits of the signs of life, and a few kilobytes', async () => {
    const life = new Life({ rules: quiet, folder, mode: 'dry-run', pollMs: 30 * second })
    open.push(life)
    await life.begin()
    await life.until({ later: 10 * minute })
    const before = life.commits
    let alone = 0
    const { database } = life
    const changes = () => Number(database.prepare<[], { n: number }>('SELECT total_changes() AS n').get()?.n)
    const beforeChanges = changes()
    await life.until({ later: day })
    alone = life.commits - before
    const rows = database
      .prepare<[], { looks: number; bytes: number; lines: number }>(
        `SELECT (SELECT count(*) FROM looks) AS looks, (SELECT sum(length(moments)) FROM looks) AS bytes,
                (SELECT count(*) FROM lines) AS lines`,
      )
      .get()
    expect(alone).toBeLessThanOrEqual(26)
    // The Tracker tells two lengths in words: other words at each of its readings.
    const inWords = 2 * 288
    // Beside the row of the lock: a row an hour for each topic, and a line where it became known better.
    expect(changes() - beforeChanges).toBeLessThan(26 * 4 + 60 + inWords)
    expect(rows?.looks).toBeLessThanOrEqual(2 * 26)
    expect(rows?.bytes).toBeLessThan(40_000)
    expect(rows?.lines).toBeLessThan(80 + inWords)
    await life.end()
  })

  test('without a lock in sight it is written by itself, about every two hours', async () => {
    const on = database()
    const recorder = recorderOf(on)
    let now = moment('10:00')
    const stored = () => Number(on.prepare<[], { n: number }>('SELECT count(*) AS n FROM looks').get()?.n)
    const seen: number[] = []
    for (let i = 0; i < 24 * 60; i++) {
      now += minute
      recorder.hear('main', failed(sessionTopic, now, 'unreachable'))
      if (stored() > seen.length) seen.push(now)
    }
    expect(seen.length).toBeGreaterThan(9)
    expect(seen.length).toBeLessThanOrEqual(12)
  })

  test('what cannot be stored is told, and forgotten', () => {
    const on = database()
    const told: unknown[] = []
    const recorder = openRecorder(
      on,
      () => false,
      (error) => told.push(error),
    )
    on.exec('DROP TABLE looks')
    const { lock } = tell(
      { frozen: false, remaining: 60, locked: 60, points: 0, task: false, seenAt: null, start: 0 },
      moment('10:00'),
    )
    recorder.hear('main', heard(sessionTopic, moment('10:00'), lock))
    recorder.close()
    expect(told).toHaveLength(1)
  })
})

describe('what is kept', () => {
  const fill = (on: Database.Database, days: number, retention: Retention) => {
    const recorder = recorderOf(on, retention)
    let now = moment('10:00')
    const lock: LockBody = {
      frozen: false,
      remaining: 1e7,
      locked: 0,
      points: 0,
      task: false,
      seenAt: null,
      start: now,
    }
    for (let hours = 0; hours < days * 24; hours++) {
      now += hour
      lock.remaining -= 3600
      lock.locked += 3600
      lock.points = Math.floor(hours / 5)
      recorder.hear('main', heard(sessionTopic, now, tell(lock, now).lock))
      on.transaction(() => recorder.store()).immediate()
    }
    recorder.close()
    return now
  }

  test('what is older than agreed is gone; what a fact was at that time is not', () => {
    const on = database()
    const now = fill(on, 20, { keepMs: 5 * day, mostBytes: 1e9 })
    const { looks, lines } = readRecorded(on, 'main')
    const first = looks.get(sessionTopic)?.[0]?.asked ?? 0
    expect(now - first).toBeLessThanOrEqual(7 * day)
    expect(now - first).toBeGreaterThan(4 * day)
    for (const ofFact of lines.get(sessionTopic)?.values() ?? []) {
      expect(ofFact[0]?.at).toBeLessThanOrEqual(first)
      expect(ofFact.filter(({ at }) => at < now - 7 * day).length).toBeLessThanOrEqual(1)
    }
  })

  test('what is more than agreed is gone, the oldest first', () => {
    const on = database()
    const now = fill(on, 20, { keepMs: 1000 * day, mostBytes: 12_000 })
    const { looks } = readRecorded(on, 'main')
    const known = looks.get(sessionTopic) ?? []
    expect(known.length).toBeGreaterThan(10)
    expect(known.length).toBeLessThan(400)
    expect(known.at(-1)?.asked).toBe(now)
  })
})

test('a database of before the record is brought up to date, with all that was in it', async () => {
  const file = join(folder, 'lockwarden.db')
  const old = new Database(file)
  old.exec(`
    CREATE TABLE lock (name TEXT PRIMARY KEY, version INTEGER NOT NULL, head TEXT NOT NULL) STRICT;
    CREATE TABLE memory (lock TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (lock, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE ledger (lock TEXT NOT NULL, session TEXT NOT NULL, mode TEXT NOT NULL, rule TEXT NOT NULL,
      occurrence TEXT NOT NULL, position INTEGER NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL,
      at INTEGER NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (lock, session, mode, rule, occurrence, position)) STRICT;
    PRAGMA user_version = 1;
  `)
  const { memory: _, rows: __, ...head } = emptyKept('a seed')
  old.prepare('INSERT INTO lock VALUES (?, ?, ?)').run('main', 7, JSON.stringify(head))
  old.close()
  const looked = lookIntoDatabase(folder)
  expect(looked && readKept(looked, 'main')).toEqual({ kept: emptyKept('a seed'), version: 7 })
  looked?.close()
  const on = database()
  expect(readKept(on, 'main')).toEqual({ kept: emptyKept('a seed'), version: 7 })
  expect((await openJournal(on).open('main')).version).toBe(7)
  const recorder = recorderOf(on)
  recorder.hear('main', failed(sessionTopic, moment('10:00'), 'timeout'))
  recorder.close()
  expect(readRecorded(on, 'main').looks.get(sessionTopic)).toHaveLength(1)
  expect(statSync(file).size).toBeGreaterThan(0)
})
