import type { InForce } from '../config/inforce.ts'
import type { Config } from '../config/load.ts'
import type { Instant } from '../core/calendar/time.ts'
import type { Kept } from '../core/model/kept.ts'
import type { LogLevel } from '../core/model/loudness.ts'
import type { News, Order } from '../core/model/order.ts'
import type { Passing } from '../core/model/passing.ts'
import type { Clock, Unstored } from '../core/model/ports.ts'
import type { Mode } from '../core/model/row.ts'
import type { Wire } from '../core/model/wire.ts'
import type { Step } from '../core/step.ts'
import type { Spent } from '../services/budget.ts'
import type { StoreView } from '../store/store.ts'
import type { BackupStatus } from '../views/backups.ts'
import { refuseUnknown } from './given.ts'

/** How all wires to the outside do, and where it is reported what came of what they did. */
export interface WireReports {
  readonly all: readonly Wire[]
  good(name: string): void
  /** `words` must hold no address: whoever may look reads them. */
  bad(name: string, words: string): void
}

/** What of a running lock others may look at and do. */
export interface RunningLock {
  readonly kept: Kept
  readonly passing: Passing
  readonly last: Step | null
  /** What keeps everything from being stored, if anything does. */
  readonly unstored: Unstored | null
  /** How long it stands still already, in milliseconds by the ticks; 0 while it goes round. */
  readonly stuckMs: number
  /** Hands the step something new. */
  tell(news: News): void
  /** Has the loop look again now: the switch was pressed, or rules have changed. */
  nudge(): void
}

/** What of a lock's surroundings answers tell. */
export interface LockPorts {
  order(): Omit<Order, 'underway' | 'closing'>
  spent(): Spent[]
}

/** The last lines of the log. */
export interface LogLines {
  readonly level: LogLevel
  setLevel(level: LogLevel): void
  page(wanted: { after?: number | undefined; least?: LogLevel | undefined; most: number }): LogPage
}

/** A line of the log as it was written, without its secrets. */
export interface LogLine {
  /** Counts all lines since the start, from 1 on. */
  n: number
  level: number
  /** JSON, whatever form the log has. */
  text: string
}

/** The last lines of the log, and how to go on from there. */
export interface LogPage {
  /** The process they are of: another one counts anew. */
  run: string
  level: LogLevel
  lines: readonly LogLine[]
  /** The number of the last line there is. */
  last: number
  /** How many were asked for and are gone, since newer ones took their place. */
  missed: number
}

/** What the daemon's answers are made from. */
export interface DaemonView {
  config: Config
  clock: Clock
  mode: Mode
  loops: ReadonlyMap<string, RunningLock>
  ports: ReadonlyMap<string, LockPorts>
  /** The ledgers of all locks, as far back as they go. */
  ledger: Pick<StoreView, 'history'>
  inForce: InForce
  wires: WireReports
  /** The last lines of the log; null where nobody keeps them. */
  book: LogLines | null
  /** A release that is newer than this one, as far as anybody looks. */
  newer(): string | null
  stopped(lock: string): boolean
  /** How the backups stand that are made by themselves; null where none are. */
  backups?(): BackupStatus | null
}

/** A lock that a question is about, with what is in force for it. */
export type ChosenLock = InForce['locks'][number] & { name: string; loop: RunningLock }

/** The running locks that a question is about. Throws a `WrongQuestion` where there is none of the name. */
export function chosenIn({ config, inForce, loops }: DaemonView, wanted: string | undefined): ChosenLock[] {
  const names = config.locks.map(({ name }) => name)
  if (wanted !== undefined) refuseUnknown('lock', wanted, names)
  return inForce.locks.flatMap((force) => {
    const { name } = force.lock
    const loop = loops.get(name)
    return loop && (wanted === undefined || name === wanted) ? [{ ...force, name, loop }] : []
  })
}

/** The ids of all rules in force for some locks. */
export function ruleIdsOf(some: readonly ChosenLock[]): string[] {
  return some.flatMap(({ rules }) => [...rules.byId.keys()])
}

/** Seconds since a moment; none before it. */
export function secondsSince(moment: Instant, now: Instant): number {
  return Math.max(0, Math.round((now - moment) / 1000))
}
