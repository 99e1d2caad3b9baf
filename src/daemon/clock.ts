import type { Clock } from '../core/model/ports.ts'

/** Timers of Node take no more; a longer wait is slept in parts. */
const longestSleepMs = 2_000_000_000

/** A clock that is off by less is merely being corrected. */
export const leastJumpMs = 2000

/** How often it is looked whether somebody set the clock, while anybody waits. */
const lookMs = 1000

/** The machine's clock, running `speed` times as fast from the moment of its making (1 is real time). */
export function systemClock(speed = 1, startAt: number = Date.now()): Clock {
  const origin = performance.now()
  const now = speed === 1 ? () => Date.now() : () => Math.floor(startAt + (performance.now() - origin) * speed)
  const ticks = () => performance.now() * speed

  // One watch for all who wait: a thousand locks are to cost an idle machine no more than one.
  const waiting = new Set<() => void>()
  let ahead = now() - ticks()
  let watch: ReturnType<typeof setInterval> | null = null
  const look = () => {
    const is = now() - ticks()
    if (Math.abs(is - ahead) < leastJumpMs) return
    ahead = is
    for (const ring of [...waiting]) ring()
  }
  const enter = (ring: () => void) => {
    waiting.add(ring)
    watch ??= setInterval(look, lookMs).unref()
  }
  const leave = (ring: () => void) => {
    waiting.delete(ring)
    if (waiting.size > 0 || watch === null) return
    clearInterval(watch)
    watch = null
  }

  const until = (tick: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const end = () => {
        clearTimeout(timer)
        leave(end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const sleep = () => {
        const rest = (tick - ticks()) / speed
        // A timer may end a moment too early.
        if (rest <= 0) end()
        else timer = setTimeout(sleep, Math.min(longestSleepMs, Math.ceil(rest)))
      }
      if (signal.aborted) return resolve()
      enter(end)
      signal.addEventListener('abort', end)
      sleep()
    })
  return { now, ticks, until }
}
