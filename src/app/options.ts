import type { Logger } from 'pino'
import type { Config, Environment } from '../config/load.ts'
import type { Clock } from '../core/model/ports.ts'
import type { Logbook } from '../daemon/logbook.ts'
import type { Loop } from '../daemon/loop.ts'

export interface AppOptions {
  config: Config
  log: Logger
  /** The last lines of the log, and its level. Without it nobody can ask for them. */
  book?: Logbook
  /** Fills `${NAME}` when the config is read again. Without it, files are not watched. */
  env?: Environment
  /** Overrides the config: nothing is sent. */
  dryRun?: boolean
  /** One poll and one step for each lock, and what it leads to; then the end. */
  once?: boolean
  /** Default: the machine's. */
  clock?: Clock
  /** Names in faults are relative to this folder. */
  from?: string
  /** The folder the program is installed in, with its example rules. */
  home?: string
  version?: string
  /** The version with the commit it was made of. */
  build?: string
  /** Ends the program, so that who started it starts it again, or for good. Without it, nobody is asked to. */
  end?: (again: boolean) => void
  /** Has `look` called when somebody asks for the files to be read again. */
  onReread?: (look: () => void) => void
}

export interface App {
  /** Where the console listens; null without one. */
  readonly console: { url: string; port: number } | null
  /** Where monitors ask; null without. */
  readonly metrics: { port: number } | null
  /** Settles when all is closed; rejects where the daemon could not go on. */
  readonly done: Promise<void>
  readonly locks: ReadonlyMap<string, Loop>
}
