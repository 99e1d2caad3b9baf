import type { Instant } from '../core/calendar/time.ts'
import type { Kept } from '../core/model/kept.ts'
import type { Journal } from '../core/model/ports.ts'
import type { LedgerRow, State } from '../core/model/row.ts'
import type { Heard, Press, Recorded } from '../core/reading/recorded.ts'

// All that is asked of a store. Everything is asynchronous, so that it may be one that is reached over a network; and
// everything rejects with a `Mistake` for people where the store does. test/store/contract.ts says what holds for each.

/** The store of a data folder. */
export interface Store {
  /** Makes the folder this process's own until the release. Rejects where another process has it. */
  hold(tenant: Tenant): Promise<Hold>
  /** Opens it to go on with what is stored, which is brought into this build's form first. */
  open(opening: Opening): Promise<{ store: OpenStore; upgrade: Upgrade | null }>
  /** Opens it for looking only, beside a daemon or without one; null where nothing was ever stored. */
  look(): Promise<StoreView | null>
  /** Writes what is stored at one moment into one new file, whether anybody has it open or not. */
  backUp(file: string, made: Made): Promise<Manifest>
}

/** What a running daemon says of itself in its data folder. */
export interface Tenant {
  pid: number
  run: string
  /** Where it listens for commands. */
  socket: string
  /** The build it is of. */
  version?: string
}

/** By whom, and when. */
export interface Made {
  version: string
  now: Instant
}

/** What a backup says of itself. */
export interface Manifest {
  format: 1
  /** Epoch milliseconds. */
  madeAt: Instant
  /** The lockwarden that made it. */
  version: string
  locks: readonly string[]
  /** The files by which the switch was set, without their folders. */
  stopped: readonly string[]
}

/** How a store came to be of this build. */
export interface Upgrade {
  /** The form it had, and has now. */
  from: number
  to: number
  /** Where it is kept as it was, as a backup. */
  copy: string
}

export interface Hold {
  release(): Promise<void>
}

/** Who opens a store, and what it is to know of what it keeps. */
export interface Opening extends Made {
  /** Which facts are lengths of time: they run between two readings. */
  isLength(fact: string): boolean
  /** Told what could not be recorded of the readings, which keeps nobody from anything. */
  trouble(error: unknown): void
}

/** Which rows of a lock's ledger are wanted; all of them without a word. */
export interface HistoryQuery {
  rule?: string | undefined
  state?: State | undefined
  /** Only what stands in the history at a moment from then on (`shownAt` in `core/memory/ledger`). */
  since?: Instant | undefined
  /** Only what rests on a person's word, or only what does not. */
  settled?: boolean | undefined
  /** Only so many of those that stand there last. */
  most?: number | undefined
}

/** What is stored, to be looked at. */
export interface StoreView {
  /** The lock entries of which anything is stored, by name. */
  locks(): Promise<readonly string[]>
  /** What is remembered of a lock entry; null where it never ran. */
  read(lock: string): Promise<{ kept: Kept; version: number } | null>
  /** Rows of a lock's ledger, retained or not, in the order in which they were stored. */
  history(lock: string, query?: HistoryQuery): Promise<readonly LedgerRow[]>
  /** What is recorded of a lock's readings, from a moment on, and of what its people did. */
  recorded(lock: string, from?: Instant): Promise<Recorded>
  /** What is damaged, in words, or null; reads all of it. */
  damage(): Promise<string | null>
  close(): Promise<void>
}

/** A store that is open to be gone on with, by one process. */
export interface OpenStore extends Journal, StoreView {
  /** Takes a reading along with one of the next commits, or by itself where none comes. Never throws. */
  hear(lock: string, heard: Heard): void
  /** Takes along what somebody set or pressed. Never throws. */
  press(lock: string, press: Press): void
  /** Stores all that was taken and waits; closing does, too. */
  flush(): Promise<void>
}
