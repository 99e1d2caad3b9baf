import type { Instant } from '../core/calendar/time.ts'
import type { Request } from '../core/model/service.ts'

const minute = 60_000
const hour = 3_600_000
const hoursOfADay = 24

/** How many requests may leave in any one minute. */
export class Allowance {
  readonly #perMinute: number
  #sent: Instant[] = []
  #hours: { hour: number; count: number }[] = []

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Takes one if there is room: 0, else the milliseconds until there is. */
  take(now: Instant): number {
    this.#sent = this.#lately(now)
    const oldest = this.#sent[this.#sent.length - this.#perMinute]
    if (oldest !== undefined) return oldest + minute - now
    this.#sent.push(now)
    this.#hours = this.#today(now)
    const last = this.#hours.at(-1)
    if (last?.hour === Math.floor(now / hour)) last.count++
    else this.#hours.push({ hour: Math.floor(now / hour), count: 1 })
    return 0
  }

  /** How many left in the minute before `now`, of how many, and in the day before, to the hour. */
  spent(now: Instant): { lastMinute: number; perMinute: number; lastDay: number } {
    const lastDay = this.#today(now).reduce((sum, { count }) => sum + count, 0)
    return { lastMinute: this.#lately(now).length, perMinute: this.#perMinute, lastDay }
  }

  /** A clock set back would leave moments of the future that never grow old. */
  #lately(now: Instant): Instant[] {
    return this.#sent.filter((sent) => sent <= now && sent > now - minute)
  }

  #today(now: Instant): { hour: number; count: number }[] {
    const current = Math.floor(now / hour)
    return this.#hours.filter((one) => one.hour <= current && one.hour > current - hoursOfADay)
  }
}

/** What one credential used of its allowance for a class of requests. */
export interface Spent {
  service: string
  /** Whose credential: `owner`, `dom`, `public`, `device`. */
  holder: string
  kind: Request['budget']
  lastMinute: number
  perMinute: number
  /** In about 24 hours, as far back as the program runs. */
  lastDay: number
}

/** A service's allowances: one for each credential and class of request. */
export class Budgets {
  readonly #perMinute: Readonly<Record<Request['budget'], number>>
  readonly #allowances = new Map<string, { holder: string; kind: Request['budget']; allowance: Allowance }>()

  constructor(perMinute: Readonly<Record<Request['budget'], number>>) {
    this.#perMinute = perMinute
  }

  /** As `Allowance.take`, for the credential that goes by the name of `holder`. */
  take(holder: string, kind: Request['budget'], now: Instant): number {
    const key = `${holder} ${kind}`
    let known = this.#allowances.get(key)
    if (!known) {
      known = { holder, kind, allowance: new Allowance(this.#perMinute[kind]) }
      this.#allowances.set(key, known)
    }
    return known.allowance.take(now)
  }

  /** What each credential used so far of what it may; those never used are left out. */
  spent(now: Instant): Omit<Spent, 'service'>[] {
    return [...this.#allowances.values()].map(({ holder, kind, allowance }) => ({
      holder,
      kind,
      ...allowance.spent(now),
    }))
  }
}
