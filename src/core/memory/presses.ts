import { dateAfter, type Instant, localTime, startOf } from '../calendar/time.ts'
import type { InputState } from '../model/kept.ts'

/** Over what presses of a button are counted. */
export type PressSpan = 'today' | 'this week' | 'this lock'

/** When, and on which lock. */
export interface PressMoment {
  now: Instant
  zone: string
  session: string
  /** When the lock began, where that is known. */
  since?: Instant
}

/** Of other locks, only what may still count in this week is kept. */
const daysOfOthers = 8

/** A button after one more press. */
export function pressedOnce(before: InputState | undefined, { now, zone, session }: PressMoment): InputState {
  const { date } = localTime(now, zone)
  const oldest = dateAfter(date, -daysOfOthers)
  const days = (before?.days ?? []).filter((day) => day.session === session || day.date > oldest)
  const same = days.findIndex((day) => day.date === date && day.session === session)
  const day = { date, session, times: (days[same]?.times ?? 0) + 1 }
  const value = (typeof before?.value === 'number' ? before.value : 0) + 1
  return { value, at: now, days: same === -1 ? [...days, day] : days.with(same, day) }
}

/** How often a button was pressed; null where an older build kept no count and something may have been in the span. */
export function pressesIn(state: InputState | undefined, span: PressSpan, moment: PressMoment): number | null {
  const { now, zone, session, since = Number.NEGATIVE_INFINITY } = moment
  if (state === undefined) return 0
  const from = span === 'this lock' ? since : startOf(span === 'today' ? 'day' : 'week', now, zone)
  if (state.days === undefined) return state.at < from ? 0 : null
  const first = span === 'this lock' ? '' : localTime(from, zone).date
  const days = state.days.filter((day) => day.date >= first && (span !== 'this lock' || day.session === session))
  return days.reduce((sum, { times }) => sum + times, 0)
}

/** What a wrong clock counted ahead of a moment counts as of its day. */
export function pressesPutRight(state: InputState, now: Instant, zone: string): InputState {
  const { date } = localTime(now, zone)
  if (state.days?.some((day) => day.date > date) !== true) return state
  const kept = state.days.filter((day) => day.date < date)
  const moved = Map.groupBy(
    state.days.filter((day) => day.date >= date),
    ({ session }) => session,
  )
  const together = [...moved].map(([session, days]) => ({
    date,
    session,
    times: days.reduce((sum, { times }) => sum + times, 0),
  }))
  return { ...state, days: [...kept, ...together] }
}
