import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { Instant } from '../src/core/calendar/time.ts'
import type { Clock } from '../src/core/model/ports.ts'

/** Node tells here of each request as it leaves. */
const requestStarts = 'http.client.request.start'
/** What has been begun may need so many turns of the event loop until its request is on its way. */
const turnsToRest = 4

/**
 * A clock for a whole daemon with one lock: it runs as the machine's, but leaps over the times in which the daemon
 * only waits, so that a day takes seconds and an answer still takes as long as it takes. With a `gridMs` it stops at
 * whole multiples of it only.
 */
export class LeapingClock implements Clock {
  #ahead: number
  readonly #gridMs: number | null
  #underway = 0
  #waiting: (() => void)[] = []
  /** How many requests have left in all. */
  requests = 0

  constructor(start: Instant, gridMs: number | null = null) {
    this.#ahead = start - performance.now()
    this.#gridMs = gridMs
    subscribe(requestStarts, this.#follow)
  }

  readonly now = (): Instant => Math.floor(this.ticks())

  ticks(): number {
    return performance.now() + this.#ahead
  }

  async until(moment: Instant, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.now() < moment) {
      for (let i = 0; i < turnsToRest; i++) await turn()
      if (signal.aborted) return
      if (this.#underway > 0) await this.#oneIsBack(signal)
      else this.#leapTo(this.#gridMs === null ? moment : Math.ceil(moment / this.#gridMs) * this.#gridMs)
    }
  }

  #leapTo(moment: Instant): void {
    this.#ahead += Math.max(0, moment - this.ticks())
  }

  #oneIsBack(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** A request counts as under way until its answer has been read to the end and taken up. */
  readonly #follow = (message: unknown): void => {
    this.#underway++
    this.requests++
    ;(message as { request: ClientRequest }).request.once('close', () => void this.#back())
  }

  async #back(): Promise<void> {
    for (let i = 0; i < turnsToRest; i++) await turn()
    this.#underway--
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  [Symbol.dispose](): void {
    unsubscribe(requestStarts, this.#follow)
  }
}
