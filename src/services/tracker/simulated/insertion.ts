import type { Instant } from '../../../core/calendar/time.ts'
import { fields, invalid, oneOf, optional, Refusal, text } from '../../refusal.ts'
import type { Asked } from './asked.ts'
import { parseDate } from './dates.ts'
import { type Insertion, overlaps, type Page, startSession } from './page.ts'

/** `liveinsert.php`: starts the session that a body asks for. Throws a `Refusal`; then none was started. */
export function insert(page: Page, { by, body, at }: Asked): Record<string, unknown> {
  if (by !== 'owner') throw new Refusal(403, 'forbidden', 'The token may not write')
  const insertion = readInsertion(fields(body, 'body'), at)
  if (overlaps(page, insertion.start)) throw new Refusal(409, 'overlapping_session', 'Overlapping session exists')
  return { message: 'Session started succesfully', session_id: startSession(page, insertion, at).id }
}

function readInsertion(body: Record<string, unknown>, now: Instant): Insertion {
  oneOf(body.insertl, 'insertl', [1])
  const start = optional(body.startdate, (value) => dateAndTime(value, body.starttime, 'start'))
  if (start === null && body.starttime !== undefined) throw invalid('starttime needs a startdate')
  if (start !== null && start > now) throw invalid('A live session cannot start in the future')
  const scheduledEnd = optional(body.scheduledend, (value) => dateAndTime(value, body.scheduledendtime, 'scheduledend'))
  if (scheduledEnd === null && body.scheduledendtime !== undefined)
    throw invalid('scheduledendtime needs a scheduledend')
  if (scheduledEnd !== null && scheduledEnd <= (start ?? now)) throw invalid('scheduledend must come after the start')
  return {
    start: start ?? now,
    scheduledEnd,
    // What a missing `public` means is not documented; a client that wants privacy must not rely on it.
    public: optional(body.public, (value) => oneOf(value, 'public', [0, 1])) !== 0,
    lockedBy: optional(body.lockedby, (value) => text(value, 'lockedby', 200)),
  }
}

function dateAndTime(day: unknown, time: unknown, name: string): Instant {
  const clock = time ?? '00:00'
  const isShaped = typeof day === 'string' && /^[\d-]{10}$/.test(day) && typeof clock === 'string' && clock.length === 5
  const at = isShaped ? parseDate(`${day} ${clock}`) : null
  if (at === null) throw invalid(`${name} must be YYYY-MM-DD, its time HH:MM`)
  return at
}
