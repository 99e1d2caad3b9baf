// A world that keeps what reached it, and sums of that by the calendar, reckoned without anything of `limits.ts`.
import type { Instant } from '../../src/core/calendar/time.ts'
import type { Answer, Request } from '../../src/core/model/service.ts'
import { berlin, day, hour, World } from './bench.ts'

export type Counted = 'add_time' | 'remove_time' | 'freeze' | 'task' | 'game' | 'log'

/** Something that reached a service. */
export interface Reached {
  at: Instant
  what: Counted | 'unfreeze'
  seconds: number
  /** The remaining time it led to, with what was left of freezes; null for what leads to none. */
  leadsTo: number | null
  ceiling: number | null
}

/** A world which keeps what reached it. */
export class Watched extends World {
  reached: Reached[] = []
  /** When somebody else last touched the lock. */
  touched = Number.NEGATIVE_INFINITY
  override answer(request: Request, now: Instant): Answer | null {
    if (request.method === 'GET') return super.answer(request, now)
    this.pass(now)
    const reply = this.broken[request.service] ? 'broken' : (this.replies[0] ?? 'ok')
    const one = this.#told(request, now)
    const answer = super.answer(request, now)
    const arrives = reply === 'ok' || reply === 'timeout, but done' || (typeof reply === 'object' && 'landsMs' in reply)
    if (one && arrives) this.reached.push(one)
    return answer
  }

  /** Somebody else does something to the lock. */
  touch(now: Instant, change: () => void): void {
    this.pass(now)
    this.touched = now
    change()
  }

  #told({ path, body }: Request, at: Instant): Reached | null {
    const { name, params, durationSeconds, deltaSeconds, game } = body as Record<string, unknown>
    const one = (what: Reached['what'], seconds = 0): Reached => {
      const left = this.thawsAt === null ? 0 : (this.thawsAt - at) / 1000
      const leads = what === 'add_time' || what === 'freeze'
      const leadsTo = leads ? (this.lock?.timeRemainingSeconds ?? 0) + left + seconds : null
      return { at, what, seconds, leadsTo, ceiling: this.lock?.maxTimeRemainingSeconds ?? null }
    }
    if (name === 'add_time') return one('add_time', Number(params))
    if (name === 'remove_time') return one('remove_time', Number(params))
    if (path.endsWith('apply-time')) {
      const signed = Number(deltaSeconds)
      return signed >= 0 ? one('add_time', signed) : one('remove_time', -signed)
    }
    if (path.endsWith('/unfreeze')) return one('unfreeze')
    if (path.endsWith('/freeze')) return one('freeze', Number(durationSeconds))
    if (name === 'toggle_freeze') {
      const length = Number((params as { durationSeconds: number }).durationSeconds)
      return this.lock?.frozen ? one('unfreeze') : one('freeze', length)
    }
    if (name === 'task.assign') return one('task')
    if (game !== undefined) return one('game')
    return path.endsWith('logs/custom') ? one('log') : null
  }
}

const shown = new Intl.DateTimeFormat('en-CA', { timeZone: berlin, dateStyle: 'short' })
const dateOf = (at: Instant): string => shown.format(at)
/** Monday's date. */
function weekOf(at: Instant): string {
  const date = new Date(`${dateOf(at)}T00:00:00Z`)
  return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * day).toISOString().slice(0, 10)
}
/** Berlin's offset is of whole hours, so that its hours are UTC's. */
export const hourOf = (at: Instant): string => String(Math.floor(at / hour))
const periods = { hour: hourOf, day: dateOf, week: weekOf, lock: () => 'all' } as const

export interface Sum {
  what: Counted
  per: keyof typeof periods
  key: string
  times: number
  seconds: number
}

export function sumsOf(reached: readonly Reached[]): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { at, what, seconds } of reached) {
    if (what === 'unfreeze') continue
    for (const per of Object.keys(periods) as Sum['per'][]) {
      const key = periods[per](at)
      const sum = sums.get(`${what} ${per} ${key}`) ?? { what, per, key, times: 0, seconds: 0 }
      sums.set(`${what} ${per} ${key}`, { ...sum, times: sum.times + 1, seconds: sum.seconds + seconds })
    }
  }
  return [...sums.values()]
}
