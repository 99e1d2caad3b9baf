import type { News } from '../core/model/order.ts'
import type { Clock } from '../core/model/ports.ts'

/** Collects what has happened since the last step. The loop waits on it. */
export class Inbox {
  #news: News[] = []
  #ring: (() => void) | null = null

  push(item: News): void {
    this.#news.push(item)
    this.nudge()
  }

  /** Ends the present wait, even without news. */
  nudge(): void {
    this.#ring?.()
  }

  drain(): News[] {
    const news = this.#news
    this.#news = []
    return news
  }

  /** Waits for news, a nudge, a moment by the ticks or a clock that was set, whichever comes first. */
  async wait(clock: Clock, tick: number): Promise<void> {
    if (this.#news.length > 0) return
    const rung = new AbortController()
    this.#ring = () => rung.abort()
    try {
      await clock.until(tick, rung.signal)
    } finally {
      this.#ring = null
    }
  }
}
