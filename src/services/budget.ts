import type { Instant } from '../core/fact.ts'
import type { Request } from '../core/service.ts'

const minute = 60_000

/** How many requests may leave in any one minute. */
export class Allowance {
  readonly #perMinute: number
  #sent: Instant[] = []

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Takes one if there is room: 0, else the milliseconds until there is. */
  take(now: Instant): number {
    // A clock set back would leave moments of the future that never grow old.
    this.#sent = this.#sent.filter((sent) => sent <= now && sent > now - minute)
    const oldest = this.#sent[this.#sent.length - this.#perMinute]
    if (oldest !== undefined) return oldest + minute - now
    this.#sent.push(now)
    return 0
  }
}

/** A service's allowances: one for each credential and class of request. */
export class Budgets {
  readonly #perMinute: Readonly<Record<Request['budget'], number>>
  readonly #allowances = new Map<string, Allowance>()

  constructor(perMinute: Readonly<Record<Request['budget'], number>>) {
    this.#perMinute = perMinute
  }

  /** As `Allowance.take`, for the credential that goes by the name of `holder`. */
  take(holder: string, kind: Request['budget'], now: Instant): number {
    const key = `${holder} ${kind}`
    let allowance = this.#allowances.get(key)
    if (!allowance) {
      allowance = new Allowance(this.#perMinute[kind])
      this.#allowances.set(key, allowance)
    }
    return allowance.take(now)
  }
}
