import * as z from 'zod'
import { parseDuration, sayDuration } from '../calendar/duration.ts'
import type { Moments } from '../calendar/moment.ts'
import { endOf, type Instant, startOf } from '../calendar/time.ts'
import type { Fired } from './fired.ts'

/** How often a rule may fire: `2 per day`. */
export interface Quota {
  times: number
  /** A calendar unit of the configured zone, the lock session, or a rolling length in milliseconds. */
  per: 'hour' | 'day' | 'week' | 'lock' | { rollingMs: number }
  text: string
}

/** A stretch of time, by how many of each unit of the calendar it can touch. */
export interface Stretch {
  ms: number
  hour: number
  day: number
  week: number
  /** How many moments of `at` it can hold. */
  moments(at: readonly Moments[]): number
}

const pattern = /^\s*(\d+)\s+per\s+(\S+)\s*$/

/** Spans that differ from one to the next, with a length that comes near. */
const longUnits: Readonly<Record<string, string>> = { month: '30d', year: '365d' }

const numbers = ['', 'once', 'twice', 'thrice']

/** A quota in other words, such as `3 times a week`, as it is to be written; null for what is none. */
function quotaMeant(text: string): string | null {
  const pattern = /^(?:(\d+)(?: ?x| times?)?|(once|twice|thrice)) (?:an?|each|every|per) (hour|day|week|lock)$/i
  const [, digits, word, unit] = pattern.exec(text.trim().replace(/\s+/g, ' ')) ?? []
  const times = digits === undefined ? numbers.indexOf(word?.toLowerCase() ?? '') : Number(digits)
  return unit !== undefined && times > 0 ? `"${times} per ${unit.toLowerCase()}"` : null
}

/** A quota as people write it. */
export const quotaSchema = z
  .string({ error: 'a limit such as "2 per day"' })
  .meta({ pattern: pattern.source })
  .transform((text, context): Quota => {
    const matched = pattern.exec(text)
    const times = Number(matched?.[1])
    const unit = matched?.[2] ?? ''
    if (matched && times > 0) {
      if (unit === 'hour' || unit === 'day' || unit === 'week' || unit === 'lock') return { times, per: unit, text }
      const seconds = parseDuration(unit)
      if (seconds !== null && seconds > 0) return { times, per: { rollingMs: seconds * 1000 }, text }
    }
    const days = Object.hasOwn(longUnits, unit) ? longUnits[unit] : undefined
    if (matched && times > 0 && days !== undefined) {
      context.addIssue(`a limit does not count per ${unit}; write "${times} per ${days}" or "${times} per lock"`)
      return z.NEVER
    }
    const other = quotaMeant(text) ?? 'for example "1 per lock", "2 per day" or "3 per 12h"'
    context.addIssue(`"${text}" is no limit; write ${other}`)
    return z.NEVER
  })

/** A quota in a rule's sentence: `at most twice per day`. */
export function sayQuota({ times, per }: Quota): string {
  const often = times === 1 ? 'once' : times === 2 ? 'at most twice' : `at most ${times} times`
  return typeof per === 'string' ? `${often} per ${per}` : `${often} within ${sayDuration(per.rollingMs / 1000)}`
}

/** Until when a quota is used up; null is for as long as this lock lasts, false that it is not. */
export function usedUpUntil({ per, times }: Quota, fired: Fired, now: Instant, zone: string): Instant | null | false {
  if (per === 'lock') return fired.times >= times ? null : false
  if (typeof per === 'object') {
    const recent = fired.recent.filter((moment) => moment > now - per.rollingMs)
    const oldest = recent[recent.length - times]
    return oldest === undefined ? false : oldest + per.rollingMs
  }
  const from = startOf(per, now, zone)
  return fired.recent.filter((moment) => moment >= from).length >= times ? endOf(per, now, zone) : false
}

/** The most firings that a quota leaves in a stretch of time. */
export function mostUnder({ times, per }: Quota, stretch: Stretch): number {
  if (per === 'lock') return times
  return times * (typeof per === 'object' ? Math.ceil(stretch.ms / per.rollingMs) : stretch[per])
}
