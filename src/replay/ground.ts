import type { Instant } from '../core/calendar/time.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Answer, Reading, Topic } from '../core/model/service.ts'

/** What answers in a replay: a made-up world, or what was once recorded. */
export interface Ground {
  /** The next moment after `now` at which services are read by themselves, and what of them; null where there is none. */
  nextReading(now: Instant): { at: Instant; topics: readonly Topic[] | 'all' } | null
  /** What a reading at a moment comes to; null where nothing is known of it. */
  read(topic: Topic, now: Instant): Reading | null
  /** What comes of a row that is sent. */
  send(row: LedgerRow, now: Instant): Answer
}
