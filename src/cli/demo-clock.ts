import type { Instant } from '../core/calendar/time.ts'
import type { Clock } from '../core/model/ports.ts'

/** A clock that runs faster than the machine's, by a factor that may change. */
export interface PacedClock extends Clock {
  readonly speed: number
  /** Sets how much faster than the machine's it runs from now on. */
  pace(speed: number): void
}

/** A clock that begins at `startAt` and runs `speed` times as fast as the machine's. */
export function pacedClock(speed: number, startAt: Instant): PacedClock {
  let [rate, passed, since] = [speed, 0, performance.now()]
  const sleepers = new Set<() => void>()
  const ticks = () => passed + (performance.now() - since) * rate
  return {
    get speed() {
      return rate
    },
    now: () => Math.floor(startAt + ticks()),
    ticks,
    pace(next) {
      ;[passed, since, rate] = [ticks(), performance.now(), next]
      for (const sleepAgain of [...sleepers]) sleepAgain()
    },
    until: (tick, signal) =>
      new Promise((resolve) => {
        let timer: ReturnType<typeof setTimeout> | undefined
        const end = () => {
          clearTimeout(timer)
          sleepers.delete(sleep)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const sleep = () => {
          clearTimeout(timer)
          const rest = (tick - ticks()) / rate
          // A timer may end a moment too early, and Node's timers take only some days.
          if (rest <= 0) end()
          else timer = setTimeout(sleep, Math.min(longestSleepMs, Math.ceil(rest)))
        }
        if (signal.aborted) return resolve()
        sleepers.add(sleep)
        signal.addEventListener('abort', end)
        sleep()
      }),
  }
}

const longestSleepMs = 2_000_000_000
