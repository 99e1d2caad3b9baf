import type { Instant } from '../calendar/time.ts'
import type { Limits } from './agreement.ts'
import type { Expect } from './expect.ts'
import type { Unstored } from './ports.ts'
import type { Mode, Person, RowKey } from './row.ts'
import type { RuleSet } from './rule.ts'
import type { Answer, Poll, Reading, Service, Topic } from './service.ts'

/** Something the step has not heard of yet. */
export type News =
  | { reading: Reading }
  | { outcome: Answer; of: RowKey }
  /** The wearer's yes to rules acting on a lock session, by its key. */
  | { accepted: string }
  /** Our clock was set: by so many milliseconds more than passed. A machine that slept looks the same. */
  | { jump: number }
  /** A person's answer to whether an action happened; it counts where it is that person's to say. */
  | { settled: RowKey; happened: boolean; by: Person }
  /** The token of a service was replaced: what was refused may be tried again. */
  | { token: string }
  /** A person lets rules go on that kept setting themselves off. */
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
  /** Not before this is anything read for the first time, so that many locks do not begin at once. */
  firstAt?: Instant
  /** Only a lock of these people is acted on. */
  expect: Expect | null
  newLock: 'ask' | 'auto'
  /** The other entry of the config that acts on the lock with this id, or false; null while this cannot be told. */
  actsElsewhere?(lockId: string): string | false | null
  /** The wearer's switch. */
  stopped: boolean
  /** The agreed limits cannot be told: nothing restrictive leaves. */
  limitsFaulty?: boolean
  /** Shutting down: nothing new leaves. */
  closing: boolean
  /** Nothing can be stored: nothing is decided, and nothing leaves but the stops of devices. */
  unstored?: Unstored['why'] | null
  /** This process. */
  run: string
  underway: ReadonlySet<Topic>
  /** Milliseconds that no setting of the clock changes; left out where the clock is never set. */
  ticks?: number
}

/** What is read on a schedule for these rules: what always is, what they ask for, and what must be known before it. */
export function scheduledTopics(services: readonly Service[], rules: RuleSet): ReadonlySet<Topic> {
  // What only disabled rules ask for need not be read.
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
