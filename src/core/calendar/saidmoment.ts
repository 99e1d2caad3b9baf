import { sayDates } from './dates.ts'
import { sayDuration } from './duration.ts'
import type { Moments } from './moment.ts'
import { sayClock } from './time.ts'

/** Moments in words: `on Monday to Friday at 09:00`. */
export function sayMoments(moments: Moments): string {
  if (moments.kind === 'cron') {
    const { on, clock, text } = moments
    if (on === undefined || clock === undefined) return `at the moments of “${text}”`
    return `${sayDates(on) ?? 'every day'} at ${sayClock(clock)}`
  }
  if (moments.kind === 'random every') {
    return `at random moments, ${sayDuration(moments.least)} to ${sayDuration(moments.most)} apart`
  }
  const on = sayDates(moments.on)
  const range = `between ${sayClock(moments.from)} and ${sayClock(moments.to % 86_400 || moments.to)}`
  if (moments.kind === 'every') return `every ${sayDuration(moments.seconds)} ${range}${on === null ? '' : ` ${on}`}`
  const { times, perWeek } = moments
  const what = times === 1 ? 'a random moment' : `${times} random moments`
  if (perWeek === null) return `at ${what} ${range} ${on ?? 'each day'}`
  return `at ${what} ${range} on ${perWeek} random day${perWeek === 1 ? '' : 's'} of each week${on === null ? '' : `, ${on}`}`
}
