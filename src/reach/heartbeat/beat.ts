import { setTimeout as sleep } from 'node:timers/promises'
import type { HeartbeatConfig } from '../../config/reach.ts'
import { ping } from '../tell/post.ts'

/** What the heartbeat gets from the daemon. */
export interface BeatPorts {
  heartbeat: HeartbeatConfig
  /** Whether all loops run and can store. */
  isWell(): boolean
  /** Called after each ping with null, or with the reason why it failed. */
  went(words: string | null): void
  log: { info(text: string): void; warn(text: string): void }
}

/** Pause before a failed ping is tried again. It is short, since a missed ping would raise the alarm. */
const againMs = 15_000

/**
 * Calls the monitor's address at once and then regularly while all is well, until it is closed. If something is wrong,
 * it does not call, and the monitor raises the alarm. Never throws.
 */
export function startHeartbeat({ heartbeat, isWell, went, log }: BeatPorts): { close(): Promise<void> } {
  const ending = new AbortController()
  let trouble = ''
  const beat = async (): Promise<boolean> => {
    const words = await ping(heartbeat.url.reveal(), {}, ending.signal)
    if (ending.signal.aborted) return true
    went(words)
    if (words !== null && words !== trouble)
      log.warn(`the monitor did not take the heartbeat (${words}); it is tried again`)
    if (words === null && trouble !== '') log.info('the monitor takes the heartbeat again')
    trouble = words ?? ''
    return words === null
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      const isTaken = !isWell() || (await beat())
      const waitMs = isTaken ? heartbeat.everyMs : Math.min(againMs, heartbeat.everyMs)
      await sleep(waitMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const done = run()
  return {
    async close() {
      ending.abort()
      await done
    },
  }
}
