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

/** What surrounds the console's operations: what it shows and changes. */
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
  /** How a lock stood between two moments, as it was recorded; null where nothing is. */
  course(lock: string, since: number): Promise<Course | null>
  /** What can be written into the rule files of a lock. */
  words(lock: string): Words
  /** Names that the rules in force of a lock declare. */
  declared(lock: string): { inputs: ReadonlySet<string>; tallies: ReadonlySet<string>; rules: ReadonlySet<string> }
  examples: readonly ExampleFile[]
  pages: ReadonlyMap<string, Page>
  events: Events
  /** The document of all that the console answers, as YAML. */
  document(): string
  streams: Streams
  /** Has changed rule files taken up at once. */
  reload(): Promise<void>
  stop(lock: string | null, words: string): void
  /** Tells how many switches were set. */
  resume(lock: string | null): number
  trouble(error: unknown, doing: string): void
  /** What the server found of a request. */
  arrivalOf(incoming: object): Arrival
}

/** Writes down what somebody did; `role` stands in for that of the session. */
export function record(
  { audit, trouble }: Around,
  asked: Asking,
  entry: Omit<Entry, 'at' | 'who'>,
  role: Role | null = asked.var.who.role as Role | null,
): void {
  try {
    audit.add({ who: { role, address: asked.var.who.address }, ...entry })
  } catch (error) {
    // A full disk must not keep the switch from being set.
    trouble(error, `writing down "${entry.said}"`)
  }
}

/** By whom work is counted that is done one piece at a time. */
export function askerOf({ var: { session, who } }: Asking): DraftAsker {
  return { name: session?.name ?? who.address, isKnown: session?.role === 'keyholder' }
}

/** A lock of the config. Throws a `WrongQuestion` where there is none of the name. */
export function lockOf({ locks }: Around, name: string): string {
  refuseUnknown('lock', name, locks)
  return name
}

/** The rule files of a lock. Throws a `WrongQuestion` where there is none of the name. */
export function folderOf({ folders }: Around, lock: string): RuleFolder {
  refuseUnknown('lock', lock, folders.keys())
  return folders.get(lock) as RuleFolder
}

/** Wakes nobody up: a page that is gone needs no heartbeat. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
