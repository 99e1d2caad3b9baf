import { sayDuration } from '../core/calendar/duration.ts'
import type { Instant } from '../core/calendar/time.ts'

/** The state of the automatic backups of a data folder. */
export interface BackupStatus {
  folder: string
  /** How many there are, and when the newest was made. */
  kept: number
  newest: Instant | null
  /** Why the last attempt failed; null if it did not, or if there was none since the start. */
  trouble: string | null
}

/** One is made each night; beyond this, a night has brought none. */
const oldMs = 2 * 86_400_000

/** How old the newest backup is, in seconds; null without any. */
export function backupAgeSeconds({ newest }: BackupStatus, now: Instant): number | null {
  return newest === null ? null : Math.max(0, Math.round((now - newest) / 1000))
}

/** Whether a night has brought none: `begun` is since when there is anything to back up, null where there is nothing. */
export function areBackupsOld({ newest }: BackupStatus, begun: Instant | null, now: Instant): boolean {
  const since = newest ?? begun
  return since !== null && now - since > oldMs
}

/** How the backups stand, in half a sentence. */
export function sayBackups(status: BackupStatus, now: Instant): string {
  const { folder, kept, trouble } = status
  const age = backupAgeSeconds(status, now)
  const newest = age === null ? `none yet in ${folder}` : `the newest is ${sayDuration(age)} old; ${kept} in ${folder}`
  return trouble === null ? newest : `NONE COULD BE MADE: ${trouble}; ${newest}`
}
