import type { Amounts, Most, Worst } from '../core/acting/bounds.ts'
import { sayDuration } from '../core/calendar/duration.ts'

/** Whether one worst case is worse than the other in any period. */
export function isWorse(before: Worst, after: Worst): boolean {
  const more = (one: number | null, other: number | null) => one !== null && (other === null || other > one)
  return (['day', 'week', 'lock'] as const).some((period) =>
    Object.entries(after[period]).some(([name, most]) => {
      // Taking time off harms nobody.
      if (name === 'remove_time') return false
      const was = before[period][name]
      return was === undefined || more(was.times, most.times) || more(was.seconds, most.seconds)
    }),
  )
}

/** A worst case as lines for people: for a day, a week and the lock, and the effects without a number. */
export function boundLines({ day, week, lock }: Worst): string[] {
  if (Object.keys(lock).length === 0) return ['nothing is added, removed or restricted']
  const untold = Object.entries(lock).flatMap(([name, { seconds }]) =>
    seconds === null && !isLength(name) ? (effects[name] ?? `what ${name} does`) : [],
  )
  return [
    `on a calendar day: ${sayAmounts(day)}`,
    `in a week from Monday: ${sayAmounts(week)}`,
    `on this lock in all: ${sayAmounts(lock)}`,
    ...(untold.length > 0 ? [`no number tells ${untold.join(', or ')}`] : []),
  ]
}

/** What is counted by its length, in the words for it. */
const lengths: Readonly<Record<string, string>> = { add_time: 'added', remove_time: 'removed', freeze: 'frozen' }

/** What is counted by how often, one and many. */
const nouns: Readonly<Record<string, readonly [string, string]>> = {
  freeze: ['freeze', 'freezes'],
  task: ['task', 'tasks'],
  game: ['game', 'games'],
  device: ['device command', 'device commands'],
}

const effects: Readonly<Record<string, string>> = {
  game: 'how much time a game adds',
  device: 'what a device does',
  pillory: 'how long a pillory lasts',
}

const order = ['add_time', 'remove_time', 'freeze', 'task', 'game', 'device']

function isLength(name: string): boolean {
  return Object.hasOwn(lengths, name)
}

function sayAmounts(amounts: Amounts): string {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  const sorted = Object.entries(amounts).sort(([a], [b]) => place(a) - place(b))
  const most = sorted.flatMap(([name, one]) => sayBounded(name, one) ?? [])
  const boundless = sorted.flatMap(([name, one]) => sayBoundless(name, one) ?? [])
  if (sorted.length === 0) return 'nothing'
  return [
    ...(most.length > 0 ? [`at most ${most.join(', ')}`] : []),
    ...(boundless.length > 0 ? [`without bound: ${boundless.join(', ')}`] : []),
  ].join('; ')
}

function sayBounded(name: string, { times, seconds }: Most): string | null {
  if (isLength(name) && seconds !== null) {
    const often = name === 'freeze' && times !== null ? ` (${sayTimes(name, times)})` : ''
    return `${sayAtMost(seconds)} ${lengths[name]}${often}`
  }
  if (times === null) return null
  const length = seconds === null || seconds === 0 ? '' : ` (${sayAtMost(seconds)})`
  return isLength(name) && name !== 'freeze' ? null : `${sayTimes(name, times)}${length}`
}

function sayBoundless(name: string, { times, seconds }: Most): string | null {
  if (isLength(name)) return seconds === null ? `time ${lengths[name]}` : null
  return times === null ? (nouns[name]?.[1] ?? name) : null
}

function sayTimes(name: string, times: number): string {
  const [one, many] = nouns[name] ?? [`time ${name}`, `times ${name}`]
  return `${times} ${times === 1 ? one : many}`
}

/** A length in its two largest units, never less than it is. */
function sayAtMost(seconds: number): string {
  const unit = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1
  return sayDuration(Math.ceil(seconds / unit) * unit)
}
