import type { Instant } from '../core/calendar/time.ts'
import type { Kept } from '../core/model/kept.ts'
import type { Journal } from '../core/model/ports.ts'
import type { LedgerRow, State } from '../core/model/row.ts'
import type { Heard, Press, Recorded } from '../core/reading/recorded.ts'

// The interface of a store. Everything is asynchronous, so that a store may be reached over a network. Everything
// rejects with a `Mistake` for people if the store fails. test/store/contract.ts says what must hold for each store.

/** The store of a data folder. */
export interface Store {
  /** Locks the folder for this process until the release. Rejects if another process has it. */
  hold(tenant: Tenant): Promise<Hold>
  /** Opens the store for the daemon, and first upgrades the data to this build's form. */
  open(opening: Opening): Promise<{ store: OpenStore; upgrade: Upgrade | null }>
  /** Opens it read-only, with or without a daemon; null if nothing was ever stored. */
  look(): Promise<StoreView | null>
  /** Writes the present state into one new file, whether or not anybody has it open. */
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

/** The upgrade of a store to this build. */
export interface Upgrade {
  /** The schema before and now. */
  from: number
  to: number
  /** Where the old database is kept, as a backup. */
  copy: string
}

export interface Hold {
  release(): Promise<void>
}

/** Options for opening a store. */
export interface Opening extends Made {
  /** Which facts are lengths of time: they run between two readings. */
  isLength(fact: string): boolean
  /** Called if readings could not be recorded; nothing stops because of that. */
  trouble(error: unknown): void
}

/** The wanted rows of a lock's ledger; all of them without a key. */
export interface HistoryQuery {
  rule?: string | undefined
  state?: State | undefined
  /** Only rows whose moment in the history is from then on (`shownAt` in `core/memory/ledger`). */
  since?: Instant | undefined
  /** Only what rests on a person's word, or only what does not. */
  settled?: boolean | undefined
  /** Only the last so many of them. */
  most?: number | undefined
}

/** Stored data, read-only. */
export interface StoreView {
  /** The names of lock entries with stored data. */
  locks(): Promise<readonly string[]>
  /** The memory of a lock entry; null if it never ran. */
  read(lock: string): Promise<{ kept: Kept; version: number } | null>
  /** Rows of a lock's ledger, retained or not, in the order in which they were stored. */
  history(lock: string, query?: HistoryQuery): Promise<readonly LedgerRow[]>
  /** The record of a lock from a moment on: readings, and what people set and pressed. */
  recorded(lock: string, from?: Instant): Promise<Recorded>
  /** Reads everything. Returns what is damaged, in words, or null. */
  damage(): Promise<string | null>
  close(): Promise<void>
}

/** An open store, for one process. */
export interface OpenStore extends Journal, StoreView {
  /** Stores a reading with one of the next commits, or by itself if none comes. Never throws. */
  hear(lock: string, heard: Heard): void
  /** Stores what somebody set or pressed, in the same way. Never throws. */
  press(lock: string, press: Press): void
  /** Stores all waiting readings at once; closing does so too. */
  flush(): Promise<void>
}
