import type { Instant } from '../calendar/time.ts'
import type { Limits } from './agreement.ts'
import type { Expect } from './expect.ts'
import type { Unstored } from './ports.ts'
import type { Mode, Person, RowKey } from './row.ts'
import type { RuleSet } from './rule.ts'
import type { Answer, Poll, Reading, Service, Topic } from './service.ts'

/** News for the step. */
export type News =
  | { reading: Reading }
  | { outcome: Answer; of: RowKey }
  /** The wearer's yes to rules acting on a lock session, by its key. */
  | { accepted: string }
  /** Our clock was set, by so many milliseconds more than have passed. A machine that slept looks the same. */
  | { jump: number }
  /** A person's answer to whether an action happened. It counts if that person may say it. */
  | { settled: RowKey; happened: boolean; by: Person }
  /** The token of a service was replaced: refused requests may be tried again. */
  | { token: string }
  /** A person releases rules that kept triggering themselves. */
  | { released: readonly string[] }
  /** Somebody set a switch, or pressed a button. */
  | { input: string; set: boolean | 'press' }

/** What the config and the surroundings say at this moment. */
export interface Order {
  lock: string
  mode: Mode
  /** IANA zone of clock times and calendar periods. */
  zone: string
  limits: Limits
  services: readonly Service[]
  /** Topics read on a schedule. */
  polls: ReadonlyMap<Topic, Poll>
  /** Nothing is read for the first time before this, so that many locks do not begin at once. */
  firstAt?: Instant
  /** Only a lock of these people is acted on. */
  expect: Expect | null
  newLock: 'ask' | 'auto'
  /** The other entry of the config that acts on the lock with this id, or false; null while this is unknown. */
  actsElsewhere?(lockId: string): string | false | null
  /** The wearer's switch. */
  stopped: boolean
  /** The limits cannot be read: nothing restrictive leaves. */
  limitsFaulty?: boolean
  /** Shutting down: nothing new leaves. */
  closing: boolean
  /** Nothing can be stored: nothing is decided, and only stops of devices leave. */
  unstored?: Unstored['why'] | null
  /** This process. */
  run: string
  underway: ReadonlySet<Topic>
  /** A counter in milliseconds that nobody can set; left out if the clock is never set. */
  ticks?: number
}

/**
 * The scheduled topics for these rules: those that are always read, those that the rules ask for, and those that must
 * be known before.
 */
export function scheduledTopics(services: readonly Service[], rules: RuleSet): ReadonlySet<Topic> {
  // Topics of disabled rules alone need not be read.
  const uses = rules.rules.filter(({ enabled }) => enabled).flatMap((rule) => [...rule.uses])
  const asked = new Set(uses.map((name) => rules.catalogue.get(name)?.source))
  const topics = new Set<Topic>()
  for (const { topic, standing, needs } of services.flatMap((service) => service.topics)) {
    if (!standing && !asked.has(topic)) continue
    topics.add(topic)
    if (needs !== undefined) topics.add(needs)
  }
  return topics
}
