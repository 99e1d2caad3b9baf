import type Database from 'better-sqlite3'
import type { Instant } from '../core/calendar/time.ts'
import type { Topic, Trouble } from '../core/model/service.ts'
import {
  explains,
  type Heard,
  type Line,
  type Look,
  lineOf,
  type Press,
  type Recorded,
  type RecordedLine,
} from '../core/reading/recorded.ts'
import { fromColumn, storedLine, storedMoments, storedPress } from './stored.ts'

/** For how long readings are kept (milliseconds), and how much of them (bytes). */
export interface Retention {
  keepMs: number
  mostBytes: number
}

export const usualRetention: Retention = { keepMs: 90 * 86_400_000, mostBytes: 50_000_000 }

/** Records readings, in memory until there are enough for a write. */
export interface Recorder {
  hear(lock: string, heard: Heard): void
  press(lock: string, press: Press): void
  /** Stores readings that have waited for a while; call it in a transaction that is about to be committed anyway. */
  store(): void
  /** Stores everything, before somebody reads it. */
  flush(): void
  /** The same, at the end. */
  close(): void
}

/** Readings are written together with other data, but not sooner than this after the last time. */
const leastApartMs = 600_000
/** Readings without news wait longer, so that not every sign of life writes a page of them. */
const quietApartMs = 7_000_000
/** If nothing else is stored for so long, readings are written by themselves. */
const mostApartMs = 7_800_000
/** The most that waits in memory. */
const mostWaiting = 20_000
const dayMs = 86_400_000
/** About what the database needs for a row beside its texts, in bytes. */
const rowBytes = 30
/** The topics of the lines for presses, and for starts of a process. */
const people: Topic = 'people.inputs'
const process: Topic = 'process.begun'

/**
 * The record in the database. `isLength` tells which facts are lengths of time. Readings that cannot be stored are
 * reported to `trouble` and dropped: the record never keeps the daemon from acting.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over one database and its statements
export function openRecorder(
  database: Database.Database,
  isLength: (fact: string) => boolean,
  trouble: (error: unknown) => void,
  retention: Retention = usualRetention,
): Recorder {
  const addLooks = database.prepare<[string, string, number, number, number, string | null, string]>(
    'INSERT OR REPLACE INTO looks (lock, topic, since, until, interval, trouble, moments) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const addLine = database.prepare<[string, string, string, number, string]>(
    'INSERT OR REPLACE INTO lines (lock, topic, name, at, body) VALUES (?, ?, ?, ?, ?)',
  )
  const latest = database.prepare<[string, string], { name: string; at: number; body: string }>(
    'SELECT name, max(at) AS at, body FROM lines WHERE lock = ? AND topic = ? GROUP BY name',
  )
  /** The last line of each fact, by lock and topic. */
  const known = new Map<string, Map<string, Line>>()
  /** The locks that this process has read. */
  const begun = new Set<string>()
  let looks = new Map<string, { lock: string; topic: Topic; looks: Look[] }>()
  let lines: { lock: string; topic: Topic; name: string; at: Instant; body: string }[] = []
  let waiting = 0
  let now = 0
  let storedAt: Instant | null = null
  let thinnedAt: Instant | null = null

  const linesOf = (lock: string, topic: Topic) => {
    const key = `${lock} ${topic}`
    let found = known.get(key)
    if (!found) {
      found = new Map()
      for (const { name, at, body } of latest.all(lock, topic)) found.set(name, parseLine(body, at))
      known.set(key, found)
    }
    return found
  }
  const begin = (lock: string, topic: Topic, name: string, at: Instant, body: string) => {
    lines.push({ lock, topic, name, at, body })
    waiting++
  }
  const write = () => {
    for (const one of looks.values()) for (const run of runsOf(one.looks)) addLooks.run(one.lock, one.topic, ...run)
    for (const { lock, topic, name, at, body } of lines) addLine.run(lock, topic, name, at, body)
    if (thinnedAt === null || now - thinnedAt >= dayMs) thin(database, retention, now)
  }
  const guarded = (act: () => void) => {
    try {
      act()
      if (thinnedAt === null || now - thinnedAt >= dayMs) thinnedAt = now
    } catch (error) {
      // Later lines must not continue lines that were lost.
      known.clear()
      trouble(error)
    }
    looks = new Map()
    lines = []
    waiting = 0
    storedAt = now
  }
  const writeAlone = () => {
    if (waiting > 0) guarded(() => database.transaction(write).immediate())
  }
  const later = (moment: Instant) => {
    now = moment
    storedAt ??= now
    if (now < storedAt) storedAt = now
    if (now - storedAt >= mostApartMs || waiting > mostWaiting) writeAlone()
  }

  const take = (lock: string, heard: Heard) => {
    const { topic, asked, answered, intervalMs, facts } = heard
    if (!begun.has(lock)) begin(lock, process, 'begun', asked, 'true')
    begun.add(lock)
    const key = `${lock} ${topic}`
    const run = looks.get(key) ?? { lock, topic, looks: [] }
    run.looks.push({ asked, answered, intervalMs, trouble: heard.trouble })
    looks.set(key, run)
    waiting++
    if (!facts) return
    const last = linesOf(lock, topic)
    for (const [name, fact] of facts) {
      const before = last.get(name)
      if (before && explains(before, fact)) continue
      const line = lineOf(fact, before, isLength(name))
      last.set(name, line)
      begin(lock, topic, name, asked, textOf(line, asked))
    }
    for (const [name, before] of last) {
      if (facts.has(name) || (!before.known && before.why === 'missing')) continue
      const line: Line = { known: false, why: 'missing' }
      last.set(name, line)
      begin(lock, topic, name, asked, textOf(line, asked))
    }
  }

  return {
    hear(lock, heard) {
      try {
        take(lock, heard)
      } catch (error) {
        trouble(error)
      }
      later(heard.answered)
    },
    press(lock, { at, input, set }) {
      begin(lock, people, input, at, JSON.stringify(set))
      later(at)
    },
    store() {
      // In the transaction of a caller, the caller rolls back.
      const apartMs = lines.length > 0 ? leastApartMs : quietApartMs
      if (waiting > 0 && storedAt !== null && now - storedAt >= apartMs) guarded(write)
    },
    flush: writeAlone,
    close: writeAlone,
  }
}

/** Successive readings with the same interval and outcome, as rows of the table. */
function runsOf(looks: readonly Look[]): [number, number, number, string | null, string][] {
  const runs: Look[][] = []
  for (const look of looks) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const alike = last && last.trouble === look.trouble && last.intervalMs === look.intervalMs
    if (run && alike && look.asked > last.asked) run.push(look)
    else runs.push([look])
  }
  return runs.flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)]
    if (!first || !last) return []
    const moments = run.map(({ asked, answered }, i) => {
      const before = run[i - 1]?.asked ?? first.asked
      return `${(asked - before).toString(36)}.${(answered - asked).toString(36)}`
    })
    return [[first.asked, last.asked, first.intervalMs, first.trouble, moments.join(' ')]]
  })
}

function textOf(line: Line, at: Instant): string {
  if (!line.known) return JSON.stringify({ why: line.why })
  const { value, most, since, pace, runs, leadMs } = line
  if (most !== undefined) return JSON.stringify([value, since - at, pace, runs, leadMs ?? null, most])
  const further = leadMs === undefined ? [] : [leadMs]
  return JSON.stringify(runs === 0 && pace === 0 ? [value] : [value, since - at, pace, runs, ...further])
}

const what = 'what was recorded of the readings'

function parseLine(text: string, at: Instant): Line {
  const read = fromColumn(storedLine, text, what)
  if (!Array.isArray(read)) return { known: false, why: read.why }
  const [value, after = 0, pace = 0, runs = 0, leadMs, most] = read
  return {
    known: true,
    value,
    ...(most === undefined ? {} : { most }),
    since: at + after,
    pace,
    runs,
    ...(leadMs == null ? {} : { leadMs }),
  }
}

/** The record of a lock entry, with readings from `from` on. Empty if there is none. */
export function readRecorded(database: Database.Database, lock: string, from = 0): Recorded {
  const looks = new Map<Topic, Look[]>()
  const spans = database.prepare<
    [string, number],
    { topic: Topic; since: number; interval: number; trouble: Trouble | null; moments: string }
  >('SELECT topic, since, interval, trouble, moments FROM looks WHERE lock = ? AND until >= ? ORDER BY since')
  for (const { topic, since, interval, trouble, moments } of spans.iterate(lock, from)) {
    const known = looks.get(topic) ?? []
    looks.set(topic, known)
    let asked = since
    for (const moment of fromColumn(storedMoments, JSON.stringify(moments), what).split(' ')) {
      const [after = '0', took = '0'] = moment.split('.')
      asked += Number.parseInt(after, 36)
      known.push({ asked, answered: asked + Number.parseInt(took, 36), intervalMs: interval, trouble })
    }
  }
  const lines = new Map<Topic, Map<string, RecordedLine[]>>()
  const presses: Press[] = []
  const begun: Instant[] = []
  const found = database.prepare<[string], { topic: Topic; name: string; at: number; body: string }>(
    'SELECT topic, name, at, body FROM lines WHERE lock = ? ORDER BY at',
  )
  for (const { topic, name, at, body } of found.iterate(lock)) {
    if (topic === people) {
      presses.push({ at, input: name, set: fromColumn(storedPress, body, what) })
      continue
    }
    if (topic === process) {
      begun.push(at)
      continue
    }
    const ofTopic = lines.get(topic) ?? new Map<string, RecordedLine[]>()
    lines.set(topic, ofTopic)
    const ofFact = ofTopic.get(name) ?? []
    ofTopic.set(name, ofFact)
    ofFact.push({ at, line: parseLine(body, at) })
  }
  // If the clock was set back, later readings may have earlier moments.
  for (const known of looks.values()) known.sort((a, b) => a.asked - b.asked)
  return { looks, lines, presses, begun }
}

/** Throws a `Mistake` if the record of a lock entry is not as lockwarden writes it. */
export function mustBeRecord(database: Database.Database, lock: string): void {
  const moments = database.prepare<[string], { moments: string }>('SELECT moments FROM looks WHERE lock = ?')
  for (const one of moments.iterate(lock)) fromColumn(storedMoments, JSON.stringify(one.moments), what)
  const bodies = database.prepare<[string], { topic: Topic; at: number; body: string }>(
    'SELECT topic, at, body FROM lines WHERE lock = ?',
  )
  for (const { topic, at, body } of bodies.iterate(lock)) {
    if (topic === people) fromColumn(storedPress, body, what)
    else if (topic !== process) parseLine(body, at)
  }
}

/** Deletes what is too old, and then the oldest until the rest is not too large. */
function thin(database: Database.Database, { keepMs, mostBytes }: Retention, now: Instant): void {
  const oldest = database.prepare<[], { at: number | null }>('SELECT min(since) AS at FROM looks')
  const size = database.prepare<[], { bytes: number }>(
    `SELECT (SELECT coalesce(sum(length(lock) + length(topic) + length(moments) + ${rowBytes}), 0) FROM looks)
          + (SELECT coalesce(sum(length(lock) + length(topic) + length(name) + length(body) + ${rowBytes}), 0) FROM lines)
       AS bytes`,
  )
  const forget = (before: Instant) => {
    database.prepare<[number]>('DELETE FROM looks WHERE until < ?').run(before)
    // The last line before that moment stays: it holds the value of the fact at that moment.
    database
      .prepare<[number, number]>(
        `DELETE FROM lines WHERE at < ? AND EXISTS (
           SELECT 1 FROM lines AS later WHERE later.lock = lines.lock AND later.topic = lines.topic
             AND later.name = lines.name AND later.at > lines.at AND later.at <= ?)`,
      )
      .run(before, before)
    for (const topic of [people, process]) {
      database.prepare<[string, number]>('DELETE FROM lines WHERE topic = ? AND at < ?').run(topic, before)
    }
  }
  forget(now - keepMs)
  for (let tries = 0; tries < 100; tries++) {
    const from = oldest.get()?.at ?? null
    if (from === null || from >= now || (size.get()?.bytes ?? 0) <= mostBytes) return
    forget(from + Math.max(1, Math.ceil((now - from) / 10)))
  }
}
