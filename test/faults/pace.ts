// One fast clock for all processes of a household: what it shows depends on the machine's time alone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../src/core/model/ports.ts'

export interface Pace {
  /** What the clock shows, in epoch milliseconds, at the machine's moment `real`. */
  readonly epoch: number
  readonly real: number
  readonly speed: number
}

export function paceFrom(epoch: string, speed: number): Pace {
  return { epoch: Date.parse(epoch), real: Date.now(), speed }
}

export function clockOf({ epoch, real, speed }: Pace): Clock {
  const now = () => Math.floor(epoch + (Date.now() - real) * speed)
  return {
    now,
    ticks: () => performance.now() * speed,
    async until(tick, signal) {
      const wait = Math.min(2_000_000_000, Math.max(0, tick / speed - performance.now()))
      await sleep(wait, undefined, { signal }).catch(() => undefined)
    },
  }
}
