// The daemon's answers, with the types by which it makes them. If one of them changes, the pages that show it no longer
// compile.
import type { Role } from '../../../config/console.ts'
import type { Example } from '../../../config/examples.ts'
import type { LogLevel } from '../../../core/model/loudness.ts'
import type { Input, Rule } from '../../../core/model/rule.ts'
import type { Answer } from '../../../queries/index.ts'
import type { Found } from '../../../store/audit.ts'
import type { Raised } from '../../../store/raised.ts'
import type { Ahead } from '../../../views/ahead.ts'
import type { BackupStatus } from '../../../views/backups.ts'
import type { Words } from '../../../views/catalogue.ts'
import type { FactLine } from '../../../views/facts.ts'
import type { HistoryLine } from '../../../views/history.ts'
import type { LockStatus } from '../../../views/status.ts'
import type { Course } from '../../../views/timeline.ts'
import type { Why } from '../../../views/why.ts'
import type { WireStatus } from '../../../views/wires.ts'
import type { OpenSession } from '../../session.ts'

export interface Status {
  /** Faults of files, each in a line. */
  faults: string[]
  limitsFaulty: boolean
  restartNeeded: boolean
  /** Null if none are made. */
  backups: BackupStatus | null
  wires: WireStatus[]
  locks: LockStatus[]
}

/** A switch or button of the rules. */
export interface InputNow extends Pick<Input, 'type' | 'by'> {
  name: string
  value: boolean | number
  /** Time since it was used; null if it never was. */
  secondsAgo: number | null
}

/** A rule in force, with its sentence. */
export interface RuleTold extends Pick<Rule, 'id' | 'file' | 'line' | 'description' | 'enabled'> {
  sentence: string
}

export interface LogPage {
  level: LogLevel
  lines: { n: number; level: number; text: string }[]
}

export interface Past {
  lock: string
  /** Epoch milliseconds. */
  since: number
  now: number
  /** Null if nothing was recorded. */
  course: Course | null
  past: HistoryLine[]
}

/** Rule files of a lock; `others` can only be edited on the machine itself. */
export interface RuleFiles {
  lock: string
  files: { name: string; version: string; bytes: number }[]
  others: string[]
}

/** The questions of the API by their paths, and their answers. */
export interface Answers {
  session: {
    role: Role | null
    viewOnly: boolean
    signIn: Record<Role, boolean>
    may: string[]
    locks: string[]
    version: string
    zone: string
  }
  sessions: (OpenSession & { here: boolean })[]
  status: Status
  facts: { lock: string; facts: FactLine[] }[]
  history: HistoryLine[]
  timeline: Past[]
  ahead: { lock: string; moments: Ahead[] }[]
  inputs: { lock: string; inputs: InputNow[] }[]
  rules: { lock: string; rules: RuleTold[] }[]
  why: Why[]
  raised: Raised[]
  settled: Answer<'settled'>
  audit: Found[]
  log: LogPage
  'rule-files': RuleFiles[]
  catalogue: Words
  examples: (Example & { present: boolean })[]
}
