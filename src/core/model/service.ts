import type * as z from 'zod'
import type { Instant } from '../calendar/time.ts'
import type { Fact, Facts, FactType, Scalar } from './fact.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One kind of reading of a service, `service.what`. */
export type Topic = `${string}.${string}`

/** Whose credentials a request carries; the client alone knows the tokens behind these words. */
export type Bearer = 'owner' | 'dom' | 'public' | 'device'

/** A request as data, without secrets: planned by the pure half of a service, kept in the ledger, sent by its client. */
export interface Request {
  service: string
  as: Bearer
  method: 'GET' | 'POST'
  /** Path and query on the service's base URL. */
  path: string
  body: Json
  /** The lock this must land on and no other, where its id is known. */
  lockId: string | null
  /** Which of the service's per-minute allowances it draws on. */
  budget: 'read' | 'write' | 'action'
}

/** What went wrong with a request, in the program's own words; every documented code has one. */
export type Trouble =
  | 'missing-token'
  | 'invalid-token'
  | 'revoked-token'
  | 'forbidden'
  | 'no-lock'
  | 'lock-ended'
  | 'conflict'
  | 'invalid'
  | 'not-found'
  | 'wrong-method'
  | 'rate-limited'
  | 'budget'
  | 'server-error'
  | 'redirected'
  | 'unreadable'
  | 'unreachable'
  | 'timeout'
  | 'cut-off'
  | 'stopped'

/**
 * What came of a request. `sent` says whether the service can have acted on a failed one: surely not, perhaps, or it
 * answered and refused.
 */
export type Answer = {
  /** When the request was begun, and when its answer was complete, by our clock. */
  asked: Instant
  answered: Instant
  /** The service's own clock (its `Date` header), to the second. */
  serverTime: Instant | null
} & (
  | { ok: true; body: Json }
  | { ok: false; sent: 'no' | 'perhaps' | 'yes'; trouble: Trouble; message: string; retryAfterMs: number | null }
)

export type Reading = Answer & { topic: Topic }

/** What a reading says about which lock it is of. */
export interface LockEvidence {
  id: string | null
  timeLockedSeconds: number | null
  /** Whose lock it is, where the service tells. */
  wearer?: string | null
}

/** How a fact is said in a sentence. In `much` the dots stand for how much, as "less than 1 h". */
export interface FactWords {
  noun?: string
  much?: string
  /** The same of exactly 1, where that is said otherwise. */
  once?: string
  /** Of what holds or does not: that it does, that it does not, and that it comes to either. */
  is?: string
  isNot?: string
  begins?: string
  ends?: string
  rises?: string
}

/** An entry of the catalogue: what a fact is, for people and for checks. */
export interface FactEntry {
  name: string
  type: FactType
  /** The topic it is read from, or `clock`, `ledger`, `health`. */
  source: string
  help: string
  /** Every text that it can be, where these are known. */
  values?: readonly string[]
  /** The least and the greatest number that it can be, where these are known. */
  range?: readonly [number, number]
  /** Its words in a sentence; else they are made from its name. */
  words?: FactWords
  /** Worth hiding from onlookers; rules may use it all the same. */
  secret?: true
}

/** What a reading yields: facts by name, and for the topic that knows the lock, which lock. */
export interface Understood {
  facts: Map<string, Fact>
  lock: LockEvidence | null
  /** Keys the catalogue does not know, with their types; rules may use them. */
  extras: Record<string, FactType>
}

/** Something a service can be asked to tell. */
export interface TopicKind {
  topic: Topic
  /** Read on a schedule; the others only when an action or a rule asks. */
  standing: boolean
  /** The request, or null while something it needs is unknown. */
  request(facts: Facts): Request | null
  /** The topic that tells what the request needs. */
  needs?: Topic
  /** Facts where the service says that there is no active lock; only the topic that knows the lock has them. */
  withoutLock?(asked: Instant): ReadonlyMap<string, Fact>
  /** What a reading of it shows, in a few words for the log; null where there is nothing to show. */
  glance?(facts: Facts, now: Instant): string | null
  /** Facts of a body; a text where the whole body cannot be understood. */
  understand(body: Json, asked: Instant, answered: Instant, zone: string): Understood | string
}

/** What an action does to the wearer, by effect and not by name; limits and the switch go by this. */
export interface Effect {
  toward: 'relief' | 'neutral' | 'restricts'
  /** Which section of the limits counts it; null where only `allow` and `actions` speak. */
  counts: 'add_time' | 'remove_time' | 'freeze' | 'task' | 'game' | 'device' | null
  /** Seconds of time or of freeze; clamping makes it smaller. 0 where the action has no size. */
  seconds: number
  /** The smallest size the service takes; clamped below it, the action is refused. */
  least: number
  /** The name that `limits.allow` must hold; empty where it needs nobody's leave. */
  allow: string
  /** What a device is told; one that restricts must be among `limits.device.commands`. */
  command?: string
  /** What it is told with it, which must be agreed to by `limits.device.params`. */
  told?: Json
}

/** What counts an action: a section of the limits; nothing, though it restricts; or nothing, since it is free. */
export type Leave = Exclude<Effect['counts'], null> | 'uncounted' | 'free'

/** What an action comes to, on the facts of this moment. */
export type Planned =
  | { go: Effect }
  /** It cannot be judged before these have been read afresh. */
  | { waitsFor: readonly Topic[] }
  /** It makes no sense now, and why. */
  | { refused: string }

/** What a later reading shows of an action whose answer was lost; `other` is a change that it alone cannot explain. */
export type Shown = 'applied' | 'not-applied' | 'other' | 'untold'

/** How the happening of an action whose answer was lost is told from readings. */
export interface ReadBack {
  /** The topic that tells it. */
  topic: Topic
  /** One that tells what that topic is of, so that a reading from before it is of something else. */
  after?: Topic
  /** The facts it is told by: while it is not told, nothing else that changes them may leave. */
  by: readonly string[]
  /** What is kept with the row before it leaves, from a reading begun shortly before; null where it could not be told. */
  before(facts: Facts, params: Json, effect: Effect): Json | null
  /** What a reading begun after the connection ended, at `asked`, shows. */
  shows(sent: Lost, facts: Facts, asked: Instant): Shown
  /** What a game brought, in the form of the lost answer, from the reading that shows it. */
  answer?(sent: Lost, facts: Facts): Json
  /** The refusal of a second sending that proves the first. */
  provenBy?: Trouble
}

/** A sending whose answer was lost. */
export interface Lost {
  before: Json
  params: Json
  effect: Effect
  sentAt: Instant
}

/** What an action does to a fact: it adds so much (less than 0 takes off), or sets it. */
export type Doing = { by: number } | { to: Scalar }

/** One action of a service: its parameters and its pure half. */
export interface ActionKind {
  name: string
  service: string
  help: string
  /** What stands after its name in a rule that works; empty where nothing need stand there. */
  sample: string
  /** The names of `limits.allow` that it may need, each with the section of the limits that counts it. */
  leave: Readonly<Record<string, Leave>>
  /** What it does, as a rule's sentence says it: `add 10 min`; `noun` says a fact. */
  says(params: Json, noun: (fact: string) => string): string
  /** Parameters as a rule file gives them; texts come out as templates. */
  params: z.ZodType<Json>
  /** The worst this can be whatever the facts say, for checks at load. */
  worst(params: Json): Effect
  /** `plannedAt` is when the firing was: what only holds from then on must be read since. */
  plan(params: Json, facts: Facts, now: Instant, plannedAt: Instant): Planned
  /** The request for what `plan` allowed, after clamping. */
  request(params: Json, effect: Effect, facts: Facts, lockId: string | null): Request
  /** Facts that an own write may have changed: unknown until read again. */
  fences: readonly string[]
  /**
   * What it does to facts, by their names, if it is granted in full; of fenced ones that are left out nobody can
   * tell. A reading need not show it at once, nor all of it.
   */
  does?(effect: Effect, params: Json): Readonly<Record<string, Doing>>
  /** The topic to read at once after it. */
  rereads: readonly Topic[]
  /** How it is told afterwards whether it happened; null where no reading can. */
  readBack: ReadBack | null
  /** Whether it does no more when done twice than once, so that it is sent again when its answer is lost. */
  repeatable(params: Json): boolean
  /** It only counts what happened, whatever became of the actions before it. */
  counts?: true
  /** With these parameters it ends what it may have begun; the program sees to that by itself. */
  halt?: Json
  /** What it did, in a few words and numbers, for `did` in texts; `body` is null until the service has answered. */
  did(params: Json, effect: Effect, body: Json): Record<string, Scalar>
}

/** The pure half of a service: what it can tell and do. */
export interface Service {
  name: string
  title: string
  /** Its topic that tells which lock there is and how long it runs; only a service that keeps the lock has one. */
  lock?: Topic
  topics: readonly TopicKind[]
  actions: readonly ActionKind[]
  facts: readonly FactEntry[]
  /** Whether `name` may be a fact of this service although the catalogue lacks it (the service sends more than is documented). */
  open(name: string): boolean
}

/** The service that keeps the lock. Throws where there is none among these. */
export function lockServiceIn<S extends Service>(services: readonly S[]): S & { lock: Topic } {
  const found = services.find((one): one is S & { lock: Topic } => one.lock !== undefined)
  if (!found) throw new Error('no service keeps a lock')
  return found
}

/** The topic that tells which lock there is. Throws where no service keeps one. */
export function lockTopicIn(services: readonly Service[]): Topic {
  return lockServiceIn(services).lock
}

/**
 * When a service is read: every so many milliseconds (and while nothing moves, up to `calmMs` apart), or at the
 * moments of a cron expression.
 */
export type Poll = { everyMs: number; calmMs?: number } | { cron: string }

export function serviceOf(topic: Topic): string {
  return topic.slice(0, topic.indexOf('.'))
}

/** How a token is named where it was refused, beside the names of actions. */
export function bearerName(request: Request): string {
  return `${request.service} as ${request.as}`
}
