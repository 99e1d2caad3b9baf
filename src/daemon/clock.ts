import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../core/ports.ts'

/** Timers of Node take no more; a longer wait is slept in parts. */
const longestSleepMs = 2_000_000_000

/** The machine's clock, running `speed` times as fast from the moment of its making (1 is real time). */
export function systemClock(speed = 1, startAt: number = Date.now()): Clock {
  const origin = performance.now()
  const now = speed === 1 ? () => Date.now() : () => Math.floor(startAt + (performance.now() - origin) * speed)
  return {
    now,
    ticks: () => performance.now() * speed,
    async until(moment, signal) {
      const wait = Math.min(longestSleepMs, Math.max(0, (moment - now()) / speed))
      await sleep(wait, undefined, { signal }).catch(() => undefined)
    },
  }
}
