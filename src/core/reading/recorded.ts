import type { Instant } from '../calendar/time.ts'
import { at, type Fact, fixed, running, sameValue, type Unknown, unknown, type Value } from '../model/fact.ts'
import type { Passing } from '../model/passing.ts'
import type { RuleSet } from '../model/rule.ts'
import { type Reading, serviceOf, type Topic, type Trouble } from '../model/service.ts'

/**
 * A recorded fact: a value at `since` that ran by `runs` seconds a second until a reading said otherwise. `pace` is the
 * pace of the fact itself. A length that a service repeats in each reading has none, but may run nevertheless.
 */
export type Line =
  | {
      known: true
      value: Value
      /** The upper bound, if the value is only known to lie between two lengths. */
      most?: number
      since: Instant
      pace: -1 | 0 | 1
      runs: -1 | 0 | 1
      leadMs?: number
    }
  | { known: false; why: Unknown }

/** A line, and when its first reading was requested. */
export interface RecordedLine {
  at: Instant
  line: Line
}

/** One reading: when it was requested and answered, its planned interval, and whether it failed. */
export interface Look {
  asked: Instant
  answered: Instant
  intervalMs: number
  /** Null for a good reading; "no lock" counts as a failure here. */
  trouble: Trouble | null
}

/** What somebody set or pressed, and when. */
export interface Press {
  at: Instant
  input: string
  set: boolean | 'press'
}

/** The readings of a lock entry, and what its people did, over some time, in order of time. */
export interface Recorded {
  looks: ReadonlyMap<Topic, readonly Look[]>
  lines: ReadonlyMap<Topic, ReadonlyMap<string, readonly RecordedLine[]>>
  presses: readonly Press[]
  /** The first reading of each process: the time between it and the reading before was not observed. */
  begun: readonly Instant[]
}

/** A reading in the form of the record. */
export interface Heard {
  topic: Topic
  asked: Instant
  answered: Instant
  /** The planned interval. */
  intervalMs: number
  trouble: Trouble | null
  /** The facts of a good reading, without secret ones; null if it failed. */
  facts: ReadonlyMap<string, Fact> | null
}

/**
 * A reading in the form to record; null if it says nothing about the service. Secret facts are never recorded;
 * undocumented facts only if a rule asks for them.
 */
export function heardOf(
  reading: Reading,
  { readings, latestLock, health }: Passing,
  rules: RuleSet,
  lockTopic: Topic,
): Heard | null {
  const { topic, asked, answered } = reading
  const known = readings[topic]
  const times = { topic, asked, answered, intervalMs: known?.intervalMs ?? 0 }
  if (!reading.ok) {
    const untold = reading.trouble === 'stopped' || reading.trouble === 'budget'
    return untold ? null : { ...times, trouble: reading.trouble, facts: null }
  }
  if (known?.asked !== asked) {
    const unreadable = health[serviceOf(topic)]?.trouble === 'unreadable'
    return unreadable ? { ...times, trouble: 'unreadable', facts: null } : null
  }
  const facts = new Map([...known.facts].filter(([name]) => isKept(name, rules)))
  if (latestLock?.asked === asked && topic === lockTopic) facts.set(lockIdLine, fixed(latestLock.id, asked))
  return { ...times, trouble: null, facts }
}

function isKept(name: string, { catalogue, uses }: RuleSet): boolean {
  const entry = catalogue.get(name)
  if (!entry || entry.secret) return false
  return entry.source !== 'extra' || uses.has(name)
}

/** The name of the line for the lock's id; no fact has this name. */
export const lockIdLine = '(lock)'

/** Services count whole seconds, and an answer takes a moment to travel. */
const toleranceSeconds = 2
/** A line that became more exact by less than this is the same. */
const leastBetterMs = 50
/** Two readings closer than this cannot show whether a length runs with the clock. */
const leastApartSeconds = 10

/** Whether a fact fits its line, so that nothing must be recorded. */
export function explains(line: Line, fact: Fact): boolean {
  if (!line.known || !fact.known) return !line.known && !fact.known && line.why === fact.why
  if (line.pace !== fact.pace || (line.most === undefined) !== (fact.most === undefined)) return false
  if (line.runs === 0) return sameValue(line.value, fact.value)
  const there = valueAt(line, fact.since)
  if (typeof there !== 'number' || typeof fact.value !== 'number') return false
  return Math.abs(there - fact.value) <= toleranceSeconds && !isKnownBetter(line, fact)
}

/**
 * Whether further readings have located the line more exactly: the moments at which it crosses a value depend on that.
 */
function isKnownBetter(line: Line & { known: true }, fact: Fact): boolean {
  if (line.leadMs === undefined || fact.leadMs === undefined) return false
  return line.leadMs - fact.leadMs >= leastBetterMs
}

/** The new line of a fact. A length counts as running if the line before was wrong by exactly the time since then. */
export function lineOf(fact: Fact, before: Line | undefined, isLength: boolean): Line {
  if (!fact.known) return { known: false, why: fact.why }
  const { value, since, pace } = fact
  const runs = pace === 0 && isLength && before?.known ? runOf(before, value, since) : pace
  return { known: true, value, ...mostOf(fact.most), since, pace, runs, ...leadOf(fact.leadMs) }
}

function mostOf(most: number | undefined): { most?: number } {
  return most === undefined ? {} : { most }
}

function leadOf(leadMs: number | undefined): { leadMs?: number } {
  return leadMs === undefined ? {} : { leadMs }
}

function runOf(before: Line & { known: true }, value: Value, since: Instant): -1 | 0 | 1 {
  const was = valueAt(before, before.since)
  if (typeof was !== 'number' || typeof value !== 'number') return 0
  const passed = (since - before.since) / 1000
  const moved = value - was
  if (passed < leastApartSeconds || Math.abs(Math.abs(moved) - passed) > toleranceSeconds) return 0
  return moved > 0 ? 1 : -1
}

/** A fact from a reading that was requested at `asked`. */
export function factOf(line: Line, asked: Instant, answered: Instant): Fact {
  if (!line.known) return unknown(line.why, asked)
  if (line.pace !== 0 && typeof line.value === 'number') {
    const fact = running(line.value, line.pace, asked, line.since)
    return { ...fact, known: true, value: line.value, ...mostOf(line.most), ...leadOf(line.leadMs) }
  }
  const saw = line.runs === 0 ? line : seenOf(line, answered)
  return { ...unknown('unread', asked), known: true, value: saw.value, ...mostOf(saw.most) }
}

function seenOf(line: Line & { known: true }, now: Instant): { value: Value; most?: number | undefined } {
  const saw = at({ ...line, asked: line.since, pace: line.runs }, now)
  return saw.known ? saw : line
}

function valueAt(line: Line & { known: true }, now: Instant): Value {
  return seenOf(line, now).value
}
