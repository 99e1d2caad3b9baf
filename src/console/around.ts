import type { Role } from '../config/console.ts'
import type { ExampleFile } from '../config/examples.ts'
import type { DaemonView } from '../queries/daemon.ts'
import { refuseUnknown } from '../queries/given.ts'
import type { Audit, Entry } from '../store/audit.ts'
import type { RaisedNotices } from '../store/raised.ts'
import type { Seen } from '../store/seen.ts'
import type { Sums } from '../store/sums.ts'
import type { Words } from '../views/catalogue.ts'
import type { Course } from '../views/timeline.ts'
import type { Arrival, Asking } from './asking.ts'
import type { Attempts } from './attempts.ts'
import type { DraftAsker, Drafts } from './draft.ts'
import type { Events } from './events.ts'
import type { Page } from './pages.ts'
import type { Passwords } from './passwords.ts'
import type { RuleFolder } from './rulefolder.ts'
import type { Sessions } from './session.ts'
import type { Streams } from './streams.ts'

/** The parts of the program that the console's operations show and change. */
export interface Around {
  sessions: Sessions
  passwords: Passwords
  attempts: Attempts
  version: string
  audit: Audit
  sums: Sums
  notices: RaisedNotices
  seen: Seen
  locks: readonly string[]
  daemon: DaemonView
  folders: ReadonlyMap<string, RuleFolder>
  drafts: Drafts
  /** The recorded course of a lock between two moments; null if nothing is recorded. */
  course(lock: string, since: number): Promise<Course | null>
  /** The words that can be written into the rule files of a lock. */
  words(lock: string): Words
  /** Names that the rules in force of a lock declare. */
  declared(lock: string): { inputs: ReadonlySet<string>; tallies: ReadonlySet<string>; rules: ReadonlySet<string> }
  examples: readonly ExampleFile[]
  pages: ReadonlyMap<string, Page>
  events: Events
  /** The OpenAPI document, as YAML. */
  document(): string
  streams: Streams
  /** Takes up changed rule files at once. */
  reload(): Promise<void>
  stop(lock: string | null, words: string): void
  /** Returns how many switches were set. */
  resume(lock: string | null): number
  trouble(error: unknown, doing: string): void
  /** What the server found out about a request. */
  arrivalOf(incoming: object): Arrival
}

/** Writes to the audit what somebody did. `role` replaces the role of the session. */
export function record(
  { audit, trouble }: Around,
  asked: Asking,
  entry: Omit<Entry, 'at' | 'who'>,
  role: Role | null = asked.var.who.role as Role | null,
): void {
  try {
    audit.add({ who: { role, address: asked.var.who.address }, ...entry })
  } catch (error) {
    // A full disk must not prevent the switch.
    trouble(error, `writing down "${entry.said}"`)
  }
}

/** The sender of a request, for the queues of heavy work. */
export function askerOf({ var: { session, who } }: Asking): DraftAsker {
  return { name: session?.name ?? who.address, isKnown: session?.role === 'keyholder' }
}

/** A lock of the config. Throws a `WrongQuestion` if there is none of this name. */
export function lockOf({ locks }: Around, name: string): string {
  refuseUnknown('lock', name, locks)
  return name
}

/** The rule files of a lock. Throws a `WrongQuestion` if there is no lock of this name. */
export function folderOf({ folders }: Around, lock: string): RuleFolder {
  refuseUnknown('lock', lock, folders.keys())
  return folders.get(lock) as RuleFolder
}

/** The timer does not keep the process alive: a page that is gone needs no heartbeat. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
