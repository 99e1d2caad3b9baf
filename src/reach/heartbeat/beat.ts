import { setTimeout as sleep } from 'node:timers/promises'
import type { HeartbeatConfig } from '../../config/reach.ts'
import { ping } from '../tell/post.ts'

/** What the heartbeat has of the daemon. */
export interface BeatPorts {
  heartbeat: HeartbeatConfig
  /** Whether all loops go round and can store. */
  isWell(): boolean
  /** Told of each ping: null, or why it failed. */
  went(words: string | null): void
  log: { info(text: string): void; warn(text: string): void }
}

/** A ping that failed is tried again so soon: once missed, the monitor would raise the alarm. */
const againMs = 15_000

/**
 * Asks at the monitor's address at once and ever again while all is well, until it is closed. While it is not, it is
 * silent, which is what the monitor waits for. Never throws.
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
