import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRule } from './faults.ts'

/** How long a trickle takes that is not told, in milliseconds. */
const trickleMs = 600_000
const [mostPieces, shortestPauseMs] = [100, 20]

/** Sends a body whose head is written the way a fault has it; its waits are no reason for the process to stay. */
export async function give(response: ServerResponse, body: string, { kind, holdMs }: FaultRule): Promise<void> {
  const bytes = Buffer.from(body)
  const pauses = Math.ceil((holdMs ?? trickleMs) / shortestPauseMs)
  const count = kind === 'trickle' ? Math.min(mostPieces, bytes.length, pauses + 1) : 2
  const [first = bytes, ...more] = Array.from({ length: count }, (_, n) =>
    bytes.subarray(Math.floor((n * bytes.length) / count), Math.floor(((n + 1) * bytes.length) / count)),
  )
  response.write(first)
  if (kind === 'stall') {
    if (holdMs === undefined) return
    await sleep(holdMs, undefined, { ref: false })
    response.socket?.resetAndDestroy()
    return
  }
  for (const piece of more) {
    await sleep((holdMs ?? trickleMs) / more.length, undefined, { ref: false })
    if (response.destroyed) return
    response.write(piece)
  }
  response.end()
}
