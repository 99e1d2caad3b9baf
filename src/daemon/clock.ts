import type { Clock } from '../core/model/ports.ts'

/** The longest wait that a timer of Node takes; a longer one is slept in parts. */
const longestSleepMs = 2_000_000_000

/** A smaller jump is only the system correcting its clock. */
export const leastJumpMs = 2000

/** While somebody waits: how often to check whether the clock was set. */
const lookMs = 1000

/** The machine's clock, running `speed` times as fast since it was made (1 is real time). */
export function systemClock(speed = 1, startAt: number = Date.now()): Clock {
  const origin = performance.now()
  const now = speed === 1 ? () => Date.now() : () => Math.floor(startAt + (performance.now() - origin) * speed)
  const ticks = () => performance.now() * speed

  // One timer watches for all waits, so that a thousand locks cost an idle machine no more than one.
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
