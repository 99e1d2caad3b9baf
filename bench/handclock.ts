import type { Instant } from '../src/core/calendar/time.ts'
import type { Clock } from '../src/core/model/ports.ts'

/** Timers of Node take no more. */
const longestTimerMs = 2_000_000_000

/** The machine's clock, which a hand may set forward as if that time had passed; whoever waits looks again then. */
export class HandClock implements Clock {
  #ahead = 0
  #waiting = new Set<() => void>()

  readonly now = (): Instant => Math.floor(Date.now() + this.#ahead)

  ticks(): number {
    return performance.now() + this.#ahead
  }

  forward(ms: number): void {
    this.#ahead += ms
    for (const resolve of this.#waiting) resolve()
  }

  async until(tick: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.ticks() < tick) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => done(), Math.min(longestTimerMs, Math.ceil(tick - this.ticks())))
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          this.#waiting.delete(done)
          resolve()
        }
        this.#waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    }
  }
}
